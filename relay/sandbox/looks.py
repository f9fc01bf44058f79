"""What the front page shows, read from the same desk that people ask."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from relay.desk.health import health, incidents
from relay.mail import words
from relay.model import Kind, Status, from_text, optional_text
from relay.sandbox.carrier import Said
from relay.sandbox.journeys import Scan
from relay.sandbox.moments import ago, clock_words, in_words
from relay.sandbox.shop import Ordered
from relay.sandbox.shop_looks import Drift, ShopLook, Told, drifts_by_order, shop_look, told
from relay.sandbox.world import World

SAID_SHOWN, INCIDENTS_SHOWN, MAILS_SHOWN = 12, 5, 3
#: Where a parcel is on its way, in quarters.
PROGRESS = {
    Status.PENDING: 0,
    Status.INFO_RECEIVED: 1,
    Status.IN_TRANSIT: 2,
    Status.EXCEPTION: 2,
    Status.RETURNING: 2,
    Status.EXPIRED: 2,
    Status.OUT_FOR_DELIVERY: 3,
    Status.ATTEMPTED: 3,
    Status.AVAILABLE_FOR_PICKUP: 3,
    Status.DELIVERED: 4,
    Status.RETURNED: 4,
}
#: Of an order of which Wismo did not hear.
UNHEARD: Mapping[str, Any] = {
    "status": Status.PENDING,
    **dict.fromkeys(("heard_at", "asked_at", "tried_at", "changed_at", "next_ask_at", "held")),
    **dict.fromkeys(("events", "messages"), ()),
    "page_url": "",
}
TROUBLE = {Status.ATTEMPTED, Status.EXCEPTION, Status.RETURNING, Status.RETURNED, Status.EXPIRED}


@dataclass(frozen=True, slots=True)
class ParcelLook:
    ordered: Ordered
    status: str
    label: str
    mood: str  #: good, bad or going: how its status is coloured
    quarters: int
    page_url: str
    truth: Scan | None  #: the carrier's newest scan, which Wismo may not know yet
    truth_ago: str
    is_known: bool
    clocks: Mapping[str, str]
    mails: int
    held: str
    shop: ShopLook


@dataclass(frozen=True, slots=True)
class Trouble:
    title: str
    remedy: str
    when: str
    is_open: bool
    orders: str


@dataclass(frozen=True, slots=True)
class Look:
    now: str
    relay_url: str
    parcels: Sequence[ParcelLook]
    is_well: bool
    reasons: Sequence[str]
    troubles: Sequence[Trouble]
    given_up: Sequence[str]  #: orders
    counts: Mapping[str, int]  #: of what else was noticed, by what it is
    said: Sequence[tuple[Said, str]]  #: newest first, each with how long ago
    told: Sequence[Told]
    ways_in: Sequence[str]
    mails: Sequence[tuple[int, str]]  #: newest first: number, subject
    mails_in_all: int


def look(world: World) -> Look:
    now, zone = world.now(), world.desk.settings.timezone
    found, mails = health(world.desk, now), world.far.mailbox.mails
    detail: dict[str, Any] = found.detail
    drifts = drifts_by_order(world)
    return Look(
        now=clock_words(now, zone),
        relay_url=world.desk.settings.public_url,
        parcels=[_parcel(world, ordered, drifts, now) for ordered in reversed(world.shop.orders)],
        is_well=found.is_well,
        reasons=found.reasons,
        troubles=[
            _trouble(row, world.shop.numbers, now) for row in incidents(world.desk, only_open=False)[:INCIDENTS_SHOWN]
        ],
        given_up=[world.shop.numbers.get(row["order_id"], row["order_id"]) for row in detail.get("given_up", [])],
        counts=_counts(detail),
        said=[(said, ago(now - said.at)) for said in list(world.far.carrier.said)[::-1][:SAID_SHOWN]],
        told=told(world, now),
        ways_in=world.ways_in,
        mails=[(mail.number, mail.subject) for mail in mails[: -MAILS_SHOWN - 1 : -1]],
        mails_in_all=len(mails),
    )


def _parcel(world: World, ordered: Ordered, drifts: Mapping[str, Drift], now: datetime) -> ParcelLook:
    known = world.parcel(ordered) or UNHEARD
    status = Status(known["status"])
    history = world.far.carrier.history(ordered.tracking_number)
    truth = history[-1] if history else None
    clocks = {
        "heard": _since(known["heard_at"], now),
        "asked": _since(known["asked_at"], now),
        "changed": _since(known["changed_at"], now),
        "next question": _until(known["next_ask_at"], now),
    }
    if known["tried_at"] != known["asked_at"]:
        clocks["tried in vain"] = _since(known["tried_at"], now)
    return ParcelLook(
        ordered=ordered,
        status=status.value,
        label=words.label(status, Kind.OUTBOUND, "en") if known["page_url"] else "Not heard of",
        mood="bad" if status in TROUBLE else "good" if status is Status.DELIVERED else "going",
        quarters=PROGRESS.get(status, 0),
        page_url=known["page_url"],
        truth=truth,
        truth_ago=ago(now - truth.at) if truth else "",
        is_known=any(event["occurred_at"] == optional_text(truth.at if truth else None) for event in known["events"]),
        clocks=clocks,
        mails=sum((message["channel"], message["state"]) == ("email", "sent") for message in known["messages"]),
        held=known["held"]["reason"] if known["held"] else "",
        shop=shop_look(world, ordered, drifts),
    )


def _trouble(row: Mapping[str, Any], numbers: Mapping[str, str], now: datetime) -> Trouble:
    is_open = row["closed_at"] is None
    moment = row["opened_at"] if is_open else row["closed_at"]
    return Trouble(
        title=row["title"],
        remedy=row["remedy"],
        when=f"{'since' if is_open else 'over,'} {_since(moment, now)}",
        is_open=is_open,
        orders=", ".join(numbers.get(order["order_id"], order["order_id"]) for order in row["orders"]),
    )


def _counts(detail: Mapping[str, Any]) -> dict[str, int]:
    counts = {
        f"pushes refused: {row['name'].replace('_', ' ')}": row["times"] for row in detail.get("refused_last_week", [])
    }
    counts["pushes that could not be read"] = detail.get("unread_pushes", 0)
    counts["deliveries held for a person"] = len(detail.get("held_for_a_person", []))
    return {name: count for name, count in counts.items() if count}


def _since(text: str | None, now: datetime) -> str:
    return ago(now - from_text(text)) if text else "never"


def _until(text: str | None, now: datetime) -> str:
    if not text:
        return "none"
    left = from_text(text) - now
    if left < -timedelta(minutes=1):
        return "held back"  # by an account that was refused or throttled
    return f"in {in_words(left)}" if left > timedelta(minutes=1) else "now"
