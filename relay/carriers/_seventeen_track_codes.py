"""What the words, numbers and clocks of 17TRACK say."""

from collections.abc import Iterator

from relay.carriers._moments import Moment, moment
from relay.carriers._tree import Node
from relay.model import Outcome, Status

#: Main statuses. A sub-status begins with its own: ``InTransit_PickedUp``.
STATUSES = {
    "NotFound": Status.PENDING,
    "InfoReceived": Status.INFO_RECEIVED,
    "InTransit": Status.IN_TRANSIT,
    "Expired": Status.EXPIRED,
    "AvailableForPickup": Status.AVAILABLE_FOR_PICKUP,
    "OutForDelivery": Status.OUT_FOR_DELIVERY,
    "DeliveryFailure": Status.ATTEMPTED,
    "Delivered": Status.DELIVERED,
    "Exception": Status.EXCEPTION,
    # Sub-statuses with a state of their own; the others say what their main status says.
    "Exception_Returning": Status.RETURNING,
    "Exception_Returned": Status.RETURNED,
    "Exception_Cancel": Status.CANCELLED,
    # Stages, of events that have no sub-status.
    "PickedUp": Status.IN_TRANSIT,
    "Departure": Status.IN_TRANSIT,
    "Arrival": Status.IN_TRANSIT,
    "Returning": Status.RETURNING,
    "Returned": Status.RETURNED,
}
#: Carriers by 17TRACK's key. Only these are named alike in every message: one that stops a tracking gives no name.
CARRIERS = {2151: "correios", 21051: "usps", 100001: "dhl", 100002: "ups", 100003: "fedex"}
KEYS = {slug: key for key, slug in CARRIERS.items()}
#: Codes of errors, of the whole answer or of one number.
OUTCOMES = {
    **dict.fromkeys((-18010001, -18010002, -18010004, -18010005), Outcome.AUTH_ERROR),
    -18010003: Outcome.SERVER_ERROR,
    -18010012: Outcome.INVALID_NUMBER,
    -18019901: Outcome.ALREADY_REGISTERED,
    -18019902: Outcome.NOT_FOUND,  # not registered
    **dict.fromkeys((-18019907, -18019908), Outcome.THROTTLED),  # the day's limit, the quota
    -18019909: Outcome.NOT_FOUND,  # no information yet
}


def status_of(code: str) -> Status:
    return STATUSES.get(code) or STATUSES.get(code.partition("_")[0], Status.UNKNOWN)


def moment_of(event: Node) -> Moment:
    """The most exact of the ways in which 17TRACK writes one moment; any may be missing."""
    unreadable = Moment()
    for text in texts_of(event):
        when = moment(text)
        if when.at:
            return when
        unreadable = unreadable if unreadable.text else when
    return unreadable


def texts_of(event: Node) -> Iterator[str]:
    yield event.text("time_iso")
    yield event.text("time_utc")
    raw = event.child("time_raw")
    clock = f"{raw.text('date')} {raw.text('time')}".strip()
    yield clock + raw.text("timezone") if raw.text("time") else clock
    yield clock
