"""Moments as carriers write them."""

from datetime import UTC, date, datetime, tzinfo
from typing import NamedTuple

#: Outside these years a moment is a vendor's word for "none" (.NET writes the year 1) or a fault, and near the ends of
#: the calendar every change of zone overflows.
YEARS = range(1990, 2100)
DATE_LENGTH = len("2026-03-02")


class Moment(NamedTuple):
    # A tuple and not a dataclass: made for every scan, at a third of the cost.
    text: str = ""  #: exactly as the sender wrote it; part of a fact's identity
    at: datetime | None = None  #: UTC; None where nothing readable was written
    local: str | None = None  #: the wall clock where it happened, ISO without offset
    zone_assumed: bool = False  #: neither the text nor the sender's documentation gave a zone


def moment(text: str, documented: tzinfo | None = None) -> Moment:
    """Read an ISO moment; ``documented`` is the zone that the sender's documentation gives to one without offset.

    With neither it is read as UTC and marked. A date alone leaves the hour open, so it counts as assumed too.
    """
    try:
        written = datetime.fromisoformat(text)
    except ValueError:
        return Moment(text)
    if written.year not in YEARS:
        return Moment(text)
    if written.tzinfo is not None:
        # Z is the sender's clock; an offset, even a zero, is that of the place.
        local = None if text[-1] in "Zz" else written.replace(tzinfo=None).isoformat()
        return Moment(text, written.astimezone(UTC), local)
    if len(text) <= DATE_LENGTH:
        return Moment(text, written.replace(tzinfo=UTC), written.date().isoformat(), zone_assumed=True)
    at = written.replace(tzinfo=documented or UTC).astimezone(UTC)
    return Moment(text, at, written.isoformat(), zone_assumed=documented is None)


def assumed(text: str, zone: tzinfo) -> Moment:
    """Read an ISO moment; one without offset is taken to be of ``zone``, which nobody has documented, and is marked."""
    when = moment(text, documented=zone)
    is_guess = when.at is not None and datetime.fromisoformat(text).tzinfo is None
    return when._replace(zone_assumed=is_guess or when.zone_assumed)


def estimate(text: str) -> str | None:
    """An estimate as it may be kept: an ISO date, or an ISO moment with offset. None where it is neither.

    Of a moment without offset only the date is sure.
    """
    try:
        if len(text) <= DATE_LENGTH:
            return date.fromisoformat(text).isoformat()
        written = datetime.fromisoformat(text)
    except ValueError:
        return None
    if written.year not in YEARS:
        return None
    return text if written.tzinfo else written.date().isoformat()
