"""What the app posts unasked, of whatever words carriers, shops and people wrote: it never pings, links or misleads."""

from dataclasses import replace

import pytest
from hypothesis import example, given, settings

from bot.blocks import news
from bot.values import Reader
from relay.desk.posts import Change, Contradiction, WatchLost, WatchNews
from relay.desk.watching import Thread
from relay.model import EventView, Kind, Status, Via
from tests.bot.test_hostile import HOSTILE, an_id, check
from tests.bot.told import NOW

READER = Reader("", locale="en", zone="America/Sao_Paulo")
LONGEST = ["x" * 5000, "<" * 5000, "&" * 5000, "\u202e" * 5000, "*_~` " * 1000, "\u05d0 " * 2000, "<!channel> " * 400]


def scan(text: str) -> EventView:
    return EventView(NOW, "", False, Status.IN_TRANSIT, text, text, text, "ups", Via.PUSH)


def change(text: str) -> Change:
    return Change(Kind.OUTBOUND, text, text, Status.PENDING, Status.IN_TRANSIT, NOW, scan(text), "")


def watched(text: str, changes: int = 12) -> WatchNews:
    return WatchNews(an_id(text), [change(text)] * changes, changes, text)


def contradiction(text: str) -> Contradiction:
    given = (Kind.OUTBOUND, text, text, text, Status.DELIVERED, Status.ATTEMPTED)
    return Contradiction(an_id(text), *given, still_stands=True, latest=scan(text))


def lost(text: str) -> WatchLost:
    return WatchLost(an_id(text), text, Thread(text, text), text)


def checked(text: str) -> None:
    for make in (watched, contradiction, lost):
        check(news.message(make(text), READER, NOW), news.message(make("harmless"), READER, NOW))
    corrected = replace(watched(text), changes=[replace(change(text), corrected_by=text)])
    plain = replace(watched("harmless"), changes=[replace(change("harmless"), corrected_by="harmless")])
    check(news.message(corrected, READER, NOW), news.message(plain, READER, NOW))


@settings(max_examples=60)
@given(text=HOSTILE)
@example(text="G\r")
@example(text="C")
def test_news_of_hostile_words_is_only_news(text: str) -> None:
    checked(text)


@pytest.mark.parametrize("text", LONGEST)
def test_the_longest_words_break_no_news(text: str) -> None:
    checked(text)
