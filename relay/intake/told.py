"""What a message says about each parcel, every fact with its identity."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from relay.carriers import asked_by_reference
from relay.model import Fact, Reading, Report, Via, fact_id, normalise_number


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


def understood(source: str, raw_id: str, reading: Reading, received_at: datetime, via: Via) -> list[Told]:
    return [_told(source, raw_id, report, received_at, via) for report in reading.reports]


def _told(source: str, raw_id: str, report: Report, received_at: datetime, via: Via) -> Told:
    number = normalise_number(report.tracking_number) if report.tracking_number else ""
    # Where the number comes late, the same word is told without it first.
    by_reference = report.reference if asked_by_reference(source) else None
    parcel = by_reference or number or report.reference or ""
    facts = {fact_id(source, parcel, fact): fact for fact in report.facts}
    return Told(source, raw_id, report, number, facts, received_at, via)
