"""An order of VTEX in our words. Pure. Without its id it is unreadable; whatever else is wrong is noted and left out.

Within an order a package is named by its kind and its invoice together: a return may carry the number of the sale that
it takes back.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import time, tzinfo
from typing import Final

from relay.carriers._tree import Node
from relay.errors import ShopFault
from relay.model import Kind
from relay.shops import Package, ShopOrder
from relay.shops.vtex import _reading as reading
from relay.shops.vtex.tracking import read_shown

PICKUP: Final = "pickup-in-point"
LOCALES: Final = {"pt": "pt-BR", "es": "es", "en": "en"}


@dataclass(frozen=True, slots=True)
class Item:
    """How one item of the order travels, as the checkout planned it."""

    index: int | None
    promised_at: str | None
    courier_ids: tuple[str, ...]
    courier_names: tuple[str, ...]
    is_pickup: bool


@dataclass(frozen=True, slots=True)
class Hint:
    """A marketplace's label: a second source of a tracking number."""

    number: str
    url: str | None
    courier: str | None


def read_order(body: bytes, zone: tzinfo) -> ShopOrder:
    """``zone`` is the shop's: in it a promised moment is a date. Raises ShopFault."""
    order = reading.root(body, "an order")
    order_id = reading.name(order, "orderId")
    if order_id is None:
        raise ShopFault("unreadable", "an order of VTEX cannot be read: orderId: missing")
    shipping = reading.child(order, "shippingData")
    items = reading.each(shipping, "logisticsInfo", lambda item: _item(item, zone))
    attached = reading.child(order, "packageAttachment")
    packed = reading.each(attached, "packages", lambda package: _packed(package, items))
    hints = [hint for hint in reading.each(shipping, "trackingHints", _hint) if hint]
    customer = reading.child(order, "clientProfileData")
    names = (reading.text(customer, key) for key in ("firstName", "lastName"))
    marketplace_id = reading.name(order, "marketplaceOrderId")
    return ShopOrder(
        order_id=order_id,
        group_id=reading.name(order, "orderGroup"),
        short_number=reading.name(order, "sequence"),
        status=reading.name(order, "status"),
        origin=reading.name(order, "origin"),
        affiliate=reading.name(order, "affiliateId"),
        copy_of=marketplace_id if marketplace_id != order_id else None,
        customer_name=" ".join(filter(None, names)) or None,
        email=reading.text(customer, "email"),
        profile_id=reading.name(customer, "userProfileId"),
        locale=locale(reading.text(reading.child(order, "clientPreferencesData"), "locale")),
        ordered_at=reading.utc(order, "creationDate"),
        promised_at=_latest(items),
        changed_at=reading.utc(order, "lastChange"),
        is_whole=_is_whole(order, packed),
        packages=_hinted(_merged(attached, [one.package for one in packed]), hints),
        faults=tuple(order.faults),
    )


def locale(text: str | None) -> str | None:
    """The one of our languages that is meant; None is for the shop to decide."""
    return LOCALES.get((text or "").replace("_", "-").partition("-")[0].lower())


# -- items -------------------------------------------------------------------------------------------------------------


def _item(item: Node, zone: tzinfo) -> Item:
    couriers = reading.each(item, "deliveryIds", _courier)
    channels = (reading.text(item, "deliveryChannel"), reading.text(item, "selectedDeliveryChannel"))
    return Item(
        index=reading.kept(item, lambda: item.integer("itemIndex"), None),
        promised_at=_date(item, "shippingEstimateDate", zone),
        courier_ids=tuple(courier_id for courier_id, _ in couriers if courier_id),
        courier_names=tuple(courier_name for _, courier_name in couriers if courier_name),
        is_pickup=PICKUP in channels,
    )


def _courier(courier: Node) -> tuple[str | None, str | None]:
    return reading.name(courier, "courierId"), reading.text(courier, "courierName")


def _date(node: Node, key: str, zone: tzinfo) -> str | None:
    """A promise is a day: the one in the shop's zone, or the one written where midnight says that no hour is meant."""
    at = reading.moment_of(node, key)
    if at is None:
        return None
    return (at if at.time() == time() else at.astimezone(zone)).date().isoformat()


def _latest(items: Iterable[Item]) -> str | None:
    return max((item.promised_at for item in items if item.promised_at), default=None)


# -- packages ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Packed:
    package: Package
    quantities: Mapping[int, int]  #: of the items that it lists, by their index


