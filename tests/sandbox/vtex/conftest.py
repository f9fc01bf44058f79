"""A pretend VTEX whose clock a test moves, a client with its key, and an address that it can call."""

import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from flask import Flask, Response, request

from relay.sandbox.serving import LOOPBACK, served
from relay.sandbox.vtex import PretendVtex, open_vtex
from tests.conftest import NOON

ORDERS = "/api/oms/pvt/orders"


@dataclass
class Hours:
    """A clock that stands still until it is told how many hours after noon it is."""

    past: float = 0

    def now(self) -> datetime:
        return NOON + timedelta(hours=self.past)


@dataclass
class Address:
    """Where a hook may be sent to."""

    url: str = ""
    status: int = 200
    taken: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    open: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def hours() -> Hours:
    return Hours()


@pytest.fixture
def vtex(hours: Hours) -> Iterator[PretendVtex]:
    with open_vtex(hours.now) as opened:
        yield opened


@pytest.fixture(scope="session")
def trust() -> ssl.SSLContext:
    """One for all clients: none needs it, and each would load it anew."""
    return ssl.create_default_context()


@pytest.fixture
def client(vtex: PretendVtex, trust: ssl.SSLContext) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=vtex.url, headers=vtex.key.headers, trust_env=False, verify=trust) as opened:
        yield opened


@pytest.fixture
def address() -> Iterator[Address]:
    app = Flask("address")
    made = Address()
    made.open.set()

    @app.post("/hook")
    def take() -> Response:
        made.open.wait(5)
        made.taken.append(request.get_json())
        made.headers.append(dict(request.headers))
        return Response(status=made.status)

    with served(app) as port:
        made.url = f"http://{LOOPBACK}:{port}/hook"
        yield made
        made.open.set()
