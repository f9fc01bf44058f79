"""For probes, monitors and people: whether it runs, and whether it keeps its promises."""

import ipaddress
from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, Response, jsonify, request

from relay.desk import Desk
from relay.desk.care import key_hash
from relay.desk.health import health
from relay.store import ledger


def health_blueprint(desk: Desk, now: Callable[[], datetime]) -> Blueprint:
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/live")
    def live() -> Response:
        return jsonify({"live": True})

    @blueprint.get("/health")
    def show_health() -> Response:
        found = health(desk, now())
        body: dict[str, object] = {"well": found.is_well, "reasons": list(found.reasons)}
        if _may_see_detail(desk):
            body |= found.detail
        response = jsonify(body)
        response.status_code = 200 if found.is_well else 503
        response.headers["Cache-Control"] = "no-store"
        return response

    return blueprint


def _may_see_detail(desk: Desk) -> bool:
    """Whoever has a key that reads, or asks from this very machine and not through a proxy."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and key:
        with desk.database.read() as tx:
            return ledger.scope_of_key(tx, key_hash(key)) in {"read", "write"}
    return _is_loopback(request.remote_addr) and "X-Forwarded-For" not in request.headers


def _is_loopback(address: str | None) -> bool:
    try:
        return address is not None and ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
