"""VTEX calls us: one hook, its retries, and how it is deleted when nothing happens for three days."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import httpx

from relay.sandbox.vtex.faults import Quirks
from relay.sandbox.vtex.moments import hook_text
from relay.sandbox.vtex.notices import Change, Filter, Refused, read_filter
from relay.sandbox.vtex.shapes import Json

PING = {"hookConfig": "ping"}
TAKEN = 200  # any other status counts as a failure
ANSWER_WITHIN_S = 5.0
IDLE_LIMIT = timedelta(days=3)
MOST_FAILURES = 100
#: Growing by a ninth, the retries after the first hundred failures reach over four days.
RETRY_AFTER_S, RETRY_GROWTH = 1.0, 1.11
ON_THIS_MACHINE = {"127.0.0.1", "localhost", "::1"}


@dataclass(slots=True)
class Waiting:
    """A notice that was not taken yet."""

    body: Json
    due_at: datetime
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Post:
    """A notice that was sent, or a ping."""

    at: datetime
    body: Json
    outcome: str  #: a status, or the kind of error


@dataclass(slots=True)
class Hook:
    now: Callable[[], datetime]
    quirks: Quirks
    origin: Mapping[str, str]
    answer_within_s: float = ANSWER_WITHIN_S
    posts: list[Post] = field(default_factory=list)  #: all that was sent, oldest first
    dropped: list[Json] = field(default_factory=list)  #: given up after too many failures
    deleted_at: datetime | None = None  #: when it was found idle for too long
    _config: Json | None = None
    _filter: Filter | None = None
    _heard_at: datetime | None = None  #: when a notice was made or sent, or the configuration saved
    _waiting: list[Waiting] = field(default_factory=list)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _client: httpx.Client | None = None  #: made when it is needed, for that takes a while

    def close(self) -> None:
        if self._client:
            self._client.close()

    # -- configuration -------------------------------------------------------------------------------------------------

    def configure(self, config: Json) -> None:
        """Saved only when the address answers a ping. Raises Refused."""
        chosen = read_filter(config)
        hook = config.get("hook")
        if not isinstance(hook, dict) or not isinstance(hook.get("url"), str):
            raise Refused(400, "Hook.Url", "required")
        headers = hook.get("headers") or {}
        if not isinstance(headers, dict) or not all(isinstance(text, str) for text in headers.values()):
            raise Refused(400, "Hook.Headers", "names and texts")
        self._want_secure(hook["url"])
        if self._post(hook, PING) != str(TAKEN):
            raise Refused(400, "Hook.Url", "Unable to check address")
        self.install(config, chosen)

    def install(self, config: Json, chosen: Filter | None = None) -> None:
        """As somebody else does, whose address nobody has to check."""
        with self._lock:
            self._filter = chosen or read_filter(config)
            self._config, self._heard_at, self.deleted_at = config, self.now(), None

    def config(self) -> Json | None:
        with self._lock:
            self._delete_when_idle()
            return self._config

    def delete(self) -> None:
        with self._lock:
            self._config = self._filter = None
            self._waiting.clear()

    def _want_secure(self, url: str) -> None:
        try:
            parts = urlsplit(url)
        except ValueError as error:
            raise Refused(400, "Hook.Url", "Unable to check address") from error
        is_near = self.quirks.takes_http and parts.hostname in ON_THIS_MACHINE
        if parts.scheme != "https" and not (parts.scheme == "http" and is_near):
            raise Refused(400, "Hook.Url", "Only https scheme is accepted")

    def _delete_when_idle(self) -> None:
        now = self.now()
        if self._config and self._heard_at and now - self._heard_at >= IDLE_LIMIT:
            self.delete()
            self.deleted_at = now

    # -- notices -------------------------------------------------------------------------------------------------------

    def hear(self, change: Change) -> None:
        with self._lock:
            self._delete_when_idle()
            if self._filter and (self.quirks.ignores_filter or self._filter.wants(change)):
                self._heard_at = now = self.now()
                copies = 2 if self.quirks.sends_twice else 1
                self._waiting += [Waiting(self._notice(change), now) for _ in range(copies)]

    def _notice(self, change: Change) -> Json:
        return {
            "Domain": change.domain,
            "OrderId": change.order_id,
            "State": change.state,
            "LastState": change.last_state,
            "LastChange": hook_text(change.last_change),
            "CurrentChange": hook_text(change.current_change),
            "Origin": dict(self.origin),
        }

    @property
    def backlog(self) -> int:
        return len(self._waiting)

    def next_due_at(self) -> datetime | None:
        with self._lock:
            return min((one.due_at for one in self._waiting), default=None)

    def deliver_due(self) -> int:
        """Send what is due; how much of it was taken."""
        with self._lock:
            self._delete_when_idle()
            config, now = self._config, self.now()
            due = [one for one in self._waiting if one.due_at <= now]
            self._waiting = [one for one in self._waiting if one.due_at > now]
        if config is None:
            return 0
        if self.quirks.sends_backwards:
            due.reverse()
        return sum(self._deliver(config["hook"], one) for one in due)

    def _deliver(self, hook: Json, one: Waiting) -> bool:
        """Whether it was taken; if not, it waits again for longer, until it is given up."""
        if self._post(hook, one.body) == str(TAKEN):
            return True
        one.failures += 1
        with self._lock:
            self._heard_at = self.now()
            if one.failures > MOST_FAILURES:
                self.dropped.append(one.body)
            else:
                wait = RETRY_AFTER_S * RETRY_GROWTH ** (one.failures - 1)
                one.due_at = self.now() + timedelta(seconds=wait)
                self._waiting.append(one)
        return False

    def _post(self, hook: Json, body: Json) -> str:
        with self._lock:
            self._client = client = self._client or httpx.Client(trust_env=False)
        try:
            answer = client.post(
                hook["url"], json=body, headers=hook.get("headers") or {}, timeout=self.answer_within_s
            )
            outcome = str(answer.status_code)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            outcome = type(error).__name__
        self.posts.append(Post(self.now(), body, outcome))
        return outcome
