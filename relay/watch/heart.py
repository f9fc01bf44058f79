"""The dead man's switch: each minute another service is told that all is well, and alarms when it hears no more.

Well is: every loop beats, the database takes a writing, and somebody can be told. A carrier or a shop that fails is not
Wismo's own failure. And because the watch cannot miss itself, the heart does.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx
import structlog

from relay import clock
from relay.database import Database, Tx
from relay.desk import Desk, loops
from relay.desk.telling import is_anybody_told
from relay.errors import WismoError
from relay.silence.overdue import was_away
from relay.silence.pings import Request, Service
from relay.store import incidents, ledger
from relay.watch.alarms import Check, Rounds
from relay.watch.loops import all_stopped_loops

EVERY_S = 10.0
#: One process at a time pings; another goes on when it died.
LEASE = timedelta(seconds=60)
PING_EVERY, TELL_AGAIN = timedelta(minutes=1), timedelta(minutes=10)
TIMEOUT_S = 10.0
#: A service that does not take pings for so long is an incident.
DOWN_AFTER = timedelta(minutes=5)
#: What is looked at while the watch does not look.
IN_ITS_PLACE = (Check("loop_stopped", timedelta(0), all_stopped_loops),)
DOWN, SUBJECT = "heartbeat_down", "heartbeat"
NOBODY = "nobody can be told of incidents: every way to the team is down"

log = structlog.get_logger()


@dataclass(slots=True)
class Heart:
    """Belongs to one thread. Any number of processes have one; one of them pings."""

    desk: Desk
    holder: str
    now: Callable[[], datetime] = clock.now
    timeout_s: float = TIMEOUT_S
    _in_its_place: Rounds = field(default_factory=lambda: Rounds(IN_ITS_PLACE))
    _looked_at: datetime | None = None
    _leads: bool = False
    _has_started: bool = False
    _pinged_at: datetime | None = None  #: when the service last heard that all is well, or was last tried
    _told: tuple[str, datetime] | None = None  #: what it last heard to be wrong, and when
    _ill_since: datetime | None = None
    _failing_since: datetime | None = None

    def round(self) -> float:
        """One look at ourselves; the seconds until the next."""
        now = self.now()
        try:
            self._watch_the_watch(now)
            reasons = self._reasons(now)
        except Exception as fault:
            if self._leads:  # who did not, leaves the word to whoever does
                self._tell([fault.what if isinstance(fault, WismoError) else type(fault).__name__], now, is_sure=False)
            raise
        if self._leads and reasons is not None:
            self._tell(reasons, now, is_sure=reasons != [NOBODY])
        return EVERY_S

    # -- how we are ----------------------------------------------------------------------------------------------------

    def _watch_the_watch(self, now: datetime) -> None:
        """While it does not look, look in its place; but after a gap of our own give everybody time to beat."""
        if was_away(self._looked_at, now):
            self.desk.database.write(lambda tx: ledger.beat(tx, loops.AWAKE, now))
        self._looked_at = now
        with self.desk.database.read() as tx:
            stopped = loops.stopped(tx, self.desk, now, loops.awake_since(tx))
        if any(one.name == loops.WATCH for one in stopped):
            self._in_its_place.look(self.desk, now)

    def _reasons(self, now: datetime) -> Sequence[str] | None:
        """What is wrong with Wismo itself; None: it began just now, and not every loop has beaten yet.

        Raises Unavailable: to take the lease is the proof that the database takes a writing.
        """
        database = self.desk.database
        self._leads = database.write(lambda tx: ledger.take_lease(tx, "heart", self.holder, now, LEASE))
        with database.read() as tx:
            awake_since = loops.awake_since(tx)
            stopped = [one for one in loops.stopped(tx, self.desk, now, awake_since) if one.name != loops.HEART]
            late = [one for one in loops.stopped(tx, self.desk, now) if one.name != loops.HEART]
            is_told = is_anybody_told(tx, self.desk.settings)
        if late and not stopped:
            return None
        return [loops.trouble_of(one, now).title for one in stopped] + ([] if is_told else [NOBODY])

    # -- the service ---------------------------------------------------------------------------------------------------

    def _tell(self, reasons: Sequence[str], now: datetime, *, is_sure: bool) -> None:
        url = self.desk.settings.heartbeat_url
        if not url:
            return
        service = Service(url)
        if not self._has_started:
            self._has_started = True
            self._send(service.started())
        if reasons:
            self._tell_of_failure(service, "; ".join(reasons), now, is_sure=is_sure)
        elif self._pinged_at is None or not timedelta(0) <= now - self._pinged_at < PING_EVERY:
            self._pinged_at, self._told, self._ill_since = now, None, None
            self._judge(self._send(service.alive()), now)

    def _tell_of_failure(self, service: Service, reason: str, now: datetime, *, is_sure: bool) -> None:
        """Once, and again while it lasts; a change of the reasons no more often than a ping.

        A loop is not missed before its time. What else is wrong may pass, as a far side's outage of some seconds does:
        it is told when it has lasted for a minute.
        """
        told, told_at = self._told or ("", now - TELL_AGAIN)
        self._pinged_at = None
        self._ill_since = self._ill_since or now
        if not is_sure and timedelta(0) <= now - self._ill_since < PING_EVERY:
            return
        if timedelta(0) <= now - told_at < (TELL_AGAIN if told == reason else PING_EVERY):
            return
        self._told = reason, now
        log.warning("not well", reason=reason)
        self._send(service.failing(reason))

    def _send(self, request: Request | None) -> str:
        """What was wrong with the answer, or "". Nothing that a service does fails us, and its address is a secret."""
        if request is None:
            return ""
        try:
            with (
                httpx.Client(timeout=self.timeout_s, trust_env=False) as client,
                client.stream(request.method, request.url, content=request.body or None) as answer,
            ):  # what follows the status is not waited for
                fault = "" if answer.is_success else f"HTTP {answer.status_code}"
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, OSError) as error:
            fault = type(error).__name__
        if fault:
            log.warning("heartbeat", outcome=fault)
        return fault

    def _judge(self, fault: str, now: datetime) -> None:
        """A service that does not take our pings is an incident, when it lasts; the next that it takes ends it."""
        database = self.desk.database
        if not fault:
            self._failing_since = None
            _close(database, now)
            return
        since = self._failing_since = self._failing_since or now
        if not timedelta(0) <= now - since < DOWN_AFTER:
            _open(database, fault, since, now)


def _open(database: Database, fault: str, since: datetime, now: datetime) -> None:
    with database.read() as tx:
        if incidents.is_open(tx, DOWN, SUBJECT):
            return

    def work(tx: Tx) -> str:
        return incidents.open_incident(
            tx,
            kind=DOWN,
            subject=SUBJECT,
            title=f"The heartbeat's service does not take our pings ({fault}): it cannot miss us",
            remedy="Check WISMO_HEARTBEAT_URL, and that this machine may reach it; `wismo doctor` tries it",
            figures={"fault": fault, "since_at": since.isoformat()},
            now=now,
        )

    database.write(work)


def _close(database: Database, now: datetime) -> None:
    with database.read() as tx:
        is_open = incidents.is_open(tx, DOWN, SUBJECT)
    if is_open:
        database.write(lambda tx: incidents.close_incident(tx, DOWN, SUBJECT, now))
