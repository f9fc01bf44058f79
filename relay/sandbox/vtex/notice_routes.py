"""The calls by which hook and feed are set up, and the feed is read."""

from collections.abc import Callable

from flask import Flask, Response, request

from relay.sandbox.vtex.answers import json_answer, problem
from relay.sandbox.vtex.faults import Route
from relay.sandbox.vtex.feed import MOST_AT_ONCE
from relay.sandbox.vtex.pretend import PretendVtex
from relay.sandbox.vtex.shapes import Json

HOOK, FEED = "/api/orders/hook/config", "/api/orders/feed"
MISSING = 404


def add_notice_routes(app: Flask, vtex: PretendVtex) -> None:
    hook, feed = vtex.hook, vtex.feed

    @app.route(HOOK, methods=["GET", "POST", "DELETE"], endpoint=Route.HOOK.name)
    def hook_config() -> Response:
        return _configure(hook.config, hook.configure, hook.delete)

    @app.route(f"{FEED}/config", methods=["GET", "POST", "DELETE"], endpoint=Route.FEED_CONFIG.name)
    def feed_config() -> Response:
        return _configure(feed.config, feed.configure, feed.delete)

    @app.route(FEED, methods=["GET", "POST"], endpoint=Route.FEED.name)
    def read_feed() -> Response:
        return _commit(vtex) if request.method == "POST" else _take(vtex)


def _configure(read: Callable[[], Json | None], save: Callable[[Json], None], delete: Callable[[], None]) -> Response:
    if request.method == "POST":
        body = request.get_json(silent=True)
        if not isinstance(body, dict):
            return problem(400, "$", "the body is not a JSON object")
        save(body)
    config = read()
    if config is None:
        return problem(MISSING, "appKey", "nothing is configured for this key")
    if request.method == "DELETE":
        delete()
    return json_answer(config)


def _take(vtex: PretendVtex) -> Response:
    most = request.args.get("maxlot", "1")
    if not (most.isascii() and most.isdecimal() and 1 <= int(most) <= MOST_AT_ONCE):
        return problem(400, "maxlot", f"a number from 1 to {MOST_AT_ONCE}")
    taken = vtex.feed.take(int(most))
    return problem(MISSING, "appKey", "no feed is configured for this key") if taken is None else json_answer(taken)


def _commit(vtex: PretendVtex) -> Response:
    body = request.get_json(silent=True)
    handles = body.get("handles") if isinstance(body, dict) else None
    if not isinstance(handles, list) or not 1 <= len(handles) <= MOST_AT_ONCE:
        return problem(400, "handles", f"from 1 to {MOST_AT_ONCE} handles are required")
    vtex.feed.commit(handles)
    return json_answer({})
