"""What a shop is to show of a parcel, and that it must be told when it shows something else."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from hashlib import sha256

from relay import tracking
from relay.database import Row, Tx
from relay.intake.policy import Policy
from relay.mail import words
from relay.model import EventView, Fact, Kind, Override, ParcelState, Status, optional_text
from relay.shops import Truth
from relay.shops.drift import ODD_INVOICE
from relay.store import drifts, writes

SHOP = "shop"
#: A parcel that is only announced, or was called off, has not moved, and its shop has nothing to show.
NOT_MOVED = frozenset({Status.UNKNOWN, Status.PENDING, Status.INFO_RECEIVED, Status.CANCELLED})


def truth_of(belonging: Sequence[Fact], state: ParcelState, override: Override | None, locale: str) -> Truth:
    """What is true of a parcel by its facts, or by a person's word where that is to reach the shop.

    Every line has words: where the carrier gave none, those of its status. A delivery that is held is not shown yet.
    """
    scans = [scan for scan in tracking.timeline(belonging) if not (state.held and scan.status is Status.DELIVERED)]
    lines = list(_lines(scans, locale))
    if override and override.write_shop:
        at = override.at if override.status is Status.DELIVERED else None
        return Truth(override.status, (*lines, _line(override.status, override.at, "agent", locale)), at)
    if not lines and state.decisive and state.status not in NOT_MOVED:
        lines = [_line(state.status, state.decisive.at, state.decisive.source, locale)]
    return Truth(state.status, tuple(lines), state.delivered_at)


def _lines(scans: Iterable[Fact], locale: str) -> Iterator[EventView]:
    for scan in scans:
        if scan.occurred_at:
            yield EventView(
                occurred_at=scan.at,
                local_time=scan.local_time,
                zone_assumed=scan.zone_assumed,
                status=scan.status,
                code=scan.code,
                description=scan.description or words.label(scan.status, Kind.OUTBOUND, locale),
                place=scan.place,
                source=scan.source,
                via=scan.via.value,
            )


def _line(status: Status, at: datetime, source: str, locale: str) -> EventView:
    return EventView(
        occurred_at=at,
        local_time=None,
        zone_assumed=False,
        status=status,
        code="",
        description=words.label(status, Kind.OUTBOUND, locale),
        place="",
        source=source,
        via="",
    )


# -- that the shop must be told ----------------------------------------------------------------------------------------


def is_written(policy: Policy, shipment: Row) -> bool:
    """Whether the shop is told of this parcel at all: it knows it, it is no return, and its customer not forgotten.

    Of a forgotten one the carrier's words are gone, so that a writing would take them from the shop as well.
    """
    is_sale = shipment["kind"] == Kind.OUTBOUND
    return bool(policy.writes_shop and shipment["shop_read_at"] and is_sale and not shipment["erased_at"])


def tell_shop(
    tx: Tx,
    policy: Policy,
    shipment: Row,
    truth: Truth,
    now: datetime,
    *,
    override: Override | None,
    not_before: datetime | None,
) -> int:
    """Have the shop told if it was last told something else; how many messages that made.

    What a person decided waits for the time in which it can be undone.
    """
    wanted = fingerprint(truth)
    if not is_written(policy, shipment) or wanted == shipment["shop_wanted"]:
        return 0
    if not has_moved(truth) and shipment["shop_wanted"] is None:
        return 0
    if is_odd(tx, shipment):
        writes.want(tx, shipment["shipment_id"], wanted)
        return 0
    undo = override.at + tracking.undo_window(override.status) if override and override.write_shop else now
    due_at = max(now, undo, not_before or now)
    writes.want(tx, shipment["shipment_id"], wanted)
    key = shop_message_id(shipment["shipment_id"])
    writes.rearm(tx, key, shipment, truth.status.value, due_at=due_at, now=now)
    return 1


def is_odd(tx: Tx, shipment: Row) -> bool:
    """Whether the shop cannot take this invoice's number, whatever it is told; `wismo outbox retry` tries again."""
    known = drifts.open_drift_of(tx, shipment["shipment_id"])
    return bool(known and known["reason"] == ODD_INVOICE and known["package"] == shipment["package"])


def has_moved(truth: Truth) -> bool:
    """Whether there is anything to show."""
    return bool(truth.events) or truth.status not in NOT_MOVED


def shop_message_id(shipment_id: str) -> str:
    """One row of the outbox a shipment: what a shop shows is a state, not a series of letters."""
    return sha256(f"{shipment_id}\x1f{SHOP}".encode()).hexdigest()[:32]


def fingerprint(truth: Truth) -> str:
    """The same for truths that look the same in a shop."""
    lines = [(to, event.description, event.place) for event in truth.events if (to := optional_text(event.occurred_at))]
    said = (truth.status.value, optional_text(truth.delivered_at), lines)
    return sha256(repr(said).encode("utf-8", "surrogatepass")).hexdigest()[:32]
