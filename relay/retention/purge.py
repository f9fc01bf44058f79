"""What is over its time, erased and dropped in many small transactions, so that no push waits."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog

from relay.database import Database, Row, Tx
from relay.desk import keeping
from relay.settings import Settings
from relay.store import awaited, ledger, richness
from relay.store import keeping as store
from relay.tracking.asking import GIVE_UP_AFTER

#: So long what is not ours yet waits for its shipment.
NOT_OURS_KEPT = timedelta(days=30)
#: And so long what answers used to tell: two weeks before an incident of two weeks, and as much again.
RICHNESS_KEPT = timedelta(weeks=8)
#: Rows, or tracks with their dozens of facts, that one transaction changes.
ROWS_AT_ONCE, TRACKS_AT_ONCE = 200, 10
#: Orders that are looked for together in the pushes as received, and tracks that are found together.
FOUND_AT_ONCE = 5000

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Purged:
    """How many went, or would go."""

    raw: int = 0  #: pushes and answers as received
    unread: int = 0  #: those of them that nobody could ever read
    orders: int = 0
    tracks: int = 0  #: that no shipment points at
    facts: int = 0  #: of these


def purge(database: Database, settings: Settings, now: datetime) -> Purged:
    """Erase and drop what is over its time."""
    raw, unread = _drop_raw(database, _raw_limit(settings, now), now)
    erased = _erase_ended(database, settings, now)
    tracks, facts = _drop_stale(database, now - NOT_OURS_KEPT)
    while database.write(partial(awaited.drop_awaited, before=now - NOT_OURS_KEPT, limit=ROWS_AT_ONCE)):
        pass
    database.write(lambda tx: richness.forget_before(tx, now - RICHNESS_KEPT))
    done = Purged(raw, unread, erased, tracks, facts)
    log.info("purged", raw=raw, unread=unread, orders=erased, tracks=tracks, facts=facts)
    return done


def due(database: Database, settings: Settings, now: datetime) -> Purged:
    """What :func:`purge` would find now; facts and the unread are not counted."""
    with database.read() as tx:
        return Purged(
            raw=store.count_old_raw(tx, _raw_limit(settings, now)),
            orders=len(_ended(tx, settings, now)),
            tracks=len(store.stale_tracks(tx, now - NOT_OURS_KEPT, FOUND_AT_ONCE)),
        )


# -- pushes and answers as received ------------------------------------------------------------------------------------


def _raw_limit(settings: Settings, now: datetime) -> datetime:
    """What was received is not kept longer than what it was about."""
    return now - timedelta(days=min(settings.raw_days, settings.retention_days))


def _drop_raw(database: Database, before: datetime, now: datetime) -> tuple[int, int]:
    raw = unread = 0
    while dropped := database.write(partial(_drop_pushes, before=before, now=now)):
        raw += len(dropped)
        unread += sum(row["action"] == "unreadable" for row in dropped)
    while answers := database.write(partial(store.drop_old_answers, before=before, limit=ROWS_AT_ONCE)):
        raw += answers
    return raw, unread


def _drop_pushes(tx: Tx, before: datetime, now: datetime) -> list[Row]:
    """What nobody could ever read is counted by its sender: it was acknowledged, and is lost."""
    dropped = store.drop_old_pushes(tx, before, ROWS_AT_ONCE)
    lost = Counter(("dropped_unread", row["slug"]) for row in dropped if row["action"] == "unreadable")
    ledger.add_tallies(tx, lost, now)
    return dropped


# -- orders ------------------------------------------------------------------------------------------------------------


def _limits(settings: Settings, now: datetime) -> tuple[datetime, datetime]:
    """Before these moments an order must have had its last word, or its last sign of life."""
    before = now - timedelta(days=settings.retention_days)
    return before, before - GIVE_UP_AFTER


def _ended(tx: Tx, settings: Settings, now: datetime) -> list[Row]:
    return store.ended_orders(tx, *_limits(settings, now), FOUND_AT_ONCE)


def _erase_ended(database: Database, settings: Settings, now: datetime) -> int:
    limits = _limits(settings, now)
    erased = 0
    while True:
        with database.read() as tx:
            found = _ended(tx, settings, now)
        seen = keeping.traces_of_ended(database, settings, found)
        gone = keeping.erase(database, seen, now, lambda tx, order: store.has_ended(tx, order, *limits))
        if not gone:
            return erased
        erased += gone


# -- not ours ----------------------------------------------------------------------------------------------------------


def _drop_stale(database: Database, before: datetime) -> tuple[int, int]:
    tracks = facts = 0
    for portion in _stale(database, before):
        work = partial(store.drop_stale, track_ids=portion, before=before, limit=ROWS_AT_ONCE)
        while (gone := database.write(work)) != (0, 0):
            facts, tracks = facts + gone[0], tracks + gone[1]
    return tracks, facts


def _stale(database: Database, before: datetime) -> Iterator[list[str]]:
    """Tracks that are over their time, a few at a time, each once."""
    seen: set[str] = set()
    while True:
        with database.read() as tx:
            found = [key for key in store.stale_tracks(tx, before, FOUND_AT_ONCE) if key not in seen]
        if not found:
            return
        seen.update(found)
        yield from (found[start : start + TRACKS_AT_ONCE] for start in range(0, len(found), TRACKS_AT_ONCE))
