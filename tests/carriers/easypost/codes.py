"""How a code of the vendor's list reads in an answer."""

from relay.carriers._easypost_codes import reading_of
from relay.model import Status

DIFFERS = {
    ("status", "error"): "EasyPost could not ask the carrier: its look-up failed, and nothing is told of the parcel",
}


def status_of(field: str, code: str) -> Status:
    return reading_of(code, is_return=False)
