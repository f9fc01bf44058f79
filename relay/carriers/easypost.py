"""EasyPost, an aggregator: webhooks and answers about trackers, each with the whole history. Every moment is UTC.

There is no word for a failed attempt; EasyPost calls it ``failure``, and what went wrong is for the team to say.
"""

import unicodedata
from collections.abc import Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime

import structlog

from relay.carriers import Asks, Budget, Carrier
from relay.carriers._answers import answered, basic, is_refusal, read_body, refusal, segment, whole
from relay.carriers._easypost_codes import NAMES, OUTCOMES, reading_of, slug_of
from relay.carriers._facts import applied, joined, parcel_number, read_estimate, scan_status, summary, summary_moment
from relay.carriers._moments import moment
from relay.carriers._signatures import hmac_sha256_hex, is_fresh, same, secret_bytes, wire_bytes
from relay.carriers._tree import Node, read_object
from relay.errors import BadSignature
from relay.model import Account, Action, Answer, Ask, Fact, FactKind, Outcome, Push, Reading, Report, Status, Wanted

SLUG = "easypost"
PREFIX = b"hmac-sha256-hex="
TRACKER = "trk_"
MIDNIGHT = "T00:00:00Z"  # of the estimate: a date, without an hour

log = structlog.get_logger()


# -- verify ------------------------------------------------------------------------------------------------------------


def verify(push: Push, secret: str) -> None:
    """V1 decides where it is sent. V2 adds a timestamp: a signed one that is stale is refused, whatever V1 says."""
    key = unicodedata.normalize("NFKD", secret)
    first = push.headers.get("x-hmac-signature")
    second = push.headers.get("x-hmac-signature-v2")
    if first is None and second is None:
        raise BadSignature("no X-Hmac-Signature")
    if first is not None and not _signs(first, key, push.body):
        raise BadSignature("X-Hmac-Signature does not fit the body and the secret")
    if second is not None:
        _verify_second(push, second, key, is_alone=first is None)


def _verify_second(push: Push, second: str, key: str, *, is_alone: bool) -> None:
    """EasyPost's clients know only V1, so the form of V2 is hearsay: a mismatch beside a good V1 is logged, no more."""
    sent = push.headers.get("x-timestamp", "")
    head = sent + push.method.upper() + push.headers.get("x-path", "")
    if not _signs(second, key, wire_bytes(head) + push.body):
        if is_alone:
            raise BadSignature("X-Hmac-Signature-V2 does not fit the push and the secret")
        log.warning("signature", carrier=SLUG, outcome="accepted", reason="V1 fits, V2 does not")
    elif not _is_fresh(sent, push):
        raise BadSignature("X-Timestamp is not a moment within five minutes")


def _signs(signature: str, key: str, signed: bytes) -> bool:
    return same(PREFIX + hmac_sha256_hex(secret_bytes(key), signed), wire_bytes(signature))


def _is_fresh(sent: str, push: Push) -> bool:
    try:
        return is_fresh(parsedate_to_datetime(sent), push.received_at)
    except (ValueError, OverflowError):
        return False


# -- parse -------------------------------------------------------------------------------------------------------------


def parse_push(body: bytes) -> Reading:
    event = read_object(body)
    about = event.required("description")
    if not about.startswith("tracker."):
        return Reading(Action.IGNORE, reason=f"an event about another thing than a tracker: {about}")
    return applied(event, [read_tracker(event.child("result"))])


def read_tracker(tracker: Node) -> Report:
    number, reference = parcel_number(tracker, "tracking_code"), tracker.name("id") or None
    if not (number or reference):
        raise tracker.fault("tracking_code", "missing, and so is the id")
    is_return, status = tracker.flag("is_return"), tracker.name("status")
    facts = tracker.each("tracking_details", lambda detail: read_detail(detail, is_return=is_return))
    if not status:
        tracker.note("status", "missing")
    elif status != "error":
        facts.append(read_summary(tracker, status, facts, is_return=is_return))
    outcome = Outcome.SERVER_ERROR if status == "error" else Outcome.OK
    return Report(slug_of(tracker.name("carrier")), number, tuple(facts), reference, outcome)


