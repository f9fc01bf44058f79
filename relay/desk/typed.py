"""What people type or a file says, checked one value at a time: as we store it, or BadInput that names the field."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial

from email_validator import EmailNotValidError, validate_email

from relay.errors import BadInput
from relay.intake.parcels import Entry, Parcel, lookup_key
from relay.model import CANARY, Status, carrier_slug, from_text, to_text

LOCALES = {"pt-br": "pt-BR", "pt": "pt-BR", "es": "es", "en": "en"}
#: Bytes of a value under which something is found: an engine's index takes no more of all its columns than 2700.
LONGEST_KEY = 500
#: Characters of any other value.
LONGEST = 2000
#: Years of an order. Beyond them stands a slip of the hand, or the zero of somebody's calendar.
FIRST_YEAR, LAST_YEAR = "2000", "2099"
#: What to do about an empty value that cannot be left out.
WITHOUT = {"order": "Every order has its id"}

# -- an order and its parcel -------------------------------------------------------------------------------------------


def checked_entry(given: Mapping[str, str]) -> tuple[Entry | None, list[BadInput]]:
    """An order and its parcel from values under the names of ``wismo add``'s options; else every fault."""
    values: dict[str, str] = {}
    faults: list[BadInput] = []
    for field, text in given.items():
        try:
            values[field] = CHECKS[field](text)
        except BadInput as fault:
            faults.append(fault)
    if "order" not in given:
        faults.append(BadInput("order", "it is empty", WITHOUT["order"]))
    if "carrier" in given and not given.keys() & {"number", "package"}:
        remedy = "Add its number, or a package for one without a number yet"
        faults.append(BadInput("number", "a carrier without a parcel", remedy))
    return (None, faults) if faults else (_entry(values), [])


def _entry(values: Mapping[str, str]) -> Entry:
    fields = {
        "email": values.get("email"),
        "customer_name": values.get("name"),
        "locale": values.get("locale"),
        "promised_at": values.get("promised"),
        "ordered_at": values.get("ordered"),
    }
    parcel = Parcel(
        carrier=values.get("carrier"),
        tracking_number=values.get("number"),
        package=values.get("package"),
        tracking_url=values.get("url"),
    )
    return Entry(values["order"], fields, parcel)


# -- one value ---------------------------------------------------------------------------------------------------------


def checked_status(text: str) -> Status:
    plain = text.strip().lower().replace("-", "_").replace(" ", "_")
    known = [status.value for status in Status if status is not Status.UNKNOWN]
    if plain not in known:
        raise BadInput("status", f"{text!r} is no status", f"Use one of: {', '.join(known)}")
    return Status(plain)


def checked_key(field: str, text: str) -> str:
    """Something that is found under its own words: an order id, a tracking number."""
    normal = lookup_key(text)
    if not normal:
        raise BadInput(field, "it is empty", WITHOUT.get(field, "Leave it out while it is not known"))
    if max(len(normal.encode()), len(text.encode())) > LONGEST_KEY:
        raise BadInput(field, f"it is longer than {LONGEST_KEY} characters", "Give the id alone")
    return text.strip()


def _checked_package(text: str) -> str:
    checked_key("package", text)
    return text  # an invoice is what it is, byte for byte


def checked_text(field: str, text: str) -> str:
    if len(text) > LONGEST:
        raise BadInput(field, f"it is longer than {LONGEST} characters", "Shorten it")
    return text


def checked_carrier(text: str) -> str:
    if not carrier_slug(text) or len(text) > LONGEST_KEY:
        raise BadInput("carrier", f"{text[:40]!r} is no carrier", "Write a short name such as ups or correios")
    if carrier_slug(text) == CANARY:
        raise BadInput("carrier", f"{CANARY} is reserved for pushes of our own", "Name the carrier of the parcel")
    return text


def checked_email(text: str) -> str:
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError as fault:
        raise BadInput("email", f"{text[:80]!r} is no e-mail address ({fault})", "Correct it or leave it out") from None


def checked_locale(text: str) -> str:
    plain = text.replace("_", "-").lower()
    found = LOCALES.get(plain) or LOCALES.get(plain.partition("-")[0])
    if not found:
        raise BadInput("locale", f"{text[:40]!r} is not a language of Wismo", "Use pt-BR, es or en")
    return found


def checked_url(text: str) -> str:
    if not text.startswith(("https://", "http://")):
        raise BadInput("url", f"{text[:80]!r} is no web address", "It starts with https://")
    return checked_text("url", text)


def checked_date(field: str, text: str) -> str:
    """A date as it is, a moment in UTC."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    try:
        moment = from_text(text)
        if moment.tzinfo is None:
            raise BadInput(field, f"{text[:40]!r} has no UTC offset", "Add one, such as -03:00, or give the date alone")
        return to_text(moment)
    except (ValueError, OverflowError):
        remedy = "Write 2026-12-24 or 2026-12-24T18:00:00-03:00"
        raise BadInput(field, f"{text[:40]!r} is no date", remedy) from None


def _checked_day(field: str, text: str) -> str:
    found = checked_date(field, text)
    if not FIRST_YEAR <= found[:4] <= LAST_YEAR:
        raise BadInput(field, f"{text[:40]!r} is no date of an order", f"Years go from {FIRST_YEAR} to {LAST_YEAR}")
    return found


#: How each value of an order is checked, under the names of ``wismo add``'s options.
CHECKS: Mapping[str, Callable[[str], str]] = {
    "order": partial(checked_key, "order"),
    "carrier": checked_carrier,
    "number": partial(checked_key, "number"),
    "package": _checked_package,
    "email": checked_email,
    "name": partial(checked_text, "name"),
    "locale": checked_locale,
    "promised": partial(_checked_day, "promised"),
    "url": checked_url,
    "ordered": partial(_checked_day, "ordered"),
}
