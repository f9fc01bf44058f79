"""When the team is told what a week was like: once, on the first working morning of the next one, or later in it."""

from datetime import date, datetime
from hashlib import sha256

from relay.database import Tx
from relay.desk.periods import iso_week, week_before
from relay.model import Status
from relay.store import keeping, watches


def due_week(tx: Tx, day: date, zone: str) -> str | None:
    """The week that is to be told on a working day, as ``2026-W48``; one in which Wismo was not there yet is not."""
    week = week_before(day, zone)
    if keeping.installed_at(tx) >= week.end:
        return None
    name = iso_week(week)
    return None if watches.was_told(tx, _key(name)) else name


def tell_week(tx: Tx, week: str, now: datetime) -> bool:
    """Have it posted, if nobody did so meanwhile."""
    return watches.tell_once(tx, _key(week), f"digest/{week}", status=Status.UNKNOWN.value, now=now)


def _key(week: str) -> str:
    return sha256(f"digest\x1f{week}".encode()).hexdigest()[:32]
