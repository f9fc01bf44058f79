"""What the bot says: in every catalogue, with the same places to fill; times as people say them."""

import ast
import re
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from bot.values import Reader
from bot.words import moments, say
from tests.conftest import NOON

ROOT = Path(__file__).parents[2] / "bot"
CATALOGUES = ["pt_BR", "es"]
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?.")
SAO_PAULO = Reader("U1", locale="en", zone="America/Sao_Paulo")


@cache
def marked_texts() -> frozenset[str]:
    """Every text given to ``_``, by the syntax of the code: a text that is built cannot be translated."""
    found = [call for path in ROOT.rglob("*.py") for call in ast.walk(ast.parse(path.read_text())) if is_mark(call)]
    return frozenset(text_of(call) for call in found)


def is_mark(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_"


def text_of(call: ast.AST) -> str:
    assert isinstance(call, ast.Call)
    assert isinstance(call.args[0], ast.Constant), f"line {call.lineno}: only a literal can be translated"
    return str(call.args[0].value)


@cache
def catalogue(name: str) -> Catalog:
    with (ROOT / "words" / "locale" / name / "LC_MESSAGES" / "bot.po").open("rb") as handle:
        return read_po(handle, locale=name, abort_invalid=True)


def translations(name: str) -> dict[str, str]:
    return {str(message.id): str(message.string) for message in catalogue(name) if message.id and not message.fuzzy}


def test_texts_are_found_in_functions_in_tables_and_in_strings_with_places() -> None:
    assert {"just now", "delivered", "Next step"} <= marked_texts()


@pytest.mark.parametrize("name", CATALOGUES)
def test_every_text_is_translated(name: str) -> None:
    translated = {text for text, words in translations(name).items() if words.strip()}
    assert sorted(marked_texts() - translated) == []


@pytest.mark.parametrize("name", CATALOGUES)
def test_no_catalogue_keeps_a_text_that_nobody_uses(name: str) -> None:
    assert sorted(translations(name).keys() - marked_texts()) == []


@pytest.mark.parametrize("name", CATALOGUES)
def test_a_translation_has_the_places_of_its_text(name: str) -> None:
    differing = {
        text: words
        for text, words in translations(name).items()
        if sorted(PLACEHOLDER.findall(text)) != sorted(PLACEHOLDER.findall(words))
    }
    assert differing == {}


@pytest.mark.parametrize("name", CATALOGUES)
def test_a_translation_ends_and_is_marked_up_as_its_text_is(name: str) -> None:
    """A sentence stays a sentence, bold stays bold, code stays code."""
    differing = {
        text: words
        for text, words in translations(name).items()
        if text.rstrip("”)").endswith((".", "?", ":")) != words.rstrip("”)").endswith((".", "?", ":"))
        or any(text.count(sign) != words.count(sign) for sign in "*`<>")
        or words != words.strip()
    }
    assert differing == {}


@pytest.mark.parametrize("name", CATALOGUES)
def test_a_button_that_is_spoken_of_bears_that_name(name: str) -> None:
    """What a text quotes of another text is quoted in its translation as that is translated."""
    known = translations(name)
    quoted = [
        (words, known[label])
        for text, words in known.items()
        for label in re.findall("“([^”%]+)”", text)
        if label in known
    ]
    assert quoted
    assert [pair for pair in quoted if pair[1] not in pair[0]] == []


def test_an_unknown_language_is_served_in_english_and_a_relative_in_its_own() -> None:
    assert say("fi")("yesterday") == "yesterday"
    assert say("pt-PT")("yesterday") == "ontem"
    assert say("es-MX")("yesterday") == "ayer"


# -- times -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("passed", "said"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=59), "59\u00a0min ago"),
        (timedelta(hours=23, minutes=59), "23\u00a0h ago"),
        (timedelta(hours=25), "yesterday"),
        (timedelta(hours=40), "2\u00a0days ago"),
        (timedelta(days=14), "14\u00a0days ago"),
        (timedelta(days=400), "on Jan 26, 2025"),
        (timedelta(minutes=-5), "Mar 2, 9:05 AM"),
    ],
)
def test_how_long_ago_something_was_is_said_as_people_do(passed: timedelta, said: str) -> None:
    """Noon in London is nine in São Paulo; after a day, days are those of the reader's calendar."""
    assert moments.ago(NOON - passed, NOON, SAO_PAULO) == said


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (timedelta(minutes=-9), "now"),
        (timedelta(minutes=20), "in 20\u00a0min"),
        (timedelta(hours=5, minutes=59), "in 5\u00a0h"),
        (timedelta(days=2), "Mar 4, 9:00 AM"),
    ],
)
def test_what_is_to_come_is_said_as_people_do(left: timedelta, said: str) -> None:
    assert moments.ahead(NOON + left, NOON, SAO_PAULO) == said


def test_a_day_near_today_has_a_name_and_a_far_one_a_year() -> None:
    today = NOON.date()
    near = [moments.day(today + timedelta(days=days), today, SAO_PAULO) for days in (-1, 0, 1, 9, 100)]
    assert near == ["yesterday", "today", "tomorrow", "Wed, Mar 11", "Jun 10, 2026"]


def test_a_moment_is_told_on_the_readers_clock_and_in_the_readers_language() -> None:
    at = datetime.fromisoformat("2026-03-12T01:30:00+00:00")
    readers = [("en", "UTC"), ("pt-BR", "America/Sao_Paulo"), ("es", "Europe/Madrid")]
    told = [moments.moment(at, at, Reader("U1", locale=locale, zone=zone)) for locale, zone in readers]
    assert told == ["Mar 12, 1:30 AM", "11 de mar., 22:30", "12 mar, 2:30"]
