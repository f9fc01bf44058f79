"""A card's first sentence: one for every kind of headline."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from bot.values import Reader
from bot.words import _, moments, outside, say, states
from relay.desk.card import Card
from relay.desk.facets import Asked, GivenUp, ParcelCard
from relay.desk.headline import Headline, Matter
from relay.model import Kind, Status

#: A header takes no more; what does not fit stands below it on the card.
LONGEST = 150


def sentence(card: Card, reader: Reader, now: datetime) -> str:
    """What matters, in one sentence for a ``plain_text``: the parcel it is about, what is so, and what softens it."""
    clauses = list(_Sentence(card, card.headline, reader, now).clauses())
    while len(clauses) > 1 and len("; ".join(clauses)) > LONGEST:
        clauses.pop()
    whole = "; ".join(clauses)
    return whole if len(whole) <= LONGEST else whole[: LONGEST - 1] + "…"


def parcel_sentence(card: Card, headline: Headline, reader: Reader, now: datetime) -> str:
    """What matters of one parcel among several, without saying which it is."""
    return next(_Sentence(card, headline, reader, now).main())


@dataclass(frozen=True, slots=True)
class _Sentence:
    card: Card
    headline: Headline
    reader: Reader
    now: datetime

    def clauses(self) -> Iterator[str]:
        main = self.main()
        if len(self.card.parcels) > 1 and all(one.matter is Matter.DELIVERED for one in self.card.headlines):
            yield self._all_arrived()
            return
        yield self._which(next(main))
        yield from main

    def main(self) -> Iterator[str]:
        """The main clause, then the others, the weightier first."""
        yield states.capital(self._main())
        asking = self._asking() if self.headline.matter in _ASKING_MATTERS else ""
        others = [self._promise(), asking] if self.headline.matter is Matter.LATE else [asking, self._promise()]
        yield from (clause for clause in others if clause)

    def _which(self, what: str) -> str:
        """And which parcel it is about."""
        if self._parcel and self._parcel.kind is Kind.RETURN:
            return self._say(_("Return – %(what)s"), what=what)
        if len(self.card.parcels) <= 1:
            return what
        places = [one.shipment_id for one in self.card.headlines]
        number = places.index(self.headline.shipment_id) + 1
        return self._say(_("Parcel %(number)s of %(total)s – %(what)s"), number=number, total=len(places), what=what)

    def _main(self) -> str:
        return _MAINS[self.headline.matter](self)

    # -- what is so ----------------------------------------------------------------------------------------------------

    def held(self) -> str:
        held = self._parcel.held if self._parcel else None
        why = states.told(held.reason, states.HELD, self.reader) if held else ""
        return self._say(_("delivery held: it cannot be true yet (%(why)s)"), why=why)

    def contradicted(self) -> str:
        return self._overridden(_("set to “%(status)s” by hand %(ago)s, but the carrier now says “%(carrier)s”"))

    def overridden(self) -> str:
        parcel = self._parcel
        if parcel and parcel.status is parcel.carrier_status:
            return self._overridden(_("%(status)s: set by hand %(ago)s, and the carrier says so too"))
        return self._overridden(_("%(status)s: set by hand %(ago)s; the carrier says “%(carrier)s”"))

    def _overridden(self, text: str) -> str:
        parcel = self._parcel
        if parcel is None or parcel.override is None:
            return self._status()
        carrier = states.status(parcel.carrier_status, parcel.kind, self.reader)
        return self._say(text, status=self._status(), ago=self._ago(parcel.override.at), carrier=carrier)

    def returned(self) -> str:
        return self._since(self._status())

    def exception(self) -> str:
        return self._in_its_words(self._say(_("the carrier reports a problem")))

    def attempted(self) -> str:
        return self._in_its_words(self._say(_("the carrier tried to deliver and could not")))

    def _in_its_words(self, what: str) -> str:
        """What is so, where, and what the carrier says of it."""
        event, said = self._parcel.last_scan if self._parcel else None, self._since(what)
        words = outside.plain(event.description, outside.PLACE) if event else ""
        return self._say(_("%(what)s: “%(words)s”"), what=said, words=words) if words else said

    def given_up(self) -> str:
        if self.headline.why_given_up is GivenUp.PROMISE and self.headline.promised:
            text = _("given up: promised for %(day)s; it is %(status)s")
            return self._say(text, day=self._day(self.headline.promised), status=self._status())
        if self.headline.why_given_up is GivenUp.CARRIER or self.headline.status is Status.EXPIRED:
            return self._say(_("given up: the carrier itself has no news of it any more"))
        return self._scanned(_("given up: last scan %(ago)s in %(place)s"), _("given up: last news %(ago)s"))

    def stuck(self) -> str:
        if self.headline.status is Status.INFO_RECEIVED:
            text = _("stuck: announced to the carrier %(ago)s and not scanned since")
            return self._say(text, ago=self._ago(self.headline.since))
        return self._scanned(_("stuck: last scan %(ago)s in %(place)s"), _("stuck: last scan %(ago)s"))

    def late(self) -> str:
        due = self.headline.promised or self.headline.expected
        day = self._day(due) if due else ""
        text = _("late: promised for %(day)s; it is %(status)s")
        if not self.headline.promised:
            text = _("late: the carrier expected it %(day)s; it is %(status)s")
        return self._since(self._say(text, day=day, status=self._status()))

    def pickup(self) -> str:
        return self._since(self._say(_("waiting to be picked up")))

    def unreachable(self) -> str:
        label = outside.plain(self._parcel.asking.label if self._parcel else "", outside.PLACE)
        text = _("%(status)s by the last word; %(carrier)s cannot be asked at present")
        return self._say(text, status=self._status(), carrier=label)

    def nobody(self) -> str:
        label = outside.plain(self._parcel.carrier_label if self._parcel else "", outside.PLACE)
        if label:
            return self._say(_("no news: nobody is set up to ask %(carrier)s"), carrier=label)
        return self._say(_("no news: the carrier of this number is not known"))

    def not_shipped(self) -> str:
        if self._parcel and self._parcel.tracking_number:
            return self._say(_("it has a number, but no carrier has seen it yet"))
        return self._say(_("not with a carrier yet"))

    def moving(self) -> str:
        return self._since(self._status())

    def cancelled(self) -> str:
        return self._say(_("cancelled"))

    def delivered(self) -> str:
        at = self._parcel.delivered_at if self._parcel else None
        if at is None:
            return self._status()
        said = self._say(_("%(status)s on %(moment)s"), status=self._status(), moment=self._moment(at))
        place = outside.plain(self.headline.place, outside.PLACE)
        return self._say(_("%(what)s in %(place)s"), what=said, place=place) if place else said

    def _all_arrived(self) -> str:
        what = self._say(_("All %(count)s parcels arrived"), count=len(self.card.parcels))
        at = max(filter(None, (parcel.delivered_at for parcel in self.card.parcels)), default=None)
        return self._say(_("%(what)s, the last one on %(moment)s"), what=what, moment=self._moment(at)) if at else what

    # -- what softens or sharpens it -----------------------------------------------------------------------------------

    def _asking(self) -> str:
        parcel = self._parcel
        if parcel is None or not parcel.tracking_number:
            return ""
        asked, label = parcel.asking.asked, outside.plain(parcel.asking.label, outside.PLACE)
        if asked is Asked.ANSWERED and not parcel.asking.is_stale:
            return self._say(_("%(carrier)s answers normally"), carrier=label)
        if asked is Asked.NOBODY:
            return self._say(_("nobody is set up to be asked"))
        if asked in {Asked.FAILING, Asked.TRIED}:
            return self._say(_("%(carrier)s gives no usable answer"), carrier=label)
        return ""

    def _promise(self) -> str:
        """The promised day where the main clause does not say it; the carrier's where it is later, or the only one."""
        headline = self.headline
        if headline.matter in _WITHOUT_PROMISE:
            return ""
        if headline.promised and headline.matter is not Matter.LATE:
            return self._say(_("promised for %(day)s"), day=self._day(headline.promised))
        is_ahead = headline.expected is not None and headline.expected >= self._today
        if headline.expected and is_ahead:
            return self._say(_("the carrier expects it %(day)s"), day=self._day(headline.expected))
        return ""

    # -- pieces --------------------------------------------------------------------------------------------------------

    def _scanned(self, with_place: str, without: str) -> str:
        ago, place = self._ago(self.headline.since), outside.plain(self.headline.place, outside.PLACE)
        return self._say(with_place, ago=ago, place=place) if place else self._say(without, ago=ago)

    def _since(self, what: str) -> str:
        """What is so, and by which scan."""
        if self._parcel is None or not self._parcel.events:
            return what
        ago, place = self._ago(self.headline.since), outside.plain(self.headline.place, outside.PLACE)
        if place:
            return self._say(_("%(what)s (last scan %(ago)s in %(place)s)"), what=what, ago=ago, place=place)
        return self._say(_("%(what)s (last scan %(ago)s)"), what=what, ago=ago)

    @property
    def _parcel(self) -> ParcelCard | None:
        return self.card.parcel(self.headline.shipment_id)

    @property
    def _today(self) -> date:
        return self.now.astimezone(ZoneInfo(self.card.zone)).date()

    def _status(self) -> str:
        kind = self._parcel.kind if self._parcel else Kind.OUTBOUND
        return states.status(self.headline.status, kind, self.reader)

    def _ago(self, at: datetime | None) -> str:
        return moments.ago(at, self.now, self.reader) if at else self._say(_("at an unknown time"))

    def _day(self, on: date) -> str:
        return moments.day(on, self._today, self.reader)

    def _moment(self, at: datetime) -> str:
        return moments.moment(at, self.now, self.reader)

    def _say(self, text: str, **values: object) -> str:
        return say(self.reader.locale)(text) % values


