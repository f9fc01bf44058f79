"""Where the open parcels stand, and how many usually do.

Where a parcel was last and since when stands on its track, so that no look reads the facts.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from relay.database import Row, Tx
from relay.desk import Desk
from relay.desk.headline import STUCK_AFTER
from relay.model import from_text, to_text
from relay.silence import cohorts as rule
from relay.silence.cohorts import ALL, Fleet, Standing
from relay.silence.standing import counted_back
from relay.store import cohorts as store
from relay.workdays import is_working_day

SHOP: Final = "default"
#: What was not scanned for longer is given up, which has a list of its own.
OLDEST: Final = timedelta(days=14)
#: So far back go days of dispatch of which those that arrived are counted.
DISPATCHED_WITHIN: Final = timedelta(days=21)
#: A parcel whose carrier is asked stands only if it said so lately: it is asked every six hours, budgets permitting.
ANSWERED_WITHIN: Final = timedelta(hours=24)
#: Lately scanned, it moves: a part of the time after which it stands.
LATELY: Final = 1 / 3
#: What is usual is learnt from so many days, noted after this hour of the shop's clock.
LEARNT: Final = timedelta(days=28)
NOTED_AFTER: Final = 12
NOT_YET: Final = timedelta(days=3)
LONG_GAP: Final = timedelta(hours=6)
#: Of a place with fewer standing nothing is remembered.
WORTH_NOTING: Final = 4

#: Before the first moment a parcel stands, after the second it moves; by status.
Limits = Mapping[str, tuple[str, str]]


Gap = tuple[str, str]  #: beginning and end


@dataclass(slots=True)
class Clocks:
    """When parcels of a carrier at a place stand, in the days on which carriers work.

    While a note is in force none does, nor while Wismo is down and hears no pushes; afterwards each has its whole time
    to move.
    """

    zone: ZoneInfo
    now: datetime
    notes: Sequence[Row]
    down: Sequence[Gap]
    _limits: dict[tuple[str, str, bool], Limits] = field(default_factory=dict)
    _all: dict[str, tuple[str, str]] = field(default_factory=dict)

    def limits(self, carrier: str, place: str, *, is_asked: bool) -> Limits:
        """A status is missing where it cannot be said of anybody. An answer tells what happened in a gap of our own."""
        key = carrier, place, is_asked
        if key not in self._limits:
            about = [(note["at"], note["end_at"]) for note in self.notes if _is_about(note, carrier, place)]
            gaps = about if is_asked else [*about, *self.down]
            self._limits[key] = self._since(max((end for begin, end in gaps if _is_long(begin, end)), default=""))
        return self._limits[key]

    def _since(self, end: str) -> Limits:
        return {status: limits for status, limits in self._usual.items() if limits[0] >= end}

    @property
    def _usual(self) -> Limits:
        if not self._all:
            for status, limit in STUCK_AFTER.items():
                self._all[status.value] = (to_text(self._back(limit)), to_text(self._back(limit * LATELY)))
        return self._all

    def _back(self, counted: timedelta) -> datetime:
        return counted_back(self.now, counted, lambda day: not is_working_day(day, self.zone.key), self.zone)


def _is_long(begin: str, end: str) -> bool:
    """A shorter gap is made up for by repeated pushes; a note that ended so soon was a mistake."""
    return from_text(end) - from_text(begin) >= LONG_GAP


def _is_about(note: Row, carrier: str, place: str) -> bool:
    if note["carrier"]:
        return bool(note["carrier"] == carrier)
    return rule.plain(note["region"]) in rule.plain(place)


def clocks_of(tx: Tx, desk: Desk, now: datetime) -> Clocks:
    since = now - OLDEST - DISPATCHED_WITHIN
    return Clocks(ZoneInfo(desk.settings.timezone), now, store.notes_since(tx, SHOP, since), _down(tx, since, now))


def _down(tx: Tx, since: datetime, now: datetime) -> list[Gap]:
    """When Wismo itself was down: nothing could be heard."""
    hour = timedelta(hours=1)
    up = [datetime.fromisoformat(f"{text[:13]}:00+00:00") for text in store.hours_up(tx, since)]
    return [(to_text(one + hour), to_text(other)) for one, other in pairwise([*up, now])]


def fleets_of(tx: Tx, clocks: Clocks) -> dict[str, Fleet]:
    """The open parcels of each carrier."""
    fleets: defaultdict[str, Fleet] = defaultdict(Fleet)
    moving: Counter[tuple[str, tuple[str, ...]]] = Counter()
    resting: Counter[tuple[str, tuple[str, ...]]] = Counter()
    answered_after = to_text(clocks.now - ANSWERED_WITHIN)
    names = Names(clocks.zone)
    for one in store.open_parcels(tx, SHOP, clocks.now - OLDEST):
        limits = clocks.limits(one.carrier, one.place, is_asked=one.asked_at is not None).get(one.status)
        if limits is None:
            continue
        cohorts = names.of(one.place, one.dispatched)
        if one.moved_at > limits[1]:
            moving[one.carrier, cohorts] += 1
        elif one.moved_at > limits[0]:
            resting[one.carrier, cohorts] += 1
        elif one.asked_at is None or one.asked_at >= answered_after:
            fleets[one.carrier].standing.append(
                Standing(one.shipment_id, one.order_id, cohorts, from_text(one.moved_at), one.place)
            )
    for (carrier, cohorts), count in moving.items():
        fleets[carrier].moving.update(dict.fromkeys(cohorts, count))
    for (carrier, cohorts), count in resting.items():
        fleets[carrier].resting.update(dict.fromkeys(cohorts, count))
    return fleets


@dataclass(slots=True)
class Names:
    """The cohorts of a parcel; the days are the shop's. There are few of them, for many parcels."""

    zone: ZoneInfo
    _known: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    def of(self, place: str, dispatched: str) -> tuple[str, ...]:
        key = place, dispatched[:16]
        if key not in self._known:
            self._known[key] = rule.cohorts_of(place, self._day(dispatched))
        return self._known[key]

    def _day(self, dispatched: str) -> str:
        """A date is a day already."""
        if len(dispatched) == len("2026-03-02"):
            return dispatched
        return from_text(dispatched).astimezone(self.zone).date().isoformat()


