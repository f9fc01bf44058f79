"""HTTP to a carrier: few connections for each account, bounded in size and time, and no way to another host."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from functools import cache

import httpx

from relay.intake.failures import Failure
from relay.model import Ask

#: Requests of one account that are on their way at once, each over a line of its own. In a pool httpx gives one idle
#: connection to all that wait, and all but one try again.
CONNECTIONS = 5
#: For each step, and for all of an answer, in seconds.
STEPS, WHOLE_S = httpx.Timeout(10.0, read=20.0), 45.0
LARGEST = 5 * 1024 * 1024
#: Of every request, unless it has its own.
HEADERS = {"accept": "*/*", "accept-encoding": "gzip, deflate", "connection": "keep-alive", "user-agent": "wismo"}


class NoAnswer(Exception):
    """Nothing that could be read came back; the text says why, and ``failure`` names it."""

    def __init__(self, failure: Failure, why: str) -> None:
        super().__init__(why)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class Far:
    """Belongs to one event loop."""

    whole_s: float = WHOLE_S
    _lines: list[httpx.AsyncHTTPTransport] = field(default_factory=list)
    _idle: dict[str, asyncio.LifoQueue[httpx.AsyncHTTPTransport]] = field(default_factory=dict)

    async def send(self, account: str, api_url: str, ask: Ask) -> Reply:
        """Raises NoAnswer."""
        try:
            async with self._line(account) as line, asyncio.timeout(self.whole_s):
                return await _send(line, api_url, ask)
        except TimeoutError:
            raise NoAnswer(Failure.TIMEOUT, "no whole answer in time") from None
        except (httpx.LocalProtocolError, httpx.InvalidURL, ValueError) as fault:
            # As for a key that no header can carry; what such a fault says shows the key.
            raise NoAnswer(Failure.OUR_FAULT, f"the request cannot be made: {type(fault).__name__}") from None
        except httpx.HTTPError as fault:
            raise NoAnswer(_name_of(fault), f"{type(fault).__name__}: {fault}"[:200]) from fault

    @asynccontextmanager
    async def _line(self, account: str) -> AsyncIterator[httpx.AsyncHTTPTransport]:
        """One that nobody else uses meanwhile; the last used first, whose connection is the likeliest to be open."""
        idle = self._idle.get(account) or self._open(account)
        line = await idle.get()
        try:
            yield line
        finally:
            idle.put_nowait(line)

    def _open(self, account: str) -> asyncio.LifoQueue[httpx.AsyncHTTPTransport]:
        idle = self._idle[account] = asyncio.LifoQueue()
        for line in (_new_line() for _ in range(CONNECTIONS)):
            self._lines.append(line)
            idle.put_nowait(line)
        return idle

    async def close(self) -> None:
        for line in self._lines:
            await line.aclose()


def _name_of(fault: httpx.HTTPError) -> Failure:
    if isinstance(fault, httpx.ConnectError | httpx.ConnectTimeout | httpx.UnsupportedProtocol):
        return Failure.UNREACHABLE
    return Failure.TIMEOUT if isinstance(fault, httpx.TimeoutException) else Failure.CUT_OFF


async def _send(line: httpx.AsyncHTTPTransport, api_url: str, ask: Ask) -> Reply:
    response = await line.handle_async_request(_request(api_url, ask))
    async with aclosing(response):
        if response.is_redirect:
            raise NoAnswer(Failure.REDIRECT, f"HTTP {response.status_code}: it sends us to another address")
        body = b""
        async for part in response.aiter_bytes():
            body += part
            if len(body) > LARGEST:
                raise NoAnswer(Failure.TOO_LARGE, f"the answer is larger than {LARGEST // 1024 // 1024} MiB")
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Reply(response.status_code, headers, body)


def _request(api_url: str, ask: Ask) -> httpx.Request:
    return httpx.Request(
        ask.method,
        api_url + ask.path,
        headers=HEADERS | {name.lower(): value for name, value in ask.headers.items()},
        params=dict(ask.params) or None,
        json=ask.json,
        data=dict(ask.form) if ask.form else None,
        extensions={"timeout": STEPS.as_dict()},
    )


def _new_line() -> httpx.AsyncHTTPTransport:
    limits = httpx.Limits(max_connections=1, max_keepalive_connections=1)
    return httpx.AsyncHTTPTransport(verify=_tls(), trust_env=False, limits=limits)


@cache
def _tls() -> ssl.SSLContext:
    """One for all clients: making it reads every certificate of the system."""
    return httpx.create_ssl_context()
