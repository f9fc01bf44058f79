"""A push in: kept, read, matched, remembered; durable when :meth:`Database.write` returns."""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

import orjson

from relay.carriers import carrier_named, read_push
from relay.database import Database, Tx
from relay.errors import NotFound
from relay.intake.state import Policy, recompute_track
from relay.model import Action, Fact, Push, Reading, Report, Via, fact_id, normalise_number
from relay.store import facts as store
from relay.store import orders

#: Headers that carry a secret are not kept; a replay does not verify again.
SECRET_HEADERS = frozenset({"authorization", "cookie", "credential", "x-api-key", "api-key", "proxy-authorization"})


@dataclass(frozen=True, slots=True)
class Told:
    """What one message says about one parcel, ready to be stored."""

    report: Report
    number: str  #: normalised; "" where the message gave none
    facts: Mapping[str, Fact]  #: by id, as the adapter made them
    received_at: datetime
    via: Via

    def as_received(self, keys: Iterable[str]) -> list[Fact]:
        """The facts with these ids as they are stored. Most of a repeated history is known, and not worth a copy."""
        answered = self.via is Via.POLL
        return [
            replace(self.facts[key], fact_id=key, received_at=self.received_at, via=self.via, answered=answered)
            for key in keys
        ]


@dataclass(frozen=True, slots=True)
class Recorded:
    push_id: str
    is_first: bool  #: the same bytes were not here before
    messages: int  #: how many messages this made


def push_id(slug: str, body: bytes) -> str:
    """The same bytes from the same sender are the same push."""
    return sha256(slug.encode() + b"\0" + body).hexdigest()[:32]


def record_push(database: Database, policy: Policy, push: Push, reading: Reading) -> Recorded:
    """Keep a verified push and apply what it says, in one durable transaction. Raises Unavailable."""
    key = push_id(push.slug, push.body)
    headers = orjson.dumps({name: push.headers[name] for name in push.headers.keys() - SECRET_HEADERS}).decode()
    body = zlib.compress(push.body, 1)
    told = understood(push.slug, reading, push.received_at, Via.PUSH)

    def work(tx: Tx) -> Recorded:
        is_first = store.keep_push(
            tx,
            push_id=key,
            slug=push.slug,
            received_at=push.received_at,
            headers=headers,
            body=body,
            action=reading.action.value,
            reason=reading.reason,
        )
        return Recorded(key, is_first, apply(tx, policy, push.slug, reading.action, told, push.received_at, key))

    return database.write(work)


def understood(source: str, reading: Reading, received_at: datetime, via: Via) -> list[Told]:
    """Give every fact its identity; parcels in a fixed order, so that two writers never wait for each other."""
    told = [_told(source, report, received_at, via) for report in reading.reports]
    return sorted(told, key=lambda one: (one.report.carrier or "", one.number))


def _told(source: str, report: Report, received_at: datetime, via: Via) -> Told:
    number = normalise_number(report.tracking_number) if report.tracking_number else ""
    parcel = number or report.reference or ""
    return Told(report, number, {fact_id(source, parcel, fact): fact for fact in report.facts}, received_at, via)


def apply(
    tx: Tx, policy: Policy, source: str, action: Action, told: Sequence[Told], received_at: datetime, raw_id: str
) -> int:
    """Store the facts and recompute what depends on them; how many messages that made."""
    if action is Action.TRACKING_STOPPED:
        for one in told:
            store.stop_pushes(tx, _track_for(tx, source, one, received_at, heard_at=None), received_at)
    if action is not Action.APPLY:
        return 0
    return sum(_apply_one(tx, policy, source, one, received_at, raw_id) for one in told)


def _apply_one(tx: Tx, policy: Policy, source: str, told: Told, received_at: datetime, raw_id: str) -> int:
    track_id = _track_for(tx, source, told, received_at, heard_at=received_at if told.facts else None)
    is_answered = store.facts_known(tx, track_id)
    fresh = told.as_received(key for key in told.facts if key not in is_answered)
    confirmed = [key for key in told.facts if told.via is Via.POLL and is_answered.get(key) is False]
    store.add_facts(tx, track_id, fresh, raw_id)
    store.mark_answered(tx, confirmed)
    return recompute_track(tx, policy, track_id, received_at) if fresh or confirmed else 0


# -- matching ----------------------------------------------------------------------------------------------------------


def _track_for(tx: Tx, source: str, told: Told, now: datetime, *, heard_at: datetime | None) -> str:
    """The track that a message is about, held until the end of the transaction.

    By carrier and number; else by the reference under which we registered the parcel at the source; else by number
    alone if exactly one open track has it; else what was said waits under the number or the reference.
    """
    carrier, number = _named(tx, source, told)
    track_id = store.touch_track(tx, carrier, number, known_at=now, heard_at=heard_at)
    if carrier:
        _adopt(tx, carrier, number, track_id)
    return track_id


def _named(tx: Tx, source: str, told: Told) -> tuple[str | None, str]:
    if told.report.carrier and told.number:
        return told.report.carrier, told.number
    if told.report.reference:
        registered = store.registered_track(tx, source, told.report.reference)
        if registered:
            return registered["carrier"], registered["tracking_number"]
    if not told.number:
        return None, f"@{source}/{told.report.reference}"
    candidates = store.open_tracks(tx, told.number)
    return (candidates[0]["carrier"] if len(candidates) == 1 else None), told.number


def _adopt(tx: Tx, carrier: str, number: str, track_id: str) -> None:
    """Shipments whose carrier nobody knew learn it from the first carrier that knows their number."""
    nameless = store.track_key(None, number)
    if orders.adopt_carrier(tx, old_track=nameless, new_track=track_id, carrier=carrier):
        store.move_facts(tx, nameless, track_id)


# -- replay ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Replayed:
    push_id: str
    action: Action
    reason: str
    messages: int


def replay_push(database: Database, policy: Policy, key: str, now: datetime, *, announce: bool) -> Replayed:
    """Read a kept push again with today's adapter and put the new reading in the place of the old.

    Unless ``announce``, what comes of it is no news. The clocks stay: the carrier said nothing now. Raises NotFound.
    """
    with database.read() as tx:
        kept = store.push(tx, key)
    if kept is None or kept["body"] is None:
        raise NotFound(f"there is no kept push {key!r}", "`wismo replay --unread` finds those that could not be read")
    reading = read_push(carrier_named(kept["slug"]), zlib.decompress(kept["body"]))
    told = understood(kept["slug"], reading, datetime.fromisoformat(kept["received_at"]), Via.PUSH)

    def work(tx: Tx) -> int:
        store.mark_push_read(tx, key, reading.action.value, reading.reason)
        if reading.action is not Action.APPLY:
            return 0
        return sum(_reread(tx, policy, kept["slug"], one, key, now, announce=announce) for one in told)

    return Replayed(key, reading.action, reading.reason, database.write(work))


def _reread(tx: Tx, policy: Policy, source: str, told: Told, raw_id: str, now: datetime, *, announce: bool) -> int:
    track_id = _track_for(tx, source, told, now, heard_at=None)
    store.reread_facts(tx, track_id, told.as_received(told.facts), raw_id)
    if not announce:
        for shipment in orders.hold_by_track(tx, track_id):
            orders.be_quiet_until(tx, shipment["shipment_id"], now)
    return recompute_track(tx, policy, track_id, now)
