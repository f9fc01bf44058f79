"""Whatever carriers, shops and people wrote into an order: its card never pings, links, breaks or misleads."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import blocks
from bot.values import Message, Reader
from relay.database import Database
from relay.desk.card import Card
from relay.desk.facets import ParcelCard, Trouble
from relay.desk.find import Hit
from tests.bot import cards
from tests.bot.limits import as_json, faults
from tests.bot.test_outside import TEXTS, hidden_in
from tests.bot.told import NOW

AGENT = Reader("U0AGENT01", "T1", "en", "America/Sao_Paulo", may_correct=True)
#: What is long, or looks like markup, is drawn more often than chance would have it.
HOSTILE = st.one_of(
    TEXTS,
    st.sampled_from(
        ["<!channel>", "<@U0AGENT01>", "*x* _y_ ~z~ `c`", "a|b>c", "&lt;!here&gt;", "x" * 5000, "<" * 5000, "&" * 5000]
    ),
)
#: What may stand in angle brackets: the customer's page, and people that we name.
OWN = re.compile(r"<https://track\.shop\.example/t/[\w-]+\|[^<>|]*>|<@[UW][A-Z0-9]{2,20}>|<#[CG][A-Z0-9]{2,20}>")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    yield from cards.told_to(tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="module")
def known(told: Database) -> list[Card]:
    return [cards.read_card(told, kind) for kind in cards.KINDS]


def an_id(text: str) -> str:
    """As the doors take it: of characters that can be stored, and at most 500 bytes."""
    return text.encode(errors="ignore")[:500].decode(errors="ignore")


def spoilt(card: Card, text: str) -> Card:
    """The card with ``text`` wherever somebody else's words stand."""
    return replace(
        card,
        order_id=an_id(text),
        short_number=text,
        shop_shows=text,
        watchers=(text,),
        headline=replace(card.headline, place=text),
        headlines=tuple(replace(headline, place=text) for headline in card.headlines),
        incidents=tuple(replace(one, trouble=spoilt_trouble(one.trouble, text), owner=text) for one in card.incidents),
        notices=tuple(replace(one, text=text, by=text) for one in card.notices),
        parcels=tuple(spoilt_parcel(parcel, text) for parcel in card.parcels),
    )


def spoilt_trouble(trouble: Trouble, text: str) -> Trouble:
    """Its figures too; of a kind that is known, so that they are told."""
    figures = {name: text if isinstance(value, str) else value for name, value in trouble.figures.items()}
    return replace(trouble, title=text, remedy=text, figures=figures)


def spoilt_parcel(parcel: ParcelCard, text: str) -> ParcelCard:
    return replace(
        parcel,
        carrier_label=text,
        tracking_number=text or "1",
        asking=replace(parcel.asking, label=text, failure=text, remedy=text),
        held=replace(parcel.held, reason=text) if parcel.held else None,
        override=replace(parcel.override, reason=text, by=text) if parcel.override else None,
        shop=replace(parcel.shop, drift=text or "x") if parcel.shop else None,
        events=tuple(replace(event, place=text, description=text, code=text) for event in parcel.events),
    )


def texts_in(part: object) -> Iterator[tuple[str, str]]:
    """Each text object of the blocks: its kind, and what it says."""
    if isinstance(part, dict):
        if part.get("type") in {"mrkdwn", "plain_text"}:
            yield part["type"], part["text"]
        for inner in part.values():
            yield from texts_in(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from texts_in(inner)


def check(message: Message, like: Message) -> None:
    """Slack takes it, nothing in it acts but what is ours, and no more of it is bold than of ``like``."""
    assert faults(message) == []
    drawn = as_json(message.blocks)
    for kind, text in [("mrkdwn", message.text), *texts_in(drawn)]:
        assert not hidden_in(text.replace("\n", ""))
        assert not re.search(r"[<>]", OWN.sub("", text) if kind == "mrkdwn" else text)
    assert marks_in(message) == marks_in(like)


def marks_in(message: Message) -> list[int]:
    """How often each sign of Slack's markup stands where it is read as such, those inside a word apart."""
    read = "\n".join(text for kind, text in texts_in(as_json(message.blocks)) if kind == "mrkdwn") + message.text
    signs = re.sub(r"(?<=[^\W_])_(?=[^\W_])", "", OWN.sub("", read))
    return [signs.count(sign) for sign in "*_~`"]


@settings(max_examples=40)
@given(text=HOSTILE, which=st.integers(0, len(cards.KINDS) - 1))
def test_a_card_of_hostile_words_is_only_a_card(known: list[Card], text: str, which: int) -> None:
    card = known[which]
    check(blocks.card(spoilt(card, text), AGENT, NOW), blocks.card(spoilt(card, "harmless"), AGENT, NOW))


@pytest.mark.parametrize(
    "text", ["x" * 5000, "<" * 5000, "&" * 5000, "\u202e" * 5000, "*_~` " * 1000, "\u05d0 " * 2000]
)
def test_the_longest_words_break_no_card_of_any_kind(known: list[Card], text: str) -> None:
    for card in known:
        check(blocks.card(spoilt(card, text), AGENT, NOW), blocks.card(spoilt(card, "harmless"), AGENT, NOW))


@settings(max_examples=40)
@given(text=HOSTILE)
def test_answers_to_hostile_questions_are_only_answers(text: str) -> None:
    check(blocks.missed(text, (text,), (an_id(text),), AGENT), blocks.missed("x", ("x",), ("x",), AGENT))
    check(
        blocks.choices([Hit("default", an_id(text), (text,))], AGENT),
        blocks.choices([Hit("default", "x", ("x",))], AGENT),
    )
    check(blocks.note("%(what)s was done", AGENT, what=text), blocks.note("%(what)s was done", AGENT, what="x"))


@settings(max_examples=40)
@given(text=HOSTILE)
def test_a_reply_text_of_hostile_words_is_one_paragraph_a_parcel(known: list[Card], text: str) -> None:
    """It is pasted elsewhere: nothing in it is hidden, and nothing adds lines."""
    for card in known[:12]:
        told = blocks.reply_text(spoilt(card, text))
        assert hidden_in(told.replace("\n", "")) == set()
        assert len(told.splitlines()) <= 2 + len(card.parcels)
