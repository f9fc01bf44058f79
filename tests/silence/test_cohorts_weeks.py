"""Twelve ordinary weeks of carriers of several sizes: nothing is told; and how soon it is told when a hub stops."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from random import Random

import pytest

from relay.silence.cohorts import ALL, PLACE, Fleet, Standing, cohorts, cohorts_of, usual_shares
from relay.silence.standing import counted_back

START, WEEKS = datetime(2026, 2, 2, tzinfo=UTC), 14
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STANDS, MOVES, OLDEST = 3 * DAY, DAY, 14 * DAY
NOON = 12
HUBS, TOWNS, CUSTOMS = ("Cajamar", "Curitiba", "Recife"), tuple(f"Town {number}" for number in range(25)), "Aduana"
#: Of all parcels: lost on their way, and kept at the customs for weeks.
LOST, KEPT = 0.01, 0.05


@dataclass(frozen=True)
class Journey:
    shipment_id: str
    scans: Sequence[tuple[datetime, str]]  #: the last one delivers, unless it was lost
    is_lost: bool


def weekend(day: date) -> bool:
    return day.weekday() > 4


def worked(moment: datetime) -> datetime:
    """Nobody scans at a weekend."""
    while weekend(moment.date()):
        moment += DAY
    return moment


def journeys(a_day: int, stops_at: datetime | None) -> Iterator[Journey]:
    """Parcels of each working day; nothing leaves the first hub after it stops."""
    random = Random(a_day)
    for days in range(WEEKS * 7):
        day = START + days * DAY
        if weekend(day.date()):
            continue
        for number in range(max(1, round(random.gauss(a_day, a_day**0.5)))):
            yield journey(f"{days}/{number}", day + 18 * HOUR, random, stops_at)


def journey(shipment_id: str, at: datetime, random: Random, stops_at: datetime | None) -> Journey:
    places = ["Shop", random.choice(HUBS), random.choice(HUBS), random.choice(TOWNS)]
    if random.random() < KEPT:
        places.insert(2, CUSTOMS)
    end = random.randrange(1, len(places)) if (is_lost := random.random() < LOST) else len(places)
    scans = []
    for place in places[:end]:
        scans.append((at, place))
        if stops_at and place == HUBS[0] and at + 8 * HOUR > stops_at:
            return Journey(shipment_id, scans, is_lost=True)
        at = worked(at + random.uniform(4, 12) * DAY if place == CUSTOMS else at + random.uniform(8, 40) * HOUR)
    return Journey(shipment_id, scans if is_lost else [*scans, (at, places[-1])], is_lost)


@cache
def limits(now: datetime) -> tuple[datetime, datetime]:
    return counted_back(now, STANDS, weekend, UTC), counted_back(now, MOVES, weekend, UTC)


def fleet_at(all_journeys: Sequence[Journey], now: datetime) -> Fleet:
    made, (stands, moves) = Fleet(), limits(now)
    for one in all_journeys:
        if one.scans[0][0] > now or one.scans[-1][0] < now - OLDEST:
            continue
        at, place = next(scan for scan in reversed(one.scans) if scan[0] <= now)
        is_over = at == one.scans[-1][0] and not one.is_lost
        names = cohorts_of(place, one.scans[0][0].date().isoformat())
        if is_over:
            made.moving.update(names if at > now - DAY else names[1:2])
        elif at > moves:
            made.moving.update(names)
        elif at <= stands and at >= now - OLDEST:
            made.standing.append(Standing(one.shipment_id, "", names, at, place))
    return made


def looks(a_day: int, stops_at: datetime | None = None) -> Iterator[tuple[datetime, list[str]]]:
    """What is found every six hours, from what was learnt at each noon."""
    parcels = list(journeys(a_day, stops_at))
    days: list[dict[str, tuple[int, int]]] = []
    for hours in range(0, (WEEKS - 1) * 7 * 24, 6):
        now = START + hours * HOUR
        fleet = fleet_at(parcels, now)
        if now.hour == NOON:
            still = Counter(cohort for one in fleet.standing for cohort in one.cohorts)
            noted = {ALL, *(name for name, count in still.items() if name.startswith(f"{PLACE}/") and count >= 4)}
            days.append({cohort: (still[cohort], fleet.moving[cohort]) for cohort in noted})
        usual = usual_shares(days[-28:-3])
        yield now, [one.cohort for one in cohorts(fleet, usual)]


@pytest.mark.parametrize("a_day", [1, 10, 60])
def test_ordinary_weeks_bring_no_alarm(a_day: int) -> None:
    found = [(now, names) for now, names in looks(a_day) if names]
    assert found == []


def test_a_hub_that_stops_is_found_within_a_working_week_as_one() -> None:
    stops_at = START + timedelta(weeks=8)  # at midnight before a Monday
    found = [(now, names) for now, names in looks(60, stops_at) if names]
    assert {name for _, names in found for name in names} == {"place/cajamar"}
    first = found[0][0] - stops_at
    assert 3 * DAY <= first <= 5 * DAY, first
