"""A message as a person would read it aloud, from the top to the bottom."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.values import Message

Part = Mapping[str, Any]


def aloud(message: Message) -> str:
    return "\n".join([f"({message.text})", *(line for block in message.blocks for line in _block(block))]) + "\n"


def aloud_view(view: Part) -> str:
    """A window or a Home: its title, what it shows and asks, and how it ends."""
    title = [f"## {_text(view['title'])}"] if "title" in view else []
    ends = [f"[{_text(view[end])}]" for end in ("close", "submit") if end in view]
    lines = [*title, *(line for block in view["blocks"] for line in _block(block)), " ".join(ends)]
    return "\n".join(lines).rstrip("\n") + "\n"


def _block(block: Part) -> Iterator[str]:
    match block["type"]:
        case "header":
            yield f"# {_text(block['text'])}"
        case "section":
            yield from _section(block)
        case "context":
            yield "  " + "\n  ".join(_text(element) for element in block["elements"])
        case "actions":
            yield " ".join(_control(element) for element in block["elements"])
        case "divider":
            yield "---"
        case "data_visualization":
            yield from _chart(block)
        case "rich_text":
            yield from _framed(block)
        case "input":
            yield f"{_text(block['label'])}: {_control(block['element'])}"
            if "hint" in block:
                yield f"  {_text(block['hint'])}"


def _section(block: Part) -> Iterator[str]:
    if "text" in block:
        shown = _text(block["text"])
        yield f"{shown} {_control(block['accessory'])}" if "accessory" in block else shown
    for field in block.get("fields", ()):
        name, _, value = _text(field).partition("\n")
        yield f"{name}: {value.replace(chr(10), '; ')}"


def _chart(block: Part) -> Iterator[str]:
    axis = block["chart"]["axis_config"]
    yield f"[chart: {block['title']}; {axis['x_label']} / {axis['y_label']}]"
    for one in block["chart"]["series"]:
        yield f"  {one['name']}: " + ", ".join(f"{point['label']} {point['value']}" for point in one["data"])


def _framed(block: Part) -> Iterator[str]:
    for element in block["elements"]:
        text = "".join(part["text"] for part in element["elements"])
        yield "\n".join(f"    | {line}" for line in text.splitlines())


def _control(element: Part) -> str:
    if element["type"] == "button":
        return f"[{_text(element['text'])}]"
    if "options" not in element:
        return f"[{element.get('initial_value') or element.get('initial_date_time') or _hint(element)}]"
    chosen: Sequence[Part] = element.get("initial_options") or [element.get("initial_option")]
    options = [("✓ " if option in chosen else "") + _text(option["text"]) for option in element["options"]]
    return f"[{'⋯ ' if element['type'] == 'overflow' else ''}{' | '.join(options)}]"


def _hint(element: Part) -> str:
    return _text(element["placeholder"]) if "placeholder" in element else ""


def _text(shown: Part) -> str:
    return str(shown["text"]).replace("*", "") if shown["type"] == "mrkdwn" else str(shown["text"])
