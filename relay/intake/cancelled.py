"""An order that its shop called off: parcels that never moved are cancelled, by a fact of the shop's.

Of a parcel that a carrier has spoken of, the carrier's word stands: it is on its way, whatever the order says.
"""

from collections.abc import Mapping
from datetime import datetime

from relay.database import Row, Tx
from relay.intake.policy import Policy
from relay.intake.state import recompute_tracks
from relay.model import Fact, FactKind, Kind, Status, Via, fact_id, optional_moment
from relay.shops import Package, ShopOrder
from relay.store import facts as fact_store
from relay.store import orders

SOURCE = "shop"
#: The shop's words for an order of which nothing will be sent any more; one that was replaced goes on as another order.
CALLED_OFF = frozenset({"canceled", "replaced"})


def left_of(order: ShopOrder, rows: Mapping[str, Row]) -> tuple[Package, ...]:
    """The packages that there are: of an order that was called off not those that nobody was given."""
    if order.status not in CALLED_OFF:
        return order.packages
    return tuple(package for package in order.packages if package.tracking_number or _has_number(rows, package))


def _has_number(rows: Mapping[str, Row], package: Package) -> bool:
    row = rows.get(package.invoice)
    return bool(row and row["tracking_number"])


def record(tx: Tx, policy: Policy, row: Row, order: ShopOrder, now: datetime) -> None:
    if order.status not in CALLED_OFF:
        return
    for shipment in orders.shipments_of(tx, row["shop"], row["order_id"]):
        is_sale = shipment["kind"] == Kind.OUTBOUND and shipment["track_id"]
        if is_sale and not fact_store.facts_of(tx, shipment["track_id"]) and _is_alone(tx, shipment):
            _cancel(tx, policy, shipment, order, now)


def _is_alone(tx: Tx, shipment: Row) -> bool:
    """Whether no other order's parcel has this number."""
    return len(orders.shipments_on(tx, [shipment["track_id"]])) == 1


def _cancel(tx: Tx, policy: Policy, shipment: Row, order: ShopOrder, now: datetime) -> None:
    said = Fact(
        source=SOURCE,
        is_own=False,
        kind=FactKind.SUMMARY,
        status=Status.CANCELLED,
        code=order.status or "",
        moment_text=order.changed_at or "",
        occurred_at=optional_moment(order.changed_at),
        via=Via.SHOP,
        received_at=now,
    )
    track_id = shipment["track_id"]
    fact_store.hold(tx, track_id)
    kept = said._replace(fact_id=fact_id(SOURCE, track_id, said))
    fact_store.add_facts(tx, [(track_id, kept, order.order_id)])
    recompute_tracks(tx, policy, {track_id: fact_store.facts_of(tx, track_id)}, now)
