"""Whatever goes wrong with a press, whoever pressed is told: a window that is gone, Home that cannot be drawn."""

import re
from importlib import import_module

import pytest

from bot.values import Message
from relay.sandbox.slack import AGENT, LEAD, PretendSlack
from tests.bot.conftest import NUMBER, Office
from tests.bot.limits import faults
from tests.bot.pressing import card_of, read_english
from tests.conftest import fact
from tests.intake.steps import told


@pytest.fixture(autouse=True)
def _lead_reads_english(slack: PretendSlack) -> None:
    read_english(slack)


def in_person(slack: PretendSlack, user: str) -> str:
    """What the app wrote to somebody in their own conversation with it."""
    return slack.wait_for(lambda: next(iter(slack.posted(f"D{user[1:]}")), None)).text


def test_a_choice_in_a_window_that_was_closed_meanwhile_is_answered_in_person(office: Office) -> None:
    office.slack.press(card_of(office), "card.override", user=LEAD)
    window = office.slack.wait_for_modal(LEAD)
    office.slack.close(window)
    assert not office.slack.choose(window, "override.status", "exception", user=LEAD).refused
    assert "This window was closed meanwhile" in in_person(office.slack, LEAD)


@pytest.mark.parametrize(
    ("error", "words"), [("ratelimited", "go slower"), ("expired_trigger_id", "longer than Slack waits")]
)
def test_a_search_on_home_that_slack_does_not_show_is_answered_in_person(
    office: Office, error: str, words: str
) -> None:
    office.slack.opens_home(AGENT)
    home = office.slack.wait_for(lambda: office.slack.home(AGENT))
    office.slack.faults.refuse(error, "views.open")
    assert not office.slack.type_into(home, "home.search", "1001").refused
    assert words in in_person(office.slack, AGENT)


def test_an_old_button_on_home_is_answered_in_person(office: Office) -> None:
    office.slack.opens_home(AGENT)
    home = office.slack.wait_for(lambda: office.slack.home(AGENT))
    button = {"type": "button", "action_id": "of.old", "text": {"type": "plain_text", "text": "x"}}
    home.shown["blocks"] = [{"type": "actions", "block_id": "b", "elements": [button]}]
    assert not office.slack.press(home, "of.old").refused
    assert "/track" in in_person(office.slack, AGENT)


def test_nothing_is_refused_to_somebody_without_the_right_in_silence(office: Office) -> None:
    """Each sub-word that needs it names who has it; what was tried changes nothing."""
    for line in ("override 1001", "pause mail", "resume mail", "notice ups Strike until 2026-12-24"):
        answer = office.slack.command(f"/track {line}")
        assert answer.message, line
        assert f"<@{LEAD}>" in answer.message.words
        assert "may not correct" in answer.message.words
    assert office.slack.modal(AGENT) is None


def test_a_long_history_is_told_as_far_as_one_message_takes_it(office: Office) -> None:
    facts = [fact("in_transit", hours / 60 - 20, place=f"Depot {hours} " + "<&*" * 60) for hours in range(600)]
    told(office.desk.database, office.desk.policy, *facts, number=NUMBER)
    answer = office.slack.command("/track why 1001")
    assert not answer.refused
    assert answer.message
    assert faults(Message(answer.message.text, answer.message.blocks)) == []
    assert "Older ones: 592" in answer.message.words


def test_what_is_too_long_for_one_message_comes_in_several_that_are_numbered(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first is the answer itself, the others follow; Slack takes five of them."""
    monkeypatch.setattr(import_module("bot.blocks.pages"), "BLOCKS", 8)
    for place in range(2, 21):
        office.add(f"{1000 + place}", f"1Z204W4R03080719{place:02}")
    answer = office.slack.command("/track " + " ".join(f"{1000 + place}" for place in range(1, 21)))
    link = office.slack.workspace.response_urls[answer.sent.response_token]
    shown = office.slack.wait_for(lambda: link.answered if len(link.answered) == 3 else None)
    shown = sorted(shown, key=lambda one: one.text)
    assert [one.text[-5:] for one in shown] == ["(1/3)", "(2/3)", "(3/3)"]
    assert [one.via for one in shown] == ["ack", "response_url", "response_url"]
    assert {one.only_for for one in shown} == {AGENT}
    numbers = re.findall(r"Order (\d+)", "\n".join(one.words for one in shown))
    assert list(dict.fromkeys(numbers)) == [f"{1000 + place}" for place in range(1, 21)]
