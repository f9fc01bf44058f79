"""A push in: kept, read, matched, remembered; durable when it returns."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from hashlib import sha256

import orjson

from relay.database import Database, Tx
from relay.errors import NotFound
from relay.intake.apply import apply, match, reread
from relay.intake.policy import Policy
from relay.intake.said import read_kept, via_of
from relay.intake.told import Told, scans_in, understood
from relay.model import Action, Push, Reading, Via
from relay.store import facts as store
from relay.store.facts import KeptPush

#: Headers that carry a secret are not kept; a replay does not verify again.
SECRET_HEADERS = frozenset({"authorization", "cookie", "credential", "x-api-key", "api-key", "proxy-authorization"})


@dataclass(frozen=True, slots=True)
class Arrival:
    """A verified push, ready to be stored."""

    kept: KeptPush
    action: Action
    told: Sequence[Told]
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Recorded:
    push_id: str
    is_first: bool  #: the same bytes were not here before
    messages: int  #: how many messages its parcels got


def push_id(slug: str, body: bytes) -> str:
    """The same bytes from the same sender are the same push."""
    return sha256(slug.encode() + b"\0" + body).hexdigest()[:32]


def record_push(database: Database, policy: Policy, push: Push, reading: Reading, via: Via = Via.PUSH) -> Recorded:
    """Keep a verified push and apply what it says, in one durable transaction. Raises Unavailable."""
    key = push_id(push.slug, push.body)
    events, unknown = scans_in(reading)
    kept = KeptPush(
        push_id=key,
        slug=push.slug,
        received_at=push.received_at,
        headers=orjson.dumps({name: push.headers[name] for name in push.headers.keys() - SECRET_HEADERS}).decode(),
        body=zlib.compress(push.body, 1),
        action=reading.action.value,
        reason=reading.reason,
        events=events,
        unknown=unknown,
    )
    told = understood(push.slug, key, reading, push.received_at, via)
    return database.write_each(_recording(policy), Arrival(kept, reading.action, told, push.received_at))


@cache
def _recording(policy: Policy) -> Callable[[Tx, Sequence[Arrival]], list[Recorded]]:
    """One work for all pushes, by which the database knows that they may share their statements."""
    return partial(_record, policy)


def _record(policy: Policy, tx: Tx, arrivals: Sequence[Arrival]) -> list[Recorded]:
    now = max(arrival.received_at for arrival in arrivals)
    for track_id in match(tx, _told(arrivals, Action.TRACKING_STOPPED), now, is_heard=False):
        store.stop_pushes(tx, track_id, now)
    told = _told(arrivals, Action.APPLY)
    made: dict[str, int] = {}
    news: dict[str, int] = {}
    for one, brought in zip(told, apply(tx, policy, told, now) if told else (), strict=True):
        made[one.raw_id] = made.get(one.raw_id, 0) + brought.messages
        news[one.raw_id] = news.get(one.raw_id, 0) + len(brought.scans)
    kept = [arrival.kept._replace(news=news.get(arrival.kept.push_id, 0)) for arrival in arrivals]
    is_first = store.keep_pushes(tx, kept)
    return [
        Recorded(arrival.kept.push_id, first, made.get(arrival.kept.push_id, 0))
        for arrival, first in zip(arrivals, is_first, strict=True)
    ]


def _told(arrivals: Sequence[Arrival], action: Action) -> list[Told]:
    return [one for arrival in arrivals if arrival.action is action for one in arrival.told]


# -- replay ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Replayed:
    raw_id: str  #: of the push or the answer
    action: Action
    reason: str
    messages: int


def replay_push(database: Database, policy: Policy, key: str, now: datetime, *, announce: bool) -> Replayed:
    """Read a kept push again with today's adapter and put the new reading in the place of the old. Raises NotFound."""
    with database.read() as tx:
        kept = store.push(tx, key)
    if kept is None or kept["body"] is None:
        raise NotFound(f"there is no kept push {key!r}", "`wismo replay --unread` finds those that could not be read")
    reading = read_kept(kept["slug"], zlib.decompress(kept["body"]))
    via = via_of(kept["slug"])
    told = understood(kept["slug"], key, reading, datetime.fromisoformat(kept["received_at"]), via)

    def work(tx: Tx) -> int:
        store.mark_push_read(tx, key, reading.action.value, reading.reason, now)
        return reread(tx, policy, told, now, announce=announce) if reading.action is Action.APPLY else 0

    return Replayed(key, reading.action, reading.reason, database.write(work))
