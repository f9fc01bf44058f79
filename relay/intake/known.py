"""What need not be recorded because it is stored already: a table that is imported again changes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from relay.database import Row, Tx
from relay.intake.parcels import NOBODY, Entry, Parcel, is_number
from relay.model import carrier_slug
from relay.store import orders


def unknown(tx: Tx, entries: Sequence[Entry], *, shop: str) -> list[Entry]:
    """Those of ``entries`` that say something which is not stored; the others need not be recorded again."""
    ids = {entry.order_id for entry in entries}
    known = orders.orders_among(tx, shop, ids)
    packages = orders.shipments_among(tx, shop, ids)
    return [entry for entry in entries if not _is_known(entry, known.get(entry.order_id), packages)]


def _is_known(entry: Entry, order: Row | None, packages: Mapping[str, Sequence[Row]]) -> bool:
    if order is None:
        return False
    if order["erased_at"]:
        entry = _without_customer(entry)
    if any(value is not None and order[name] != value for name, value in entry.fields.items()):
        return False
    if entry.parcel.package is None and entry.parcel.tracking_number is None:
        return True
    return any(_is_same(row, entry.parcel) for row in packages.get(entry.order_id, ()))


def _without_customer(entry: Entry) -> Entry:
    """What :func:`parcels.record_order` keeps of an order that was erased."""
    return replace(entry, fields={**entry.fields, **NOBODY}, parcel=replace(entry.parcel, tracking_url=None))


def _is_same(shipment: Row, parcel: Parcel) -> bool:
    """Whether the shipment is this parcel and nothing of it is new."""
    return (
        parcel.package in {None, shipment["package"]}
        and (parcel.tracking_number is None or is_number(shipment, parcel.tracking_number))
        and (parcel.carrier is None or carrier_slug(parcel.carrier) == shipment["carrier"])
        and parcel.tracking_url in {None, shipment["tracking_url"]}
        and parcel.dispatched_at in {None, shipment["dispatched_at"]}
    )
