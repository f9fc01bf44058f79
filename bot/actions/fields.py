"""The inputs of windows: made, and read back from what Slack says was filled in.

An input's ``block_id`` is its plain name, under which faults are shown; its ``action_id`` is told as it is filled in.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.blocks import shapes
from bot.blocks.shapes import Element
from bot.values import Block

#: ``view.state.values``: by block, then by action.
State = Mapping[str, Mapping[str, Mapping[str, Any]]]

TITLE, LABEL, MOST_OPTIONS = 24, 2000, 100


def asked(
    name: str, label: str, element: Element, *, hint: str = "", tells: bool = False, optional: bool = False
) -> Block:
    """An input; with ``tells`` the app is told of each choice at once."""
    block = {
        "type": "input",
        "block_id": name,
        "label": shapes.plain_text(label, LABEL),
        "element": element,
        "dispatch_action": tells,
        "optional": optional,
    }
    return block | ({"hint": shapes.plain_text(hint, LABEL)} if hint else {})


def select(action_id: str, options: Sequence[tuple[str, str]], chosen: str) -> Element:
    """Labels and values, of which one may be chosen already."""
    shown = [_option(label, value) for label, value in options]
    initial = [option for option in shown if option["value"] == chosen]
    element = {"type": "static_select", "action_id": action_id, "options": shown}
    return element | ({"initial_option": initial[0]} if initial else {})


def checkboxes(action_id: str, options: Sequence[tuple[str, str]], chosen: Sequence[str]) -> Element:
    shown = [_option(label, value) for label, value in options]
    initial = [option for option in shown if option["value"] in chosen]
    element = {"type": "checkboxes", "action_id": action_id, "options": shown}
    return element | ({"initial_options": initial} if initial else {})


def _option(label: str, value: str) -> Mapping[str, Any]:
    return {"text": shapes.plain_text(label, shapes.OPTION), "value": value}


def line(action_id: str, value: str, *, longest: int) -> Element:
    element = {"type": "plain_text_input", "action_id": action_id, "max_length": longest}
    return element | ({"initial_value": value} if value else {})


def lines(action_id: str, value: str, *, longest: int) -> Element:
    return {**line(action_id, value, longest=longest), "multiline": True}


# -- what was filled in ------------------------------------------------------------------------------------------------


def text(state: State, name: str) -> str:
    return str(_filled(state, name).get("value") or "")


def chosen(state: State, name: str) -> str:
    return str((_filled(state, name).get("selected_option") or {}).get("value") or "")


def all_chosen(state: State, name: str) -> frozenset[str]:
    return frozenset(str(option["value"]) for option in _filled(state, name).get("selected_options") or ())


def moment(state: State, name: str) -> int | None:
    """Seconds since 1970, UTC."""
    at = _filled(state, name).get("selected_date_time")
    return int(at) if at else None


def _filled(state: State, name: str) -> Mapping[str, Any]:
    return next(iter(state.get(block_of(state, name), {}).values()), {})


def renamed(name: str, times: int) -> str:
    """Another ``block_id`` for the same input: Slack keeps what stands in an input as long as that keeps its name."""
    return f"{name}/{times}"


def block_of(state: State, name: str) -> str:
    """What the input is called in this window."""
    return next((block for block in state if block.partition("/")[0] == name), name)
