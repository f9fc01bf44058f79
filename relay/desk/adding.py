"""An order and its parcel from a script: made once, completed as often as it is told."""

from dataclasses import dataclass, replace
from datetime import datetime

from relay.database import Row, Tx
from relay.desk import Desk
from relay.errors import BadInput
from relay.intake import parcels
from relay.intake.parcels import Entry
from relay.model import Kind
from relay.store import orders

SHOP = "default"


@dataclass(frozen=True, slots=True)
class Added:
    order: Row
    shipment: Row | None  #: None where the order has no parcel yet, or none was given
    is_new: bool  #: it made the shipment, or the order where no parcel was given


def add_entry(desk: Desk, entry: Entry, kind: Kind | None, now: datetime) -> Added:
    """Add or complete an order and its parcel; what is known of its track applies at once, and is told as news.

    Raises BadInput if the parcel is known to travel the other way.
    """
    parcel = replace(entry.parcel, kind=kind or Kind.OUTBOUND)

    def work(tx: Tx) -> Added:
        is_known = bool(orders.orders_among(tx, SHOP, [entry.order_id]))
        before = {row["shipment_id"]: row for row in orders.shipments_of(tx, SHOP, entry.order_id)}
        order, shipment = parcels.record_order(tx, desk.policy, entry.order_id, entry.fields, parcel, now, shop=SHOP)
        if shipment is None:
            return Added(order, None, not is_known)
        _want_kind(before.get(shipment["shipment_id"]), kind)
        return Added(order, shipment, shipment["shipment_id"] not in before)

    added = desk.database.write(work)
    desk.wake()
    return added


def _want_kind(known: Row | None, kind: Kind | None) -> None:
    if known and kind and known["kind"] != kind:
        remedy = "Give it a package of its own, or leave kind out"
        raise BadInput("kind", f"this parcel is known as {known['kind']}, and that cannot be changed", remedy)
