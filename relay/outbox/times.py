"""What the team is told because it is time: incidents that are not told as they stand, and the morning list."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from relay import clock
from relay.database import Row, Tx
from relay.desk import Desk
from relay.desk.posts import incidents_go_to
from relay.desk.team import TeamList, forget_what_is_done, team_list_of, tell_list, tell_list_again
from relay.model import Status, optional_moment
from relay.settings import Settings
from relay.store import incidents, ledger, mornings, watches

#: One process at a time looks at the clock for all; it says so again with each round.
LEASE = timedelta(seconds=60)
EVERY_S = 10.0
#: The list is read through so often; what stands on it changes rarely.
LIST_EVERY = timedelta(minutes=1)
#: An incident that is merely seen again is edited so often at most.
SEEN_AGAIN_AFTER = timedelta(minutes=5)
#: The list comes at nine on working days; later where nothing ran then, but not in the evening.
MORNING, EVENING = time(9), time(18)
SATURDAY = 5


@dataclass(slots=True)
class Times:
    """Belongs to one thread. Any number of processes have one; one of them does the work."""

    desk: Desk
    holder: str
    now: Callable[[], datetime] = clock.now
    _listed_at: datetime | None = None

    def round(self) -> float:
        """One look at the clock; the seconds until the next."""
        now = self.now()
        if not self.desk.database.write(lambda tx: ledger.take_lease(tx, "slack", self.holder, now, LEASE)):
            return EVERY_S
        if self._tell_of_incidents(now) + self._tell_list(now):
            self.desk.wake()
        return EVERY_S

    def _tell_of_incidents(self, now: datetime) -> int:
        """Read first: a write is on the way of every push."""
        if not incidents_go_to(self.desk.settings):
            return 0
        with self.desk.database.read() as tx:
            due = incidents_to_tell(tx, now)
        return self.desk.database.write(lambda tx: tell_of_incidents(tx, now)) if due else 0

    def _tell_list(self, now: datetime) -> int:
        if self._listed_at is not None and timedelta(0) <= now - self._listed_at < LIST_EVERY:
            return 0
        self._listed_at = now
        with self.desk.database.read() as tx:
            team = team_list_of(tx, now)
        told = self.desk.database.write(lambda tx: tell_of_erased(tx, now))
        return told + self.desk.database.write(lambda tx: tell_morning(tx, self.desk.settings, team, now))


# -- incidents ---------------------------------------------------------------------------------------------------------


def incidents_to_tell(tx: Tx, now: datetime) -> list[Row]:
    """Those that are not told as they stand."""
    return [row for row in incidents.to_tell(tx) if is_news(row, now)]


def tell_of_incidents(tx: Tx, now: datetime) -> int:
    """Have each of them told; how many there were."""
    due = incidents_to_tell(tx, now)
    for row in due:
        key = sha256(f"incident\x1f{row['incident_id']}".encode()).hexdigest()[:32]
        subject = f"incident/{row['incident_id']}"
        watches.tell(tx, key, subject, shop=row["shop"], status=Status.UNKNOWN.value, now=now)
        incidents.mark_told(tx, row["incident_id"], standing(row), now)
    return len(due)


def standing(incident: Row) -> str:
    """What is told of an incident, shortly: the same text, nothing new."""
    said = (incident["title"], incident["owner"], incident["snoozed_until"])
    digest = sha256(repr(said).encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{'closed' if incident['closed_at'] else 'open'} {digest} {incident['times']}"


def is_news(incident: Row, now: datetime) -> bool:
    """What is new is told at once; that it was seen again, not more often than is useful.

    Messages of Slack's own that cannot be sent are seen again by telling of them: that is told once.
    """
    told, told_at = incident["told"], optional_moment(incident["told_at"])
    if told is None or told_at is None:
        return True
    stands = standing(incident)
    if told.rpartition(" ")[0] != stands.rpartition(" ")[0]:
        return True
    return told != stands and incident["subject"] != watches.SLACK and now - told_at >= SEEN_AGAIN_AFTER


# -- the morning list --------------------------------------------------------------------------------------------------


def morning_of(now: datetime, zone: ZoneInfo) -> date | None:
    """The day whose list is due, if it is a working day between nine and the evening, by the shop's clock."""
    here = now.astimezone(zone)
    return here.date() if here.weekday() < SATURDAY and MORNING <= here.time() < EVENING else None


def tell_morning(tx: Tx, settings: Settings, team: TeamList, now: datetime) -> int:
    """Have this day's list posted, once, and edited when something on it is done; how many messages that made."""
    if not settings.slack_channel:
        return 0
    forget_what_is_done(tx, team)
    day = morning_of(now, ZoneInfo(settings.timezone))
    first = json.dumps({"first": [item.key for item in team.items], "is": team.digest})
    if day and mornings.begin(tx, day.isoformat(), settings.slack_channel, first, now):
        return tell_list(tx, day.isoformat(), now)
    return tell_list_again(tx, team, now)


# -- watches -----------------------------------------------------------------------------------------------------------


def tell_of_erased(tx: Tx, now: datetime) -> int:
    """Watches of orders that were erased end, and say so."""
    found = watches.of_erased_orders(tx)
    for row in found:
        status, subject = Status.UNKNOWN.value, f"watch/{row['watch_id']}"
        watches.tell(tx, row["watch_id"], subject, shop=row["shop"], order_id=row["order_id"], status=status, now=now)
    return len(found)
