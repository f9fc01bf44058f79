"""A shop's word that orders changed: kept as orders to be read, one row each, and counted by the hour."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from typing import Protocol

from relay.database import Database, Tx
from relay.shops import Notice
from relay.store import reads

HOOK, FEED = "hook", "feed"
#: What an order goes through before there is anything to follow. Shops are known to tell of it unasked.
TOO_EARLY = frozenset(
    {
        "order-created",
        "order-completed",
        "on-order-completed",
        "payment-pending",
        "waiting-for-order-authorization",
        "approve-payment",
        "payment-denied",
        "request-cancel",
        "waiting-for-seller-confirmation",
        "window-to-cancel",
        "ready-for-handling",
        "start-handling",
    }
)


class _Work(Protocol):
    def __call__(self, tx: Tx, told: Sequence["Told"]) -> Sequence[None]: ...


@dataclass(frozen=True, slots=True)
class Told:
    notice: Notice
    at: datetime


def is_followed(notice: Notice) -> bool:
    """Whether the order is to be read; a state that nobody knows, or none, is no reason to look away."""
    return notice.state not in TOO_EARLY


def keep_notice(database: Database, notice: Notice, now: datetime, *, shop: str, route: str) -> None:
    """Durable when it returns; those that come at once share their statements. Raises Unavailable."""
    database.write_each(_keeping(shop, route), Told(notice, now))


@cache
def _keeping(shop: str, route: str) -> _Work:
    """One work for all notices of a route, by which the database knows that they may share their statements."""
    return partial(_keep, shop, route)


def _keep(shop: str, route: str, tx: Tx, told: Sequence[Told]) -> list[None]:
    keep_notices(tx, [one.notice for one in told], max(one.at for one in told), shop=shop, route=route)
    return [None] * len(told)


def keep_notices(tx: Tx, notices: Sequence[Notice], now: datetime, *, shop: str, route: str) -> None:
    reads.count_notices(tx, shop, route, now, len(notices))
    newest: dict[str, str | None] = {}
    times = Counter(notice.order_id for notice in notices)
    for notice in filter(is_followed, notices):
        known = newest.get(notice.order_id, "")
        newest[notice.order_id] = max(known, notice.changed_at) if known is not None and notice.changed_at else None
    # In a fixed order, so that two writers never wait for each other.
    for order_id in sorted(times.keys() & newest.keys()):
        reads.want(tx, shop, order_id, now, told_by=route, changed_at=newest[order_id])
