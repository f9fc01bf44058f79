"""What a week or a month was like, compared with what is usual; the digest and ``wismo report`` say the same of it."""

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from relay.database import Row, Tx
from relay.desk.figures import REACH, Count, Parcels
from relay.desk.periods import Period, month_before, month_so_far, week_named, weeks_before
from relay.desk.view import carrier_label
from relay.model import from_text, optional_moment
from relay.store import report as store

#: While one of these is open, a carrier tells us nothing on one of its ways.
SILENT_KINDS: Final = frozenset({"mute_carrier", "ask_failing", "ask_refused"})
Times = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class OfCarrier:
    carrier: str  #: "": none is known
    label: str
    parcels: Parcels
    silent: timedelta = timedelta(0)  #: how long at least one of its ways said nothing


@dataclass(frozen=True, slots=True)
class Mails:
    sent: int
    shadow: int  #: kept instead of sent
    paused: int
    dead: int
    untold: int  #: news that came too late, or was held back, to be told


@dataclass(frozen=True, slots=True)
class Shop:
    written: int  #: parcels whose newest state was written to the shop, and read back
    drifts: int  #: that appeared
    drifts_over: int
    drifts_open: int  #: at the end


@dataclass(frozen=True, slots=True)
class Caught:
    """Incidents of one kind."""

    kind: str
    opened: int  #: in the period
    open: int  #: at its end
    lasted: timedelta  #: the median; of one that is open, up to the end of the period
    taken_by: Sequence[str]  #: ids in Slack, or names


@dataclass(frozen=True, slots=True)
class Figures:
    period: Period
    parcels: Parcels
    carriers: Sequence[OfCarrier]
    not_received: int
    corrections: Mapping[str, int]  #: by the status that was set
    contradicted: int
    mails: Mails
    shop: Shop
    caught: Sequence[Caught]

    @property
    def is_empty(self) -> bool:
        """Nothing moved, nothing was told and nothing went wrong."""
        parcels, mails = self.parcels, self.mails
        moved = (parcels.dispatched, parcels.delivered, parcels.returned, parcels.open, parcels.held)
        done = (mails.sent, mails.shadow, mails.dead, mails.untold, self.shop.written, len(self.corrections))
        return not any((*moved, *done, self.not_received, self.contradicted, len(self.caught)))


@dataclass(frozen=True, slots=True)
class OfDay:
    """One carrier's day, for a table."""

    day: date
    carrier: str
    label: str
    dispatched: int = 0
    delivered: int = 0
    promised: int = 0
    in_time: int = 0
    returned: int = 0
    hours: Sequence[float] = ()
    silent: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Report:
    now: Figures
    before: Sequence[Figures]  #: the newest first; those in which there was anything
    days: Sequence[OfDay] = field(default=())

    def usual(self, number: Callable[[Figures], float | None]) -> float | None:
        """The median of what it was before; None where it was never known."""
        known = [found for figures in self.before if (found := number(figures)) is not None]
        return statistics.median(known) if known else None


def week_report(tx: Tx, name: str, zone: str, now: datetime) -> Report:
    """Of ``2026-W48``, compared with the four weeks before."""
    week = week_named(name, zone)
    return _report(tx, [week, *weeks_before(week)], now)


def month_report(tx: Tx, name: str, zone: str, now: datetime) -> Report:
    """Of ``2026-11``, as far as it is over, compared with the month before. Raises BadInput."""
    month = month_so_far(name, zone, now)
    return _report(tx, [month, month_before(month)], now)


def _report(tx: Tx, periods: Sequence[Period], now: datetime, shop: str = "default") -> Report:
    count = Count(periods)
    earliest = min(period.start for period in periods)
    count.add(store.parcels(tx, shop, earliest - REACH, periods[0].start, periods[0].end))
    silences = _silences(store.incidents(tx, earliest, periods[0].end), now)
    figures = [_figures(tx, count, number, silences, now) for number in range(len(periods))]
    before = [one for one in figures[1:] if not one.is_empty]
    return Report(figures[0], before, list(_days(count, periods[0], silences)))


def _figures(tx: Tx, count: Count, number: int, silences: Mapping[str, Sequence[Times]], now: datetime) -> Figures:
    period = count.periods[number]
    during = period.start, period.end
    return Figures(
        period=period,
        parcels=count.parcels(number),
        carriers=list(_carriers(count, number, silences)),
        not_received=store.not_received(tx, *during),
        corrections=store.corrections(tx, *during),
        contradicted=store.contradicted(tx, *during),
        mails=_mails(tx, *during),
        shop=Shop(store.sent(tx, "shop", *during), *store.drifts(tx, *during)),
        caught=_caught(store.incidents(tx, *during), period, now),
    )


def _mails(tx: Tx, start: datetime, end: datetime) -> Mails:
    kept = store.not_sent(tx, "email", start, end)
    return Mails(
        sent=store.sent(tx, "email", start, end),
        shadow=kept.get("shadow", 0),
        paused=kept.get("paused", 0),
        dead=kept.get("dead", 0),
        untold=store.untold(tx, start, end),
    )


