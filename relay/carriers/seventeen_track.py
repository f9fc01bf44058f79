"""17TRACK, an aggregator: the whole history of a number each time, one list of events per carrier on the way.

Moments carry an offset or are UTC. Some carriers give none; theirs is taken from their other events and is marked.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain

from relay.carriers import Asks, Budget, Carrier
from relay.carriers._answers import answered, is_refusal, read_body, refusal, whole
from relay.carriers._facts import (
    applied,
    in_one_zone,
    joined,
    parcel_number,
    read_estimate,
    scan_status,
    summary,
    summary_moment,
)
from relay.carriers._moments import Moment
from relay.carriers._seventeen_track_codes import CARRIERS, KEYS, OUTCOMES, STATUSES, moment_of, status_of
from relay.carriers._signatures import same, secret_bytes, wire_bytes
from relay.carriers._tree import Node, read_object
from relay.errors import BadSignature
from relay.model import (
    Account,
    Action,
    Answer,
    Ask,
    Fact,
    FactKind,
    Outcome,
    Push,
    Reading,
    Report,
    Status,
    Wanted,
    carrier_slug,
)

SLUG = "17track"
#: A window that the carrier itself gives ends with its promise; of 17TRACK's own, which is wide, the start is shown.
OFFICIAL = "Official"


def verify(push: Push, secret: str) -> None:
    """A plain hash, as 17TRACK has it; the secret is the API key."""
    given = push.headers.get("sign", "")
    if not given:
        raise BadSignature("no sign header")
    expected = hashlib.sha256(push.body + b"/" + secret_bytes(secret)).hexdigest().encode()
    if not same(expected, wire_bytes(given)):
        raise BadSignature("sign does not fit the body and the API key")


def parse_push(body: bytes) -> Reading:
    message = read_object(body)
    event, data = message.required("event"), message.child("data")
    if event == "TRACKING_STOPPED":
        return Reading(Action.TRACKING_STOPPED, (read_parcel(data),))
    if event != "TRACKING_UPDATED":
        return Reading(Action.IGNORE, reason=f"an event that is not about news of a parcel: {event}")
    return applied(message, [read_track(data)])


def read_parcel(data: Node) -> Report:
    number, reference = parcel_number(data, "number"), data.name("tag") or None
    if not (number or reference):
        raise data.fault("number", "missing, and so is the tag")
    return Report(CARRIERS.get(data.integer("carrier") or 0), number, reference=reference)


def read_track(data: Node) -> Report:
    parcel, info = read_parcel(data), data.child("track_info")
    told = info.child("tracking").each("providers", read_provider)
    scans = list(chain.from_iterable(scans for _, _, scans in told))
    facts = (*scans, *read_summary(info, scans))
    return replace(parcel, carrier=parcel.carrier or name_of(data.integer("carrier"), told), facts=facts)


def name_of(registered: int | None, told: list[tuple[int | None, str, list[Fact]]]) -> str | None:
    """The carrier under whose key the number is registered, not one that only has the last mile.

    A key alone is no name: a made-up slug would part this message from the next one that brings the name.
    """
    return next((slug for key, slug, _ in told if slug and key == registered), None)


def read_provider(provider: Node) -> tuple[int | None, str, list[Fact]]:
    who = provider.child("provider")
    return who.integer("key"), carrier_slug(who.name("name")), in_one_zone(provider.each("events", read_event))


def read_event(event: Node) -> Fact:
    when, code = moment_of(event), event.name("sub_status") or event.name("stage")
    return Fact(
        source=SLUG,
        is_own=False,
        kind=FactKind.SCAN,
        status=scan_status(status_of(code), when, event, "time_iso"),
        code=code,
        moment_text=when.text,
        occurred_at=when.at,
        local_time=when.local,
        zone_assumed=when.zone_assumed,
        description=event.text("description"),
        place=event.text("location") or place_of(event.child("address")),
    )


def place_of(address: Node) -> str:
    return joined(address.text("city"), address.text("state"), address.text("country"))


def read_summary(info: Node, scans: list[Fact]) -> Iterator[Fact]:
    latest, expected = info.child("latest_status"), info.child("time_metrics").child("estimated_delivery_date")
    main, code = latest.name("status"), latest.name("sub_status") or latest.name("status")
    if not code:
        latest.note("status", "missing")
        return
    status = status_of(code) if code in STATUSES else status_of(main or code)
    if status is Status.PENDING and scans:
        status = Status.UNKNOWN  # "not found" beside scans: 17TRACK could not ask, it is no news of the parcel
    end = "to" if expected.text("source") == OFFICIAL and expected.text("to") else "from"
    estimated_at = read_estimate(expected, end, expected.text(end))
    when = summary_moment(scans, Moment())
    yield summary(SLUG, status, code, when, is_own=False, estimated_at=estimated_at, told_at=None)


# -- asking ------------------------------------------------------------------------------------------------------------


def ask(account: Account, wanted: Sequence[Wanted]) -> Ask:
    return request(account, "gettrackinfo", wanted)


def register(account: Account, wanted: Sequence[Wanted]) -> Ask:
    return request(account, "register", wanted)


def request(account: Account, what: str, wanted: Sequence[Wanted]) -> Ask:
    """Without a carrier's key 17TRACK finds out whose number it is."""
    numbers = [
        {"number": one.number} | ({"carrier": KEYS[one.carrier]} if one.carrier in KEYS else {}) for one in wanted
    ]
    return Ask("POST", f"/track/v2.4/{what}", {"17token": account.values["API_KEY"]}, json=numbers)


def parse_answer(answer: Answer) -> Reading:
    if is_refusal(answer):
        return refusal(answer, lambda error: error.code("code"))
    message = read_body(answer)
    code = message.integer("code")
    if code is None:
        raise message.fault("code", "missing")
    if code:
        outcome = OUTCOMES.get(code, Outcome.BAD_REQUEST)
        # That a number is wrong is only said of one number; of the whole it is the request.
        outcome = Outcome.BAD_REQUEST if outcome is Outcome.INVALID_NUMBER else outcome
        return whole(answer, outcome, f"an error in an answer with success: {code}")
    data = message.child("data")
    return answered(answer, message, [*data.each("accepted", read_accepted), *data.each("rejected", read_rejected)])


def read_accepted(data: Node) -> Report:
    """An answer to a registration says no more than that."""
    return read_track(data) if data.has("track_info") else read_parcel(data)


def read_rejected(data: Node) -> Report:
    code = data.child("error").integer("code") or 0
    return replace(read_parcel(data), outcome=OUTCOMES.get(code, Outcome.BAD_REQUEST))


carrier = Carrier(
    slug=SLUG,
    label="17TRACK",
    docs="https://api.17track.net/en/doc",
    verify=verify,
    parse_push=parse_push,
    asks=Asks(
        api_url="https://api.17track.net",
        needs=("API_KEY",),
        ask=ask,
        parse_answer=parse_answer,
        budget=Budget(per_second=3),
        batch=40,
        register=register,
        is_aggregator=True,
    ),
)
