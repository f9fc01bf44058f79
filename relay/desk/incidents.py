"""What a person does with an incident: takes it, gives it back, puts it off, or accepts it as known.

Each is audited, shown in its message at once, and asks nothing of one that is over. Who may do what, the ways in know:
anybody of the team takes; to quiet one for everybody is for who may correct.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from relay.database import Row, Tx
from relay.desk import Desk
from relay.desk.incident_news import tell_again
from relay.errors import BadInput, NotFound
from relay.model import optional_moment, to_text
from relay.store import incidents, ledger

MORNING: Final = time(9)
MONDAY: Final = 0
#: An incident that is put off for longer is known.
LONGEST: Final = timedelta(days=31)


class Until(StrEnum):
    """For how long an incident is put off."""

    HOUR = "1h"
    TOMORROW = "tomorrow"
    MONDAY = "monday"


@dataclass(frozen=True, slots=True)
class Hands:
    """How an incident stands, and with whom."""

    incident_id: str
    title: str
    closed_at: datetime | None
    owner: str
    snoozed_until: datetime | None
    snoozed_by: str
    known_by: str


def hands_of(row: Row) -> Hands:
    return Hands(
        incident_id=row["incident_id"],
        title=row["title"],
        closed_at=optional_moment(row["closed_at"]),
        owner=row["owner"] or "",
        snoozed_until=optional_moment(row["snoozed_until"]),
        snoozed_by=row["snoozed_by"] or "",
        known_by=row["known_by"] or "",
    )


def take(desk: Desk, incident_id: str, person: str, now: datetime) -> Hands:
    """Put somebody's name to it; the first one's stays."""

    def work(tx: Tx, row: Row) -> bool:
        return incidents.take(tx, row["incident_id"], person) == person

    return _done(desk, incident_id, "take", person, work, now)


def give_back(desk: Desk, incident_id: str, holder: str, by: str, now: datetime) -> Hands:
    """Let it be nobody's, if it is ``holder``'s still."""

    def work(tx: Tx, row: Row) -> bool:
        return incidents.give_back(tx, row["incident_id"], holder)

    return _done(desk, incident_id, "give back", by, work, now)


def snooze(desk: Desk, incident_id: str, until: datetime, person: str, now: datetime) -> Hands:
    """Let nothing remind of it until then. Raises BadInput."""
    if not now < until <= now + LONGEST:
        remedy = "Name a moment within the next 31 days; for longer, call it known"
        raise BadInput("until", f"{to_text(until)[:16]} UTC is past, or too far away", remedy)

    def work(tx: Tx, row: Row) -> bool:
        incidents.snooze(tx, row["incident_id"], until, person)
        return True

    return _done(desk, incident_id, "snooze", person, work, now)


def accept(desk: Desk, incident_id: str, person: str, now: datetime) -> Hands:
    """Let it be known: nothing reminds of it until it closes. One of the same cause that comes later is a new one."""

    def work(tx: Tx, row: Row) -> bool:
        incidents.accept(tx, row["incident_id"], row["known_by"] or person)
        return True

    return _done(desk, incident_id, "known", person, work, now)


def wake(desk: Desk, incident_id: str, person: str, now: datetime) -> Hands:
    """Let it be told and reminded of again, whoever put it off or called it known."""

    def work(tx: Tx, row: Row) -> bool:
        incidents.snooze(tx, row["incident_id"], None, None)
        incidents.accept(tx, row["incident_id"], None)
        return True

    return _done(desk, incident_id, "wake", person, work, now)


def until_of(until: Until, now: datetime, zone: str) -> datetime:
    """An hour, or nine o'clock of the next day or Monday on the shop's clock."""
    if until is Until.HOUR:
        return now + timedelta(hours=1)
    here = now.astimezone(ZoneInfo(zone))
    days = 1 if until is Until.TOMORROW else (MONDAY - here.weekday()) % 7 or 7
    return datetime.combine(here.date() + timedelta(days=days), MORNING, ZoneInfo(zone)).astimezone(now.tzinfo)


def look_up(desk: Desk, incident_id: str) -> Hands:
    """Raises NotFound."""
    with desk.database.read() as tx:
        return hands_of(_row(tx, incident_id))


def _done(
    desk: Desk, incident_id: str, action: str, person: str, work: Callable[[Tx, Row], bool], now: datetime
) -> Hands:
    """``work`` says whether it came about. One that is over is left as it is."""

    def write(tx: Tx) -> Hands:
        row = _row(tx, incident_id)
        if row["closed_at"]:
            return hands_of(row)
        is_done = work(tx, row)
        detail = f"{row['incident_id']} {row['kind']}/{row['subject']}"[:200]
        ledger.write_audit(tx, now, person, action, detail, outcome="done" if is_done else "refused")
        changed = _row(tx, row["incident_id"])
        if is_done:
            tell_again(tx, desk.settings, changed, now)
        return hands_of(changed)

    stands = desk.database.write(write)
    desk.wake()
    return stands


def _row(tx: Tx, incident_id: str) -> Row:
    row = incidents.incident(tx, incident_id)
    if row is None:
        raise NotFound(f"no incident has the id {incident_id!r}", "`wismo incidents` lists them")
    return row
