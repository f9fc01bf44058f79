"""One parcel of a card: its state, its clocks, its scans, and what others were told and show."""

from collections.abc import Iterator
from datetime import date, datetime

from bot.blocks import shapes
from bot.values import Block, Reader
from bot.words import _, clocks, moments, outside, say, states
from bot.words.outside import as_mrkdwn
from relay.desk.card import Card
from relay.desk.facets import Correction, ParcelCard, ShopSide, Told
from relay.model import EventView, Kind, Status


def details(card: Card, parcel: ParcelCard, scans: int, reader: Reader, now: datetime) -> Iterator[Block]:
    yield shapes.fields(list(_facts(card, parcel, reader, now)))
    if parcel.override:
        yield shapes.section(_override(parcel.override, parcel, reader, now))
    if parcel.held:
        yield shapes.section(_held(parcel, reader, now))
    yield shapes.context(clocks.in_words(parcel, reader, now))
    if parcel.events:
        yield shapes.section("\n".join(_scans(card, parcel, scans, reader, now)))


def one_line(parcel: ParcelCard, reader: Reader) -> str:
    return f"{_number(parcel, reader)}: {states.status(parcel.status, parcel.kind, reader)}"


def _number(parcel: ParcelCard, reader: Reader) -> str:
    carrier = outside.mrkdwn(parcel.carrier_label, outside.PLACE) or say(reader.locale)(_("carrier not known"))
    if not parcel.tracking_number:
        return f"{carrier}, {say(reader.locale)(_('no number yet'))}"
    return f"{carrier} `{outside.mrkdwn(parcel.tracking_number, outside.PLACE)}`"


# -- what is so --------------------------------------------------------------------------------------------------------


def _facts(card: Card, parcel: ParcelCard, reader: Reader, now: datetime) -> Iterator[tuple[str, str]]:
    speak = say(reader.locale)
    yield speak(_("State")), _state(parcel, reader, now)
    yield speak(_("Return by") if parcel.kind is Kind.RETURN else _("Carrier")), states.capital(_number(parcel, reader))
    if parcel.expected and not parcel.status.is_final:
        yield speak(_("Expected by the carrier")), _day(parcel.expected, reader, now)
    if parcel.kind is Kind.OUTBOUND and card.promised:
        yield speak(_("Promised")), _day(card.promised, reader, now)
    if parcel.kind is Kind.OUTBOUND:
        yield speak(_("The customer was told")), _told(parcel, reader, now)
    if parcel.shop:
        yield speak(_("The shop shows")), _shown(parcel.shop, reader, now)
    if parcel.given_up:
        yield speak(_("On the give-up list")), states.capital(speak(states.GIVEN_UP[parcel.given_up]))


def _state(parcel: ParcelCard, reader: Reader, now: datetime) -> str:
    shown = states.capital(states.status(parcel.status, parcel.kind, reader))
    if parcel.delivered_at and parcel.status.is_final:
        shown = f"{shown}, {moments.moment(parcel.delivered_at, now, reader)}"
    if parcel.status is parcel.carrier_status:
        return shown
    said = states.status(parcel.carrier_status, parcel.kind, reader)
    return say(reader.locale)(_("%(shown)s (the carrier says: %(said)s)")) % {"shown": shown, "said": said}


def _day(on: date, reader: Reader, now: datetime) -> str:
    return states.capital(moments.day(on, moments.today_of(now, reader), reader))


def _told(parcel: ParcelCard, reader: Reader, now: datetime) -> str:
    if not parcel.told:
        return say(reader.locale)(_("Nothing yet"))
    return "\n".join(_mail(mail, reader, now) for mail in parcel.told[-2:])


MAIL_STATES = {
    "sent": _("%(status)s, %(ago)s"),
    "due": _("%(status)s: leaves %(when)s"),
    "shadow": _("%(status)s: would have been mailed, %(ago)s"),
    "paused": _("%(status)s: held back, mails are paused"),
    "braked": _("%(status)s: held by the brake on mails, until somebody lets it go"),
    "dead": _("%(status)s: could not be sent, given up"),
    "drift": _("%(status)s: could not be sent, given up"),
}


