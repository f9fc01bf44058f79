"""The team's list as it is drawn, whatever stands on it. Pure."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.blocks import team as blocks
from bot.values import Reader
from bot.words import states, steps
from relay.desk.facets import Trouble
from relay.desk.team import Item, Kind, TeamList
from relay.sandbox.slack import AGENT
from relay.shops.drift import REMEDIES
from tests.bot.limits import faults
from tests.conftest import NOON

AWKWARD = "<!channel> *bold* <https://evil.example|x> \u202egnp.exe " + "ü" * 5000


@pytest.mark.parametrize("locale", ["pt-BR", "es", "en"])
@pytest.mark.parametrize("each", [1, 6, 200])
def test_a_list_of_any_length_and_any_words_fits_one_message(locale: str, each: int) -> None:
    items = [
        Item(
            f"{kind}/{number}",
            kind,
            f"{number}{AWKWARD}",
            AWKWARD,
            NOON - timedelta(days=number),
            AWKWARD,
            Trouble("new", AWKWARD, AWKWARD) if kind is Kind.INCIDENT else None,
        )
        for kind in Kind
        for number in range(each)
    ]
    message = blocks.team(TeamList(items), Reader(AGENT, locale=locale), NOON)
    assert not faults(message)
    assert "<!channel>" not in str(message.blocks)
    assert "<https" not in str(message.blocks)


def test_of_who_looks_after_them_is_said_what_is_so() -> None:
    items = [Item(f"given_up/{number}", Kind.GIVEN_UP, f"{number}", "UPS", NOON) for number in range(3)]

    def summary(taken: int) -> str:
        shown = [replace(item, taken_by=AGENT) for item in items[:taken]] + items[taken:]
        return blocks.team(TeamList(shown), Reader(AGENT, locale="en"), NOON).text

    assert [summary(taken) for taken in range(4)] == [
        "3 things to look at, nobody on any of them.",
        "3 things to look at, 2 of them taken by nobody.",
        "3 things to look at, 1 of them taken by nobody.",
        "3 things to look at, all taken.",
    ]


def test_every_reason_why_a_shop_differs_has_words_and_a_remedy() -> None:
    assert states.DRIFTS.keys() == steps.OF_DRIFT.keys() == REMEDIES.keys()


def test_incidents_have_words_in_the_readers_language_where_there_are_any() -> None:
    failing = Trouble("ask_failing", "DHL gives no answer", "Wait", {"carrier": "DHL", "failure": "timeout"})
    known = Item("incident/1", Kind.INCIDENT, "", failing.title, NOON, trouble=failing)
    other = Item("incident/2", Kind.INCIDENT, "", "Something new", NOON, trouble=Trouble("new", "Something new"))
    drawn = str(blocks.team(TeamList([known, other]), Reader(AGENT, locale="pt-BR"), NOON).blocks)
    assert "DHL não dá resposta" in drawn
    assert "Something new" in drawn
