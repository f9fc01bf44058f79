"""The promise that a platform broke: every six hours, for 12.5 days, and never a silent end."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from relay import tracking
from relay.intake.record import record_push
from relay.model import Account, Action, Ask, Push, Reading, Report, Status, Wanted
from relay.poll import refused_pause
from tests.conftest import NOON, fact
from tests.poll.conftest import Reply, World, acme, with_login


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
    push(world, "A1", fact("in_transit", 70 * 24, source="acme"), at=70 * 24)
    assert world.tick(at=70 * 24 + 6.1) == ["A1"]


def push(world: World, number: str, *facts: object, at: float) -> None:
    world.hours = at
    body = repr((number, facts)).encode()
    reading = Reading(Action.APPLY, (Report("acme", number, tuple(facts)),))  # type: ignore[arg-type]  # facts they are
    record_push(world.database, world.policy, Push("acme", "POST", "/", {}, body, world.now()), reading)


def test_a_carrier_that_pushes_is_not_asked(world: World) -> None:
    world.add("A1")
    for hours in range(0, 24 * 13, 5):
        push(world, "A1", fact("in_transit", hours, source="acme"), at=hours)
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


def test_a_doubtful_delivery_is_asked_about_at_once(world: World) -> None:
    world.add("A1")
    push(world, "A1", fact("delivered", 1, source="acme"), at=1)
    world.scan("A1", "in_transit", at=-9)
    world.scan("A1", "delivered", at=1)
    assert world.tick() == ["A1"]
    assert world.shipment("A1")["shown_status"] == "delivered"


def test_a_budget_is_never_exceeded_also_across_a_restart_and_the_door_comes_first(world: World) -> None:
    world.carrier = acme(per_second=2, per_day=50)
    numbers = [f"A{n}" for n in range(80)]
    world.add(*numbers)
    for number in numbers[40:45]:
        push(world, number, fact("in_transit", source="acme"), fact("out_for_delivery", 0.1, source="acme"), at=0.2)
    by_second: Counter[int] = Counter()
    for second in range(60):
        if second == 9:
            world.restarted()
        by_second[second] = len(world.tick(at=1.5 + second / 3600))
    assert max(by_second.values()) == 2
    assert sum(by_second.values()) == 50
    assert set(numbers[40:45]) <= set(world.far.asked[:6])  # two at a time, and these in no order
    assert world.tick(at=11.9) == []
    assert len(world.tick(at=12.1)) == 2


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


FAILURES: dict[str, Reply] = {
    "an error of the server": (503, {}, b"sorry"),
    "HTML instead of JSON": (200, {"Content-Type": "text/html"}, b"<html>maintenance</html>"),
    "JSON of another shape": (200, {}, b'{"A1": 7}'),
    "nothing": (200, {}, b""),
    "another address": (302, {"Location": "http://127.0.0.1:9/"}, b""),
    "six MiB": (200, {}, b"[" + b" " * (6 * 1024 * 1024) + b"]"),
    "less than announced": (200, {"Content-Length": "5000", "Connection": "close"}, b"{}"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_moves_only_the_last_attempt_and_waits_longer_each_time(world: World, name: str) -> None:
    world.add("A1")
    world.scan("A1", "in_transit", at=-1)
    world.tick()
    world.far.instead = lambda _numbers: FAILURES[name]
    tried = [minute for minute in range(360, 1400, 5) if minute % 20 == 0 or minute < 400 if world.tick(at=minute / 60)]
    assert tried == [360, 365, 380, 440, 620, 980, 1340]
    track = world.track("A1")
    assert (track["asked_at"], track["failures"]) == ("2026-03-02T12:00:00.000+00:00", 7)
    assert world.shipment("A1")["shown_status"] == "in_transit"
    world.far.instead = None
    world.tick(at=30)
    assert world.track("A1")["failures"] == 0


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


def test_a_throttled_account_waits_as_long_as_it_is_told(world: World) -> None:
    world.add("A1")
    world.far.instead = lambda _numbers: (429, {"Retry-After": "600"}, b"")
    world.tick()
    world.far.instead = None
    assert world.tick(at=9 / 60) == []
    assert world.tick(at=10.1 / 60) == ["A1"]


def test_a_token_is_kept_renewed_in_time_and_once_when_it_is_refused(world: World) -> None:
    world.carrier = with_login(acme())
    logins: list[float] = []
    refuses = [False]

    def answer(numbers: list[str]) -> Reply:
        if not numbers:
            logins.append(world.hours)
            return 200, {}, b'{"token": "t"}'
        refused, refuses[0] = refuses[0], False
        return (401 if refused else 200), {}, b"{}"

    world.far.instead = answer
    world.add("A1")
    world.tick()
    world.hours = 0.5
    world.add("A2")
    assert (world.tick(), logins) == (["A2"], [0])
    world.hours = 0.95
    world.add("A3")
    assert (world.tick(), logins) == (["A3"], [0, 0.95])
    refuses[0] = True
    world.hours = 1
    world.add("A4")
    assert (world.tick(), logins) == (["A4", "A4"], [0, 0.95, 1])
    assert world.incidents() == []


def test_a_login_that_is_refused_stops_the_account(world: World) -> None:
    world.carrier = with_login(acme())
    world.far.instead = lambda _numbers: (401, {}, b"")
    world.add("A1")
    assert world.tick() == []
    assert (world.incidents(), world.track("A1")["failures"]) == (["ask_refused"], 0)


def test_an_adapter_that_cannot_build_its_request_fails_its_parcels_and_backs_off(world: World) -> None:
    def broken(_account: Account, _wanted: Sequence[Wanted]) -> Ask:
        raise KeyError("a setting that is not there")

    carrier = acme()
    assert carrier.asks
    world.carrier = replace(carrier, asks=replace(carrier.asks, ask=broken))
    world.add("A1")
    assert world.tick() == []
    assert (world.track("A1")["failures"], world.track("A1")["lease_until"]) == (1, None)
    assert world.track("A1")["ask_at"] == "2026-03-02T12:05:00.000+00:00"


def test_not_found_is_an_answer_and_no_news(world: World) -> None:
    world.add("A1")
    world.tick()
    track = world.track("A1")
    assert (track["asked_at"], track["heard_at"], track["failures"]) == ("2026-03-02T12:00:00.000+00:00", None, 0)
    assert world.shipment("A1")["shown_status"] == "pending"
    assert world.tick(at=6) == ["A1"]


def test_an_answer_about_another_parcel_is_not_taken_for_this_one(world: World) -> None:
    world.add("A1")
    world.scan("B7", "delivered")
    world.far.instead = lambda _numbers: (
        world.far.answer(["B7"]) if not world.far.asked.count("B7") else (200, {}, b"{}")
    )
    world.tick()
    assert world.shipment("A1")["shown_status"] == "pending"


def test_two_workers_never_ask_about_the_same_parcel(world: World) -> None:
    world.add("A1")
    claim = world.poll._claim(world.poll_askers()[0], {"acme"})  # noqa: SLF001 - the moment between claim and answer
    assert [list(one.wanted) for one in claim] == [[Wanted("acme", "A1")]]
    assert world.tick() == []
    assert world.tick(at=2.1 / 60) == ["A1"]


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
