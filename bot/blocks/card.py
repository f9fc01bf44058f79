"""The card of an order: the sentence, the next step, then everything behind them, from the top to the bottom."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from bot.blocks import buttons, shapes
from bot.blocks.parcel import details, one_line
from bot.values import Block, Message, Reader
from bot.words import _, headlines, moments, outside, say, steps, troubles
from bot.words.outside import as_mrkdwn
from relay.desk.card import Card
from relay.desk.facets import IncidentView, ParcelCard
from relay.desk.headline import WEIGHT

#: So many parcels are shown with all there is, the others with a line each; so many scans of each.
WHOLE, LINES = 3, 16
SCANS: Final = (5, 3, 3)
#: So many incidents and notes stand on a card.
MOST = 3


def card(card: Card, reader: Reader, now: datetime) -> Message:
    """Fits one message, whatever the carriers wrote and however many parcels there are."""
    sentence = headlines.sentence(card, reader, now)
    return Message(outside.mrkdwn(sentence, shapes.SECTION), tuple(_blocks(card, sentence, reader, now)))


def _blocks(card: Card, sentence: str, reader: Reader, now: datetime) -> Iterator[Block]:
    yield shapes.header(sentence)
    yield shapes.section(f"*{say(reader.locale)(_('Next step'))}:* {steps.next_step(card, reader)}")
    yield from _incidents(card.incidents, reader, now)
    yield from _notices(card, reader, now)
    yield shapes.context(" · ".join(_about(card, reader, now)))
    yield from _parcels(card, reader, now)
    yield from buttons.of_order(card, reader)
    if notes := list(_footnotes(card, reader)):
        yield shapes.context(*notes)


def _about(card: Card, reader: Reader, now: datetime) -> Iterator[str]:
    speak = say(reader.locale)
    yield speak(_("Order %(order)s")) % {"order": outside.mrkdwn(card.order_id, outside.PLACE)}
    if card.short_number and card.short_number != card.order_id:
        yield speak(_("number %(number)s")) % {"number": outside.mrkdwn(card.short_number, outside.PLACE)}
    if not card.parcels and card.promised:
        yield speak(_("promised for %(day)s")) % {
            "day": moments.day(card.promised, moments.today_of(now, reader), reader)
        }
    if card.shop_shows:
        yield speak(_("the shop's page says “%(words)s”")) % {"words": outside.mrkdwn(card.shop_shows, outside.PLACE)}
    yield as_mrkdwn(outside.link(card.page_url, speak(_("the customer's page"))))


# -- what is open ------------------------------------------------------------------------------------------------------


def _incidents(open_now: Sequence[IncidentView], reader: Reader, now: datetime) -> Iterator[Block]:
    for incident in open_now[:MOST]:
        yield shapes.section(troubles.line(incident, reader, now))


def _notices(card: Card, reader: Reader, now: datetime) -> Iterator[Block]:
    for notice in card.notices[:MOST]:
        text = say(reader.locale)(_("*Note* by %(who)s: “%(text)s” (until %(moment)s)"))
        yield shapes.section(
            text
            % {
                "who": as_mrkdwn(outside.user(notice.by)),
                "text": outside.mrkdwn(notice.text, outside.LONG),
                "moment": moments.moment(notice.until, now, reader),
            }
        )


# -- parcels -----------------------------------------------------------------------------------------------------------


def _parcels(card: Card, reader: Reader, now: datetime) -> Iterator[Block]:
    """Those that matter most in full, each where it stands among the others."""
    whole = _in_full(card)
    for number, parcel in enumerate(card.parcels, 1):
        if parcel.shipment_id in whole:
            yield from _whole_parcel(card, parcel, number, SCANS[len(whole) - 1], reader, now)
    rest = [parcel for parcel in card.parcels if parcel.shipment_id not in whole]
    if rest:
        yield shapes.section("\n".join(_rest(rest, reader)))
        yield shapes.context(_more_of_them(card, reader))


def _in_full(card: Card) -> frozenset[str | None]:
    by_weight = sorted(card.headlines, key=lambda headline: WEIGHT[headline.matter])
    return frozenset(headline.shipment_id for headline in by_weight[:WHOLE])


def _whole_parcel(
    card: Card, parcel: ParcelCard, number: int, scans: int, reader: Reader, now: datetime
) -> Iterator[Block]:
    yield shapes.divider()
    if len(card.parcels) > 1:
        said = headlines.parcel_sentence(card, card.headlines[number - 1], reader, now)
        title = say(reader.locale)(_("Parcel %(number)s of %(total)s")) % {
            "number": number,
            "total": len(card.parcels),
        }
        yield shapes.section(f"*{title}*\n{outside.mrkdwn(said, outside.LONG)}")
    yield from details(card, parcel, scans, reader, now)
    if len(card.parcels) > 1:
        yield from buttons.of_parcel(card, parcel, reader)


def _rest(rest: Sequence[ParcelCard], reader: Reader) -> Iterator[str]:
    speak = say(reader.locale)
    yield f"*{speak(_('The other parcels'))}*"
    for parcel in rest[:LINES]:
        yield "• " + one_line(parcel, reader)
    if len(rest) > LINES:
        yield speak(_("And %(count)s more")) % {"count": len(rest) - LINES}


def _more_of_them(card: Card, reader: Reader) -> str:
    """Where the parcels that have a line alone are seen whole, and how one of them is corrected."""
    speak = say(reader.locale)
    page = as_mrkdwn(outside.link(card.page_url, speak(_("the customer's page"))))
    shown = speak(_("All their scans: %(page)s")) % {"page": page}
    if not reader.may_correct:
        return shown
    command = f"`/track override {outside.mrkdwn(card.order_id, outside.PLACE)}`"
    return f"{shown} · {speak(_('correct one of them: %(command)s')) % {'command': command}}"


# -- at the end --------------------------------------------------------------------------------------------------------


def _footnotes(card: Card, reader: Reader) -> Iterator[str]:
    speak = say(reader.locale)
    if card.watchers:
        people = ", ".join(as_mrkdwn(outside.user(watcher)) for watcher in card.watchers[:MOST])
        yield speak(_("Watched by %(people)s")) % {"people": people}
    if card.is_erased:
        yield speak(_("The customer was erased: name and address are not kept, and no mail leaves."))
    elif not card.is_mailed:
        yield speak(_("Wismo does not mail this customer."))
    elif card.mail_mode == "shadow":
        yield speak(_("Not live: mails are kept in shadow, the customer gets none."))
    elif card.mail_mode == "paused":
        yield speak(_("Mails are paused: the customer gets none until they are resumed."))
