"""What was looked at, kept in files: each of them in every language, as text to read and as Slack gets it.

Make all of them anew, then look at each, the pictures too:
`WISMO_GOLDEN=write pytest tests/bot/test_blocks.py tests/bot/test_golden_views.py tests/bot/test_pictures.py`
"""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypeVar

import orjson

from bot.values import Message, Reader
from tests.bot.aloud import aloud, aloud_view
from tests.bot.limits import as_json

GOLDEN: Final = Path(__file__).parent / "golden"
IS_WRITTEN: Final = os.environ.get("WISMO_GOLDEN") == "write"
LOCALES: Final = ("en", "pt-BR", "es")
BY_CHANCE: Final = {
    r"/t/[\w-]{16,}": "/t/token",
    r'(\\"w\\":\\")[\w-]+': r"\1watch",
    r'(\\"i\\":\\"\w+/)[\w-]+': r"\1item",
    r"(· `)[0-9a-f]{4,}`": r"\1note`",
    r'(\\"i\\":\\")[0-9a-f]{12}(?=\\")': r"\1incident",
}
Made = TypeVar("Made")
AGENT: Final = Reader("U0AGENT01", "T1", "en", "America/Sao_Paulo", may_correct=True)


def in_every_language(make: Callable[[Reader], Made]) -> dict[str, Made]:
    return {locale: make(replace(AGENT, locale=locale)) for locale in LOCALES}


def compare(name: str, shown: str) -> None:
    path = GOLDEN / name
    if IS_WRITTEN:
        path.parent.mkdir(exist_ok=True)
        path.write_text(shown)
    assert shown == path.read_text()


def settled(text: str) -> str:
    """Without what is made by chance: a page's token, ids of watches, notes, incidents, of what stands on a list."""
    for pattern, instead in BY_CHANCE.items():
        text = re.sub(pattern, instead, text)
    return text


def compare_all(name: str, messages: Mapping[str, Message]) -> None:
    drawn = {locale: {"text": one.text, "blocks": as_json(one.blocks)} for locale, one in messages.items()}
    _compare_both(name, {locale: aloud(one) for locale, one in messages.items()}, drawn)


def compare_views(name: str, views: Mapping[str, Mapping[str, Any]]) -> None:
    _compare_both(name, {locale: aloud_view(view) for locale, view in views.items()}, views)


def _compare_both(name: str, read: Mapping[str, str], drawn: Mapping[str, object]) -> None:
    compare(f"{name}.txt", settled("\n".join(f"=== {locale}\n{text}" for locale, text in read.items())))
    compare(f"{name}.json", settled(orjson.dumps(drawn, option=orjson.OPT_INDENT_2).decode()) + "\n")
