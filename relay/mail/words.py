"""The words for customers, in their language: a parcel's state and its dates. The page and the mails share them."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from functools import cache
from importlib.resources import files
from io import BytesIO
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

from relay.mail.outside import one_line
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
    Status.INFO_RECEIVED: _("The carrier has been told of the parcel and is waiting for it."),
    Status.IN_TRANSIT: _("The parcel is on its way."),
    Status.OUT_FOR_DELIVERY: _("The parcel is out for delivery."),
    Status.ATTEMPTED: _("The carrier tried to deliver the parcel and could not."),
    Status.AVAILABLE_FOR_PICKUP: _("The parcel is waiting for you to pick it up."),
    Status.EXCEPTION: _("There is a problem with the parcel; the shop has been told."),
    Status.EXPIRED: _("The carrier has had no news of the parcel for a while."),
    Status.RETURNING: _("The parcel is on its way back to the shop."),
    Status.CANCELLED: _("The shipment was cancelled."),
    Status.RETURNED: _("The parcel is back at the shop."),
    Status.DELIVERED: _("The parcel was delivered."),
}
#: A return travels to the shop: what is "out for delivery" does not come to the customer, what "goes back" does.
RETURN_SENTENCES = {
    Status.PENDING: _("Your return is not with the carrier yet."),
    Status.INFO_RECEIVED: _("The carrier has been told of your return and is waiting for it."),
    Status.IN_TRANSIT: _("Your return is on its way to the shop."),
    Status.OUT_FOR_DELIVERY: _("Your return will soon be at the shop."),
    Status.ATTEMPTED: _("The carrier tried to take your return to the shop and could not."),
    Status.AVAILABLE_FOR_PICKUP: _("Your return is waiting for the shop to pick it up."),
    Status.EXCEPTION: _("There is a problem with your return; the shop has been told."),
    Status.RETURNING: _("Your return did not get to the shop and is on its way back to you."),
    Status.RETURNED: _("Your return did not get to the shop and is back with you."),
    Status.DELIVERED: _("Your return has arrived at the shop."),
}
LABELS = {
    Status.UNKNOWN: _("Update"),
    Status.PENDING: _("Ordered"),
    Status.INFO_RECEIVED: _("Shipment registered"),
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
RETURN_LABELS = {
    Status.RETURNING: _("Coming back to you"),
    Status.RETURNED: _("Back with you"),
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


def language(locale: str) -> str:
    """What the texts are in, as HTML names it."""
    return catalogue_of(locale).replace("_", "-")


def say(locale: str) -> Callable[[str], str]:
    words = words_in(locale)
    return lambda text: str(words.ugettext(text))


# -- what it is called -------------------------------------------------------------------------------------------------


def order_name(orders: Sequence[str], own_label: str, locale: str) -> str:
    """``Order 1001``, ``Orders 1001 and 1002``; a shop's own label stands before each: ``Pedido nº 1001``."""
    ids = [one_line(order, 60) for order in orders]
    label = one_line(own_label, 40)
    if label:
        gap = "" if label.endswith("#") else " "
        return _listed([f"{label}{gap}{order}" for order in ids], locale)
    if len(ids) == 1:
        return say(locale)(_("Order %(order)s")) % {"order": ids[0]}
    return say(locale)(_("Orders %(orders)s")) % {"orders": _listed(ids, locale)}


def _listed(items: Sequence[str], locale: str) -> str:
    return str(format_list(items, locale=catalogue_of(locale)))


def headline(parcel: ParcelView, locale: str) -> str:
    """A parcel's news in a word or two; of a return, it says so: its "delivered" is the shop's."""
    news = label(parcel.status, parcel.kind, locale)
    return say(locale)(_("%(news)s (return)")) % {"news": news} if parcel.kind is Kind.RETURN else news


def label(status: Status, kind: Kind, locale: str) -> str:
    special = RETURN_LABELS.get(status) if kind is Kind.RETURN else None
    return say(locale)(special or LABELS[status])


def follow(parcels: int, locale: str) -> str:
    return say(locale)(_("Follow the parcel") if parcels == 1 else _("Follow the parcels"))


# -- how it stands -----------------------------------------------------------------------------------------------------


