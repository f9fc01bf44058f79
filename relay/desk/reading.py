"""What an adapter made of a body, as JSON: the contract of ``wismo parse``."""

from collections.abc import Sequence

from relay import tracking
from relay.desk.view import event_json
from relay.model import Fact, Outcome, Reading, Report, Status, optional_text


def describe(reading: Reading) -> dict[str, object]:
    return {
        "action": reading.action.value,
        "outcome": reading.outcome.value,
        "reason": reading.reason,
        "shipments": [_shipment_json(report) for report in reading.reports],
    }


def _shipment_json(report: Report) -> dict[str, object]:
    scans = sorted((fact for fact in report.facts if not fact.is_summary), key=tracking.precedence)
    deciding = tracking.decisive(report.facts)
    return {
        "carrier": report.carrier,
        "tracking_number": report.tracking_number,
        "status": _status(report, deciding),
        "outcome": report.outcome.value,
        "delivered_at": _delivered_at(scans, deciding),
        "estimated_at": tracking.estimate(report.facts),
        "events": [_event_json(scan) for scan in scans],
    }


def _status(report: Report, deciding: Fact | None) -> str | None:
    """Null: it says nothing of the state, keep what is stored. What was not found is not yet with the carrier."""
    if deciding is None:
        return Status.PENDING.value if report.outcome is Outcome.NOT_FOUND else None
    return deciding.status.value


def _delivered_at(scans: Sequence[Fact], deciding: Fact | None) -> str | None:
    """The moment of the newest delivery scan, else that of the summary that says it."""
    if deciding is None or deciding.status is not Status.DELIVERED:
        return None
    delivered = [scan for scan in scans if scan.status is Status.DELIVERED]
    return _certain_moment(delivered[-1] if delivered else deciding)


def _event_json(scan: Fact) -> dict[str, object]:
    return {**event_json(scan), "occurred_at": _certain_moment(scan)}


def _certain_moment(fact: Fact) -> str | None:
    """No instant is invented: where the zone was assumed, only the wall clock is told."""
    return None if fact.zone_assumed else optional_text(fact.occurred_at)
