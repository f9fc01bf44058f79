"""What VTEX shows of a package's way, what it is to show, and how the two differ. Pure.

VTEX writes a day of ours (``2026-02-11``) back as a moment (``2026-02-11T00:00:00+00:00``), its own order and nothing
for an empty text; none of that is a difference. Whether a PUT replaces what is shown or adds to it is documented
nowhere, so an account that adds is recognised by what it shows.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Final, NamedTuple

from relay.carriers._tree import Node
from relay.model import EventView
from relay.shops import ShopEvent, Shown, Written
from relay.shops.vtex import _reading as reading

LONGEST_DESCRIPTION: Final = 5000
#: VTEX documents no zone of a delivery's moment: a difference within any offset is one of zones.
ANY_ZONE: Final = timedelta(hours=14)
#: ``Cajamar, SP``, ``Cajamar/SP``, ``Cajamar - SP``, and ``Miami, FL, US``, whose country VTEX has no place for.
CITY_STATE: Final = re.compile(r"(?P<city>.*?\S)(?:\s*[,/]\s*|\s+-\s+)(?P<state>[A-Z]{2})(?:\s*,\s*[A-Z]{2})?")


class Difference(StrEnum):
    """How a package as shown differs from what was written; the weightiest first."""

    NOT_FINISHED = "not_finished"  # we said delivered, the shop does not show it
    FINISHED_BY_OTHERS = "finished_by_others"  # the shop shows delivered, we never said it
    MISSING_EVENTS = "missing_events"
    OTHER_DATE = "other_date"  # of an event, or of the delivery
    DOUBLED_EVENTS = "doubled_events"  # the account adds what it is told to what it had
    EVENTS_OF_OTHERS = "events_of_others"  # lines that are not ours, beside ours


# -- what it shows -----------------------------------------------------------------------------------------------------


def read_shown(status: Node) -> Shown:
    """``courierStatus.status`` is not read: VTEX leaves it at anything."""
    return Shown(
        events=tuple(reading.each(status, "data", _read_event)),
        is_finished=reading.flag(status, "finished"),
        delivered_at=reading.text(status, "deliveredDate"),
    )


def _read_event(event: Node) -> ShopEvent:
    return ShopEvent(
        date=reading.text(event, "lastChange") or reading.text(event, "createDate") or "",
        description=reading.text(event, "description") or "",
        city=reading.text(event, "city") or "",
        state=reading.text(event, "state") or "",
    )


# -- what it is to show ------------------------------------------------------------------------------------------------


def events_of(events: Iterable[EventView], zone: tzinfo, words: Callable[[EventView], str]) -> tuple[ShopEvent, ...]:
    """A parcel's timeline for the shop: oldest first, each line once. The same for the same events in any order.

    Days are those of ``zone``, the shop's. ``words`` speaks for an event without a description of its own.
    """
    lines: dict[Key, ShopEvent] = {}
    for event in sorted(events, key=_precedence):
        line = _line(event, zone, words)
        if line.description:
            lines.setdefault(_key(line), line)
    return tuple(sorted(lines.values(), key=lambda line: line.date))  # stable: a day's lines stay in their order


def _precedence(event: EventView) -> tuple[datetime, int, str, str, str, str]:
    texts = (event.description, event.place, event.code, event.local_time or "")
    return event.occurred_at, event.status.rank, *texts


def _line(event: EventView, zone: tzinfo, words: Callable[[EventView], str]) -> ShopEvent:
    city, state = city_and_state(_clean(event.place, LONGEST_DESCRIPTION))
    description = _clean(event.description, LONGEST_DESCRIPTION) or _clean(words(event), LONGEST_DESCRIPTION)
    return ShopEvent(_day(event, zone), description, city, state)


def _day(event: EventView, zone: tzinfo) -> str:
    """The day in the shop's zone; of a carrier's clock whose zone nobody knows, the day that the clock showed."""
    if event.zone_assumed and event.local_time:
        return event.local_time[:10]
    return event.occurred_at.astimezone(zone).date().isoformat()


def city_and_state(place: str) -> tuple[str, str]:
    found = CITY_STATE.fullmatch(place)
    return (found["city"], found["state"]) if found else (place, "")


def _clean(text: str, longest: int) -> str:
    """One line that every encoding can carry."""
    plain = "".join(character if character.isprintable() else " " for character in text)
    plain = " ".join(plain.split())
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"


def written_of(events: tuple[ShopEvent, ...], delivered_at: datetime | None, zone: tzinfo) -> Written:
    """Delivered where there is a moment of it; in the shop's zone, since VTEX takes none with it."""
    if delivered_at is None:
        return Written(events, is_delivered=False, delivered_at=None)
    local = delivered_at.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    return Written(events, is_delivered=True, delivered_at=local)


def delivery_fault(delivered_at: datetime, left_at: datetime | None, now: datetime) -> str | None:
    """Why marketplaces behind VTEX would refuse this moment of a delivery, if they would."""
    if delivered_at > now:
        return "delivered in the future"
    if left_at is not None and delivered_at < left_at:
        return "delivered before it was invoiced or dispatched"
    return None


def body_of(written: Written) -> dict[str, object]:
    """As ``PUT …/tracking`` takes it."""
    return {
        "isDelivered": written.is_delivered,
        "deliveredDate": written.delivered_at,
        "events": [
            {"city": event.city, "state": event.state, "description": event.description, "date": event.date}
            for event in written.events
        ],
    }


def not_yet_shown(written: Written, shown: Shown) -> Written:
    """What is left to be told to an account that adds to what it has."""
    known = {_key(event) for event in shown.events}
    rest = tuple(event for event in written.events if _key(event) not in known)
    return Written(rest, written.is_delivered, written.delivered_at)


# -- how they differ ---------------------------------------------------------------------------------------------------


class Key(NamedTuple):
    """What makes a line the same line, however VTEX wrote it back."""

    date: str
    description: str
    city: str
    state: str


def _key(event: ShopEvent) -> Key:
    return Key(event.date[:10], *map(_folded, (event.description, event.city, event.state)))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split()))[:LONGEST_DESCRIPTION]


def differences(wanted: Written, shown: Shown) -> tuple[Difference, ...]:
    """The weightiest first; none: the shop shows what it was told."""
    found = {*_of_end(wanted, shown), *_of_events(wanted, shown)}
    return tuple(difference for difference in Difference if difference in found)


def _of_end(wanted: Written, shown: Shown) -> Iterable[Difference]:
    if wanted.is_delivered and not shown.is_finished:
        yield Difference.NOT_FINISHED
    elif shown.is_finished and not wanted.is_delivered:
        yield Difference.FINISHED_BY_OTHERS
    elif wanted.delivered_at and not _is_same_moment(wanted.delivered_at, shown.delivered_at):
        yield Difference.OTHER_DATE


def _of_events(wanted: Written, shown: Shown) -> Iterable[Difference]:
    asked, seen = (Counter(map(_key, side.events)) for side in (wanted, shown))
    ours, there = ({key._replace(date="") for key in side} for side in (asked, seen))
    if any(key not in seen for key in asked):
        yield Difference.OTHER_DATE if ours <= there else Difference.MISSING_EVENTS
    if any(seen[key] > asked[key] for key in asked):
        yield Difference.DOUBLED_EVENTS
    if there - ours:
        yield Difference.EVENTS_OF_OTHERS


def _is_same_moment(wanted: str, shown: str | None) -> bool:
    try:
        moments = [datetime.fromisoformat(text).replace(tzinfo=None) for text in (wanted, shown or "")]
    except ValueError:
        return False
    return abs(moments[0] - moments[1]) <= ANY_ZONE
