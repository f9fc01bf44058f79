"""What a carrier says in VTEX's own shape: the tracking events of an invoice, or its number.

No adapter: the request names order and invoice, and its key the carrier, so that all of it is kept as one message: a
line of JSON with what the body does not say, then the body as it came. An event has words and no code; that a parcel
was delivered is said by a flag. Moments have no zone: they are on the clock of the shop, and marked.
https://developers.vtex.com/docs/api-reference/orders-api (update order tracking status)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import orjson

from relay.carriers import Carrier
from relay.carriers._facts import applied, joined, scan_status, summary, summary_moment, told_faults
from relay.carriers._moments import DATE_LENGTH, Moment, assumed
from relay.carriers._tree import Node, read_object
from relay.carriers._vsn_codes import status_of
from relay.model import Action, Fact, FactKind, Reading, Report, Status, normalise_number, optional_text

#: Under which a message is kept, and its facts stand.
SOURCE = "shop"
DELIVERED = "isDelivered"
#: Characters of a description; VTEX takes no more.
LONGEST = 5000
#: The same of an address, and of a name.
LONGEST_URL, LONGEST_NAME = 2000, 200


@dataclass(frozen=True, slots=True)
class Call:
    """One authentic request."""

    carrier: str  #: slug that its key is bound to
    order_id: str
    invoice: str  #: byte for byte
    is_link: bool  #: it sets the number; else it tells events
    zone: str  #: the shop's
    body: bytes

    @property
    def package(self) -> tuple[str, str]:
        return self.order_id, self.invoice

    def as_kept(self) -> bytes:
        said = {"carrier": self.carrier, "order": self.order_id, "invoice": self.invoice}
        said |= {"sets": "number"} if self.is_link else {"tells": "events"}
        return orjson.dumps(said | {"zone": self.zone}) + b"\n" + self.body


@dataclass(frozen=True, slots=True)
class Told:
    """How a package is found, as its carrier says. A moment is UTC, as stored; faults are what could not be read."""

    tracking_number: str
    tracking_url: str | None
    courier: str | None
    dispatched_at: str | None
    faults: str


def call_of(kept: bytes) -> Call:
    """The request in a kept message. Raises an error of shape."""
    head, _, body = kept.partition(b"\n")
    said = orjson.loads(head)
    return Call(said["carrier"], said["order"], said["invoice"], "sets" in said, said["zone"], body)


# -- events ------------------------------------------------------------------------------------------------------------


def read_message(kept: bytes) -> Reading:
    """What a kept message says of the parcel's way. May raise BadPayload or any error of shape."""
    call = call_of(kept)
    if call.is_link:
        return Reading(Action.IGNORE, reason=read_link(call).faults or "it sets a number and tells no events")
    return read_events(call)


def read_events(call: Call) -> Reading:
    message, zone = read_object(call.body), ZoneInfo(call.zone)
    if not any(map(message.knows, (DELIVERED, "events"))):
        raise message.fault("events", "missing, and so is isDelivered")
    scans = message.each("events", lambda event: _read_event(event, zone))
    if message.flag(DELIVERED):
        scans = _with_delivery(message, scans, zone)
    if not scans and not message.faults:
        return Reading(Action.IGNORE, reason="it tells no events")
    reference = "/".join((call.carrier, *call.package))
    return applied(message, [Report(call.carrier, None, tuple(scans), reference, package=call.package)])


def _read_event(event: Node, zone: ZoneInfo) -> Fact:
    when, words = _moment(event.text("date"), zone), event.text("description").strip()[:LONGEST]
    if not words:
        raise event.fault("description", "missing")
    return _scan(
        scan_status(status_of(words), when, event, "date"),
        when,
        description=words,
        place=joined(event.text("city").strip(), event.text("state").strip()),
    )


def _with_delivery(message: Node, scans: Sequence[Fact], zone: ZoneInfo) -> list[Fact]:
    """The flag is about all that is told with it, whatever happened last; its date is when it came."""
    told = _moment(message.text("deliveredDate"), zone)
    if told.text and told.at is None:
        message.note("deliveredDate", "not a moment")
    delivery = [_scan(Status.DELIVERED, told, code=DELIVERED)] if told.at else []
    when = summary_moment([*scans, *delivery], Moment())
    now = summary(SOURCE, Status.DELIVERED, DELIVERED, when, is_own=True, estimated_at=None, told_at=None)
    return [*scans, *delivery, now]


def _scan(status: Status, when: Moment, *, code: str = "", description: str = "", place: str = "") -> Fact:
    return Fact(
        source=SOURCE,
        is_own=True,
        kind=FactKind.SCAN,
        status=status,
        code=code,
        moment_text=when.text,
        occurred_at=when.at,
        local_time=when.local,
        zone_assumed=when.zone_assumed,
        description=description,
        place=place,
    )


def _moment(text: str, zone: ZoneInfo) -> Moment:
    """A date alone is the first minute of its day where the shop is."""
    when = assumed(text.strip(), zone)._replace(text=text)
    if when.at is None or len(text.strip()) > DATE_LENGTH:
        return when
    return when._replace(at=when.at.replace(tzinfo=zone).astimezone(when.at.tzinfo))


# -- the number --------------------------------------------------------------------------------------------------------


def read_link(call: Call) -> Told:
    """May raise BadPayload or any error of shape."""
    message = read_object(call.body)
    number = message.required("trackingNumber")
    if not normalise_number(number):
        raise message.fault("trackingNumber", "without a letter or digit")
    dispatched = _moment(message.text("dispatchedDate"), ZoneInfo(call.zone))
    if dispatched.text and dispatched.at is None:
        message.note("dispatchedDate", "not a moment")
    return Told(
        tracking_number=number,
        tracking_url=_address(message),
        courier=message.text("courier").strip()[:LONGEST_NAME] or None,
        dispatched_at=optional_text(dispatched.at),
        faults=told_faults(message),
    )


def _address(message: Node) -> str | None:
    url = message.text("trackingUrl").strip()
    if url and (not url.startswith(("https://", "http://")) or len(url) > LONGEST_URL):
        message.note("trackingUrl", "no web address")
        return None
    return url or None


#: In no list of adapters: its sender is whoever the key belongs to.
door = Carrier(
    slug=SOURCE,
    label="A carrier that tells the shop",
    docs="https://developers.vtex.com/docs/api-reference/orders-api",
    parse_push=read_message,
)
