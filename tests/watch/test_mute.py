"""A carrier that goes mute is told of with its figure; one that never spoke, or whose silence is known, is not."""

from datetime import datetime, timedelta

import pytest

from relay.database import Database, Tx
from relay.desk import Desk
from relay.intake import Policy
from relay.model import Action, Reading, to_text
from relay.settings import Settings
from relay.store import incidents, notices, traffic
from relay.store.traffic import UP, Hour
from relay.watch.alarms import Check, Rounds
from relay.watch.checks import CHECKS
from relay.watch.mute import KIND, MuteCarriers, clocks
from relay.watch.traffic import Counting
from tests.conftest import fact
from tests.watch.sending import DAY, HOUR, Far

MINUTE = timedelta(minutes=1)
WHOLE = 4095
PUSH, POLL = ("ups", "push"), ("ups", "poll")


@pytest.fixture
def far(database: Database, policy: Policy) -> Far:
    return Far(database, policy, KIND)


def spoke(
    far: Far, route: tuple[str, str] = PUSH, *, weeks: int = 4, slots: int = WHOLE, parcels: int | None = None
) -> None:
    """Talks all the time until now, and we listened."""
    hour = far.now.replace(minute=0, second=0, microsecond=0)
    begun = (1 << far.now.minute // 5) - 1
    rows = []
    for back in range(weeks * 168 + 1):
        at, lived = hour - back * HOUR, WHOLE if back else begun
        last_at = at + HOUR - MINUTE if back else far.now - MINUTE
        told = {"slots": slots & lived, "messages": 95, "news": 95, "asked": lived, "parcels": parcels}
        rows.append(Hour(*route, to_text(at), **told, last_at=to_text(last_at)))  # type: ignore[arg-type]  # of its own fields
        rows.append(Hour(*UP, to_text(at), slots=lived))
    far.database.write(lambda tx: traffic.save(tx, rows))


def minutes(far: Far, count: int, *, is_asked: bool = False) -> list[str]:
    """The titles after so many minutes in each of which the watch counted and looked."""
    rounds, counting = Rounds([Check(KIND, MINUTE, MuteCarriers())]), Counting()
    desk = Desk(far.database, far.settings, far.policy)
    for _ in range(count):
        far.pass_by(minutes=1)
        if is_asked:
            far.answer_body(b"{}", Reading(Action.APPLY), ["1ZKNOWN"])
        counting.count(far.database, far.now)
        rounds.look(desk, far.now)
    return [row["title"] for row in far.open()]


def test_a_carrier_that_always_pushes_is_missed_within_twenty_minutes_with_its_figure(far: Far) -> None:
    far.know(["1ZKNOWN"])
    spoke(far, parcels=1)
    far.push("1ZKNOWN")
    assert minutes(far, 9) == []
    [title] = minutes(far, 10)
    assert title.startswith("UPS has pushed nothing for 1")
    assert "usually 95 an hour" in title
    assert "less than once in " in title
    [row] = far.open()
    assert row["subject"] == "ups/push"
    assert incidents.figures_of(row)["parcels"] == 1


def test_its_next_word_ends_it(far: Far) -> None:
    far.know(["1ZKNOWN"])
    spoke(far, parcels=1)
    assert minutes(far, 30)
    far.push("1ZKNOWN")
    assert minutes(far, 1) == []


def test_a_longer_silence_is_told_anew_only_when_it_has_doubled(far: Far) -> None:
    spoke(far)
    [first] = minutes(far, 15)
    assert minutes(far, 1) == [first]
    [second] = minutes(far, 30)
    assert second != first


def test_a_carrier_known_for_less_than_two_weeks_is_not_missed(far: Far) -> None:
    spoke(far, weeks=1)
    assert minutes(far, 120) == []


def test_a_carrier_that_never_spoke_is_not_missed(far: Far) -> None:
    far.know(["1ZKNOWN"])
    spoke(far, ("correios", "push"))
    assert not [title for title in minutes(far, 60) if "UPS" in title]


def test_a_notice_about_the_carrier_explains_its_silence_and_no_other_s(far: Far) -> None:
    spoke(far)
    spoke(far, ("correios", "push"))
    until = far.now + HOUR
    given = {"shop": "default", "carrier": "ups", "region": "", "text": "strike", "by": "Ana", "now": far.now}
    far.database.write(lambda tx: notices.add(tx, **given, until=until))  # type: ignore[arg-type]  # of its own arguments
    assert [row["subject"] for row in far.open() or _after(far, 40)] == ["correios/push"]
    assert len(_after(far, 60)) == 2


def _after(far: Far, count: int) -> list[dict[str, object]]:
    minutes(far, count)
    return list(far.open())


def test_nothing_is_missed_of_a_carrier_without_open_parcels(far: Far) -> None:
    spoke(far, parcels=50)
    hour = to_text(far.now.replace(minute=0, second=0, microsecond=0))
    far.database.write(lambda tx: traffic.save(tx, [Hour(*PUSH, hour, messages=95, slots=1, parcels=0)]))
    assert minutes(far, 25) == []


def test_a_week_in_which_we_were_down_is_no_silence(far: Far) -> None:
    spoke(far)
    far.pass_by(days=7)
    assert minutes(far, 9) == []
    assert minutes(far, 15) != []  # but what comes after it is


@pytest.mark.parametrize("step", [3 * HOUR, 40 * DAY, -3 * HOUR, -40 * DAY])
def test_a_clock_that_is_set_tells_nothing_of_a_carrier(far: Far, step: timedelta) -> None:
    spoke(far)
    minutes(far, 2)
    far.now += step
    assert minutes(far, 9) == []


def test_answers_without_news_are_a_silence_and_no_answers_are_none(far: Far) -> None:
    far.know(["1ZKNOWN"])
    spoke(far, POLL, parcels=1)
    assert minutes(far, 60) == []
    [title] = minutes(far, 30, is_asked=True)
    assert title.startswith("UPS has answered no news for")


def test_an_answer_with_news_ends_it(far: Far) -> None:
    far.know(["1ZKNOWN"])
    spoke(far, POLL, parcels=1)
    assert minutes(far, 30, is_asked=True)
    far.answer({"1ZKNOWN": [fact("in_transit", hours=24 * 41)]})
    assert minutes(far, 1) == []


def test_operators_can_see_how_soon_a_silence_would_be_noticed(far: Far) -> None:
    spoke(far)
    with far.database.read() as tx:
        [clock] = clocks(tx, Desk(far.database, Settings(), far.policy), far.now)
    assert (clock.source, clock.via) == PUSH
    assert clock.noticed_after is not None
    assert 10 * MINUTE <= clock.noticed_after <= 20 * MINUTE


# -- counting ----------------------------------------------------------------------------------------------------------


def rows(far: Far, route: tuple[str, str] = PUSH) -> list[Hour]:
    def read(tx: Tx) -> list[Hour]:
        return sorted(row for row in traffic.hours(tx, far.now - 40 * DAY) if row[:2] == route)

    with far.database.read() as tx:
        return read(tx)


def test_counting_twice_counts_once_and_writes_nothing_new(far: Far) -> None:
    for number in ("1ZA", "1ZB", "1ZB"):
        far.push(number)
    far.pass_by(seconds=10)
    counting = Counting()
    counting.count(far.database, far.now)
    first = rows(far)
    far.pass_by(minutes=1)
    counting.count(far.database, far.now)
    Counting().count(far.database, far.now)
    assert rows(far) == first
    assert (first[0].messages, first[0].slots.bit_count()) == (3, 1)


def test_a_database_from_before_there_were_counts_is_counted_once(far: Far) -> None:
    begun = far.now
    for hour in range(50):
        far.now = begun + hour * HOUR
        far.push(f"1Z{hour}")
    far.pass_by(minutes=1)
    Counting().count(far.database, far.now)
    assert sum(row.messages for row in rows(far)) == 50
    assert len(rows(far, UP)) >= 49


def test_a_long_time_without_anything_before_there_were_counts_was_perhaps_our_own(far: Far) -> None:
    begun: datetime = far.now
    for day in (0, 1, 8):
        far.now = begun + day * DAY
        far.push(f"1Z{day}")
    far.pass_by(minutes=1)
    Counting().count(far.database, far.now)
    assert len(rows(far, UP)) < 3 * 24


def test_the_watch_looks_for_mute_carriers_every_minute() -> None:
    assert [check.every for check in CHECKS if check.kind == KIND] == [MINUTE]


def test_what_one_process_learnt_belongs_to_its_database(far: Far) -> None:
    check, desk = MuteCarriers(), Desk(far.database, far.settings, far.policy)
    spoke(far)
    minutes(far, 1)
    far.pass_by(minutes=5)
    with far.database.read() as tx:
        assert check(tx, desk, {}, far.now) == check(tx, desk, {}, far.now)
