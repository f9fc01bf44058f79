"""HTTP to VTEX: few connections, bounded in size, time and number, and no way to another host."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Final

import httpx

from relay.errors import ShopFault
from relay.settings import Settings
from relay.shops.vtex._bounded import bounded_transport, whole
from relay.shops.vtex.answers import Reply, body_of, retry_after_s
from relay.shops.vtex.calls import Call
from relay.shops.vtex.pace import Pace, Rest

CONNECTIONS: Final = 10
#: For each step, and for all of an answer, in seconds. Reading, writing and reading back end before a message's lease.
STEPS, WHOLE_S = httpx.Timeout(10.0, connect=5.0), 10.0
LARGEST: Final = 5 * 1024 * 1024


@dataclass(slots=True)
class Client:
    """One for a process; its threads share it."""

    _http: httpx.Client
    _now: Callable[[], datetime]
    _whole_s: float = WHOLE_S
    _pace: Pace = field(default_factory=Pace)
    _rest: Rest = field(default_factory=Rest)

    def ask(self, call: Call) -> bytes:
        """The body of VTEX's answer. Raises ShopFault."""
        self._rest.check(self._now())
        self._pace.wait()
        reply = self._send(call)
        if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
            now = self._now()
            raise self._rest.refused(retry_after_s(reply.headers.get("retry-after", ""), now), now)
        self._rest.accepted()
        return body_of(call, reply, self._now())

    def _send(self, call: Call) -> Reply:
        content = None if call.json is None else json.dumps(call.json).encode()
        try:
            with whole(self._whole_s):
                return self._read(call, content)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as fault:
            raise ShopFault("no_answer", f"VTEX did not answer: {_reason(fault)}", remedy=_remedy(fault)) from None

    def _read(self, call: Call, content: bytes | None) -> Reply:
        with self._http.stream(call.method, call.path, content=content, headers=dict(call.headers)) as response:
            body = b""
            for part in response.iter_bytes():
                body += part
                if len(body) > LARGEST:
                    raise ShopFault("no_answer", f"VTEX's answer is larger than {LARGEST // 1024 // 1024} MiB")
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Reply(response.status_code, headers, body)

    def close(self) -> None:
        self._http.close()


def _reason(fault: Exception) -> str:
    """Without the fault's own words where these may quote a key that no header can carry."""
    if isinstance(fault, httpx.TimeoutException):
        return f"no whole answer in time ({type(fault).__name__})"
    words = str(fault) if isinstance(fault, httpx.NetworkError) else ""
    return f"{type(fault).__name__} {words}".strip()[:200]


def _remedy(fault: Exception) -> str:
    if isinstance(fault, httpx.ConnectError):
        return "Check WISMO_VTEX_ACCOUNT and WISMO_VTEX_URL"
    if isinstance(fault, httpx.LocalProtocolError | ValueError):
        return "Check WISMO_VTEX_APP_KEY and WISMO_VTEX_APP_TOKEN for characters that no header can carry"
    return ""


def base_url(settings: Settings) -> str:
    return settings.vtex_url or f"https://{settings.vtex_account}.vtexcommercestable.com.br"


def open_client(
    settings: Settings, now: Callable[[], datetime], *, whole_s: float = WHOLE_S, pace: Pace | None = None
) -> Client:
    """A client with the account's keys. Raises ShopFault for keys that no header can carry."""
    keys = {
        "X-VTEX-API-AppKey": settings.vtex_app_key.get_secret_value(),
        "X-VTEX-API-AppToken": settings.vtex_app_token.get_secret_value(),
        "Accept": "application/json",
        "Content-Type": "application/json",
    }
    return Client(_http(base_url(settings), keys), now, whole_s, pace or Pace())


def _http(url: str, headers: dict[str, str]) -> httpx.Client:
    try:
        return httpx.Client(
            base_url=url,
            headers=headers,
            transport=bounded_transport(CONNECTIONS),
            timeout=STEPS,
            follow_redirects=False,
            trust_env=False,
        )
    except (httpx.InvalidURL, ValueError) as fault:
        raise ShopFault("no_answer", f"VTEX cannot be asked: {_reason(fault)}", remedy=_remedy(fault)) from None
