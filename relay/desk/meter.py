"""The figures of monitoring, read at most every few seconds, and what is counted for good on the way."""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import perf_counter
from typing import Final

from relay.database import pending_migrations
from relay.database.engine import NoTable
from relay.desk import Desk
from relay.desk.measured import Figures, Slow
from relay.desk.metrics import figures, slow
from relay.errors import Unavailable, WismoError
from relay.model import to_text
from relay.store import metrics as store
from relay.store.metrics import Seen

#: Several monitors that ask at once are told the same.
FRESH_FOR: Final = timedelta(seconds=5)
#: What is dear to count is counted this often at most, and takes at most this share of one processor.
SLOW_FRESH_FOR: Final = timedelta(minutes=5)
SLOW_SHARE: Final = 0.01
#: What was received this long ago is on disk, or never will be.
SETTLED: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Read:
    """What was read, or why it could not be."""

    at: datetime
    seconds: float
    figures: Figures | None


class Meter:
    """Safe in every thread; one reads, and the others wait for what it finds."""

    def __init__(self, desk: Desk, now: Callable[[], datetime]) -> None:
        self._desk = desk
        self._now = now
        self._lock = threading.Lock()
        self._counting = threading.Lock()
        self._last: Read | None = None
        self._slow: Slow | None = None
        self._slow_at: datetime | None = None
        self._slow_for = SLOW_FRESH_FOR

    def read(self) -> Read:
        """The figures as of now, or of a few seconds ago; none where the database does not answer or is not ready."""
        with self._lock:
            now = self._now()
            if self._last is None or not timedelta(0) <= now - self._last.at < FRESH_FOR:
                self._last = self._read(now)
            return self._last

    def count_slowly(self) -> None:
        """Count anew what is dear to count, if it is time: after an answer rather than on the way to it."""
        now = self._now()
        is_fresh = self._slow_at is not None and timedelta(0) <= now - self._slow_at < self._slow_for
        if is_fresh or not self._counting.acquire(blocking=False):
            return
        try:
            self._count_slowly(now)
        except (NoTable, WismoError):
            self._slow = self._slow_at = (
                None  # the database does not answer, or is not ready: an old figure would hide it
            )
        finally:
            self._counting.release()

    def _count_slowly(self, now: datetime) -> None:
        begun = perf_counter()
        with self._desk.database.read() as tx:
            self._slow = slow(tx, now)
        took = timedelta(seconds=perf_counter() - begun)
        self._slow_at, self._slow_for = now, max(SLOW_FRESH_FOR, took / SLOW_SHARE)

    def _read(self, now: datetime) -> Read:
        begun = perf_counter()
        try:
            found = self._figures(now)
        except (NoTable, WismoError):
            found = None
        return Read(now, perf_counter() - begun, found)

    def _figures(self, now: datetime) -> Figures | None:
        """None before the database is up to date."""
        with self._desk.database.read() as tx:
            if pending_migrations(tx):
                return None
        fresh = self._count_up(now)
        with self._desk.database.read() as tx:
            return figures(tx, self._desk, fresh, self._slow, now)

    def _count_up(self, now: datetime) -> Sequence[Seen]:
        """Bring the totals up to date; what came since they were.

        Counted for good: totals never fall, whatever is read anew, erased or dropped later. They stay as they are while
        the database takes nothing.
        """
        upto = now - SETTLED
        with self._desk.database.read() as tx:
            until = store.counted_until(tx)
            is_ahead = until > to_text(now)  # the clock was put back since
            seen = [] if is_ahead else store.seen_since(tx, until, upto)
        settled = [one for one in seen if one.times]
        if settled or is_ahead or not until:
            with suppress(Unavailable):
                self._desk.database.write(lambda tx: store.count_up(tx, settled, until, upto))
        return seen
