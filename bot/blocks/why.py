"""Why each parcel of an order shows what it shows: the newest facts, each with its rule, and the last corrections."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.blocks import shapes
from bot.values import Block, Message, Reader
from bot.words import _, moments, outside, rules, say, states
from bot.words.outside import as_mrkdwn
from relay.desk.view import carrier_label
from relay.model import Kind, Status, from_text

#: So many parcels, facts of each, and corrections are told; `wismo why` tells all.
PARCELS, FACTS, AUDIT = 5, 8, 5


def why(answer: Mapping[str, Any], reader: Reader, now: datetime) -> Message:
    """``answer`` is that of :func:`relay.desk.why.why_json`."""
    text = say(reader.locale)(_("Why order %(order)s shows what it shows")) % {
        "order": outside.mrkdwn(answer["order_id"], outside.PLACE)
    }
    return Message(text, tuple(_blocks(text, answer, reader, now)))


def _blocks(text: str, answer: Mapping[str, Any], reader: Reader, now: datetime) -> Iterator[Block]:
    speak = say(reader.locale)
    yield shapes.section(f"*{text}*")
    if not answer["shipments"]:
        yield shapes.section(speak(_("It has no parcel yet: the shop has not told of any.")))
    for parcel in answer["shipments"][:PARCELS]:
        yield shapes.section("\n".join(_parcel(parcel, reader, now)))
    audit = _audit(answer["audit"], reader, now)
    if audit:
        yield shapes.section("\n".join((f"*{speak(_('Corrections'))}*", *audit)))
    yield shapes.context(speak(_("All of it: %(command)s")) % {"command": _command(answer["order_id"])})


def _command(order_id: str) -> str:
    return f"`wismo why {outside.mrkdwn(order_id, outside.PLACE)}`"


def _parcel(parcel: Mapping[str, Any], reader: Reader, now: datetime) -> Iterator[str]:
    shown = states.capital(states.status(Status(parcel["status"]), Kind(parcel["kind"]), reader))
    number = outside.mrkdwn(parcel["tracking_number"] or parcel["package"], outside.PLACE)
    yield f"*{shown}* – {outside.mrkdwn(carrier_label(parcel['carrier']), outside.PLACE)} `{number}`"
    yield _because(parcel, reader, now)
    for told in reversed(parcel["facts"][-FACTS:]):
        yield "• " + rules.fact(told, Kind(parcel["kind"]), reader, now)
    left = len(parcel["facts"]) - FACTS
    if left > 0:
        yield say(reader.locale)(_("Older ones: %(count)s")) % {"count": left}


def _because(parcel: Mapping[str, Any], reader: Reader, now: datetime) -> str:
    """What a person set is said as such; else the fact that decides; else as the desk words it."""
    speak = say(reader.locale)
    if parcel["status"] != parcel["carrier_status"]:
        carrier = states.status(Status(parcel["carrier_status"]), Kind(parcel["kind"]), reader)
        return speak(_("It was set by hand; the carrier says “%(carrier)s”.")) % {"carrier": carrier}
    decided = next(rules.deciding(parcel["facts"], reader, now), "")
    return decided or rules.because(str(parcel["because"]), reader)


def _audit(rows: Sequence[Mapping[str, Any]], reader: Reader, now: datetime) -> list[str]:
    return [
        "• "
        + " – ".join(
            (
                moments.moment(from_text(row["at"]), now, reader),
                as_mrkdwn(outside.user(row["actor"])),
                outside.mrkdwn(f"{row['action']} ({row['outcome']}): {row['detail']}"),
            )
        )
        for row in reversed(rows[-AUDIT:])
    ]
