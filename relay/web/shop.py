"""The shop's door: VTEX says that an order changed. Kept on disk, answered at once, read later."""

from collections.abc import Callable
from datetime import datetime
from hmac import compare_digest

import orjson
import structlog
from flask import Blueprint, Response, jsonify, request

from relay.desk import Desk
from relay.errors import BadPayload, StorageFull
from relay.intake.notices import HOOK, is_followed, keep_notice
from relay.intake.refused import Refused
from relay.settings import Settings
from relay.shops import Notice
from relay.shops.vtex.hooks import PATH, SECRET_HEADER, read_notice
from relay.web.errors import HttpFault

SHOP = "default"
#: By which VTEX tries an address; whether the secret comes with it is not documented.
PING = "ping"

log = structlog.get_logger()


def shop_blueprint(desk: Desk, refused: Refused, now: Callable[[], datetime]) -> Blueprint:
    blueprint = Blueprint("shop", __name__)

    @blueprint.post(PATH)
    def hear_shop() -> Response:
        secret = _door(desk.settings, refused)
        body = request.get_data(cache=False)
        if _is_ping(body):
            return jsonify({"action": "ping"})
        _verify(secret, refused)
        if len(body) != request.content_length:
            raise HttpFault(400, "the body broke off", f"{len(body)} bytes arrived", "Send it again")
        return jsonify(_heard(desk, refused, body, now()))

    return blueprint


def _door(settings: Settings, refused: Refused) -> str:
    secret = settings.vtex_hook_secret.get_secret_value()
    if settings.vtex_account and secret:
        return secret
    refused.count("no_secret", "vtex-hook")
    name = "WISMO_VTEX_HOOK_SECRET" if settings.vtex_account else "WISMO_VTEX_ACCOUNT"
    raise HttpFault(404, "VTEX's hook is not switched on", f"{name} is not set", f"Set {name}")


def _is_ping(body: bytes) -> bool:
    if request.args.get("hookConfig") == PING:
        return True
    try:
        return read_notice(body) is None
    except BadPayload:
        return False


def _verify(secret: str, refused: Refused) -> None:
    given = request.headers.get(SECRET_HEADER, "")
    if not compare_digest(given.encode(), secret.encode()):
        refused.count("forged", "vtex-hook")
        log.warning("notice", outcome="forged")
        raise HttpFault(
            401,
            "the notice is not authentic",
            f"{SECRET_HEADER} is not the secret" if given else f"{SECRET_HEADER} is missing",
            "`wismo vtex connect --hook` tells VTEX the present secret",
        )


def _heard(desk: Desk, refused: Refused, body: bytes, now: datetime) -> dict[str, str]:
    """Always taken once it is authentic: VTEX would only send again what can never be read."""
    try:
        notice = read_notice(body)
    except BadPayload as fault:
        return _turned_away(refused, "hook_unreadable", fault.what)
    if notice is None:
        return {"action": "ping"}
    account = _account_of(body)
    if account and account.casefold() != desk.settings.vtex_account.casefold():
        return _turned_away(refused, "hook_other_store", f"it is about the store {account[:80]!r}, and not about ours")
    _keep(desk, refused, notice, now)
    log.info("notice", order_id=notice.order_id, state=notice.state)
    return {"action": "read" if is_followed(notice) else "ignore"}


def _turned_away(refused: Refused, name: str, reason: str) -> dict[str, str]:
    refused.count(name, "vtex-hook")
    log.warning("notice", outcome=name, reason=reason)
    return {"action": "refused", "reason": reason}


def _account_of(body: bytes) -> str:
    """Whose notice it says it is; only a hint, and often missing."""
    try:
        message = orjson.loads(body)
    except orjson.JSONDecodeError:  # stricter than what read the notice
        return ""
    origin = message.get("Origin") if isinstance(message, dict) else None
    account = origin.get("Account") if isinstance(origin, dict) else None
    return account if isinstance(account, str) else ""


def _keep(desk: Desk, refused: Refused, notice: Notice, now: datetime) -> None:
    try:
        keep_notice(desk.database, notice, now, shop=SHOP, route=HOOK)
    except StorageFull as error:
        refused.storage_failed(error.what)
        raise
