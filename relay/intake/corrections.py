"""Corrections by a person: a status set over the carrier's word, and its end."""

from datetime import datetime

from relay import tracking
from relay.database import Row, Tx
from relay.errors import Stale
from relay.intake.policy import Policy
from relay.intake.state import has_reader, recompute, tell
from relay.model import Override, Status
from relay.store import facts as fact_store
from relay.store import ledger, orders, outbox
from relay.tracking import News


def record_override(tx: Tx, policy: Policy, shipment: Row, override: Override, now: datetime) -> int:
    """Put an override in force, in the place of an earlier one; how many messages it made.

    What it tells the customer waits for :func:`tracking.undo_window`, in which lifting it costs nothing.
    """
    shipment = _held(tx, shipment)
    lift(tx, shipment, "replaced by a newer override", now)
    ledger.save_override(tx, shipment["shipment_id"], override)
    facts = fact_store.facts_of(tx, shipment["track_id"])
    recompute(tx, policy, orders.set_override(tx, shipment, override.override_id), facts, now)
    return _tell_override(tx, policy, shipment, override, now) if override.tell else 0


def _tell_override(tx: Tx, policy: Policy, shipment: Row, override: Override, now: datetime) -> int:
    if not has_reader(policy, shipment):
        return 0
    rounds = tracking.round_of(override.status, shipment["rounds"], now.astimezone(policy.zone).date().isoformat())
    news = News(override.status, rounds, fact_id="", at=now)
    return tell(
        tx,
        policy,
        shipment,
        news,
        now,
        override_id=override.override_id,
        not_before=now + tracking.undo_window(override.status),
    )


def end_override(tx: Tx, policy: Policy, shipment: Row, because: str, now: datetime) -> int:
    """Lift what stands and let the carrier's word show again; how many untold messages were withdrawn."""
    shipment = _held(tx, shipment)
    withdrawn = lift(tx, shipment, because, now)
    facts = fact_store.facts_of(tx, shipment["track_id"])
    undo = now + tracking.undo_window(Status(shipment["status"]))
    lifted = orders.set_override(tx, shipment, None)
    if withdrawn:  # what it had replaced is news again
        lifted |= {"considered_status": None, "considered_round": None, "considered_fact": None}
    recompute(tx, policy, lifted, facts, now, not_before=undo)
    return withdrawn


def _held(tx: Tx, shipment: Row) -> Row:
    """The shipment as it is once nobody else tells anything of its track, until the end of the transaction."""
    if shipment["track_id"]:
        fact_store.hold(tx, shipment["track_id"])
    now = orders.shipment(tx, shipment["shipment_id"])
    if now is None or now["track_id"] != shipment["track_id"]:
        raise Stale("the shipment points at another track meanwhile")
    return now


def lift(tx: Tx, shipment: Row, because: str, now: datetime) -> int:
    if shipment["override_id"] is None:
        return 0
    ledger.end_override(tx, shipment["override_id"], because, now)
    return outbox.withdraw_override(tx, shipment["override_id"])


def recheck_due(tx: Tx, policy: Policy, now: datetime, limit: int = 50) -> int:
    """Recompute the shipments whose state changes by time alone; how many there were."""
    due = orders.due_for_recheck(tx, now, limit)
    for shipment_id in due:
        shipment = orders.shipment(tx, shipment_id)
        if shipment:
            shipment = _held(tx, shipment)
            recompute(tx, policy, shipment, fact_store.facts_of(tx, shipment["track_id"]), now)
    return len(due)
