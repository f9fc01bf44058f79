"""What matters most about a parcel or an order: one kind from a closed list, the weightiest first. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from relay.desk.facets import Asked, GivenUp, ParcelCard
from relay.model import Kind, Status

#: Without a new scan for so long a parcel is stuck. Carriers rest on a Sunday; a van is back in the evening.
STUCK_AFTER = {
    Status.INFO_RECEIVED: timedelta(days=3),
    Status.IN_TRANSIT: timedelta(days=3),
    Status.OUT_FOR_DELIVERY: timedelta(hours=24),
}
#: Statuses in which a parcel waits for the carrier, so that a promised day may pass.
_AWAITED = frozenset(STUCK_AFTER) | {Status.PENDING, Status.UNKNOWN, Status.ATTEMPTED, Status.EXPIRED}


class Matter(StrEnum):
    """What a card says first. The order of the members is their weight: the first that applies is said."""

    HELD = "held"  # a delivery that cannot be true
    CONTRADICTED = "contradicted"  # the carrier says otherwise than a person did
    OVERRIDDEN = "overridden"  # a person's word stands
    RETURNED = "returned"
    RETURNING = "returning"
    EXCEPTION = "exception"
    ATTEMPTED = "attempted"
    GIVEN_UP = "given_up"
    STUCK = "stuck"
    LATE = "late"
    PICKUP = "pickup"
    UNREACHABLE = "unreachable"  # its carrier cannot be asked at present
    NOBODY = "nobody"  # nobody is set up to be asked
    NOT_SHIPPED = "not_shipped"  # not with a carrier yet
    OUT_FOR_DELIVERY = "out_for_delivery"
    ON_ITS_WAY = "on_its_way"
    CANCELLED = "cancelled"
    DELIVERED = "delivered"


WEIGHT = {matter: place for place, matter in enumerate(Matter)}
#: What a status alone amounts to.
OF_STATUS = {
    Status.RETURNED: Matter.RETURNED,
    Status.RETURNING: Matter.RETURNING,
    Status.EXCEPTION: Matter.EXCEPTION,
    Status.ATTEMPTED: Matter.ATTEMPTED,
    Status.AVAILABLE_FOR_PICKUP: Matter.PICKUP,
    Status.PENDING: Matter.NOT_SHIPPED,
    Status.UNKNOWN: Matter.NOT_SHIPPED,
    Status.OUT_FOR_DELIVERY: Matter.OUT_FOR_DELIVERY,
    Status.INFO_RECEIVED: Matter.ON_ITS_WAY,
    Status.IN_TRANSIT: Matter.ON_ITS_WAY,
    Status.EXPIRED: Matter.GIVEN_UP,
    Status.CANCELLED: Matter.CANCELLED,
    Status.DELIVERED: Matter.DELIVERED,
}


@dataclass(frozen=True, slots=True)
class Headline:
    """What is said first, with the values to say it."""

    matter: Matter
    status: Status = Status.PENDING
    shipment_id: str | None = None  #: None: of the order, which has no parcel yet
    since: datetime | None = None  #: of the last scan, else since when it is so
    place: str = ""  #: of the last scan; outside text
    promised: date | None = None
    expected: date | None = None  #: by the carrier
    why_given_up: GivenUp | None = None


def headline_of(parcel: ParcelCard, promised: date | None, zone: str, now: datetime) -> Headline:
    """What matters most about one parcel. A return has no promised day."""
    day = None if parcel.kind is Kind.RETURN else promised
    is_late = _is_late(parcel, day, now.astimezone(ZoneInfo(zone)).date())
    last = parcel.last_scan
    return Headline(
        matter=next(_matters(parcel, now, is_late=is_late)),
        status=parcel.status,
        shipment_id=parcel.shipment_id,
        since=last.occurred_at if last else parcel.changed_at,
        place=last.place if last else "",
        promised=day,
        expected=parcel.expected,
        why_given_up=parcel.given_up,
    )


def _matters(parcel: ParcelCard, now: datetime, *, is_late: bool) -> Iterator[Matter]:
    """All that applies, the weightiest first; the last one always does."""
    if parcel.held:
        yield Matter.HELD
    if parcel.override:
        yield Matter.CONTRADICTED if parcel.override.is_contradicted else Matter.OVERRIDDEN
    of_status = OF_STATUS[parcel.status]
    if of_status is Matter.GIVEN_UP or WEIGHT[of_status] < WEIGHT[Matter.GIVEN_UP]:
        yield of_status
    if not parcel.status.is_final:
        yield from _silences(parcel, now, is_late=is_late)
    yield of_status


def _silences(parcel: ParcelCard, now: datetime, *, is_late: bool) -> Iterator[Matter]:
    if parcel.given_up and (parcel.given_up is not GivenUp.PROMISE or is_late):
        yield Matter.GIVEN_UP
    if is_stuck(parcel, now):
        yield Matter.STUCK
    if is_late:
        yield Matter.LATE
    if parcel.status is Status.AVAILABLE_FOR_PICKUP:
        yield Matter.PICKUP
    if parcel.tracking_number and parcel.asking.asked is Asked.FAILING:
        yield Matter.UNREACHABLE
    if parcel.tracking_number and parcel.asking.asked is Asked.NOBODY and parcel.heard_at is None:
        yield Matter.NOBODY


def is_stuck(parcel: ParcelCard, now: datetime) -> bool:
    """Whether a parcel that should move has not been scanned for longer than is usual."""
    limit = STUCK_AFTER.get(parcel.status)
    return limit is not None and parcel.moved_at is not None and now - parcel.moved_at >= limit


def _is_late(parcel: ParcelCard, promised: date | None, today: date) -> bool:
    """Whether the promised day is over, or where none was promised the expected one."""
    due = promised or parcel.expected
    return parcel.status in _AWAITED and due is not None and due < today


def weightiest(parcels: Sequence[Headline]) -> Headline | None:
    """The headline of an order; of equal ones a return's, which is the later story, comes last and wins."""
    return min(reversed(parcels), key=lambda headline: WEIGHT[headline.matter], default=None)
