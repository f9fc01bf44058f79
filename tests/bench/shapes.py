"""How carriers' traffic looks in ordinary weeks: the moments at which something comes, made from a seed."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from random import Random
from zoneinfo import ZoneInfo

from relay.silence.calendar import Calendar

DAY_S, HOUR_S = 86_400, 3_600
#: Four weeks to learn from, and twelve that are looked at.
WEEKS = 16
#: The first day, a Monday; clocks in New York change on 2026-03-08, in the ninth week.
FIRST = date(2026, 1, 12)
HOLIDAYS = frozenset(
    date.fromisoformat(day)
    for day in ("2026-01-23", "2026-02-16", "2026-02-17", "2026-03-19", "2026-04-03", "2026-04-21", "2026-05-01")
)

#: Of a local day: its number since the first and its date, the seconds since local midnight at which something comes.
Day = Callable[[Random, int, date], Iterator[float]]


@dataclass(frozen=True, slots=True)
class Shape:
    name: str
    day: Day
    zone: str = "America/Sao_Paulo"
    gaps: tuple[tuple[float, float], ...] = ()  #: days from and to which we were down ourselves
    parcels: Callable[[int], float] = field(default=lambda _day: 1.0)  #: how many of its usual parcels it has
    answers_in: float = 1.0  #: of the slots, the share that brought usable answers; less than all: it is asked

    @property
    def calendar(self) -> Calendar:
        return Calendar(ZoneInfo(self.zone), HOLIDAYS.__contains__)

    def moments(self, random: Random) -> list[float]:
        """Seconds since 1970, in order."""
        zone, found = ZoneInfo(self.zone), []
        for number in range(WEEKS * 7):
            day = FIRST + timedelta(days=number)
            midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a wall clock, placed below
            for second in self.day(random, number, day):
                local = (midnight + timedelta(seconds=second)).replace(tzinfo=zone)
                found.append(local.astimezone(UTC).timestamp())
        return sorted(found)


def spread(random: Random, per_hour: float, first_s: float, last_s: float) -> Iterator[float]:
    """At random between two moments of the day."""
    at = first_s
    while per_hour > 0 and (at := at + random.expovariate(per_hour / HOUR_S)) < last_s:
        yield at


def steady(per_hour: float, random: Random, _number: int, _day: date) -> Iterator[float]:
    yield from spread(random, per_hour, 0, DAY_S)


def by_day(per_hour: float, random: Random, _number: int, _day: date) -> Iterator[float]:
    """A shift that begins and ends within half an hour of its time."""
    begins, ends = 7 + random.random() * 0.5, 21.5 + random.random() * 0.5
    yield from spread(random, per_hour, begins * HOUR_S, ends * HOUR_S)


def workdays(per_hour: float, random: Random, number: int, day: date) -> Iterator[float]:
    """One Saturday in three is worked for half a day."""
    if day.weekday() < 5:
        yield from by_day(per_hour, random, number, day)
    elif day.weekday() == 5 and random.random() < 1 / 3:
        yield from spread(random, per_hour / 2, 8 * HOUR_S, 13 * HOUR_S)


def with_holidays(per_hour: float, random: Random, number: int, day: date) -> Iterator[float]:
    """On a holiday nothing comes, or, one time in four, as much as on any day."""
    if day not in HOLIDAYS or random.random() < 0.25:
        yield from workdays(per_hour, random, number, day)


def batches(random: Random, _number: int, _day: date) -> Iterator[float]:
    """Every hour of the day some two dozen within two minutes; now and then an hour is left out."""
    for hour in range(6, 23):
        if random.random() > 0.03:
            at = hour * HOUR_S + 420 + random.gauss(0, 60)
            yield from (at + random.random() * 120 for _ in range(random.randint(5, 40)))


def once_a_day(random: Random, _number: int, _day: date) -> Iterator[float]:
    yield 6 * HOUR_S + random.uniform(-40, 40) * 60


def few_parcels(random: Random, _number: int, _day: date) -> Iterator[float]:
    """Three parcels a week, of which each is told six times within four days."""
    for _ in range(_poisson(random, 3 / 7)):
        yield from (random.uniform(8, 20) * HOUR_S + random.randint(0, 3) * DAY_S for _ in range(6))


def black_friday(random: Random, number: int, day: date) -> Iterator[float]:
    """It grows sixfold over six weeks and falls to half within three days."""
    end = 10 * 7
    level = 1 + 5 * number / end if number < end else max(0.5, 6 - 1.9 * (number - end))
    yield from by_day(20 * level, random, number, day)


def wandering(random: Random, _number: int, day: date) -> Iterator[float]:
    """Its volume walks at random from day to day, and comes in clumps whose sizes have a heavy tail."""
    walk = sum(Random(f"{day.toordinal() - back}").gauss(0, 0.3) for back in range(30))
    for at in spread(random, 12 * math.exp(walk / 2), 5 * HOUR_S, 24 * HOUR_S):
        yield from (at + random.random() * 240 for _ in range(min(200, int(random.paretovariate(1.2)))))


def on_and_off(random: Random, _number: int, _day: date) -> Iterator[float]:
    """It talks for a while and is silent for a while, the lengths of which have a heavy tail."""
    at = random.random() * HOUR_S
    while at < DAY_S:
        until = min(DAY_S, at + random.paretovariate(1.5) * 1200)
        yield from spread(random, 60, at, until)
        at = until + min(5 * HOUR_S, random.paretovariate(1.5) * 900)


def closed_shop(random: Random, number: int, day: date) -> Iterator[float]:
    """A shop that is closed for three weeks: what is on its way arrives, and then nothing is."""
    yield from by_day(40 * closed(number), random, number, day)


def closed(number: int) -> float:
    """How many parcels are on their way, of the usual."""
    since = number - 8 * 7
    if since < 0 or since > 28:
        return 1.0
    return max(0.0, 1 - since / 6) if since < 21 else (since - 21) / 7


def _poisson(random: Random, mean: float) -> int:
    found, product = -1, 1.0
    while product > math.exp(-mean):
        found, product = found + 1, product * random.random()
    return max(0, found)


SHAPES: Mapping[str, Shape] = {
    shape.name: shape
    for shape in (
        Shape("steady, 100 an hour", partial(steady, 100)),
        Shape("steady, 20 an hour", partial(steady, 20)),
        Shape("silent at night", partial(by_day, 30)),
        Shape("weekdays, some Saturdays", partial(workdays, 40)),
        Shape("public holidays", partial(with_holidays, 40)),
        Shape("batches every hour", batches),
        Shape("once a day, 06:00 ± 40 min", once_a_day),
        Shape("three parcels a week", few_parcels),
        Shape("Black Friday and after", black_friday),
        Shape("change of the clocks (New York)", partial(by_day, 30), zone="America/New_York"),
        Shape("wandering volume, heavy tail", wandering),
        Shape("talks on and off, heavy tail", on_and_off),
        Shape("shop closed for three weeks", closed_shop, parcels=closed),
        Shape("a week's outage of our own", partial(by_day, 30), gaps=((50.4, 57.4), (70.2, 70.3), (80.5, 82.0))),
        Shape("asked, and news by day", partial(by_day, 15), answers_in=0.5),
    )
}
