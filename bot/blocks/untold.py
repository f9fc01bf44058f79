"""Whom we did not tell: of what, why, since when, and how to tell them. Pure."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

import orjson

from bot.blocks import shapes
from bot.values import Block, Message, Reader
from bot.words import _, moments, outside, say, states
from relay.desk.untold import Untold, UntoldList
from relay.model import Because, Kind

#: So many are shown.
SHOWN: Final = 20
DONE: Final = "untold.done"
WHY: Final[Mapping[Because, str]] = {
    Because.LATE: _("older than 48 hours when it arrived"),
    Because.PAUSE: _("mails were paused"),
    Because.DROPPED: _("held by the brake, and dropped"),
    Because.STALE: _("held by the brake for 48 hours"),
}


def untold(of: UntoldList, reader: Reader, now: datetime) -> Message:
    text = summary(of, reader)
    return Message(text, tuple(_blocks(of, text, reader, now)))


def summary(of: UntoldList, reader: Reader) -> str:
    speak = say(reader.locale)
    if not of.count:
        return speak(_("Every customer was told, or somebody settled it."))
    return speak(_("News that customers were not told: %(count)s")) % {"count": of.count}


def _blocks(of: UntoldList, text: str, reader: Reader, now: datetime) -> Iterator[Block]:
    speak = say(reader.locale)
    yield shapes.section(f"*{text}*")
    for entry in of.entries[:SHOWN]:
        value = orjson.dumps({"s": entry.shipment_id}).decode()
        yield shapes.with_button(_line(entry, reader, now), shapes.button(speak(_("Done")), DONE, value))
    left = of.count - len(of.entries[:SHOWN])
    if left > 0:
        yield shapes.context(speak(_("And %(count)s more: `wismo untold` lists all")) % {"count": left})
    if of.count:
        yield shapes.context(
            speak(
                _(
                    "`/track override ORDER` tells one, with *Tell the customer*. Whoever hears something newer leaves "
                    "the list; `/track untold done ORDER`, or `done all`, takes off what is settled."
                )
            )
        )


def _line(entry: Untold, reader: Reader, now: datetime) -> str:
    speak = say(reader.locale)
    status = states.status(entry.status, Kind.OUTBOUND, reader)
    if entry.shown is not entry.status:
        shown = states.status(entry.shown, Kind.OUTBOUND, reader)
        status = speak(_("%(status)s (now: %(shown)s)")) % {"status": status, "shown": shown}
    parts = (
        f"*{outside.mrkdwn(entry.order_id, outside.PLACE)}*",
        outside.mrkdwn(f"{entry.carrier_label} {entry.number}".strip(), outside.PLACE),
        status,
        speak(WHY[entry.because]),
        moments.ago(entry.since, now, reader),
    )
    return " · ".join(parts)
