"""HTTP to a carrier: few connections for each account, bounded in size and time, and no way to another host."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

import httpx

from relay.model import Ask

#: Of a pool of ten httpx makes a tenth of the work of a pool of a hundred: it looks through all of it each time.
CONNECTIONS = 5
#: For each step, and for all of an answer, in seconds.
STEPS, WHOLE_S = httpx.Timeout(10.0, read=20.0), 45.0
LARGEST = 5 * 1024 * 1024


class NoAnswer(Exception):
    """Nothing that could be read came back; the text says why."""


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class Far:
    """Belongs to one event loop."""

    _clients: dict[str, httpx.AsyncClient] = field(default_factory=dict)
    _at_once: dict[str, asyncio.Semaphore] = field(default_factory=dict)

    async def send(self, account: str, api_url: str, ask: Ask) -> Reply:
        """Raises NoAnswer."""
        client = self._clients.setdefault(account, _client())
        async with self._at_once.setdefault(account, asyncio.Semaphore(CONNECTIONS)):
            try:
                async with asyncio.timeout(WHOLE_S):
                    return await _send(client, api_url, ask)
            except TimeoutError:
                raise NoAnswer("no whole answer in time") from None
            except (
                httpx.HTTPError,
                httpx.InvalidURL,
                ValueError,
            ) as fault:  # ValueError: a key that no header can carry
                raise NoAnswer(f"{type(fault).__name__}: {fault}"[:200]) from fault

    async def close(self) -> None:
        for client in self._clients.values():
            await client.aclose()


async def _send(client: httpx.AsyncClient, api_url: str, ask: Ask) -> Reply:
    async with client.stream(
        ask.method,
        api_url + ask.path,
        headers=dict(ask.headers),
        params=dict(ask.params) or None,
        json=ask.json,
        data=dict(ask.form) if ask.form else None,
    ) as response:
        if response.is_redirect:
            raise NoAnswer(f"HTTP {response.status_code}: it sends us to another address, where we do not go")
        body = b""
        async for part in response.aiter_bytes():
            body += part
            if len(body) > LARGEST:
                raise NoAnswer(f"the answer is larger than {LARGEST // 1024 // 1024} MiB")
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Reply(response.status_code, headers, body)


def _client() -> httpx.AsyncClient:
    return httpx.AsyncClient(
        verify=_tls(),
        timeout=STEPS,
        limits=httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS),
        follow_redirects=False,
        trust_env=False,
    )


@cache
def _tls() -> ssl.SSLContext:
    """One for all clients: making it reads every certificate of the system."""
    return httpx.create_ssl_context()