def add_arrived(tx: Tx, fleets: Mapping[str, Fleet], clocks: Clocks) -> None:
    """Those that arrived did move: of a day of dispatch all, of a place and of the whole those that did lately."""
    known_since = clocks.now - DISPATCHED_WITHIN
    for carrier, day, count in store.arrived_by_day(tx, SHOP, known_since):
        if carrier in fleets:
            fleets[carrier].moving[f"{rule.DAY}/{day}"] += count
    lately = clocks.now - min(STUCK_AFTER.values())
    for carrier, place, count in store.arrived_lately(tx, SHOP, lately, known_since):
        if carrier in fleets:
            fleets[carrier].moving.update(dict.fromkeys(rule.cohorts_of(place, ""), count))


# -- what is usual -----------------------------------------------------------------------------------------------------


def usual_of(tx: Tx, clocks: Clocks) -> dict[str, dict[str, float]]:
    """The usual share of each carrier's cohorts. Of the last days it is not known yet whether they are usual."""
    today = clocks.now.date()
    days: defaultdict[str, defaultdict[str, dict[str, tuple[int, int]]]] = defaultdict(lambda: defaultdict(dict))
    for row in store.noted(tx, today - LEARNT, today - NOT_YET):
        days[row["carrier"]][row["day"]][row["cohort"]] = (row["still"], row["moving"])
    return {carrier: rule.usual_shares(found.values()) for carrier, found in days.items()}


@dataclass(slots=True)
class Usual:
    """Notes once a day how many stand, by which it is known what is usual. Belongs to one thread."""

    _noted: date | None = None

    def note(self, desk: Desk, now: datetime) -> None:
        local = now.astimezone(ZoneInfo(desk.settings.timezone))
        if local.hour < NOTED_AFTER or self._noted == local.date():
            return
        with desk.database.read() as tx:
            counts = {} if store.is_noted(tx, local.date()) else dict(_counted(tx, clocks_of(tx, desk, now)))
        if counts:
            desk.database.write(lambda tx: _note(tx, local.date(), counts))
        self._noted = local.date()


def _note(tx: Tx, day: date, counts: Mapping[tuple[str, str], tuple[int, int]]) -> None:
    store.note(tx, day, counts)
    store.forget_days(tx, day - LEARNT)


def _counted(tx: Tx, clocks: Clocks) -> Iterator[tuple[tuple[str, str], tuple[int, int]]]:
    fleets = fleets_of(tx, clocks)
    add_arrived(tx, fleets, clocks)
    for carrier, fleet in fleets.items():
        still = Counter(cohort for one in fleet.standing for cohort in one.cohorts)
        yield (carrier, ALL), (still[ALL], fleet.moving[ALL])
        for cohort, count in still.items():
            if cohort.startswith(f"{rule.PLACE}/") and count >= WORTH_NOTING:
                yield (carrier, cohort), (count, fleet.moving[cohort])
