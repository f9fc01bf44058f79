"""Mails that are held, and whom we did not tell, in Slack: shown, decided once, by who may."""

import json
from datetime import timedelta
from typing import Any

import pytest

from bot.blocks import brake as brake_blocks
from bot.blocks import untold as untold_blocks
from bot.blocks.pages import BLOCKS
from bot.values import Reader
from relay.database import Database
from relay.desk import care
from relay.desk.untold import Untold, UntoldList, untold_list
from relay.intake import Policy
from relay.model import Because, Status
from relay.outbox.times import Times
from relay.sandbox.slack import AGENT, LEAD, OPS, Answer, Person, Posted
from tests.bot.conftest import Office, OpenOffice
from tests.bot.limits import faults
from tests.bot.pressing import forged
from tests.brake.mailing import Shop
from tests.conftest import NOON

MAIL = {"live": "yes", "mail_url": "smtp://mail.example:25", "mail_from": "shop@example.com", "customer_mail": "wismo"}


@pytest.fixture
def office(open_office: OpenOffice, sqlite: Database) -> Office:
    made = open_office(sqlite, slack_ops_channel=OPS, locale="en", mail_brake="5", **MAIL)
    made.slack.workspace.people |= {AGENT: Person(AGENT, "agent"), LEAD: Person(LEAD, "lead")}
    return made


@pytest.fixture
def shop(office: Office, policy: Policy) -> Shop:
    """Two of its seven mails are held."""
    made = Shop(office.desk.database, policy, office.desk.settings)
    made.ship(7)
    made.send()
    assert len(made.held()) == 2
    return made


@pytest.fixture
def told(office: Office, shop: Shop) -> Posted:
    """The incident's message."""
    Times(office.desk, "a process", lambda: shop.now).round()
    return office.slack.wait_for(lambda: next(iter(office.slack.posted(OPS)), None))


def answered(office: Office, answer: Answer) -> str:
    assert (answer.status, answer.refused) == (200, "")
    return office.slack.reply_to(answer).words


def card(office: Office, line: str, user: str = LEAD) -> Posted:
    answer = office.slack.command(line, user=user)
    assert answer.message is not None, answer.body
    return answer.message


def decided(shop: Shop) -> list[tuple[str, str, str]]:
    return sorted(row for row in shop.audit() if row[1].startswith(("brake", "untold")))


def buttons(posted: Posted) -> dict[str, Any]:
    return {
        element["action_id"]: element
        for block in posted.blocks
        for element in [*block.get("elements", ()), *([block["accessory"]] if "accessory" in block else [])]
        if "action_id" in element
    }


def test_the_incident_says_the_limit_and_its_buttons_ask_with_the_count(told: Posted) -> None:
    assert "Mail number 6 of this hour is held" in told.words
    assert "Mails that are held: 2" in told.words
    for action in (brake_blocks.SEND, brake_blocks.DROP):
        assert buttons(told)[action]["confirm"]["text"]["text"].startswith("2 mails")


@pytest.mark.parametrize(
    ("action", "words", "left"),
    [(brake_blocks.SEND, "2 mails leave now", 7), (brake_blocks.DROP, "2 mails will not", 5)],
)
def test_who_may_correct_decides_once_and_others_never(
    office: Office, shop: Shop, told: Posted, action: str, words: str, left: int
) -> None:
    assert f"<@{LEAD}>" in answered(office, office.slack.press(told, action, user=AGENT))
    assert words in answered(office, office.slack.press(told, action, user=LEAD))
    assert "No mail is held any more" in answered(office, office.slack.press(told, action, user=LEAD))
    shop.send()
    assert (len(shop.server.taken), shop.held()) == (left, [])
    word = action.replace(".", " ")
    assert decided(shop) == [(AGENT, word, "refused"), (LEAD, word, "done")]
    Times(office.desk, "a process", lambda: shop.now).round()
    office.slack.wait_for(lambda: "Over" in told.words and action not in buttons(told))


def test_more_than_were_confirmed_are_not_decided_but_shown_anew(office: Office, shop: Shop, told: Posted) -> None:
    shop.ship(3)
    shop.send()
    answer = office.slack.press(told, brake_blocks.SEND, user=LEAD)
    fresh = office.slack.reply_to(answer)
    assert "Mails that are held: 5" in fresh.words
    assert len(shop.held()) == 5
    assert "5 mails leave now" in answered(office, office.slack.press(fresh, brake_blocks.SEND, user=LEAD))


@pytest.mark.parametrize("value", ["", "{}", "[]", "x", json.dumps({"i": "another", "n": 99})])
def test_a_button_of_another_wave_or_version_decides_nothing(
    office: Office, shop: Shop, told: Posted, value: str
) -> None:
    answer = office.slack.press(forged(told, value, brake_blocks.SEND), brake_blocks.SEND, user=LEAD)
    assert "Mails that are held: 2" in answered(office, answer)
    assert (len(shop.held()), decided(shop)) == (2, [])


