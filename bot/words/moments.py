"""Times on the reader's clock, as people say them."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton, format_time

from bot.values import Reader
from bot.words import _, catalogue_of, say
from relay.model import EventView

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
#: A date so many days away is told with its year, and no more by counting days.
FAR = 60
_BEFORE_UNIT: Final = re.compile(r"(?<=\d) (?=[a-z])")


def ago(at: datetime, now: datetime, reader: Reader) -> str:
    """``20 min ago``, ``3 h ago``, ``yesterday``, ``3 days ago``: days are those of the reader's calendar."""
    passed = now - at
    if passed < timedelta(0):
        return moment(at, now, reader)
    if passed < MINUTE:
        return say(reader.locale)(_("just now"))
    if passed < HOUR:
        return _unbroken(say(reader.locale)(_("%(count)s min ago")) % {"count": passed // MINUTE})
    if passed < DAY:
        return _unbroken(say(reader.locale)(_("%(count)s h ago")) % {"count": passed // HOUR})
    return _days_ago(local(at, reader).date(), local(now, reader).date(), reader)


def _days_ago(on: date, today: date, reader: Reader) -> str:
    days = (today - on).days
    if days <= 1:
        return say(reader.locale)(_("yesterday"))
    if days < FAR:
        return _unbroken(say(reader.locale)(_("%(count)s days ago")) % {"count": days})
    return say(reader.locale)(_("on %(day)s")) % {"day": day(on, today, reader)}


def span(lasted: timedelta, reader: Reader) -> str:
    """``12 min``, ``3 h 12 min``, ``2 d 3 h``."""
    return _unbroken(_span(lasted, say(reader.locale)))


def _span(lasted: timedelta, speak: Callable[[str], str]) -> str:
    days, hours, minutes = lasted // DAY, lasted % DAY // HOUR, lasted % HOUR // MINUTE
    if days:
        return speak(_("%(days)s d %(hours)s h")) % {"days": days, "hours": hours}
    if hours and not minutes:
        return speak(_("%(count)s h")) % {"count": hours}
    if hours:
        return speak(_("%(hours)s h %(minutes)s min")) % {"hours": hours, "minutes": minutes}
    return speak(_("%(count)s min")) % {"count": max(minutes, 1)}


def ahead(at: datetime, now: datetime, reader: Reader) -> str:
    """``in 20 min``, ``in 3 h``, else the moment; what is past is due now."""
    left = at - now
    if left < MINUTE:
        return say(reader.locale)(_("now"))
    if left < HOUR:
        return _unbroken(say(reader.locale)(_("in %(count)s min")) % {"count": left // MINUTE})
    if left < DAY:
        return _unbroken(say(reader.locale)(_("in %(count)s h")) % {"count": left // HOUR})
    return moment(at, now, reader)


def _unbroken(text: str) -> str:
    """No line ends between a number and its unit."""
    return _BEFORE_UNIT.sub("\u00a0", text)


def day(on: date, today: date, reader: Reader) -> str:
    """``today``, ``tomorrow``, ``yesterday``, else ``Thu, Mar 12``, with its year where that may be in doubt."""
    near = {-1: _("yesterday"), 0: _("today"), 1: _("tomorrow")}.get((on - today).days)
    if near:
        return say(reader.locale)(near)
    skeleton = "MMMEd" if abs((on - today).days) < FAR else "yMMMd"
    return str(format_skeleton(skeleton, on, locale=catalogue_of(reader.locale)))


def moment(at: datetime, now: datetime, reader: Reader) -> str:
    """``Thu, Mar 12, 14:05`` on the reader's clock."""
    here = local(at, reader)
    return f"{_date_of(here, local(now, reader).date(), reader)}, {_time_of(here, reader)}"


def scan_moment(event: EventView, now: datetime, reader: Reader) -> str:
    """A scan on the clock of its place, where the carrier told it, else on the reader's; of a day alone, the day."""
    if not event.local_time:
        return moment(event.occurred_at, now, reader)
    there, today = datetime.fromisoformat(event.local_time), local(now, reader).date()
    on = _date_of(there, today, reader)
    return f"{on}, {_time_of(there, reader)}" if "T" in event.local_time else on


def local(at: datetime, reader: Reader) -> datetime:
    return at.astimezone(ZoneInfo(reader.zone))


def today_of(now: datetime, reader: Reader) -> date:
    return local(now, reader).date()


def _date_of(here: datetime, today: date, reader: Reader) -> str:
    skeleton = "MMMd" if abs((here.date() - today).days) < FAR else "yMMMd"
    return str(format_skeleton(skeleton, here, locale=catalogue_of(reader.locale)))


def _time_of(here: datetime, reader: Reader) -> str:
    return str(format_time(here, "short", locale=catalogue_of(reader.locale))).replace("\u202f", " ")


def day_in_words(on: date, reader: Reader) -> str:
    """``March 12``, ``12 de março``: for a text that may be read on another day."""
    return str(format_skeleton("MMMMd", on, locale=catalogue_of(reader.locale)))
