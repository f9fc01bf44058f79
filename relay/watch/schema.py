"""A sender whose messages are not what they were: bodies that cannot be read, or scans that say nothing to us."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from relay.database import Row, Tx
from relay.desk import Desk
from relay.desk.view import carrier_label
from relay.intake.replay import is_page, read_again
from relay.model import Action, Fact, FactKind, Status, Via
from relay.silence.shares import Limits, Share, chance_of, has_risen, is_back, says_enough, total
from relay.store import incidents, shares
from relay.store.incidents import Figures
from relay.store.shares import UNKNOWN, UNREAD, Route
from relay.watch.alarms import Alarm
from relay.watch.lately import Lately, Span, share_of

KIND: Final = "schema_changed"
#: So many are the fewest that are told of, at once when they are the newest.
FEW = 5
#: Scans of so many parcels: the history of one, told again and again, is the fault of one parcel.
PARCELS = 5
LIMITS: Final = {
    "unread": Limits(bad=FEW, share=0.1, times=3.0),
    "unknown": Limits(bad=FEW, share=0.1, times=3.0, learned=50),
}
WHICH: Final = {"unread": UNREAD, "unknown": UNKNOWN}
LEARNED_FROM = timedelta(weeks=6)
#: How many are read again to see what is wrong with them, and how much of it is told.
SAMPLE, LINE = 50, 100


@dataclass(frozen=True, slots=True)
class Risen:
    """A share that has risen, in the messages since some moment."""

    share: Share
    usual: Share
    since: datetime


@dataclass(frozen=True, slots=True)
class Wrong:
    case: str
    most: str  #: the most frequent fault or code


def schema_changed(tx: Tx, _desk: Desk, found: Mapping[str, Row], now: datetime) -> Sequence[Alarm]:
    return list(_alarms(tx, found, now))


def _alarms(tx: Tx, found: Mapping[str, Row], now: datetime) -> Iterator[Alarm]:
    lately = Lately.of(tx, now)
    seen = set()
    for route, counts in lately.routes():
        row = found.get(route.subject)
        seen.add(route.subject)
        if row:
            yield from _standing(tx, lately, route, row, now)
        elif max(counts.unread, counts.unknown) >= FEW:
            yield from _new(tx, lately, route, now)
    # Of whom nothing came for a week, nothing is known but what was said.
    yield from (_as_told(subject, row) for subject, row in found.items() if subject not in seen)


def _past(tx: Tx, route: Route, what: str, before: datetime, now: datetime) -> list[Share]:
    """The days before, but for those on which it was as bad as now."""
    poor = shares.days_of(shares.lasted(tx, KIND, route.subject, now - LEARNED_FROM), now)
    days = shares.by_days(tx, route, now - LEARNED_FROM, before)
    return [share_of(one.counts, what) for one in days if one.day not in poor]


# -- what is wrong anew ------------------------------------------------------------------------------------------------


def _new(tx: Tx, lately: Lately, route: Route, now: datetime) -> Iterator[Alarm]:
    # Of a carrier that answers nothing usable at all, that is told already.
    is_told = route.via is Via.POLL and incidents.is_open(tx, "ask_failing", route.source)
    for what, look in (("unread", _unread), ("unknown", _unknown)):
        risen = None if is_told else _risen(tx, lately, route, what, now)
        wrong = look(tx, route, risen, now) if risen else None
        if risen and wrong:
            yield _alarm(route, risen, wrong)
            return


def _risen(tx: Tx, lately: Lately, route: Route, what: str, now: datetime) -> Risen | None:
    """In the messages that tell it most clearly."""
    found = []
    for span in (*(_newest(tx, route, now) if what == "unread" else ()), *lately.spans):
        share = span.share(route, what)
        past = _past(tx, route, what, span.since, now) if LIMITS[what].mind(share) else []
        if has_risen(share, past, LIMITS[what]):
            found.append((chance_of(share, past), Risen(share, total(past), span.since)))
    return min(found, key=lambda one: one[0])[1] if found else None


def _newest(tx: Tx, route: Route, now: datetime) -> Iterator[Span]:
    """Since the first of the few newest unread: who fell out of step is told of before that is much of an hour."""
    since = shares.newest_unread_at(tx, route, FEW)
    if since and since >= now - 2 * shares.HOUR:
        yield Span(since, {route: shares.counted(tx, route, since)})


def _unread(tx: Tx, route: Route, risen: Risen, now: datetime) -> Wrong | None:
    """None: pages in the place of answers are an outage; and what this version reads, nobody must hear of."""
    sample = shares.kept(tx, route, UNREAD, risen.since, now + shares.DAY, SAMPLE)
    pages = sum(is_page(row) for row in sample)
    faults = Counter(row["reason"][:LINE] for row in sample if not is_page(row) and not _is_readable(row))
    if not faults or pages > faults.total():
        return None
    return Wrong("unread" if risen.usual.of else "unread_first", _most_frequent(faults))


def _unknown(tx: Tx, route: Route, risen: Risen, now: datetime) -> Wrong | None:
    """None: it is the fault of few parcels, or this version knows them all."""
    odd = _odd_scans(shares.kept(tx, route, UNKNOWN, risen.since, now + shares.DAY, SAMPLE))
    if len({parcel for parcel, _, _ in odd}) < PARCELS:
        return None
    undated = Counter(reason[:LINE] for _, scan, reason in odd if scan.occurred_at is None)
    if undated.total() * 2 > len(odd):
        return Wrong("undated", _most_frequent(undated))
    before = shares.kept(tx, route, UNKNOWN, now - LEARNED_FROM, risen.since, SAMPLE)
    known = {scan.code for _, scan, _ in _odd_scans(before)}
    codes = Counter(_in_words(scan) for _, scan, _ in odd if scan.code not in known)
    return Wrong("unknown", _most_frequent(codes or Counter(_in_words(scan) for _, scan, _ in odd)))


def _odd_scans(rows: Sequence[Row]) -> list[tuple[str, Fact, str]]:
    """The scans that say nothing to today's adapter, each with its parcel and with what the adapter says of all."""
    return [
        (report.tracking_number or report.reference or "", fact, reading.reason)
        for reading in map(read_again, rows)
        for report in reading.reports
        for fact in report.facts
        if fact.kind is FactKind.SCAN and fact.status is Status.UNKNOWN
    ]


