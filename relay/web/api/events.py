"""What a carrier or a script of the shop's tells of a parcel: read, kept and applied like a push."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from http import HTTPMethod

import orjson
from flask import Response, g, jsonify, request

from relay.carriers.standard import SLUG as STANDARD
from relay.carriers.standard import STATUSES, TYPE
from relay.desk import Desk
from relay.errors import BadInput, StorageFull
from relay.intake.record import Recorded, record_push
from relay.intake.refused import Refused
from relay.intake.said import SCRIPT, read_kept
from relay.model import CANARY, Action, FactKind, Push, Reading, Report, Status, Via, carrier_slug, normalise_number
from relay.store import facts, listing, orders
from relay.web.api.answers import Heard
from relay.web.api.asked import Events, ParcelPath
from relay.web.api.doors import Scope
from relay.web.api.problems import invalid
from relay.web.api.routes import Routes

ADDRESS = "/shipments/<carrier>/<number>/events"
WAITS = "No order has this parcel yet: it is kept for 30 days, and applied when one has."
NOT_OURS = f"A status is none of our words: it is kept, and changes nothing. Ours are {', '.join(STATUSES)}."


def add_events(routes: Routes, refused: Refused) -> None:
    desk, now = routes.desk, routes.now

    @routes.add(HTTPMethod.POST, ADDRESS, Scope.CARRIER, {200: Heard, 202: Heard})
    def tell_events(path: ParcelPath, body: Events) -> Response:  # noqa: ARG001 - what reads it is the standard format
        """Tell what happened to a parcel. May be repeated: an event that is known changes nothing."""
        push = _push(path, now())
        reading = _read(push)
        recorded = _record(desk, refused, push, reading)
        if recorded.messages:
            desk.wake()
        return _answer(desk, reading.reports[0], reading.reason, recorded)


def _push(path: ParcelPath, now: datetime) -> Push:
    """The body as it came, completed by what the address says into a whole message of the standard format."""
    slug = carrier_slug(path.carrier)
    if not slug or not normalise_number(path.number):
        field = "number" if slug else "carrier"
        raise invalid([BadInput(field, "without a letter or digit", "Give it in the address")])
    if slug == CANARY:
        raise invalid([BadInput("carrier", "the name is reserved", "Name the carrier of the parcel")])
    head = orjson.dumps({"type": TYPE, "carrier": slug, "tracking_number": path.number})
    whole = head[:-1] + b"," + request.get_data().strip()[1:]
    headers = {name.lower(): value for name, value in request.headers.items()}
    # A carrier's own word is what it would push; a script of the shop's speaks for itself.
    sender = STANDARD if g.holder.carrier else SCRIPT
    return Push(sender, request.method, request.path, headers, whole, now)


def _read(push: Push) -> Reading:
    """Raises HttpFault if nothing of it can be read: then nothing is kept, and the caller knows why."""
    reading = read_kept(push.slug, push.body)
    if reading.action is not Action.APPLY:
        raise invalid([_fault(part) for part in reading.reason.removeprefix(f"{STANDARD}: ").split("; ")])
    return reading


def _fault(reason: str) -> BadInput:
    field, colon, fault = reason.partition(": ")
    return BadInput(field if colon else "events", fault or reason, "See docs/standard-push.md")


def _record(desk: Desk, refused: Refused, push: Push, reading: Reading) -> Recorded:
    try:
        return record_push(desk.database, desk.policy, push, reading, Via.API)
    except StorageFull as error:
        refused.storage_failed(error.what)
        raise


def _answer(desk: Desk, report: Report, reason: str, recorded: Recorded) -> Response:
    carrier, number = report.carrier or "", normalise_number(report.tracking_number or "")
    track_id = facts.track_key(carrier, number)
    with desk.database.read() as tx:
        shipments = [row["shipment_id"] for row in orders.shipments_on(tx, [track_id])]
        brought = listing.scans_brought(tx, track_id, recorded.push_id) if recorded.is_first else 0
    response = jsonify(
        {
            "push_id": recorded.push_id,
            "carrier": carrier,
            "tracking_number": report.tracking_number,
            "events": sum(fact.kind is FactKind.SCAN for fact in report.facts),
            "new": brought,
            "shipments": shipments,
            "reason": reason,
            "notice": " ".join(_notices(report, shipments)),
        }
    )
    response.status_code = 200 if shipments else 202
    response.headers["Wismo-Push-Id"] = recorded.push_id
    return response


def _notices(report: Report, shipments: Sequence[str]) -> Iterator[str]:
    if not shipments:
        yield WAITS
    # What has no moment is unknown for that, and the reason says so.
    if any(fact.status is Status.UNKNOWN and fact.code and fact.occurred_at for fact in report.facts):
        yield NOT_OURS
