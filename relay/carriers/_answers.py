"""What answers have in common: the outcome of a refusal, and which parcel was spoken of."""

import re
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final
from urllib.parse import quote

from relay.carriers._facts import told_faults
from relay.carriers._tree import Node, read_object
from relay.errors import BadPayload
from relay.model import Action, Answer, Outcome, Reading, Report, Status, Token, Via, Wanted, normalise_number

#: Only where a vendor documents it is 404 "not found": it also comes from a proxy, or of a wrong ``…_API_URL``.
BY_STATUS: Final = {
    **dict.fromkeys((401, 402, 403, 407), Outcome.AUTH_ERROR),
    **dict.fromkeys((408, 425), Outcome.SERVER_ERROR),
    429: Outcome.THROTTLED,
}
#: A vendor's code as it may stand in a log.
CODE: Final = re.compile(r"-?[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
NO_CODES: Final[Mapping[str, Outcome]] = {}
LONGEST_LIFE: Final = timedelta(days=400)


# -- asking ------------------------------------------------------------------------------------------------------------


def basic(user: str, password: str = "") -> str:
    return "Basic " + b64encode(f"{user}:{password}".encode("utf-8", "surrogateescape")).decode()


def segment(text: str) -> str:
    """A number or id as one segment of a path; also one of dots stays where it is."""
    return quote(text, safe="", errors="replace").replace(".", "%2E")


# -- reading -----------------------------------------------------------------------------------------------------------


def is_refusal(answer: Answer) -> bool:
    return not 200 <= answer.status < 300  # noqa: PLR2004 - the range of success in HTTP


def outcome_of(status: int) -> Outcome:
    """What an HTTP status says by itself; a redirect is a wrong address."""
    known = BY_STATUS.get(status)
    if known:
        return known
    return Outcome.BAD_REQUEST if 300 <= status < 500 else Outcome.SERVER_ERROR  # noqa: PLR2004 - ranges of HTTP


def refusal(
    answer: Answer, read_code: Callable[[Node], str], meanings: Mapping[str, Outcome] = NO_CODES, slug: str = ""
) -> Reading:
    """What an answer without success amounts to.

    ``meanings`` of the vendor's codes, or of the status beside any of them, refine what the status leaves open, and no
    more: "server error" and "not authorised" are believed. A body that is not the vendor's has no code.
    """
    code, outcome = _code_in(answer, read_code), outcome_of(answer.status)
    if code and outcome is Outcome.BAD_REQUEST:
        outcome = meanings.get(code) or meanings.get(str(answer.status), outcome)
    return whole(answer, outcome, f"HTTP {answer.status} {code}".strip(), slug)


def _code_in(answer: Answer, read_code: Callable[[Node], str]) -> str:
    try:
        code = read_code(read_object(answer.body))
    except BadPayload:
        return ""
    return code if CODE.fullmatch(code) else ""


def whole(answer: Answer, outcome: Outcome, reason: str, slug: str = "") -> Reading:
    """What is true of everything that was asked. Only of "not found" is it said parcel by parcel as well."""
    reports: tuple[Report, ...] = ()
    if outcome is Outcome.NOT_FOUND:
        reports = tuple(without_news(one, outcome, slug) for one in answer.asked)
        reports = reports or (Report(slug or None, None, outcome=outcome),)
    return Reading(Action.APPLY if reports else Action.IGNORE, reports, outcome, reason)


def without_news(wanted: Wanted, outcome: Outcome, slug: str = "") -> Report:
    return Report(slug or wanted.carrier or None, wanted.number or None, (), wanted.reference, outcome)


def read_body(answer: Answer) -> Node:
    """The object in a body that came with success. Raises BadPayload, which says what came instead."""
    if is_refusal(answer):
        raise BadPayload(f"HTTP {answer.status}")
    if not answer.body.strip():
        raise BadPayload(f"HTTP {answer.status} with an empty body")
    if answer.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise BadPayload(f"HTTP {answer.status} with HTML or XML instead of JSON: is the address of the API right?")
    return read_object(answer.body)


def answered(answer: Answer, message: Node, reports: Sequence[Report], slug: str = "") -> Reading:
    """What an answer says of every parcel asked about, matched by number or reference and never by place.

    One that it does not speak of was not found, or not read if something could not be. What it says of others is kept
    as theirs. Raises BadPayload if nothing could be read.
    """
    faults = told_faults(message)
    if faults and not any(report.facts or report.outcome is not Outcome.OK for report in reports):
        raise BadPayload(faults)
    told = [_seen(report) for report in reports]
    missing = [one for one in answer.asked if not any(_is_about(report, one) for report in told)]
    outcome = Outcome.SERVER_ERROR if faults else Outcome.NOT_FOUND
    told += [without_news(one, outcome, slug) for one in missing]
    absent = f"{len(missing)} of {len(answer.asked)} asked about, the answer says nothing of" if missing else ""
    reason = "; ".join(filter(None, [faults, absent]))
    return _told(answer, told, reason, slug)


def _seen(report: Report) -> Report:
    """A sender that has only its word for "nothing yet" has not found the parcel: that is no sign of life."""
    if report.outcome is Outcome.OK and {fact.status for fact in report.facts} == {Status.PENDING}:
        return replace(report, facts=(), outcome=Outcome.NOT_FOUND)
    return replace(report, facts=tuple(fact._replace(via=Via.POLL, answered=True) for fact in report.facts))


def _is_about(report: Report, wanted: Wanted) -> bool:
    if report.reference and report.reference == wanted.reference:
        return True
    return bool(report.tracking_number) and normalise_number(report.tracking_number or "") == wanted.number


def _told(answer: Answer, reports: Sequence[Report], reason: str, slug: str) -> Reading:
    """With the outcome of the whole: OK if any parcel's is."""
    outcomes = {report.outcome for report in reports} or {Outcome.OK}
    if len(outcomes) > 1:
        return Reading(Action.APPLY, tuple(reports), reason=reason)
    (outcome,) = outcomes
    if outcome in (Outcome.OK, Outcome.NOT_FOUND) or any(report.facts for report in reports):
        return Reading(Action.APPLY, tuple(reports), outcome, reason)
    return whole(answer, outcome, reason or f"every parcel: {outcome}", slug)


# -- tokens ------------------------------------------------------------------------------------------------------------


def token_reading() -> Reading:
    return Reading(Action.IGNORE, outcome=Outcome.TOKEN, reason="a token, and nothing of a parcel")


def token(text: str, lasts: timedelta, refresh: str = "") -> Token:
    """Raises BadPayload for no token, and for a life that none has."""
    if not text:
        raise BadPayload("the token is missing")
    if not timedelta() < lasts <= LONGEST_LIFE:
        raise BadPayload("the token's life is not between a moment and a year")
    return Token(text, lasts, refresh)
