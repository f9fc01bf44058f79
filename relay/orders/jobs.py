"""What one process does beside reading: when each job is next done, and what its failures mean."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

import structlog

from relay.database import Tx
from relay.desk import Desk
from relay.errors import ShopFault
from relay.orders.account import Account
from relay.store import incidents, reads

#: After a failure that is not the account's, which has pauses of its own.
RETRY_AFTER = timedelta(minutes=15)
#: A failure that may pass is an incident when it lasts so long.
LASTING = timedelta(hours=1)
#: What one job meets and every other call would meet as well.
OF_ALL = frozenset({"throttled", "no_answer", "unauthorized"})

log = structlog.get_logger()


class Step(StrEnum):
    """What came of a job's turn."""

    IDLE = "idle"  #: the shop was not asked
    DONE = "done"
    MORE = "more"  #: there is more to do at once


@dataclass(frozen=True, slots=True)
class Job:
    name: str
    every: timedelta
    step: Callable[[], Step]  #: may raise ShopFault


@dataclass(slots=True)
class Jobs:
    """Belongs to one thread."""

    desk: Desk
    account: Account
    all: tuple[Job, ...]
    now: Callable[[], datetime]
    name: str
    alive: Callable[[], None] = lambda: None  #: called after each job
    _due: dict[str, datetime] = field(default_factory=dict, init=False)
    _failing: dict[str, datetime] = field(default_factory=dict, init=False)

    def run(self) -> bool:
        """Do what is due; whether there is more to do at once."""
        return Step.MORE in [self._run(job) for job in self.all if self._is_due(job)]

    def _is_due(self, job: Job) -> bool:
        """A time further off than the job ever waits was set before the clock was put back."""
        self.alive()
        left = self._due.get(job.name, self.now()) - self.now()
        return not timedelta(0) < left <= max(job.every, RETRY_AFTER)

    def soon(self, name: str) -> None:
        self._due.pop(name, None)

    def _run(self, job: Job) -> Step:
        now, database = self.now(), self.desk.database
        with database.read() as tx:
            if not self.account.may_ask(tx, now, 1):
                return Step.IDLE
        try:
            came = job.step()
        except ShopFault as fault:
            failed = fault
            database.write(lambda tx: self._failed(tx, job, failed))
            return Step.IDLE
        self._due[job.name] = now if came is Step.MORE else now + job.every
        if came is not Step.IDLE:
            self._works(job, now)
        return came

    def _failed(self, tx: Tx, job: Job, fault: ShopFault) -> None:
        now = self.now()
        log.warning("job", job=job.name, outcome=fault.kind, reason=fault.what)
        if fault.kind in OF_ALL:
            self.account.failed(tx, fault, now)
            return
        self._due[job.name] = now + RETRY_AFTER
        since = self._failing.setdefault(job.name, now)
        if fault.is_passing and now - since < LASTING:
            return
        title = f"The shop refuses what Wismo needs ({job.name}): {fault.what}"[:300]
        remedy = fault.remedy or "It is tried again every 15 minutes; see `wismo doctor`"
        figures = {"job": job.name, "what": fault.what, "advice": fault.remedy}
        incidents.open_incident(
            tx, kind="shop_job", subject=job.name, title=title, remedy=remedy, figures=figures, now=now
        )

    def _works(self, job: Job, now: datetime) -> None:
        """Evidence that the shop answers: of a job for its incident, of the account where no order waits to tell."""
        self._failing.pop(job.name, None)
        with self.desk.database.read() as tx:
            is_open = incidents.is_open(tx, "shop_job", job.name)
            is_down = self.account.is_down(tx) and not reads.is_any_due(tx, self.name, now)
        if is_open:
            self.desk.database.write(lambda tx: incidents.close_incident(tx, "shop_job", job.name, now))
        if is_down:
            self.desk.database.write(lambda tx: self.account.works_again(tx, now))
