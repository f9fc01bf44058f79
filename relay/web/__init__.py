"""The Flask app: the carriers' door, the customer's page, health, metrics, the API.

push     POST /push/<slug>           page     GET /t/<token>
health   GET /live, GET /health      errors   what a caller reads when something is wrong
metrics  GET /metrics                families every metric, and what it means
api      /api/v1/…                   oms      PUT, PATCH /api/oms/…, as carriers call VTEX
shop     POST /shop/vtex/hook          and what the command hands over: POST /slack/events
"""

from collections.abc import Callable, Sequence
from datetime import datetime

import orjson
from flask import Blueprint, Flask, request
from flask.json.provider import JSONProvider

from relay.desk import Desk
from relay.desk.view import parcel_views
from relay.intake.refused import Refused
from relay.store import orders
from relay.web.api import register_api
from relay.web.api.document import open_app
from relay.web.errors import HttpFault, register_errors
from relay.web.health import health_blueprint
from relay.web.metrics import metrics_blueprint, observe
from relay.web.oms import oms_blueprint
from relay.web.page import PageView, page_blueprint
from relay.web.push import push_blueprint
from relay.web.shop import shop_blueprint

#: A push is a few kB; signed photos make a few hundred.
BODY_LIMIT = 2 * 1024 * 1024


def create_app(
    desk: Desk, refused: Refused, now: Callable[[], datetime], blueprints: Sequence[Blueprint] = ()
) -> Flask:
    """``blueprints`` are of those whom nobody here knows, such as Slack."""
    app = open_app(__name__)
    app.register_blueprint(metrics_blueprint(desk, observe(app), now))
    _guarded(app, blueprints)
    app.register_blueprint(push_blueprint(desk, refused, now))
    app.register_blueprint(oms_blueprint(desk, refused, now))
    app.register_blueprint(shop_blueprint(desk, refused, now))
    app.register_blueprint(health_blueprint(desk, now))
    register_api(app, desk, refused, now)
    settings = desk.settings
    app.register_blueprint(
        page_blueprint(
            lambda token: look_up_page(desk, token),
            settings.brand,
            timezone=settings.timezone,
            now=now,
            default_locale=settings.locale,
        )
    )
    return app


def door_for(desk: Desk, now: Callable[[], datetime], blueprints: Sequence[Blueprint]) -> Flask:
    """A process that answers at these addresses alone, and to probes."""
    app = Flask(__name__, static_folder=None)
    app.register_blueprint(metrics_blueprint(desk, observe(app), now))
    _guarded(app, blueprints)
    app.register_blueprint(health_blueprint(desk, now))
    return app


def _guarded(app: Flask, blueprints: Sequence[Blueprint]) -> None:
    app.config["MAX_CONTENT_LENGTH"] = BODY_LIMIT
    app.json = Json(app)
    register_errors(app)
    app.before_request(_want_length)
    for blueprint in blueprints:
        app.register_blueprint(blueprint)


class Json(JSONProvider):
    """Keys in the order in which they were written, at a fifth of the default's cost."""

    def dumps(self, obj: object, **_options: object) -> str:
        return orjson.dumps(obj).decode()

    def loads(self, s: str | bytes, **_options: object) -> object:
        return orjson.loads(s)


def _want_length() -> None:
    """A body whose length nobody tells cannot be bounded before it is read (RFC 9110, 15.5.12)."""
    has_body = request.method in {"POST", "PUT", "PATCH"} and request.endpoint != "api.check_shipment"
    if request.blueprint == "oms":  # reads nothing before it knows who sends, and then within the limit
        return
    if has_body and request.content_length is None:
        raise HttpFault(411, "the length is missing", "the body has no Content-Length", "Send it with Content-Length")
    if (request.content_length or 0) > BODY_LIMIT:
        raise HttpFault(413, "the body is too large", f"{request.content_length} bytes", f"At most {BODY_LIMIT} bytes")


def look_up_page(desk: Desk, token: str) -> PageView | None:
    with desk.database.read() as tx:
        found = orders.order_of_page(tx, token)
        if found is None:
            return None
        order = orders.order(tx, found["shop"], found["order_id"])
        if order["erased_at"]:
            return None
        return PageView(
            order_id=order["order_id"],
            parcels=parcel_views(tx, desk.settings, order),
            locale=order["locale"] or desk.settings.locale,
        )
