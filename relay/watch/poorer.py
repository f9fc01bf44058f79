"""A carrier whose answers tell less than they did: fewer scans, or scans that lack what they used to have."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from relay.database import Row, Tx
from relay.desk import Desk
from relay.desk.view import carrier_label
from relay.silence.poorer import PARCELS, Comparison, Day, Told, is_rich_again, merged, parcels_in, poorer
from relay.store import incidents, richness, shares
from relay.store.incidents import Figures
from relay.watch.alarms import Alarm

KIND = "poorer_answers"
#: What is usual is learned from so many days before.
USUAL = timedelta(weeks=2)
#: What was poor for so long is how it is now.
TAKEN_AS_USUAL = timedelta(weeks=2)
#: So far back there are usual days enough, although an incident taught nothing.
LEARNED_FROM = 2 * USUAL + TAKEN_AS_USUAL

Days = dict[date, dict[tuple[str, int], Told]]
_WORDS = {
    "scans": "scans a parcel",
    "places": "% of its scans with a place",
    "descriptions": "% of its scans with words",
    "moments": "% of its scans with a moment",
    "estimates": "% of its parcels with an expected date",
}


def poorer_answers(tx: Tx, _desk: Desk, found: Mapping[str, Row], now: datetime) -> Sequence[Alarm]:
    spans = shares.lasted(tx, KIND, None, now - LEARNED_FROM)
    since = now - LEARNED_FROM if spans else now - USUAL - 2 * shares.DAY
    return list(filter(None, (_look(tx, found, one, now) for one in _by_source(richness.measured(tx, since)))))


def _by_source(measures: Sequence[richness.Measure]) -> Iterator[tuple[str, Days]]:
    sources: dict[str, Days] = {}
    for one in measures:
        day = sources.setdefault(one.source, {}).setdefault(date.fromisoformat(one.day), {})
        day[one.status, one.age] = Told(*one[4:])
    yield from sources.items()


def _look(tx: Tx, found: Mapping[str, Row], of: tuple[str, Days], now: datetime) -> Alarm | None:
    source, days = of
    today, past = _today(days, now), _past(tx, source, days, now)
    row = found.get(source)
    if row is None:
        fall = poorer(today, past)
        return _alarm(source, fall) if fall else None
    is_over = is_rich_again(today, past) or now - datetime.fromisoformat(row["opened_at"]) >= TAKEN_AS_USUAL
    return None if is_over else Alarm(source, row["title"], row["remedy"], incidents.figures_of(row))


def _today(days: Days, now: datetime) -> Day:
    """Today as soon as there is enough of it; until then together with yesterday."""
    today, yesterday = days.get(now.date(), {}), days.get(now.date() - timedelta(days=1), {})
    return today if parcels_in(today) >= PARCELS else merged((yesterday, today))


def _past(tx: Tx, source: str, days: Days, now: datetime) -> list[Day]:
    """Two weeks that were usual: not those of an incident, unless it lasted until it was how it is now."""
    first, before = min(days), now.date() - timedelta(days=1)
    poor: set[str] = set()
    for opened_at, closed_at in shares.lasted(tx, KIND, source, now - LEARNED_FROM):
        if closed_at and closed_at - opened_at >= TAKEN_AS_USUAL:
            first = max(first, opened_at.date())
        else:
            poor |= shares.days_of([(opened_at, closed_at)], now)
            before = min(before, opened_at.date()) if closed_at is None else before
    usual = [day for day in sorted(days) if first <= day < before and day.isoformat() not in poor]
    return [days[day] for day in usual if day >= before - USUAL - timedelta(days=len(poor))]


def _alarm(source: str, fall: Comparison) -> Alarm:
    figures = _figures(source, fall)
    title = "answers of {carrier} tell less than usual: {told:g} {what}, usually {usual:g}"
    return Alarm(
        subject=source,
        title=title.format(**figures, what=_WORDS[fall.what]),
        remedy=f"Compare with {figures['carrier']}'s site: it may have changed its API, or what our account may see. "
        "It ends when answers are as rich as before; after two weeks this counts as usual",
        figures=figures,
    )


def _figures(source: str, fall: Comparison) -> Figures:
    unit, digits = (1, 1) if fall.what == "scans" else (100, 0)
    told, usual = (round(unit * amount / fall.of, digits) for amount in (fall.found, fall.usual))
    return {"case": fall.what, "carrier": carrier_label(source), "told": told, "usual": usual, "of": fall.of}
