"""How a heartbeat's service is called. Pure.

Services that watch for silence agree on one thing: a request to the address is a sign of life. How to tell them that
something is wrong differs, and a word that a service does not know could pass for a sign of life. So only services
that are known by the shape of their address are told; to all others silence says it.
"""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

#: Of a reason, so much is told.
LONGEST = 1000
#: healthchecks.io, hosted by it or by oneself: ``/start``, ``/fail``.
_HEALTHCHECKS = re.compile(r"(?:hc-ping\.com(?::\d+)?/|/ping/)[^/]+(?:/[^/]+)?/?$")
#: Better Stack: ``/fail``.
_BETTER_STACK = re.compile(r"/api/v1/heartbeat/[^/]+/?$")
#: Uptime Kuma's push monitors say it in their query.
_KUMA = re.compile(r"/api/push/[^/]+/?$")


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    url: str
    body: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    url: str

    def alive(self) -> Request:
        return Request("GET", self.url)

    def started(self) -> Request | None:
        """None where the service has no word for it."""
        return Request("POST", _below(self.url, "start")) if self._is(_HEALTHCHECKS) else None

    def failing(self, reason: str) -> Request | None:
        """None where the service has no word for it: then it hears nothing, which says the same."""
        if self._is(_HEALTHCHECKS) or self._is(_BETTER_STACK):
            return Request("POST", _below(self.url, "fail"), reason[:LONGEST])
        if self._is(_KUMA):
            return Request("GET", _with_query(self.url, {"status": "down", "msg": reason[:LONGEST]}))
        return None

    def _is(self, shape: re.Pattern[str]) -> bool:
        parts = urlsplit(self.url)
        return shape.search(f"{parts.netloc.rpartition('@')[2]}{parts.path}") is not None


def _below(url: str, word: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{word}", fragment=""))


def _with_query(url: str, given: dict[str, str]) -> str:
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True)) | given
    return urlunsplit(parts._replace(query=urlencode(query), fragment=""))
