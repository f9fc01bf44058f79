"""What a person reads and can press in blocks; pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Json = dict[str, Any]

#: Keys of blocks whose texts are not read, or read only when something is opened or chosen.
UNREAD = frozenset({"type", "block_id", "action_id", "value", "url", "image_url", "style", "confirm", "emoji"})


def words_of(blocks: Sequence[Mapping[str, Any]]) -> str:
    """Every text that is shown, a line for each; the parts of one rich text and the cells of one row share a line."""
    return "\n".join(line for block in blocks for line in _lines(block))


def _lines(part: object) -> Iterator[str]:
    if isinstance(part, Mapping):
        if str(part.get("type", "")).startswith("rich_text_"):
            yield from _rich_lines(part)
            return
        for key, inner in part.items():
            if key == "rows":
                yield from (" | ".join(" ".join(_lines(cell)) for cell in row) for row in inner)
            elif key in {"text", "alt_text", "fallback"} and isinstance(inner, str):
                yield inner
            elif key not in UNREAD:
                yield from _lines(inner)
    elif isinstance(part, list | tuple):
        for inner in part:
            yield from _lines(inner)


def _rich_lines(part: Mapping[str, Any]) -> Iterator[str]:
    if part["type"] == "rich_text_list":
        for item in part.get("elements", ()):
            yield from _rich_lines(item)
        return
    yield "".join(str(one.get("text") or one.get("fallback") or one.get("url") or "") for one in part["elements"])


def elements_of(blocks: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Each element that a person can use, after the block it stands in."""
    for block in blocks:
        match block["type"]:
            case "actions" | "context_actions":
                yield from ((block, element) for element in block["elements"])
            case "section" if "accessory" in block:
                yield block, block["accessory"]
            case "input":
                yield block, block["element"]
            case "card":
                yield from ((block, element) for element in block.get("actions", ()))
            case "carousel":
                yield from elements_of(block["elements"])
            case "container":
                yield from elements_of(block["child_blocks"])
            case _:
                pass


def options_of(element: Mapping[str, Any]) -> list[Json]:
    groups = element.get("option_groups") or [{"options": element.get("options", [])}]
    return [option for group in groups for option in group["options"]]
