"""How often VTEX is asked: below its quota by ourselves, and not at all while it says that it was too often."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from time import monotonic, sleep

from relay.errors import ShopFault

#: The documented quota is 6000 a minute for an account: two processes of ours and a shop's own integrations fit in.
PER_SECOND, BURST = 40.0, 10
#: VTEX asks for a minute where it names no time, and for twice as long each time that this was too short.
FIRST_REST_S, LONGEST_REST_S = 60, 3600
DOUBLINGS = 6


@dataclass(slots=True)
class Pace:
    """Calls of all threads, each a little later than the one before; after a quiet time ``burst`` at once."""

    per_second: float = PER_SECOND
    burst: int = BURST
    _free_at: float = field(default=0.0, init=False)
    _lock: Lock = field(default_factory=Lock, init=False)

    def wait(self) -> None:
        at = monotonic()
        sleep(self.take(at) - at)

    def take(self, at: float) -> float:
        """When the call may leave that is wanted ``at``, by the monotonic clock."""
        gap_s = 1 / self.per_second
        with self._lock:
            free_at = max(self._free_at, at - (self.burst - 1) * gap_s)
            self._free_at = free_at + gap_s
        return max(free_at, at)


@dataclass(slots=True)
class Rest:
    """Since calls over the limit may lock the shop's own Admin, none is made until the time is over."""

    _until: datetime | None = field(default=None, init=False)
    _refusals: int = field(default=0, init=False)
    _lock: Lock = field(default_factory=Lock, init=False)

    def check(self, now: datetime) -> None:
        """Raises ShopFault while nothing is to be asked."""
        with self._lock:
            left_s = self._left_s(now)
        if left_s > 0:
            raise throttled(left_s)

    def refused(self, wish_s: int | None, now: datetime) -> ShopFault:
        """VTEX said that it was too often: the fault to be raised, and nothing is asked for so long."""
        with self._lock:
            if self._left_s(now) == 0:  # else it was a call that had left before the first refusal
                self._refusals += 1
            own_s = FIRST_REST_S * 2 ** min(self._refusals - 1, DOUBLINGS)
            rest_s = min(own_s if wish_s is None else max(wish_s, 1), LONGEST_REST_S)
            self._until = now + timedelta(seconds=rest_s)
        return throttled(rest_s)

    def accepted(self) -> None:
        with self._lock:
            self._refusals = 0

    def _left_s(self, now: datetime) -> int:
        if self._until is None or now >= self._until:
            return 0
        return int((self._until - now).total_seconds()) + 1


def throttled(rest_s: int) -> ShopFault:
    what, remedy = "VTEX says that it was asked too often", f"Nothing is asked for {rest_s} s; then it goes on"
    return ShopFault("throttled", what, retry_after_s=rest_s, remedy=remedy)
