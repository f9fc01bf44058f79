"""The shop's hook and feed: connected when somebody asks for it, and what was found of them since."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

import orjson

from relay.database import Tx
from relay.desk import Desk
from relay.errors import BadInput
from relay.model import to_text
from relay.settings import Settings
from relay.shops.vtex import Vtex
from relay.shops.vtex.hooks import PATH
from relay.store import drifts, incidents, ledger, reads

SHOP = "default"
#: So many orders that cannot be read are listed.
FAULTY_SHOWN = 100
Route = Literal["hook", "feed"]
ROUTES: tuple[Route, ...] = ("hook", "feed")
#: The address that somebody had us connect; of a feed, which has none, only that it was.
WANTED = {"hook": "vtex_hook_url", "feed": "vtex_feed"}
FOUND = {"hook": "vtex_hook_found", "feed": "vtex_feed_found"}


@dataclass(frozen=True, slots=True)
class Found:
    """What a look at the shop's configuration found."""

    state: str  #: ``ours``, ``none``, ``foreign``
    checked_at: str
    detail: str = ""


def hook_url(settings: Settings) -> str:
    return f"{settings.public_url}{PATH}"


def connect_hook(desk: Desk, vtex: Vtex, url: str, by: str, now: datetime) -> None:
    """Have VTEX call ``url``. Raises BadInput, or ShopFault when VTEX refuses or the key has somebody else's hook."""
    secret = secret_of(desk.settings)
    if not _may_be_called(url):
        remedy = "VTEX calls https alone: set WISMO_PUBLIC_URL to your https address, or give it with --url"
        raise BadInput("--url", f"{url} is no https address", remedy)
    vtex.make_hook(url, secret)
    desk.database.write(lambda tx: _remember(tx, "hook", url, by, now))


def secret_of(settings: Settings) -> str:
    """What VTEX is to send with each call. Raises BadInput."""
    secret = settings.vtex_hook_secret.get_secret_value()
    if not secret:
        raise BadInput("WISMO_VTEX_HOOK_SECRET", "not set", "Set it to a long random text, restart, and try again")
    return secret


def connect_feed(desk: Desk, vtex: Vtex, by: str, now: datetime) -> None:
    """Have VTEX keep notices for us. Raises ShopFault when the key has somebody else's feed."""
    vtex.make_feed()
    desk.database.write(lambda tx: _remember(tx, "feed", "yes", by, now))


def _may_be_called(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" or parts.hostname in {"127.0.0.1", "localhost", "::1"}


def _remember(tx: Tx, route: Route, wanted: str, by: str, now: datetime) -> None:
    ledger.set_install(tx, WANTED[route], wanted)
    remember(tx, route, Found("ours", to_text(now)))
    ledger.set_install(tx, reads.SWEEP_WANTED, to_text(now))  # for what changed before it was connected
    incidents.close_incident(tx, "shop_hook", route, now)
    ledger.write_audit(tx, now, by, "vtex connect", f"{route} {wanted}")


def remember(tx: Tx, route: Route, found: Found) -> None:
    ledger.set_install(tx, FOUND[route], orjson.dumps(asdict(found)).decode())


def shop_health(tx: Tx, now: datetime) -> dict[str, object]:
    """What waits to be read of the shop's orders, what cannot be, and how the shop tells us of them."""
    swept_at = ledger.install(tx).get(reads.SWEPT)
    return {
        "to_read": reads.backlog(tx, SHOP, now),
        "unreadable": reads.faulty(tx, SHOP, FAULTY_SHOWN),
        "hook": _route_health(tx, "hook"),
        "feed": _route_health(tx, "feed"),
        "swept_at": swept_at,
        "drift": drifts.count_drifts(tx),
    }


def _route_health(tx: Tx, route: Route) -> dict[str, object]:
    seen = found(tx, route)
    return {"connected": bool(wanted(tx, route)), **(asdict(seen) if seen else {"state": "unknown"})}


def wanted(tx: Tx, route: Route) -> str:
    """Empty where nobody asked for it."""
    return ledger.install(tx).get(WANTED[route], "")


def found(tx: Tx, route: Route) -> Found | None:
    kept = ledger.install(tx).get(FOUND[route])
    return Found(**orjson.loads(kept)) if kept else None
