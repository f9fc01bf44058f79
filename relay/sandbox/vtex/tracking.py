"""What the tracking calls take, and what a package shows afterwards. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from relay.sandbox.vtex.moments import event_text, read_moment
from relay.sandbox.vtex.shapes import Json

ZONE = ZoneInfo("America/Sao_Paulo")  # the store's; a date that is written to a package has none
DESCRIPTION_LIMIT = 5000
LINK_KEYS = ("trackingNumber", "trackingUrl", "courier", "dispatchedDate")


class EventsMode(StrEnum):
    """Whether the events of a call take the place of those that are there. VTEX does not document it."""

    REPLACE = "replace"
    APPEND = "append"


class BadWrite(Exception):
    """The body of a call has another shape than documented; the message names the key."""


@dataclass(frozen=True, slots=True)
class Write:
    """The body of a call, understood."""

    events: tuple[Json, ...]  #: as a package shows them
    is_delivered: bool
    delivered_at: str | None


def read_link(body: object) -> dict[str, str | None]:
    """All four keys are wanted. Raises BadWrite."""
    if not isinstance(body, dict):
        raise BadWrite("the body is not a JSON object")
    missing = [key for key in LINK_KEYS if key not in body]
    if missing:
        raise BadWrite(f"{', '.join(missing)} is missing")
    for key in LINK_KEYS:
        if not isinstance(body[key], str | None):
            raise BadWrite(f"{key} is neither a text nor null")
    if body["dispatchedDate"] is not None:
        _date("dispatchedDate", body["dispatchedDate"])
    return {key: body[key] for key in LINK_KEYS}


def read_write(body: object) -> Write:
    """Keys may be missing, as clients are known to leave them out. Raises BadWrite."""
    if not isinstance(body, dict):
        raise BadWrite("the body is not a JSON object")
    events = body.get("events")
    if not isinstance(events, list):
        raise BadWrite("events is not a list")
    if not isinstance(body.get("isDelivered", False), bool):
        raise BadWrite("isDelivered is not true or false")
    delivered = body.get("deliveredDate")
    shown = None if delivered is None else _date("deliveredDate", delivered)
    return Write(tuple(map(_event, events)), body.get("isDelivered", False), shown)


def _event(given: object) -> Json:
    if not isinstance(given, dict):
        raise BadWrite("events holds something that is no object")
    texts = {key: given.get(key) or "" for key in ("city", "state", "description")}
    for key, text in texts.items():
        if not isinstance(text, str) or len(text) > DESCRIPTION_LIMIT:
            raise BadWrite(f"events.{key} is not a text of at most {DESCRIPTION_LIMIT} characters")
    date = _date("events.date", given.get("date"))
    return {"lastChange": date, **texts, "createDate": date}


def _date(key: str, written: object) -> str:
    try:
        return event_text(str(written))
    except ValueError as error:
        raise BadWrite(f"{key} is not a date") from error


def shown_after(status: Json, write: Write, mode: EventsMode) -> Json:
    """A package's ``courierStatus`` after ``write``; nothing documented takes ``finished`` back, so nothing does."""
    kept = status["data"] if mode is EventsMode.APPEND else []
    return {
        "status": status["status"],
        "finished": status["finished"] or write.is_delivered,
        "deliveredDate": write.delivered_at or status["deliveredDate"],
        "data": [*kept, *write.events],
    }


def connector_fault(package: Json, now: datetime) -> str:
    """Why a marketplace's connector cannot pass a delivery on, or ""."""
    delivered = package["courierStatus"]["deliveredDate"]
    if not package["courierStatus"]["finished"] or delivered is None:
        return ""
    here = read_moment(delivered).replace(tzinfo=ZONE)
    if here <= read_moment(package["dispatchedDate"] or package["issuanceDate"]):
        return "the delivery date must be later than the dispatch date"
    return "the delivery date lies in the future" if here > now else ""
