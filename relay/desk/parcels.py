"""A parcel as somebody sees it who is about to correct it, and what of that is not so any more when they do."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from relay.database import Row, Tx
from relay.desk import Desk
from relay.desk.find import shipment_with_id
from relay.desk.view import carrier_label
from relay.errors import NotFound
from relay.intake.parcels import lookup_key
from relay.model import Kind, Override, Status
from relay.store import ledger, orders

SHOP = "default"
#: So many characters at the end of a number are asked of whoever says that it was delivered.
PROOF_LENGTH = 4


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody saw of a parcel when they decided."""

    revision: int
    shown: str
    status: str  #: the carrier's
    carrier: str
    number: str
    override_id: str
    held: str  #: since when


class Change(StrEnum):
    """What is not as it was seen."""

    TRACK = "track"  # another carrier or number
    OVERRIDE = "override"  # somebody corrected it, or ended a correction
    STATUS = "status"  # the carrier says something else
    HELD = "held"  # a delivery waits for a second word, or does not any more


@dataclass(frozen=True, slots=True)
class Parcel:
    shop: str
    order_id: str
    shipment_id: str
    package: str
    kind: Kind
    carrier: str | None
    carrier_label: str
    tracking_number: str | None
    shown: Status
    status: Status  #: the carrier's
    held: str | None  #: why a delivery waits for a second word
    override: Override | None
    seen: Seen

    @property
    def proof(self) -> str:
        """The end of its number, or of its invoice while it has none: whoever has them means this parcel."""
        return lookup_key(self.tracking_number or self.package)[-PROOF_LENGTH:]

    def changes_since(self, seen: Seen) -> tuple[Change, ...]:
        now = self.seen
        if now.revision == seen.revision:
            return ()
        differs = {
            Change.TRACK: (now.carrier, now.number) != (seen.carrier, seen.number),
            Change.OVERRIDE: now.override_id != seen.override_id,
            Change.STATUS: now.status != seen.status,
            Change.HELD: now.held != seen.held,
        }
        return tuple(change for change, is_so in differs.items() if is_so)


def check_known(tx: Tx, order_id: str) -> None:
    """Raises NotFound."""
    if not orders.orders_among(tx, SHOP, [order_id]):
        raise NotFound(f"order {order_id[:80]!r} is not known any more")


def parcels_of(desk: Desk, order_id: str) -> Sequence[Parcel]:
    """The parcels of an order, in the order in which they became known. Raises NotFound if there is no such order."""
    with desk.database.read() as tx:
        check_known(tx, order_id)
        return [parcel_of(tx, row) for row in orders.shipments_of(tx, SHOP, order_id)]


def parcel(desk: Desk, shipment_id: str) -> Parcel:
    with desk.database.read() as tx:
        return parcel_of(tx, shipment_with_id(tx, shipment_id))


def parcel_of(tx: Tx, shipment: Row) -> Parcel:
    return Parcel(
        shop=shipment["shop"],
        order_id=shipment["order_id"],
        shipment_id=shipment["shipment_id"],
        package=shipment["package"],
        kind=Kind(shipment["kind"]),
        carrier=shipment["carrier"],
        carrier_label=carrier_label(shipment["carrier"]),
        tracking_number=shipment["tracking_number"],
        shown=Status(shipment["shown_status"]),
        status=Status(shipment["status"]),
        held=shipment["held_reason"] if shipment["held_since"] else None,
        override=ledger.override(tx, shipment["override_id"]),
        seen=Seen(
            revision=shipment["revision"],
            shown=shipment["shown_status"],
            status=shipment["status"],
            carrier=shipment["carrier"] or "",
            number=shipment["tracking_number"] or "",
            override_id=shipment["override_id"] or "",
            held=shipment["held_since"] or "",
        ),
    )
