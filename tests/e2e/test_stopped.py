"""A loop of a real process that hangs: how long until it is an incident, and what the heartbeat's service hears."""

import time
from collections.abc import Callable, Iterator

import psycopg
import pytest

from tests.conftest import _fresh_postgres
from tests.e2e.conftest import Relay, eventually
from tests.watch.services import Service, open_service

#: The promise is two minutes until Slack says so; telling it takes a look of ten seconds and a post.
PROMISED_S = 120 - 15
PATIENCE_S = 150.0


@pytest.fixture
def service() -> Iterator[Service]:
    with open_service() as opened:
        yield opened


@pytest.fixture
def on_postgres(relay: Relay, postgres_url: str, service: Service) -> Relay:
    relay.environment["WISMO_DATABASE_URL"] = _fresh_postgres(postgres_url)
    relay.environment["WISMO_HEARTBEAT_URL"] = f"{service.url}/ping/id"
    return relay


def stopped(connection: psycopg.Connection[tuple[str]]) -> set[str]:
    rows = connection.execute("SELECT subject FROM incidents WHERE kind = 'loop_stopped' AND closed_at IS NULL")
    return {subject for (subject,) in rows.fetchall()}


def hanging(connection: psycopg.Connection[tuple[str]]) -> int:
    """How many wait for a lock: a loop that waits for its next round has not stopped yet."""
    rows = connection.execute("SELECT query FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    return len(rows.fetchall())


def seconds_until(is_so: Callable[[], bool]) -> float:
    began = time.monotonic()
    while not is_so():
        assert time.monotonic() - began < PATIENCE_S, "never"
        time.sleep(0.2)
    return time.monotonic() - began


@pytest.mark.slow
@pytest.mark.parametrize("names", [("retention",), ("watch", "retention")])
def test_a_hung_loop_is_an_incident_in_time_the_watch_itself_included(
    on_postgres: Relay, service: Service, names: tuple[str, ...]
) -> None:
    on_postgres.start()
    eventually(lambda: ("GET", "/ping/id", "") in service.heard, "all is well")
    url = on_postgres.environment["WISMO_DATABASE_URL"]
    with psycopg.connect(url) as holder, psycopg.connect(url, autocommit=True) as reader:
        # Whoever wants the lease waits for this lock, as a loop that hangs does, and no other loop is touched.
        holder.execute("SELECT name FROM leases WHERE name = ANY(%s) FOR UPDATE", [list(names)])
        seconds_until(lambda: hanging(reader) == len(names))
        took = seconds_until(lambda: stopped(reader) == set(names))
        seconds_until(lambda: any(path == "/ping/id/fail" for _, path, _ in service.heard))
        service.take()
        holder.rollback()
        over = seconds_until(lambda: not stopped(reader))
        seconds_until(lambda: ("GET", "/ping/id", "") in service.heard)
    print(f"{names}: an incident after {took:.0f} s, over after {over:.0f} s")  # noqa: T201 - a measurement
    assert took < PROMISED_S
    assert on_postgres.stop() == 0
