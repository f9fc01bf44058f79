"""Carriers that usually speak and have gone silent, each route by itself: what it pushes, what it answers."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from weakref import WeakKeyDictionary

from relay.database import Database, Row, Tx
from relay.desk import Desk
from relay.desk.view import carrier_label
from relay.model import Via, from_text, to_text
from relay.silence.mute import FLOOR, Silence, evident_since, noticed_after, silence
from relay.store import incidents, traffic
from relay.watch.alarms import Alarm
from relay.watch.heard import HOUR, Looked, Memory, Route, Times
from relay.watch.traffic import KEPT

KIND: Final = "mute_carrier"
#: So many carriers are learnt anew in one look.
AT_ONCE: Final = 10
PUSH_REMEDY: Final = (
    "See whether the carrier still has our webhook, and `wismo doctor`. Meanwhile parcels are asked about, where the "
    "carrier can be asked"
)
POLL_REMEDY: Final = (
    "Its answers come but bring no news: compare one number with the carrier's own page. If that knows more, tell the "
    "carrier; if nothing moves there either, leave a notice"
)


@dataclass(frozen=True, slots=True)
class MuteCarriers:
    """The check; it remembers what it learnt, for each database."""

    _memories: WeakKeyDictionary[Database, Memory] = field(default_factory=WeakKeyDictionary)

    def __call__(self, tx: Tx, desk: Desk, found: Mapping[str, Row], now: datetime) -> Sequence[Alarm]:
        memory = self._memory(tx, desk, now)
        told = Telling(memory, _explained(tx, now), now)
        return [alarm for route in memory.routes() if (alarm := told.of(route, found.get("/".join(route))))]

    def _memory(self, tx: Tx, desk: Desk, now: datetime) -> Memory:
        memory = self._memories.get(desk.database)
        if memory is None or not memory.is_fresh(now):
            before = memory if memory is not None and memory.read_at <= now else None
            memory = self._memories[desk.database] = Memory.of(tx, desk, now)
            if before:
                memory.known, memory.looked = before.known, before.looked
        else:
            memory.add(traffic.hours(tx, (now - HOUR).replace(minute=0, second=0, microsecond=0)))
        return memory


@dataclass(slots=True)
class Telling:
    """One look."""

    memory: Memory
    explained: Mapping[str, Sequence[Times]]
    now: datetime
    _learnt: int = 0

    def of(self, route: Route, row: Row | None) -> Alarm | None:
        heard_at = self.memory.heard_at(route, self.now)
        if heard_at is None or self.now - heard_at < FLOOR or self._has_notice(route):
            return None
        looked = self.memory.looked.get(route)
        if row is None and looked and looked.is_enough(heard_at, self.now):
            return None
        parcels, share = self.memory.parcels(route, self.now)
        if parcels == 0:  # nobody waits for its word
            return None
        if row is not None:
            return _still(route, row, heard_at, parcels, self.now)
        return self._missed(route, heard_at, parcels, share)

    def _missed(self, route: Route, heard_at: datetime, parcels: int | None, share: float) -> Alarm | None:
        if self.memory.has_moved(route, self.now) or not self._may_learn(route):
            return None
        past = self.memory.past(route, self.quiet(route))
        profile = self.memory.profile(route, past, heard_at, self.now)
        found = silence(profile, past, self.memory.grid, heard_at, self.now, share=share)
        if found is None:
            self.memory.looked[route] = Looked(heard_at, evident_since(past, heard_at, self.now), self.now)
            return None
        return _alarm(self.memory, route, found, parcels, self.now)

    def _has_notice(self, route: Route) -> bool:
        return any(begin <= self.now <= end for begin, end in self.explained.get(route[0], ()))

    def quiet(self, route: Route) -> list[Times]:
        return [*self.explained.get("/".join(route), ()), *self.explained.get(route[0], ())]

    def _may_learn(self, route: Route) -> bool:
        """It takes a while, so that many carriers take a few looks."""
        if not self.memory.is_learnt(route, self.now):
            self._learnt += 1
        return self._learnt <= AT_ONCE


def _explained(tx: Tx, now: datetime) -> Mapping[str, Sequence[Times]]:
    """When a silence was told of already, by route; when people knew of it, by carrier."""
    found: defaultdict[str, list[Times]] = defaultdict(list)
    for row in traffic.mutes(tx, KIND, now - KEPT):
        since = incidents.figures_of(row).get("since_at", row["opened_at"])
        found[row["subject"]].append((from_text(str(since)), from_text(row["closed_at"] or to_text(now))))
    for row in traffic.notices(tx, now - KEPT):
        found[row["carrier"]].append((from_text(row["at"]), from_text(row["until"])))
    return found


# -- what is said ------------------------------------------------------------------------------------------------------


def _alarm(memory: Memory, route: Route, found: Silence, parcels: int | None, now: datetime) -> Alarm:
    usual = memory.usual(route, found.since)
    verb = "poll" if route[1] == Via.POLL else "push"
    figures: dict[str, str | int | float] = {
        "case": verb if usual >= 1 else f"{verb}_day",
        "carrier": carrier_label(route[0]),
        "minutes": found.lasts(now) // timedelta(minutes=1),
        "lasts": lasting(found.lasts(now)),
        "usual": round(usual) if usual >= 1 else round(memory.usual_of_a_day(route), 1),
        "once_in": found.once_in,
        "parcels": parcels or 0,
        "since_at": to_text(found.since),
    }
    return _said(route, figures)


def _still(route: Route, row: Row, heard_at: datetime, parcels: int | None, now: datetime) -> Alarm | None:
    """Until its next word. Told anew when it lasts twice as long as was told."""
    figures = dict(incidents.figures_of(row))
    if to_text(heard_at) > str(figures.get("since_at", row["opened_at"])):
        return None
    minutes = (now - heard_at) // timedelta(minutes=1)
    if minutes >= 2 * int(figures.get("minutes", 0)):
        figures |= {"minutes": minutes, "lasts": lasting(now - heard_at), "parcels": parcels or 0}
    return _said(route, figures)


def _said(route: Route, figures: Mapping[str, str | int | float]) -> Alarm:
    verb = "has answered no news" if route[1] == Via.POLL else "has pushed nothing"
    often = (
        f"usually {figures['usual']:g} {'a day' if str(figures['case']).endswith('day') else 'an hour at this time'}"
    )
    title = (
        f"{figures['carrier']} {verb} for {figures['lasts']}, {often}; by its last four weeks such a silence comes by "
        f"chance less than once in {figures['once_in']:,} times; {figures['parcels']} parcels are on their way with it"
    )
    remedy = POLL_REMEDY if route[1] == Via.POLL else PUSH_REMEDY
    return Alarm("/".join(route), title, remedy, figures)


def lasting(time: timedelta) -> str:
    """``40 min``, ``5 h``, ``3 d``: as every language writes them."""
    minutes = time // timedelta(minutes=1)
    if minutes < 120:  # noqa: PLR2004 - two hours
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 72 * 60 else f"{minutes // 1440} d"


# -- how soon ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Clock:
    """How soon a route's silence would be noticed, were its last word now."""

    source: str
    via: str
    heard_at: datetime | None
    noticed_after: timedelta | None  #: None: it is known too little or speaks too seldom to be missed


def clocks(tx: Tx, desk: Desk, now: datetime) -> Iterator[Clock]:
    """Of every route that spoke in the last weeks."""
    memory, explained = Memory.of(tx, desk, now), _explained(tx, now)
    telling = Telling(memory, explained, now)
    for route in memory.routes():
        heard_at, soon = memory.heard_at(route, now), None
        if heard_at is not None:
            profile = memory.profile(route, memory.past(route, telling.quiet(route)), heard_at, now)
            soon = noticed_after(profile, memory.grid, now.astimezone(UTC), share=memory.parcels(route, now)[1])
        yield Clock(*route, heard_at, soon)
