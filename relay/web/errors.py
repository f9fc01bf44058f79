"""What a caller reads when something is wrong: what, why and what to do, as JSON; in the API as RFC 9457 has it."""

from collections.abc import Mapping
from types import MappingProxyType

import structlog
from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from relay.errors import Unavailable

log = structlog.get_logger()

REMEDIES = {
    400: "Correct the request; the log of the sender's side says what it sent",
    405: "Use the method that the Allow header names",
    413: "Send less at once",
}
#: Of each status what kind of problem it is: the last part of its type, whose words stay as they are.
KINDS = {
    400: "bad-request",
    401: "no-valid-key",
    403: "wrong-scope",
    404: "not-found",
    405: "method-not-allowed",
    409: "conflict",
    411: "length-required",
    413: "too-large",
    415: "unsupported-media-type",
    422: "invalid",
    429: "too-many-requests",
    500: "failed",
    503: "unavailable",
}
#: Below this address every error is a problem.
API = "/api/v1"
PROBLEM = "application/problem+json"
NOTHING: Mapping[str, str] = MappingProxyType({})


class HttpFault(Exception):
    def __init__(
        self,
        status: int,
        what: str,
        why: str,
        remedy: str,
        *,
        more: Mapping[str, object] = NOTHING,
        headers: Mapping[str, str] = NOTHING,
    ) -> None:
        super().__init__(what)
        self.status = status
        self.body = {"what": what, "why": why, "remedy": remedy}
        self.more = more
        self.headers = headers


def register_errors(app: Flask) -> None:
    @app.errorhandler(HttpFault)
    def fault(error: HttpFault) -> Response:
        return answered(error)

    @app.errorhandler(Unavailable)
    def unavailable(error: Unavailable) -> Response:
        body = {"what": "this cannot be kept now", "why": error.what, "remedy": error.remedy}
        return _answer(503, body, headers={"Retry-After": str(error.retry_after_s)})

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        status = error.code or 500
        body = {"what": error.name, "why": error.description or "", "remedy": _remedy(status)}
        allowed = {name: value for name, value in error.get_headers() if name.lower() == "allow"}
        return _answer(status, body, headers=allowed)

    @app.errorhandler(Exception)
    def crash(error: Exception) -> Response:
        # The last resort: a person or a carrier's server never sees a traceback; the log does.
        log.error("crash", exc_info=error)
        body = {"what": "Wismo failed at this", "why": type(error).__name__, "remedy": "Try again; the log says more"}
        return _answer(500, body)


def answered(fault: HttpFault) -> Response:
    return _answer(fault.status, fault.body, fault.more, fault.headers)


def _remedy(status: int) -> str:
    pages = f"See {API}/openapi.json for what there is" if _is_api() else "See docs/carriers.md for the addresses"
    return REMEDIES.get(status, pages)


def _is_api() -> bool:
    return request.path.startswith(f"{API}/")


def _answer(
    status: int, body: Mapping[str, str], more: Mapping[str, object] = NOTHING, headers: Mapping[str, str] = NOTHING
) -> Response:
    response = jsonify({**_problem(status, body), **more} if _is_api() else body)
    response.status_code = status
    response.headers.update(headers)
    if _is_api():
        response.content_type = PROBLEM
    return response


def _problem(status: int, body: Mapping[str, str]) -> dict[str, object]:
    kind = KINDS.get(status, "refused")
    detail = f"{body['what']}: {body['why']}" if body["why"] else body["what"]
    title = kind.replace("-", " ").capitalize()
    return {"type": f"urn:wismo:problem:{kind}", "title": title, "status": status, "detail": detail, **body}
