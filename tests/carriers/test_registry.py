"""The folder is the registry."""

from pathlib import Path

import pytest

from relay.carriers import all_carriers, carrier_named, read_answer, read_push
from relay.desk.accounts import setting_of
from relay.errors import BadSignature, NotFound
from relay.model import Action, Answer
from tests.carriers.samples import NOW, push

ROOT = Path(__file__).parents[2]


def test_adapters_are_found_by_their_slug_and_tools_are_not() -> None:
    assert {"easypost", "ups", "17track", "standard"} <= all_carriers().keys()
    assert not [slug for slug in all_carriers() if slug.startswith("_")]
    assert carrier_named("17track").label == "17TRACK"


def test_an_unknown_slug_is_answered_with_the_known_ones() -> None:
    with pytest.raises(NotFound, match=r"Known: .*easypost"):
        carrier_named("owl-post")


def test_who_does_not_push_believes_no_push() -> None:
    carrier = carrier_named("correios")
    assert not carrier.pushes
    with pytest.raises(BadSignature):
        carrier.verify(push(carrier, b"{}", {}, "token"), "token")
    assert read_push(carrier, b"{}").action is Action.UNREADABLE


def test_who_cannot_be_asked_says_so() -> None:
    with pytest.raises(NotFound, match="cannot be asked"):
        read_answer(carrier_named("standard"), Answer(200, b"{}", NOW))


@pytest.mark.parametrize("file", [".env.example", "docs/carriers.md"])
def test_every_setting_that_an_account_asks_with_is_written_down(file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    asks = {slug: carrier.asks for slug, carrier in all_carriers().items() if carrier.asks}
    names = {setting_of(slug, name) for slug, one in asks.items() for name in (*one.needs, *one.or_needs)}
    assert not {name for name in names if name not in text}
