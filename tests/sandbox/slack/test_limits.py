"""Messages and views are refused where Slack refuses them, and nowhere else."""

from typing import Any

import pytest

from relay.sandbox.slack import Surface, block_faults, view_faults
from tests.sandbox.slack.conftest import CARD, actions, button, menu, modal, plain, reason, section, status

Bag = dict[str, Any]


def option(number: int) -> Bag:
    return {"text": plain(f"Option {number}"), "value": str(number)}


def table(rows: int = 2, cells: int = 2, text: str = "x") -> Bag:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": text}] * cells for _ in range(rows)]}


GOOD = {
    "a card": CARD,
    "the longest text": [section("x" * 3000)],
    "ten fields": [{"type": "section", "fields": [{"type": "mrkdwn", "text": "x" * 2000}] * 10}],
    "fifty blocks": [{"type": "divider"}] * 50,
    "a table": [table(100, 20)],
    "no blocks": [],
    "a picture": [{"type": "image", "image_url": "https://shop.example/x.png", "alt_text": "12 stuck orders"}],
    "rich text": [
        {
            "type": "rich_text",
            "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "*not bold*"}]}],
        }
    ],
}


@pytest.mark.parametrize("name", GOOD)
def test_what_is_within_the_limits_is_taken(name: str) -> None:
    assert block_faults(GOOD[name], Surface.MESSAGE) == []


BAD = {
    "an empty text": ([section("")], "more than 0 characters"),
    "a text that is too long": ([section("x" * 3001)], "less than 3001 characters, has 3001"),
    "a header in mrkdwn": ([{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}], "type plain_text"),
    "eleven fields": ([{"type": "section", "fields": [plain("x")] * 11}], "1 to 10 items, has 11"),
    "a section of nothing": ([{"type": "section"}], "must have text or fields"),
    "51 blocks": ([{"type": "divider"}] * 51, "0 to 50 items, has 51"),
    "26 buttons": ([actions(*(button(f"a{one}") for one in range(26)))], "1 to 25 items, has 26"),
    "a button's long text": ([actions(button(text="x" * 76))], "less than 76"),
    "a button's long value": ([actions(button() | {"value": "x" * 2001})], "less than 2001"),
    "an unknown style": ([actions(button() | {"style": "red"})], "one of danger, primary"),
    "six entries in a menu": ([actions(menu() | {"options": [option(n) for n in range(6)]})], "1 to 5 items, has 6"),
    "a long option": (
        [actions(menu() | {"options": [{"text": plain("x"), "value": "v" * 76}]})],
        "less than 76 characters",
    ),
    "an unknown key": ([section() | {"texts": []}], "invalid additional property: texts"),
    "an emoji in mrkdwn": ([{"type": "section", "text": {"type": "mrkdwn", "text": "x", "emoji": True}}], "emoji"),
    "the same block twice": ([section() | {"block_id": "b"}] * 2, "block_id 'b' is used 2 times"),
    "the same action twice": ([actions(button(), button())], "action_id 'card.override' is used 2 times"),
    "two tables": ([table(), table()], "only one table"),
    "a table of 101 rows": ([table(101)], "1 to 100 items, has 101"),
    "an empty cell": ([table(text="")], "more than 0 characters"),
    "a table of many words": ([table(100, 20, "seven..")], "at most 10000 characters"),
    "an alert in a message": ([{"type": "alert", "text": plain("x")}], "unsupported type for a message: alert"),
    "eleven things of context": ([{"type": "context", "elements": [plain("x")] * 11}], "1 to 10 items"),
    "a picture without words": ([{"type": "image", "image_url": "https://shop.example/x.png"}], "more than 0"),
    "no block at all": (["x"], "must be a block with a type"),
    "another shape": ([{"type": "actions", "elements": 3}], "another shape"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_beyond_them_is_refused_with_a_reason(name: str) -> None:
    blocks, reason_given = BAD[name]
    assert reason_given in " ".join(block_faults(blocks, Surface.MESSAGE))


def test_a_modal_that_asks_needs_a_button_to_submit_it() -> None:
    assert view_faults(modal()) == []
    without = modal()
    del without["submit"]
    assert "submit is required" in view_faults(without)[0]


@pytest.mark.parametrize(
    ("view", "reason_given"),
    [
        (modal(title="x" * 25), "less than 25 characters"),
        (modal(private_metadata="x" * 3001), "less than 3001"),
        (modal(table()), "unsupported type for a modal: table"),
        (modal(reason(), reason()), "block_id 'reason' is used 2 times"),
        (modal(status(element={"type": "button", "text": plain("x")})), "a button is no input"),
        (modal(tabs=[]), "invalid additional property: tabs"),
        ({"type": "page"}, "must be a modal or a home"),
    ],
)
def test_a_view_is_checked_as_a_whole(view: Bag, reason_given: str) -> None:
    assert reason_given in " ".join(view_faults(view))


def test_an_initial_option_must_be_one_of_the_options() -> None:
    element = status()["element"] | {"initial_option": option(1)}
    assert "one of the options" in view_faults(modal(status(element=element)))[0]
