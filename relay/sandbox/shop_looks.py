"""What the front page shows of the shop: what its own customer sees there, what differs, and what it was told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import orjson

from relay.desk.shop import drift_json
from relay.sandbox.moments import ago
from relay.sandbox.shop import Ordered
from relay.sandbox.vtex import Call, Route
from relay.sandbox.world import World
from relay.shops.vtex.dialect import VtexDialect
from relay.shops.vtex.orders import read_order

TOLD_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Drift:
    """What the shop shows otherwise, in Wismo's words."""

    reason: str
    detail: str
    remedy: str


@dataclass(frozen=True, slots=True)
class ShopLook:
    """What the shop shows, which Wismo may not know."""

    page: str  #: the step on its own page
    lines: int
    is_finished: bool
    has_our_page: bool
    drift: Drift | None


@dataclass(frozen=True, slots=True)
class Told:
    """A call of ours that was to change what the shop shows."""

    number: str
    invoice: str
    words: str
    status: int
    when: str


def shop_look(world: World, ordered: Ordered, drifts: Mapping[str, Drift]) -> ShopLook:
    store, settings = world.far.vtex.store, world.desk.settings
    with store.lock:
        order = orjson.loads(orjson.dumps(store.shown(ordered.order_id)))
        shown = store.package(ordered.order_id, ordered.invoice)
    zone = ZoneInfo(settings.timezone)
    read = read_order(orjson.dumps(order), zone)
    return ShopLook(
        page=VtexDialect(zone).page_words(read, world.now()) or order["status"],
        lines=len(shown["courierStatus"]["data"]),
        is_finished=shown["courierStatus"]["finished"],
        has_our_page=(shown["trackingUrl"] or "").startswith(settings.public_url),
        drift=drifts.get(ordered.order_id),
    )


def drifts_by_order(world: World) -> dict[str, Drift]:
    with world.desk.database.read() as tx:
        rows: list[dict[str, Any]] = drift_json(tx)
    return {row["order_id"]: Drift(row["reason"], row["detail"] or "", row["remedy"]) for row in rows}


def told(world: World, now: datetime) -> Sequence[Told]:
    """Newest first."""
    calls = world.far.vtex.calls.of(Route.TRACKING, Route.LINK)[: -TOLD_SHOWN - 1 : -1]
    return [_told(call, world.shop.numbers, now) for call in calls]


def _told(call: Call, numbers: Mapping[str, str], now: datetime) -> Told:
    order_id, _, invoice = unquote(call.path).partition("/orders/")[2].partition("/invoice/")
    number = numbers.get(order_id, order_id)
    return Told(number, invoice.removesuffix("/tracking"), _words(call), call.status, ago(now - call.at))


def _words(call: Call) -> str:
    body = orjson.loads(call.body)
    if call.route is Route.LINK:
        return "the address of our page"
    lines = len(body["events"])
    newest = f", the newest “{body['events'][-1]['description']}”" if lines else ""
    end = ", and that it is delivered" if body["isDelivered"] else ""
    return f"{lines} line{'' if lines == 1 else 's'}{newest}{end}"
