"""What only the passing of time tells. One process at a time looks for all.

checks   what is looked at, and how often; a check says all that is wrong now
alarms   what a check says becomes incidents: opened, told anew, and closed when it says so no more
endings  what closes because time passed, or because its messages were told after all
mute     carriers that have gone silent       heard     what was heard of them, and learnt
traffic  counts what came, by the hour
held     rules that may be wrong              loops    our own loops that have stopped
clocks   a clock that is set, a machine that sleeps
stuck    parcels that stand still together    standing where the parcels stand, and how many usually do
heart    tells another service that Wismo itself is well, and watches the watch
expiry   what ends on a day that is known
schema   messages that are not what they were               lately  what each sender sent in the last hours and days
missed   what should have been pushed                       poorer  answers that tell less
canary   a push of our own, each hour, as far as the mail    canary_steps  its steps, and why one fails
"""

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from relay import clock
from relay.database import Database
from relay.desk import Desk, brake
from relay.intake import corrections
from relay.intake.apply import join_waiting
from relay.intake.refused import Refused
from relay.store import ledger
from relay.watch.alarms import Rounds
from relay.watch.checks import CHECKS
from relay.watch.clocks import ClockWatch
from relay.watch.endings import close_what_is_over
from relay.watch.standing import Usual
from relay.watch.traffic import Counting

EVERY_S = 10.0
LEASE = timedelta(seconds=60)


def this_process() -> str:
    return f"{socket.gethostname()}/{os.getpid()}"


@dataclass(frozen=True, slots=True)
class Watch:
    """Belongs to one thread."""

    desk: Desk
    refused: Refused
    now: Callable[[], datetime] = clock.now
    holder: str = field(default_factory=this_process)
    alive: Callable[[], None] = lambda: None  #: called while a round makes progress
    rounds: Rounds = field(default_factory=lambda: Rounds(CHECKS))
    clocks: ClockWatch = field(default_factory=ClockWatch)
    usual: Usual = field(default_factory=Usual)
    counting: Counting = field(default_factory=Counting)

    def round(self) -> float:
        """One look at everything; the seconds until the next."""
        now = self.now()
        database = self.desk.database
        self.refused.write_down(database, now)
        self.clocks.look(database, now)
        if not database.write(lambda tx: ledger.take_lease(tx, "watch", self.holder, now, LEASE)):
            return EVERY_S
        self._recheck(database, now)
        if database.write(lambda tx: join_waiting(tx, self.desk.policy, now)):
            self.desk.wake()
        close_what_is_over(database, now)
        brake.tend(self.desk, now)
        self.counting.count(database, now)
        self.rounds.look(self.desk, now, self.alive)
        self.usual.note(self.desk, now)
        return EVERY_S

    def _recheck(self, database: Database, now: datetime) -> None:
        while database.write(lambda tx: corrections.recheck_due(tx, self.desk.policy, now)):
            self.alive()
            self.desk.wake()
