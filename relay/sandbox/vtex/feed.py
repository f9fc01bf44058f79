"""We call VTEX: one feed, whose notices come again until they are committed."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import count

from relay.sandbox.vtex.faults import Quirks
from relay.sandbox.vtex.moments import feed_text
from relay.sandbox.vtex.notices import Change, Filter, Refused, read_filter
from relay.sandbox.vtex.shapes import Json

MOST_AT_ONCE = 10
VISIBILITY_S, RETENTION_S = 240, 345_600
RETENTION_LIMITS_S = (345_600, 1_209_600)


@dataclass(slots=True)
class Queued:
    change: Change
    event_id: str
    since: datetime
    visible_at: datetime
    handle: str = ""  #: of the last time it was given out; earlier ones are void


@dataclass(slots=True)
class Feed:
    now: Callable[[], datetime]
    quirks: Quirks
    committed: list[Change] = field(default_factory=list)
    _config: Json | None = None
    _filter: Filter | None = None
    _visibility: timedelta = timedelta(seconds=VISIBILITY_S)
    _retention: timedelta = timedelta(seconds=RETENTION_S)
    _heard_at: datetime | None = None
    _queue: list[Queued] = field(default_factory=list)
    _numbers: "count[int]" = field(default_factory=lambda: count(1))
    _lock: threading.RLock = field(default_factory=threading.RLock)

    # -- configuration -------------------------------------------------------------------------------------------------

    def configure(self, config: Json) -> None:
        """What waits already stays. Raises Refused."""
        chosen = read_filter(config)
        queue = config.get("queue")
        if not isinstance(queue, dict):
            raise Refused(400, "Queue", "required")
        given = {name.lower(): value for name, value in queue.items()}  # VTEX spells them in more ways than one
        visibility_s = given.get("visibilitytimeoutinseconds", VISIBILITY_S)
        retention_s = given.get("messageretentionperiodinseconds", RETENTION_S)
        least, most = RETENTION_LIMITS_S
        if not isinstance(retention_s, int) or not least <= retention_s <= most:
            raise Refused(400, "Queue.MessageRetentionPeriodInSeconds", f"a number from {least} to {most}")
        if not isinstance(visibility_s, int) or visibility_s < 0:
            raise Refused(400, "Queue.VisibilityTimeoutInSeconds", "a number of seconds")
        with self._lock:
            self._config, self._filter, self._heard_at = config, chosen, self.now()
            self._visibility, self._retention = timedelta(seconds=visibility_s), timedelta(seconds=retention_s)

    def config(self) -> Json | None:
        with self._lock:
            self._forget_old()
            if self._config is None:
                return None
            oldest = min((one.since for one in self._queue), default=self.now())
            return {
                "filter": self._config["filter"],
                "queue": {
                    "visibilityTimeoutInSeconds": int(self._visibility.total_seconds()),
                    "messageRetentionPeriodInSeconds": int(self._retention.total_seconds()),
                },
                "quantity": len(self._queue),
                "approximateAgeOfOldestMessageInSeconds": int((self.now() - oldest).total_seconds()),
            }

    def delete(self) -> None:
        with self._lock:
            self._config = self._filter = None
            self._queue.clear()

    def _forget_old(self) -> None:
        """What nobody fetched in time is gone, and so is a feed to which nothing came for as long."""
        oldest = self.now() - self._retention
        self._queue = [one for one in self._queue if one.since > oldest]
        if self._heard_at and self._heard_at <= oldest:
            self.delete()

    # -- notices -------------------------------------------------------------------------------------------------------

    def hear(self, change: Change) -> None:
        with self._lock:
            self._forget_old()
            if self._filter and (self.quirks.ignores_filter or self._filter.wants(change)):
                self._heard_at = now = self.now()
                copies = 2 if self.quirks.sends_twice else 1
                self._queue += [Queued(change, self._next_id(change), now, now) for _ in range(copies)]

    def take(self, most: int) -> list[Json] | None:
        """At most so many of those that are visible, which then hide for a while; None: there is no feed."""
        with self._lock:
            self._forget_old()
            if self._config is None:
                return None
            now = self.now()
            visible = [one for one in self._queue if one.visible_at <= now]
            if self.quirks.sends_backwards:
                visible.reverse()
            return [self._give(one, now) for one in visible[:most]]

    def waiting_since(self) -> list[datetime]:
        """When each notice came that nobody took yet."""
        with self._lock:
            return [one.since for one in self._queue]

    def commit(self, handles: Sequence[str]) -> None:
        """A handle that is void does nothing: its notice comes again."""
        with self._lock:
            self.committed += [one.change for one in self._queue if one.handle in handles]
            self._queue = [one for one in self._queue if one.handle not in handles]

    def _give(self, one: Queued, now: datetime) -> Json:
        one.visible_at = now + self._visibility
        one.handle = self._next_id(one.change) * 4
        return {
            "eventId": one.event_id,
            "handle": one.handle,
            "domain": one.change.domain,
            "state": one.change.state,
            "lastState": one.change.last_state,
            "orderId": one.change.order_id,
            "lastChange": feed_text(one.change.last_change),
            "currentChange": feed_text(one.change.current_change),
        }

    def _next_id(self, change: Change) -> str:
        return sha256(f"{change.order_id}/{next(self._numbers)}".encode()).hexdigest()[:12].upper()