_MAINS: Final[dict[Matter, Callable[[_Sentence], str]]] = {
    Matter.HELD: _Sentence.held,
    Matter.CONTRADICTED: _Sentence.contradicted,
    Matter.OVERRIDDEN: _Sentence.overridden,
    Matter.RETURNED: _Sentence.returned,
    Matter.RETURNING: _Sentence.returned,
    Matter.EXCEPTION: _Sentence.exception,
    Matter.ATTEMPTED: _Sentence.attempted,
    Matter.GIVEN_UP: _Sentence.given_up,
    Matter.STUCK: _Sentence.stuck,
    Matter.LATE: _Sentence.late,
    Matter.PICKUP: _Sentence.pickup,
    Matter.UNREACHABLE: _Sentence.unreachable,
    Matter.NOBODY: _Sentence.nobody,
    Matter.NOT_SHIPPED: _Sentence.not_shipped,
    Matter.OUT_FOR_DELIVERY: _Sentence.moving,
    Matter.ON_ITS_WAY: _Sentence.moving,
    Matter.CANCELLED: _Sentence.cancelled,
    Matter.DELIVERED: _Sentence.delivered,
}
#: Where it matters whether the carrier can be asked.
_ASKING_MATTERS: Final = frozenset({Matter.STUCK, Matter.LATE, Matter.GIVEN_UP, Matter.EXCEPTION})
#: Where a promised day says nothing any more.
_WITHOUT_PROMISE: Final = frozenset(
    {
        Matter.RETURNED,
        Matter.RETURNING,
        Matter.CANCELLED,
        Matter.DELIVERED,
        Matter.PICKUP,
        Matter.OVERRIDDEN,
        Matter.GIVEN_UP,
    }
)
