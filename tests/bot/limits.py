"""What Slack would refuse in a message or a view of ours: one look at its limits for all tests.

Three readings of Slack's documentation, and the smaller number of each counts: the pretend Slack's own, the models of
Slack's library, and the size above which others report that a message is refused although each block is legal.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block

from bot.blocks.pages import CHARACTERS
from bot.values import Message
from relay.sandbox.slack.limits import Surface, block_faults, view_faults
from relay.sandbox.slack.reading import words_of

#: Of the text beside the blocks: an edit takes no more.
TEXT = 4000
#: Blocks that Slack documents and its library has no model of.
NEWER = {"data_visualization"}


def faults(message: Message, surface: Surface = Surface.MESSAGE) -> list[str]:
    """Empty: Slack takes it."""
    blocks = as_json(message.blocks)
    found = block_faults(blocks, surface) if blocks else []
    found += _model_faults(blocks)
    if not message.text.strip():
        found.append("the text is empty: nobody is notified, and a screen reader is silent")
    if len(message.text) > TEXT:
        found.append(f"the text has {len(message.text)} characters")
    if surface is Surface.MESSAGE and len(words_of(blocks)) > CHARACTERS:
        found.append(f"the blocks have {len(words_of(blocks))} characters in all")
    return found


def faults_of_view(view: Mapping[str, Any]) -> list[str]:
    return view_faults(orjson.loads(orjson.dumps(view))) + _model_faults(as_json(view["blocks"]))


def as_json(blocks: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """As it travels: it must be JSON and nothing but that."""
    read: list[dict[str, Any]] = orjson.loads(orjson.dumps(list(blocks)))
    return read


def _model_faults(blocks: Sequence[Mapping[str, Any]]) -> list[str]:
    """What the models of Slack's library say; they know no newer kinds of blocks."""
    return list(_judged(blocks))


def _judged(blocks: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for block in blocks:
        if block.get("type") in NEWER:
            continue
        model = Block.parse(dict(block))
        if model is None:
            yield f"the library does not know a block of type {block.get('type')!r}"
            continue
        try:
            model.validate_json()
        except SlackObjectFormationError as error:
            yield f"{block['type']}: {error}"
