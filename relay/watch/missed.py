"""A carrier that pushes, but not all: what should have been pushed long ago came only because we asked."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from relay.carriers import all_carriers
from relay.database import Row, Tx
from relay.desk import Desk
from relay.desk.view import carrier_label
from relay.model import Via
from relay.silence.shares import Limits, Share, has_risen, is_back
from relay.store import incidents, shares
from relay.store.shares import Counts, Route
from relay.watch.alarms import Alarm

KIND = "missed_pushes"
LIMITS = Limits(bad=10, share=0.1, times=2.0, learned=100)
#: So many answers must have brought such scans: one long history is the fault of one parcel.
ANSWERS = 5
#: What is told of, what is learned from, and how lately a carrier must have pushed.
WINDOW, LEARNED_FROM, PUSHED_WITHIN = timedelta(days=1), timedelta(weeks=6), timedelta(weeks=4)
#: What a carrier pushed while we were down is missed by our fault; so old may be what an answer brings.
UP_FOR = timedelta(days=2)
DAYS = 10
#: So many new scans say how it is now.
EVIDENCE = 20


def missed_pushes(tx: Tx, desk: Desk, found: Mapping[str, Row], now: datetime) -> Sequence[Alarm]:
    if shares.has_gap(tx, now - UP_FOR, now):
        return [_as_told(subject, row) for subject, row in found.items()]
    return list(_alarms(tx, desk, found, now))


def _alarms(tx: Tx, desk: Desk, found: Mapping[str, Row], now: datetime) -> Iterator[Alarm]:
    pushed = {route.source for route in shares.by_hours(tx, now - PUSHED_WITHIN, now) if route.via is Via.PUSH}
    counts = _counts(tx, now)
    for source, carrier in all_carriers().items():
        is_heard = source in pushed and bool(desk.settings.push_secrets(source))
        if not (carrier.asks and is_heard):
            continue
        share = _share(counts.get(source, Counts()))
        if source not in found and not LIMITS.mind(share):
            continue
        past = _past(tx, source, found.get(source), now)
        if source in found:
            if not (share.of >= EVIDENCE and is_back(share, past, LIMITS)):
                yield _as_told(source, found[source])
        elif len(past) >= DAYS and has_risen(share, past, LIMITS) and _is_missing(tx, source, now):
            yield _alarm(source, share)


def _is_missing(tx: Tx, source: str, now: datetime) -> bool:
    """Where nothing is pushed at all, that is told as such."""
    is_mute = incidents.is_open(tx, "mute_carrier", Route(source, Via.PUSH).subject)
    return not is_mute and shares.count_missing(tx, source, now - WINDOW) >= ANSWERS


def _counts(tx: Tx, now: datetime) -> dict[str, Counts]:
    """Of the last day, by carrier: what came by either way."""
    begin = now - shares.HOUR
    pushes, answers = shares.fresh(tx, begin.replace(minute=0, second=0, microsecond=0))
    found = [(route.source, counts) for route, counts in shares.by_hours(tx, now - WINDOW, begin).items()]
    summed: dict[str, Counts] = {}
    for source, counts in (*found, *pushes.items(), *answers.items()):
        summed[source] = summed.get(source, Counts()).plus(counts)
    return summed


def _past(tx: Tx, source: str, row: Row | None, now: datetime) -> list[Share]:
    """The days before, but for those on which it was as bad as now."""
    before = datetime.fromisoformat(row["opened_at"]) if row else now
    since = now - LEARNED_FROM
    poor = shares.days_of(shares.lasted(tx, KIND, source, since), now)
    days: dict[str, Counts] = {}
    for via in (Via.PUSH, Via.POLL):
        for day, counts in shares.by_days(tx, Route(source, via), since, before - WINDOW):
            days[day] = days.get(day, Counts()).plus(counts)
    return [_share(counts) for day, counts in sorted(days.items()) if day not in poor and counts.news]


def _share(counts: Counts) -> Share:
    return Share(counts.missed, counts.news)


def _as_told(subject: str, row: Row) -> Alarm:
    return Alarm(subject, row["title"], row["remedy"], incidents.figures_of(row))


def _alarm(source: str, share: Share) -> Alarm:
    label = carrier_label(source)
    return Alarm(
        subject=source,
        title=f"{share.bad} of {share.of} new scans of {label} in the last day came only by asking: "
        "its pushes are incomplete",
        remedy=f"See at {label} whether our subscription covers every parcel and every event; parcels are asked about "
        "meanwhile. It ends when its pushes are as complete as before",
        figures={"carrier": label, "missed": share.bad, "of": share.of},
    )
