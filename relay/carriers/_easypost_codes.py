"""What the words of EasyPost say."""

from relay.model import Outcome, Status, carrier_slug

STATUSES = {
    "unknown": Status.PENDING,
    "pre_transit": Status.INFO_RECEIVED,
    "in_transit": Status.IN_TRANSIT,
    "out_for_delivery": Status.OUT_FOR_DELIVERY,
    "available_for_pickup": Status.AVAILABLE_FOR_PICKUP,
    "delivered": Status.DELIVERED,
    "return_to_sender": Status.RETURNING,
    "failure": Status.EXCEPTION,
    "cancelled": Status.CANCELLED,
    "error": Status.UNKNOWN,  # EasyPost could not ask the carrier: nothing about the parcel
}
#: What a status means when the whole parcel travels back.
ON_RETURN = {
    Status.IN_TRANSIT: Status.RETURNING,
    Status.OUT_FOR_DELIVERY: Status.RETURNING,
    Status.AVAILABLE_FOR_PICKUP: Status.RETURNING,
    Status.DELIVERED: Status.RETURNED,
}
#: Carriers whose name here is not simply their slug, which is how EasyPost must be asked as well.
NAMES = {
    "australia-post": "AustraliaPost",
    "canada-post": "CanadaPost",
    "dhl-express": "DHLExpress",
    "fedex": "FedEx",
    "lasership": "LaserShip",
    "ontrac": "OnTrac",
    "purolator": "Purolator",
    "royal-mail": "RoyalMail",
    "ups": "UPS",
    "usps": "USPS",
}
SLUGS = {name: slug for slug, name in NAMES.items()}
#: Codes of errors; 404 is the status.
OUTCOMES = {"404": Outcome.NOT_FOUND, "TRACKER.CREATE.ERROR": Outcome.INVALID_NUMBER}


def reading_of(code: str, *, is_return: bool) -> Status:
    status = STATUSES.get(code, Status.UNKNOWN)
    return ON_RETURN.get(status, status) if is_return else status


def slug_of(name: str) -> str | None:
    return SLUGS.get(name) or carrier_slug(name) or None
