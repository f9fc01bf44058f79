"""The promise that a platform broke: every six hours, for 12.5 days, and never a silent end."""

from datetime import timedelta
from itertools import pairwise
from threading import Event

import pytest

from relay import tracking
from relay.model import Status
from relay.poll.accounts import refused_pause
from tests.conftest import NOON, fact
from tests.poll.conftest import World, acme
from tests.poll.sites import Reply, eventually, hold


def test_a_quiet_parcel_is_asked_about_at_its_times_given_up_loudly_and_comes_back(world: World) -> None:
    world.add("A1")
    world.scan("A1", "in_transit")
    asked = [hours for hours in range(0, 24 * 16, 2) if world.tick(at=hours)]
    until_given_up = [hours for hours in asked if hours <= 12.5 * 24]
    assert until_given_up == list(range(0, 301, 6))
    assert len(until_given_up) == 51
    assert [hours for hours in asked if hours > 300] == [324, 348, 372]
    assert world.given_up() == ["A1"]
    assert world.shipment("A1")["shown_status"] == "in_transit"
    world.scan("A1", "out_for_delivery", at=390)
    assert world.tick(at=396) == ["A1"]
    assert world.shipment("A1")["shown_status"] == "out_for_delivery"
    assert world.given_up() == []
    assert world.tick(at=396.7) == []
    assert world.tick(at=396.8) == ["A1"]


def test_after_day_sixty_nobody_asks_until_the_carrier_speaks(world: World) -> None:
    world.add("A1")
    asked = [day for day in range(70) if world.tick(at=day * 24)]
    assert (asked[0], asked[-1]) == (0, 60)
    assert world.track("A1")["ask_at"] is None
    world.push("A1", fact("in_transit", 70 * 24, source="acme"), at=70 * 24)
    assert world.tick(at=70 * 24 + 6.1) == ["A1"]


def test_a_carrier_that_pushes_is_not_asked(world: World) -> None:
    world.add("A1")
    for hours in range(0, 24 * 13, 5):
        world.push("A1", fact("in_transit", hours, source="acme"), at=hours)
        assert world.tick() == []
    assert world.far.asked == []


@pytest.mark.parametrize(
    ("status", "hours"), [("out_for_delivery", 0.75), ("attempted", 2), ("available_for_pickup", 2), ("exception", 6)]
)
def test_nearer_to_the_door_sooner(world: World, status: str, hours: float) -> None:
    world.add("A1")
    world.scan("A1", "in_transit", at=-1)
    world.scan("A1", status)
    assert world.tick() == ["A1"]
    assert world.tick(at=hours - 0.05) == []
    assert world.tick(at=hours + 0.01) == ["A1"]


def test_what_is_delivered_is_confirmed_once(world: World) -> None:
    world.add("A1")
    world.scan("A1", "in_transit", at=-9)
    world.scan("A1", "delivered", at=-1)
    assert [hours for hours in range(0, 24 * 9, 4) if world.tick(at=hours)] == [0, 24]


def test_it_is_confirmed_once_also_where_the_answer_uses_other_words_than_the_push(world: World) -> None:
    world.add("A1")
    world.push("A1", fact("out_for_delivery", 1, source="acme"), at=1)
    world.push("A1", fact("delivered", 3, source="acme", moment_text="3 p.m."), at=3)
    world.scan("A1", "delivered", at=3)
    assert [hours for hours in range(3, 24 * 9, 3) if world.tick(at=hours)] == [27]
    assert len(world.rows("SELECT fact_id FROM facts WHERE status = 'delivered'")) == 2


def test_a_push_is_seen_at_once_in_when_the_parcel_is_asked_about_and_given_up(world: World) -> None:
    world.adapters["dhl-unified"] = {"API_KEY": "a key"}
    world.add("D1", carrier="dhl-unified")
    assert world.shown("D1", "next_ask_at", "give_up_at") == [0, 300]
    for status, hours, then in (
        ("out_for_delivery", 1, [1.75, 301]),
        ("attempted", 2, [4, 302]),
        ("delivered", 3, [27, None]),
    ):
        world.push("D1", fact(status, hours, source="dhl-unified"), at=hours, carrier="dhl-unified")
        assert world.shown("D1", "next_ask_at", "give_up_at") == then


def test_a_parcel_about_which_nobody_can_be_asked_is_given_up_as_well_and_comes_back(world: World) -> None:
    world.carriers.pop("bolt")
    world.add("B1", carrier="bolt")
    assert world.shown("B1", "next_ask_at", "give_up_at") == [None, 300]
    world.tick(at=299)
    assert world.given_up() == world.listed_as_given_up() == []
    world.tick(at=301)
    assert world.given_up() == world.listed_as_given_up() == ["B1"]
    world.push("B1", fact("in_transit", 301, source="bolt"), at=301, carrier="bolt")
    assert world.given_up() == world.listed_as_given_up() == []
    world.tick(at=601.1)
    assert world.given_up() == world.listed_as_given_up() == ["B1"]


