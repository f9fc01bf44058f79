"""Looks through the shop's list, slice by slice: the last weeks at first, nightly the last days and all unsettled.

Where it is, is stored; what it finds is queued, no faster than it is read.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import orjson

from relay.database import Tx
from relay.desk import Desk
from relay.model import from_text, to_text
from relay.orders.jobs import Step
from relay.shops import Page, Shop
from relay.store import ledger, reads
from relay.store.reads import SWEEP, SWEEP_WANTED, SWEPT

#: How far the first one looks back, and how far those of each night do.
FIRST, NIGHTLY = timedelta(days=60), timedelta(days=3)
#: A parcel that ended is looked at for so long, for a shop may lose what it showed of the end.
ENDED = timedelta(days=7)
#: After an outage of our own it looks back to the last one, and a little further.
OVERLAP = timedelta(days=1)
SLICE, SHORTEST = timedelta(days=1), timedelta(seconds=1)
NIGHT_BEGINS = timedelta(hours=3)
#: A shop's list gives no more than this of one query.
MOST_LISTED = 3000
#: With so many orders waiting to be read it waits, so that what a hook tells is never far behind.
ENOUGH, UNSETTLED_AT_ONCE = 200, 100
WEEKS_KEPT = timedelta(weeks=6)


@dataclass(frozen=True, slots=True)
class Position:
    """A page of the slice from ``since`` to ``until``; then, from ``after`` on, what is unsettled."""

    since: str
    until: str
    end: str
    page: int = 1
    after: str | None = None  #: "" where all of the list was seen

    @property
    def is_listed(self) -> bool:
        return self.after is not None


# -- where it goes, pure -----------------------------------------------------------------------------------------------


def start(now: datetime, swept_at: datetime | None) -> Position:
    since = now - FIRST if swept_at is None else min(now - NIGHTLY, max(swept_at - OVERLAP, now - FIRST))
    return _slice(since, now)


def _slice(since: datetime, end: datetime) -> Position:
    return Position(to_text(since), to_text(min(since + SLICE, end)), to_text(end))


def following(position: Position, page: Page) -> Position:
    """Where to go on after ``page``; a slice that the list cannot hold is cut in two."""
    since, until, end = (from_text(text) for text in (position.since, position.until, position.end))
    if position.page == 1 and page.total > MOST_LISTED and until - since > SHORTEST:
        return replace(position, until=to_text(since + (until - since) / 2))
    if position.page < page.pages:
        return replace(position, page=position.page + 1)
    return _slice(until, end) if until < end else replace(position, after="")


def night_of(moment: datetime, zone: str) -> date:
    """The day on which the night before a moment began."""
    return (moment.astimezone(ZoneInfo(zone)) - NIGHT_BEGINS).date()


# -- going there -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sweep:
    desk: Desk
    shop: Shop
    now: Callable[[], datetime]
    name: str = "default"

    def step(self) -> Step:
        """Look at one page, if it is time. Raises ShopFault."""
        now = self.now()
        with self.desk.database.read() as tx:
            position = self._position(tx, now)
            is_enough = position and reads.backlog(tx, self.name, now)["orders"] >= ENOUGH
        if position is None or is_enough:
            return Step.IDLE
        if position.is_listed:
            return self.desk.database.write(lambda tx: self._queue_unsettled(tx, position, now))
        page = self.shop.changed(from_text(position.since), from_text(position.until), position.page)
        self.desk.database.write(lambda tx: self._queue(tx, position, page, now))
        return Step.MORE

    def _position(self, tx: Tx, now: datetime) -> Position | None:
        kept = ledger.install(tx)
        if SWEEP in kept:
            return Position(**orjson.loads(kept[SWEEP]))
        swept_at = from_text(kept[SWEPT]) if SWEPT in kept else None
        zone = self.desk.settings.timezone
        if swept_at and SWEEP_WANTED not in kept and night_of(swept_at, zone) == night_of(now, zone):
            return None
        return start(now, swept_at)

    def _queue(self, tx: Tx, position: Position, page: Page, now: datetime) -> None:
        for listed in sorted(page.orders, key=lambda listed: listed.order_id):
            reads.want(
                tx,
                self.name,
                listed.order_id,
                now,
                told_by="sweep",
                changed_at=listed.changed_at,
                quiet_before=now,
            )
        ledger.set_install(tx, SWEEP, _text(following(position, page)))

    def _queue_unsettled(self, tx: Tx, position: Position, now: datetime) -> Step:
        began, after = from_text(position.end), position.after or ""
        found = reads.unsettled_orders(tx, self.name, now - FIRST, now - ENDED, began, after, UNSETTLED_AT_ONCE)
        for order_id in found:
            reads.want(tx, self.name, order_id, now, told_by="sweep")
        if len(found) == UNSETTLED_AT_ONCE:
            ledger.set_install(tx, SWEEP, _text(replace(position, after=found[-1])))
            return Step.MORE
        # As of when it began: what changed since then is for the next one.
        ledger.set_install(tx, SWEPT, position.end)
        ledger.unset_install(tx, SWEEP)
        ledger.unset_install(tx, SWEEP_WANTED)
        reads.drop_notices(tx, now - WEEKS_KEPT)
        reads.drop_reads(tx, now - 2 * FIRST)
        return Step.DONE


def _text(position: Position) -> str:
    return orjson.dumps(asdict(position)).decode()