def sentence(parcel: ParcelView, locale: str) -> str:
    """Where the parcel is, in one sentence."""
    special = RETURN_SENTENCES.get(parcel.status) if parcel.kind is Kind.RETURN else None
    return say(locale)(special or SENTENCES[parcel.status])


def details(parcel: ParcelView, locale: str, timezone: str, now: datetime) -> list[str]:
    """What belongs under the sentence, as far as there is any."""
    lines = (doubt(parcel, locale), delivered(parcel, locale, timezone), expected(parcel, locale, timezone, now))
    return [line for line in lines if line]


def doubt(parcel: ParcelView, locale: str) -> str:
    """Why the history ends in a delivery and the parcel is not called delivered."""
    if parcel.status.is_final or not parcel.events or parcel.events[-1].status is not Status.DELIVERED:
        return ""
    return say(locale)(_("The carrier reports a delivery; this is still being checked."))


def expected(parcel: ParcelView, locale: str, timezone: str, now: datetime) -> str:
    """When the parcel should come, and whether that is over; empty where nobody said or it waits for no carrier."""
    day = None if _is_past_expecting(parcel.status) else _expected_day(parcel, ZoneInfo(timezone))
    if day is None:
        return ""
    is_due = day >= now.astimezone(ZoneInfo(timezone)).date()
    text = _("Expected by %(day)s.") if is_due else _("It was expected by %(day)s, and is late.")
    return say(locale)(text) % {"day": format_date(day, "full", locale=catalogue_of(locale))}


def _is_past_expecting(status: Status) -> bool:
    return status.is_final or status in {Status.AVAILABLE_FOR_PICKUP, Status.EXCEPTION, Status.RETURNING}


def _expected_day(parcel: ParcelView, zone: ZoneInfo) -> date | None:
    """The carrier's day, else the shop's; the shop promises nothing about a return."""
    estimated = estimated_day(parcel.estimated_at, zone)
    return estimated or (None if parcel.kind is Kind.RETURN else parcel.promised_at)


def estimated_day(text: str | None, zone: ZoneInfo) -> date | None:
    """The day at the door: an offset is that of the place, ``Z`` is the sender's clock; its midnight means a day."""
    try:
        at = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    is_instant = at.tzinfo is UTC and at.time() != time.min
    return at.astimezone(zone).date() if is_instant else at.date()


def delivered(parcel: ParcelView, locale: str, timezone: str) -> str:
    """When it was delivered, on the same clock as the history."""
    if parcel.status is not Status.DELIVERED or parcel.delivered_at is None:
        return ""
    scans = [event for event in parcel.events if event.status is Status.DELIVERED]
    scan = next((event for event in scans if event.occurred_at == parcel.delivered_at), None)
    at = event_moment(scan, locale, timezone) if scan else moment(parcel.delivered_at, locale, timezone)
    return say(locale)(_("Delivered on %(moment)s.")) % {"moment": at}


def checked(parcel: ParcelView, locale: str, timezone: str) -> str:
    """When the carrier was last heard or asked; a person who sees nothing move must know that somebody looked."""
    if parcel.checked_at is None:
        return say(locale)(_("The carrier has not reported anything yet."))
    return say(locale)(_("Last checked: %(moment)s.")) % {"moment": moment(parcel.checked_at, locale, timezone)}


# -- moments -----------------------------------------------------------------------------------------------------------


def moment(at: datetime, locale: str, timezone: str) -> str:
    """A moment on the shop's clock."""
    return _written(at.astimezone(ZoneInfo(timezone)), locale)


def event_moment(event: EventView, locale: str, timezone: str) -> str:
    """A scan on the clock of its place, where the carrier told it, else on the shop's; of a day alone, the day."""
    if not event.local_time:
        return moment(event.occurred_at, locale, timezone)
    local = datetime.fromisoformat(event.local_time)
    return _written(local, locale) if "T" in event.local_time else _written_day(local, locale)


def _written(local: datetime, locale: str) -> str:
    return f"{_written_day(local, locale)}, {format_time(local, 'short', locale=catalogue_of(locale))}"


def _written_day(local: datetime, locale: str) -> str:
    return str(format_date(local, "medium", locale=catalogue_of(locale)))
