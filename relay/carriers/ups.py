"""UPS Track Alert: one scan in each message, no history. Moments come in GMT and in the local time of the place.

Nothing signs the body: UPS repeats a secret that we gave it. Where it cannot, the secret stands in the URL.
"""

import re
from datetime import UTC

from relay.carriers import Carrier
from relay.carriers._facts import applied, joined, parcel_number, read_estimate, scan_status
from relay.carriers._moments import Moment, moment
from relay.carriers._signatures import same, secret_bytes, wire_bytes
from relay.carriers._tree import Node, read_object
from relay.errors import BadSignature
from relay.model import Fact, FactKind, Push, Reading, Report, Status

SLUG = "ups"
#: ``activityStatus.code``. What is not here is read by ``descriptionCode``, then by ``type``.
STATUSES = {
    "MP": Status.INFO_RECEIVED,
    "VD": Status.CANCELLED,
    "OT": Status.OUT_FOR_DELIVERY,  # arrives with type I
    "OD": Status.OUT_FOR_DELIVERY,
    "RP": Status.AVAILABLE_FOR_PICKUP,
    "AC": Status.AVAILABLE_FOR_PICKUP,
    "WC": Status.AVAILABLE_FOR_PICKUP,
    "RF": Status.EXCEPTION,  # refused
    "UR": Status.EXCEPTION,  # undeliverable
    "UF": Status.EXCEPTION,
    "FS": Status.DELIVERED,
    "KB": Status.DELIVERED,
    "F4": Status.DELIVERED,
}
#: ``activityStatus.descriptionCode``, the ``statusCode`` of the Track API.
DESCRIPTION_CODES = {
    "003": Status.INFO_RECEIVED,
    **dict.fromkeys(("005", "012", "014", "038", "048", "054", "058", "071", "072", "092"), Status.IN_TRANSIT),
    **dict.fromkeys(("013", "019", "051", "052", "053"), Status.EXCEPTION),  # held, rescheduled, weather, emergency
    "021": Status.OUT_FOR_DELIVERY,
    "011": Status.DELIVERED,
}
#: ``activityStatus.type``
TYPES = {
    "M": Status.INFO_RECEIVED,
    "MV": Status.CANCELLED,
    "P": Status.IN_TRANSIT,
    "I": Status.IN_TRANSIT,
    "W": Status.IN_TRANSIT,
    "X": Status.EXCEPTION,
    "O": Status.OUT_FOR_DELIVERY,
    "D": Status.OUT_FOR_DELIVERY,  # also "loaded on the vehicle"; only an actual delivery date makes it delivered
    "RS": Status.RETURNED,
    "U": Status.UNKNOWN,  # an update: only the scheduled date moves
}
#: What the words of type X say beyond "exception"; the first that fits.
EXCEPTION_WORDS = {
    r"(will|to) be returned to (the )?(sender|shipper)": Status.RETURNING,
    r"being returned|returning|return to (the )?(sender|shipper)": Status.RETURNING,
    r"returned to (the )?(sender|shipper)": Status.RETURNED,
    r"attempt": Status.ATTEMPTED,
    r"(held|hold|ready|available) .*(pick-?\s?up|collection)|access point": Status.AVAILABLE_FOR_PICKUP,
}


def verify(push: Push, secret: str) -> None:
    expected = secret_bytes(secret)
    kind, _, token = push.headers.get("authorization", "").partition(" ")
    bearer = token if kind.lower() == "bearer" else ""
    given = [push.headers.get("credential", ""), push.headers.get("x-api-key", ""), bearer, push.token]
    if not any(given):
        raise BadSignature("no credential, x-api-key or bearer token, and no token in the URL")
    if not any([same(expected, wire_bytes(text)) for text in given]):  # noqa: C419 - compare all, whichever fits
        raise BadSignature("the credential is not the secret")


def parse_push(body: bytes) -> Reading:
    message = read_object(body)
    number = parcel_number(message, "trackingNumber")
    if number is None:
        raise message.fault("trackingNumber", "missing")
    return applied(message, [Report(SLUG, number, (read_scan(message),))])


def read_scan(message: Node) -> Fact:
    activity, location = message.child("activityStatus"), message.child("activityLocation")
    kind, code, detail = activity.name("type"), activity.name("code"), activity.name("descriptionCode")
    if not (kind or code or detail):
        raise message.fault("activityStatus", "says nothing")
    when, words = moment_of(message), activity.text("description")
    status = status_of(kind, code, detail, words, is_delivered=bool(message.text("actualDeliveryDate")))
    return Fact(
        source=SLUG,
        is_own=True,
        kind=FactKind.SCAN,
        # A message without any date is about now; one with a date that nobody can read is about an unknown day.
        status=scan_status(status, when, message, "gmtActivityDate") if when.text else status,
        code=code or joined(kind, detail),
        moment_text=when.text,
        occurred_at=when.at,
        local_time=when.local,
        zone_assumed=when.zone_assumed,
        description=words,
        place=joined(location.text("city"), location.text("stateProvince"), location.text("country")),
        estimated_at=read_estimate(message, "scheduledDeliveryDate", message.text("scheduledDeliveryDate")),
    )


def status_of(kind: str, code: str, detail: str, words: str, *, is_delivered: bool) -> Status:
    if kind == "U":
        return Status.UNKNOWN
    if kind == "D" and is_delivered and code not in STATUSES:
        return Status.DELIVERED
    said = said_by(words) if kind == "X" else None
    return STATUSES.get(code) or said or DESCRIPTION_CODES.get(detail) or TYPES.get(kind, Status.UNKNOWN)


def said_by(words: str) -> Status | None:
    return next((status for word, status in EXCEPTION_WORDS.items() if re.search(word, words, re.IGNORECASE)), None)


def moment_of(message: Node) -> Moment:
    """The instant by GMT, else by the local clock and its offset; without either the zone is assumed."""
    local, offset = clock_of(message, "local"), message.text("gmtOffset").replace(".", ":")  # written as -04.00
    here = moment(local)
    gmt = clock_of(message, "gmt")
    exact = moment(gmt, documented=UTC)
    if exact.zone_assumed or exact.at is None:
        exact = moment(local + offset) if offset and message.text("localActivityTime") else here
    best = exact if exact.at else here
    return Moment(local or gmt, best.at, here.local, best.zone_assumed)


def clock_of(message: Node, clock: str) -> str:
    return f"{message.text(f'{clock}ActivityDate')} {message.text(f'{clock}ActivityTime')}".strip()


carrier = Carrier(
    slug=SLUG,
    label="UPS",
    docs="https://developer.ups.com/tag/UPS-Track-Alert",
    verify=verify,
    parse_push=parse_push,
)
