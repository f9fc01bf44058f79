"""The door of a carrier that calls VTEX today: the same addresses, headers, bodies and answers."""

from collections.abc import Callable
from datetime import datetime
from time import perf_counter

import structlog
from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from relay.carriers._oms import SOURCE, Call
from relay.desk import Desk
from relay.desk.keys import Holder, holder_of
from relay.errors import StorageFull, Unavailable
from relay.intake.oms import Taken, record_call
from relay.intake.refused import Refused
from relay.model import Push
from relay.web.errors import HttpFault

log = structlog.get_logger()

KEY, TOKEN = "x-vtex-api-appkey", "x-vtex-api-apptoken"
#: VTEX names one method for each address; carriers were told another at times, and sellers post.
WRITES = ("PUT", "PATCH", "POST")
#: What may name an order or an invoice in our store; VTEX's own ids are far shorter.
LONGEST = 200


class OmsFault(Exception):
    """A refusal in VTEX's words where it has some."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def oms_blueprint(desk: Desk, refused: Refused, now: Callable[[], datetime]) -> Blueprint:
    blueprint = Blueprint("oms", __name__, url_prefix="/api/oms/pvt/orders/<order>/invoice")

    def receive(order: str, invoice: str, *, is_link: bool) -> Response:
        started, at = perf_counter(), now()
        carrier = _carrier(_holder(desk, refused, at))
        call = Call(carrier, _checked("orderId", order), _checked("invoiceNumber", invoice), is_link, *_said(desk))
        taken = _record(desk, refused, call, at)
        if taken.messages:
            desk.wake()
        if taken.is_with_another:
            refused.count("other_carrier", carrier)
        _log(call, taken, started)
        return _answer(call, taken, at)

    @blueprint.route("/<path:invoice>/tracking/", methods=WRITES, strict_slashes=False)
    def tell_events(order: str, invoice: str) -> Response:
        return receive(order, invoice, is_link=False)

    @blueprint.route("/<path:invoice>", methods=WRITES)
    def set_number(order: str, invoice: str) -> Response:
        return receive(order, invoice, is_link=True)

    _register_errors(blueprint)
    return blueprint


# -- the request -------------------------------------------------------------------------------------------------------


def _holder(desk: Desk, refused: Refused, now: datetime) -> Holder:
    """Whoever has the key. VTEX has two parts of it; ours is the token, and the other only has to be there."""
    key, token = request.headers.get(KEY, ""), request.headers.get(TOKEN, "")
    holder = holder_of(desk, token, now) if key and token else None
    if holder is None:
        refused.count("bad_key", SOURCE)
        raise OmsFault(401, "Unauthorized access")
    return holder


def _carrier(holder: Holder) -> str:
    if not holder.carrier:
        raise OmsFault(403, f"Access denied: the key has the scope {holder.scope}, this needs carrier:<slug>")
    return holder.carrier


def _checked(name: str, text: str) -> str:
    """Something under which a package can be kept."""
    if not text.strip() or len(text) > LONGEST or "\0" in text:
        raise OmsFault(400, f"{name}: not between 1 and {LONGEST} characters")
    return text


def _said(desk: Desk) -> tuple[str, bytes]:
    """The clock that moments are on, and the body as it came; of one that broke off nothing is kept.

    Its length need not be told: what calls VTEX in chunks calls us so.
    """
    body = request.get_data(cache=False)
    if len(body) >= (request.max_content_length or len(body) + 1):  # what there is more of it was not read
        raise OmsFault(413, f"the body is too large: at most {request.max_content_length} bytes")
    if request.content_length not in {None, len(body)}:
        raise OmsFault(400, f"the body broke off: {len(body)} of {request.content_length} bytes arrived")
    return desk.settings.timezone, body


def _record(desk: Desk, refused: Refused, call: Call, at: datetime) -> Taken:
    headers = {name.lower(): text for name, text in request.headers.items() if name.lower() not in {KEY, TOKEN}}
    push = Push(SOURCE, request.method, request.path, headers, call.as_kept(), at)
    try:
        return record_call(desk.database, desk.policy, call, push)
    except StorageFull as error:
        refused.storage_failed(error.what)
        raise


# -- the answer --------------------------------------------------------------------------------------------------------


def _answer(call: Call, taken: Taken, now: datetime) -> Response:
    if taken.is_unread:
        answer = _fault(400, taken.reason)
    elif taken.is_with_another:
        answer = _fault(403, f"Access denied: this invoice is not with {call.carrier}. What you sent is kept")
    else:
        date = now.strftime("%Y-%m-%dT%H:%M:%S.%f0+00:00")
        answer = jsonify({"date": date, "orderId": call.order_id, "receipt": taken.push_id})
    answer.headers["Wismo-Push-Id"] = taken.push_id
    return answer


def _fault(status: int, message: str) -> Response:
    answer = jsonify({"error": {"code": "1", "message": message, "exception": None}})
    answer.status_code = status
    return answer


def _log(call: Call, taken: Taken, started: float) -> None:
    log.info(
        "push",
        carrier=call.carrier,
        source=SOURCE,
        outcome=_outcome(taken),
        push_id=taken.push_id,
        order_id=call.order_id,
        messages=taken.messages,
        reason=taken.reason or None,
        ms=round((perf_counter() - started) * 1000, 2),
    )


def _outcome(taken: Taken) -> str:
    if taken.is_unread:
        return "unreadable"
    if taken.is_with_another:
        return "with another carrier"
    return "apply" if taken.is_known else "waits"


def _register_errors(blueprint: Blueprint) -> None:
    @blueprint.errorhandler(OmsFault)
    def refused(error: OmsFault) -> Response:
        return _fault(error.status, str(error))

    @blueprint.errorhandler(HttpFault)
    def fault(error: HttpFault) -> Response:
        return _fault(error.status, "; ".join(error.body.values()))

    @blueprint.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        return _fault(error.code or 500, error.name)

    @blueprint.errorhandler(Unavailable)
    def unavailable(error: Unavailable) -> Response:
        answer = _fault(503, str(error))
        answer.headers["Retry-After"] = str(error.retry_after_s)
        return answer

    @blueprint.errorhandler(Exception)
    def crash(error: Exception) -> Response:
        log.error("crash", exc_info=error)
        return _fault(500, "An error has occurred")
