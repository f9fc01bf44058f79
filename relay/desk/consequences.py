"""What an incident means for customers: as far as it can be proven, in figures. What cannot, is not said."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from relay.database import Row, Tx
from relay.model import to_text
from relay.store import brake
from relay.store import consequences as store

#: Kinds whose subject is the carrier that is not asked while they last.
OF_A_CARRIER: Final = frozenset({"ask_failing", "ask_refused"})
#: The kind that keeps the messages of a channel back: its subject.
OF_A_CHANNEL: Final = "channel_down"
#: The kind that holds single mails back.
OF_THE_BRAKE: Final = "mail_brake"
#: By which customers are told.
MAIL: Final = "email"


@dataclass(frozen=True, slots=True)
class Consequences:
    """All of them zero: nothing can be said."""

    parcels: int = 0  #: behind it
    with_carrier: int = 0  #: parcels of the carrier that cannot be asked
    waiting: int = 0  #: mails that wait; of what is over, that left late
    not_told: int = 0  #: customers, or orders, whose mail was given up meanwhile
    held: int = 0  #: mails that wait for somebody to let them go


def consequences_of(tx: Tx, row: Row, now: datetime) -> Consequences:
    since, until = row["opened_at"], row["closed_at"]
    of_mail = row["kind"] == OF_A_CHANNEL and row["subject"] == MAIL
    with_carrier = store.open_parcels(tx, row["subject"]) if row["kind"] in OF_A_CARRIER and not until else 0
    if not of_mail:
        held = brake.count_held(tx) if row["kind"] == OF_THE_BRAKE and not until else 0
        return Consequences(row["parcels"], with_carrier, held=held)
    if not until:
        return Consequences(row["parcels"], waiting=store.waiting(tx, MAIL, to_text(now)))
    late, given_up = store.late(tx, MAIL, since, until), store.given_up(tx, MAIL, since, until)
    return Consequences(row["parcels"], waiting=late, not_told=given_up)
