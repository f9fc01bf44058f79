"""Our own format, for carriers that have none: docs/standard-push.md, signed after Standard Webhooks.

A moment carries its offset. One without is the carrier's wall clock: the zone is assumed and shown as such.
"""

import re
from base64 import b64decode
from datetime import UTC, datetime
from functools import lru_cache

from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError

from relay.carriers import Carrier
from relay.carriers._facts import applied, parcel_number, read_estimate, scan_status, summary, summary_moment
from relay.carriers._moments import Moment, moment
from relay.carriers._signatures import is_fresh, same, wire_bytes
from relay.carriers._tree import Node, read_object
from relay.errors import BadSignature
from relay.model import Action, Fact, FactKind, Push, Reading, Report, Status, carrier_slug

SLUG = "standard"
TYPE = "shipment.updated"
#: The words of the format are ours.
STATUSES = {status.value: status for status in Status if status is not Status.UNKNOWN}
DOORS = ("recipient", "sender")
DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
CLOCK = r"T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?"
OFFSET = "(Z|[+-][0-9]{2}:[0-9]{2})"
#: Stricter than what we could read, so that the schema tells a carrier's developer the whole truth.
MOMENT = re.compile(f"^({DAY}{CLOCK}{OFFSET}?)?$")
ESTIMATE = re.compile(f"^({DAY}({CLOCK}{OFFSET})?)?$")


# -- verify ------------------------------------------------------------------------------------------------------------


def verify(push: Push, secret: str) -> None:
    """As the library's own ``verify``, which measures freshness by the machine's clock and not by the receipt."""
    if not push.headers.get("webhook-id"):
        raise BadSignature("no webhook-id")
    sent_at = datetime.fromtimestamp(_timestamp(push), UTC)
    given = push.headers.get("webhook-signature", "")
    if not given:
        raise BadSignature("no webhook-signature")
    if not _is_signed(push, _signer(secret), sent_at, given):
        raise BadSignature("no signature fits the message and the secret")
    if not is_fresh(sent_at, push.received_at):
        raise BadSignature("webhook-timestamp is more than five minutes off")


def _timestamp(push: Push) -> int:
    text = push.headers.get("webhook-timestamp", "")
    if not re.fullmatch("[0-9]{1,11}", text):
        raise BadSignature("no webhook-timestamp in seconds")
    return int(text)


def secret_fault(secret: str) -> str:
    try:
        _signer(secret)
    except BadSignature:
        return "is not whsec_ followed by base64; make one with: echo whsec_$(openssl rand -base64 32)"
    return ""


@lru_cache(maxsize=16)
def _signer(secret: str) -> Webhook:
    text = secret.removeprefix("whsec_")
    try:
        return Webhook(b64decode(text + "=" * (-len(text) % 4), validate=True))
    except (ValueError, EmptyWebhookSecretError) as error:
        raise BadSignature("our secret is not whsec_ followed by base64") from error


def _is_signed(push: Push, signer: Webhook, sent_at: datetime, given: str) -> bool:
    try:
        expected = signer.sign(push.headers["webhook-id"], sent_at, push.body.decode()).encode()
    except UnicodeError:
        return False
    return any([same(expected, wire_bytes(one)) for one in given.split(" ")])  # noqa: C419 - compare all, whichever fits


def signed_headers(message_id: str, sent_at: datetime, body: bytes, secret: str) -> dict[str, str]:
    """The headers of a message as its sender makes them."""
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(sent_at.timestamp())),
        "webhook-signature": _signer(secret).sign(message_id, sent_at, body.decode()),
    }


# -- parse -------------------------------------------------------------------------------------------------------------


def parse_push(body: bytes) -> Reading:
    message = read_object(body)
    kind = message.required("type")
    if kind != TYPE:
        return Reading(Action.IGNORE, reason=f"a message of another type than {TYPE}: {kind}")
    slug = carrier_slug(message.required("carrier"))
    if not slug:
        raise message.fault("carrier", "without a letter or digit")
    if message.has("shipments"):
        return applied(message, message.each("shipments", lambda shipment: read_shipment(shipment, slug)))
    return applied(message, [read_shipment(message, slug)])


def read_shipment(shipment: Node, slug: str) -> Report:
    number = parcel_number(shipment, "tracking_number")
    if number is None:
        raise shipment.fault("tracking_number", "missing")
    parcel_id = shipment.name("parcel_id") or None
    facts = shipment.each("events", lambda event: read_event(event, parcel_id))
    if shipment.name("status") or shipment.text("estimated_at"):
        facts.append(read_summary(shipment, facts)._replace(parcel_id=parcel_id))
    if not facts:
        shipment.note("events", "none that can be read, and neither a status nor an estimate")
    return Report(slug, number, tuple(facts), shipment.name("reference") or None)


def read_event(event: Node, parcel_id: str | None) -> Fact:
    word, when = event.required("status"), moment_of(event, "occurred_at")
    door = event.text("door")
    if door and door not in DOORS:
        raise event.fault("door", "neither recipient nor sender")
    status = STATUSES.get(word, Status.UNKNOWN)
    if status is Status.DELIVERED and door == "sender":
        status = Status.RETURNED
    return Fact(
        source=SLUG,
        is_own=True,
        kind=FactKind.SCAN,
        status=scan_status(status, when, event, "occurred_at"),
        code=event.name("code") or word,
        moment_text=when.text,
        occurred_at=when.at,
        local_time=when.local,
        zone_assumed=when.zone_assumed,
        description=event.text("description"),
        place=event.text("place"),
        to_recipient=status is Status.DELIVERED and door == "recipient",
        parcel_id=parcel_id,
    )


def read_summary(shipment: Node, scans: list[Fact]) -> Fact:
    word, updated = shipment.name("status"), moment_of(shipment, "updated_at")
    if updated.text and updated.at is None:
        shipment.note("updated_at", "not a moment")
    when, status = summary_moment(scans, updated), STATUSES.get(word, Status.UNKNOWN)
    return summary(SLUG, status, word, when, is_own=True, estimated_at=estimate_of(shipment), told_at=updated.at)


def estimate_of(shipment: Node) -> str | None:
    text = shipment.text("estimated_at")
    if ESTIMATE.fullmatch(text):
        return read_estimate(shipment, "estimated_at", text)
    shipment.note("estimated_at", "neither a date nor a moment with its offset")
    return None


def moment_of(node: Node, key: str) -> Moment:
    text = node.text(key)
    return moment(text) if MOMENT.fullmatch(text) else Moment(text)


carrier = Carrier(
    slug=SLUG,
    label="Standard push",
    docs="https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md",
    verify=verify,
    parse_push=parse_push,
    secret_fault=secret_fault,
)
