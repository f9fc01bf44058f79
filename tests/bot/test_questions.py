"""What is asked in Slack is kept before it is acknowledged, and answered once, whatever dies or fails in between."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot.blocks import shapes
from bot.spoken import Spoken
from bot.values import Message
from relay.database import Database
from relay.desk import questions
from relay.desk.questions import Question, Way
from relay.desk.watching import Thread, mine
from relay.intake import Policy
from relay.sandbox.slack import AGENT, ELSEWHERE, LEAD, STRANGER, SUPPORT, Answer
from relay.sandbox.slack.faults import Fault
from relay.store import outbox as store
from tests.bot.counter import Counter, open_counter
from tests.bot.telling import Team
from tests.conftest import NOON


@pytest.fixture
def counter(database: Database, policy: Policy) -> Iterator[Counter]:
    with open_counter(database, policy, slack_override_users=LEAD) as opened:
        opened.team.add()
        yield opened


@pytest.fixture
def team(counter: Counter) -> Team:
    return counter.team


# -- mentions ----------------------------------------------------------------------------------------------------------


def test_a_mention_is_kept_when_it_is_acknowledged_and_answered_once(counter: Counter, team: Team) -> None:
    where = team.thread()
    counter.mention("1001", within=where.ts)
    assert team.posted() == []
    assert team.states() == ["due"]
    for minute in range(3):
        team.send(at=minute)
    assert len(team.posted(where)) == 1
    assert "1001" in team.posted(where)[0].words
    assert team.states() == ["sent"]


def test_an_event_that_slack_repeats_is_one_question(counter: Counter, team: Team) -> None:
    first = counter.mention("1001")
    team.slack.again(first)
    team.send()
    team.slack.again(first, retry=2)
    team.send(at=1)
    assert len(counter.in_support()) == 1


def test_a_process_that_dies_with_the_answer_in_its_hands_loses_none(counter: Counter, team: Team) -> None:
    counter.mention("1001")
    counter.die_with_the_message_in_hands()
    counter.restart()
    team.send()
    assert counter.in_support() == []
    team.send(at=1.1)
    team.send(at=3)
    assert len(counter.in_support()) == 1


def test_what_is_answered_is_the_present(counter: Counter, team: Team) -> None:
    counter.mention("1001")
    team.hear("in_transit", "out_for_delivery")
    team.send()
    (words,) = counter.in_support()
    assert "Out for delivery" in words


def test_an_answer_after_an_outage_comes_once_and_says_from_when_its_question_is(counter: Counter, team: Team) -> None:
    counter.mention("1001")
    team.slack.faults.is_down = True
    for minute in (0, 1, 5):
        team.send(at=minute)
    team.slack.faults.clear()
    for minute in (25, 26):
        team.send(at=minute)
    (words,) = counter.in_support()
    assert "25\u00a0min ago" in words
    assert "UPS" in words
    assert team.open_incidents() == []


def test_what_was_typed_is_let_go_of_once_it_was_answered(counter: Counter, team: Team) -> None:
    counter.mention("where is the parcel of ana@example.com?")
    assert "ana@" in str(counter.asked())
    team.send()
    assert "ana@" not in str(counter.asked())
    assert len(counter.asked()) == 1


def test_it_is_known_for_a_day_that_it_was_answered(counter: Counter, team: Team) -> None:
    counter.mention("1001")
    team.send()
    team.clock.past = 60 * 25
    counter.mention("1001")
    assert len(counter.asked()) == 1


def test_the_answer_is_in_the_language_of_whoever_asked(counter: Counter, team: Team) -> None:
    team.slack.workspace.people[AGENT] = replace(team.slack.workspace.people[AGENT], locale="pt-BR")
    counter.mention("1001")
    team.send()
    assert "Pedido" in counter.in_support()[0]


def test_a_stranger_is_refused_alone_in_the_channel(counter: Counter, team: Team) -> None:
    counter.mention("1001", user=STRANGER)
    team.send()
    (told,) = counter.alone(STRANGER)
    assert "1001" not in told.words
    assert counter.in_support() == []
    assert team.in_person(STRANGER) == []


def test_while_slack_does_not_say_who_asks_the_answer_waits(counter: Counter, team: Team) -> None:
    team.slack.faults.refuse("internal_error", "users.info")
    counter.mention("1001")
    team.send()
    assert (counter.alone(), counter.in_support()) == ([], [])
    team.slack.faults.clear()
    team.send(at=1)
    assert len(counter.in_support()) == 1


def test_who_slack_never_tells_us_about_is_told_so(counter: Counter, team: Team) -> None:
    team.slack.faults.refuse("internal_error", "users.info")
    counter.mention("1001")
    for minute in range(5):
        team.send(at=minute)
    (told,) = counter.alone()
    assert "who you are" in told.words


def test_what_stands_already_of_a_long_answer_is_not_said_again(counter: Counter, team: Team) -> None:
    where = team.thread()
    long = Spoken(Message("long", [shapes.section(f"line {number}") for number in range(120)]))
    question = Question(Way.MENTION, where, AGENT, "", "", team.clock.now(), words=long.as_words())
    questions.ask(team.desk, ("event", "1"), question)
    team.slack.faults.plan(Fault(), "chat.postMessage")
    team.slack.faults.refuse("internal_error", "chat.postMessage", calls=1)
    team.send()
    team.send(at=1)
    assert team.texts(where) == ["long (1/3)", "long (2/3)", "long (3/3)"]


def test_a_mention_where_the_app_was_removed_is_answered_in_person(counter: Counter, team: Team) -> None:
    counter.mention("1001")
    team.slack.workspace.rooms[SUPPORT].has_app = False
    team.send()
    (told,) = team.slack.posted(f"D{AGENT[1:]}")
    assert "UPS" in told.words
    assert "/invite" in told.words
    assert team.open_incidents() == []


def test_who_cannot_be_answered_anywhere_is_an_incident(counter: Counter, team: Team) -> None:
    counter.mention("1001")
    team.slack.faults.refuse("channel_not_found", "chat.postMessage")
    team.send()
    assert team.open_incidents() == ["dead_message"]
    assert "1001" not in str(counter.asked())


# -- what does something -----------------------------------------------------------------------------------------------


def test_what_does_something_is_done_at_once_and_once(counter: Counter, team: Team) -> None:
    team.slack.faults.refuse("internal_error", "chat.postMessage")
    answer = counter.mention("watch 1001")
    assert len(mine(team.desk, AGENT).watches) == 1
    team.send()
    team.slack.again(answer)
    team.slack.faults.clear()
    team.send(at=2)
    (words,) = counter.in_support()
    assert "is told there" in words


def test_mails_can_be_paused_while_slack_takes_no_answers(counter: Counter, team: Team) -> None:
    team.slack.faults.refuse("internal_error", "chat.postMessage")
    counter.mention("pause mail", user=LEAD)
    with team.database.read() as tx:
        assert store.channel(tx, "email")["paused_at"]


@pytest.mark.parametrize(("text", "said"), [("help", "/track"), ("why 1001", "1001"), ("list", ""), ("health", "")])
def test_what_only_reads_is_read_when_it_is_answered(counter: Counter, team: Team, text: str, said: str) -> None:
    counter.mention(text)
    assert [(row["text"].endswith(text), row["words"]) for row in counter.asked()] == [(True, "")]
    team.send()
    (words,) = counter.in_support()
    assert said in words


def test_what_was_asked_for_wrongly_is_said_in_the_thread(counter: Counter, team: Team) -> None:
    counter.mention("notice correios", user=LEAD)
    team.send()
    assert "/track notice correios" in counter.in_support()[0]


# -- the shortcut on a message -----------------------------------------------------------------------------------------


def pointed_at(team: Team, text: str, channel: str = SUPPORT) -> Answer:
    answer = team.slack.message_shortcut("track.message", team.slack.say(text, channel=channel))
    assert answer.status == 200
    return answer


def test_of_somebodys_message_only_what_may_name_an_order_is_kept(counter: Counter, team: Team) -> None:
    pointed_at(team, "Ana Souza, Rua das Flores, asks for 1001")
    assert [row["text"] for row in counter.asked()] == ["1001"]
    team.send()
    assert len(counter.in_support()) == 1


def test_the_same_message_pointed_at_twice_is_answered_once_and_the_second_is_led_there(
    counter: Counter, team: Team
) -> None:
    message = team.slack.say("1001 is late")
    for _time in range(2):
        answer = team.slack.message_shortcut("track.message", message)
        team.send()
    assert "already" in team.slack.reply_to(answer).words
    assert len(counter.in_support()) == 1
    team.clock.past = 10
    team.slack.message_shortcut("track.message", message)
    team.send()
    assert len(counter.in_support()) == 2


def test_a_second_look_at_a_message_without_an_order_is_a_new_one(counter: Counter, team: Team) -> None:
    message = team.slack.say("Good morning")
    for _time in range(2):
        answer = team.slack.message_shortcut("track.message", message)
        team.send()
        assert "no order" in team.slack.reply_to(answer).words


def test_the_address_of_an_answer_is_kept_until_it_was_used(counter: Counter, team: Team) -> None:
    with capture_logs() as logs:
        answer = pointed_at(team, "Good morning")
        assert answer.sent.response_token in str(counter.asked())
        team.send()
    assert "no order" in team.slack.reply_to(answer).words
    assert answer.sent.response_token not in f"{counter.asked()}{logs}"


def test_an_address_that_ran_out_is_let_go_of_and_the_answer_comes_in_person(counter: Counter, team: Team) -> None:
    answer = pointed_at(team, "Good morning")
    team.slack.faults.is_down = True
    team.send(at=1)
    team.send(at=29)
    assert answer.sent.response_token not in str(counter.asked())
    team.slack.faults.clear()
    team.send(at=40)
    (told,) = team.slack.posted(f"D{AGENT[1:]}")
    assert "no order" in told.words
    assert "40\u00a0min ago" in told.words


def test_an_address_that_slack_does_not_take_any_more_is_no_loss(counter: Counter, team: Team) -> None:
    answer = pointed_at(team, "Good morning")
    team.slack.workspace.response_urls[answer.sent.response_token].uses = 5
    team.send()
    assert len(team.in_person()) == 1


def test_where_the_app_is_not_the_card_comes_to_whoever_asked_alone(counter: Counter, team: Team) -> None:
    team.slack.workspace.room(ELSEWHERE).has_app = False
    answer = pointed_at(team, "1001 is late", ELSEWHERE)
    team.send()
    told = team.slack.reply_to(answer)
    assert ("UPS" in told.words, "/invite" in told.words) == (True, True)


# -- a question as text ------------------------------------------------------------------------------------------------


def test_a_question_does_not_show_its_address() -> None:
    question = Question(Way.SHOP, Thread(AGENT), AGENT, "", "1001", NOON, "https://hooks/secret")
    assert "secret" not in repr(question)


# -- the acknowledgement -----------------------------------------------------------------------------------------------


def test_a_mention_is_acknowledged_within_a_fraction_of_what_slack_allows(counter: Counter, team: Team) -> None:
    took = sorted(counter.mention("1001").took_s for _time in range(20))
    assert took[-2] < 0.5


def test_after_three_days_nobody_waits_for_an_answer(counter: Counter, team: Team) -> None:
    counter.mention("1001")
    team.clock.past = timedelta(days=3, minutes=1) / timedelta(minutes=1)
    team.add("1002", "1Z888")
    counter.mention("1002")
    team.send()
    (words,) = counter.in_support()
    assert "1002" in words
