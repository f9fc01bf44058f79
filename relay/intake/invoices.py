"""The packages of a shop's order: each invoice is one, whatever its number, its carrier or its name becomes.

The shop's word counts where it differs from what the shop said before, so that what a person corrected stays.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from relay.database import Row, Tx
from relay.intake import cancelled, known, matching, parcels
from relay.intake.judging import judge
from relay.intake.parcels import Entry, Parcel, is_number, lookup_key
from relay.intake.policy import Policy
from relay.intake.state import recompute
from relay.model import Kind, normalise_number
from relay.shops import Package, ShopOrder, Shown
from relay.shops.shown import to_json
from relay.store import facts as fact_store
from relay.store import orders, packages, writes

#: What names a package whose number another one of the order has, which travels the other way.
BESIDE = {Kind.OUTBOUND: "Output", Kind.RETURN: "Input"}


@dataclass(frozen=True, slots=True)
class Arrived:
    """A copy of an order on its way in."""

    tx: Tx
    policy: Policy
    row: Row  #: the order that it is kept under; its own, or the one that it copies
    order: ShopOrder
    now: datetime
    quiet_before: datetime | None

    @property
    def is_copy(self) -> bool:
        return bool(self.row["order_id"] != self.order.order_id)

    def rows(self) -> dict[str, Row]:
        """The order's shipments by their packages, those that are gone as well."""
        return {row["package"]: row for row in packages.all_of(self.tx, self.row["shop"], self.row["order_id"])}


def take_packages(case: Arrived) -> None:
    """Add or complete the packages; those that this order showed before and shows no more are gone from it."""
    rows = case.rows()
    named = names_of(cancelled.left_of(case.order, rows), rows)
    if _rename(case, named, rows):
        rows = case.rows()
    for name, package in named.items():
        if not _is_known_better(case, rows.get(name)):
            _take(case, name, package, rows.get(name))
    if not case.order.faults:  # else one of them may be what could not be read
        gone = [row for name, row in rows.items() if name not in named and _is_shown_here(case, row)]
        packages.set_superseded(case.tx, [row["shipment_id"] for row in gone], case.now)


def _is_shown_here(case: Arrived, row: Row) -> bool:
    return row["shop_order_id"] == case.order.order_id and row["superseded_at"] is None


def _is_known_better(case: Arrived, row: Row | None) -> bool:
    """Whether the order itself shows this package, of which a copy has nothing to add."""
    return bool(case.is_copy and row and row["shop_order_id"] == case.row["order_id"] and row["superseded_at"] is None)


# -- what they are called ----------------------------------------------------------------------------------------------


def names_of(told: Iterable[Package], rows: Mapping[str, Row]) -> dict[str, Package]:
    """Each package under its name: its invoice byte for byte, else its number.

    A return may bear the invoice of the sale that it takes back; then it is told apart by its kind.
    """
    named: dict[str, Package] = {}
    for package in sorted(told, key=lambda package: package.kind is Kind.RETURN):
        name = package.invoice or _name_by_number(package, rows.values())
        if name in named or (name in rows and rows[name]["kind"] != package.kind):
            name = f"{name}/{BESIDE[package.kind]}"
        named[name] = package
    return named


def _name_by_number(package: Package, rows: Iterable[Row]) -> str:
    number = package.tracking_number or ""
    return next((str(row["package"]) for row in rows if is_number(row, number)), number)


def _rename(case: Arrived, named: Mapping[str, Package], rows: Mapping[str, Row]) -> bool:
    """A parcel whose invoice got another number is the same parcel, with all that was told of it."""
    renamed = False
    gone = [row for name, row in rows.items() if name not in named and _is_shown_here(case, row)]
    for name, package in named.items():
        former = next((row for row in gone if row["kind"] == package.kind and _has_number_of(row, package)), None)
        if name not in rows and former:
            gone.remove(former)
            orders.name_package(case.tx, former, name)
            keys = [("invoice", lookup_key(name))]
            orders.add_lookups(case.tx, former["shop"], former["order_id"], keys)
            renamed = True
    return renamed


def _has_number_of(row: Row, package: Package) -> bool:
    return bool(package.tracking_number and is_number(row, package.tracking_number))


# -- one of them -------------------------------------------------------------------------------------------------------


def _take(case: Arrived, name: str, package: Package, row: Row | None) -> None:
    tx, now = case.tx, case.now
    if row is None:
        made = Parcel(tracking_number=package.tracking_number, package=name, kind=package.kind)
        row = parcels.shipment_for(tx, case.row["shop"], case.row["order_id"], made, now, case.quiet_before)
    is_back = row["shop_read_at"] is None or row["superseded_at"] is not None
    if row["superseded_at"]:
        packages.set_superseded(tx, [row["shipment_id"]], None)
    shown = Shown() if case.row["erased_at"] else package.shown
    if is_back:  # before anything is recomputed, so that the shop is told of what comes of it
        writes.show(tx, row["shipment_id"], to_json(shown), now)
    carrier, matched = matching.matched(tx, row["shop"], row, package)
    packages.save_told(tx, row, _told(case, row, package, matched))
    _record(case, row, _parcel(row, package, carrier), is_back=is_back)
    shipment = orders.shipment(tx, row["shipment_id"])
    if shipment and not shipment["erased_at"]:
        judge(tx, case.policy, shipment, shown, now, page_fault=_page_fault(case))


def _page_fault(case: Arrived) -> str | None:
    """Why the shop's customer does not see what the shop has, in the order that is theirs."""
    dialect = case.policy.dialect
    return None if dialect is None or case.is_copy else dialect.page_fault(case.order, case.now)


def _told(case: Arrived, row: Row, package: Package, matched: Mapping[str, object]) -> Mapping[str, object]:
    return {
        **matched,
        "courier": package.courier or row["courier"],
        "issued_at": package.issued_at or row["issued_at"],
        "promised_at": package.promised_at or row["promised_at"],
        "is_pickup": int(package.is_pickup),
        "shop_number": package.tracking_number or row["shop_number"],
        "shop_order_id": case.order.order_id,
    }


def _parcel(row: Row, package: Package, carrier: str | None) -> Parcel:
    """What of the package is new."""
    number = package.tracking_number
    if number and row["shop_number"] and normalise_number(number) == normalise_number(row["shop_number"]):
        number = None
    return Parcel(
        carrier=carrier,
        tracking_number=number,
        package=row["package"],
        kind=package.kind,
        tracking_url=package.tracking_url,
        dispatched_at=package.issued_at,
    )


def _record(case: Arrived, row: Row, parcel: Parcel, *, is_back: bool) -> None:
    shop, order_id = case.row["shop"], case.row["order_id"]
    if case.row["erased_at"]:
        parcel = replace(parcel, tracking_url=None)
    if known.unknown(case.tx, [Entry(order_id, {}, parcel)], shop=shop):
        parcels.record_order(case.tx, case.policy, order_id, {}, parcel, case.now, shop=shop)
    elif is_back:
        recompute_one(case.tx, case.policy, row["shipment_id"], case.now)


def recompute_one(tx: Tx, policy: Policy, shipment_id: str, now: datetime) -> None:
    shipment = orders.shipment(tx, shipment_id)
    if shipment:
        recompute(tx, policy, shipment, fact_store.facts_of(tx, shipment["track_id"]), now)
