"""What the codes and clocks of UPS say, in its pushes and in its answers.

Moments come in GMT and in the local time of the place.
"""

import re
from datetime import UTC

from relay.carriers._moments import Moment, estimate, moment
from relay.carriers._tree import Node
from relay.model import Outcome, Status

#: ``activityStatus.code``; in answers ``status.code``. What is not here is read by ``descriptionCode``, then ``type``.
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
#: ``activityStatus.descriptionCode``, ``status.statusCode``.
DESCRIPTION_CODES = {
    "003": Status.INFO_RECEIVED,
    **dict.fromkeys(("005", "012", "014", "038", "048", "054", "058", "071", "072", "092"), Status.IN_TRANSIT),
    **dict.fromkeys(("013", "019", "051", "052", "053"), Status.EXCEPTION),  # held, rescheduled, weather, emergency
    "021": Status.OUT_FOR_DELIVERY,
    "011": Status.DELIVERED,
}
#: ``activityStatus.type``, ``status.type``
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
    "NA": Status.UNKNOWN,  # not available
    "DO": Status.DELIVERED,  # freight, at a container station
    "DD": Status.DELIVERED,
}
#: What the words of type X say beyond "exception"; the first that fits.
EXCEPTION_WORDS = {
    r"(will|to) be returned to (the )?(sender|shipper)": Status.RETURNING,
    r"being returned|returning|return to (the )?(sender|shipper)": Status.RETURNING,
    r"returned to (the )?(sender|shipper)": Status.RETURNED,
    r"attempt": Status.ATTEMPTED,
    r"(held|hold|ready|available) .*(pick-?\s?up|collection)|access point": Status.AVAILABLE_FOR_PICKUP,
}

#: ``deliveryDate.type`` of an estimate: rescheduled, scheduled; the other is the day of delivery.
ESTIMATES = ("RDD", "SDD")
#: Codes of errors and of the warnings that an answer with success may hold; 404 is the status.
OUTCOMES = {
    "TW0001": Outcome.NOT_FOUND,
    "404": Outcome.NOT_FOUND,
    "TV1002": Outcome.INVALID_NUMBER,
    "250002": Outcome.AUTH_ERROR,
    "250003": Outcome.AUTH_ERROR,
}


def status_of(kind: str, code: str, detail: str, words: str, *, is_delivered: bool) -> Status:
    if kind == "U":
        return Status.UNKNOWN
    if kind == "D" and is_delivered and code not in STATUSES:
        return Status.DELIVERED
    said = said_by(words) if kind == "X" else None
    status = STATUSES.get(code) or said or DESCRIPTION_CODES.get(detail)
    if status is Status.INFO_RECEIVED and kind == "X":
        status = None  # 003 beside an exception is a step at customs and no label
    return status or TYPES.get(kind, Status.UNKNOWN)


def said_by(words: str) -> Status | None:
    return next((status for word, status in EXCEPTION_WORDS.items() if re.search(word, words, re.IGNORECASE)), None)


def moment_of(scan: Node, here_key: str, gmt_key: str) -> Moment:
    """The instant by GMT, else by the local clock and its offset; without either the zone is assumed."""
    local, offset = clock_of(scan, here_key), scan.text("gmtOffset").replace(".", ":")  # pushes write -04.00
    here = moment(local)
    gmt = clock_of(scan, gmt_key)
    exact = moment(gmt, documented=UTC)
    if exact.zone_assumed or exact.at is None:
        exact = moment(local + offset) if offset and " " in local else here
    best = exact if exact.at else here
    return Moment(local or gmt, best.at, here.local, best.zone_assumed)


def clock_of(scan: Node, key: str) -> str:
    """``YYYYMMDD HHMMSS``. Answers write the time with colons, or as a number that has lost its leading zeros."""
    date_key, time_key = (f"{key}Date", f"{key}Time") if key else ("date", "time")
    clock = scan.code(time_key).replace(":", "")
    return f"{scan.text(date_key)} {clock.zfill(6) if clock else ''}".strip()


def estimate_of(package: Node) -> str | None:
    """The rescheduled day before the scheduled one; a parcel that came has none."""
    days = dict(package.each("deliveryDate", lambda day: (day.name("type"), day.text("date"))))
    return estimate(next((days[kind] for kind in ESTIMATES if days.get(kind)), ""))
