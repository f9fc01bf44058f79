"""What is erased, dropped and backed up, and when: once a night by the shop's clock, one process at a time.

purge     personal data after the end of a shipment, raw pushes by age, what is not ours
backups   the nightly copies, and whether the disk has room
integrity whether the file is damaged, once a week
signs     a database through which each step of the night is a sign of life
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from relay import clock
from relay.database import SQLite
from relay.desk import Desk
from relay.desk.backups import mark, newest
from relay.retention import backups, integrity
from relay.retention.purge import Purged, due, purge
from relay.retention.signs import Signs
from relay.store import keeping as store
from relay.store import ledger

__all__ = ["Purged", "Retention", "due", "purge"]

EVERY_S = 60.0
#: Longer than a night's work takes as a rule; whoever holds it may have died.
LEASE = timedelta(minutes=30)
#: The night's work begins at this hour of the shop's clock, or as soon as a process runs after it.
NIGHT_BEGINS = timedelta(hours=3)
RETRY_BACKUP = timedelta(hours=1)

#: Under these names the store remembers when it was last purged, and when a backup was last tried.
PURGED, BACKUP_TRIED = "purge", "backup"


@dataclass(frozen=True, slots=True)
class Retention:
    desk: Desk
    holder: str
    now: Callable[[], datetime] = clock.now
    free: Callable[[Path], int] = backups.free_bytes
    alive: Callable[[], None] = lambda: None  #: called while the night's work makes progress

    def round(self) -> float:
        """The night's work, if nobody did it yet; the seconds until the next look."""
        now = self.now()
        database, settings = self.desk.database, self.desk.settings
        if not database.write(lambda tx: ledger.take_lease(tx, "retention", self.holder, now, LEASE)):
            return EVERY_S
        with database.read() as tx:
            purged_at = ledger.beats(tx).get(PURGED)
        # A purge that is to come was made before the clock was put back.
        is_nights_first = purged_at is None or self._night(purged_at) != self._night(now)
        if is_nights_first:
            purge(Signs(database, self.alive, database.engine), settings, now)
            database.write(lambda tx: ledger.beat(tx, PURGED, now))
        if isinstance(database, SQLite):
            backups.watch_disk(database, settings.backup_dir, self.free, now)
            self._back_up(database, settings.backup_dir, now)
            if is_nights_first:
                integrity.examine(database, now, self.alive)
        return EVERY_S

    def _back_up(self, database: SQLite, folder: Path | None, now: datetime) -> None:
        """Make tonight's backup if there is none. Evidence that all is well is the file itself."""
        with database.read() as tx:
            marked = mark(ledger.install(tx))
            tried_at = ledger.beats(tx).get(BACKUP_TRIED)
            since = store.installed_at(tx)
        last = newest(folder, marked, now) if folder else None
        if folder is None or self._night(last or since) >= self._night(now):
            backups.close(database, "backup", "nightly", now)
        elif tried_at is None or not timedelta(0) <= now - tried_at < RETRY_BACKUP:
            database.write(lambda tx: ledger.beat(tx, BACKUP_TRIED, now))
            fault = backups.make(database, folder, marked, self.desk.settings.backup_keep, now, self.alive)
            if fault:
                backups.failed(database, fault, last, now)
            else:
                backups.close(database, "backup", "nightly", now)

    def _night(self, moment: datetime) -> date:
        """The day on which the night before a moment began its work."""
        return (moment.astimezone(ZoneInfo(self.desk.settings.timezone)) - NIGHT_BEGINS).date()
