"""Two carriers that can be asked, over real sockets, and a shop whose clock a test moves."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from relay.carriers import Asks, Budget, Carrier
from relay.database import Database, Row, Tx
from relay.desk import Desk, listing
from relay.desk.view import shipment_json
from relay.intake import Policy, parcels
from relay.intake.failures import failed_asks
from relay.intake.parcels import Parcel
from relay.intake.record import record_push
from relay.model import (
    Account,
    Action,
    Answer,
    Ask,
    Fact,
    FactKind,
    Outcome,
    Push,
    Reading,
    Report,
    Status,
    Token,
    Wanted,
    optional_moment,
)
from relay.poll import Poll
from relay.poll.far import Far
from relay.settings import Settings
from relay.store import asks as store
from relay.store import incidents, orders
from tests.conftest import NOON
from tests.poll.sites import FarSide, site

# -- a carrier of the tests --------------------------------------------------------------------------------------------

OUTCOMES = {401: Outcome.AUTH_ERROR, 429: Outcome.THROTTLED, 400: Outcome.BAD_REQUEST, 503: Outcome.SERVER_ERROR}


def ask(account: Account, wanted: Sequence[Wanted]) -> Ask:
    return Ask("POST", "/track", {"x-key": account.values["API_KEY"]}, json=[one.number for one in wanted])


def parse_answer(answer: Answer) -> Reading:
    if answer.status in OUTCOMES:
        return Reading(Action.IGNORE, outcome=OUTCOMES[answer.status], reason=f"HTTP {answer.status}")
    told = json.loads(answer.body)
    reports = [Report(None, number, tuple(map(_fact, scans))) for number, scans in told.items()]
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
    asks = replace(carrier.asks, login=login, parse_login=parse_login, login_with=("API_KEY",))
    return replace(carrier, asks=asks)


def acme(*, slug: str = "acme", batch: int = 1, per_second: float = 1000, per_day: int | None = None) -> Carrier:
    asks = Asks("http://acme.invalid", ("API_KEY",), ask, parse_answer, Budget(per_second, per_day), batch)
    return Carrier(slug, slug.upper(), "https://acme.example", asks=asks)


# -- a shop ------------------------------------------------------------------------------------------------------------


@dataclass
class World:
    """A shop, its clock in hours after noon, its carriers and what it asks them with."""

    database: Database
    policy: Policy
    adapters: dict[str, Mapping[str, str]]
    carriers: dict[str, Carrier]
    far: FarSide = field(default_factory=FarSide)  #: ACME's
    neighbour: FarSide = field(default_factory=FarSide)  #: of the other carrier
    hours: float = 0
    _polls: list[Poll] = field(default_factory=list)

    def now(self) -> datetime:
        return NOON + timedelta(hours=self.hours)

    @property
    def carrier(self) -> Carrier:
        return self.carriers["acme"]

    @carrier.setter
    def carrier(self, carrier: Carrier) -> None:
        self.carriers["acme"] = carrier

    @property
    def desk(self) -> Desk:
        return Desk(self.database, Settings(adapters=self.adapters), self.policy)

    @property
    def poll(self) -> Poll:
        return self._polls[-1] if self._polls else self.another_process()

    def another_process(self, far: Far | None = None) -> Poll:
        """One with nothing but what is stored; from now on it is the one that looks."""
        self._polls.append(Poll(self.desk, self.now, self.carriers, far or Far()))
        return self._polls[-1]

    def close(self) -> None:
        for poll in self._polls:
            poll.close()

    def add(self, *numbers: str, carrier: str = "acme") -> None:
        def work(tx: Tx) -> None:
            for number in numbers:
                parcel = Parcel(carrier=carrier, tracking_number=number)
                parcels.record_order(tx, self.policy, f"order-{number}", {}, parcel, self.now(), shop="default")

        self.database.write(work)

    def tick(self, at: float | None = None) -> list[str]:
        """Look at what is due and wait for it; the numbers that ACME was asked about."""
        self.hours = self.hours if at is None else at
        before = len(self.far.asked)
        self.poll.ask_due(wait_s=20)
        return self.far.asked[before:]

    def scan(self, number: str, status: str, at: float | None = None) -> None:
        """The carrier scans a parcel; nobody is told."""
        moment = NOON + timedelta(hours=self.hours if at is None else at)
        self.far.scans.setdefault(number, []).append({"status": status, "at": moment.isoformat()})

    def push(self, number: str, *facts: Fact, at: float, carrier: str = "acme") -> None:
        self.hours = at
        body = repr((number, facts)).encode()
        reading = Reading(Action.APPLY, (Report(carrier, number, facts),))
        record_push(self.database, self.policy, Push(carrier, "POST", "/", {}, body, self.now()), reading)

    def shipment(self, number: str) -> Row:
        with self.database.read() as tx:
            return orders.shipments_of(tx, "default", f"order-{number}")[0]

    def track(self, number: str, carrier: str = "acme") -> Row:
        return self.rows("SELECT * FROM tracks WHERE track_id = :id", id=f"{carrier}/{number}")[0]

    def rows(self, sql: str, **params: object) -> list[Row]:
        with self.database.read() as tx:
            return tx.rows(sql, **params)

    def given_up(self) -> list[str]:
        with self.database.read() as tx:
            return [row["tracking_number"] for row in store.given_up(tx, self.now(), 99)]

    def listed_as_given_up(self) -> list[object]:
        """By the list for scripts."""
        listed = listing.page(self.desk, ["given_up"], {}, None, 99, self.now())
        return [row["tracking_number"] for row in listed.shipments]

    def shown(self, number: str, *clocks: str) -> list[float | None]:
        """Clocks of a parcel as scripts see them, in hours after noon."""
        with self.database.read() as tx:
            parcel = shipment_json(tx, self.desk.settings, orders.shipments_of(tx, "default", f"order-{number}")[0])
        moments = [optional_moment(parcel[clock]) for clock in clocks]  # type: ignore[arg-type]  # a clock is a text
        return [(moment - NOON) / timedelta(hours=1) if moment else None for moment in moments]

    def incidents(self) -> list[str]:
        with self.database.read() as tx:
            return sorted(row["kind"] for row in incidents.incidents(tx, only_open=True))

    def failures(self) -> dict[str, object]:
        """How often ACME was asked in vain, by name."""
        with self.database.read() as tx:
            found = failed_asks(tx, NOON)
        return {str(row["failure"]): row["times"] for row in found if row["carrier"] == "acme"}


@pytest.fixture
def world(database: Database, policy: Policy) -> Iterator[World]:
    far, neighbour = FarSide(), FarSide()
    with ExitStack() as stack:
        far.url, neighbour.url = (stack.enter_context(site(side)) for side in (far, neighbour))
        adapters = {
            slug: {"API_KEY": "a key", "API_URL": url} for slug, url in (("acme", far.url), ("bolt", neighbour.url))
        }
        carriers = {"acme": acme(), "bolt": acme(slug="bolt")}
        made = World(database, policy, dict(adapters), carriers, far, neighbour)
        stack.callback(made.close)
        yield made
