"""What a caller reads when something is wrong: what, why and what to do, as JSON."""

import structlog
from flask import Flask, Response, jsonify
from werkzeug.exceptions import HTTPException

from relay.errors import Unavailable

log = structlog.get_logger()


REMEDIES = {
    400: "Correct the request; the log of the sender's side says what it sent",
    405: "Use the method that the Allow header names",
    413: "Send less at once",
}


class HttpFault(Exception):
    def __init__(self, status: int, what: str, why: str, remedy: str) -> None:
        super().__init__(what)
        self.status = status
        self.body = {"what": what, "why": why, "remedy": remedy}


def register_errors(app: Flask) -> None:
    @app.errorhandler(HttpFault)
    def fault(error: HttpFault) -> Response:
        return _answer(error.status, error.body)

    @app.errorhandler(Unavailable)
    def unavailable(error: Unavailable) -> Response:
        body = {"what": "this cannot be kept now", "why": error.what, "remedy": error.remedy}
        response = _answer(503, body)
        response.headers["Retry-After"] = str(error.retry_after_s)
        return response

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        remedy = REMEDIES.get(error.code or 500, "See docs/carriers.md for the addresses")
        response = _answer(error.code or 500, {"what": error.name, "why": error.description or "", "remedy": remedy})
        for name, value in error.get_headers():
            if name.lower() == "allow":
                response.headers[name] = value
        return response

    @app.errorhandler(Exception)
    def crash(error: Exception) -> Response:
        # The last resort: a person or a carrier's server never sees a traceback; the log does.
        log.error("crash", exc_info=error)
        body = {"what": "Wismo failed at this", "why": type(error).__name__, "remedy": "Try again; the log says more"}
        return _answer(500, body)


def _answer(status: int, body: dict[str, str]) -> Response:
    response = jsonify(body)
    response.status_code = status
    return response
