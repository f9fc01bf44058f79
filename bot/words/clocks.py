"""The three clocks of a parcel in words: when its carrier was heard, when it was asked, when something changed."""

from collections.abc import Iterator
from datetime import datetime

from bot.values import Reader
from bot.words import _, moments, outside, say, states
from relay.desk.facets import Asked, ParcelCard


def in_words(parcel: ParcelCard, reader: Reader, now: datetime) -> str:
    """For a ``mrkdwn``; where the clocks mean that what is shown may be old, it says so."""
    return " · ".join(_clocks(parcel, reader, now))


def _clocks(parcel: ParcelCard, reader: Reader, now: datetime) -> Iterator[str]:
    speak = say(reader.locale)
    if parcel.heard_at:
        yield speak(_("Heard %(ago)s")) % {"ago": moments.ago(parcel.heard_at, now, reader)}
    else:
        yield speak(_("Never heard from"))
    yield _asked(parcel, reader, now)
    if parcel.changed_at:
        yield speak(_("changed %(ago)s")) % {"ago": moments.ago(parcel.changed_at, now, reader)}
    if parcel.asking.is_stale:
        yield speak(_("*what is shown may be old*"))


def _asked(parcel: ParcelCard, reader: Reader, now: datetime) -> str:
    asking, speak = parcel.asking, say(reader.locale)
    if asking.asked is Asked.NO_NUMBER:
        return speak(_("nothing to ask about: there is no number yet"))
    if asking.asked is Asked.NOBODY:
        return speak(_("nobody to ask: %(remedy)s")) % {"remedy": states.settings_to_make(asking.remedy, reader)}
    label = outside.mrkdwn(asking.label, outside.PLACE)
    if asking.failure and parcel.tried_at:
        return speak(_("asked %(carrier)s %(ago)s in vain: %(why)s")) % {
            "carrier": label,
            "ago": moments.ago(parcel.tried_at, now, reader),
            "why": outside.mrkdwn(states.told(asking.failure, states.FAILURES, reader)),
        } + _next(parcel, reader, now)
    if parcel.asked_at:
        ago = moments.ago(parcel.asked_at, now, reader)
        return speak(_("%(carrier)s asked %(ago)s")) % {"carrier": label, "ago": ago} + _next(parcel, reader, now)
    return speak(_("%(carrier)s not asked yet")) % {"carrier": label} + _next(parcel, reader, now)


def _next(parcel: ParcelCard, reader: Reader, now: datetime) -> str:
    if parcel.asking.next_at is None:
        return ""
    when = moments.ahead(parcel.asking.next_at, now, reader)
    return " " + say(reader.locale)(_("(next %(when)s)")) % {"when": when}
