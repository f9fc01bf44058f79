"""What only the passing of time tells: overrides that end, counts to write down, rules that may be wrong."""

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from relay import clock
from relay.database import Database, Tx
from relay.desk import Desk
from relay.intake import corrections
from relay.intake.apply import join_waiting
from relay.intake.refused import Refused
from relay.store import ledger, orders, outbox

EVERY_S = 10.0
LEASE = timedelta(seconds=60)
#: A carrier with more than this share of its deliveries held points at a fault of the rule, not of the carrier…
HELD_SHARE = 0.2
#: … once there are enough of them to speak of a share, in this time.
HELD_AT_LEAST, HELD_WITHIN = 5, timedelta(days=7)


def this_process() -> str:
    return f"{socket.gethostname()}/{os.getpid()}"


@dataclass(frozen=True, slots=True)
class Watch:
    desk: Desk
    refused: Refused
    now: Callable[[], datetime] = clock.now
    holder: str = field(default_factory=this_process)

    def round(self) -> float:
        """One look at everything; the seconds until the next."""
        now = self.now()
        database = self.desk.database
        self.refused.write_down(database, now)
        if not database.write(lambda tx: ledger.take_lease(tx, "watch", self.holder, now, LEASE)):
            return EVERY_S
        self._recheck(database, now)
        if database.write(lambda tx: join_waiting(tx, self.desk.policy, now)):
            self.desk.wake()
        database.write(lambda tx: watch_held(tx, now))
        database.write(lambda tx: _close_storage(tx, now))
        database.write(lambda tx: _close_dead(tx, now))
        return EVERY_S

    def _recheck(self, database: Database, now: datetime) -> None:
        while database.write(lambda tx: corrections.recheck_due(tx, self.desk.policy, now)):
            self.desk.wake()


def watch_held(tx: Tx, now: datetime) -> None:
    """Open or close the incident about a carrier whose deliveries are held too often."""
    for row in orders.held_share_by_carrier(tx, now - HELD_WITHIN):
        if row["deliveries"] >= HELD_AT_LEAST and row["held"] > HELD_SHARE * row["deliveries"]:
            ledger.open_incident(
                tx,
                kind="held_rule",
                subject=row["carrier"],
                title=f"{row['held']} of {row['deliveries']} deliveries by {row['carrier']} are held",
                remedy="See `wismo health` for the parcels and `wismo why ORDER` for the rule",
                now=now,
            )
        else:
            ledger.close_incident(tx, "held_rule", row["carrier"], now)


def _close_storage(tx: Tx, now: datetime) -> None:
    """That this can be written is the evidence; it is left open for a while, so that it is seen."""
    for row in ledger.incidents(tx, only_open=True):
        if row["kind"] == "storage" and now - datetime.fromisoformat(row["last_seen_at"]) > timedelta(hours=1):
            ledger.close_incident(tx, "storage", row["subject"], now)


def _close_dead(tx: Tx, now: datetime) -> None:
    """What was given up is over once each of it was told after all, or dropped."""
    given_up = [row for row in ledger.incidents(tx, only_open=True) if row["kind"] == "dead_message"]
    for row in given_up:
        if not outbox.has_dead(tx, row["subject"]):
            ledger.close_incident(tx, "dead_message", row["subject"], now)
