"""What an agent may tell the customer: in the customer's language, without a carrier's jargon, and without guesses."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

from bot.values import Reader
from bot.words import _, moments, outside, say
from relay.desk.card import Card
from relay.desk.facets import GivenUp, ParcelCard
from relay.desk.headline import OF_STATUS, Headline, Matter
from relay.model import Kind, Status

#: So many different things are said of the parcels of an order.
MOST = 10


def reply(card: Card) -> str:
    """Plain text, ready to be pasted."""
    if len(card.headlines) <= 1:
        return _with_page(card, [_Reply(card, card.headline).text()])
    told: dict[str, list[int]] = {}
    for number, headline in enumerate(card.headlines, 1):
        told.setdefault(_Reply(card, headline).text(), []).append(number)
    opening = say(card.customer_locale)(_("Your order comes in %(count)s parcels.")) % {"count": len(card.parcels)}
    return _with_page(card, [opening, *(_of_some(card, numbers, text) for text, numbers in list(told.items())[:MOST])])


def _of_some(card: Card, numbers: Sequence[int], text: str) -> str:
    """What is said of these parcels of an order."""
    whose = _("Parcel %(numbers)s: %(text)s") if len(numbers) == 1 else _("Parcels %(numbers)s: %(text)s")
    return say(card.customer_locale)(whose) % {"numbers": _listed(numbers), "text": text}


def _listed(numbers: Sequence[int]) -> str:
    """``1, 3–5``."""
    runs = groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0])
    ends = [[number for _, number in run] for _, run in runs]
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in ends)


def not_received(card: Card) -> str:
    """For a customer who did not get what the carrier says was delivered."""
    parcel = card.main_parcel
    at = parcel.delivered_at if parcel else None
    speak = say(card.customer_locale)
    opening = speak(_("We are sorry that your parcel did not reach you."))
    if at:
        text = _("We are sorry that your parcel did not reach you, although the carrier reports a delivery on %(day)s.")
        opening = speak(text) % {"day": _customer_day(card, at)}
    steps = speak(
        _(
            "Please see whether somebody at home, a neighbour or the reception took it, or whether a note was left. "
            "Meanwhile we ask the carrier where it was handed over, and come back to you with what it says."
        )
    )
    return f"{opening} {steps}"


def _with_page(card: Card, lines: list[str]) -> str:
    follow = say(card.customer_locale)(_("You can follow it here: %(page)s")) % {"page": card.page_url}
    return "\n".join([*lines, follow])


def _customer_day(card: Card, at: datetime) -> str:
    return moments.day_in_words(at.astimezone(ZoneInfo(card.zone)).date(), _customer(card))


def _customer(card: Card) -> Reader:
    return Reader("", locale=card.customer_locale, zone=card.zone)


@dataclass(frozen=True, slots=True)
class _Reply:
    card: Card
    headline: Headline

    def text(self) -> str:
        matter = self.headline.matter
        if matter is Matter.OVERRIDDEN:  # told as if the carrier had said it
            matter = OF_STATUS[self.headline.status]
        table = _RETURNS if self._parcel and self._parcel.kind is Kind.RETURN else _REPLIES
        return " ".join(table[matter](self))

    @property
    def _parcel(self) -> ParcelCard | None:
        return self.card.parcel(self.headline.shipment_id)

    def held(self) -> Iterator[str]:
        yield self._say(_("The carrier reports that your parcel was delivered, but that does not fit what we know."))
        yield self._say(_("We are checking it with the carrier. Did it reach you?"))

    def contradicted(self) -> Iterator[str]:
        yield self._say(_("What we hear of your parcel does not agree, so we are asking the carrier where it is."))
        yield self._say(_("We come back to you as soon as we know."))

    def returned(self) -> Iterator[str]:
        yield self._say(_("Your parcel could not be delivered and is back with us."))
        yield self._say(_("Tell us what you prefer: that we send it again, or that we look for another solution."))

    def returning(self) -> Iterator[str]:
        yield self._say(_("Your parcel could not be delivered and is on its way back to us."))
        yield self._say(_("We are asking the carrier for the reason, and come back to you with a solution."))

    def exception(self) -> Iterator[str]:
        yield self._say(_("The carrier reports a problem with your parcel."))
        yield self._say(
            _("We are finding out what it needs. We do not know yet how long this takes, and keep you posted.")
        )

    def attempted(self) -> Iterator[str]:
        if day := self._scan_day():
            yield self._say(_("The carrier tried to deliver your parcel on %(day)s and could not."), day=day)
        else:
            yield self._say(_("The carrier tried to deliver your parcel and could not."))
        yield self._say(_("Please check your address with us. We do not know yet when the carrier tries again."))

    def given_up(self) -> Iterator[str]:
        if self.headline.why_given_up is GivenUp.PROMISE:
            yield from self.late()
            return
        if self.headline.status is not Status.EXPIRED and (day := self._scan_day()):
            yield self._say(_("The last news of your parcel is of %(day)s, and that is too long ago."), day=day)
        else:
            yield self._say(_("We have had no news of your parcel for too long."))
        yield self._say(_("We are settling with the carrier what happened, and come back to you with a solution."))

    def stuck(self) -> Iterator[str]:
        if self.headline.status is Status.INFO_RECEIVED or not self._scan_day():
            yield self._say(_("The carrier does not confirm yet that it has your parcel."))
        elif place := self._place():
            text = _("Your parcel was last seen on %(day)s in %(place)s. Since then there is no news.")
            yield self._say(text, day=self._scan_day(), place=place)
        else:
            text = _("Your parcel was last seen on %(day)s. Since then there is no news.")
            yield self._say(text, day=self._scan_day())
        yield self._say(_("We are asking the carrier where it is. We do not know yet when it will arrive."))

    def late(self) -> Iterator[str]:
        due = self.headline.promised or self.headline.expected
        if due:
            yield self._say(
                _("Your parcel should have arrived by %(day)s; we are sorry that it is late."), day=self._day(due)
            )
        if self.headline.status in _NOT_LEFT:
            yield self._say(_("It is not with the carrier yet. We are finding out when it leaves, and tell you."))
            return
        if self.headline.status is Status.OUT_FOR_DELIVERY:
            yield self._say(_("Now it is out for delivery."))
            return
        yield from self._last_seen()
        expected = self.headline.expected
        if expected and self.headline.promised and expected >= self._today:
            yield self._say(_("The carrier now expects it by %(day)s."), day=self._day(expected))
        else:
            yield self._say(_("We do not know yet when it will arrive, and are asking the carrier."))

    def pickup(self) -> Iterator[str]:
        place = self._place()
        if place:
            yield self._say(_("Your parcel is waiting for you to pick it up (%(place)s)."), place=place)
        else:
            yield self._say(_("Your parcel is waiting for you to pick it up."))
        yield self._say(_("It is kept there for a limited time only."))

    def unreachable(self) -> Iterator[str]:
        yield from _REPLIES[OF_STATUS[self.headline.status]](self)
        yield self._say(_("At the moment the carrier gives us no newer news; we tell you as soon as there is some."))

    def nobody(self) -> Iterator[str]:
        yield self._say(_("We have no news of your parcel from the carrier yet."))
        yield from self._expected()

    def not_shipped(self) -> Iterator[str]:
        if self._parcel and self._parcel.tracking_number:
            yield self._say(_("The carrier does not confirm yet that it has your parcel."))
        else:
            yield self._say(_("Your order is not with the carrier yet."))
        yield from self._expected()

    def cancelled(self) -> Iterator[str]:
        yield self._say(_("The shipment was cancelled, and nothing will be delivered."))
        yield self._say(_("If you did not expect that, tell us and we will look into it."))

    def delivered(self) -> Iterator[str]:
        at = self._parcel.delivered_at if self._parcel else None
        if at and self._is_carriers_word():
            day = _customer_day(self.card, at)
            yield self._say(_("The carrier reports that your parcel was delivered on %(day)s."), day=day)
        else:
            yield self._say(_("Your parcel was delivered."))
        yield self._say(_("If you did not get it, tell us and we will look into it."))

    def moving(self) -> Iterator[str]:
        if self.headline.status is Status.OUT_FOR_DELIVERY:
            yield self._say(_("Your parcel is out for delivery."))
            return
        if self.headline.status is Status.INFO_RECEIVED:
            yield self._say(_("Your parcel is announced to the carrier, which does not confirm yet that it has it."))
        else:
            yield self._say(_("Your parcel is on its way."))
            yield from self._last_seen()
        yield from self._expected()

    # -- of a return ---------------------------------------------------------------------------------------------------

    def return_moving(self) -> Iterator[str]:
        yield self._say(_("Your return is on its way to us."))
        yield self._say(_("We tell you as soon as it is here."))

    def return_arrived(self) -> Iterator[str]:
        yield self._say(_("Your return has arrived. We tell you as soon as it is checked."))

    def return_waiting(self) -> Iterator[str]:
        yield self._say(_("Your return is not with the carrier yet."))

    def return_failed(self) -> Iterator[str]:
        yield self._say(_("Your return did not get to us and is going back to you."))
        yield self._say(_("We are sorry; tell us when it is with you, and we arrange another way."))

    def return_silent(self) -> Iterator[str]:
        yield self._say(_("The carrier gives no news of your return at the moment."))
        yield self._say(_("We are asking where it is, and come back to you."))

    # -- pieces --------------------------------------------------------------------------------------------------------

    def _last_seen(self) -> Iterator[str]:
        day, place = self._scan_day(), self._place()
        if day and place:
            yield self._say(_("It was last seen on %(day)s in %(place)s."), day=day, place=place)
        elif day:
            yield self._say(_("It was last seen on %(day)s."), day=day)

    def _expected(self) -> Iterator[str]:
        due = self.headline.expected or self.headline.promised
        if due and due >= self._today:
            yield self._say(_("It should arrive by %(day)s."), day=self._day(due))

    def _is_carriers_word(self) -> bool:
        return self._parcel is not None and self._parcel.carrier_status is Status.DELIVERED

    def _scan_day(self) -> str:
        last = self._parcel.last_scan if self._parcel else None
        if last is None:
            return ""
        if last.local_time:
            return self._day(date.fromisoformat(last.local_time[:10]))
        return _customer_day(self.card, last.occurred_at)

    def _place(self) -> str:
        return outside.plain(self.headline.place, outside.PLACE)

    @property
    def _today(self) -> date:
        return self.card.at.astimezone(ZoneInfo(self.card.zone)).date()

    def _day(self, on: date) -> str:
        return moments.day_in_words(on, _customer(self.card))

    def _say(self, text: str, **values: object) -> str:
        return say(self.card.customer_locale)(text) % values


_Say = Callable[[_Reply], Iterator[str]]
_NOT_LEFT: Final = frozenset({Status.PENDING, Status.UNKNOWN})
_REPLIES: Final[dict[Matter, _Say]] = {
    Matter.HELD: _Reply.held,
    Matter.CONTRADICTED: _Reply.contradicted,
    Matter.RETURNED: _Reply.returned,
    Matter.RETURNING: _Reply.returning,
    Matter.EXCEPTION: _Reply.exception,
    Matter.ATTEMPTED: _Reply.attempted,
    Matter.GIVEN_UP: _Reply.given_up,
    Matter.STUCK: _Reply.stuck,
    Matter.LATE: _Reply.late,
    Matter.PICKUP: _Reply.pickup,
    Matter.UNREACHABLE: _Reply.unreachable,
    Matter.NOBODY: _Reply.nobody,
    Matter.NOT_SHIPPED: _Reply.not_shipped,
    Matter.CANCELLED: _Reply.cancelled,
    Matter.DELIVERED: _Reply.delivered,
    Matter.OUT_FOR_DELIVERY: _Reply.moving,
    Matter.ON_ITS_WAY: _Reply.moving,
}
_RETURNS: Final[dict[Matter, _Say]] = {
    **dict.fromkeys(Matter, _Reply.return_moving),
    Matter.DELIVERED: _Reply.return_arrived,
    Matter.NOT_SHIPPED: _Reply.return_waiting,
    Matter.RETURNING: _Reply.return_failed,
    Matter.RETURNED: _Reply.return_failed,
    Matter.STUCK: _Reply.return_silent,
    Matter.GIVEN_UP: _Reply.return_silent,
    Matter.EXCEPTION: _Reply.return_silent,
    Matter.CANCELLED: _Reply.cancelled,
    Matter.CONTRADICTED: _Reply.contradicted,
}
