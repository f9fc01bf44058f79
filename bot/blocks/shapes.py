"""Block Kit, piece by piece, each within Slack's limits (https://docs.slack.dev/reference/block-kit).

What is given here is already fit for its kind of text: see :mod:`bot.words.outside`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from bot.values import Block

HEADER, SECTION, FIELD, BUTTON, OPTION, CONTEXT = 150, 3000, 2000, 75, 75, 10
#: Fields of a section, options of an overflow, elements of a row of actions.
FIELDS, OPTIONS, ELEMENTS = 10, 5, 25
#: Of the dialog that asks before something is done.
CONFIRM_TITLE, CONFIRM_TEXT, CONFIRM_BUTTON = 100, 300, 30
#: Shown instead of nothing, which Slack refuses.
NOTHING: Final = "–"

Element = Mapping[str, Any]


def plain_text(text: str, limit: int) -> Element:
    return {"type": "plain_text", "text": cut(text, limit) or NOTHING, "emoji": False}


def mrkdwn_text(text: str, limit: int = SECTION) -> Element:
    """Nothing in it becomes a link or a mention that is not written as one."""
    return {"type": "mrkdwn", "text": cut(text, limit) or NOTHING, "verbatim": True}


def header(text: str) -> Block:
    return {"type": "header", "text": plain_text(text, HEADER)}


def section(text: str) -> Block:
    return {"type": "section", "text": mrkdwn_text(text)}


def with_button(text: str, element: Element) -> Block:
    return {"type": "section", "text": mrkdwn_text(text), "accessory": element}


def plain_section(text: str) -> Block:
    """Text that is shown as it is, its lines and signs kept."""
    return {"type": "section", "text": plain_text(text, SECTION)}


def fields(named: Sequence[tuple[str, str]]) -> Block:
    """Names in bold above their values; at most ten."""
    return {
        "type": "section",
        "fields": [mrkdwn_text(f"*{name}*\n{value or NOTHING}", FIELD) for name, value in named[:FIELDS]],
    }


def context(*texts: str) -> Block:
    return {"type": "context", "elements": [mrkdwn_text(text) for text in texts[:CONTEXT]]}


def divider() -> Block:
    return {"type": "divider"}


def to_copy(text: str) -> Block:
    """Text in a frame of its own, which nothing in Slack reads as anything but text."""
    elements = [{"type": "text", "text": cut(text, SECTION) or NOTHING}]
    return {"type": "rich_text", "elements": [{"type": "rich_text_preformatted", "elements": elements}]}


def actions(elements: Sequence[Element]) -> Block:
    return {"type": "actions", "elements": list(elements[:ELEMENTS])}


def button(label: str, action_id: str, value: str, style: str = "") -> Element:
    shown = {"type": "button", "text": plain_text(label, BUTTON), "action_id": action_id, "value": value}
    return shown | {"style": style} if style else shown


def confirmed(element: Element, title: str, text: str, yes: str, no: str) -> Element:
    """A button that asks before it does anything."""
    dialog = {
        "title": plain_text(title, CONFIRM_TITLE),
        "text": plain_text(text, CONFIRM_TEXT),
        "confirm": plain_text(yes, CONFIRM_BUTTON),
        "deny": plain_text(no, CONFIRM_BUTTON),
    }
    return {**element, "confirm": dialog}


def overflow(options: Sequence[tuple[str, str]], action_id: str) -> Element:
    """Labels and values; at most five."""
    shown = [{"text": plain_text(label, OPTION), "value": value} for label, value in options[:OPTIONS]]
    return {"type": "overflow", "action_id": action_id, "options": shown}


def menu(label: str, action_id: str, options: Sequence[tuple[str, str]]) -> Element:
    """Labels and values of which one is chosen; what it is about is its row's ``block_id``."""
    shown = [{"text": plain_text(text, OPTION), "value": value} for text, value in options]
    return {"type": "static_select", "action_id": action_id, "placeholder": plain_text(label, HEADER), "options": shown}


def seen(order_id: str, shipment_id: str | None, revision: int | None) -> str:
    """A button's value: what its card showed, never a permission."""
    return orjson.dumps({"o": order_id, "s": shipment_id, "v": revision}).decode()


def undo(order_id: str, shipment_id: str, override_id: str) -> str:
    """The value of a button that takes back one override, and none that was set after it."""
    return orjson.dumps({"o": order_id, "s": shipment_id, "v": None, "x": override_id}).decode()


def cut(text: str, limit: int) -> str:
    """At most ``limit`` characters; an entity at the end is not cut in two."""
    if len(text) <= limit:
        return text
    kept = text[: limit - 1]
    opened = kept.rfind("&", -6)
    return (kept[:opened] if opened >= 0 and ";" not in kept[opened:] else kept).rstrip() + "…"