def _mail(mail: Told, reader: Reader, now: datetime) -> str:
    status = states.status(mail.status, Kind.OUTBOUND, reader)
    text = say(reader.locale)(MAIL_STATES.get(mail.state, MAIL_STATES["sent"]))
    ago, when = moments.ago(mail.at, now, reader), moments.ahead(mail.at, now, reader)
    return states.capital(text % {"status": status, "ago": ago, "when": when})


def _shown(shop: ShopSide, reader: Reader, now: datetime) -> str:
    speak = say(reader.locale)
    lines = speak(_("%(count)s lines")) % {"count": shop.lines} if shop.lines != 1 else speak(_("1 line"))
    shown = speak(_("Delivered, %(lines)s") if shop.is_finished else _("Not delivered, %(lines)s")) % {"lines": lines}
    read = speak(_("%(shown)s (read %(ago)s)")) % {"shown": shown, "ago": moments.ago(shop.read_at, now, reader)}
    if not shop.drift:
        return read
    why = outside.mrkdwn(states.told(shop.drift, states.DRIFTS, reader))
    return f"{read}\n*{speak(_('Differs'))}:* {why}"


# -- what people and rules decided -------------------------------------------------------------------------------------


def _override(override: Correction, parcel: ParcelCard, reader: Reader, now: datetime) -> str:
    speak = say(reader.locale)
    said = speak(_("*Set by hand:* %(status)s, by %(who)s %(ago)s, %(until)s. Reason: “%(reason)s”")) % {
        "status": states.status(override.status, parcel.kind, reader),
        "who": as_mrkdwn(outside.user(override.by)),
        "ago": moments.ago(override.at, now, reader),
        "until": until_in_words(override.until, override.until_word, reader, now),
        "reason": outside.mrkdwn(override.reason),
    }
    if now < override.effects_at and (override.tells or override.writes_shop):
        return f"{said}\n{speak(_('What it tells leaves %(when)s; until then undoing it costs nothing.'))}" % {
            "when": moments.ahead(override.effects_at, now, reader)
        }
    return said


def until_in_words(until: datetime | None, word: str, reader: Reader, now: datetime) -> str:
    """``until Mar 14, 9:00 AM``, ``until the carrier says otherwise``, ``until somebody lifts it``."""
    speak = say(reader.locale)
    if until:
        return speak(_("until %(moment)s")) % {"moment": moments.moment(until, now, reader)}
    return speak(_("until somebody lifts it") if word == "lifted" else _("until the carrier says otherwise"))


def _held(parcel: ParcelCard, reader: Reader, now: datetime) -> str:
    held = parcel.held
    if held is None:
        return ""
    return say(reader.locale)(_("*Held* since %(moment)s: %(why)s. A second word of the carrier releases it.")) % {
        "moment": moments.moment(held.since, now, reader),
        "why": outside.mrkdwn(states.told(held.reason, states.HELD, reader)),
    }


# -- scans -------------------------------------------------------------------------------------------------------------


def _scans(card: Card, parcel: ParcelCard, most: int, reader: Reader, now: datetime) -> Iterator[str]:
    speak = say(reader.locale)
    yield f"*{speak(_('Latest scans'))}*"
    for event in reversed(parcel.events[-most:]):
        yield "• " + _scan(event, parcel.kind, reader, now)
    if len(parcel.events) > most:
        page = as_mrkdwn(outside.link(card.page_url, speak(_("the customer's page"))))
        yield speak(_("%(count)s more: see %(page)s")) % {"count": len(parcel.events) - most, "page": page}


def _scan(event: EventView, kind: Kind, reader: Reader, now: datetime) -> str:
    """When, what, where, and the carrier's own words."""
    when = moments.scan_moment(event, now, reader)
    if event.zone_assumed:
        when = say(reader.locale)(_("%(when)s (zone not known)")) % {"when": when}
    parts = [
        when,
        states.status(event.status, kind, reader),
        outside.mrkdwn(event.place, outside.PLACE),
        outside.mrkdwn(event.description or (event.code if event.status is Status.UNKNOWN else ""), SCAN),
    ]
    return " – ".join(part for part in parts if part)


#: Characters of a carrier's own words about a scan.
SCAN = 120
