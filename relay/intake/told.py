"""What a message says about each parcel, every fact with its identity."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from relay.carriers import asked_by_reference
from relay.model import CANARY, Fact, FactKind, Reading, Report, Status, Via, fact_id, normalise_number
from relay.store.facts import Heard

#: Named once: to look it up on its enumeration costs as much as to compare it.
SCAN = FactKind.SCAN
#: Before anything that is told.
LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Told:
    """What one message says about one parcel, ready to be stored."""

    source: str  #: the adapter that told it
    raw_id: str  #: the push or answer that is kept
    report: Report
    number: str  #: normalised; "" where the message gave none
    facts: Mapping[str, Fact]  #: by id, as the adapter made them
    received_at: datetime
    via: Via

    def as_received(self, keys: Iterable[str]) -> list[Fact]:
        """The facts with these ids as they are stored. Most of a repeated history is known, and not worth a copy."""
        answered = self.via is Via.POLL
        return [
            self.facts[key]._replace(fact_id=key, received_at=self.received_at, via=self.via, answered=answered)
            for key in keys
        ]


def heard_of(told: Told) -> Heard | None:
    """What is new on the parcel's track, whatever is known of it; None: nothing was said. No moment is ahead."""
    if not told.facts:
        return None
    moved_at = placed_at = LONG_AGO
    place = ""
    for fact in told.facts.values():
        at = fact.occurred_at or LONG_AGO
        moved_at = max(at, moved_at)
        if fact.place and at > placed_at:
            placed_at, place = at, fact.place
    return Heard(told.received_at, min(moved_at, told.received_at) if moved_at > LONG_AGO else None, place)


def later(one: Heard | None, other: Heard | None) -> Heard | None:
    """Both in one; ``other`` was told later."""
    if one is None or other is None:
        return one or other
    moved_at = max(filter(None, (one.moved_at, other.moved_at)), default=None)
    has_newer_place = other.place and other.moved_at == moved_at
    return Heard(max(one.at, other.at), moved_at, other.place if has_newer_place else one.place or other.place)


def scans_of(facts: Iterable[Fact]) -> list[Fact]:
    return [fact for fact in facts if fact.kind is SCAN]


def scans_in(reading: Reading) -> tuple[int, int]:
    """How many scans a message has, and of how many the code or the moment says nothing to us."""
    statuses = [fact.status for report in reading.reports for fact in report.facts if fact.kind is SCAN]
    return len(statuses), statuses.count(Status.UNKNOWN)


def understood(source: str, raw_id: str, reading: Reading, received_at: datetime, via: Via) -> list[Told]:
    """What nobody but a canary may say of the canary's carrier is not said."""
    reports = [report for report in reading.reports if report.carrier != CANARY or source == CANARY]
    return [_told(source, raw_id, report, received_at, via) for report in reports]


def _told(source: str, raw_id: str, report: Report, received_at: datetime, via: Via) -> Told:
    number = normalise_number(report.tracking_number) if report.tracking_number else ""
    # Where the number comes late, the same word is told without it first.
    by_reference = report.reference if asked_by_reference(source) else None
    parcel = by_reference or number or report.reference or ""
    facts = {fact_id(source, parcel, fact): fact for fact in report.facts}
    return Told(source, raw_id, report, number, facts, received_at, via)