def _packed(package: Node, items: Sequence[Item]) -> Packed:
    quantities = Counter[int]()
    for index, quantity in reading.each(package, "items", _packed_item):
        quantities[index] += quantity
    # An invoice that lists none of the order's items is of the whole order.
    own = [item for item in items if item.index in quantities] or items
    return Packed(_package(package, own), quantities)


def _packed_item(item: Node) -> tuple[int, int]:
    index = item.integer("itemIndex")
    if index is None:
        raise item.fault("itemIndex", "missing")
    return index, item.integer("quantity") or 1


def _package(package: Node, own: Sequence[Item]) -> Package:
    return Package(
        invoice=reading.exact(package, "invoiceNumber"),
        kind=Kind.RETURN if reading.text(package, "type") == "Input" else Kind.OUTBOUND,
        courier=reading.text(package, "courier"),
        tracking_number=reading.name(package, "trackingNumber"),
        tracking_url=reading.text(package, "trackingUrl"),
        issued_at=reading.utc(package, "issuanceDate"),
        dispatched_at=reading.utc(package, "dispatchedDate"),
        promised_at=_latest(own),
        courier_ids=_distinct(courier_id for item in own for courier_id in item.courier_ids),
        courier_names=_distinct(courier for item in own for courier in item.courier_names),
        is_pickup=bool(own) and all(item.is_pickup for item in own),
        shown=read_shown(reading.child(package, "courierStatus")),
    )


def _is_whole(order: Node, packed: Sequence[Packed]) -> bool:
    """Whether every item is in a package. One that lists none may hold all of them: VTEX itself can only guess."""
    sales = [one.quantities for one in packed if one.package.kind is Kind.OUTBOUND]
    inside = sum(map(Counter, sales), Counter[int]())
    bought = reading.each(order, "items", lambda item: item.integer("quantity") or 1)
    return bool(sales) and (not all(sales) or all(inside[index] >= wanted for index, wanted in enumerate(bought)))


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def _merged(attached: Node, packages: Sequence[Package]) -> tuple[Package, ...]:
    """One for each kind and invoice. Without either invoice or number there is nothing to name a package by."""
    named: dict[tuple[Kind, str], Package] = {}
    for index, package in enumerate(packages):
        key = f"packages[{index}].invoiceNumber"
        if not package.invoice and not package.tracking_number:
            attached.note(key, "missing, and so is trackingNumber: the package cannot be named")
            continue
        name = (package.kind, package.invoice or f"\0{package.tracking_number}")
        earlier = named.get(name)
        if earlier and _contradicts(earlier.tracking_number, package.tracking_number):
            attached.note(key, "given twice, with two tracking numbers: the later one counts")
        named[name] = _over(earlier, package) if earlier else package
    return tuple(named.values())


def _contradicts(earlier: str | None, later: str | None) -> bool:
    return bool(earlier and later and earlier != later)


def _over(earlier: Package, later: Package) -> Package:
    """The later one wins; what it leaves open is as it was."""
    return replace(
        later,
        courier=later.courier or earlier.courier,
        tracking_number=later.tracking_number or earlier.tracking_number,
        tracking_url=later.tracking_url or earlier.tracking_url,
        issued_at=later.issued_at or earlier.issued_at,
        dispatched_at=later.dispatched_at or earlier.dispatched_at,
        shown=later.shown if later.shown.events or later.shown.is_finished else earlier.shown,
    )


# -- labels of marketplaces --------------------------------------------------------------------------------------------


def _hint(hint: Node) -> Hint | None:
    number = reading.name(hint, "trackingId")
    return Hint(number, reading.text(hint, "trackingUrl"), reading.text(hint, "courierName")) if number else None


def _hinted(packages: tuple[Package, ...], hints: Sequence[Hint]) -> tuple[Package, ...]:
    """A label's number for the package without one: only where there is one of each is it sure whose it is."""
    sales = [package for package in packages if package.kind is Kind.OUTBOUND]
    if len(sales) != 1 or len(hints) != 1 or sales[0].tracking_number:
        return packages
    sale, hint = sales[0], hints[0]
    hinted = replace(
        sale,
        tracking_number=hint.number,
        tracking_url=sale.tracking_url or hint.url,
        courier=sale.courier or hint.courier,
        is_labelled=True,
    )
    return tuple(hinted if package is sale else package for package in packages)
