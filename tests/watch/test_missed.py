"""A carrier that pushes only half of what it knows is found out by asking."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from relay.database import Database, Tx
from relay.intake import Policy
from relay.model import Fact, FactKind, Status, to_text
from relay.settings import Settings
from relay.store import facts as fact_store
from relay.store import incidents
from relay.store.shares import Counts
from relay.watch.missed import KIND
from tests.watch.sending import HOUR, Far

USUAL_PUSHES = Counts(messages=50, events=50, news=50)
USUAL_ANSWERS = Counts(messages=30, events=60, news=6, missed=2)
TITLE = "27 of 60 new scans of UPS in the last day came only by asking: its pushes are incomplete"


@pytest.fixture
def far(database: Database, policy: Policy) -> Far:
    made = Far(database, policy, KIND)
    made.usual("push", 20, USUAL_PUSHES)
    made.usual("poll", 20, USUAL_ANSWERS)
    return made


def scan(far: Far, hours_ago: float, place: str = "Recife") -> Fact:
    at = far.now - timedelta(hours=hours_ago)
    return Fact("ups", True, FactKind.SCAN, Status.IN_TRANSIT, "DP", at.isoformat(), at, place=place)


def a_day(far: Far, *, pushed: int, missed: int, told_late: int = 0, hours_ago: float = 3) -> None:
    """Scans that are pushed, and scans of as many parcels that nobody knew of before an answer."""
    stamp = f"{far.now:%m%d}"
    for index in range(pushed):
        far.push(f"1ZP{index}{stamp}", ago=HOUR / 2)
    late = [f"1ZM{index}{stamp}" for index in range(missed + told_late)]
    far.know(late)
    for start in range(0, len(late), 5):
        moments = {index: hours_ago if index < missed else 1 for index in range(start, len(late))}
        far.answer({late[index]: [scan(far, moments[index])] for index in list(moments)[:5]})


def test_scans_that_come_only_by_asking_are_told_of_with_their_number(far: Far) -> None:
    a_day(far, pushed=33, missed=27)
    (told,) = far.look()
    assert (told["subject"], told["title"]) == ("ups", TITLE)


def test_it_ends_when_the_pushes_are_complete_again(far: Far) -> None:
    a_day(far, pushed=33, missed=27)
    assert far.titles() == [TITLE]
    far.pass_by(hours=12)
    assert far.titles() == [TITLE]
    far.pass_by(days=1)
    a_day(far, pushed=40, missed=1)
    be_up(far)
    assert far.titles() == []


@pytest.mark.parametrize("hours_ago", [1.5, 72.0])
def test_what_is_young_or_older_than_the_parcel_is_not_missed(far: Far, hours_ago: float) -> None:
    a_day(far, pushed=33, missed=27, hours_ago=hours_ago)
    assert far.titles() == []


def test_an_ordinary_day_is_none(far: Far) -> None:
    a_day(far, pushed=50, missed=4, told_late=4)
    assert far.titles() == []


def test_a_carrier_that_was_always_so_is_none(database: Database, policy: Policy) -> None:
    far = Far(database, policy, KIND)
    far.usual("push", 20, USUAL_PUSHES)
    far.usual("poll", 20, Counts(messages=60, events=60, news=50, missed=40))
    a_day(far, pushed=33, missed=27)
    assert far.titles() == []


def test_nothing_is_said_of_who_is_not_known_for_long(database: Database, policy: Policy) -> None:
    far = Far(database, policy, KIND)
    far.usual("push", 5, USUAL_PUSHES)
    far.usual("poll", 5, USUAL_ANSWERS)
    a_day(far, pushed=33, missed=27)
    assert far.titles() == []


def test_a_handful_of_parcels_is_none(far: Far) -> None:
    a_day(far, pushed=3, missed=9)
    assert far.titles() == []


def test_the_long_history_of_one_parcel_is_none(far: Far) -> None:
    a_day(far, pushed=33, missed=0)
    far.know(["1ZLONG"])
    far.answer({"1ZLONG": [scan(far, 3 + index / 2) for index in range(27)]})
    assert far.titles() == []


def test_a_carrier_without_push_secrets_has_nothing_to_push(far: Far) -> None:
    a_day(far, pushed=33, missed=27)
    assert replace(far, settings=Settings()).titles() == []


def _stop(tx: Tx, numbers: Sequence[str], now: datetime) -> None:
    for number in numbers:
        fact_store.stop_pushes(tx, f"ups/{number}", now)


def test_a_carrier_that_said_it_pushes_a_parcel_no_more_misses_nothing(far: Far) -> None:
    a_day(far, pushed=33, missed=0)
    numbers = [f"1ZS{index}" for index in range(27)]
    far.know(numbers)
    far.database.write(lambda tx: _stop(tx, numbers, far.now))
    for number in numbers:
        far.answer({number: [scan(far, 3)]})
    assert far.titles() == []


def test_where_nothing_is_pushed_at_all_that_is_said_once(far: Far) -> None:
    opened = {"kind": "mute_carrier", "subject": "ups/push", "title": "mute", "remedy": "see"}
    a_day(far, pushed=33, missed=27)
    far.database.write(lambda tx: incidents.open_incident(tx, now=far.now, **opened))  # type: ignore[arg-type]  # by name
    assert far.titles() == []


# -- our own absence ---------------------------------------------------------------------------------------------------


def be_up(far: Far, *, but: range = range(0)) -> None:
    """For three weeks, but for some of the hours before now."""

    def work(tx: Tx) -> None:
        for hours in set(range(21 * 24)) - set(but):
            hour = (far.now - hours * HOUR).replace(minute=0, second=0)
            tx.rows(
                "INSERT INTO traffic (source, via, hour, slots) VALUES ('', 'up', :hour, 4095) "
                "ON CONFLICT (source, via, hour) DO UPDATE SET slots = excluded.slots",
                hour=to_text(hour),
            )

    far.database.write(work)


@pytest.mark.parametrize("down", [range(2, 170), range(20, 24)], ids=["a week, or a restored backup", "a night"])
def test_what_was_pushed_while_we_were_down_is_not_the_carriers_fault(far: Far, down: range) -> None:
    be_up(far, but=down)
    a_day(far, pushed=33, missed=27)
    assert far.titles() == []


def test_what_was_missed_while_we_were_up_is_told(far: Far) -> None:
    be_up(far, but=range(60, 90))
    a_day(far, pushed=33, missed=27)
    assert far.titles() == [TITLE]


# -- at intake ---------------------------------------------------------------------------------------------------------


def test_the_new_scans_of_an_answer_are_counted_when_it_is_kept(far: Far) -> None:
    far.know(["1Z7"])
    far.push("1Z7", ago=5 * HOUR)
    far.answer({"1Z7": [scan(far, 4), scan(far, 3), scan(far, 1)]})
    far.answer({"1Z7": [scan(far, 4), scan(far, 3), scan(far, 1)]})
    with far.database.read() as tx:
        answers = tx.rows("SELECT events, unknown, news, missed FROM answers ORDER BY news DESC")
        pushes = tx.rows("SELECT events, unknown, news FROM pushes")
    assert [tuple(row.values()) for row in answers] == [(3, 0, 3, 2), (3, 0, 0, 0)]
    assert [tuple(row.values()) for row in pushes] == [(1, 0, 1)]
