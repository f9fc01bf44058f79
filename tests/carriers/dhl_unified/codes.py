"""How a code of the vendor's list reads in an answer."""

from relay.carriers._dhl_unified_codes import status_of as read
from relay.model import Status

DIFFERS: dict[tuple[str, str], str] = {}


def status_of(field: str, code: str) -> Status:
    return read(code, "")
