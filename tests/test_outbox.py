"""Effects out: what leaves is true, leaves once, is retried, and is given up loudly. On either engine."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar, cast

import pytest

from relay.database import Database, Row, Tx
from relay.desk import Desk, care
from relay.errors import SendFailed
from relay.intake import Policy, parcels
from relay.intake.parcels import Parcel
from relay.intake.record import record_push
from relay.model import Action, MailView, Push, Reading, Receipt, Report
from relay.outbox import Outbox
from relay.settings import MailUrl, Settings
from relay.store import incidents
from relay.store import outbox as store
from tests.conftest import NOON, fact

T = TypeVar("T")


@dataclass
class FarSide:
    """Where mails go: it takes them, or does what a test wants with the next ones."""

    name: str = "email"
    taken: list[MailView] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)
    refuses: Callable[[MailView], Exception | None] = lambda _view: None

    def send(self, view: MailView) -> Receipt:
        fault = self.faults.pop(0) if self.faults else self.refuses(view)
        if fault:
            raise fault
        self.taken.append(view)
        return Receipt("250 taken")

    def preview(self, view: MailView) -> str:
        return f"a mail about {', '.join(view.order_ids)}"


@dataclass
class World:
    """A shop whose clock a test moves, in minutes after noon."""

    database: Database
    policy: Policy
    settings: Settings
    far: FarSide = field(default_factory=FarSide)
    minutes: float = 0

    def now(self) -> datetime:
        return NOON + timedelta(minutes=self.minutes)

    def outbox(self) -> Outbox:
        return Outbox(self.database, self.settings, {"email": self.far}, self.now)

    def add(self, order: str, *, group: str | None = None, email: str | None = None) -> None:
        fields = {"email": email or f"{order}@example.com", "group_id": group}
        parcel = Parcel(carrier="ups", tracking_number=f"1Z{order}")
        self.database.write(
            lambda tx: parcels.record_order(tx, self.policy, order, fields, parcel, self.now(), shop="default")
        )

    def hear(self, order: str, status: str) -> None:
        told = fact(status, self.minutes / 60)
        push = Push("ups", "POST", "/", {}, f"{order} {told}".encode(), self.now())
        record_push(self.database, self.policy, push, Reading(Action.APPLY, (Report("ups", f"1Z{order}", (told,)),)))

    def send(self, at: float | None = None) -> None:
        self.minutes = self.minutes if at is None else at
        self.outbox().send_due()

    def send_until_settled(self) -> list[float]:
        """Look at the queue whenever something is due; the minutes at which that was."""
        looked = []
        while due := [row["due_at"] for row in self.rows() if row["state"] == "due"]:
            self.send(at=(datetime.fromisoformat(min(due)) - NOON).total_seconds() / 60)
            looked.append(self.minutes)
        return looked

    def rows(self) -> list[Row]:
        with self.database.read() as tx:
            return store.listed(tx, None, 99)

    def states(self) -> dict[str, str]:
        return {row["order_id"]: row["state"] for row in self.rows()}

    def incidents(self) -> list[str]:
        with self.database.read() as tx:
            return sorted(row["kind"] for row in incidents.incidents(tx, only_open=True))

    def told(self) -> list[str]:
        return [view.parcels[0].status.value for view in self.far.taken]


@pytest.fixture
def world(database: Database, policy: Policy) -> World:
    return World(database, policy, Settings(live=True, mail_url=MailUrl("smtp", host="mail.example", port=25)))


def test_news_leaves_at_once_and_once(world: World) -> None:
    world.add("1")
    world.hear("1", "in_transit")
    world.send()
    world.send(at=5)
    assert world.told() == ["in_transit"]
    assert [(row["state"], row["receipt"], row["attempts"]) for row in world.rows()] == [("sent", "250 taken", 1)]


def test_a_failure_is_retried_on_schedule_and_given_up_as_an_incident(world: World) -> None:
    world.add("1")
    world.hear("1", "in_transit")
    world.far.refuses = lambda _view: SendFailed("451 later")
    tried = world.send_until_settled()
    assert tried == [
        0,
        10 / 60,
        1 + 10 / 60,
        6 + 10 / 60,
        *(minutes + 10 / 60 for minutes in (36, 156, 456, 1056, 1656)),
    ]
    assert world.states() == {"1": "dead"}
    assert world.incidents() == ["dead_message"]


def test_what_will_never_be_taken_is_given_up_at_once_and_can_be_sent_again_by_hand(world: World) -> None:
    world.add("1")
    world.hear("1", "in_transit")
    world.far.faults = [SendFailed("550 no such user", permanent=True)]
    world.send()
    (row,) = world.rows()
    assert (row["state"], row["last_error"]) == ("dead", "550 no such user")
    care.retry_message(Desk(world.database, world.settings, world.policy), row["message_id"], world.now())
    world.send()
    assert world.told() == ["in_transit"]


def test_a_channel_that_is_down_pauses_as_a_whole_costs_no_try_and_goes_on_by_itself(world: World) -> None:
    for order in "123":
        world.add(order)
        world.hear(order, "in_transit")
    world.far.faults = [SendFailed("refused", channel_down=True) for _ in range(10)]
    for minute in range(10):
        world.send(at=minute + minute / 60)
        world.send()
    assert world.far.faults == []
    assert world.incidents() == ["channel_down"]
    assert [row["attempts"] for row in world.rows()] == [0, 0, 0]
    world.send(at=11)
    assert sorted(view.order_ids for view in world.far.taken) == [("1",), ("2",), ("3",)]
    assert world.incidents() == []


def test_a_claim_whose_holder_died_comes_back_after_its_lease_and_not_before(world: World) -> None:
    class Killed(BaseException):
        """As by a signal: nothing runs after it."""

    world.add("1")
    world.hear("1", "in_transit")
    world.far.refuses = lambda _view: (_ for _ in ()).throw(Killed())
    with pytest.raises(Killed):
        world.send()
    world.far.refuses = lambda _view: None
    world.send(at=0.9)
    assert world.told() == []
    world.send(at=1.1)
    assert world.told() == ["in_transit"]


def test_two_senders_never_take_the_same_message(world: World) -> None:
    world.add("1")
    world.hear("1", "in_transit")
    inner = world.outbox()

    def send_meanwhile(_view: MailView) -> None:
        inner.send_due()

    world.far.refuses = send_meanwhile
    world.send()
    assert world.told() == ["in_transit"]


def test_a_mail_that_cannot_be_made_neither_holds_up_the_others_nor_disappears(world: World) -> None:
    for order in "12":
        world.add(order)
        world.hear(order, "in_transit")
    world.far.refuses = lambda view: KeyError("a broken template") if view.order_ids == ("1",) else None
    world.send_until_settled()
    assert world.states() == {"1": "dead", "2": "sent"}
    assert world.incidents() == ["dead_message"]


def test_what_is_no_longer_true_is_withdrawn(world: World) -> None:
    world.add("1")
    world.hear("1", "in_transit")
    world.minutes = 1
    world.hear("1", "exception")
    world.send()
    assert world.told() == []
    assert [(row["state"], row["receipt"]) for row in world.rows()] == [("superseded", "the parcel is exception now")]


@dataclass
class Overtaking:
    """A database on which something happens just before the next look."""

    real: Database
    then: list[Callable[[], None]]

    def write(self, work: Callable[[Tx], T]) -> T:
        return self.real.write(work)

    @contextmanager
    def read(self) -> Iterator[Tx]:
        while self.then:
            self.then.pop()()
        with self.real.read() as tx:
            yield tx


def test_news_between_claim_and_mail_is_told_once_under_its_own_id(world: World) -> None:
    world.add("1")
    world.hear("1", "in_transit")
    world.minutes = 30

    def news() -> None:
        world.minutes = 60
        world.hear("1", "delivered")

    database = cast("Database", Overtaking(world.database, [news]))
    Outbox(database, world.settings, {"email": world.far}, world.now).send_due()
    world.send(at=75)
    assert world.told() == ["delivered"]


def test_the_next_mail_waits_for_the_gap_and_then_tells_the_newest(world: World) -> None:
    world.add("1")
    world.hear("1", "in_transit")
    world.send()
    for minute, status in ((2, "out_for_delivery"), (3, "delivered")):
        world.minutes = minute
        world.hear("1", status)
        world.send()
    world.send(at=9)
    assert world.told() == ["in_transit"]
    world.send(at=10.1)
    assert world.told() == ["in_transit", "delivered"]


def test_orders_of_one_group_share_a_mail_and_each_recipient_has_one(world: World) -> None:
    for order, email in (("1", "ana@example.com"), ("2", "ana@example.com"), ("3", "bea@example.com")):
        world.add(order, group="g", email=email)
    for order in "123":
        world.hear(order, "in_transit")
    world.send(at=29)
    assert world.told() == []
    world.send(at=31)
    assert sorted((view.to, sorted(view.order_ids)) for view in world.far.taken) == [
        ("ana@example.com", ["1", "2"]),
        ("bea@example.com", ["3"]),
    ]
    assert set(world.states().values()) == {"sent"}


def test_in_shadow_each_is_kept_with_what_would_have_left_and_never_sent_later(world: World) -> None:
    world.settings = Settings(mail_url=world.settings.mail_url)
    world.add("1")
    world.hear("1", "in_transit")
    world.send()
    assert [(row["state"], row["receipt"]) for row in world.rows()] == [("shadow", "would have mailed: a mail about 1")]
    world.minutes = 2
    care.go_live(Desk(world.database, world.settings, world.policy), "ana", world.now())
    world.hear("1", "in_transit")
    world.send(at=60)
    assert world.told() == []
    world.hear("1", "out_for_delivery")
    world.send(at=61)
    assert world.told() == ["out_for_delivery"]
    assert sorted(row["state"] for row in world.rows()) == ["sent", "shadow"]


def test_during_a_pause_nothing_leaves_and_after_it_only_what_is_new(world: World) -> None:
    desk = Desk(world.database, world.settings, world.policy)
    world.add("1")
    care.pause(desk, "mail", "ana", world.now())
    world.hear("1", "in_transit")
    world.send(at=5)
    assert world.states() == {"1": "paused"}
    care.resume(desk, "mail", "ana", world.now())
    world.send(at=6)
    assert world.told() == []
    world.hear("1", "out_for_delivery")
    world.send()
    assert world.told() == ["out_for_delivery"]


def test_in_a_trial_only_the_named_get_mail(world: World) -> None:
    world.settings = Settings(
        live=True,
        mail_url=world.settings.mail_url,
        mail_only_to=frozenset({"me@example.com", "shop.example"}),
    )
    for order, email in (("1", "Me@Example.com"), ("2", "ana@shop.example"), ("3", "bea@example.com")):
        world.add(order, email=email)
        world.hear(order, "in_transit")
    world.send()
    assert world.states() == {"1": "sent", "2": "sent", "3": "shadow"}


def test_a_folder_is_never_held_for_it_leaves_nothing(world: World, tmp_path: Path) -> None:
    world.settings = Settings(mail_url=MailUrl("file", folder=tmp_path))
    world.add("1")
    world.hear("1", "in_transit")
    world.send()
    assert world.told() == ["in_transit"]
