"""A message as a person would read it aloud, from the top to the bottom."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.values import Message

Part = Mapping[str, Any]


def aloud(message: Message) -> str:
    return "\n".join([f"({message.text})", *(line for block in message.blocks for line in _block(block))]) + "\n"


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
        case "rich_text":
            yield from _framed(block)


def _section(block: Part) -> Iterator[str]:
    if "text" in block:
        shown = _text(block["text"])
        yield f"{shown} {_control(block['accessory'])}" if "accessory" in block else shown
    for field in block.get("fields", ()):
        name, _, value = _text(field).partition("\n")
        yield f"{name}: {value.replace(chr(10), '; ')}"


def _framed(block: Part) -> Iterator[str]:
    for element in block["elements"]:
        text = "".join(part["text"] for part in element["elements"])
        yield "\n".join(f"    | {line}" for line in text.splitlines())


def _control(element: Part) -> str:
    if element["type"] == "button":
        return f"[{_text(element['text'])}]"
    options: Sequence[Part] = element["options"]
    return f"[⋯ {' | '.join(_text(option['text']) for option in options)}]"


def _text(shown: Part) -> str:
    return str(shown["text"]).replace("*", "") if shown["type"] == "mrkdwn" else str(shown["text"])
