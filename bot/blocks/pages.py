"""A long message in parts that Slack takes: it counts blocks, and the characters of all of them together."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from bot.values import Block, Message

BLOCKS, CHARACTERS = 50, 12_000
#: What is drawn of a block; the rest are names and values.
_DRAWN: Final = ("text", "elements", "fields", "accessory", "label", "element", "rows", "options", "description")


def pages(message: Message) -> list[Message]:
    """The message, or as many as it takes; each says what it is about. A block is never cut in two."""
    parts = list(_parts(message.blocks))
    if len(parts) <= 1:
        return [message]
    total = len(parts)
    return [Message(f"{message.text} ({number}/{total})", part) for number, part in enumerate(parts, 1)]


def _parts(blocks: Sequence[Block]) -> Iterator[tuple[Block, ...]]:
    part: list[Block] = []
    length = 0
    for block in blocks:
        size = _size(block)
        if part and (len(part) == BLOCKS or length + size > CHARACTERS):
            yield tuple(part)
            part, length = [], 0
        part.append(block)
        length += size
    if part:
        yield tuple(part)


def _size(shown: object) -> int:
    """The characters that are drawn."""
    if isinstance(shown, str):
        return len(shown)
    if isinstance(shown, Mapping):
        return sum(_size(shown[name]) for name in _DRAWN if name in shown)
    return sum(map(_size, shown)) if isinstance(shown, Sequence) else 0
