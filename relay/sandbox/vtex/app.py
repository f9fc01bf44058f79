"""The web side: every call is recorded, meets what was planned for it, and needs a key with the right role."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from hmac import compare_digest

from flask import Flask, Response, g, request

from relay.sandbox.serving import served
from relay.sandbox.vtex.answers import oms_fault, register_faults
from relay.sandbox.vtex.calls import Call
from relay.sandbox.vtex.faults import Fault, Route
from relay.sandbox.vtex.notice_routes import add_notice_routes
from relay.sandbox.vtex.order_routes import add_order_routes
from relay.sandbox.vtex.people_routes import add_people_routes
from relay.sandbox.vtex.pretend import PretendVtex


@contextmanager
def open_vtex(now: Callable[[], datetime]) -> Iterator[PretendVtex]:
    """An account on a free port of this machine."""
    vtex = PretendVtex(now)
    with served(vtex_app(vtex)) as vtex.port:
        try:
            yield vtex
        finally:
            vtex.close()


def vtex_app(vtex: PretendVtex) -> Flask:
    app = Flask("vtex", static_folder=None)
    app.url_map.merge_slashes = False  # an invoice number is taken byte for byte
    register_faults(app)
    add_order_routes(app, vtex)
    add_people_routes(app, vtex)
    add_notice_routes(app, vtex)

    @app.before_request
    def refuse() -> Response | None:
        g.fault = vtex.faults.take(_route())
        return _meet(vtex, g.fault) or _want_key(vtex)

    @app.after_request
    def finish(answer: Response) -> Response:
        answer = _spoil(g.get("fault"), answer)
        vtex.calls.made.append(_call(vtex.now(), answer))
        return answer

    return app


def _route() -> Route | None:
    return Route[request.endpoint] if request.endpoint else None


def _meet(vtex: PretendVtex, fault: Fault | None) -> Response | None:
    if fault is None:
        return None
    vtex.closing.wait(fault.wait_s)
    return None if fault.status is None or fault.takes_effect else _answer(fault, fault.status)


def _answer(fault: Fault, status: int) -> Response:
    return Response(fault.body, status, {"Content-Type": "application/json", **fault.headers})


def _want_key(vtex: PretendVtex) -> Response | None:
    given = [request.headers.get(name, "") for name in vtex.key.headers]
    fits = [
        compare_digest(one.encode(), own.encode()) for one, own in zip(given, vtex.key.headers.values(), strict=True)
    ]
    if vtex.faults.rejects_key or not all(fits):
        return oms_fault(401, "1", "Unauthorized access")
    if _route() in vtex.faults.missing_roles:
        return oms_fault(403, "1", "Access denied")
    return None


def _spoil(fault: Fault | None, answer: Response) -> Response:
    if fault is None:
        return answer
    if fault.takes_effect and fault.status is not None:
        return _answer(fault, fault.status)
    if fault.is_cut:
        whole = answer.get_data()
        answer.set_data(whole[: len(whole) // 2])
    return answer


def _call(at: datetime, answer: Response) -> Call:
    path = request.environ["RAW_URI"].split("?")[0]
    body = request.get_data(as_text=True)
    return Call(at, request.method, path, request.query_string.decode(), _route(), answer.status_code, body)
