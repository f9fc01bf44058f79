"""A carrier that can be asked, over real sockets, and a shop whose clock a test moves."""

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from relay.carriers import Asks, Budget, Carrier
from relay.database import Database, Row
from relay.desk import Desk
from relay.desk.accounts import Asker, askers_of
from relay.intake import Policy, parcels
from relay.intake.parcels import Entry, Parcel
from relay.model import (
    Account,
    Action,
    Answer,
    Ask,
    Fact,
    FactKind,
    Outcome,
    Reading,
    Report,
    Status,
    Token,
    Wanted,
)
from relay.poll import Poll
from relay.settings import Settings
from relay.store import asks as store
from relay.store import ledger, orders
from tests.conftest import NOON

Reply = tuple[int, dict[str, str], bytes]


@dataclass
class FarSide:
    """A carrier's server. It knows the scans of each number, and does what a test wants instead."""

    scans: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)  #: numbers, in the order of asking
    instead: Callable[[list[str]], Reply] | None = None
    url: str = ""

    def answer(self, numbers: list[str]) -> Reply:
        self.asked += numbers
        if self.instead:
            return self.instead(numbers)
        known = {number: self.scans[number] for number in numbers if number in self.scans}
        return 200, {}, json.dumps(known).encode()


@pytest.fixture
def far() -> Iterator[FarSide]:
    side = FarSide()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            numbers = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, headers, body = side.answer(numbers)
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    side.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield side
    server.shutdown()
    server.server_close()


def ask(account: Account, wanted: Sequence[Wanted]) -> Ask:
    return Ask("POST", "/track", {"x-key": account.values["API_KEY"]}, json=[one.number for one in wanted])


def parse_answer(answer: Answer) -> Reading:
    if answer.status in {401, 429}:
        outcome = Outcome.AUTH_ERROR if answer.status == 401 else Outcome.THROTTLED
        return Reading(Action.IGNORE, outcome=outcome, reason=f"HTTP {answer.status}")
    if answer.status >= 500:
        return Reading(Action.IGNORE, outcome=Outcome.SERVER_ERROR, reason=f"HTTP {answer.status}")
    told = json.loads(answer.body)
    reports = [Report("acme", number, tuple(map(_fact, scans))) for number, scans in told.items()]
    return Reading(Action.APPLY, tuple(reports))


def _fact(scan: dict[str, str]) -> Fact:
    at = datetime.fromisoformat(scan["at"])
    return Fact("acme", True, FactKind.SCAN, Status(scan["status"]), scan["status"], scan["at"], at)


def parse_login(answer: Answer) -> Token:
    return Token(json.loads(answer.body)["token"], timedelta(hours=1))


def with_login(carrier: Carrier) -> Carrier:
    """The same carrier, which wants a token; it is asked for one about no number at all."""
    assert carrier.asks
    login = lambda account: Ask("POST", "/token", {"x-key": account.values["API_KEY"]}, json=[])  # noqa: E731
    return replace(carrier, asks=replace(carrier.asks, login=login, parse_login=parse_login))


def acme(*, batch: int = 1, per_second: float = 1000, per_day: int | None = None) -> Carrier:
    asks = Asks("http://acme.invalid", ("API_KEY",), ask, parse_answer, Budget(per_second, per_day), batch)
    return Carrier("acme", "ACME", "https://acme.example", asks=asks)


@dataclass
class World:
    """A shop, its clock in hours after noon, and its carrier."""

    database: Database
    policy: Policy
    far: FarSide
    carrier: Carrier = field(default_factory=acme)
    hours: float = 0
    _poll: Poll | None = None

    def now(self) -> datetime:
        return NOON + timedelta(hours=self.hours)

    @property
    def desk(self) -> Desk:
        adapters = {"acme": {"API_KEY": "a key", "API_URL": self.far.url}}
        return Desk(self.database, Settings(adapters=adapters), self.policy)

    @property
    def poll(self) -> Poll:
        self._poll = self._poll or self.restarted()
        return self._poll

    def restarted(self) -> Poll:
        """A process of its own, with nothing but what is stored."""
        if self._poll:
            self._poll.close()
        self._poll = Poll(self.desk, self.now, {"acme": self.carrier})
        return self._poll

    def poll_askers(self) -> Sequence[Asker]:
        return askers_of(self.desk.settings, {"acme": self.carrier})

    def close(self) -> None:
        if self._poll:
            self._poll.close()

    def add(self, *numbers: str) -> None:
        for number in numbers:
            entry = Entry(f"order-{number}", {}, Parcel(carrier="acme", tracking_number=number))
            self.database.write(
                lambda tx, entry=entry: parcels.record_order(  # type: ignore[misc]  # a default binds it
                    tx, self.policy, entry.order_id, entry.fields, entry.parcel, self.now(), shop="default"
                )
            )

    def tick(self, at: float | None = None) -> list[str]:
        """Look at what is due; the numbers that were asked about."""
        self.hours = self.hours if at is None else at
        before = len(self.far.asked)
        self.poll.ask_due()
        return self.far.asked[before:]

    def scan(self, number: str, status: str, at: float | None = None) -> None:
        """The carrier scans a parcel; nobody is told."""
        moment = NOON + timedelta(hours=self.hours if at is None else at)
        self.far.scans.setdefault(number, []).append({"status": status, "at": moment.isoformat()})

    def shipment(self, number: str) -> Row:
        with self.database.read() as tx:
            return orders.shipments_of(tx, "default", f"order-{number}")[0]

    def track(self, number: str) -> Row:
        with self.database.read() as tx:
            (row,) = tx.rows("SELECT * FROM tracks WHERE track_id = :id", id=f"acme/{number}")
        return row

    def given_up(self) -> list[str]:
        with self.database.read() as tx:
            return [row["tracking_number"] for row in store.given_up(tx, self.now(), 99)]

    def incidents(self) -> list[str]:
        with self.database.read() as tx:
            return sorted(row["kind"] for row in ledger.incidents(tx, only_open=True))


@pytest.fixture
def world(database: Database, policy: Policy, far: FarSide) -> Iterator[World]:
    made = World(database, policy, far)
    yield made
    made.close()