def test_a_doubtful_delivery_is_asked_about_at_once(world: World) -> None:
    world.add("A1")
    world.push("A1", fact("delivered", 1, source="acme"), at=1)
    world.scan("A1", "in_transit", at=-9)
    world.scan("A1", "delivered", at=1)
    assert world.tick() == ["A1"]
    assert world.shipment("A1")["shown_status"] == "delivered"


def test_numbers_are_asked_about_together(world: World) -> None:
    world.carrier = acme(batch=40)
    numbers = [f"A{n}" for n in range(100)]
    world.add(*numbers)
    requests: list[int] = []

    def answer(asked: list[str]) -> Reply:
        requests.append(len(asked))
        return 200, {}, b"{}"

    world.far.instead = answer
    assert sorted(world.tick()) == sorted(numbers)
    assert sorted(requests) == [20, 40, 40]


def test_a_refused_key_stops_the_account_and_not_the_parcel(world: World) -> None:
    world.add("A1", "A2")
    world.far.instead = lambda _numbers: (401, {}, b"")
    tried = [minute for minute in range(60) if world.tick(at=minute / 60)]
    assert tried == [0, 1, 3, 8, 18, 33, 48]
    assert world.incidents() == ["ask_refused"]
    assert world.track("A1")["failures"] == 0
    world.far.instead = None
    assert sorted(world.tick(at=1.1)) == ["A1", "A2"]
    assert world.incidents() == []


@pytest.mark.parametrize(
    ("wish", "minutes"),
    [
        ("600", 10),
        ("Mon, 02 Mar 2026 12:10:00 GMT", 10),
        ("Mon, 02 Mar 2026 11:00:00 GMT", 1),
        ("0", 1),
        ("soon", 1),
        ("", 1),
        ("999999999999", 24 * 60),
        ("Fri, 01 Jan 2100 00:00:00 GMT", 24 * 60),
    ],
)
def test_a_throttled_account_waits_as_long_as_it_is_told_but_a_day(world: World, wish: str, minutes: int) -> None:
    world.add("A1")
    world.far.instead = lambda _numbers: (429, {"Retry-After": wish}, b"")
    world.tick()
    world.far.instead = None
    assert world.tick(at=(minutes - 0.1) / 60) == []
    assert world.tick(at=(minutes + 0.1) / 60) == ["A1"]


def test_a_round_asks_and_says_when_to_come_again(world: World) -> None:
    world.add("A1")
    assert 0 < world.poll.round() <= 1
    eventually(lambda: bool(world.poll.round()) and world.track("A1")["asked_at"] is not None)


def test_not_found_is_an_answer_and_no_news(world: World) -> None:
    world.add("A1")
    world.tick()
    track = world.track("A1")
    assert (track["asked_at"], track["heard_at"], track["failures"]) == ("2026-03-02T12:00:00.000+00:00", None, 0)
    assert world.shipment("A1")["shown_status"] == "pending"
    assert world.tick(at=6) == ["A1"]


def test_two_processes_never_ask_about_the_same_parcel(world: World) -> None:
    world.add("A1", "A2")
    held = Event()
    world.far.instead = lambda _numbers: hold(held)
    world.another_process().ask_due(wait_s=0.05)
    eventually(lambda: len(world.far.asked) == 2)
    assert sorted(world.far.asked) == ["A1", "A2"]
    world.another_process()
    assert world.tick() == []
    world.far.instead = None
    assert sorted(world.tick(at=2.1 / 60)) == ["A1", "A2"]  # whoever had them may have died
    held.set()


def test_the_law_of_asking_has_no_gap_before_the_end() -> None:
    clocks = tracking.Clocks(known_at=NOON)
    moments = []
    while (at := tracking.next_ask(Status.IN_TRANSIT, clocks)) is not None:
        moments.append(at)
        clocks = tracking.Clocks(known_at=NOON, asked_at=at, tried_at=at)
    gaps = [later - sooner for sooner, later in pairwise(moments)]
    assert max(gaps) <= timedelta(days=1)
    assert moments[-1] - NOON <= timedelta(days=60)
    assert len([at for at in moments if at - NOON <= timedelta(days=12.5)]) >= 50


def test_a_refused_account_is_tried_again_after_1_2_5_10_and_then_every_15_minutes() -> None:
    passed, pauses = timedelta(0), []
    for _ in range(6):
        pause = refused_pause(passed)
        pauses.append(pause.total_seconds() / 60)
        passed += pause
    assert pauses == [1, 2, 5, 10, 15, 15]
