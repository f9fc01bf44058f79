"""DHL, all divisions: Shipment Tracking Unified, which answers with the whole history, and its pushes.

Moments are the wall clock of the place, mostly without its zone. Pushes are not documented beyond "as the answer", and
differ by division: what cannot be read of one is asked for. Nothing signs them; DHL repeats a secret that we gave it.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from zoneinfo import ZoneInfo

from relay.carriers import Asks, Budget, Carrier
from relay.carriers._answers import answered, is_refusal, read_body, refusal
from relay.carriers._dhl_unified_codes import ZONES, status_of
from relay.carriers._facts import (
    applied,
    in_one_zone,
    joined,
    newest,
    read_estimate,
    scan_status,
    summary,
    summary_moment,
)
from relay.carriers._moments import Moment, assumed, moment
from relay.carriers._signatures import check_repeated_secret
from relay.carriers._tree import Node, read_object
from relay.model import (
    NOT_YET_RECEIVED,
    Account,
    Action,
    Answer,
    Ask,
    Fact,
    FactKind,
    Outcome,
    Reading,
    Report,
    Status,
    Wanted,
    normalise_number,
)

SLUG = "dhl-unified"
OUTCOMES = {"404": Outcome.NOT_FOUND}
#: Of an error about one number: ``/shipment/7777777770``.
INSTANCE = re.compile(r"/shipments?/([^/?]{4,50})")
OFFSET = re.compile(r"(Z|[+-]\d\d:?\d\d)$")


# -- pushes ------------------------------------------------------------------------------------------------------------


def parse_push(body: bytes) -> Reading:
    message = read_object(body)
    if message.has("scope"):
        return Reading(Action.IGNORE, reason=f"about the subscription: {message.required('scope')}")
    if message.has("shipments"):
        reports = in_one_report(message.each("shipments", read_shipment))
    else:
        reports = [read_shipment(message.child("shipment") if message.has("shipment") else message)]
    if message.faults or any(report.facts for report in reports):
        return applied(message, reports)
    return Reading(Action.FETCH, tuple(reports), reason="it names a parcel and says nothing that can be read")


# -- asking ------------------------------------------------------------------------------------------------------------


def ask(account: Account, wanted: Sequence[Wanted]) -> Ask:
    (one,) = wanted
    # One language, so that what is read of the words does not depend on where the parcel is.
    params = {"trackingNumber": one.number, "language": "en"}
    return Ask("GET", "", {"DHL-API-Key": account.values["API_KEY"]}, params)


def parse_answer(answer: Answer) -> Reading:
    if is_refusal(answer):
        return refused(answer)
    message = read_body(answer)
    if not message.is_list("shipments"):
        raise message.fault("shipments", "expected list")
    asked = {one.number for one in answer.asked}
    reports = message.each("shipments", lambda shipment: read_shipment(shipment, asked))
    return answered(answer, message, in_one_report(reports), SLUG)


def refused(answer: Answer) -> Reading:
    """An error names the number that was not found by a path."""
    reading = refusal(answer, lambda error: error.code("status"), OUTCOMES, SLUG)
    if reading.outcome is not Outcome.NOT_FOUND or answer.asked:
        return reading
    found = INSTANCE.search(read_object(answer.body).text("instance"))
    report = Report(SLUG, found[1] if found else None, outcome=Outcome.NOT_FOUND)
    return Reading(Action.APPLY, (report,), reading.outcome, reading.reason)


# -- what pushes and answers share -------------------------------------------------------------------------------------


def in_one_report(reports: Sequence[Report]) -> list[Report]:
    """Of several parcels under one number, which divisions reuse, the one with the newest scan."""
    best: dict[str, Report] = {}
    for report in sorted(reports, key=_age):
        best[normalise_number(report.tracking_number or "")] = report
    return list(best.values())


def _age(report: Report) -> tuple[bool, float, str]:
    last = newest(report.facts)
    return last is not None, (last.at if last else NOT_YET_RECEIVED).timestamp(), repr(report)


def read_shipment(shipment: Node, asked: Collection[str] = ()) -> Report:
    number = number_of(shipment, asked)
    present, zone = shipment.child("status"), ZONES.get(shipment.name("service"))
    exact = exactly(present)
    scans = in_one_zone(shipment.each("events", lambda event: read_event(event, zone, exact)))
    return Report(SLUG, number, (*scans, *read_present(shipment, present, scans, zone)))


def number_of(shipment: Node, asked: Collection[str]) -> str:
    """The shipment's, or that of the piece in it that was asked about."""
    number = shipment.code("id") or shipment.code("trackingNumber")
    if not normalise_number(number):
        raise shipment.fault("id", "missing")
    if not asked or normalise_number(number) in asked:
        return number
    pieces = shipment.child("details").texts("pieceIds")
    return next((piece for piece in pieces if normalise_number(piece) in asked), number)


def exactly(present: Node) -> Mapping[str, Moment]:
    """The newest event is repeated as the status, which may have the zone that the event lacks."""
    text = present.text("timestamp")
    return {OFFSET.sub("", text): moment(text)} if OFFSET.search(text) else {}


def read_event(event: Node, zone: ZoneInfo | None, exact: Mapping[str, Moment]) -> Fact:
    code, words = event.required("statusCode").lower(), words_of(event)
    when = moment_of(event.text("timestamp"), zone, exact)
    return Fact(
        source=SLUG,
        is_own=True,
        kind=FactKind.SCAN,
        status=scan_status(status_of(code, words), when, event, "timestamp"),
        code=code,
        moment_text=when.text,
        occurred_at=when.at,
        local_time=when.local,
        zone_assumed=when.zone_assumed,
        description=words,
        place=place_of(event.child("location").child("address")),
    )


def words_of(event: Node) -> str:
    return event.text("description") or event.text("status")


def moment_of(text: str, zone: ZoneInfo | None, exact: Mapping[str, Moment]) -> Moment:
    when = assumed(text, zone) if zone else moment(text)
    known = exact.get(text)
    return when._replace(at=known.at, zone_assumed=False) if known and known.at else when


def place_of(address: Node) -> str:
    return joined(address.text("addressLocality"), address.text("countryCode"))


def read_present(shipment: Node, present: Node, scans: list[Fact], zone: ZoneInfo | None) -> list[Fact]:
    code, expected = present.name("statusCode").lower(), estimate_of(shipment)
    if not (code or expected):
        return []
    status = status_of(code, words_of(present))
    if status is Status.PENDING and scans:
        status = Status.UNKNOWN  # "unknown" beside scans is no news of the parcel
    updated = moment_of(present.text("timestamp"), zone, {})
    when = summary_moment(scans, updated)
    return [summary(SLUG, status, code, when, is_own=True, estimated_at=expected, told_at=updated.at)]


def estimate_of(shipment: Node) -> str | None:
    text = shipment.text("estimatedTimeOfDelivery")
    text = text or shipment.child("estimatedDeliveryTimeFrame").text("estimatedThrough")
    return read_estimate(shipment, "estimatedTimeOfDelivery", text)


carrier = Carrier(
    slug=SLUG,
    label="DHL",
    docs="https://developer.dhl.com/api-reference/shipment-tracking",
    verify=check_repeated_secret,
    parse_push=parse_push,
    asks=Asks(
        api_url="https://api-eu.dhl.com/track/shipments",
        needs=("API_KEY",),
        ask=ask,
        parse_answer=parse_answer,
        budget=Budget(per_second=0.2, per_day=250),  # the first tier
    ),
)
