"""Incidents that end because time passed, or because what they told of was told after all."""

from datetime import datetime, timedelta

from relay.database import Database, Tx
from relay.intake import untold
from relay.store import incidents, outbox
from relay.store import untold as listed

#: What was over when it was told stays open so long, so that it is seen. That an incident about the storage can be
#: written is the evidence that it works.
SEEN_FOR = {"storage": timedelta(hours=1), "clock_jump": timedelta(hours=1)}


def close_what_is_over(database: Database, now: datetime) -> None:
    """Read first: a write is on the way of every push."""
    with database.read() as tx:
        over = _over(tx, now)
    if over:
        database.write(lambda tx: _close(tx, _over(tx, now), now))


def _over(tx: Tx, now: datetime) -> list[tuple[str, str]]:
    seen = [
        (kind, row["subject"])
        for kind, lasts in SEEN_FOR.items()
        for row in incidents.open_of(tx, kind)
        if abs(now - datetime.fromisoformat(row["last_seen_at"])) > lasts  # it may lie in the future by a clock of then
    ]
    told = [
        ("dead_message", row["subject"])
        for row in incidents.open_of(tx, "dead_message")
        if not outbox.has_dead(tx, row["subject"])
    ]
    all_told = incidents.is_open(tx, untold.KIND, untold.SUBJECT) and not listed.is_any_open(tx)
    return seen + told + ([(untold.KIND, untold.SUBJECT)] if all_told else [])


def _close(tx: Tx, over: list[tuple[str, str]], now: datetime) -> None:
    for kind, subject in over:
        incidents.close_incident(tx, kind, subject, now)
