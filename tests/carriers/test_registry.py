"""The folder is the registry."""

import pytest

from relay.carriers import all_carriers, carrier_named, read_answer, read_push
from relay.errors import BadSignature, NotFound
from relay.model import Action, Answer
from tests.carriers.samples import NOW, push


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
