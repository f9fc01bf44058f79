"""API v1: for the shop's scripts and for carriers. The document is made of the same types that check each request.

routes     how a route is declared          asked      what callers give, checked
doors      keys and scopes                  parcels    what they read of parcels and orders
rates      how often                        answers    and of everything else
document   openapi.json                     problems   what is wrong, by field
shipments  list, create, read, correct, ask about      overrides  a status over the carrier's word
orders     find, read, explain              events     what a carrier or a script tells
care       incidents, parse
"""

from collections.abc import Callable
from datetime import datetime
from time import perf_counter

import structlog
from flask import Response, g, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.openapi import OpenAPI

from relay.desk import Desk
from relay.intake.refused import Refused
from relay.web.api.care import add_care
from relay.web.api.document import add_document
from relay.web.api.doors import let_in, want_object
from relay.web.api.events import add_events
from relay.web.api.orders import add_orders
from relay.web.api.overrides import add_overrides
from relay.web.api.problems import register_problems
from relay.web.api.rates import Rates
from relay.web.api.routes import Routes
from relay.web.api.shipments import add_shipments
from relay.web.errors import API

log = structlog.get_logger()


def register_api(app: OpenAPI, desk: Desk, refused: Refused, now: Callable[[], datetime]) -> None:
    blueprint = APIBlueprint("api", __name__, url_prefix=API)
    routes, rates = Routes(desk, now, blueprint), Rates()

    @blueprint.before_request
    def look_at_the_caller() -> None:
        g.started = perf_counter()
        endpoint = request.endpoint or ""
        let_in(desk, rates, routes.needed[endpoint], now)
        if endpoint in routes.bodies:
            want_object()

    @blueprint.after_request
    def seal(response: Response) -> Response:
        response.headers.setdefault("Cache-Control", "no-store")
        _log(response)
        return response

    register_problems(blueprint)
    for family in (add_shipments, add_overrides, add_orders, add_care):
        family(routes)
    add_events(routes, refused)
    add_document(routes, app)
    app.register_api(blueprint)


def _log(response: Response) -> None:
    """No addresses of requests: a query may be a person's."""
    holder, started = g.get("holder"), g.get("started")
    log.info(
        "api",
        route=request.endpoint,
        key=holder.key_id if holder else None,
        status=response.status_code,
        ms=round((perf_counter() - started) * 1000, 2) if started else None,
    )
