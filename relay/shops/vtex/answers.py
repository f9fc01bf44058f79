"""What an answer of VTEX amounts to: its body, or a fault in our words. Pure.

Its services write errors in three shapes, and gateways in front of them write HTML or nothing; none is relied on.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

import orjson

from relay.errors import ShopFault
from relay.shops.vtex.calls import Call

#: Invoice numbers that every part of VTEX copes with. Some shops' other ones are taken as well, so they are tried.
PLAIN_INVOICE: Final = re.compile(r"[A-Za-z0-9._-]+")
#: How VTEX refuses an invoice whose number it cannot take; which one depends on the character.
REFUSES_INVOICE: Final = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.INTERNAL_SERVER_ERROR})
#: Of a gateway: a circuit breaker, an overload or a service that is gone, which all calls meet.
KINDS: Final = {
    HTTPStatus.UNAUTHORIZED: "unauthorized",
    HTTPStatus.FORBIDDEN: "forbidden",
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.REQUEST_TIMEOUT: "server_error",
    HTTPStatus.BAD_GATEWAY: "unavailable",
    HTTPStatus.SERVICE_UNAVAILABLE: "unavailable",
    HTTPStatus.GATEWAY_TIMEOUT: "unavailable",
}
#: Faults with which VTEX may say how long to wait.
LATER: Final = frozenset({"server_error", "unavailable"})
NO_ORDER: Final = "OMS007"
LONGEST_WORDS: Final = 200
LONGEST_WAIT_S: Final = 24 * 3600


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Said:
    """The error that a body tells, if it tells one."""

    code: str = ""
    words: str = ""


def body_of(call: Call, reply: Reply, now: datetime) -> bytes:
    """Raises ShopFault unless VTEX did what it was asked."""
    if HTTPStatus(200) <= reply.status < HTTPStatus.MULTIPLE_CHOICES:
        return reply.body
    raise _fault(call, reply, said(reply.body), now)


def _fault(call: Call, reply: Reply, error: Said, now: datetime) -> ShopFault:
    kind = _kind(call, reply.status, error)
    told = f": {error.words}" if error.words else ""
    code = f" {error.code}" if error.code else ""
    return ShopFault(
        kind,
        f"VTEX would not {call.what} (HTTP {reply.status}{code}{told})",
        retry_after_s=retry_after_s(reply.headers.get("retry-after", ""), now) if kind in LATER else None,
        remedy=_remedy(kind, call),
    )


def _kind(call: Call, status: int, error: Said) -> str:
    if status in REFUSES_INVOICE and call.invoice is not None and error.code != NO_ORDER:
        return _kind_of_invoice(call.invoice, status, error)
    if status in KINDS:
        return KINDS[HTTPStatus(status)]
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return "server_error"
    return "no_answer" if status < HTTPStatus.BAD_REQUEST else "refused"


def _kind_of_invoice(invoice: str, status: int, error: Said) -> str:
    """Refusals of an odd number are about the number, whatever they say: VTEX trims it or routes by it first."""
    if not PLAIN_INVOICE.fullmatch(invoice):
        return "bad_invoice"
    if status == HTTPStatus.NOT_FOUND:
        return "no_invoice" if "invoice" in error.words.lower() else "not_found"
    return "refused" if status == HTTPStatus.BAD_REQUEST else "server_error"


def _remedy(kind: str, call: Call) -> str:
    return {
        "unauthorized": "Check WISMO_VTEX_APP_KEY and WISMO_VTEX_APP_TOKEN: it may be revoked, or another account's",
        "forbidden": f"In VTEX's Admin give the key's role the resource {call.resource!r}",
        "no_answer": "Check WISMO_VTEX_ACCOUNT and WISMO_VTEX_URL: it sends us to another address, where we do not go",
        "bad_invoice": "VTEX cannot take the characters of this invoice's number: edit the tracking data in its Admin",
    }.get(kind, "")


# -- what a body says --------------------------------------------------------------------------------------------------


def said(body: bytes) -> Said:
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        return Said()
    if not isinstance(told, dict):
        return Said(words=_words(told))
    error = told.get("error")
    if isinstance(error, dict):
        return Said(_words(error.get("code")), _words(error.get("message")))
    words = (_words(told.get(key)) for key in ("message", "Message", "title", "error"))
    return Said(words="; ".join(filter(None, [next(filter(None, words), ""), *_invalid(told.get("errors"))])))


def _invalid(errors: object) -> Iterator[str]:
    """The fields that a newer service would not have."""
    if isinstance(errors, dict):
        for field, faults in list(errors.items())[:3]:
            first = faults[0] if isinstance(faults, list) and faults else faults
            yield f"{_words(field)}: {_words(first)}"


def _words(value: object) -> str:
    """Outside text for one line of a log: without addresses, and not long."""
    if not isinstance(value, str | int):
        return ""
    plain = "".join(character if character.isprintable() else " " for character in str(value))
    return re.sub(r"\S+@\S+", "…", " ".join(plain.split()))[:LONGEST_WORDS]


def retry_after_s(text: str, now: datetime) -> int | None:
    """Seconds from now; VTEX may write them, or the moment."""
    text = text.strip()
    if re.fullmatch("[0-9]{1,9}", text):
        return min(int(text), LONGEST_WAIT_S)
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    left = (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
    return max(0, min(int(left.total_seconds()) + 1, LONGEST_WAIT_S))
