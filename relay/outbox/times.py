"""What the team is told because it is time: incidents not told as they stand, the morning list, the weekly digest."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from relay import clock
from relay.database import Tx
from relay.desk import Desk, alerts, incident_news
from relay.desk.team import TeamList, forget_what_is_done, team_list_of, tell_list, tell_list_again
from relay.desk.weekly import due_week, tell_week
from relay.model import Status
from relay.settings import Settings
from relay.store import ledger, mornings, watches
from relay.workdays import is_working_day

#: One process at a time looks at the clock for all; it says so again with each round.
LEASE = timedelta(seconds=60)
EVERY_S = 10.0
#: The list is read through so often; what stands on it changes rarely.
LIST_EVERY = timedelta(minutes=1)
#: The list comes at nine on working days; later where nothing ran then, but not in the evening.
MORNING, EVENING = time(9), time(18)


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
        if self._tell_of_incidents(now) + self._alert(now) + self._tell_list(now):
            self.desk.wake()
        return EVERY_S

    def _tell_of_incidents(self, now: datetime) -> int:
        """Read first: a write is on the way of every push."""
        if not incident_news.incidents_go_to(self.desk.settings):
            return 0
        with self.desk.database.read() as tx:
            due = incident_news.due(tx, now)
        return self.desk.database.write(lambda tx: incident_news.tell_due(tx, now)) if due else 0

    def _alert(self, now: datetime) -> int:
        with self.desk.database.read() as tx:
            due = alerts.due(tx, self.desk.settings, now)
        return self.desk.database.write(lambda tx: alerts.alert_due(tx, self.desk.settings, now)) if due else 0

    def _tell_list(self, now: datetime) -> int:
        if not self.desk.settings.slack_bot_token.get_secret_value():
            return 0
        if self._listed_at is not None and timedelta(0) <= now - self._listed_at < LIST_EVERY:
            return 0
        self._listed_at = now
        with self.desk.database.read() as tx:
            team = team_list_of(tx, now)
        told = self.desk.database.write(lambda tx: tell_of_erased(tx, now)) + self._tell_week(now)
        return told + self.desk.database.write(lambda tx: tell_morning(tx, self.desk.settings, team, now))

    def _tell_week(self, now: datetime) -> int:
        settings = self.desk.settings
        day = morning_of(now, settings.timezone) if settings.slack_channel else None
        if day is None:
            return 0
        with self.desk.database.read() as tx:
            week = due_week(tx, day, settings.timezone)
        return int(self.desk.database.write(lambda tx: tell_week(tx, week, now))) if week else 0


# -- the morning list --------------------------------------------------------------------------------------------------


def morning_of(now: datetime, zone: str) -> date | None:
    """The day whose list is due, if it is a working day between nine and the evening, by the shop's clock."""
    here = now.astimezone(ZoneInfo(zone))
    return here.date() if MORNING <= here.time() < EVENING and is_working_day(here.date(), zone) else None


def tell_morning(tx: Tx, settings: Settings, team: TeamList, now: datetime) -> int:
    """Have this day's list posted, once, and edited when something on it is done; how many messages that made."""
    if not settings.slack_channel:
        return 0
    forget_what_is_done(tx, team)
    day = morning_of(now, settings.timezone)
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