def read_detail(detail: Node, *, is_return: bool) -> Fact:
    status, raw = detail.name("status"), detail.name("carrier_code")
    when = moment(detail.text("datetime"), documented=UTC)
    return Fact(
        source=SLUG,
        is_own=False,
        kind=FactKind.SCAN,
        status=scan_status(reading_of(status, is_return=is_return), when, detail, "datetime"),
        # Both: the carrier's own code tells scans of one second and place apart, EasyPost's is what we read.
        code=f"{status}/{raw}" if raw else status,
        moment_text=when.text,
        occurred_at=when.at,
        local_time=when.local,
        description=detail.text("message") or detail.text("description"),
        place=place_of(detail.child("tracking_location")),
    )


def read_summary(tracker: Node, code: str, scans: list[Fact], *, is_return: bool) -> Fact:
    updated = moment(tracker.text("updated_at"), documented=UTC)
    status = reading_of(code, is_return=is_return)
    if status is Status.PENDING and scans:
        status = Status.UNKNOWN  # "unknown" beside scans is no news of the parcel
    when = summary_moment(scans, updated)
    return summary(SLUG, status, code, when, is_own=False, estimated_at=estimate_of(tracker), told_at=updated.at)


def estimate_of(tracker: Node) -> str | None:
    local = tracker.child("carrier_detail").text("est_delivery_date_local")
    text = local or tracker.text("est_delivery_date").removesuffix(MIDNIGHT)
    return read_estimate(tracker, "est_delivery_date", text)


def place_of(location: Node) -> str:
    return joined(location.text("city"), location.text("state"), location.text("country"))


# -- asking ------------------------------------------------------------------------------------------------------------


def ask(account: Account, wanted: Sequence[Wanted]) -> Ask:
    """By the tracker that we made, else by number."""
    (one,) = wanted
    if one.reference and one.reference.startswith(TRACKER):
        return Ask("GET", f"/v2/trackers/{segment(one.reference)}", headers_of(account))
    return Ask("GET", "/v2/trackers", headers_of(account), described(one))


def register(account: Account, wanted: Sequence[Wanted]) -> Ask:
    """A tracker costs a fee, once. Of a number that has one EasyPost returns that."""
    (one,) = wanted
    return Ask("POST", "/v2/trackers", headers_of(account), json={"tracker": described(one)})


def headers_of(account: Account) -> dict[str, str]:
    return {"Authorization": basic(account.values["API_KEY"])}


def described(one: Wanted) -> dict[str, str]:
    """Without a carrier EasyPost finds out whose number it is."""
    named = {"carrier": NAMES[one.carrier]} if one.carrier in NAMES else {}
    return {"tracking_code": one.number, **named}


def parse_answer(answer: Answer) -> Reading:
    if is_refusal(answer):
        return refusal(answer, error_code, OUTCOMES)
    message = read_body(answer)
    if message.is_list("trackers"):
        return answered(answer, message, message.each("trackers", read_tracker))
    code = error_code(message)
    if code:
        return whole(answer, OUTCOMES.get(code, Outcome.BAD_REQUEST), f"an error in an answer with success: {code}")
    return answered(answer, message, [read_tracker(message)])


def error_code(message: Node) -> str:
    return message.child("error").name("code")


carrier = Carrier(
    slug=SLUG,
    label="EasyPost",
    docs="https://docs.easypost.com/docs/trackers",
    verify=verify,
    parse_push=parse_push,
    asks=Asks(
        api_url="https://api.easypost.com",
        needs=("API_KEY",),
        ask=ask,
        parse_answer=parse_answer,
        budget=Budget(per_second=5),  # EasyPost publishes none
        register=register,
        is_aggregator=True,
    ),
)
