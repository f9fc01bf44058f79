"""What parcels amount to, by carrier and day: counted in one pass, whatever their number. Pure.

A parcel is *dispatched* on the day that the shop told; where nobody told it, on the day on which it became known. It is
*delivered* on the day that the carrier told, and where a person said so, on the day that it was shown. It came *in
time* if that day, by the shop's clock, is not after the promised one. Its *transit* is the time from the first scan
that says that the carrier has it to the delivery; a parcel without such a scan has none.
"""

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from relay.desk.periods import Days, Period
from relay.model import Status
from relay.store.report import Parcel

#: Of fewer parcels no percentage and no percentile is told: one parcel more or less would move them too far.
ENOUGH: Final = 5
#: Parcels are followed for so long after they became known; what is open then is counted no more.
REACH: Final = timedelta(days=90)
#: Without a scan for so long a parcel stands still, unless it waits to be fetched.
STILL: Final = timedelta(days=3)
#: A scan from so long before the parcel was known is of another one that had the number.
TOO_OLD: Final = 45
_DATE = len("2026-03-02")


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    hits: int
    of: int

    @property
    def ratio(self) -> float | None:
        """None: too few to say it."""
        return self.hits / self.of if self.of >= ENOUGH else None


@dataclass(frozen=True, slots=True)
class Transit:
    """From the carrier's first scan to the delivery, in hours, of the first period; None: too few to say it."""

    parcels: int = 0
    median: float | None = None
    p90: float | None = None  #: nine of ten were at least as fast


def transit_of(hours: Sequence[float]) -> Transit:
    if len(hours) < ENOUGH:
        return Transit(len(hours))
    return Transit(len(hours), statistics.median(hours), statistics.quantiles(hours, n=10, method="inclusive")[-1])


@dataclass(frozen=True, slots=True)
class Parcels:
    """Of one carrier, or of all, in a period."""

    dispatched: int
    delivered: int
    in_time: Share  #: of those delivered, which had a promised day
    transit: Transit
    returned: int
    open: int  #: at the end, as the next two
    late: int  #: of those: the promised day is over
    still: int  #: of those: not scanned for three days
    held: int  #: deliveries that wait for a second word, now


