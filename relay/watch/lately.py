"""What each sender sent lately, in the last hours, the last day and the last week."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from relay.database import Tx
from relay.intake.said import via_of
from relay.model import Via
from relay.silence.shares import Share
from relay.store import shares
from relay.store.shares import Counts, Route

#: Beside the present and the previous hour; who sends little needs longer.
LONGER = (timedelta(days=1), timedelta(days=7))


def share_of(counts: Counts, what: str) -> Share:
    """Of the bodies those ``unread``, or of the scans those ``unknown``."""
    return Share(counts.unread, counts.messages) if what == "unread" else Share(counts.unknown, counts.events)


@dataclass(frozen=True, slots=True)
class Span:
    """The messages since some moment."""

    since: datetime
    counts: Mapping[Route, Counts]

    def share(self, route: Route, what: str) -> Share:
        return share_of(self.counts.get(route, Counts()), what)


@dataclass(frozen=True, slots=True)
class Lately:
    spans: Sequence[Span]  #: the shortest first; each holds those before it

    @classmethod
    def of(cls, tx: Tx, now: datetime) -> "Lately":
        begin = (now - shares.HOUR).replace(minute=0, second=0, microsecond=0)
        pushes, answers = shares.fresh(tx, begin)
        newest = {Route(slug, via_of(slug)): counts for slug, counts in pushes.items()}
        newest |= {Route(slug, Via.POLL): counts for slug, counts in answers.items()}
        return cls([Span(begin, newest), *(_span(tx, now - longer, begin, newest) for longer in LONGER)])

    def routes(self) -> Iterator[tuple[Route, Counts]]:
        yield from self.spans[-1].counts.items()

    def since(self, tx: Tx, route: Route, what: str, moment: datetime) -> Iterator[Share]:
        """Of what came after a moment, the newest first and at last all."""
        yield from (span.share(route, what) for span in self.spans if span.since >= moment)
        yield share_of(shares.counted(tx, route, moment), what)


def _span(tx: Tx, since: datetime, begin: datetime, newest: Mapping[Route, Counts]) -> Span:
    """What a replay could read is unread no more, so that is counted as it is now."""
    older = shares.by_hours(tx, since, begin)
    unread = {
        Route(slug, Via.POLL if table == "answers" else via_of(slug)): count
        for (table, slug), count in shares.unread_since(tx, since).items()
    }
    counts = {}
    for route in older.keys() | newest.keys() | unread.keys():
        whole, still = older.get(route, Counts()).plus(newest.get(route, Counts())), unread.get(route, 0)
        counts[route] = whole._replace(unread=still, messages=max(whole.messages, still))
    return Span(since, counts)
