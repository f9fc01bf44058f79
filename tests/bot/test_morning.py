"""What comes because it is time: the morning list, once and edited in place; incidents, one message each."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.database import Database, Tx, open_database
from relay.desk.team import give_back, holder, take, team_list
from relay.desk.watching import Thread
from relay.errors import NotFound
from relay.intake import Policy
from relay.outbox.times import Times, morning_of
from relay.sandbox.slack import AGENT, LEAD, OPS, SUPPORT, Posted
from relay.store import drifts, incidents
from relay.workdays import is_working_day
from tests.bot.telling import Team, open_team
from tests.conftest import NOON, settle
from tests.intake.steps import shipment

SAO_PAULO = "America/Sao_Paulo"
#: Noon in UTC is nine in São Paulo: the list is due.
NINE, DAY = 0.0, 24 * 60.0


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:{tmp_path / 'wismo.db'}", create=True)
    opened.migrate()
    opened.write(settle)
    yield opened
    opened.close()


@pytest.fixture
def team(database: Database, policy: Policy) -> Iterator[Team]:
    with open_team(database, policy) as opened:
        yield opened


def drift(team: Team, order_id: str = "1001", number: str = "1Z999") -> None:
    team.add(order_id, number)
    row = shipment(team.database, order_id)
    team.database.write(lambda tx: drifts.open_drift(tx, row, "no_number", "no number there", team.clock.now()))


def settled(team: Team, order_id: str = "1001") -> None:
    row = shipment(team.database, order_id)
    team.database.write(lambda tx: drifts.close_drift(tx, row["shipment_id"], team.clock.now()))


def incident(team: Team, title: str = "UPS gives no usable answer", *, kind: str = "ask_failing") -> None:
    def work(tx: Tx) -> None:
        incidents.open_incident(tx, kind=kind, subject="ups", title=title, remedy="Look at it", now=team.clock.now())

    team.database.write(work)


def over(team: Team, *, kind: str = "ask_failing") -> None:
    team.database.write(lambda tx: incidents.close_incident(tx, kind, "ups", team.clock.now()))


def lists(team: Team) -> list[Posted]:
    return team.slack.posted(SUPPORT)


def told(team: Team) -> list[str]:
    """Of incidents, each by its own message."""
    return [posted.text for posted in messages(team)]


def messages(team: Team) -> list[Posted]:
    return [posted for posted in team.slack.posted(OPS) if not posted.thread_ts]


# -- when --------------------------------------------------------------------------------------------------------------


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - the zone is given apart
def test_a_list_is_due_between_nine_and_the_evening_of_a_working_day_by_the_shops_clock(now: datetime) -> None:
    here = now.astimezone(ZoneInfo(SAO_PAULO))
    is_due = is_working_day(here.date(), SAO_PAULO) and 9 <= here.hour < 18
    assert morning_of(now, SAO_PAULO) == (here.date() if is_due else None)


def test_on_a_holiday_of_the_shops_country_nobody_is_given_a_list() -> None:
    tiradentes = datetime(2026, 4, 21, 15, tzinfo=UTC)
    assert morning_of(tiradentes, SAO_PAULO) is None
    assert morning_of(tiradentes, "Europe/Lisbon") == tiradentes.date()


def test_nine_oclock_is_the_shops(team: Team) -> None:
    team.look_at_the_clock(at=-1)
    assert lists(team) == []
    team.look_at_the_clock(at=NINE)
    assert len(lists(team)) == 1


def test_nothing_to_do_is_one_line(team: Team) -> None:
    team.look_at_the_clock(at=NINE)
    (posted,) = lists(team)
    assert posted.text == "Mon, Mar 2: Nothing to look at: every parcel and every message is in order."
    assert posted.words == posted.text


def test_a_weekend_has_no_list(team: Team) -> None:
    for hour in range(48):
        team.look_at_the_clock(at=5 * DAY + hour * 60)
    assert lists(team) == []


def test_a_list_comes_once_a_day_whoever_looks_and_however_often(team: Team) -> None:
    drift(team)
    for minute in range(0, 120, 7):
        team.look_at_the_clock(at=minute)
        team.restart()
        other = Times(team.desk, f"process {minute}", team.clock.now)
        other.round()
        team.send()
    assert len(lists(team)) == 1
    team.look_at_the_clock(at=DAY)
    assert len(lists(team)) == 2


def test_without_a_channel_there_is_no_list(database: Database, policy: Policy) -> None:
    with open_team(database, policy, slack_channel="", slack_ops_channel="") as team:
        incident(team)
        team.look_at_the_clock(at=NINE)
        assert team.rows() == []


# -- what stands on it -------------------------------------------------------------------------------------------------


def test_the_list_names_what_a_person_should_look_at(team: Team) -> None:
    drift(team)
    incident(team)
    team.look_at_the_clock(at=NINE)
    (posted,) = lists(team)
    assert posted.text.startswith("Mon, Mar 2: 2 things to look at, nobody on any of them.")
    for words in ("1001", "its invoice has no tracking number", "UPS gives no usable answer", "I take it"):
        assert words in posted.words


def test_what_is_done_is_edited_away_in_place_and_counted(team: Team) -> None:
    drift(team)
    drift(team, "1002", "1Z888")
    team.look_at_the_clock(at=NINE)
    settled(team, "1002")
    team.look_at_the_clock(at=5)
    (posted,) = lists(team)
    assert "1002" not in posted.words
    assert "Done since the morning: 1." in posted.words
    settled(team)
    team.look_at_the_clock(at=10)
    (posted,) = lists(team)
    assert posted.words.endswith("Done since the morning: 2.")
    assert len(posted.earlier) == 2


def test_a_list_that_says_what_is_so_is_not_edited(team: Team) -> None:
    drift(team)
    for minute in range(60):
        team.look_at_the_clock(at=minute)
    (posted,) = lists(team)
    assert posted.earlier == []


def test_yesterdays_list_is_left_as_it_was_when_a_new_one_comes(team: Team) -> None:
    drift(team)
    team.look_at_the_clock(at=NINE)
    team.look_at_the_clock(at=DAY)
    settled(team)
    team.look_at_the_clock(at=DAY + 5)
    yesterday, today = lists(team)
    assert (yesterday.earlier, len(today.earlier)) == ([], 1)


def test_whoever_takes_something_first_has_it_and_the_list_says_so_at_once(team: Team) -> None:
    drift(team)
    team.look_at_the_clock(at=NINE)
    key = next(iter(key_of(team)))
    assert take(team.desk, key, AGENT, team.clock.now()) == AGENT
    assert take(team.desk, key, LEAD, team.clock.now()) == AGENT
    team.send()
    (posted,) = lists(team)
    assert "agent is on it" in posted.words
    assert "I take it" not in posted.words


def test_an_incident_that_is_taken_has_an_owner_everywhere(team: Team) -> None:
    incident(team)
    team.look_at_the_clock(at=NINE)
    take(team.desk, next(iter(key_of(team))), AGENT, team.clock.now())
    team.look_at_the_clock(at=1)
    (posted,) = team.slack.posted(OPS)
    assert "agent is on it" in posted.words


def test_what_was_taken_and_given_back_is_free_again_on_the_list_and_in_the_incident(team: Team) -> None:
    drift(team)
    incident(team)
    team.look_at_the_clock(at=NINE)
    for key in key_of(team):
        take(team.desk, key, AGENT, team.clock.now())
    team.look_at_the_clock(at=5)
    for key in key_of(team):
        assert holder(team.desk, key, team.clock.now()) == AGENT
        assert give_back(team.desk, key, AGENT, LEAD, team.clock.now())
    team.look_at_the_clock(at=10)
    (posted,) = lists(team)
    assert posted.words.count("I take it") == 2
    assert "is on it" not in posted.words + team.slack.posted(OPS)[0].words
    with team.database.read() as tx:
        done = tx.rows("SELECT actor, detail FROM audit WHERE action = 'give back' ORDER BY detail")
    assert [(row["actor"], row["detail"].partition("/")[0]) for row in done] == [(LEAD, "drift"), (LEAD, "incident")]


def test_what_another_took_meanwhile_is_not_given_back(team: Team) -> None:
    drift(team)
    team.look_at_the_clock(at=NINE)
    key = next(iter(key_of(team)))
    take(team.desk, key, LEAD, team.clock.now())
    assert not give_back(team.desk, key, AGENT, AGENT, team.clock.now())
    assert holder(team.desk, key, team.clock.now()) == LEAD


@pytest.mark.parametrize("text", ["list", "incident"])
def test_whoever_is_named_in_a_posted_message_is_not_called_by_it(team: Team, text: str) -> None:
    incident(team)
    if text == "list":
        drift(team)
    take(team.desk, next(iter(key_of(team))), AGENT, team.clock.now())
    team.look_at_the_clock(at=NINE)
    posted = [*lists(team), *team.slack.posted(OPS)]
    assert any("agent is on it" in one.words for one in posted)
    assert "<@" not in str([(one.text, one.said.blocks) for one in posted])


def test_what_comes_back_after_it_was_done_is_nobodys(team: Team) -> None:
    drift(team)
    team.look_at_the_clock(at=NINE)
    take(team.desk, next(iter(key_of(team))), AGENT, team.clock.now())
    settled(team)
    team.look_at_the_clock(at=5)
    drift(team)
    team.look_at_the_clock(at=10)
    (posted,) = lists(team)
    assert "I take it" in posted.words


def test_what_is_done_cannot_be_taken(team: Team) -> None:
    with pytest.raises(NotFound):
        take(team.desk, "drift/gone", AGENT, team.clock.now())


def key_of(team: Team) -> list[str]:
    return [item.key for item in team_list(team.desk, team.clock.now()).items]


# -- incidents ---------------------------------------------------------------------------------------------------------


def test_an_incident_is_one_message_that_is_edited_until_it_is_over(team: Team) -> None:
    incident(team)
    team.look_at_the_clock(at=0.2)
    assert told(team) == ["Open incident: UPS gives no usable answer"]
    team.clock.past = 20
    over(team)
    team.look_at_the_clock()
    assert told(team) == ["Over: UPS gives no usable answer"]
    (posted,) = messages(team)
    assert len(posted.earlier) == 1
    assert team.texts(Thread(OPS, posted.ts)) == ["Over after 20\u00a0min."]


def test_that_it_is_seen_again_is_not_told(team: Team) -> None:
    for minute in range(0, 600, 10):
        team.clock.past = minute
        incident(team, f"UPS gives no usable answer, for {minute} minutes")
        team.look_at_the_clock()
    (posted,) = messages(team)
    assert posted.earlier == []


def test_the_next_incident_of_the_same_cause_is_a_message_of_its_own(team: Team) -> None:
    for past in (0, 30):
        team.clock.past = past
        incident(team)
        team.look_at_the_clock()
        over(team)
        team.look_at_the_clock(at=past + 5)
    assert told(team) == ["Over: UPS gives no usable answer"] * 2


def test_what_was_over_before_anybody_could_be_told_is_not_told(team: Team) -> None:
    incident(team)
    over(team)
    team.look_at_the_clock(at=1)
    assert told(team) == []


def test_an_incident_that_began_while_slack_was_down_is_told_as_it_stands_when_it_is_back(team: Team) -> None:
    team.slack.faults.is_down = True
    incident(team)
    team.look_at_the_clock(at=1)
    over(team)
    team.look_at_the_clock(at=2)
    team.slack.faults.clear()
    for minute in range(3, 8):
        team.look_at_the_clock(at=minute)
    assert "Over: UPS gives no usable answer" in told(team)
    assert team.open_incidents() == []


def test_a_channel_that_is_gone_is_an_incident_and_no_endless_loop(team: Team) -> None:
    del team.slack.workspace.rooms[OPS]
    incident(team)
    for minute in range(60):
        team.look_at_the_clock(at=minute)
    assert sorted(team.open_incidents()) == ["ask_failing", "dead_message"]
    assert len(team.slack.calls("chat.postMessage")) < 10


def test_an_incident_names_the_orders_behind_it(team: Team) -> None:
    team.add()
    row = shipment(team.database)

    def work(tx: Tx) -> None:
        opened = incidents.open_incident(tx, kind="odd", subject="ups", title="Odd", remedy="Look", now=NOON)
        incidents.add_to_incident(tx, opened, row, "odd")

    team.database.write(work)
    team.look_at_the_clock(at=1)
    (posted,) = team.slack.posted(OPS)
    assert "1 parcel (order 1001)" in posted.words
