"""The list of orders: an index that is late, and the questions that it understands. Pure, but for the index."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import ceil

from relay.sandbox.vtex.moments import read_moment
from relay.sandbox.vtex.shapes import Json, outputs

MAX_PAGE, MAX_PER_PAGE, PER_PAGE = 30, 100, 15
DATES = {"f_creationDate": "creationDate", "f_authorizedDate": "authorizedDate", "f_invoicedDate": "invoicedDate"}
NEVER = datetime.min.replace(tzinfo=UTC)
_RANGE = re.compile(r"(\w+):\[(\S+) TO (\S+)\]")
_ORDER = re.compile(r"(\w+),(asc|desc)")


@dataclass(frozen=True, slots=True)
class Entry:
    """An order as the index knows it."""

    row: Json
    dates: Mapping[str, datetime | None]
    text: str  #: what ``q`` looks into


@dataclass(frozen=True, slots=True)
class Index:
    """Keeps every state of every order, for it tells the one of a while ago."""

    _states: dict[str, list[tuple[datetime, Entry]]] = field(default_factory=dict)

    def note(self, order: Json, now: datetime) -> None:
        self._states.setdefault(order["orderId"], []).append((now, _entry(order)))

    def entries(self, until: datetime) -> list[Entry]:
        """Orders as they were at ``until``."""
        known = ([entry for at, entry in states if at <= until] for states in self._states.values())
        return [entries[-1] for entries in known if entries]


def _entry(order: Json) -> Entry:
    names = ("orderId", "sequence", "status", "statusDescription", "creationDate", "lastChange", "authorizedDate")
    more = ("origin", "affiliateId", "salesChannel", "hostname")
    customer = order["clientProfileData"]
    client = f"{customer['firstName']} {customer['lastName']}"
    finished = [package["courierStatus"]["finished"] for package in outputs(order)]
    row = {name: order[name] for name in (*names, *more)} | {
        "clientName": client,
        "items": None,
        "totalValue": order["value"],
        "marketPlaceOrderId": order["marketplaceOrderId"],
        "ShippingEstimatedDate": max(one["shippingEstimateDate"] for one in order["shippingData"]["logisticsInfo"]),
        "isAllDelivered": bool(finished) and all(finished),
        "isAnyDelivered": any(finished),
    }
    dates = {name: order[name] and read_moment(order[name]) for name in DATES.values()}
    text = " ".join((order["orderId"], order["sequence"], client, customer["email"], customer["document"]))
    return Entry(row, dates, text.lower())


# -- questions ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Question:
    page: int = 1
    per_page: int = PER_PAGE
    order_by: tuple[str, str] = ("creationDate", "desc")
    statuses: tuple[str, ...] = ()
    ranges: tuple[tuple[str, datetime, datetime], ...] = ()
    text: str = ""


def read_question(given: Mapping[str, str]) -> Question:
    """Raises ValueError. What is not played here is refused, lest somebody believe that it filters."""
    unknown = sorted(set(given) - {"page", "per_page", "orderBy", "f_status", "q", *DATES})
    if unknown:
        raise ValueError(f"{unknown[0]} is not understood here")
    order_by = _matched(_ORDER, "orderBy", given.get("orderBy", "creationDate,desc"))
    if order_by[0] not in DATES.values():
        raise ValueError(f"orderBy knows {', '.join(DATES.values())}")
    return Question(
        page=_number("page", given.get("page", "1"), MAX_PAGE),
        per_page=_number("per_page", given.get("per_page", str(PER_PAGE)), MAX_PER_PAGE),
        order_by=(order_by[0], order_by[1]),
        statuses=tuple(filter(None, given.get("f_status", "").split(","))),
        ranges=tuple(_range(name, given[name]) for name in DATES if name in given),
        text=given.get("q", "").lower(),
    )


def _number(name: str, written: str, most: int) -> int:
    if not (written.isascii() and written.isdecimal() and 1 <= int(written) <= most):
        raise ValueError(f"{name} is a number from 1 to {most}")
    return int(written)


def _range(name: str, written: str) -> tuple[str, datetime, datetime]:
    field_name, since, until = _matched(_RANGE, name, written)
    if field_name != DATES[name]:
        raise ValueError(f"{name} asks for {DATES[name]}, not for {field_name}")
    try:
        return field_name, read_moment(since), read_moment(until)
    except ValueError as error:
        raise ValueError(f"{name} has no dates in {written!r}") from error


def _matched(pattern: re.Pattern[str], name: str, written: str) -> Sequence[str]:
    found = pattern.fullmatch(written)
    if not found:
        raise ValueError(f"{name} cannot be {written!r}")
    return found.groups()


def answer(entries: Sequence[Entry], question: Question) -> Json:
    found = [entry for entry in entries if _fits(entry, question)]
    name, direction = question.order_by
    found.sort(key=lambda entry: entry.row["orderId"])
    found.sort(key=lambda entry: entry.dates[name] or NEVER, reverse=direction == "desc")
    start = (question.page - 1) * question.per_page
    return {
        "list": [entry.row for entry in found[start : start + question.per_page]],
        "facets": [],
        "paging": {
            "total": len(found),
            "pages": ceil(len(found) / question.per_page),
            "currentPage": question.page,
            "perPage": question.per_page,
        },
        "stats": {"stats": {}},
    }


def _fits(entry: Entry, question: Question) -> bool:
    if question.statuses and entry.row["status"] not in question.statuses:
        return False
    if question.text not in entry.text:
        return False
    return all((at := entry.dates[name]) and since <= at <= until for name, since, until in question.ranges)
