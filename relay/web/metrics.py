"""For Prometheus: what is counted, in its words and in OpenMetrics'."""

from collections.abc import Callable, Iterator
from datetime import datetime
from time import perf_counter

from flask import Blueprint, Flask, Response, g, request
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric

from relay.desk import Desk
from relay.desk.keys import holder_of
from relay.desk.meter import Meter
from relay.web.errors import HttpFault
from relay.web.families import exposed
from relay.web.health import caller_of

#: Where no route is: any address may be tried.
NO_ROUTE = "(none)"
#: From a probe to a sender that gives up, in seconds.
BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Installation:
    """Collects what the database knows, at each scrape."""

    def __init__(self, meter: Meter, engine: str) -> None:
        self._meter = meter
        self._engine = engine

    def describe(self) -> Iterator[Metric]:
        """The names, without asking the database."""
        return exposed(None, self._engine)

    def collect(self) -> Iterator[Metric]:
        return exposed(self._meter.read(), self._engine)


def metrics_blueprint(desk: Desk, registry: CollectorRegistry, now: Callable[[], datetime]) -> Blueprint:
    blueprint = Blueprint("metrics", __name__)
    meter = Meter(desk, now)
    registry.register(Installation(meter, desk.database.engine))

    @blueprint.get("/metrics")
    def show_metrics() -> Response:
        _want_reader(desk, now())
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        names = request.args.getlist("name[]")
        body = encode(registry.restricted_registry(names) if names else registry)
        response = Response(body, content_type=content_type)
        response.headers["Cache-Control"] = "no-store"
        response.call_on_close(meter.count_slowly)
        return response

    return blueprint


def _want_reader(desk: Desk, now: datetime) -> None:
    """Raises HttpFault 401 or 403 unless a key that reads is shown, or this very machine asks without any."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and key.strip():
        _want_reading_key(desk, key.strip(), now)
        return
    caller = caller_of(desk.settings.trusted_proxies)
    if caller is None or not caller.is_loopback:
        raise _no_key("no key was shown, and the question comes from another machine")


def _want_reading_key(desk: Desk, key: str, now: datetime) -> None:
    holder = holder_of(desk, key, now)
    if holder is None:
        raise _no_key("the key is not known, or no more valid")
    if not holder.reads:
        remedy = "Use a key made by `wismo keys create --scope read`"
        raise HttpFault(403, "this key may not do that", f"its scope is {holder.scope}", remedy)


def _no_key(why: str) -> HttpFault:
    remedy = "Send Authorization: Bearer KEY; `wismo keys create --scope read` makes one"
    return HttpFault(401, "this needs a key", why, remedy, headers={"WWW-Authenticate": "Bearer"})


# -- what only this process knows --------------------------------------------------------------------------------------


def observe(app: Flask) -> CollectorRegistry:
    """Count every request that the app answers from now on, beside what the process itself costs."""
    # In Prometheus' own format each moment of creation would be a metric of its own.
    disable_created_metrics()  # type: ignore[no-untyped-call]  # the library has no types for it
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    requests = Counter(
        "wismo_process_http_requests",
        "Requests that this process answered since it started, by route and class of status.",
        ("route", "status"),
        registry=registry,
    )
    seconds = Histogram(
        "wismo_process_http_request_seconds",
        "How long this process took to answer a request, by route.",
        ("route",),
        buckets=BUCKETS,
        registry=registry,
    )

    @app.before_request
    def begin() -> None:
        g.begun = perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else NO_ROUTE
        requests.labels(route, f"{response.status_code // 100}xx").inc()
        if "begun" in g:
            seconds.labels(route).observe(perf_counter() - g.begun)
        return response

    return registry