@dataclass(slots=True)
class Cell:
    """One carrier's day."""

    dispatched: int = 0
    delivered: int = 0
    promised: int = 0
    in_time: int = 0
    returned: int = 0
    hours: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Count:
    """Parcels of some periods, counted as they are read."""

    periods: Sequence[Period]
    cells: defaultdict[tuple[str, int], Cell] = field(default_factory=lambda: defaultdict(Cell))
    open: Counter[tuple[str, int]] = field(default_factory=Counter)  #: by the number of the period, as the next two
    late: Counter[tuple[str, int]] = field(default_factory=Counter)
    still: Counter[tuple[str, int]] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)
    days: Days = field(init=False)
    _ends: Sequence[tuple[int, str, str, str]] = field(init=False)

    def __post_init__(self) -> None:
        first, last = min(period.first for period in self.periods), max(period.last for period in self.periods)
        self.days = Days(first, last, self.periods[0].zone)
        self._ends = [_end(period, first) for period in self.periods]

    def add(self, parcels: Iterable[Parcel]) -> None:
        for parcel in parcels:
            ended = _ended_at(parcel)
            self._cell(parcel, parcel.dispatched_at).dispatched += 1
            if ended and parcel.status == Status.DELIVERED:
                self._deliver(parcel, ended)
            elif ended and parcel.status == Status.RETURNED:
                self._cell(parcel, ended).returned += 1
            if parcel.held_since:
                self.held[parcel.carrier] += 1
            self._stand(parcel, self.days.number(ended) if ended else None)

    def _cell(self, parcel: Parcel, at: str) -> Cell:
        """What lies outside of all periods goes where nobody looks."""
        return self.cells[parcel.carrier, self.days.number(at)]

    def _deliver(self, parcel: Parcel, at: str) -> None:
        number = self.days.number(at)
        if not 0 <= number < len(self.days.names):
            return
        cell = self.cells[parcel.carrier, number]
        cell.delivered += 1
        if parcel.promised:
            cell.promised += 1
            cell.in_time += self.days.names[number] <= parcel.promised[:_DATE]
        if _is_its_own(parcel) and parcel.first_scan and parcel.delivered_at:
            lasted = datetime.fromisoformat(parcel.delivered_at) - datetime.fromisoformat(parcel.first_scan)
            if lasted >= timedelta(0):
                cell.hours.append(lasted / timedelta(hours=1))

    def _stand(self, parcel: Parcel, ended: int | None) -> None:
        """How it stood at the end of each period; what it waits for is known only if it still waits for it."""
        known = self.days.number(parcel.known_at)
        for number, (last, name, end, still_since) in enumerate(self._ends):
            if known > last or (ended is not None and ended <= last):
                continue
            key = parcel.carrier, number
            self.open[key] += 1
            if parcel.status == Status.AVAILABLE_FOR_PICKUP and parcel.changed_at and parcel.changed_at < end:
                continue
            self.late[key] += bool(parcel.promised and parcel.promised[:_DATE] <= name)
            self.still[key] += bool(number == 0 and parcel.last_scan and parcel.last_scan < still_since)

    # -- what it amounts to --------------------------------------------------------------------------------------------

    def carriers(self, number: int) -> list[str]:
        """Those of which there is anything to tell in a period, the ones with most parcels first."""
        days = self._days_of(number)
        weight: Counter[str] = Counter()
        for (carrier, day), cell in self.cells.items():
            weight[carrier] += (cell.dispatched + cell.delivered + cell.returned) if day in days else 0
        for (carrier, of), parcels in self.open.items():
            weight[carrier] += parcels if of == number else 0
        return sorted((carrier for carrier, parcels in weight.items() if parcels), key=lambda one: (-weight[one], one))

    def parcels(self, number: int, carrier: str | None = None) -> Parcels:
        """Of one carrier, else of all of them."""
        cells = [cell for day in self._days_of(number) for cell in self._of_day(day, carrier)]
        return Parcels(
            dispatched=sum(cell.dispatched for cell in cells),
            delivered=sum(cell.delivered for cell in cells),
            in_time=Share(sum(cell.in_time for cell in cells), sum(cell.promised for cell in cells)),
            transit=transit_of([hours for cell in cells for hours in cell.hours]),
            returned=sum(cell.returned for cell in cells),
            open=_sum(self.open, carrier, number),
            late=_sum(self.late, carrier, number),
            still=_sum(self.still, carrier, number),
            held=sum(times for of, times in self.held.items() if carrier in {None, of}),
        )

    def by_day(self, number: int) -> Iterator[tuple[date, str, Cell]]:
        """Of a period: day, carrier, what happened on it."""
        days = self._days_of(number)
        found = sorted((day, carrier) for carrier, day in self.cells if day in days)
        return ((self.days.dates[day], carrier, self.cells[carrier, day]) for day, carrier in found)

    def _days_of(self, number: int) -> range:
        period = self.periods[number]
        first = (period.first - self.days.dates[0]).days
        return range(first, first + len(period.days))

    def _of_day(self, day: int, carrier: str | None) -> list[Cell]:
        names = [carrier] if carrier is not None else {of for of, _day in self.cells}
        return [self.cells[name, day] for name in names if (name, day) in self.cells]


def _sum(counts: Mapping[tuple[str, int], int], carrier: str | None, number: int) -> int:
    return sum(times for (of, period), times in counts.items() if period == number and carrier in {None, of})


def _end(period: Period, first: date) -> tuple[int, str, str, str]:
    """Number and name of the last day, the first moment after it, and since when what is not scanned stands still."""
    end = period.end
    texts = (moment.isoformat(timespec="milliseconds") for moment in (end, end - STILL))
    return ((period.last - first).days, period.last.isoformat(), *texts)  # type: ignore[return-value]  # two texts


def _is_its_own(parcel: Parcel) -> bool:
    """Whether its first scan is of this parcel, and not of one that had the number before."""
    if parcel.first_scan is None:
        return False
    known, scanned = parcel.known_at[:_DATE], parcel.first_scan[:_DATE]
    return scanned >= known or (date.fromisoformat(known) - date.fromisoformat(scanned)).days <= TOO_OLD


def _ended_at(parcel: Parcel) -> str | None:
    if parcel.status == Status.DELIVERED:
        return parcel.delivered_at or parcel.changed_at
    return parcel.changed_at if parcel.status in {Status.RETURNED, Status.CANCELLED} else None
