"""17TRACK, an aggregator: the whole history of a number in each push, one list of events per carrier on the way.

Moments carry an offset or are UTC. Some carriers give none; theirs is taken from their other events and is marked.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from relay.carriers import Carrier
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
from relay.carriers._moments import Moment, moment
from relay.carriers._signatures import same, secret_bytes, wire_bytes
from relay.carriers._tree import Node, read_object
from relay.errors import BadSignature
from relay.model import Action, Fact, FactKind, Push, Reading, Report, Status, carrier_slug

SLUG = "17track"
#: Main statuses. A sub-status begins with its own: ``InTransit_PickedUp``.
STATUSES = {
    "NotFound": Status.PENDING,
    "InfoReceived": Status.INFO_RECEIVED,
    "InTransit": Status.IN_TRANSIT,
    "Expired": Status.EXPIRED,
    "AvailableForPickup": Status.AVAILABLE_FOR_PICKUP,
    "OutForDelivery": Status.OUT_FOR_DELIVERY,
    "DeliveryFailure": Status.ATTEMPTED,
    "Delivered": Status.DELIVERED,
    "Exception": Status.EXCEPTION,
    # Sub-statuses with a state of their own; the others say what their main status says.
    "Exception_Returning": Status.RETURNING,
    "Exception_Returned": Status.RETURNED,
    "Exception_Cancel": Status.CANCELLED,
    # Stages, of events that have no sub-status.
    "PickedUp": Status.IN_TRANSIT,
    "Departure": Status.IN_TRANSIT,
    "Arrival": Status.IN_TRANSIT,
    "Returning": Status.RETURNING,
    "Returned": Status.RETURNED,
}
#: Carriers by 17TRACK's key. Only these are named alike in every message: one that stops a tracking gives no name.
CARRIERS = {2151: "correios", 21051: "usps", 100001: "dhl", 100002: "ups", 100003: "fedex"}


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


def status_of(code: str) -> Status:
    return STATUSES.get(code) or STATUSES.get(code.partition("_")[0], Status.UNKNOWN)


def moment_of(event: Node) -> Moment:
    """The most exact of the ways in which 17TRACK writes one moment; any may be missing."""
    unreadable = Moment()
    for text in texts_of(event):
        when = moment(text)
        if when.at:
            return when
        unreadable = unreadable if unreadable.text else when
    return unreadable


def texts_of(event: Node) -> Iterator[str]:
    yield event.text("time_iso")
    yield event.text("time_utc")
    raw = event.child("time_raw")
    clock = f"{raw.text('date')} {raw.text('time')}".strip()
    yield clock + raw.text("timezone") if raw.text("time") else clock
    yield clock


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
    estimated_at = read_estimate(expected, "from", expected.text("from"))
    when = summary_moment(scans, Moment())
    yield summary(SLUG, status, code, when, is_own=False, estimated_at=estimated_at, told_at=None)


carrier = Carrier(
    slug=SLUG,
    label="17TRACK",
    docs="https://api.17track.net/en/doc",
    verify=verify,
    parse_push=parse_push,
)
