"""A shop's order in: its header, its packages, what the shop shows of them, in one transaction.

The same order read again changes nothing, and an older copy of it never overwrites a newer one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from relay.database import Row, Tx
from relay.intake import cancelled, copies, known, parcels
from relay.intake.invoices import Arrived, take_packages
from relay.intake.parcels import Entry, Parcel
from relay.intake.policy import Policy
from relay.shops import ShopOrder
from relay.store import orders, packages, reads


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a copy of an order."""

    order_id: str  #: under which it is kept; of a seller's copy that is the order it copies
    is_older: bool = False  #: a newer copy is known, so nothing was changed


def record_shop_order(
    tx: Tx,
    policy: Policy,
    order: ShopOrder,
    now: datetime,
    *,
    shop: str,
    quiet_before: datetime | None = None,
) -> Taken:
    """Record an order as its shop tells it; of packages this makes, what was before ``quiet_before`` is no news."""
    packages.hold_shop(tx, shop)
    if not reads.mark_read(tx, shop, order.order_id, order.changed_at, now):
        return Taken(order.order_id, is_older=True)
    original = copies.original_of(tx, shop, order)
    if original:
        copies.lead_to(tx, policy, original, order, now)
        row = original
    else:
        row = _record_header(tx, policy, order, now, shop)
        copies.absorb(tx, policy, row, copies.SELLERS + order.order_id, now)
    take_packages(Arrived(tx, policy, row, order, now, quiet_before))
    if not original:
        cancelled.record(tx, policy, row, order, now)
    return Taken(row["order_id"])


def _record_header(tx: Tx, policy: Policy, order: ShopOrder, now: datetime, shop: str) -> Row:
    entry = Entry(order.order_id, _fields(order), Parcel())
    if known.unknown(tx, [entry], shop=shop):
        parcels.record_order(tx, policy, entry.order_id, entry.fields, entry.parcel, now, shop=shop)
    packages.set_origin(
        tx,
        shop,
        order.order_id,
        affiliate=order.affiliate,
        copy_of=order.copy_of,
        is_mailed=is_mailed(order, policy.mail_origins),
        is_whole=order.is_whole,
    )
    return orders.order(tx, shop, order.order_id)


def _fields(order: ShopOrder) -> Mapping[str, str | None]:
    return {
        "group_id": order.group_id,
        "short_number": order.short_number,
        "customer_name": order.customer_name,
        "email": order.email,
        "locale": order.locale,
        "promised_at": order.promised_at,
        "ordered_at": order.ordered_at,
        "origin": order.origin,
        "shop_status": order.status,
    }


def is_mailed(order: ShopOrder, listed: frozenset[str]) -> bool:
    """Whether its customer is ours to tell: of what somebody else sold only where the origin or affiliate is listed."""
    names = {name.casefold() for name in (order.origin, order.affiliate) if name}
    return not order.is_of_marketplace or not names.isdisjoint(listed)
