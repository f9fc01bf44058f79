"""Cards of every kind, from a real database: what they say, what they offer, and that Slack takes them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import orjson
import pytest

from bot import blocks
from bot.blocks import shapes
from bot.values import Message, Reader
from bot.words import outside
from relay.database import Database
from relay.desk import correct
from relay.desk.effects import Effect, Effects, Leaves
from relay.desk.facets import Trouble
from relay.desk.find import Hit
from relay.desk.health import Health, health
from relay.desk.undo import Outcome, Undone
from relay.desk.wanted import WantedOverride
from relay.desk.why import why_json
from relay.model import Kind, Override, Status
from relay.sandbox.slack.reading import elements_of, options_of
from tests.bot import cards
from tests.bot.aloud import aloud
from tests.bot.limits import as_json, faults
from tests.bot.looked_at import AGENT, GOLDEN, LOCALES, compare, compare_all, in_every_language, settled
from tests.bot.told import NOW, SETTINGS, desk_of

OTHER = replace(AGENT, may_correct=False)
ACTIONS = {"card.reply", "card.check", "card.override", "card.more", "card.undo", "held.arrived", "held.not_arrived"}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    yield from cards.told_to(tmp_path_factory.mktemp("cards"))


def card_in(database: Database, kind: str, reader: Reader = AGENT) -> Message:
    return blocks.card(cards.read_card(database, kind), reader, NOW)


# -- as they were looked at --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", cards.KINDS)
def test_a_card_reads_as_it_was_looked_at(told: Database, kind: str) -> None:
    card = cards.read_card(told, kind)
    compare_all(kind, in_every_language(lambda reader: blocks.card(card, reader, NOW)))


def test_the_reply_texts_read_as_they_were_looked_at(told: Database) -> None:
    lines = []
    for kind in cards.KINDS:
        card = cards.read_card(told, kind)
        for locale in LOCALES:
            lines += [f"=== {kind}, {locale}", blocks.reply_text(replace(card, customer_locale=locale)), ""]
    compare("replies.txt", settled("\n".join(lines)))


def test_the_other_answers_read_as_they_were_looked_at(told: Database) -> None:
    hits = [Hit("default", "1001", ("email",)), Hit("default", "1002", ("email", "number"))]
    delivered = cards.read_card(told, "delivered")
    with told.read() as tx:
        why = why_json(tx, SETTINGS, "default", cards.order_of("held"))
    made: dict[str, Callable[[Reader], Message]] = {
        "help": blocks.help,
        "choices": lambda reader: blocks.choices(hits, reader),
        "missed": lambda reader: blocks.missed("10010", (), ("1001", "1010"), reader),
        "missed_far": lambda reader: blocks.missed("what?", ("order", "number"), (), reader),
        "why": lambda reader: blocks.why(why, reader, NOW),
        "health": lambda reader: blocks.health(health(desk_of(told), NOW), reader, NOW),
        "health_mute": lambda reader: blocks.health(
            Health(is_well=False, broken=(Trouble("no_database", "no answer"),), detail={}), reader, NOW
        ),
        "not_received": lambda reader: blocks.not_received(delivered, reader),
        "reply": lambda reader: blocks.reply(delivered, reader),
    }
    for name, make in made.items():
        compare_all(name, in_every_language(make))


def test_an_override_is_shown_before_and_after_as_it_was_looked_at(told: Database) -> None:
    reason = "customer confirmed by phone"
    wanted = WantedOverride("delivered", reason, "U0AGENT01", until="lifted", tell=True, key="looked at")
    seen = correct.preview(desk_of(told), cards.order_of("on_its_way"), wanted, None, NOW)
    made = {
        "preview": lambda reader: Message("What will happen", tuple(blocks.preview(seen, reader, NOW))),
        "confirmation": lambda reader: blocks.confirmation(seen, reader, NOW),
    }
    for name, make in made.items():
        compare_all(name, in_every_language(make))


CORRECTED: Final = Override("set/1", Status.DELIVERED, "seen by the neighbour", "U0AGENT02", NOW, "carrier", tell=True)
CAME: Final = Undone(Outcome.DONE, "2001", "parcel", Kind.OUTBOUND, CORRECTED, Status.IN_TRANSIT)
FOLLOWS: Final = Effects(
    Effect(Leaves.YES, status=Status.OUT_FOR_DELIVERY, at=NOW + timedelta(minutes=2)), Effect(Leaves.NOT_ASKED)
)
ENDED: Final = replace(CAME, outcome=Outcome.ENDED)
#: What may come of the wish to take a correction back.
UNDONE: Final[Mapping[str, Undone]] = {
    "undone": replace(CAME, mails_withdrawn=1, writing_withdrawn=True),
    "undone_though_told": replace(CAME, mail_left=True, shop_left=True, follows=FOLLOWS),
    "undone_too_late": replace(CAME, outcome=Outcome.LEFT, mail_left=True),
    "undone_too_late_for_both": replace(CAME, outcome=Outcome.LEFT, mail_left=True, shop_left=True),
    "undone_too_late_for_the_shop": replace(CAME, outcome=Outcome.LEFT, shop_left=True),
    "undone_before": replace(ENDED, ended_because="lifted by U0AGENT02"),
    "undone_by_a_newer_one": replace(ENDED, ended_because="replaced by a newer override"),
    "undone_by_its_end": replace(ENDED, ended_because="its time was over"),
    "undone_by_the_carrier": replace(ENDED, ended_because="the carrier said returning"),
}


@pytest.mark.parametrize("name", UNDONE)
def test_what_came_of_an_undoing_reads_as_it_was_looked_at(name: str) -> None:
    messages = in_every_language(lambda reader: blocks.undone(UNDONE[name], reader, NOW))
    assert [faults(message) for message in messages.values()] == [[]] * len(LOCALES)
    compare_all(name, messages)


def test_every_golden_file_is_still_asked_for() -> None:
    others = {
        *UNDONE,
        "preview",
        "confirmation",
        "replies",
        "help",
        "choices",
        "missed",
        "missed_far",
        "why",
        "health",
        "health_mute",
        "not_received",
        "reply",
    }
    assert {path.stem for path in GOLDEN.glob("*.*")} == set(cards.KINDS) | others


# -- what holds for all ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", cards.KINDS)
def test_slack_takes_every_card_in_one_message(told: Database, kind: str) -> None:
    for locale in LOCALES:
        for reader in (replace(AGENT, locale=locale), replace(OTHER, locale=locale)):
            message = card_in(told, kind, reader)
            assert faults(message) == []
            assert blocks.pages(message) == [message]


@pytest.mark.parametrize("kind", cards.KINDS)
def test_the_text_beside_the_blocks_is_the_first_sentence(told: Database, kind: str) -> None:
    for locale in LOCALES:
        message = card_in(told, kind, replace(AGENT, locale=locale))
        first = message.blocks[0]
        assert first["type"] == "header"
        assert message.text == outside.mrkdwn(first["text"]["text"])
        assert len(first["text"]["text"]) <= shapes.HEADER


@pytest.mark.parametrize("kind", cards.KINDS)
def test_a_button_says_what_was_seen_and_stands_where_it_is_looked_for(told: Database, kind: str) -> None:
    card = cards.read_card(told, kind)
    revisions = {parcel.shipment_id: parcel.revision for parcel in card.parcels}
    for block, element in elements_of(as_json(blocks.card(card, AGENT, NOW).blocks)):
        assert element["action_id"] in ACTIONS
        seen = orjson.loads(element.get("value") or block["block_id"])
        assert seen["o"] == card.order_id
        assert seen["v"] == (revisions[seen["s"]] if seen["s"] else None)
        assert orjson.loads(block["block_id"]) == seen


@pytest.mark.parametrize("kind", cards.KINDS)
def test_who_may_not_correct_is_offered_nothing_that_corrects(told: Database, kind: str) -> None:
    offered = offers(card_in(told, kind, OTHER))
    assert not offered & {"card.override", "card.undo", "held.arrived", "held.not_arrived", "correct"}


def offers(message: Message) -> set[str]:
    """What can be pressed, and what can be chosen."""
    elements = [element for _, element in elements_of(as_json(message.blocks))]
    return {element["action_id"] for element in elements} | {
        option["value"] for element in elements if element["type"] == "overflow" for option in options_of(element)
    }


@pytest.mark.parametrize(
    ("kind", "offered", "not_offered"),
    [
        ("held", {"held.arrived", "held.not_arrived", "card.check"}, {"card.undo", "missing"}),
        ("overridden", {"card.undo", "missing"}, {"held.arrived", "watch"}),
        ("delivered", {"missing", "page", "share"}, {"watch", "card.undo"}),
        ("on_its_way", {"watch", "card.check", "correct", "page"}, {"missing", "held.arrived"}),
        ("nobody", {"correct", "card.override"}, {"card.check"}),
        ("not_shipped", {"card.reply", "watch", "page"}, {"card.check", "card.override", "correct", "why"}),
        ("cancelled", {"card.reply"}, {"watch", "card.check", "card.override"}),
        ("two_parcels", {"card.override", "missing", "why", "watch"}, {"held.arrived"}),
    ],
)
def test_only_what_does_something_now_is_offered(
    told: Database, kind: str, offered: set[str], not_offered: set[str]
) -> None:
    found = offers(card_in(told, kind))
    assert offered <= found
    assert not found & not_offered


def test_of_many_parcels_the_weightiest_stand_in_full_and_the_others_in_a_line(told: Database) -> None:
    read = aloud(card_in(told, "many_parcels"))
    assert read.count("State: ") == 3
    assert read.count("\n• ") == 16 + 1
    assert "And 12 more" in read
    assert "correct one of them: `/track override 2027`" in read
    assert "/track override" not in aloud(card_in(told, "many_parcels", OTHER))


def test_dates_are_told_on_the_readers_clock(told: Database) -> None:
    here, there = (replace(AGENT, zone=zone) for zone in ("America/Sao_Paulo", "Asia/Tokyo"))
    assert "Mar 12, 6:00 AM" in aloud(card_in(told, "on_its_way", here))
    assert "Mar 12, 6:00 PM" in aloud(card_in(told, "on_its_way", there))


def test_what_leaves_nobody_is_said_at_the_end(told: Database) -> None:
    card = cards.read_card(told, "on_its_way")
    said = {
        "Wismo does not mail this customer.": replace(card, is_mailed=False),
        "kept in shadow": replace(card, mail_mode="shadow"),
        "Mails are paused": replace(card, mail_mode="paused"),
        "The customer was erased": replace(card, is_erased=True),
    }
    for words, one in said.items():
        assert words in aloud(blocks.card(one, AGENT, NOW))


def test_health_tells_a_figure_where_there_is_something_to_count(told: Database) -> None:
    found = health(desk_of(told), NOW)
    detail = dict(found.detail) | {"messages": {"due": 0, "dead": 2}, "unread_pushes": 3, "held_for_a_person": ["1"]}
    said = aloud(blocks.health(replace(found, detail=detail), AGENT, NOW))
    assert "Pushes that could not be read: 3" in said
    assert "messages given up: 2 · deliveries held: 1" in said
    assert "Messages that wait" not in said
    assert "Answers" not in said


# -- other answers -----------------------------------------------------------------------------------------------------


def test_a_choice_has_a_button_for_each_order_up_to_twenty() -> None:
    hits = [Hit("default", f"{number}", ("email",)) for number in range(1000, 1025)]
    message = blocks.choices(hits, AGENT)
    values = [orjson.loads(element["value"])["o"] for _, element in elements_of(as_json(message.blocks))]
    assert values == [f"{number}" for number in range(1000, 1020)]
    assert "Not shown: 5" in aloud(message)
    assert faults(message) == []


def test_a_note_fills_its_places_with_outside_text_and_with_marks_of_our_own() -> None:
    message = blocks.note("%(who)s is on it", AGENT, who="<!channel>")
    assert message.text == "\u2039!channel\u203a is on it"
    own = blocks.note("%(who)s is on it", AGENT, who=outside.user("U0AGENT01"))
    assert own.text == "<@U0AGENT01> is on it"


def test_a_long_message_goes_in_parts_that_slack_takes_and_nothing_of_it_is_lost() -> None:
    sections = tuple(shapes.section(f"{number} " + "x" * 900) for number in range(120))
    parts = blocks.pages(Message("Much", sections))
    assert [block for part in parts for block in part.blocks] == list(sections)
    assert [faults(part) for part in parts] == [[]] * len(parts)
    assert parts[0].text == f"Much (1/{len(parts)})"


def test_many_small_blocks_are_parted_by_their_number() -> None:
    parts = blocks.pages(Message("Much", tuple(shapes.divider() for _ in range(101))))
    assert [len(part.blocks) for part in parts] == [50, 50, 1]


def test_an_order_id_that_is_too_long_for_a_menu_leaves_the_menu_out(told: Database) -> None:
    card = replace(cards.read_card(told, "on_its_way"), order_id="9" * 400)
    message = blocks.card(card, AGENT, NOW)
    assert "card.more" not in offers(message)
    assert "card.reply" in offers(message)
    assert faults(message) == []


def test_the_judge_of_limits_finds_what_slack_refuses() -> None:
    """It is what the other tests rely on."""
    wrong: list[Any] = [
        Message("", (shapes.divider(),)),
        Message("x", ({"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}},)),
        Message("x", tuple(shapes.divider() for _ in range(51))),
        Message("x", ({"type": "header", "text": {"type": "plain_text", "text": "x" * 151}},)),
        Message("x" * 4001, (shapes.divider(),)),
        Message("x", tuple(shapes.section("x" * 2999) for _ in range(5))),
        Message("x", ({"type": "sectoin"},)),
    ]
    assert [bool(faults(one)) for one in wrong] == [True] * len(wrong)
