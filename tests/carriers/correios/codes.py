"""How a code of the vendor's list reads in an answer."""

from relay.carriers._correios_codes import STATUSES
from relay.model import Status

DIFFERS: dict[tuple[str, str], str] = {}


def status_of(field: str, code: str) -> Status:
    return STATUSES.get((field, int(code)), Status.UNKNOWN)
