"""What is wrong, in the reader's language: an incident, or a promise that is broken without one."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from babel.numbers import format_decimal

from bot.values import Reader
from bot.words import _, catalogue_of, incidents, moments, outside, say, sentences, states
from bot.words.outside import as_mrkdwn
from relay.desk.facets import IncidentView, Trouble
from relay.model import from_text


def title(of: Trouble, reader: Reader, now: datetime, limit: int = outside.LONG) -> str:
    """For a ``mrkdwn``, in which what others wrote takes at most ``limit`` characters."""
    known = [words.title for words in _words(of)]
    return _first_filled(known, of, reader, now, limit) or outside.mrkdwn(of.title, limit)


def remedy(of: Trouble, reader: Reader, now: datetime, limit: int = outside.LONG) -> str:
    """What to do, for a ``mrkdwn``: what the far side advises, else what the kind does; "" where there is nothing."""
    if advice := of.figures.get("advice"):
        return sentences.told(str(advice), reader, limit)
    known = [words.remedy for words in _words(of)]
    return _first_filled(known, of, reader, now, limit) or sentences.told(of.remedy, reader, limit)


def _words(of: Trouble) -> list[incidents.Words]:
    """Those of its case, then those of its kind; a kind that another version opened has none."""
    keys = f"{of.kind}.{of.figures.get('case', '')}", of.kind
    return [incidents.KINDS[key] for key in keys if key in incidents.KINDS]


def _first_filled(texts: Sequence[str], of: Trouble, reader: Reader, now: datetime, limit: int) -> str:
    """The first of which no figure is missing, as one may be that another version opened."""
    values = {name: _figure(name, value, reader, now, limit) for name, value in of.figures.items()}
    for text in filter(None, texts):
        with suppress(KeyError):
            return say(reader.locale)(text) % values
    return ""


def _figure(name: str, value: str | float, reader: Reader, now: datetime, limit: int) -> str:
    """For a ``mrkdwn``, read by its name: see :mod:`bot.words.incidents`."""
    if isinstance(value, int | float):
        return str(format_decimal(value, locale=catalogue_of(reader.locale)))
    if name in incidents.LISTS:
        return outside.mrkdwn(states.told(value, incidents.LISTS[name], reader), outside.LINE)
    if name.endswith("_at"):
        return moments.moment(from_text(value), now, reader)
    if name == "what":
        return sentences.told(value, reader, limit)
    return outside.mrkdwn(value, outside.LINE)


# -- on a card ---------------------------------------------------------------------------------------------------------


def line(incident: IncidentView, reader: Reader, now: datetime) -> str:
    """What is wrong, since when, and who looks after it, for a ``mrkdwn``."""
    speak = say(reader.locale)
    return speak(_("*Open incident* (opened %(ago)s): %(title)s. %(owner)s.")) % {
        "ago": moments.ago(incident.opened_at, now, reader),
        "title": title(incident.trouble, reader, now),
        "owner": _owner(incident, reader),
    }


def _owner(incident: IncidentView, reader: Reader) -> str:
    speak = say(reader.locale)
    if incident.owner is None:
        return speak(_("Nobody has taken it yet"))
    return speak(_("%(who)s is on it")) % {"who": as_mrkdwn(outside.user(incident.owner))}