def _carriers(count: Count, number: int, silences: Mapping[str, Sequence[Times]]) -> Iterator[OfCarrier]:
    """Those with parcels, then those that were only silent."""
    period, told = count.periods[number], count.carriers(number)
    for carrier in told:
        silent = silent_in(silences.get(carrier, ()), period.start, period.end)
        yield OfCarrier(carrier, carrier_label(carrier), count.parcels(number, carrier), silent)
    for carrier in sorted(set(silences).difference(told)):
        if silent := silent_in(silences[carrier], period.start, period.end):
            yield OfCarrier(carrier, carrier_label(carrier), count.parcels(number, carrier), silent)


def _days(count: Count, period: Period, silences: Mapping[str, Sequence[Times]]) -> Iterator[OfDay]:
    cells = {(day, carrier): cell for day, carrier, cell in count.by_day(0)}
    for day in period.days:
        during = Period(day, day, period.zone)
        silent = {carrier: silent_in(times, during.start, during.end) for carrier, times in silences.items()}
        for carrier in sorted({of for on, of in cells if on == day} | {of for of, lasted in silent.items() if lasted}):
            cell, lasted = cells.get((day, carrier)), silent.get(carrier, timedelta(0))
            row = OfDay(day, carrier, carrier_label(carrier), silent=lasted)
            if cell:
                counts = cell.dispatched, cell.delivered, cell.promised, cell.in_time, cell.returned, cell.hours
                row = OfDay(day, carrier, row.label, *counts, lasted)
            yield row


# -- what was wrong ----------------------------------------------------------------------------------------------------


def _silences(rows: Iterable[Row], now: datetime) -> Mapping[str, Sequence[Times]]:
    """By carrier, when it told us nothing on one of its ways; two at once are one silence."""
    found: defaultdict[str, list[Times]] = defaultdict(list)
    for row in rows:
        if row["kind"] in SILENT_KINDS:
            found[row["subject"].partition("/")[0]].append(_times(row, now))
    return {carrier: _joined(times) for carrier, times in found.items()}


def _times(row: Row, now: datetime) -> Times:
    return from_text(row["opened_at"]), optional_moment(row["closed_at"]) or now


def _joined(times: Iterable[Times]) -> Sequence[Times]:
    joined: list[Times] = []
    for start, end in sorted(times):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        else:
            joined.append((start, end))
    return joined


def silent_in(times: Iterable[Times], start: datetime, end: datetime) -> timedelta:
    lasted = (min(over, end) - max(begun, start) for begun, over in times)
    return sum((one for one in lasted if one > timedelta(0)), timedelta(0))


def _caught(rows: Iterable[Row], period: Period, now: datetime) -> Sequence[Caught]:
    """Those that opened in the period, the most frequent kind first."""
    start, end = period.start, min(period.end, now)
    by_kind: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if from_text(row["opened_at"]) >= start:
            by_kind[row["kind"]].append(row)
    found = [_caught_of(kind, of_kind, end) for kind, of_kind in by_kind.items()]
    return sorted(found, key=lambda one: (-one.opened, one.kind))


def _caught_of(kind: str, rows: Sequence[Row], end: datetime) -> Caught:
    closed = [optional_moment(row["closed_at"]) for row in rows]
    lasted = [
        ((min(over, end) if over else end) - from_text(row["opened_at"])).total_seconds()
        for row, over in zip(rows, closed, strict=True)
    ]
    return Caught(
        kind=kind,
        opened=len(rows),
        open=sum(over is None or over >= end for over in closed),
        lasted=timedelta(seconds=max(statistics.median(lasted), 0)),
        taken_by=list(dict.fromkeys(row["owner"] for row in rows if row["owner"])),
    )


# -- as JSON -----------------------------------------------------------------------------------------------------------


def as_json(report: Report) -> dict[str, object]:
    return {
        "now": _figures_json(report.now) | _transit_json(report.now.parcels),
        "before": [_figures_json(figures) for figures in report.before],
    }


def _figures_json(of: Figures) -> dict[str, object]:
    return {
        "first": of.period.first.isoformat(),
        "last": of.period.last.isoformat(),
        "timezone": of.period.zone,
        **_parcels_json(of.parcels),
        "not_received": of.not_received,
        "carriers": [
            {"carrier": one.carrier or None, "label": one.label, **_parcels_json(one.parcels)}
            | _transit_json(one.parcels)
            | {"silent_minutes": round(one.silent / timedelta(minutes=1))}
            for one in of.carriers
        ],
        "corrections": {"by_status": dict(of.corrections), "contradicted": of.contradicted},
        "mails": {name: getattr(of.mails, name) for name in Mails.__dataclass_fields__},
        "shop": {name: getattr(of.shop, name) for name in Shop.__dataclass_fields__},
        "incidents": [
            {
                "kind": one.kind,
                "opened": one.opened,
                "open": one.open,
                "median_minutes": round(one.lasted / timedelta(minutes=1)),
                "taken_by": list(one.taken_by),
            }
            for one in of.caught
        ],
    }


def _parcels_json(of: Parcels) -> dict[str, object]:
    return {
        "dispatched": of.dispatched,
        "delivered": of.delivered,
        "with_promise": of.in_time.of,
        "in_time": of.in_time.hits,
        "in_time_ratio": of.in_time.ratio,
        "returned": of.returned,
        "open": of.open,
        "late": of.late,
        "still": of.still,
        "held": of.held,
    }


def _transit_json(of: Parcels) -> dict[str, object]:
    """Of the reported period alone; before it, nobody looked."""
    return {
        "transit_parcels": of.transit.parcels,
        "transit_median_hours": of.transit.median,
        "transit_p90_hours": of.transit.p90,
    }
