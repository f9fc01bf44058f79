"""kill -9 of workers while they ask: no parcel is asked about twice within its lease, and none is forgotten."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from random import Random
from urllib.parse import parse_qs, urlsplit

import pytest

from relay import clock
from relay.cli.wiring import policy_of, ready_database
from relay.database import Database, Tx
from relay.desk import Desk
from relay.intake.parcels import Parcel, record_order
from relay.poll import LEASE, Poll
from relay.settings import Settings, load_settings
from tests.e2e.conftest import WISMO, eventually
from tests.e2e.test_kill import processes_in

pytestmark = pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="it looks for orphans as Linux shows them")

SLUG, NAME = "dhl-unified", "DHL_UNIFIED"
WORKERS = 2
PER_SECOND, PARCELS_PER_KILL = 20, 60
#: Asks that the carrier sees between two kills, about, and how long it takes for each.
ASKS_PER_KILL, ANSWERS_AFTER_S = 12, 0.1
#: Between the claim and the arrival of its ask on a machine that is busy.
ON_ITS_WAY = timedelta(seconds=30)


# -- the carrier -------------------------------------------------------------------------------------------------------


@dataclass
class Register:
    """When a carrier was asked about which number."""

    asks: dict[str, list[float]] = field(default_factory=dict)
    count: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, number: str) -> None:
        with self._lock:
            self.asks.setdefault(number, []).append(time.monotonic())
            self.count += 1

    def shortest_gap_s(self) -> float:
        gaps = [later - sooner for moments in self.asks.values() for sooner, later in pairwise(moments)]
        return min(gaps, default=float("inf"))


@contextmanager
def carrier(register: Register) -> Iterator[str]:
    """It takes a moment for each answer, so that a kill finds asks on their way, and knows no parcel."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            register.note(parse_qs(urlsplit(self.path).query)["trackingNumber"][0])
            time.sleep(ANSWERS_AFTER_S)
            body = b'{"status": 404, "title": "No result found", "detail": "No shipment with given tracking number"}'
            self.send_response(404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


# -- the workers -------------------------------------------------------------------------------------------------------


@dataclass
class Workers:
    """Processes that work on one database; whichever is killed begins anew."""

    folder: Path
    environment: Mapping[str, str]
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> None:
        here = str(Path(__file__).parents[2])
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": here, **self.environment}
        with (self.folder / "work.log").open("ab") as log:
            command = [*WISMO, "work"]
            self.running.append(subprocess.Popen(command, cwd=self.folder, env=environment, stdout=log, stderr=log))

    def kill_one(self, random: Random) -> None:
        victim = self.running.pop(random.randrange(len(self.running)))
        assert victim.poll() is None, "it ended by itself"
        victim.send_signal(signal.SIGKILL)
        victim.wait(15)
        self.start()

    def kill_all(self) -> None:
        for worker in self.running:
            worker.send_signal(signal.SIGKILL)
            worker.wait(15)


# -- the shop ----------------------------------------------------------------------------------------------------------


def settings_with(environment: Mapping[str, str]) -> Settings:
    return load_settings(environment, None, slugs={SLUG: lambda _secret: ""})


def add_parcels(database: Database, settings: Settings, numbers: list[str]) -> None:
    policy = policy_of(settings)

    def work(tx: Tx) -> None:
        for number in numbers:
            parcel = Parcel(carrier=SLUG, tracking_number=number)
            record_order(tx, policy, f"order-{number}", {}, parcel, clock.now(), shop="default")

    database.write(work)


def unanswered(database: Database) -> set[str]:
    with database.read() as tx:
        return {row["tracking_number"] for row in tx.rows("SELECT tracking_number FROM tracks WHERE asked_at IS NULL")}


def ask_the_rest(database: Database, environment: Mapping[str, str]) -> None:
    """What a worker does three minutes later, when the leases of those that were killed ran out.

    Its clock stands still, so that all must leave in one burst.
    """
    settings = settings_with({**environment, f"WISMO_{NAME}_API_PER_SECOND": "9999"})
    later = clock.now() + timedelta(minutes=3)
    poll = Poll(Desk(database, settings, policy_of(settings)), lambda: later)
    try:
        poll.ask_due(wait_s=300)
    finally:
        poll.close()


def work_and_die(folder: Path, environment: Mapping[str, str], register: Register, kills: int) -> None:
    workers, random = Workers(folder, environment), Random(kills)
    try:
        for _ in range(WORKERS):
            workers.start()
        for _ in range(kills):
            enough = register.count + random.randint(1, ASKS_PER_KILL)
            eventually(lambda enough=enough: register.count >= enough, "the carrier is asked")  # type: ignore[misc]  # a default binds it
            time.sleep(random.uniform(0, ANSWERS_AFTER_S))
            workers.kill_one(random)
    finally:
        workers.kill_all()
    eventually(lambda: not processes_in(folder), "no orphan is left")


@pytest.fixture
def register() -> Register:
    return Register()


@pytest.fixture
def environment(database_url: str, register: Register) -> Iterator[dict[str, str]]:
    with carrier(register) as url:
        yield {
            "WISMO_DATABASE_URL": database_url,
            "WISMO_BACKUP_DIR": "off",
            f"WISMO_{NAME}_API_KEY": "a key",
            f"WISMO_{NAME}_API_URL": url,
            f"WISMO_{NAME}_API_PER_SECOND": f"{PER_SECOND}",
            f"WISMO_{NAME}_API_PER_DAY": "100000",
        }


@pytest.mark.parametrize(
    ("database_url", "kills"),
    [
        ("sqlite", 5),
        ("postgresql", 3),
        pytest.param("sqlite", 50, marks=pytest.mark.slow),
        pytest.param("postgresql", 50, marks=pytest.mark.slow),
    ],
    indirect=["database_url"],
)
def test_kill_9_of_workers_while_they_ask_asks_about_no_parcel_twice_within_its_lease_and_forgets_none(
    tmp_path: Path,
    environment: dict[str, str],
    register: Register,
    kills: int,
    record_testsuite_property: Callable[[str, object], None],
) -> None:
    numbers = {f"DHL{n:09}" for n in range(kills * PARCELS_PER_KILL)}
    settings = settings_with(environment)
    database = ready_database(settings)
    add_parcels(database, settings, sorted(numbers))
    work_and_die(tmp_path, environment, register, kills)
    assert register.shortest_gap_s() > (LEASE - ON_ITS_WAY).total_seconds()
    asked = {number: len(moments) for number, moments in register.asks.items()}
    lost = unanswered(database) & asked.keys()
    record_testsuite_property(f"asks lost by {kills} kills", f"{len(lost)} of {register.count}")
    assert lost, "no kill found an ask on its way"
    ask_the_rest(database, environment)
    assert unanswered(database) == set()
    again = {number for number, moments in register.asks.items() if len(moments) > asked.get(number, 0) > 0}
    assert set(register.asks) == numbers
    assert again == lost
    with database.read() as tx:
        assert tx.rows("SELECT used FROM budgets")[0]["used"] >= register.count
    database.close()
