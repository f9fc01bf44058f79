"""What Slack refuses in messages and views, and why; pure.

Where Slack's own pages disagree the smaller number stands. A fault reads as Slack's do: what must be, and where.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

import orjson

from relay.sandbox.slack import keys
from relay.sandbox.slack.charts import CHART, CHARTS, chart_faults
from relay.sandbox.slack.elements import (
    ID_LIMIT,
    choice_faults,
    count_fault,
    element_faults,
    fault,
    length_fault,
    text_faults,
)
from relay.sandbox.slack.reading import elements_of, words_of

Block = Mapping[str, Any]
Check = Callable[[Block, str], Iterator[str]]

#: Reported by others for a message whose blocks are each legal; Slack documents no number.
BLOCKS_TEXT_LIMIT = 13_000
VIEW_BYTES_LIMIT = 250_000
MARKDOWN_LIMIT = 12_000
TABLE_TEXT_LIMIT = 10_000


class Surface(StrEnum):
    MESSAGE = "message"
    MODAL = "modal"
    HOME = "home"


BLOCKS_LIMIT = {Surface.MESSAGE: 50, Surface.MODAL: 100, Surface.HOME: 100}
EVERYWHERE = {"section", "header", "context", "actions", "divider", "image", "input", "rich_text", "video", "card"}
ALLOWED = {
    Surface.MESSAGE: EVERYWHERE
    | {"markdown", "table", "data_table", "carousel", "container", "context_actions", CHART},
    Surface.MODAL: EVERYWHERE | {"alert"},
    Surface.HOME: EVERYWHERE | {"table", "data_table", "carousel", "container", CHART},
}


def block_faults(blocks: object, surface: Surface) -> list[str]:
    """Empty: Slack takes them."""
    if not isinstance(blocks, list):
        return [fault("must provide an array", "/blocks")]
    try:
        return _faults(blocks, surface)
    except (AttributeError, LookupError, TypeError) as error:
        return [fault(f"has another shape than documented: {error!r}", "/blocks")]


def _faults(blocks: Sequence[Block], surface: Surface) -> list[str]:
    found = [one for index, block in enumerate(blocks) for one in _block(block, surface, f"/blocks/{index}")]
    if found:
        return found
    at_least = 0 if surface is Surface.MESSAGE else 1  # a message may have its text alone
    found += count_fault(blocks, BLOCKS_LIMIT[surface], "/blocks", at_least=at_least)
    found += _repeated(blocks)
    kinds = Counter(block["type"] for block in blocks)
    if surface is Surface.MESSAGE and kinds["table"] > 1:
        found.append(fault("only one table is allowed", "/blocks"))
    if surface is Surface.MESSAGE and kinds[CHART] > CHARTS:
        found.append(fault(f"at most {CHARTS} charts are allowed", "/blocks"))
    if sum(len(block["text"]) for block in blocks if block["type"] == "markdown") > MARKDOWN_LIMIT:
        found.append(fault(f"markdown text must be at most {MARKDOWN_LIMIT} characters in all", "/blocks"))
    return found


def is_too_long(blocks: Sequence[Block]) -> bool:
    return len(words_of(blocks)) > BLOCKS_TEXT_LIMIT


def view_faults(view: object) -> list[str]:
    if not isinstance(view, dict) or view.get("type") not in {"modal", "home"}:
        return [fault("must be a modal or a home", "/view/type")]
    surface = Surface(view["type"])
    found = block_faults(view.get("blocks"), surface)
    found += keys.strange_keys(view, keys.VIEWS[view["type"]], "/view", "type")
    for name, most in (("private_metadata", 3000), ("callback_id", ID_LIMIT), ("external_id", ID_LIMIT)):
        found += length_fault(view.get(name, ""), most, f"/view/{name}", at_least=0)
    if surface is Surface.MODAL:
        for name in ("title", "submit", "close"):
            if name == "title" or name in view:
                found += text_faults(view.get(name), 24, f"/view/{name}", {"plain_text"})
        if not found and any(block["type"] == "input" for block in view["blocks"]) and "submit" not in view:
            found.append(fault("submit is required when an input is in the blocks", "/view/submit"))
    return found


def view_is_too_large(view: object) -> bool:
    return len(orjson.dumps(view)) > VIEW_BYTES_LIMIT


def _repeated(blocks: Sequence[Block]) -> Iterator[str]:
    for block_id, times in Counter(block.get("block_id") for block in blocks).items():
        if block_id and times > 1:
            yield fault(f"block_id {block_id!r} is used {times} times", "/blocks")
    seen = Counter((id(block), element.get("action_id")) for block, element in elements_of(blocks))
    for (_, action_id), times in seen.items():
        if action_id and times > 1:
            yield fault(f"action_id {action_id!r} is used {times} times in one block", "/blocks")


def _block(block: object, surface: Surface, at: str) -> Iterator[str]:
    if not isinstance(block, dict) or "type" not in block:
        yield fault("must be a block with a type", at)
        return
    kind = block["type"]
    if kind not in ALLOWED[surface]:
        yield fault(f"unsupported type for a {surface}: {kind}", f"{at}/type")
        return
    yield from keys.strange_keys(block, keys.BLOCKS.get(kind), at, "type", "block_id")
    yield from length_fault(block.get("block_id", ""), ID_LIMIT, f"{at}/block_id", at_least=0)
    if kind in CHECKS:
        yield from CHECKS[kind](block, at)


def _section(block: Block, at: str) -> Iterator[str]:
    if "text" not in block and "fields" not in block:
        yield fault("must have text or fields", at)
    if "text" in block:
        yield from text_faults(block["text"], 3000, f"{at}/text")
    if "fields" in block:
        yield from count_fault(block["fields"], 10, f"{at}/fields")
        for index, one in enumerate(block["fields"]):
            yield from text_faults(one, 2000, f"{at}/fields/{index}")
    if "accessory" in block:
        yield from element_faults(block["accessory"], f"{at}/accessory")


def _header(block: Block, at: str) -> Iterator[str]:
    yield from text_faults(block.get("text"), 150, f"{at}/text", {"plain_text"})


def _context(block: Block, at: str) -> Iterator[str]:
    elements = block.get("elements", [])
    yield from count_fault(elements, 10, f"{at}/elements")
    for index, one in enumerate(elements):
        where = f"{at}/elements/{index}"
        yield from _image(one, where) if one.get("type") == "image" else text_faults(one, 3000, where)


def _actions(block: Block, at: str) -> Iterator[str]:
    elements = block.get("elements", [])
    yield from count_fault(elements, 25, f"{at}/elements")
    for index, one in enumerate(elements):
        yield from element_faults(one, f"{at}/elements/{index}")


def _image(block: Block, at: str) -> Iterator[str]:
    if ("image_url" in block) == ("slack_file" in block):
        yield fault("must have image_url or slack_file", at)
    yield from length_fault(block.get("image_url", ""), 3000, f"{at}/image_url", at_least=0)
    yield from length_fault(block.get("alt_text", ""), 2000, f"{at}/alt_text")


def _input(block: Block, at: str) -> Iterator[str]:
    yield from text_faults(block.get("label"), 2000, f"{at}/label", {"plain_text"})
    if "hint" in block:
        yield from text_faults(block["hint"], 2000, f"{at}/hint", {"plain_text"})
    element = block.get("element", {})
    if element.get("type") in {"button", "overflow"}:
        yield fault(f"a {element['type']} is no input", f"{at}/element/type")
    yield from element_faults(element, f"{at}/element")


def _table(block: Block, at: str) -> Iterator[str]:
    rows = block.get("rows", [])
    yield from count_fault(rows, 100, f"{at}/rows")
    yield from count_fault(block.get("column_settings", []), 20, f"{at}/column_settings", at_least=0)
    for index, row in enumerate(rows):
        yield from count_fault(row, 20, f"{at}/rows/{index}")
        for place, cell in enumerate(row):
            yield from _cell(cell, f"{at}/rows/{index}/{place}")
    if len(words_of([block])) > TABLE_TEXT_LIMIT:
        yield fault(f"must be at most {TABLE_TEXT_LIMIT} characters in all", f"{at}/rows")


def _cell(cell: Block, at: str) -> Iterator[str]:
    match cell.get("type"):
        case "raw_text":
            yield from length_fault(cell.get("text"), TABLE_TEXT_LIMIT, f"{at}/text")
        case "raw_number":
            if not isinstance(cell.get("value"), int | float):
                yield fault("must be a number", f"{at}/value")
        case "rich_text":
            yield from _rich_text(cell, at)
        case kind:
            yield fault(f"unsupported cell: {kind}", f"{at}/type")


def _rich_text(block: Block, at: str) -> Iterator[str]:
    for index, part in enumerate(block.get("elements", ())):
        where = f"{at}/elements/{index}"
        match part.get("type"):
            case "rich_text_list":
                yield from _rich_text(part, where)
            case "rich_text_section" | "rich_text_quote" | "rich_text_preformatted":
                for place, one in enumerate(part.get("elements", ())):
                    if one.get("type") == "text":
                        yield from length_fault(one.get("text"), BLOCKS_TEXT_LIMIT, f"{where}/elements/{place}/text")
            case kind:
                yield fault(f"unsupported element: {kind}", f"{where}/type")


def _markdown(block: Block, at: str) -> Iterator[str]:
    yield from length_fault(block.get("text"), MARKDOWN_LIMIT, f"{at}/text")


def _alert(block: Block, at: str) -> Iterator[str]:
    yield from text_faults(block.get("text"), 200, f"{at}/text")
    yield from choice_faults(block, "level", {"default", "info", "warning", "error", "success"}, at)


CHECKS: Mapping[str, Check] = {
    "section": _section,
    "header": _header,
    "context": _context,
    "actions": _actions,
    "image": _image,
    "input": _input,
    "table": _table,
    "rich_text": _rich_text,
    "markdown": _markdown,
    "alert": _alert,
    CHART: chart_faults,
}
