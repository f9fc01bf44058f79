"""Is every promise kept? In about ten lines: what is wrong first, then what leaves, what waits for a person."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from bot.blocks import shapes
from bot.values import Message, Reader
from bot.words import _, incidents, moments, outside, say, states, troubles
from relay.desk.facets import Trouble
from relay.desk.health import Health
from relay.model import FINAL, from_text

#: So many broken promises are told; `wismo health` tells all.
MOST = 4
MAIL: Final[Mapping[str, str]] = {
    "send": _("Mails to customers leave."),
    "shadow": _("Not live: mails to customers are kept in shadow."),
    "paused": _("Mails to customers are paused: /track resume mail lets them go on."),
    "braked": _("More mails than usual: those beyond the limit are held. /track brake shows them."),
}


def health(found: Health, reader: Reader, now: datetime) -> Message:
    text = verdict(found, reader)
    lines = [line for line in lines_of(found, reader, now) if line]
    return Message(text, (shapes.section(f"*{text}*"), shapes.section("\n".join(lines) or shapes.NOTHING)))


def verdict(found: Health, reader: Reader) -> str:
    speak = say(reader.locale)
    if found.is_well:
        return speak(_("Wismo keeps its promises."))
    if len(found.broken) == 1:
        return speak(_("A promise is broken."))
    return speak(_("%(count)s promises are broken.")) % {"count": len(found.broken)}


def lines_of(found: Health, reader: Reader, now: datetime) -> Iterator[str]:
    """``detail`` is empty where the database does not answer; then the reasons say so."""
    speak = say(reader.locale)
    for trouble in found.broken[:MOST]:
        yield f"• {_broken(trouble, reader, now)}"
    if len(found.broken) > MOST:
        yield speak(_("• and %(count)s more: see `wismo health`")) % {"count": len(found.broken) - MOST}
    if found.detail:
        yield from _detail(found.detail, reader, now)


def _broken(trouble: Trouble, reader: Reader, now: datetime) -> str:
    """What is wrong, and what to do."""
    title = states.capital(troubles.title(trouble, reader, now, outside.LINE))
    remedy = troubles.remedy(trouble, reader, now, outside.LINE)
    return f"{title} – _{remedy}_" if remedy else title


def _detail(detail: Mapping[str, Any], reader: Reader, now: datetime) -> Iterator[str]:
    speak = say(reader.locale)
    is_open = sum(times for status, times in detail["parcels"].items() if status not in FINAL)
    on_their_way = speak(_("Parcels on their way or waiting: %(count)s")) % {"count": is_open}
    yield on_their_way if is_open else speak(_("No parcel is on its way or waiting."))
    yield speak(MAIL.get(detail["mail"], MAIL["send"]))
    yield from _paused(detail, reader, now)
    yield from _counted(_figures(detail), reader)
    if listed := list(_counted(_listed(detail), reader)):
        yield speak(_("For a person, in `/track list`: %(what)s")) % {"what": " · ".join(listed)}
    beats = [from_text(at) for at in detail["loops"].values()]
    if beats:
        yield speak(_("The loop that is furthest behind ran %(ago)s")) % {"ago": moments.ago(min(beats), now, reader)}


def _figures(detail: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    yield _("Messages that wait to leave: %(count)s"), detail["messages"].get("due", 0)
    yield _("Pushes that could not be read: %(count)s"), detail["unread_pushes"]
    yield _("Answers that could not be read: %(count)s"), detail["unread_answers"]


def _listed(detail: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    yield _("open incidents: %(count)s"), len(detail["incidents"])
    yield _("messages given up: %(count)s"), detail["messages"].get("dead", 0)
    yield _("deliveries held: %(count)s"), len(detail["held_for_a_person"])
    yield _("parcels given up: %(count)s"), len(detail["given_up"])


def _counted(figures: Iterable[tuple[str, int]], reader: Reader) -> Iterator[str]:
    """What there is none of is not told."""
    yield from (say(reader.locale)(text) % {"count": count} for text, count in figures if count)


def _paused(detail: Mapping[str, Any], reader: Reader, now: datetime) -> Iterator[str]:
    """Each pause with who and when, and what it set aside."""
    speak, paused = say(reader.locale), [row for row in detail["channels"] if row["paused_at"]]
    for row in paused:
        yield speak(_("Paused: %(what)s, by %(who)s %(ago)s")) % {
            "what": speak(incidents.CHANNELS.get(row["channel"], row["channel"])),
            "who": outside.as_mrkdwn(outside.user(row["paused_by"] or "")),
            "ago": moments.ago(from_text(row["paused_at"]), now, reader),
        }
    if paused:
        count = detail["messages"].get("paused", 0)
        yield speak(_("Messages set aside, which stay untold: %(count)s (/track untold)")) % {"count": count}
