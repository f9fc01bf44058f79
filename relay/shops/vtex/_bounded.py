"""Connections whose every step ends with the call that it belongs to: a far side that drips bytes holds up nobody."""

import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic
from typing import Any, Final

import httpcore
import httpx

#: When the call that this thread makes must be over, by the monotonic clock.
_OVER_AT: ContextVar[float] = ContextVar("over_at", default=float("inf"))


@contextmanager
def whole(seconds: float) -> Iterator[None]:
    """What is asked inside takes no longer altogether, however often a byte arrives."""
    token = _OVER_AT.set(monotonic() + seconds)
    try:
        yield
    finally:
        _OVER_AT.reset(token)


def _left(timeout: float | None, too_late: type[httpcore.TimeoutException]) -> float:
    left = _OVER_AT.get() - monotonic()
    if left <= 0:
        raise too_late("no whole answer in time")
    return left if timeout is None else min(left, timeout)


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, _left(timeout, httpcore.ConnectTimeout)))

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - the library's own signature
        return self._stream.get_extra_info(info)


class _Backend(httpcore.SyncBackend):
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(super().connect_tcp(host, port, left, local_address, socket_options))


BACKEND: Final = _Backend()


def bounded_transport(connections: int) -> httpx.HTTPTransport:
    """The library's own transport; it has no parameter for what its connections are made of, so its pool is changed."""
    tls = httpx.create_ssl_context()
    transport = httpx.HTTPTransport(verify=tls, trust_env=False)
    transport._pool = httpcore.ConnectionPool(  # noqa: SLF001 - see above; a test lets a server drip
        ssl_context=tls,
        max_connections=connections,
        max_keepalive_connections=connections,
        keepalive_expiry=30.0,
        network_backend=BACKEND,
    )
    return transport
