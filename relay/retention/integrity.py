"""Whether the database's file is damaged: looked at in one night a week, and every night once it was."""

from collections.abc import Callable
from datetime import datetime, timedelta

from relay.database import SQLite, Tx
from relay.store import incidents, ledger

#: Under this name the store remembers when it was last looked at.
EXAMINED = "integrity"
WEEK, NIGHT = timedelta(days=7), timedelta(days=1)
KIND, SUBJECT = "database_damaged", "sqlite"
#: A little less, so that a night's look does not wander into the day.
EARLIER = timedelta(hours=1)


def examine(database: SQLite, now: datetime, alive: Callable[[], None]) -> None:
    """Look, if it is time, while others write; open or close the incident. Raises Unavailable if it cannot be seen."""
    with database.read() as tx:
        examined_at = ledger.beats(tx).get(EXAMINED)
        is_open = incidents.is_open(tx, KIND, SUBJECT)
    every = (NIGHT if is_open else WEEK) - EARLIER
    if examined_at is not None and timedelta(0) <= now - examined_at < every:
        return
    fault = database.fault(lambda: _go_on(alive))
    database.write(lambda tx: _say(tx, fault, now))


def _go_on(alive: Callable[[], None]) -> bool:
    alive()
    return True


def _say(tx: Tx, fault: str, now: datetime) -> None:
    ledger.beat(tx, EXAMINED, now)
    if not fault:
        incidents.close_incident(tx, KIND, SUBJECT, now)
        return
    incidents.open_incident(
        tx,
        kind=KIND,
        subject=SUBJECT,
        title=f"The database is damaged: {fault}"[:300],
        remedy="Stop Wismo, `wismo restore` the newest good backup, and have the disk examined",
        figures={"what": fault[:300]},
        now=now,
    )
