"""The shapes of VTEX's errors, of which there are several; where a code is not documented it is ``1``."""

import orjson
from flask import Flask, Response

from relay.sandbox.vtex.notices import Refused
from relay.sandbox.vtex.store import NoSuchInvoice, NoSuchOrder, NoTrackingNumber
from relay.sandbox.vtex.tracking import BadWrite


def json_answer(body: object, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, mimetype="application/json")


def oms_fault(status: int, code: str, message: str) -> Response:
    return json_answer({"error": {"code": code, "message": message, "exception": None}}, status)


def problem(status: int, field_name: str, why: str) -> Response:
    """As feed and hook say it."""
    body = {
        "type": "https://tools.ietf.org/html/rfc7231#section-6.5.1",
        "title": "One or more validation errors occurred.",
        "status": status,
        "traceId": "00-ab4f1c0000000000-00",
        "errors": {field_name: [why]},
    }
    return json_answer(body, status)


def register_faults(app: Flask) -> None:
    @app.errorhandler(NoSuchOrder)
    def no_order(_error: NoSuchOrder) -> Response:
        return oms_fault(404, "OMS007", "Order Not Found")

    @app.errorhandler(NoSuchInvoice)
    def no_invoice(_error: NoSuchInvoice) -> Response:
        return oms_fault(404, "1", "Invoice Not Found")

    @app.errorhandler(NoTrackingNumber)
    def no_number(error: NoTrackingNumber) -> Response:
        return oms_fault(400, "1", f"Invoice {error} has no tracking number")

    @app.errorhandler(BadWrite)
    def bad_write(error: BadWrite) -> Response:
        return oms_fault(400, "1", str(error))

    @app.errorhandler(Refused)
    def refused(error: Refused) -> Response:
        return problem(error.status, error.field_name, str(error))

    @app.errorhandler(404)
    def nothing_here(_error: Exception) -> Response:
        return Response("The resource cannot be found.", 404, mimetype="text/plain")
