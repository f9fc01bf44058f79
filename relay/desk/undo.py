"""Taking a correction back: for nothing while nothing of it has left, and knowingly after that."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from relay.database import Row, Tx
from relay.desk import Desk
from relay.desk.effects import Effects, effects, waiting
from relay.desk.find import shipment_with_id
from relay.errors import NotFound
from relay.intake import corrections
from relay.intake.writing import shop_message_id
from relay.model import Kind, Override, Status, from_text
from relay.store import ledger, watches, writes
from relay.store.overrides import mails_of

#: A message in one of these states has not left, and one that is leased is leaving.
NOT_LEFT = frozenset({"due", "shadow", "paused", "superseded", "dead"})


class Outcome(StrEnum):
    DONE = "done"
    LEFT = "left"  # nothing was done: something of it has left, which cannot be called back
    ENDED = "ended"  # nothing was done: it ended before


@dataclass(frozen=True, slots=True)
class Undone:
    """What came of the wish to take a correction back."""

    outcome: Outcome
    order_id: str
    shipment_id: str
    kind: Kind
    override: Override
    shown: Status  #: what the parcel shows now
    mail_left: bool = False  #: the customer was told, or is being told now
    shop_left: bool = False  #: the shop was
    mails_withdrawn: int = 0
    writing_withdrawn: bool = False  #: the shop was to be told, and is not
    follows: Effects | None = None  #: what leaves because it ended
    ended_because: str = ""


def undo(desk: Desk, override_id: str, by: str, now: datetime) -> Undone:
    """Lift a correction unless something of it has left. Raises NotFound if there was none of this id."""
    return _end(desk, override_id, by, now, frozenset({Outcome.LEFT, Outcome.ENDED}))


def end(desk: Desk, override_id: str, by: str, now: datetime) -> Undone:
    """Lift a correction, whatever of it has left."""
    return _end(desk, override_id, by, now, frozenset({Outcome.ENDED}))


def _end(desk: Desk, override_id: str, by: str, now: datetime, stops_at: frozenset[Outcome]) -> Undone:
    def work(tx: Tx) -> Undone:
        seen = _seen(tx, override_id)
        about = shipment_with_id(tx, seen.shipment_id)
        if seen.outcome not in stops_at:
            return _lift(tx, desk, about, seen, by, now)
        why = "something of it has left" if seen.outcome is Outcome.LEFT else "it had ended"
        ledger.write_audit(tx, now, by, "undo", f"{seen.override.status}: {why}", outcome="refused", about=about)
        return seen

    done = desk.database.write(work)
    desk.wake()
    return done


def _seen(tx: Tx, override_id: str) -> Undone:
    row = watches.override(tx, override_id)
    override = ledger.override(tx, override_id) if row else None
    if row is None or override is None:
        raise NotFound("this correction is not known any more", "Look at the order again")
    shipment = shipment_with_id(tx, row["shipment_id"])
    mail_left = any(_has_left(mail) for mail in mails_of(tx, override_id))
    shop_left = override.write_shop and _shop_was_told(tx, shipment, override)
    outcome = Outcome.LEFT if mail_left or shop_left else Outcome.DONE
    return Undone(
        outcome=Outcome.ENDED if row["ended_at"] else outcome,
        order_id=shipment["order_id"],
        shipment_id=shipment["shipment_id"],
        kind=Kind(shipment["kind"]),
        override=override,
        shown=Status(shipment["shown_status"]),
        mail_left=mail_left,
        shop_left=shop_left,
        ended_because=row["ended_because"] or "",
    )


def _has_left(message: Row) -> bool:
    return message["state"] not in NOT_LEFT or message["lease_until"] is not None


def _shop_was_told(tx: Tx, shipment: Row, override: Override) -> bool:
    """One message tells the shop of all that ever happens to a parcel: it left if it was sent since the correction."""
    message = writes.message(tx, shop_message_id(shipment["shipment_id"]))
    if message is None or from_text(message["due_at"]) < override.at:
        return False
    was_sent = message["sent_at"] is not None and from_text(message["sent_at"]) > override.at
    return was_sent or _has_left(message)


def _lift(tx: Tx, desk: Desk, shipment: Row, seen: Undone, by: str, now: datetime) -> Undone:
    waited = waiting(tx, shipment)
    withdrawn = corrections.end_override(tx, desk.policy, shipment, f"lifted by {by}", now)
    ledger.write_audit(tx, now, by, "lift", f"{withdrawn} messages withdrawn", about=shipment)
    as_it_is = shipment_with_id(tx, shipment["shipment_id"])
    was_to_be_written = shop_message_id(shipment["shipment_id"]) in waited
    return replace(
        seen,
        outcome=Outcome.DONE,
        shown=Status(as_it_is["shown_status"]),
        mails_withdrawn=withdrawn,
        writing_withdrawn=seen.override.write_shop and not seen.shop_left and was_to_be_written,
        follows=effects(tx, desk, as_it_is, None, waited),
    )
