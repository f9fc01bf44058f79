"""What people type and choose, as Slack tells it; what Slack's own windows do not let them do raises NotPossible."""

from collections.abc import Mapping, Sequence
from typing import Any

from relay.sandbox.slack.reading import Json, elements_of, options_of

Element = Mapping[str, Any]
Typed = Mapping[tuple[str, str], Json]

#: Where the value of an element stands, and where it starts from.
TEXTS = frozenset({"plain_text_input", "email_text_input", "url_text_input", "number_input"})
ONE_OF = frozenset({"static_select", "radio_buttons", "external_select", "overflow"})
SOME_OF = frozenset({"checkboxes", "multi_static_select"})
PLACES = {
    **dict.fromkeys(TEXTS, ("value", "initial_value")),
    **dict.fromkeys(ONE_OF, ("selected_option", "initial_option")),
    **dict.fromkeys(SOME_OF, ("selected_options", "initial_options")),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "users_select": ("selected_user", "initial_user"),
}
KEEPS_NOTHING = frozenset({"button", "overflow", "image"})


class NotPossible(Exception):
    """A person cannot do this in Slack; it says why."""


def filled(element: Element, value: object) -> Json:
    """The element's state once ``value`` is typed or chosen. Options are chosen by their values. Raises NotPossible."""
    kind = element["type"]
    if kind not in PLACES:
        raise NotPossible(f"nothing can be typed into a {kind}")
    if kind in TEXTS:
        return {"type": kind, "value": _text(element, value)}
    place = PLACES[kind][0]
    if kind in ONE_OF:
        return {"type": kind, place: None if value is None else _option(element, str(value))}
    if kind in SOME_OF:
        values = value if isinstance(value, list | tuple | set | frozenset) else [value]
        return {"type": kind, place: [_option(element, str(one)) for one in values]}
    return {"type": kind, place: value}


def _text(element: Element, value: object) -> str | None:
    text = "" if value is None else str(value)
    if len(text) > element.get("max_length", 3000):
        raise NotPossible(f"{element['action_id']} takes {element['max_length']} characters, not {len(text)}")
    if text and len(text) < element.get("min_length", 0):
        raise NotPossible(f"{element['action_id']} wants {element['min_length']} characters, not {len(text)}")
    return text or None


def _option(element: Element, value: str) -> Json:
    options = options_of(element)
    if element["type"] == "external_select":
        return {"text": {"type": "plain_text", "text": value}, "value": value}
    found = [option for option in options if option["value"] == value]
    if not found:
        raise NotPossible(f"{value!r} cannot be chosen; there is {', '.join(one['value'] for one in options)}")
    return found[0]


def untouched(element: Element) -> Json:
    place, initial = PLACES[element["type"]]
    empty: object = [] if element["type"] in SOME_OF else None
    return {"type": element["type"], place: element.get(initial, empty)}


def state_of(blocks: Sequence[Mapping[str, Any]], typed: Typed) -> Json:
    """``state.values``: what was typed, else what stood there from the start."""
    values: dict[str, Json] = {}
    for block, element in elements_of(blocks):
        if element["type"] in PLACES and element["type"] not in KEEPS_NOTHING:
            place = (block["block_id"], element["action_id"])
            values.setdefault(place[0], {})[place[1]] = typed.get(place) or untouched(element)
    return {"values": values}


def missing_inputs(blocks: Sequence[Mapping[str, Any]], typed: Typed) -> list[str]:
    """The block ids of inputs that Slack's own window wants filled in before it submits."""
    state = state_of(blocks, typed)["values"]
    return [
        block["block_id"]
        for block in blocks
        if block["type"] == "input"
        and not block.get("optional")
        and not state[block["block_id"]][block["element"]["action_id"]][PLACES[block["element"]["type"]][0]]
    ]


def element_at(
    blocks: Sequence[Mapping[str, Any]], name: str, nth: int = 0, block_id: str = ""
) -> tuple[Element, Element]:
    """The block and its element by action id, else by block id. Raises NotPossible."""
    usable = [one for one in elements_of(blocks) if block_id in {"", one[0]["block_id"]}]
    found = [one for one in usable if one[1].get("action_id") == name] or [
        one for one in usable if one[0]["block_id"] == name
    ]
    if len(found) <= nth:
        there = ", ".join(str(element.get("action_id")) for _, element in usable) or "nothing"
        raise NotPossible(f"{name!r} is not there{f' {nth + 1} times' if nth else ''}; there is {there}")
    return found[nth]
