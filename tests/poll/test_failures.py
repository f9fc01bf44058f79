"""A carrier that lies, hangs or floods: the parcel keeps its state, the failure has a name, others are asked."""

import gzip
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import cast

import pytest

from relay.carriers import all_carriers
from relay.cli import well
from relay.database import Database
from relay.desk.accounts import askers_of
from relay.desk.asking import stopped_until
from relay.desk.health import health
from relay.desk.why import why_json
from relay.intake import Policy
from relay.intake.failures import Failure
from relay.model import Account, Ask, Wanted
from relay.poll.far import Far
from tests.carriers.samples import folder_of
from tests.conftest import NOON
from tests.poll.conftest import World
from tests.poll.sites import Reply, Wire, drip, eventually, flood, hold, raw, site

BIG = 50_000_000


@pytest.fixture
def over() -> Iterator[threading.Event]:
    """Set when the test is over, so that nobody is kept waiting."""
    event = threading.Event()
    yield event
    event.set()


def stranger(_numbers: list[str]) -> Reply:
    scan = {"status": "delivered", "at": "2026-03-02T11:00:00+00:00"}
    return 200, {}, json.dumps({"B7": [scan]}).encode()


def gzipped(_numbers: list[str]) -> Reply:
    return 200, {"Content-Encoding": "gzip"}, gzip.compress(b" " * BIG, 1)


REPLIES: dict[str, tuple[Reply | Wire, Failure]] = {
    "an error of the server": ((503, {}, b"sorry"), Failure.SERVER_ERROR),
    "a request that it does not take": ((400, {}, b""), Failure.BAD_REQUEST),
    "a page instead of JSON": ((200, {"Content-Type": "text/html"}, b"<html>maintenance</html>"), Failure.PAGE),
    "JSON of another shape": ((200, {}, b'{"A1": 7}'), Failure.UNREADABLE),
    "a word of another shape inside": ((200, {}, b'{"A1": [{"at": 1}]}'), Failure.UNREADABLE),
    "brackets without end": ((200, {}, b"[" * 100_000), Failure.UNREADABLE),
    "nothing": ((200, {}, b""), Failure.UNREADABLE),
    "no text": ((200, {}, b"\xff\xfe\x00"), Failure.UNREADABLE),
    "another parcel": (stranger([]), Failure.ANOTHER_PARCEL),
    "another address": ((302, {"Location": "http://127.0.0.1:9/"}, b""), Failure.REDIRECT),
    "six MiB": ((200, {}, b"[" + b" " * (6 * 1024 * 1024) + b"]"), Failure.TOO_LARGE),
    "50 MB in 50 kB": (gzipped([]), Failure.TOO_LARGE),
    "compressed, it says": ((200, {"Content-Encoding": "gzip"}, b"{}"), Failure.CUT_OFF),
    "less than announced": ((200, {"Content-Length": "5000", "Connection": "close"}, b"{}"), Failure.CUT_OFF),
    "no HTTP": (raw(b"220 mail.example.com ESMTP\r\n"), Failure.CUT_OFF),
    "the end of the connection": (raw(b""), Failure.CUT_OFF),
}


def misbehave(world: World) -> None:
    """Six hours later both carriers are asked; ACME, which knew a parcel in transit, misbehaves by now."""
    before = len(world.neighbour.asked)
    world.tick(at=6)
    assert len(world.neighbour.asked) == before + 1
    assert world.track("B1", "bolt")["asked_at"] == "2026-03-02T18:00:00.000+00:00"


def check_kept(world: World, failure: Failure) -> None:
    track, shipment = world.track("A1"), world.shipment("A1")
    assert (track["asked_at"], track["tried_at"]) == ("2026-03-02T12:00:00.000+00:00", "2026-03-02T18:00:00.000+00:00")
    assert (track["failures"], track["failure"], track["lease_until"]) == (1, failure.value, None)
    assert track["ask_at"] == "2026-03-02T18:05:00.000+00:00"
    assert (shipment["status"], shipment["shown_status"]) == ("in_transit", "in_transit")
    assert world.failures() == {failure.value: 1}


@pytest.fixture
def asked(world: World) -> World:
    world.add("A1")
    world.add("B1", carrier="bolt")
    world.scan("A1", "in_transit", at=-1)
    world.tick()
    return world


@pytest.mark.parametrize("name", REPLIES)
def test_what_is_no_answer_has_a_name_and_changes_nothing(asked: World, name: str) -> None:
    reply, failure = REPLIES[name]
    asked.far.instead = lambda _numbers: reply
    misbehave(asked)
    check_kept(asked, failure)


