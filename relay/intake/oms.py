"""What carriers say as they say it to a shop: kept, joined with the package that it names, durable when it returns.

Nothing authentic is lost: what names a package that nobody knows yet, or that is with another carrier, waits for it.
"""

from dataclasses import dataclass
from datetime import datetime

from relay.carriers import read_push
from relay.carriers._oms import SOURCE, Call, door, read_link
from relay.database import Database, Tx
from relay.intake import awaited, parcels
from relay.intake.policy import Policy
from relay.intake.record import record_push
from relay.model import Action, Push, Via
from relay.store import awaited as store
from relay.store.awaited import Link


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a request."""

    push_id: str
    reason: str  #: what of it could not be read; what could be is taken
    is_unread: bool
    is_with_another: bool  #: the package is with another carrier than the one that spoke
    is_known: bool
    messages: int


def record_call(database: Database, policy: Policy, call: Call, push: Push) -> Taken:
    """Keep an authentic request and apply what it says. Raises Unavailable.

    ``push`` is the request as it is kept, its body :meth:`Call.as_kept`.
    """
    reading = read_push(door, push.body)
    recorded = record_push(database, policy, push, reading, Via.SHOP)
    messages = recorded.messages
    is_unread = reading.action is Action.UNREADABLE
    if call.is_link and not is_unread:
        messages += database.write(lambda tx: _link(tx, policy, call, push.received_at))
    with database.read() as tx:
        shipment = awaited.known_package(tx, call.package)
    return Taken(
        recorded.push_id,
        reading.reason.removeprefix(f"{SOURCE}: "),
        is_unread=is_unread,
        is_with_another=shipment is not None and awaited.is_with_another(shipment, call.carrier),
        is_known=shipment is not None,
        messages=messages,
    )


def _link(tx: Tx, policy: Policy, call: Call, now: datetime) -> int:
    """Number, address, name and dispatch as the carrier says them; a number that it says again changes nothing."""
    told = read_link(call)
    link = Link(told.tracking_number, told.tracking_url, told.courier, told.dispatched_at)
    shipment = awaited.known_package(tx, call.package)
    if shipment is None or awaited.is_with_another(shipment, call.carrier):
        store.await_package(tx, awaited.SHOP, *call.package, call.carrier, link, now)
        return 0
    awaited.describe(tx, shipment, link)
    return parcels.reassign(tx, policy, shipment, call.carrier, told.tracking_number, now)
