"""Who watches which order where, what is theirs, and where they are told of it.

Nothing here is about a customer: orders by their ids, threads, and people of the team by their ids in Slack.
"""

import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from relay.database import Row, Tx
from relay.desk import Desk
from relay.desk.noticing import notices_for
from relay.errors import NotFound
from relay.model import Kind, Status, from_text, optional_moment
from relay.store import ledger, orders, watches

__all__ = [
    "Begun",
    "Mine",
    "MyOverride",
    "Thread",
    "Watch",
    "first_in",
    "hand_over",
    "is_over",
    "mine",
    "notices_for",
    "people",
    "shown_of",
    "stop",
    "watch",
    "watchers_of",
]

SHOP = "default"
#: So many of somebody's watches and corrections are shown.
SHOWN = 50
#: How a person of Slack is written where people are named by text.
PERSON = re.compile(r"[UW][A-Z0-9]{2,20}")


@dataclass(frozen=True, slots=True)
class Thread:
    """Where something is said; without ``ts`` in the channel itself, or to the person whose id stands in its place."""

    channel: str
    ts: str = ""

    def __str__(self) -> str:
        return f"{self.channel}/{self.ts}"

    @classmethod
    def read(cls, text: str) -> "Thread":
        channel, _, ts = text.partition("/")
        return cls(channel, ts)


# -- watches -----------------------------------------------------------------------------------------------------------


class Begun(StrEnum):
    """What came of the wish to watch an order."""

    YES = "yes"
    ALREADY = "already"
    OVER = "over"  # nothing is to come of it


@dataclass(frozen=True, slots=True)
class Watch:
    watch_id: str
    order_id: str
    thread: Thread
    by: str
    since: datetime


def watch(desk: Desk, order_id: str, thread: Thread, by: str, now: datetime) -> Begun:
    """Have a thread told each change of an order until its end. Raises NotFound."""

    def work(tx: Tx) -> Begun:
        shown = shown_of(tx, SHOP, _known(tx, order_id))
        if is_over(shown):
            return Begun.OVER
        told = json.dumps(shown)
        if not watches.begin(tx, shop=SHOP, order_id=order_id, thread=str(thread), by=by, told=told, now=now):
            return Begun.ALREADY
        _audit(tx, by, "watch", order_id, now)
        return Begun.YES

    return desk.database.write(work)


def stop(desk: Desk, watch_id: str, by: str, now: datetime) -> bool:
    """Whether the watch was still on."""

    def work(tx: Tx) -> bool:
        row = watches.watch(tx, watch_id)
        return row is not None and _end(tx, row, by, now)

    return desk.database.write(work)


def _end(tx: Tx, row: Row, by: str, now: datetime) -> bool:
    if not watches.end(tx, row["watch_id"], f"ended by {by}", now):
        return False
    _audit(tx, by, "unwatch", row["order_id"], now)
    return True


def _audit(tx: Tx, by: str, action: str, order_id: str, now: datetime) -> None:
    ledger.write_audit(tx, now, by, action, about={"shop": SHOP, "order_id": order_id})


def _known(tx: Tx, order_id: str) -> str:
    if not orders.orders_among(tx, SHOP, [order_id]):
        raise NotFound(f"order {order_id[:80]!r} is not known any more")
    return order_id


def watchers_of(tx: Tx, shop: str, order_id: str) -> Sequence[Watch]:
    return [_watch(row) for row in watches.of_order(tx, shop, order_id)]


def _watch(row: Row) -> Watch:
    since = from_text(row["begun_at"])
    return Watch(row["watch_id"], row["order_id"], Thread.read(row["thread"]), row["by_whom"], since)


def shown_of(tx: Tx, shop: str, order_id: str) -> dict[str, str]:
    """The shown status of each parcel of an order, by its id."""
    return {row["shipment_id"]: row["shown_status"] for row in orders.shipments_of(tx, shop, order_id)}


def is_over(shown: Mapping[str, str]) -> bool:
    """Whether nothing is to come: there are parcels, and each has ended."""
    return bool(shown) and all(Status(status).is_final for status in shown.values())


# -- what is somebody's ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MyOverride:
    order_id: str
    shipment_id: str
    tracking_number: str | None
    kind: Kind
    status: Status
    reason: str
    at: datetime
    until_word: str
    until: datetime | None
    contradicted_at: datetime | None


@dataclass(frozen=True, slots=True)
class Mine:
    """What is somebody's in Slack."""

    watches: Sequence[Watch]
    overrides: Sequence[MyOverride]


def mine(desk: Desk, person: str) -> Mine:
    with desk.database.read() as tx:
        return Mine(
            [_watch(row) for row in watches.of_person(tx, person, SHOWN)],
            [_my_override(row) for row in watches.overrides_of_person(tx, person, SHOWN)],
        )


def _my_override(row: Row) -> MyOverride:
    return MyOverride(
        order_id=row["order_id"],
        shipment_id=row["shipment_id"],
        tracking_number=row["tracking_number"],
        kind=Kind(row["kind"]),
        status=Status(row["status"]),
        reason=row["reason"],
        at=from_text(row["at"]),
        until_word=row["until_word"],
        until=optional_moment(row["until_at"]),
        contradicted_at=optional_moment(row["contradicted_at"]),
    )


def hand_over(desk: Desk, leaver: str, heir: str, now: datetime) -> tuple[int, int]:
    """Give the watches and items of somebody who left to another; how many of each there were."""

    def work(tx: Tx) -> tuple[int, int]:
        moved = watches.hand_over(tx, leaver, heir)
        if any(moved):
            ledger.write_audit(tx, now, "wismo", "hand-over", f"{leaver} left: {moved[0]} watches, {moved[1]} items")
        return moved

    return desk.database.write(work)


def people(desk: Desk) -> Sequence[str]:
    """Everybody in Slack to whom something belongs."""
    with desk.database.read() as tx:
        return [person for person in watches.people(tx) if PERSON.fullmatch(person)]


def first_in(desk: Desk, name: str, lasts: timedelta, now: datetime) -> bool:
    """Whether nobody did what is called ``name`` within ``lasts``; whoever is told so does it."""
    return desk.database.write(lambda tx: ledger.take_lease(tx, name, secrets.token_hex(8), now, lasts))