def test_a_flood_is_not_read_to_its_end(asked: World) -> None:
    taken: list[int] = []
    asked.far.instead = lambda _numbers: flood(taken, BIG // 1_000_000)
    misbehave(asked)
    check_kept(asked, Failure.TOO_LARGE)
    assert len(taken) < 20


@pytest.mark.parametrize("slowly", [hold, drip])
def test_what_takes_too_long_is_cut_off(
    asked: World, over: threading.Event, slowly: Callable[[threading.Event], Wire]
) -> None:
    asked.far.instead = lambda _numbers: slowly(over)
    asked.another_process(Far(whole_s=0.3))
    misbehave(asked)
    check_kept(asked, Failure.TIMEOUT)


def test_nobody_there_is_a_failure_like_others(asked: World) -> None:
    asked.adapters["acme"] = {"API_KEY": "a key", "API_URL": "http://127.0.0.1:9"}
    asked.another_process()
    misbehave(asked)
    check_kept(asked, Failure.UNREACHABLE)


def broken(_account: Account, _wanted: Sequence[Wanted]) -> Ask:
    raise KeyError("a setting that is not there")


def keyless(_account: Account, _wanted: Sequence[Wanted]) -> Ask:
    return Ask("POST", "/track", {"x-key": "a key of\nseveral lines"}, json=["A1"])


@pytest.mark.parametrize("build", [broken, keyless])
def test_a_request_that_cannot_be_made_is_our_own_failure_and_shows_no_key(
    asked: World, build: Callable[[Account, Sequence[Wanted]], Ask], capsys: pytest.CaptureFixture[str]
) -> None:
    assert asked.carrier.asks
    asked.carrier = replace(asked.carrier, asks=replace(asked.carrier.asks, ask=build))
    asked.another_process()
    misbehave(asked)
    check_kept(asked, Failure.OUR_FAULT)
    assert "several lines" not in capsys.readouterr().out


def test_what_fails_waits_longer_each_time_until_an_answer(asked: World) -> None:
    asked.far.instead = lambda _numbers: (503, {}, b"")
    waits = [_minutes_to_wait(asked) for _ in range(7)]
    assert waits == [360, 5, 15, 60, 180, 360, 360]
    assert (asked.track("A1")["failures"], asked.failures()) == (7, {"server_error": 7})
    asked.far.instead = None
    asked.tick(at=30)
    assert (asked.track("A1")["failures"], asked.track("A1")["failure"]) == (0, None)


def _minutes_to_wait(asked: World) -> float:
    """Until its parcel is due, and is asked about then."""
    due_at = datetime.fromisoformat(asked.track("A1")["ask_at"])
    waits = (due_at - asked.now()) / timedelta(minutes=1)
    assert asked.tick(at=(due_at - NOON) / timedelta(hours=1)) == ["A1"]
    return waits


def test_a_failing_account_is_tried_again_every_quarter_of_an_hour_by_one_of_its_parcels(asked: World) -> None:
    asked.add("A2")
    asked.far.instead = lambda _numbers: (503, {}, b"")
    for hours in (6, 6.1, 6.4):
        asked.tick(at=hours)
    minutes = range(int(6.4 * 60) + 1, 8 * 60)
    tried = [minute for minute in minutes if asked.tick(at=minute / 60)]
    assert {later - earlier for earlier, later in pairwise(tried)} <= set(range(1, 16))
    assert 6 <= len(tried) <= 12
    asked.far.instead = None
    asked.tick(at=8 + 0.25)
    assert asked.incidents() == []


def test_a_person_reads_what_came_of_the_last_ask_and_when_the_next_one_is(database: Database, policy: Policy) -> None:
    reply: list[Reply] = [(503, {}, b"")]
    with site(lambda _seen: reply[0]) as url:
        adapters = {"dhl-unified": {"API_KEY": "a key", "API_URL": url}}
        world = World(database, policy, dict(adapters), dict(all_carriers()))
        world.add("A1", carrier="dhl-unified")
        assert asking(world) == "DHL was not asked yet; next at 2026-03-02T12:00:00.000+00:00"
        for hours in (0, 0.1):
            world.tick(at=hours)
        assert asking(world) == (
            "the last ask of DHL at 2026-03-02T12:06:00.000+00:00 failed: it reports a failure of its own, "
            "2 times in a row; next at 2026-03-02T12:21:00.000+00:00"
        )
        reply[0] = 404, {}, (folder_of(all_carriers()["dhl-unified"]) / "not-found.404.answer.json").read_bytes()
        world.tick(at=1)
        assert asking(world) == ("DHL answered at 2026-03-02T13:00:00.000+00:00; next at 2026-03-02T19:00:00.000+00:00")
        reply[0] = 429, {"Retry-After": "3600"}, b""
        world.tick(at=8)
        assert asking(world) == "DHL is asked about nothing until 2026-03-02T21:00:00.000+00:00: it is asked too often"
        world.close()


def test_a_person_reads_what_is_wrong_in_lines_of_words(asked: World) -> None:
    asked.far.instead = lambda _numbers: (503, {}, b"")
    for hours in (6, 6.1, 6.4):
        asked.tick(at=hours)
    asked.far.instead = lambda _numbers: (401, {}, b"")
    asked.tick(at=8)
    asked.add("C1", carrier="unheard")
    said = list(well.lines(health(asked.desk, asked.now()), "UTC"))
    asked.hours = 13 * 24
    said += well.lines(health(asked.desk, asked.now()), "UTC")
    assert said[0] == "not well:"
    for line in (
        "    ask acme, down since 2026-03-02 20:00 (HTTP 401), tried again 2026-03-02 20:01",
        "    order order-A1: acme A1, in_transit, heard of 2026-03-02 12:00",
        "    order order-C1: unheard C1, pending, never heard of",
        "    acme: it reports a failure of its own, 3 times",
        "    acme: it refuses our key, once",
    ):
        assert line in said
    assert [line for line in said if line.startswith("    ACME refuses our key") and "WISMO_ACME_API_KEY" in line]
    assert not [line for line in said if "{" in line]


def test_a_person_who_wants_to_know_now_reads_that_the_account_stands_still(asked: World) -> None:
    asker = next(one for one in askers_of(asked.desk.settings, asked.carriers) if one.slug == "acme")
    assert stopped_until(asked.desk, asker, asked.now()) is None
    asked.far.instead = lambda _numbers: (429, {"Retry-After": "600"}, b"")
    asked.tick(at=6)
    until = asked.now() + timedelta(minutes=10)
    assert stopped_until(asked.desk, asker, asked.now()) == (until, "it is asked too often")
    assert stopped_until(asked.desk, asker, until) is None


def asking(world: World) -> str:
    """What `wismo why` says of it."""
    with world.database.read() as tx:
        answer = cast("dict[str, list[dict[str, str]]]", why_json(tx, world.desk.settings, "default", "order-A1"))
    return answer["shipments"][0]["asking"]


# -- nobody waits for somebody else's carrier --------------------------------------------------------------------------


def test_a_carrier_that_hangs_holds_up_nobody_and_is_heard_when_it_speaks(world: World, over: threading.Event) -> None:
    world.far.instead = lambda _numbers: hold(over)
    world.add("A1", "A2")
    for number in ("B1", "B2", "B3"):
        world.add(number, carrier="bolt")
        world.poll.ask_due(wait_s=0.01)
        eventually(lambda number=number: looked_again(world, number))  # type: ignore[misc]  # a default binds it
    assert sorted(world.far.asked) == ["A1", "A2"]
    assert world.track("A1")["tried_at"] is None
    over.set()
    world.tick()
    assert sorted(world.far.asked) == ["A1", "A2"]
    assert world.track("A1")["asked_at"] == "2026-03-02T12:00:00.000+00:00"


def looked_again(world: World, number: str) -> bool:
    world.poll.ask_due(wait_s=0.01)
    return world.track(number, "bolt")["asked_at"] is not None


# -- in a row they are an incident -------------------------------------------------------------------------------------


def test_a_few_failures_in_a_row_are_an_incident_that_the_next_usable_answer_closes(asked: World) -> None:
    asked.far.instead = lambda _numbers: (503, {}, b"")
    asked.tick(at=6)
    asked.tick(at=6.1)
    assert asked.incidents() == []
    asked.tick(at=6.4)
    assert asked.incidents() == ["ask_failing"]
    found = health(asked.desk, asked.now())
    assert "acme gives no usable answer: it reports a failure of its own" in found.reasons
    assert found.detail["failed_asks_last_week"] == [{"carrier": "acme", "failure": "server_error", "times": 3}]
    assert found.detail["refused_last_week"] == []
    asked.far.instead = None
    asked.tick(at=8)
    assert asked.incidents() == []


def test_many_failures_of_one_moment_are_none(world: World) -> None:
    world.far.instead = lambda _numbers: (503, {}, b"")
    world.add(*(f"A{n}" for n in range(30)))
    assert len(world.tick()) == 30
    assert (world.failures(), world.incidents()) == ({"server_error": 30}, [])


def test_one_usable_answer_among_them_is_enough(world: World) -> None:
    world.far.instead = lambda numbers: (503, {}, b"") if numbers == ["A1"] else (200, {}, b"{}")
    world.add("A1", "A2")
    for hours in (0, 0.1, 6.1, 12.2, 18.3):
        world.tick(at=hours)
    assert world.failures()["server_error"] == 5
    assert world.incidents() == []


def test_an_account_of_which_nothing_usable_comes_for_an_hour_is_an_incident_also_if_it_is_not_asked(
    asked: World,
) -> None:
    asked.far.instead = lambda _numbers: (429, {"Retry-After": "86400"}, b"")
    assert asked.tick(at=6) == ["A1"]
    assert (asked.tick(at=6.9), asked.incidents()) == ([], [])
    assert (asked.tick(at=7.1), asked.incidents()) == ([], ["ask_failing"])
    asked.far.instead = None
    assert asked.tick(at=30.1) == ["A1"]
    assert asked.incidents() == []


def test_a_fault_of_ours_in_a_whole_account_is_told_and_the_account_left_alone_for_a_minute(world: World) -> None:
    world.adapters["acme"] = {**world.adapters["acme"], "API_PER_SECOND": "no number, in spite of every check"}
    world.add("A1")
    world.add("B1", carrier="bolt")
    for minute in (0, 0.5, 2, 4, 6):
        world.another_process()
        world.tick(at=minute / 60)
    assert world.neighbour.asked == ["B1"]
    assert (world.failures(), world.incidents()) == ({"our_fault": 4}, ["ask_failing"])
