"""The clock is set, the machine sleeps: nobody's fault, and the team should know what it explains.

Due times are moments of the clock. When it is put forward, what was to come is due at once; when it is put back, what
was planned comes later by as much. Loops wait by a clock of their own, and leases from a future do not hold.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from relay import clock
from relay.database import Database, Tx
from relay.desk import loops
from relay.silence.clocks import Clocks, Jump, jump_between
from relay.silence.overdue import was_away
from relay.store import incidents, ledger

KIND = "clock_jump"
SAID = {
    Jump.FORWARD: "The clock was put forward by {}: what was planned for that time is due at once",
    Jump.BACK: "The clock was put back by {}: what was planned already comes later by as much",
    Jump.SLEPT: "This machine slept for {}: nothing was received, asked or told meanwhile",
}
REMEDY = "See that a time service (NTP) keeps the clock, and that the machine does not sleep. It ends after an hour"

log = structlog.get_logger()


def machine(now: datetime) -> Clocks:
    return Clocks(now, clock.since_boot(), clock.awake())


@dataclass(slots=True)
class ClockWatch:
    """Belongs to one thread, which looks in every round."""

    read: Callable[[datetime], Clocks] = machine
    _before: Clocks | None = None

    def look(self, database: Database, now: datetime) -> None:
        """After a gap or a step every loop has its whole limit to beat again; a large step is an incident."""
        before, after = self._before, self.read(now)
        self._before = after
        if before is None:
            return
        jump = jump_between(before, after)
        if jump or was_away(before.wall, now):
            database.write(lambda tx: ledger.beat(tx, loops.AWAKE, now))
        if jump:
            log.warning("clock", jump=jump[0].value, seconds=round(jump[1].total_seconds()))
            database.write(lambda tx: _say(tx, jump[0], jump[1], now))


def _say(tx: Tx, jump: Jump, by: timedelta, now: datetime) -> None:
    minutes = round(by / timedelta(minutes=1))
    hours, rest = divmod(minutes, 60)
    told = f"{hours} h {rest} min" if hours else f"{minutes} min"
    incidents.open_incident(
        tx,
        kind=KIND,
        subject=jump.value,
        title=SAID[jump].format(told),
        remedy=REMEDY,
        figures={"case": jump.value, "minutes": minutes},
        now=now,
    )
