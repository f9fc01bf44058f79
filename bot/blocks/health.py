"""Is every promise kept? In about ten lines: what is wrong first, then what leaves, what waits for a person."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from bot.blocks import shapes
from bot.values import Message, Reader
from bot.words import _, moments, outside, say
from relay.desk.health import Health
from relay.model import FINAL, from_text

#: So many broken promises are told; `wismo health` tells all.
MOST = 4
MAIL: Final[Mapping[str, str]] = {
    "send": _("Mails to customers leave."),
    "shadow": _("Not live: mails to customers are kept in shadow."),
    "paused": _("Mails to customers are paused: /track resume mail lets them go on."),
}


def health(found: Health, reader: Reader, now: datetime) -> Message:
    text = verdict(found, reader)
    lines = [line for line in lines_of(found, reader, now) if line]
    return Message(text, (shapes.section(f"*{text}*"), shapes.section("\n".join(lines) or shapes.NOTHING)))


def verdict(found: Health, reader: Reader) -> str:
    speak = say(reader.locale)
    if found.is_well:
        return speak(_("Wismo keeps its promises."))
    if len(found.reasons) == 1:
        return speak(_("A promise is broken."))
    return speak(_("%(count)s promises are broken.")) % {"count": len(found.reasons)}


def lines_of(found: Health, reader: Reader, now: datetime) -> Iterator[str]:
    """``detail`` is empty where the database does not answer; then the reasons say so."""
    speak = say(reader.locale)
    for reason in found.reasons[:MOST]:
        yield f"• {outside.mrkdwn(reason)}"
    if len(found.reasons) > MOST:
        yield speak(_("• and %(count)s more: see `wismo health`")) % {"count": len(found.reasons) - MOST}
    if found.detail:
        yield from _detail(found.detail, reader, now)


def _detail(detail: Mapping[str, Any], reader: Reader, now: datetime) -> Iterator[str]:
    speak = say(reader.locale)
    is_open = sum(times for status, times in detail["parcels"].items() if status not in FINAL)
    yield speak(_("Parcels on their way or waiting: %(count)s")) % {"count": is_open}
    yield speak(MAIL.get(detail["mail"], MAIL["send"]))
    due, dead = detail["messages"].get("due", 0), detail["messages"].get("dead", 0)
    yield speak(_("Messages that wait to leave: %(due)s; given up: %(dead)s")) % {"due": due, "dead": dead}
    waiting = {"given_up": len(detail["given_up"]), "held": len(detail["held_for_a_person"])}
    yield speak(_("Parcels given up: %(given_up)s; held deliveries for a person to settle: %(held)s")) % waiting
    unread = {"pushes": detail["unread_pushes"], "answers": detail["unread_answers"]}
    yield speak(_("Pushes that could not be read: %(pushes)s; answers: %(answers)s")) % unread
    others = len(detail["incidents"])
    yield speak(_("Open incidents: %(count)s")) % {"count": others}
    beats = [from_text(at) for at in detail["loops"].values()]
    if beats:
        yield speak(_("The loop that is furthest behind ran %(ago)s")) % {"ago": moments.ago(min(beats), now, reader)}
