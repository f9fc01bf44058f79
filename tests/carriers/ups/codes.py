"""How a code of the vendor's list reads in an answer."""

from relay.carriers._ups_codes import status_of as read
from relay.model import Status

DIFFERS = {
    ("type", "X"): "alone it is an exception: the list says so in its notes, the vendor in its name for the type",
}


def status_of(field: str, code: str) -> Status:
    if field == "statusCode":
        return read("I", "", code, "", is_delivered=True)
    return read(code, "", "", "", is_delivered=True)