def test_the_command_shows_and_decides(office: Office, shop: Shop) -> None:
    shown = card(office, "/track brake", user=AGENT)
    assert "Mails that are held: 2. Left in the last hour: 5, at most 5 may." in shown.words
    assert all(order in shown.words for order in shop.held())
    assert f"<@{LEAD}>" in card(office, "/track brake send", user=AGENT).words
    assert "2 mails will not leave" in card(office, "/track brake drop").words
    assert "No mail is held any more" in card(office, "/track brake send").words
    assert "No mail is held." in card(office, "/track brake").words
    assert decided(shop) == [(AGENT, "brake send", "refused"), (LEAD, "brake drop", "done")]


def test_health_and_card_say_that_it_is_held(office: Office, shop: Shop) -> None:
    assert "/track brake" in card(office, "/track health").words
    assert "held by the brake" in card(office, f"/track {shop.held()[0]}").words


def test_a_pause_is_shown_with_who_and_when_and_what_waits(office: Office, shop: Shop) -> None:
    care.pause(office.desk, "all", LEAD, NOON - timedelta(hours=3))
    words = card(office, "/track health").words
    assert f"Paused: e-mail, by <@{LEAD}> 3\N{NO-BREAK SPACE}h ago" in words
    assert f"Paused: shop, by <@{LEAD}>" in words
    assert "Messages set aside, which stay untold: 2" in words
    care.resume(office.desk, "all", LEAD, shop.now)
    assert "Paused" not in card(office, "/track health").words


# -- whom we did not tell ----------------------------------------------------------------------------------------------


@pytest.fixture
def dropped(shop: Shop) -> list[str]:
    """Two orders that were not told."""
    held = shop.held()
    care.pause(shop.desk, "mail", "ana", shop.now)
    return held


def test_anybody_of_the_team_settles_an_entry_and_the_list_is_drawn_anew(
    office: Office, shop: Shop, dropped: list[str]
) -> None:
    shown = card(office, "/track untold", user=AGENT)
    assert "News that customers were not told: 2" in shown.words
    assert "mails were paused" in shown.words
    assert all(order in shown.words for order in dropped)
    assert office.slack.press(shown, untold_blocks.DONE, user=AGENT).refused == ""
    office.slack.wait_for(lambda: untold_list(office.desk, 9).count == 1)
    office.slack.wait_for(lambda: "not told: 1" in shown.words)
    assert decided(shop) == [(AGENT, "untold done", "done")]


def test_orders_are_settled_by_name_and_all_by_who_may_correct(office: Office, shop: Shop, dropped: list[str]) -> None:
    assert "Taken from the list: 1" in card(office, f"/track untold done {dropped[0]}", user=AGENT).words
    assert "not on the list" in card(office, f"/track untold done {dropped[0]}", user=AGENT).words
    assert f"<@{LEAD}>" in card(office, "/track untold done all", user=AGENT).words
    assert "Taken from the list: 1" in card(office, "/track untold done all").words
    assert "Every customer was told" in card(office, "/track untold").words
    assert shop.open("untold") == []


def test_a_stranger_settles_nothing(office: Office, shop: Shop, dropped: list[str]) -> None:
    shown = card(office, "/track untold")
    office.slack.workspace.people["U000GUEST"] = Person("U000GUEST", "eve", team_id="T0OTHER01")
    assert "own workspace" in answered(office, office.slack.press(shown, untold_blocks.DONE, user="U000GUEST"))
    assert untold_list(office.desk, 9).count == len(dropped)
    assert decided(shop) == []


def entry(number: int, awkward: str = "") -> Untold:
    because = list(Because)[number % 4]
    at = NOON - timedelta(days=number % 9)
    shown = Status.DELIVERED if number % 2 else Status.IN_TRANSIT
    return Untold(
        f"s{number}", f"{number}{awkward}", f"1Z{awkward}", f"UPS{awkward}", Status.IN_TRANSIT, shown, because, at
    )


@pytest.mark.parametrize("locale", ["pt-BR", "es", "en"])
@pytest.mark.parametrize("awkward", ["", "<!channel> *b* \u202e" + "ü" * 5000])
def test_a_list_of_any_length_fits_one_message(locale: str, awkward: str) -> None:
    entries = [entry(number, awkward) for number in range(untold_blocks.SHOWN)]
    message = untold_blocks.untold(UntoldList(4321, entries), Reader(AGENT, locale=locale), NOON)
    assert not faults(message)
    assert len(message.blocks) <= BLOCKS
    assert "4301" in str(message.blocks)
    assert "<!channel>" not in str(message.blocks)
