"""Mails that are held: how many, beyond which limit, and what somebody may decide. Pure."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import orjson

from bot.blocks import shapes
from bot.blocks.shapes import Element
from bot.values import Block, Message, Reader
from bot.words import _, moments, outside, say, states
from relay.desk.brake import Brake
from relay.model import Kind, Status

SEND, DROP = "brake.send", "brake.drop"
HELD: Final = _("Mails that are held: %(held)s. Left in the last hour: %(gone)s, at most %(limit)s may.")
FREE: Final = _("No mail is held. Left in the last hour: %(gone)s, at most %(limit)s may.")
NO_LIMIT: Final = _("No mail is held: at present there is no limit. Left in the last hour: %(gone)s.")
SEND_TEXT: Final = _("%(count)s mails leave for customers at once, and the next hours may be as busy.")
DROP_TEXT: Final = _("%(count)s mails never leave. Whom that leaves untold is listed; later news is told.")


def brake(found: Brake, reader: Reader, now: datetime) -> Message:
    text = _summary(found, reader)
    return Message(text, tuple(_blocks(found, text, reader, now)))


def _summary(found: Brake, reader: Reader) -> str:
    said = HELD if found.held else FREE
    if found.limit is None:
        said = NO_LIMIT
    return say(reader.locale)(said) % {"held": found.held, "gone": found.gone, "limit": found.limit}


def _blocks(found: Brake, text: str, reader: Reader, now: datetime) -> Iterator[Block]:
    yield shapes.section(f"*{text}*")
    lines = [_example(one.order_id, one.status, one.held_at, reader, now) for one in found.examples]
    left = found.held - len(lines)
    if left > 0:
        lines.append(say(reader.locale)(_("And %(count)s more")) % {"count": left})
    if lines:
        yield shapes.section("\n".join(lines))
    if found.held:
        yield shapes.actions(list(buttons(found.incident_id, found.held, reader)))


def _example(order_id: str, status: str, held_at: datetime, reader: Reader, now: datetime) -> str:
    shown = states.status(Status(status), Kind.OUTBOUND, reader)
    return f"• {outside.mrkdwn(order_id, outside.PLACE)} · {shown} · {moments.ago(held_at, now, reader)}"


def buttons(incident_id: str, held: int, reader: Reader) -> Iterator[Element]:
    """None where nothing is held. Each says how many were seen: if it are more by then, it asks anew."""
    if not held:
        return
    speak, value = say(reader.locale), orjson.dumps({"i": incident_id, "n": held}).decode()
    no = speak(_("Not yet"))
    send = shapes.button(speak(_("Send")), SEND, value, "primary")
    yield shapes.confirmed(send, speak(_("Send them?")), speak(SEND_TEXT) % {"count": held}, speak(_("Send")), no)
    drop = shapes.button(speak(_("Drop")), DROP, value, "danger")
    yield shapes.confirmed(drop, speak(_("Drop them?")), speak(DROP_TEXT) % {"count": held}, speak(_("Drop")), no)
