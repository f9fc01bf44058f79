"""The carriers' door: verified, kept on disk, and only then answered."""

from collections.abc import Callable, Mapping
from datetime import datetime
from time import perf_counter

import structlog
from flask import Blueprint, Response, jsonify, request

from relay.carriers import Carrier, all_carriers, read_push
from relay.desk import Desk
from relay.errors import BadSignature, StorageFull
from relay.intake import canary
from relay.intake.record import Recorded, record_push
from relay.intake.refused import Refused
from relay.model import CANARY, Action, Push, Reading
from relay.web.errors import HttpFault

log = structlog.get_logger()


def push_blueprint(desk: Desk, refused: Refused, now: Callable[[], datetime]) -> Blueprint:
    blueprint = Blueprint("push", __name__)

    @blueprint.post("/push/<slug>")
    @blueprint.post("/push/<slug>/<token>")
    def receive_push(slug: str, token: str = "") -> Response:
        started = perf_counter()
        headers = _headers()
        may_be_ours = canary.may_be_one(slug, headers)
        door = None if may_be_ours else _door(desk, refused, slug)  # before any of the body is read
        push = Push(slug, request.method, request.path, headers, _body(), now(), token)
        ours = canary.as_canary(desk.database, push) if may_be_ours else None
        push, reading = ours or _read(push, door or _door(desk, refused, slug), refused)
        recorded = _record(desk, refused, push, reading)
        if recorded.messages:
            desk.wake()
        _log(push, reading, recorded, started)
        return _answer(reading, recorded)

    return blueprint


def _door(desk: Desk, refused: Refused, slug: str) -> tuple[Carrier, tuple[str, ...]]:
    carrier = all_carriers().get(slug)
    if carrier is None or not carrier.pushes:
        refused.count("unknown_slug", slug)
        known = ", ".join(one.slug for one in all_carriers().values() if one.pushes)
        raise HttpFault(
            404, f"no carrier that pushes is called {slug!r}", "the address is wrong", f"Use /push/ and one of: {known}"
        )
    secrets = desk.settings.push_secrets(slug)
    if not secrets:
        refused.count("no_secret", slug)
        name = f"WISMO_{slug.upper().replace('-', '_')}_PUSH_SECRETS"
        raise HttpFault(404, f"pushes of {slug} are not switched on", "no secret is configured", f"Set {name}")
    return carrier, secrets


def _read(push: Push, door: tuple[Carrier, tuple[str, ...]], refused: Refused) -> tuple[Push, Reading]:
    carrier, secrets = door
    _verify(carrier, push, secrets, refused)
    reading = read_push(carrier, push.body)
    if canary.names_canary(reading):
        refused.count("reserved", push.slug)
        raise HttpFault(422, f"{CANARY} is no carrier", "the name is reserved", "Name the carrier of the parcel")
    return push, reading


def _body() -> bytes:
    """The body as it came. Of one that broke off nothing is kept: its sender had no answer and sends it again."""
    body = request.get_data(cache=False)
    if len(body) != request.content_length:
        why = f"{len(body)} of {request.content_length} bytes arrived"
        raise HttpFault(400, "the body broke off", why, "Send it again")
    return body


def _headers() -> Mapping[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}


def _verify(carrier: Carrier, push: Push, secrets: tuple[str, ...], refused: Refused) -> None:
    """Several secrets are valid at once, so that they can be changed without a gap."""
    for secret in secrets:
        try:
            carrier.verify(push, secret)
        except BadSignature as error:
            fault = error
        else:
            return
    refused.count("forged", push.slug)
    log.warning("push", carrier=push.slug, outcome="forged", reason=fault.what)
    raise HttpFault(401, "the push is not authentic", fault.what, "Check that both sides use the same secret")


def _record(desk: Desk, refused: Refused, push: Push, reading: Reading) -> Recorded:
    try:
        return record_push(desk.database, desk.policy, push, reading)
    except StorageFull as error:
        refused.storage_failed(error.what)
        raise


def _log(push: Push, reading: Reading, recorded: Recorded, started: float) -> None:
    log.info(
        "push",
        carrier=push.slug,
        outcome=reading.action.value,
        push_id=recorded.push_id,
        first=recorded.is_first,
        tracking_number=[report.tracking_number for report in reading.reports[:3]],
        messages=recorded.messages,
        reason=reading.reason or None,
        ms=round((perf_counter() - started) * 1000, 2),
    )


def _answer(reading: Reading, recorded: Recorded) -> Response:
    body = {"push_id": recorded.push_id, "action": reading.action.value}
    if reading.reason:
        body["reason"] = reading.reason
    if reading.action is Action.UNREADABLE:
        body["remedy"] = "It is kept and can be replayed; there is no need to send it again"
    response = jsonify(body)
    response.headers["Wismo-Push-Id"] = recorded.push_id
    return response
