"""The words for customers, in their language: a parcel's state and its dates. The page and the mails share them."""

from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from io import BytesIO
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_time
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

from relay.model import EventView, Kind, ParcelView, Status

#: What the catalogues are called, by the language of a locale.
CATALOGUES = {"pt": "pt_BR", "es": "es", "en": "en"}

Words = NullTranslations


def _(text: str) -> str:
    """Mark a text for the catalogues."""
    return text


SENTENCES = {
    Status.UNKNOWN: _("There is no news of the parcel yet."),
    Status.PENDING: _("The parcel is not with the carrier yet."),
    Status.INFO_RECEIVED: _("The carrier knows of the parcel and waits for it."),
    Status.IN_TRANSIT: _("The parcel is on its way."),
    Status.OUT_FOR_DELIVERY: _("The parcel is out for delivery."),
    Status.ATTEMPTED: _("The carrier tried to deliver the parcel and could not."),
    Status.AVAILABLE_FOR_PICKUP: _("The parcel is waiting to be picked up."),
    Status.EXCEPTION: _("There is a problem with the parcel; the shop knows of it."),
    Status.EXPIRED: _("The carrier has had no news of the parcel for a while."),
    Status.RETURNING: _("The parcel is on its way back to the shop."),
    Status.CANCELLED: _("The shipment was cancelled."),
    Status.RETURNED: _("The parcel is back at the shop."),
    Status.DELIVERED: _("The parcel was delivered."),
}
RETURN_SENTENCES = {
    Status.IN_TRANSIT: _("Your return is on its way to the shop."),
    Status.DELIVERED: _("Your return has arrived at the shop."),
}
LABELS = {
    Status.UNKNOWN: _("News"),
    Status.PENDING: _("Ordered"),
    Status.INFO_RECEIVED: _("Announced"),
    Status.IN_TRANSIT: _("On its way"),
    Status.OUT_FOR_DELIVERY: _("Out for delivery"),
    Status.ATTEMPTED: _("Delivery attempted"),
    Status.AVAILABLE_FOR_PICKUP: _("Ready for pickup"),
    Status.EXCEPTION: _("Problem"),
    Status.EXPIRED: _("No news"),
    Status.RETURNING: _("Going back"),
    Status.CANCELLED: _("Cancelled"),
    Status.RETURNED: _("Returned"),
    Status.DELIVERED: _("Delivered"),
}


def catalogue_of(locale: str) -> str:
    """``pt``, ``pt-PT`` and ``PT_br`` are all served in Brazilian Portuguese; what is unknown, in English."""
    return CATALOGUES.get(locale.replace("-", "_").lower().partition("_")[0], "en")


@cache
def words_in(locale: str) -> Words:
    """The catalogue for a locale, compiled from its .po file in memory, so that no build step can be forgotten."""
    catalogue = catalogue_of(locale)
    if catalogue == "en":
        return NullTranslations()
    source = files("relay.mail") / "locale" / catalogue / "LC_MESSAGES" / "wismo.po"
    compiled = BytesIO()
    with source.open("rb") as handle:
        write_mo(compiled, read_po(handle, locale=catalogue))
    compiled.seek(0)
    return Translations(compiled, domain="wismo")


def sentence(parcel: ParcelView, locale: str) -> str:
    """Where the parcel is, in one sentence."""
    special = RETURN_SENTENCES.get(parcel.status) if parcel.kind is Kind.RETURN else None
    return say(locale)(special or SENTENCES[parcel.status])


def label(status: Status, locale: str) -> str:
    return say(locale)(LABELS[status])


def say(locale: str) -> Callable[[str], str]:
    words = words_in(locale)
    return lambda text: str(words.ugettext(text))


def expected(parcel: ParcelView, locale: str, today: date) -> str:
    """When the parcel should come, and whether that is over; empty where nobody said or it is done."""
    if parcel.status.is_final or parcel.status in {Status.RETURNING, Status.EXCEPTION}:
        return ""
    day = _day(parcel.estimated_at) or parcel.promised_at
    if day is None:
        return ""
    text = _("Expected by %(day)s.") if day >= today else _("It was expected by %(day)s and is late.")
    return say(locale)(text) % {"day": format_date(day, "full", locale=catalogue_of(locale))}


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None


def delivered(parcel: ParcelView, locale: str, timezone: str) -> str:
    if parcel.status is not Status.DELIVERED or parcel.delivered_at is None:
        return ""
    return say(locale)(_("Delivered on %(moment)s.")) % {"moment": moment(parcel.delivered_at, locale, timezone)}


def checked(parcel: ParcelView, locale: str, timezone: str) -> str:
    """When the carrier was last heard or asked; a person who sees nothing move must know that somebody looked."""
    if parcel.checked_at is None:
        return say(locale)(_("The carrier has not told anything yet."))
    return say(locale)(_("Last checked: %(moment)s.")) % {"moment": moment(parcel.checked_at, locale, timezone)}


def moment(at: datetime, locale: str, timezone: str) -> str:
    """A moment on the shop's clock."""
    return str(format_datetime(at, "medium", tzinfo=ZoneInfo(timezone), locale=catalogue_of(locale)))


def event_moment(event: EventView, locale: str, timezone: str) -> str:
    """A scan on the clock of its place, where the carrier told it, else on the shop's."""
    if not event.local_time:
        return moment(event.occurred_at, locale, timezone)
    local = datetime.fromisoformat(event.local_time)
    name = catalogue_of(locale)
    return f"{format_date(local, 'medium', locale=name)} {format_time(local, 'short', locale=name)}"
