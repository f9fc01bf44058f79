"""Every text that code and templates mark is in every catalogue, says the same, and nothing else is there."""

import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2] / "relay"
CATALOGUES = ["pt_BR", "es"]
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?.")


@cache
def used_texts() -> frozenset[str]:
    python = [path for room in ("mail", "web") for path in (ROOT / room).rglob("*.py")]
    templates = [path for path in ROOT.glob("*/templates/*") if path.suffix != ".css"]
    return frozenset(
        text
        for method, paths in (("python", python), ("jinja2.ext:babel_extract", templates))
        for path in paths
        for text in marked_texts(method, path)
    )


def marked_texts(method: str, path: Path) -> list[str]:
    """By Babel. ``silent`` would pass over a template that cannot be read, and all its texts."""
    with path.open("rb") as handle:
        found = extract(method, handle, keywords={"_": None}, options={"silent": "false"})
        return [str(text) for _, text, *_ in found]


@cache
def catalogue(name: str) -> Catalog:
    with (ROOT / "mail" / "locale" / name / "LC_MESSAGES" / "wismo.po").open("rb") as handle:
        return read_po(handle, locale=name, abort_invalid=True)


def translations(name: str) -> dict[str, str]:
    return {str(message.id): str(message.string) for message in catalogue(name) if message.id and not message.fuzzy}


def test_the_extraction_finds_texts_of_code_of_mails_and_of_pages() -> None:
    assert {"The parcel is on its way.", "Hello %(name)s,", "History"} <= used_texts()


@pytest.mark.parametrize("name", CATALOGUES)
def test_every_text_is_translated(name: str) -> None:
    translated = {text for text, words in translations(name).items() if words.strip()}
    assert not used_texts() - translated


@pytest.mark.parametrize("name", CATALOGUES)
def test_no_catalogue_keeps_a_text_that_nobody_uses(name: str) -> None:
    assert not translations(name).keys() - used_texts()


@pytest.mark.parametrize("name", CATALOGUES)
def test_a_translation_has_the_placeholders_of_its_text(name: str) -> None:
    differing = {
        text: words
        for text, words in translations(name).items()
        if sorted(PLACEHOLDER.findall(text)) != sorted(PLACEHOLDER.findall(words))
    }
    assert not differing


@pytest.mark.parametrize("name", CATALOGUES)
def test_a_translation_ends_as_its_text_does(name: str) -> None:
    """A sentence stays a sentence, a label a label; a greeting ends as the language greets."""
    differing = {
        text: words
        for text, words in translations(name).items()
        if text.endswith((".", "?")) != words.endswith((".", "?")) or words != words.strip()
    }
    assert not differing


@pytest.mark.parametrize("name", CATALOGUES)
def test_no_text_is_left_in_english(name: str) -> None:
    assert [text for text, words in translations(name).items() if text == words] == []
