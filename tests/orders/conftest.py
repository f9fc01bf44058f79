"""A shop on a pretend VTEX, Wismo's own door and loops beside it, all over real sockets, and a clock a test moves."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from pydantic import SecretStr

from relay.database import Database, Row
from relay.desk import Desk, connecting
from relay.desk.health import health
from relay.intake import Policy
from relay.intake.refused import Refused
from relay.model import to_text
from relay.orders import Orders
from relay.sandbox.serving import served
from relay.sandbox.vtex import Invoice, PretendVtex, open_vtex
from relay.settings import Settings
from relay.shops.vtex import open_vtex as open_client
from relay.shops.vtex.pace import Pace
from relay.store import incidents, ledger, orders, outbox, reads
from relay.store.reads import SWEEP_WANTED, SWEPT
from relay.web import create_app
from tests.conftest import NOON
from tests.intake.conftest import database, postgresql_install, sqlite, sqlite_install

__all__ = ["database", "postgresql_install", "sqlite", "sqlite_install"]

SECRET = "a-long-secret-of-the-tests"
NUMBER = "1Z999AA10000000001"


@dataclass
class World:
    """A shop, its clock in hours after noon, and one process of ours."""

    database: Database
    policy: Policy
    vtex: PretendVtex
    clock: "Clock"
    url: str = "http://127.0.0.1:1"
    refused: Refused = field(default_factory=Refused)
    _orders: Orders | None = None

    @property
    def desk(self) -> Desk:
        settings = Settings(
            public_url=self.url,
            vtex_account="mystore",
            vtex_url=self.vtex.url,
            vtex_app_key=SecretStr(self.vtex.key.app_key),
            vtex_app_token=SecretStr(self.vtex.key.app_token),
            vtex_hook_secret=SecretStr(SECRET),
        )
        return Desk(self.database, settings, self.policy)

    @property
    def orders(self) -> Orders:
        self._orders = self._orders or self.restarted()
        return self._orders

    def restarted(self, holder: str = "one") -> Orders:
        """A process of its own, with nothing but what is stored."""
        if self._orders:
            self._orders.close()
        self._orders = Orders(
            self.desk, open_client(self.desk.settings, self.clock.now, Pace(per_second=10_000)), holder, self.clock.now
        )
        return self._orders

    def close(self) -> None:
        if self._orders:
            self._orders.close()

    # -- what happens --------------------------------------------------------------------------------------------------

    def connect(self, *routes: str) -> None:
        client = open_client(self.desk.settings, self.clock.now, Pace(per_second=10_000))
        if "hook" in routes:
            connecting.connect_hook(self.desk, client, f"{self.url}/shop/vtex/hook", "ana", self.clock.now())
        if "feed" in routes:
            connecting.connect_feed(self.desk, client, "ana", self.clock.now())
        client.close()
        # The sweep that follows a connection would find what the tests are about.
        self.database.write(lambda tx: ledger.unset_install(tx, SWEEP_WANTED))

    def turn(self, at: float | None = None, *, rounds: int = 1) -> None:
        """Rounds of the loop; the last as many as there is something to do at once."""
        self.clock.hours = self.clock.hours if at is None else at
        for _ in range(rounds):
            while self.orders.round() < 1:
                pass

    def ship(self, number: str | None = NUMBER, invoice: str = "24382") -> str:
        """An order that is invoiced; its id."""
        order_id = self.vtex.store.place()
        self.vtex.store.invoice(order_id, Invoice(invoice, courier="UPS", tracking_number=number))
        return order_id

    # -- what came of it -----------------------------------------------------------------------------------------------

    def parcels(self, order_id: str) -> list[tuple[str, str | None]]:
        with self.database.read() as tx:
            return [(row["package"], row["tracking_number"]) for row in orders.shipments_of(tx, "default", order_id)]

    def is_known(self, order_id: str) -> bool:
        with self.database.read() as tx:
            return bool(orders.orders_among(tx, "default", [order_id]))

    def read_of(self, order_id: str) -> Row:
        with self.database.read() as tx:
            row = reads.read_row(tx, "default", order_id)
        assert row
        return row

    def asked(self) -> list[str]:
        """Ids of the orders that VTEX was asked for."""
        return [
            call.path.rpartition("/")[2] for call in self.vtex.calls.made if call.route and call.route.name == "ORDER"
        ]

    def incidents(self) -> list[tuple[str, str]]:
        with self.database.read() as tx:
            return sorted((row["kind"], row["subject"]) for row in incidents.incidents(tx, only_open=True))

    def mails(self) -> list[str]:
        with self.database.read() as tx:
            return sorted(row["status"] for row in outbox.listed(tx, None, 999) if row["channel"] == "email")

    def health(self) -> dict[str, object]:
        return health(self.desk, self.clock.now()).detail


@dataclass
class Clock:
    hours: float = 0

    def now(self) -> datetime:
        return NOON + timedelta(hours=self.hours)


@pytest.fixture
def world(database: Database, policy: Policy) -> Iterator[World]:
    """On either engine."""
    yield from opened(database, policy)


@pytest.fixture
def shop(sqlite: Database, policy: Policy) -> Iterator[World]:
    """On one, for what is a law of the loops and not of a store."""
    yield from opened(sqlite, policy)


def opened(database: Database, policy: Policy) -> Iterator[World]:
    clock = Clock()
    with open_vtex(clock.now) as vtex:
        made = World(database, policy, vtex, clock)
        with served(create_app(made.desk, made.refused, clock.now)) as port:
            made.url = f"http://127.0.0.1:{port}"
            database.write(lambda tx: ledger.set_install(tx, SWEPT, to_text(clock.now())))
            yield made
            made.close()
