"""A whole shop: orders come from a pretend VTEX, a carrier is heard, a customer mailed, the shop written to."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from relay.channels.shop import ShopChannel
from relay.database import Database, Row
from relay.intake import Policy
from relay.intake.record import record_push
from relay.model import Action, MailView, Push, Reading, Receipt, Report
from relay.outbox import Outbox
from relay.sandbox.serving import served
from relay.sandbox.vtex import Route, open_vtex
from relay.settings import MailUrl, Settings, VtexWrite
from relay.shops.vtex import open_vtex as open_client
from relay.shops.vtex.dialect import VtexDialect
from relay.shops.vtex.pace import Pace
from relay.store import drifts, ledger, outbox
from relay.store.reads import SWEPT
from relay.web import create_app
from tests.conftest import NOON, fact
from tests.orders.conftest import NUMBER, Clock, World

WRITING = Settings(live=True, locale="en", mail_url=MailUrl("smtp", host="mail.example", port=25))


@dataclass
class Letters:
    """Where mails go."""

    name: str = "email"
    taken: list[MailView] = field(default_factory=list)

    def send(self, view: MailView) -> Receipt:
        self.taken.append(view)
        return Receipt("250 taken")

    def preview(self, view: MailView) -> str:
        return f"a mail about {', '.join(view.order_ids)}"


@dataclass
class Story:
    world: World
    letters: Letters = field(default_factory=Letters)
    is_live: bool = True
    writes: VtexWrite = "status"

    # -- what happens --------------------------------------------------------------------------------------------------

    def hear(self, status: str, number: str = NUMBER, *, carrier: str = "ups", ahead: float = 0) -> None:
        """The carrier pushes a scan of this moment, by a clock that is so many hours ahead."""
        told = fact(status, self.world.clock.hours + ahead)
        push = Push(carrier, "POST", "/", {}, f"{number} {told}".encode(), self.world.clock.now())
        reading = Reading(Action.APPLY, (Report(carrier, number, (told,)),))
        record_push(self.world.database, self.world.policy, push, reading)

    def send(self, at: float | None = None) -> None:
        """Let mails and writings leave that are due."""
        self.world.clock.hours = self.world.clock.hours if at is None else at
        world, settings = self.world, replace_live(self.is_live)
        Outbox(world.database, settings, {"email": self.letters}, world.clock.now).send_due()
        with self.writer() as writer:
            writer.send_due()

    @contextmanager
    def writer(self) -> Iterator[Outbox]:
        """What writes to the shop."""
        world = self.world
        api = open_client(world.desk.settings, world.clock.now, Pace(per_second=10_000))
        channel = ShopChannel(api, VtexDialect(world.policy.zone), self.writes, world.clock.now)
        try:
            yield Outbox(world.database, replace_live(self.is_live), {"shop": channel}, world.clock.now)
        finally:
            api.close()

    def pass_time(self, hours: float, step: float = 1.0) -> None:
        """Let everything run, in steps."""
        end = self.world.clock.hours + hours
        while self.world.clock.hours < end:
            self.world.clock.hours = min(self.world.clock.hours + step, end)
            self.world.vtex.hook.deliver_due()
            self.world.turn()
            self.send()

    def ways_in(self, *ways: str) -> None:
        """The shop's word comes in by these, each in its turn."""
        for way in ways:
            if way == "hook":
                self.world.vtex.hook.deliver_due()
            elif way == "sweep":
                self.world.database.write(lambda tx: ledger.unset_install(tx, SWEPT))
            self.world.turn(rounds=2)

    # -- what came of it -----------------------------------------------------------------------------------------------

    def told(self) -> list[str]:
        return [view.parcels[0].status.value for view in self.letters.taken]

    def written(self) -> int:
        return len(self.world.vtex.calls.of(Route.TRACKING))

    def lines(self, order_id: str, invoice: str = "24382") -> list[str]:
        """What the shop shows."""
        return [event["description"] for event in self.status(order_id, invoice)["data"]]

    def status(self, order_id: str, invoice: str = "24382") -> dict[str, list[dict[str, str]]]:
        found: dict[str, list[dict[str, str]]] = self.world.vtex.store.package(order_id, invoice)["courierStatus"]
        return found

    def message(self) -> Row:
        """The only one to the shop."""
        with self.world.database.read() as tx:
            (row,) = (row for row in outbox.listed(tx, None, 999) if row["channel"] == "shop")
        return row

    def drift(self) -> list[str]:
        with self.world.database.read() as tx:
            return [row["reason"] for row in drifts.drifts(tx)]


def replace_live(is_live: bool) -> Settings:
    return WRITING.model_copy(update={"live": is_live})


@pytest.fixture
def story(database: Database, policy: Policy) -> Iterator[Story]:
    clock = Clock()
    writing = replace(policy, dialect=VtexDialect(policy.zone), writes_shop=True, mail_gap=timedelta(0), locale="en")
    with open_vtex(clock.now) as vtex:
        world = World(database, writing, vtex, clock)
        with served(create_app(world.desk, world.refused, clock.now)) as port:
            world.url = f"http://127.0.0.1:{port}"
            database.write(lambda tx: ledger.set_install(tx, "live", "yes"))
            database.write(lambda tx: ledger.set_install(tx, SWEPT, NOON.isoformat(timespec="milliseconds")))
            yield Story(world)
            world.close()
