"""Orders: found by whatever somebody has of them, read, explained."""

from collections.abc import Callable
from http import HTTPMethod

from flask import Response, jsonify

from relay.database import Tx
from relay.desk import Desk
from relay.desk.find import Hit, find_orders
from relay.desk.view import order_json
from relay.desk.why import why_json
from relay.errors import NotFound
from relay.settings import Settings
from relay.store import orders as store
from relay.web.api.answers import Found, Why
from relay.web.api.asked import OrderPath, OrdersQuery
from relay.web.api.doors import Scope
from relay.web.api.parcels import Order
from relay.web.api.routes import Routes

SHOP = "default"


def add_orders(routes: Routes) -> None:
    desk = routes.desk

    @routes.add(HTTPMethod.GET, "/orders", Scope.READ, {200: Found})
    def find_order(query: OrdersQuery) -> Response:
        """Find orders by id, short number, invoice, tracking number, e-mail address or page link."""
        return jsonify({"orders": [_hit_json(hit) for hit in _hits(desk, query.query)]})

    @routes.add(HTTPMethod.GET, "/orders/<path:order_id>", Scope.READ, {200: Order}, (404,))
    def read_order(path: OrderPath) -> Response:
        """Read an order with its shipments, as `wismo track --json` shows it."""
        return _shown(desk, path.order_id, order_json)

    @routes.add(HTTPMethod.GET, "/orders/<path:order_id>/why", Scope.READ, {200: Why}, (404,))
    def explain_order(path: OrderPath) -> Response:
        """Explain the shown status: every fact with the rule that used it or set it aside."""
        return _shown(desk, path.order_id, why_json)


def _hits(desk: Desk, query: str) -> list[Hit]:
    with desk.database.read() as tx:
        try:
            return find_orders(tx, query)
        except NotFound:
            return []


def _hit_json(hit: Hit) -> dict[str, object]:
    return {"order_id": hit.order_id, "shop": hit.shop, "found_by": hit.kinds}


def _shown(desk: Desk, order_id: str, as_json: Callable[[Tx, Settings, str, str], dict[str, object]]) -> Response:
    with desk.database.read() as tx:
        if not store.orders_among(tx, SHOP, [order_id]):
            remedy = "GET /api/v1/orders?query=… finds it by its number, its customer's address and more"
            raise NotFound(f"there is no order {order_id[:80]!r}", remedy)
        return jsonify(as_json(tx, desk.settings, SHOP, order_id))
