"""What DHL says in five coarse codes and, where those say no more than "transit" or "failure", in words.

Divisions answer in English or German here; words in other languages leave the code as it is. Words never say more than
their code allows: none makes a parcel delivered.
"""

import re
from zoneinfo import ZoneInfo

from relay.model import Status

STATUSES = {
    "pre-transit": Status.INFO_RECEIVED,
    "transit": Status.IN_TRANSIT,
    "delivered": Status.DELIVERED,
    "failure": Status.EXCEPTION,
    "unknown": Status.PENDING,
}
#: What the words of ``transit`` say beyond it; the first that fits.
ON_THE_WAY = {
    r"out (with (the )?courier )?for delivery|(was|has been|is) loaded (in|on)to the delivery vehicle": (
        Status.OUT_FOR_DELIVERY
    ),
    r"wurde in das zustellfahrzeug geladen|in zustellung": Status.OUT_FOR_DELIVERY,
    r"delivery (was )?attempt(ed)?|could not be delivered|konnte nicht zugestellt werden": Status.ATTEMPTED,
    r"(ready|available|waiting) for (pick-?\s?up|collection)|liegt .*zur abholung bereit": Status.AVAILABLE_FOR_PICKUP,
    r"(being |is )?return(ed|ing) to (the )?(sender|shipper)|rücksendung|zurück an den absender": Status.RETURNING,
}
#: The same of ``failure``, which covers returns and attempts.
FAILED = {
    r"(was|has been) returned to (the )?(sender|shipper)": Status.RETURNED,
    r"return(ed|ing)? to (the )?(sender|shipper)|rücksendung|zurück an den absender": Status.RETURNING,
    r"delivery (was )?attempt(ed)?|could not be delivered|konnte nicht zugestellt werden": Status.ATTEMPTED,
}
#: Where the divisions are that write no zone; it is a guess and is marked.
ZONES = {
    "parcel-de": ZoneInfo("Europe/Berlin"),
    "post-de": ZoneInfo("Europe/Berlin"),
    "parcel-nl": ZoneInfo("Europe/Amsterdam"),
    "parcel-pl": ZoneInfo("Europe/Warsaw"),
    "parcel-uk": ZoneInfo("Europe/London"),
}


def status_of(code: str, words: str) -> Status:
    status = STATUSES.get(code, Status.UNKNOWN)
    said = {Status.IN_TRANSIT: ON_THE_WAY, Status.EXCEPTION: FAILED}.get(status, {})
    return next((meant for word, meant in said.items() if re.search(word, words, re.IGNORECASE)), status)
