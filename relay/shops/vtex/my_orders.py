"""Which step a customer sees in VTEX's own *My Orders*, told from the order as that page tells it. Pure.

After https://github.com/vtex-apps/my-account-commons (``getOrderProgress``, ``getPackageProgress``). It explains what
the page shows; it decides nothing of ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Final

from relay.model import Kind
from relay.shops import Package, ShopOrder


class Step(IntEnum):
    """Of an order's bar."""

    CONFIRM = 1
    PAY = 2
    HANDLE = 3
    HAND_OVER = 4
    SHIP = 5


#: An order in another status, a cancelled one among them, has no bar.
STEPS: Final = {
    "order-created": Step.CONFIRM,
    "order-completed": Step.CONFIRM,
    "on-order-completed": Step.CONFIRM,
    "payment-pending": Step.PAY,
    "approve-payment": Step.PAY,
    "window-to-cancel": Step.HANDLE,
    "payment-approved": Step.HANDLE,
    "ready-for-handling": Step.HANDLE,
    "authorize-fullfilment": Step.HANDLE,  # so it is spelled
    "release-to-fulfillment": Step.HANDLE,
    "handling": Step.HANDLE,
    "invoice": Step.HANDLE,
    "invoiced": Step.HAND_OVER,
}
WORDS: Final = {
    Step.CONFIRM: "Confirming order",
    Step.PAY: "Approving payment",
    Step.HANDLE: "Handling shipping",
    Step.HAND_OVER: "Delivering to carrier",
    Step.SHIP: "Shipping order",
}
PICKUP_WORDS: Final = {**WORDS, Step.HAND_OVER: "Delivering to pickup point", Step.SHIP: "Ready for pickup"}
SHIPPED, PICKED_UP = "Order shipped", "Picked up"
PACKAGE_WORDS: Final = {1: "Handling shipping", 2: "Delivering to carrier", 3: "Package shipped"}


@dataclass(frozen=True, slots=True)
class Bar:
    """A row of steps, of which one is shown as the present one."""

    step: int  #: from 1
    steps: int
    words: str


def order_bar(order: ShopOrder, today: date) -> Bar | None:
    """``today`` is the shop's day: a parcel is shown as ready for pickup from its promised one."""
    step = _step(order, today)
    return Bar(step, len(Step), _words(order, step)) if step else None


def package_bars(order: ShopOrder, today: date) -> tuple[tuple[Package, Bar], ...]:
    """The page shows them only where there are two packages or more."""
    step = _step(order, today)
    if step is None or step < Step.HANDLE or len(order.packages) < 2:  # noqa: PLR2004 - two is what "several" begins at
        return ()
    return tuple((package, _package_bar(package)) for package in order.packages)


def _step(order: ShopOrder, today: date) -> Step | None:
    step = STEPS.get(order.status or "")
    return Step.SHIP if step is Step.HAND_OVER and _is_on_its_way(order, today) else step


def _is_on_its_way(order: ShopOrder, today: date) -> bool:
    if _is_delivered(order):
        return True
    if not order.packages or not order.is_whole:
        return False
    if _is_pickup(order.packages):
        return all(_is_ready(package, today) for package in order.packages)
    return all(package.shown.events for package in order.packages)


def _is_delivered(order: ShopOrder) -> bool:
    """Returns are not looked at; an item without a package is not delivered."""
    sales = [package for package in order.packages if package.kind is Kind.OUTBOUND]
    return bool(order.packages) and order.is_whole and all(package.shown.is_finished for package in sales)


def _is_pickup(packages: Sequence[Package]) -> bool:
    return bool(packages) and all(package.is_pickup for package in packages)


def _is_ready(package: Package, today: date) -> bool:
    return package.promised_at is None or package.promised_at <= today.isoformat()


def _words(order: ShopOrder, step: Step) -> str:
    is_pickup = _is_pickup(order.packages)
    if step is Step.SHIP and _is_delivered(order):
        return PICKED_UP if is_pickup else SHIPPED
    return (PICKUP_WORDS if is_pickup else WORDS)[step]


def _package_bar(package: Package) -> Bar:
    step = 2 if package.tracking_number or package.tracking_url else 1
    if package.shown.is_finished:
        step = 3
    return Bar(step, len(PACKAGE_WORDS), PACKAGE_WORDS[step])