def _in_words(scan: Fact) -> str:
    return f"{scan.code} ({scan.description})"[:LINE] if scan.code and scan.description else scan.code[:LINE]


def _most_frequent(of: Counter[str]) -> str:
    return min(of, key=lambda one: (-of[one], one))


def _is_readable(row: Row) -> bool:
    return read_again(row).action is not Action.UNREADABLE


# -- what was told, and is still so ------------------------------------------------------------------------------------


def _standing(tx: Tx, lately: Lately, route: Route, row: Row, now: datetime) -> Iterator[Alarm]:
    opened_at, figures = datetime.fromisoformat(row["opened_at"]), incidents.figures_of(row)
    what = "unread" if str(figures.get("case", "")).startswith("unread") else "unknown"
    told = Share(int(figures.get("bad", 1)), int(figures.get("of", FEW)))
    since = lately.since(tx, route, what, opened_at)
    newest = next((share for share in since if says_enough(share, told)), None)
    if newest and is_back(newest, _past(tx, route, what, opened_at, now), LIMITS[what]):
        return
    sample = shares.kept(tx, route, WHICH[what], opened_at - timedelta(days=7), now + shares.DAY, SAMPLE)
    if not _is_understood(what, sample):
        yield _as_told(route.subject, row)
    elif any(what == "unread" or not one["replayed_at"] for one in sample):
        yield _solved(route, what, told, str(figures.get("command") or _replay(route, what, opened_at)))


def _is_understood(what: str, sample: Sequence[Row]) -> bool:
    """Whether today's adapter makes sense of what was told of, but for what it never did."""
    if what == "unread":
        return all(_is_readable(one) for one in sample)
    return len({parcel for parcel, _, _ in _odd_scans(sample)}) < PARCELS


def _as_told(subject: str, row: Row) -> Alarm:
    return Alarm(subject, row["title"], row["remedy"], incidents.figures_of(row))


def _solved(route: Route, what: str, told: Share, command: str) -> Alarm:
    """What is left to do after an upgrade."""
    label = carrier_label(route.source)
    return Alarm(
        subject=route.subject,
        title=f"this version of Wismo reads what {label} sends now; what came before is still to be read again",
        remedy=f"Run `{command}`",
        figures={
            "case": f"{what}_solved",
            "carrier": label,
            "command": command,
            "bad": told.bad,
            "of": told.of,
        },
    )


def _replay(route: Route, what: str, since: datetime) -> str:
    if what == "unread":
        return "wismo replay --unread"
    return f"wismo replay --carrier {route.source} --since {since.date().isoformat()}"


# -- in words ----------------------------------------------------------------------------------------------------------

SENT: Final[Mapping[Via, str]] = {Via.PUSH: "pushes", Via.POLL: "answers"}
_TITLES: Final[Mapping[str, str]] = {
    "unread": "{bad} of the newest {of} {sent} of {carrier} cannot be read, usually {usual:g} %: {most}",
    "unread_first": "{bad} of {of} {sent} of {carrier} cannot be read: {most}",
    "unknown": "{bad} of the newest {of} scans of {carrier} have codes that Wismo does not know, usually {usual:g} %; "
    "most frequent: {most}",
    "undated": "{bad} of the newest {of} scans of {carrier} have no moment that Wismo can read, usually {usual:g} %: "
    "{most}",
}


def _alarm(route: Route, risen: Risen, wrong: Wrong) -> Alarm:
    figures = _figures(route, risen, wrong)
    return Alarm(
        subject=route.subject,
        title=_TITLES[wrong.case].format(**figures),
        remedy=f"Upgrade Wismo, then `{figures['command']}`: the bodies are kept",
        figures=figures,
    )


def _figures(route: Route, risen: Risen, wrong: Wrong) -> Figures:
    return {
        "case": wrong.case,
        "bad": risen.share.bad,
        "of": risen.share.of,
        "sent": SENT.get(route.via, "messages"),
        "carrier": carrier_label(route.source),
        "usual": round(100 * risen.usual.share, 1),
        "most": wrong.most,
        "command": _replay(route, wrong.case.partition("_")[0], risen.since),
    }
