"""A shop on the pretend VTEX, and a server that answers with whatever bytes a test wants."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from pydantic import SecretStr

from relay.errors import ShopFault
from relay.sandbox.vtex import PretendVtex, open_vtex
from relay.settings import Settings
from relay.shops import vtex as vtex_shop
from relay.shops.vtex import Vtex
from relay.shops.vtex.calls import get_order
from relay.shops.vtex.client import Client, open_client
from tests.conftest import NOON

Talk = Callable[[socket.socket], None]


@dataclass
class Hand:
    """A clock that a test moves."""

    at: datetime = NOON

    def now(self) -> datetime:
        return self.at

    def step(self, **times: float) -> None:
        self.at += timedelta(**times)


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def far(hand: Hand) -> Iterator[PretendVtex]:
    with open_vtex(hand.now) as pretend:
        yield pretend


def settings_for(url: str, *, token: str = "a-token-of-a-pretend-world", **more: str) -> Settings:
    return Settings(
        vtex_account="mystore",
        vtex_app_key=SecretStr("vtexappkey-mystore-ABCDEF"),
        vtex_app_token=SecretStr(token),
        vtex_url=url,
        customer_mail="wismo",
        **more,  # type: ignore[arg-type]  # texts of the settings' own choices
    )


@dataclass
class Opened:
    """Shops that are closed with the test."""

    far: PretendVtex
    hand: Hand
    shops: list[Vtex] = field(default_factory=list)

    def __call__(self, **settings: str) -> Vtex:
        self.shops.append(vtex_shop.open_vtex(settings_for(self.far.url, **settings), self.hand.now))
        return self.shops[-1]


@pytest.fixture
def opened(far: PretendVtex, hand: Hand) -> Iterator[Opened]:
    made = Opened(far, hand)
    yield made
    for shop in made.shops:
        shop.close()


@pytest.fixture
def shop(opened: Opened) -> Vtex:
    return opened()


@contextmanager
def talking(talk: Talk, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """The address of a server that says ``talk`` to everybody who asks it something."""
    server = socket.create_server(("127.0.0.1", 0))
    scheme = "https" if tls else "http"
    server = tls.wrap_socket(server, server_side=True) if tls else server
    threading.Thread(target=_answer_all, args=(server, talk), daemon=True).start()
    try:
        yield f"{scheme}://127.0.0.1:{server.getsockname()[1]}"
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()


def _answer_all(server: socket.socket, talk: Talk) -> None:
    with suppress(OSError):
        while True:
            connection, _ = server.accept()
            threading.Thread(target=_answer, args=(connection, talk), daemon=True).start()


def _answer(connection: socket.socket, talk: Talk) -> None:
    with connection, suppress(OSError):
        while connection.recv(65536):
            talk(connection)


def bytes_of(status: str, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def says(status: str, body: bytes = b"", *headers: str) -> Talk:
    return lambda connection: connection.sendall(bytes_of(status, body, *headers))


@contextmanager
def client_of(talk: Talk, now: Callable[[], datetime] = lambda: NOON, whole_s: float = 5.0) -> Iterator[Client]:
    with talking(talk) as url:
        client = open_client(settings_for(url), now, whole_s=whole_s)
        try:
            yield client
        finally:
            client.close()


def fault_of(talk: Talk, whole_s: float = 5.0) -> ShopFault:
    """What comes of it when an order is asked for."""
    with client_of(talk, whole_s=whole_s) as client, pytest.raises(ShopFault) as caught:
        client.ask(get_order("v1-01"))
    return caught.value
