"""Who may do what: a key is looked at before anything else of a request is."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

import orjson
from flask import g, request

from relay.desk import Desk
from relay.desk.keys import Holder, holder_of
from relay.model import carrier_slug
from relay.web.api.rates import PER_KEY, PER_STRANGER, Rates
from relay.web.errors import HttpFault
from relay.web.health import caller_of


class Scope(StrEnum):
    """What a route wants of a key."""

    ANYBODY = "none"
    READ = "read"
    WRITE = "write"
    #: ``write``, or the key of the very carrier that the address names.
    CARRIER = "write, or carrier:<slug>"
    #: ``read`` or ``write``, or that same key.
    CARRIER_READS = "read, or carrier:<slug>"


def let_in(desk: Desk, rates: Rates, needed: Scope, now: Callable[[], datetime]) -> None:
    """Remember whoever asks as ``g.holder``. Raises HttpFault 401, 403 or 429."""
    if needed is Scope.ANYBODY:
        return
    key = _shown_key()
    holder = holder_of(desk, key, now()) if key else None
    if holder is None:
        rates.count(PER_STRANGER, str(caller_of(desk.settings.trusted_proxies)))
    else:
        rates.count(PER_KEY, holder.key_id)
    g.holder = holder
    if holder is None:
        raise _no_key(is_shown=bool(key))
    named = request.view_args or {}
    carrier = carrier_slug(named.get("carrier") or named.get("slug") or "")
    if not _may(holder, needed, carrier):
        raise _wrong_scope(holder, needed, carrier)


def want_object() -> None:
    """Raises HttpFault unless the body is whole, and one JSON object."""
    body = request.get_data()
    if len(body) != (request.content_length or 0):
        why = f"{len(body)} of {request.content_length} bytes arrived"
        raise HttpFault(400, "the body broke off", why, "Send it again")
    if not request.is_json:
        remedy = "Send it with Content-Type: application/json"
        raise HttpFault(415, "this is no JSON", f"its Content-Type is {request.mimetype or 'missing'}", remedy)
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise HttpFault(400, "this is no JSON", str(error), "Correct the body") from None
    if type(value) is not dict:
        raise HttpFault(400, "the body is no object", f"it is {type(value).__name__}", "Put it into { }")


def whoever() -> str:
    """Who asks, for the audit."""
    holder: Holder = g.holder
    return holder.who


def _shown_key() -> str:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def _may(holder: Holder, needed: Scope, carrier: str) -> bool:
    is_own = bool(carrier) and holder.carrier == carrier
    match needed:
        case Scope.READ:
            return holder.reads
        case Scope.CARRIER:
            return holder.writes or is_own
        case Scope.CARRIER_READS:
            return holder.reads or is_own
        case _:
            return holder.writes


def _no_key(*, is_shown: bool) -> HttpFault:
    why = "the key is not known, or no more valid" if is_shown else "no key was shown"
    return HttpFault(
        401,
        "this needs a key",
        why,
        "Send Authorization: Bearer KEY; `wismo keys create` makes one",
        headers={"WWW-Authenticate": "Bearer"},
    )


def _wrong_scope(holder: Holder, needed: Scope, carrier: str) -> HttpFault:
    wanted = str(needed).replace("<slug>", carrier or "<slug>")
    return HttpFault(
        403,
        "this key may not do that",
        f"it needs the scope {wanted}; the key has {holder.scope}",
        "Use another key; `wismo keys create --scope …` makes one",
        more={"needed_scope": wanted, "held_scope": holder.scope},
    )
