"""The team's list as it is drawn, whatever stands on it. Pure."""

from datetime import timedelta

import pytest

from bot.blocks import team as blocks
from bot.values import Reader
from relay.desk.team import Item, Kind, TeamList
from relay.sandbox.slack import AGENT
from tests.bot.limits import faults
from tests.conftest import NOON

AWKWARD = "<!channel> *bold* <https://evil.example|x> \u202egnp.exe " + "ü" * 5000


@pytest.mark.parametrize("locale", ["pt-BR", "es", "en"])
@pytest.mark.parametrize("each", [1, 6, 200])
def test_a_list_of_any_length_and_any_words_fits_one_message(locale: str, each: int) -> None:
    items = [
        Item(f"{kind}/{number}", kind, f"{number}{AWKWARD}", AWKWARD, NOON - timedelta(days=number), AWKWARD)
        for kind in Kind
        for number in range(each)
    ]
    message = blocks.team(TeamList(items), Reader(AGENT, locale=locale), NOON)
    assert not faults(message)
    assert "<!channel>" not in str(message.blocks)
    assert "<https" not in str(message.blocks)


def test_incidents_have_words_in_the_readers_language_where_there_are_any() -> None:
    known = Item("incident/1", Kind.INCIDENT, "", "DHL gives no answer", NOON, cause="ask_failing", label="DHL")
    other = Item("incident/2", Kind.INCIDENT, "", "Something new", NOON, cause="new")
    drawn = str(blocks.team(TeamList([known, other]), Reader(AGENT, locale="pt-BR"), NOON).blocks)
    assert "DHL não dá resposta" in drawn
    assert "Something new" in drawn
