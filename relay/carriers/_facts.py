"""What adapters make of what they read."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from relay.carriers._moments import Moment, estimate
from relay.carriers._tree import Node
from relay.errors import BadPayload
from relay.model import NOT_YET_RECEIVED, Action, Fact, FactKind, Reading, Report, Status, normalise_number

#: How many faults a reason names; a body may have thousands.
NAMED_FAULTS = 3


def parcel_number(node: Node, key: str) -> str | None:
    """The tracking number as written; None where nothing of it would be left to compare."""
    text = node.name(key)
    return text if normalise_number(text) else None


def scan_status(status: Status, when: Moment, scan: Node, key: str) -> Status:
    """What a scan may say, given its moment.

    Without a readable one it has no place in the history: it is kept, as unknown, and named, but it decides nothing.
    Nor does a scan that something happened make a parcel *pending*: such a code carries no information.
    """
    if when.at is None:
        scan.note(key, "not a moment" if when.text else "missing")
        return Status.UNKNOWN
    return Status.UNKNOWN if status is Status.PENDING else status


def read_estimate(node: Node, key: str, text: str) -> str | None:
    """The estimate in ``text``, which stood under ``key``. An unreadable one is named and spoils nothing else."""
    found = estimate(text)
    if text and found is None:
        node.note(key, "not a date")
    return found


def joined(*parts: str) -> str:
    """A place from its parts, of which any may be missing."""
    return ", ".join(filter(None, parts))


def in_one_zone(scans: list[Fact]) -> list[Fact]:
    """Scans without a zone are taken to be in that of the newest one with an offset, else in UTC."""
    offset = next((offset for offset in map(_offset_of, scans) if offset is not None), None)
    if not offset:
        return scans
    return [
        scan._replace(occurred_at=scan.occurred_at - offset) if scan.zone_assumed and scan.occurred_at else scan
        for scan in scans
    ]


def _offset_of(scan: Fact) -> timedelta | None:
    if scan.occurred_at is None or scan.local_time is None or scan.zone_assumed:
        return None
    return datetime.fromisoformat(scan.local_time).replace(tzinfo=UTC) - scan.occurred_at


def newest(scans: Sequence[Fact]) -> Fact | None:
    dated = [scan for scan in scans if scan.occurred_at]
    return max(dated, key=_occurred_at, default=None)


def _occurred_at(scan: Fact) -> datetime:
    return scan.occurred_at or NOT_YET_RECEIVED


def summary_moment(scans: Sequence[Fact], updated: Moment) -> Moment:
    """A sender's word for "now" is about its newest scan, else about its own last update."""
    last = newest(scans)
    return Moment(last.moment_text, last.occurred_at, last.local_time, last.zone_assumed) if last else updated


def summary(
    source: str,
    status: Status,
    code: str,
    when: Moment,
    *,
    is_own: bool,
    estimated_at: str | None,
    told_at: datetime | None,
) -> Fact:
    return Fact(
        source=source,
        is_own=is_own,
        kind=FactKind.SUMMARY,
        status=status,
        code=code,
        moment_text=when.text,
        occurred_at=when.at,
        local_time=when.local,
        zone_assumed=when.zone_assumed,
        estimated_at=estimated_at,
        told_at=told_at,
    )


def told_faults(message: Node) -> str:
    """What could not be read, in a line."""
    reason = "; ".join(message.faults[:NAMED_FAULTS])
    if len(message.faults) > NAMED_FAULTS:
        reason += f"; and {len(message.faults) - NAMED_FAULTS} more"
    return reason


def applied(message: Node, reports: Sequence[Report]) -> Reading:
    """What was read, with a reason that names what could not be. Raises BadPayload if that was everything."""
    reason = told_faults(message)
    if reason and not any(report.facts for report in reports):
        raise BadPayload(reason)
    return Reading(Action.APPLY, tuple(reports), reason=reason)
