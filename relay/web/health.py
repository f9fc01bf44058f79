"""For probes, monitors and people: whether it runs, and whether it keeps its promises."""

import ipaddress
from collections.abc import Callable, Sequence
from datetime import datetime
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from itertools import takewhile

from flask import Blueprint, Response, jsonify, request

from relay.database.engine import NoTable
from relay.desk import Desk
from relay.desk.health import health
from relay.desk.keys import holder_of
from relay.desk.mark import mark_of
from relay.errors import Unavailable
from relay.store import ledger

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
#: With one of these, somebody asks on behalf of another.
FORWARDING = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via")


def health_blueprint(desk: Desk, now: Callable[[], datetime]) -> Blueprint:
    blueprint = Blueprint("health", __name__)

    mark = _mark(desk)

    @blueprint.get("/live")
    def live() -> Response:
        return jsonify({"live": True, "install": mark})

    @blueprint.get("/health")
    def show_health() -> Response:
        found = health(desk, now())
        body: dict[str, object] = {"well": found.is_well, "reasons": list(found.reasons)}
        if _may_see_detail(desk, now()):
            body |= found.detail
        response = jsonify(body)
        response.status_code = 200 if found.is_well else 503
        response.headers["Cache-Control"] = "no-store"
        return response

    return blueprint


def _mark(desk: Desk) -> str:
    """So that who asks at our public address sees whether it leads here. Read once: a probe waits for no database."""
    try:
        with desk.database.read() as tx:
            return mark_of(ledger.install(tx))
    except (NoTable, Unavailable):
        return ""


def _may_see_detail(desk: Desk, now: datetime) -> bool:
    """Whoever has a key that reads, or asks from this very machine."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and key:
        holder = holder_of(desk, key, now)
        return holder is not None and holder.reads
    caller = caller_of(desk.settings.trusted_proxies)
    return caller is not None and caller.is_loopback


def caller_of(proxies: Sequence[Network]) -> Address | None:
    """The nearest address that is no proxy of ours; None where nobody can tell, because a stranger forwards."""
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    hops = [_address(hop) for hop in (request.remote_addr or "", *reversed(forwarded))]
    through = list(takewhile(lambda hop: hop is not None and any(hop in network for network in proxies), hops))
    if len(through) == len(hops):
        return hops[-1]
    is_forwarded = bool(forwarded) or any(name in request.headers for name in FORWARDING)
    return None if is_forwarded and not through else hops[len(through)]


def _address(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
