"""How the pretend carrier writes: Track Alert pushes and Track API answers, as UPS documents them.

Nothing here is shared with the adapter that reads it, so that neither hides the other's faults.
"""

from collections.abc import Sequence
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

from relay.sandbox.journeys import Scan, Step

ZONE = ZoneInfo("America/Sao_Paulo")
COUNTRY, STATE = "BR", "SP"
ON_ITS_WAY_FOR = timedelta(hours=31)


def push_body(scan: Scan, expected: str) -> dict[str, object]:
    here, gmt = scan.at.astimezone(ZONE), scan.at.astimezone(UTC)
    is_delivered = scan.step.kind == "D"
    return {
        "trackingNumber": scan.number,
        "localActivityDate": f"{here:%Y%m%d}",
        "localActivityTime": f"{here:%H%M%S}",
        "activityLocation": {"city": scan.step.city, "stateProvince": STATE, "postalCode": "", "country": COUNTRY},
        "activityStatus": {
            "type": scan.step.kind,
            "code": scan.step.code,
            "description": scan.step.words,
            "descriptionCode": scan.step.detail,
        },
        "scheduledDeliveryDate": "" if is_delivered else expected,
        "actualDeliveryDate": f"{here:%Y%m%d}" if is_delivered else "",
        "actualDeliveryTime": f"{here:%H%M%S}" if is_delivered else "",
        "gmtActivityDate": f"{gmt:%Y%m%d}",
        "gmtActivityTime": f"{gmt:%H%M%S}",
        "gmtOffset": f"{here:%z}"[:3] + ".00",
    }


def answer_body(number: str, scans: Sequence[Scan], expected: str) -> dict[str, object]:
    """The whole history, newest first."""
    newest = scans[-1].step
    package = {
        "trackingNumber": number,
        "currentStatus": _status(newest),
        "deliveryDate": [] if newest.kind == "D" else [{"type": "SDD", "date": expected}],
        "activity": [_activity(scan) for scan in reversed(scans)],
        "packageCount": 1,
    }
    return {"trackResponse": {"shipment": [{"inquiryNumber": number, "package": [package]}]}}


def not_found_body() -> dict[str, object]:
    warning = {"code": "TW0001", "message": "Tracking Information Not Found"}
    return {"trackResponse": {"shipment": [{"warnings": [warning]}]}}


def refused_body() -> dict[str, object]:
    return {"response": {"errors": [{"code": "250002", "message": "Invalid Authentication Information."}]}}


def token_body(token: str, lasts: timedelta) -> dict[str, object]:
    return {
        "token_type": "Bearer",
        "access_token": token,
        "expires_in": str(int(lasts.total_seconds())),
        "status": "approved",
    }


def expected_day(scan: Scan) -> str:
    """The day that the carrier has promised, as it was when the parcel was packed."""
    return f"{(scan.at - scan.step.after + ON_ITS_WAY_FOR).astimezone(ZONE):%Y%m%d}"


def _activity(scan: Scan) -> dict[str, object]:
    here, gmt = scan.at.astimezone(ZONE), scan.at.astimezone(UTC)
    address = {"city": scan.step.city, "stateProvince": STATE, "countryCode": COUNTRY, "country": COUNTRY}
    return {
        "location": {"address": address, "slic": "0001"},
        "status": _status(scan.step),
        "date": f"{here:%Y%m%d}",
        "time": f"{here:%H%M%S}",
        "gmtDate": f"{gmt:%Y%m%d}",
        "gmtTime": f"{gmt:%H:%M:%S}",
        "gmtOffset": f"{here:%z}"[:3] + ":00",
    }


def _status(step: Step) -> dict[str, object]:
    return {"type": step.kind, "code": step.code, "statusCode": step.detail, "description": step.words}
