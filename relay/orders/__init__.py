"""Reads the shop's orders, told of by its hook, by its feed, or found by a sweep: three ways into one queue.

reading   the queue: claimed, asked for, recorded      feed      what waits in the shop's feed
account   what pauses all asking                       sweep     the shop's list, slice by slice
times     when an order is read again, pure            guardian  hook and feed, and a shop that has gone quiet
jobs      when each of these has its turn              threads   a few that end with their process
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from relay import clock
from relay.desk import Desk
from relay.errors import ShopFault
from relay.orders.account import Account
from relay.orders.feed import Feed
from relay.orders.guardian import Guardian
from relay.orders.jobs import Job, Jobs, Step
from relay.orders.reading import Reader
from relay.orders.sweep import Sweep
from relay.shops.vtex import Vtex
from relay.store import ledger

#: One process at a time has the jobs; it says so again after half of this.
LEASE = timedelta(minutes=2)
MINUTE = timedelta(minutes=1)
#: So that what was deleted just after a look is told within three hours.
LOOK_EVERY = timedelta(hours=2, minutes=55)
BUSY_S, IDLE_S = 0.02, 1.0


@dataclass(slots=True)
class Orders:
    """Belongs to one thread of one process. Any number of processes read; one of them has the jobs."""

    desk: Desk
    vtex: Vtex
    holder: str
    now: Callable[[], datetime] = clock.now
    name: str = "default"
    alive: Callable[[], None] = lambda: None  #: called while a round makes progress
    _reader: Reader = field(init=False)
    _jobs: Jobs = field(init=False)
    _leads_until: datetime | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        account = Account()
        guardian = Guardian(self.desk, self.vtex, self.now, self.name)
        jobs = (
            Job("look", LOOK_EVERY, guardian.look),
            Job("feed", MINUTE, self._take_feed),
            Job("listen", MINUTE, guardian.listen),
            Job("sweep", timedelta(0), Sweep(self.desk, self.vtex, self.now, self.name).step),
        )
        self._reader = Reader(self.desk, self.vtex, account, self.now, self.name, self.alive)
        self._jobs = Jobs(self.desk, account, jobs, self.now, self.name, self.alive)

    def round(self) -> float:
        """Read what is due and do what is to be done beside; the seconds until the next round."""
        has_read = self._reader.read_due() > 0
        has_more = self._leads() and self._jobs.run()
        return BUSY_S if has_read or has_more else IDLE_S

    def close(self) -> None:
        self._reader.close()
        self.vtex.close()

    def _leads(self) -> bool:
        now = self.now()
        if self._leads_until is None or not LEASE / 2 < self._leads_until - now <= LEASE:
            leads = self.desk.database.write(lambda tx: ledger.take_lease(tx, "orders", self.holder, now, LEASE))
            self._leads_until = now + LEASE if leads else None
        return self._leads_until is not None

    def _take_feed(self) -> Step:
        try:
            return Feed(self.desk, self.vtex, self.now, self.name, self.alive).take()
        except ShopFault as fault:
            if fault.kind == "not_found":  # it is gone, and to be made again
                self._jobs.soon("look")
                return Step.DONE
            raise
