"""An incident's message, and what people do with it there: everything is read anew, and rights too."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bot.actions.incidents import OLD
from bot.blocks import incident
from relay.database import Database
from relay.desk import incidents as desk
from relay.desk.health import health
from relay.desk.incidents import Until, hands_of, until_of
from relay.desk.team import team_list
from relay.outbox.times import Times
from relay.sandbox.slack import AGENT, LEAD, OPS, Answer, Person, Posted
from relay.store import incidents
from tests.bot.conftest import Office, OpenOffice
from tests.bot.pressing import forged
from tests.conftest import NOON

HOUR = timedelta(hours=1)
#: When the incident began.
BEFORE = NOON - 3.2 * HOUR


@pytest.fixture
def office(open_office: OpenOffice, sqlite: Database) -> Office:
    return open_office(sqlite, slack_ops_channel=OPS, locale="en")


@pytest.fixture
def told(office: Office) -> Posted:
    """The message of an incident that is open."""
    office.slack.workspace.people |= {AGENT: Person(AGENT, "agent"), LEAD: Person(LEAD, "lead")}
    office.desk.database.write(
        lambda tx: incidents.open_incident(
            tx, kind="copied", subject="database", title="A copy", remedy="Look", now=BEFORE, figures={"known": "x"}
        )
    )
    tell(office)
    return office.slack.wait_for(lambda: next(iter(office.slack.posted(OPS)), None))


def tell(office: Office) -> None:
    Times(office.desk, "a process", lambda: NOON).round()


def row(office: Office) -> dict[str, Any]:
    with office.desk.database.read() as tx:
        return dict(incidents.incidents(tx, only_open=False)[0])


def audit(office: Office) -> list[tuple[str, str, str]]:
    with office.desk.database.read() as tx:
        rows = tx.rows("SELECT actor, action, outcome FROM audit ORDER BY at, audit_id")
    return sorted((one["actor"], one["action"], one["outcome"]) for one in rows)


def is_soon(office: Office, message: Posted, *words: str) -> None:
    office.slack.wait_for(lambda: all(word in message.words for word in words))


def answered(office: Office, answer: Answer) -> str:
    assert (answer.status, answer.refused) == (200, "")
    return office.slack.reply_to(answer).words


def test_anybody_of_the_team_takes_it_and_its_message_says_so_at_once(office: Office, told: Posted) -> None:
    assert "Nobody has taken it yet" in told.words
    office.slack.press(told, "incident.take")
    is_soon(office, told, "agent is on it", "Give back")
    assert "already" in answered(
        office, office.slack.press(replace_button(told, "incident.take"), "incident.take", user=LEAD)
    )
    assert (row(office)["owner"], audit(office)) == (AGENT, [(AGENT, "take", "done"), (LEAD, "take", "refused")])


def replace_button(told: Posted, action: str) -> Posted:
    """The message as it stood before somebody else pressed."""
    return forged(told, next(block["block_id"] for block in told.blocks if block["type"] == "actions"), action)


def test_it_is_given_back_by_whoever_has_it_or_may_correct(office: Office, told: Posted) -> None:
    office.slack.press(told, "incident.take", user=LEAD)
    is_soon(office, told, "lead is on it")
    assert "only they" in answered(office, office.slack.press(told, "incident.give_back"))
    office.slack.press(told, "incident.give_back", user=LEAD)
    is_soon(office, told, "Nobody has taken it yet")
    assert (AGENT, "give back", "refused") in audit(office)
    assert (LEAD, "give back", "done") in audit(office)


def test_whoever_may_correct_puts_it_off_and_it_is_on_no_list_until_then(office: Office, told: Posted) -> None:
    assert len(team_list(office.desk, NOON).items) == 1
    office.slack.choose(told, "incident.snooze", "monday", user=LEAD)
    is_soon(office, told, "Quiet until Mar 9", "Remind again")
    until = hands_of(row(office)).snoozed_until
    assert until == until_of(Until.MONDAY, NOON, "America/Sao_Paulo")
    assert [team_list(office.desk, until - HOUR).items, len(team_list(office.desk, until).items)] == [[], 1]
    assert not health(office.desk, NOON).is_well


def test_when_the_time_is_over_its_message_shows_the_buttons_again(office: Office, told: Posted) -> None:
    office.slack.choose(told, "incident.snooze", "1h", user=LEAD)
    is_soon(office, told, "Remind again")
    Times(office.desk, "another process", lambda: NOON + HOUR).round()
    with office.desk.database.read() as tx:
        news = tx.rows("SELECT state FROM outbox WHERE subject LIKE 'incident/%'")
    assert news == [{"state": "due"}]


def test_what_is_known_is_shown_so_until_it_closes_and_is_a_new_one_when_it_returns(
    office: Office, told: Posted
) -> None:
    office.slack.press(told, "incident.known", user=LEAD)
    is_soon(office, told, "Known, says lead", "Remind again")
    assert team_list(office.desk, NOON + timedelta(days=99)).items == []
    database = office.desk.database
    database.write(lambda tx: incidents.close_incident(tx, "copied", "database", NOON))
    database.write(
        lambda tx: incidents.open_incident(tx, kind="copied", subject="database", title="A", remedy="", now=NOON + HOUR)
    )
    assert [item.taken_by for item in team_list(office.desk, NOON + HOUR).items] == [""]


def test_what_was_quieted_is_reminded_of_again(office: Office, told: Posted) -> None:
    office.slack.press(told, "incident.known", user=LEAD)
    is_soon(office, told, "Known, says lead")
    office.slack.press(told, "incident.wake", user=LEAD)
    is_soon(office, told, "Remind me later")
    assert "Known, says" not in told.words
    assert len(team_list(office.desk, NOON).items) == 1


PRESSES: dict[str, Callable[[Office, Posted], Answer]] = {
    "snooze": lambda office, told: office.slack.choose(told, "incident.snooze", "1h"),
    "known": lambda office, told: office.slack.press(told, "incident.known"),
    "wake": lambda office, told: office.slack.press(replace_button(told, "incident.wake"), "incident.wake"),
}


@pytest.mark.parametrize("action", PRESSES)
def test_nobody_else_quiets_it_for_all_and_the_attempt_is_audited(office: Office, told: Posted, action: str) -> None:
    assert "may not correct" in answered(office, PRESSES[action](office, told))
    assert audit(office) == [(AGENT, action, "refused")]
    assert hands_of(row(office)).known_by == ""


@pytest.mark.parametrize("action", ["incident.take", "incident.give_back", "incident.known", "incident.wake"])
def test_an_old_button_of_what_is_over_says_since_when(office: Office, told: Posted, action: str) -> None:
    office.desk.database.write(lambda tx: incidents.close_incident(tx, "copied", "database", NOON))
    said = answered(office, office.slack.press(replace_button(told, action), action, user=LEAD))
    assert said == "This is over since Mar 2, 9:00 AM: there is nothing left to do."
    assert audit(office) == []


@pytest.mark.parametrize(("value", "words"), [('{"i": "gone"}', "not known here"), ("x", OLD), ('{"o": 1}', OLD)])
def test_a_button_that_names_no_incident_does_nothing(office: Office, told: Posted, value: str, words: str) -> None:
    assert words in answered(office, office.slack.press(forged(told, value, "incident.take"), "incident.take"))
    assert audit(office) == []


def test_a_choice_of_another_version_is_answered(office: Office, told: Posted) -> None:
    odd = forged(told, told.blocks[-1]["block_id"], "incident.snooze")
    assert OLD in answered(office, office.slack.press(odd, "incident.snooze", user=LEAD))


def test_what_is_over_shows_no_buttons_and_is_answered_in_its_thread(office: Office, told: Posted) -> None:
    office.desk.database.write(lambda tx: incidents.close_incident(tx, "copied", "database", NOON))
    tell(office)
    is_soon(office, told, "Over:", "after 3\u00a0h 12\u00a0min")
    reply = office.slack.wait_for(lambda: next(iter(office.slack.posted(OPS, told.ts)), None))
    assert reply.words == "Over after 3\u00a0h 12\u00a0min."
    assert all(block["type"] != "actions" for block in told.blocks)


def test_every_moment_to_be_reminded_at_has_its_words() -> None:
    assert set(incident.UNTIL) == set(Until)


def test_tomorrow_and_monday_are_nine_oclock_of_the_shop() -> None:
    monday_before_nine = NOON - HOUR
    assert until_of(Until.TOMORROW, monday_before_nine, "America/Sao_Paulo") == NOON + timedelta(days=1)
    assert until_of(Until.MONDAY, monday_before_nine, "America/Sao_Paulo") == NOON + timedelta(days=7)
    assert until_of(Until.HOUR, NOON, "America/Sao_Paulo") == NOON + HOUR
    assert timedelta(days=7) < desk.LONGEST
