"""The nightly copies of a SQLite database: made, verified, the oldest let go; and whether the disk has room."""

import shutil
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from relay.database import SQLite, Tx
from relay.desk.backups import STAMP, ours
from relay.errors import WismoError
from relay.store import incidents

#: Without a backup for this long it is no longer about one night.
LONGEST_WITHOUT = timedelta(hours=36)
#: Less than this, or less than twice the database, is too little.
ENOUGH_DISK, TIMES_DATABASE = 500 * 1024 * 1024, 2
#: An incident about the disk closes with this much more than enough, so that it does not flap.
ENOUGH_AGAIN = 1.1

# -- the files ---------------------------------------------------------------------------------------------------------


def make(
    database: SQLite, folder: Path, marked: str, keep: int, now: datetime, alive: Callable[[], None] = lambda: None
) -> str:
    """Write a verified backup and let the oldest go; what was wrong, or "". ``alive`` is called on the way.

    The folder itself is made, the one above it is not: that may be a disk which is not mounted.
    """
    try:
        folder.mkdir(exist_ok=True)
        for unfinished in folder.glob(f".wismo-{marked}-*.db.part"):
            unfinished.unlink(missing_ok=True)
        database.backup(folder / f"wismo-{marked}-{now.astimezone(UTC):{STAMP}}.db", alive)
        for old in sorted(ours(folder, marked), reverse=True)[keep:]:
            old.unlink(missing_ok=True)
    except (OSError, sqlite3.Error, WismoError) as error:
        return str(error)
    return ""


# -- what is said about them -------------------------------------------------------------------------------------------


def failed(database: SQLite, fault: str, last: datetime | None, now: datetime) -> None:
    """Open the incident about backups."""
    figures: dict[str, str | int | float] = {"case": "never", "what": fault[:300]}
    title = f"There is no backup at all: {fault}"
    if last is not None:
        hours = (now - last) // timedelta(hours=1)
        is_of_tonight = now - last <= LONGEST_WITHOUT
        title = (
            f"Tonight's backup failed: {fault}" if is_of_tonight else f"There is no backup for {hours} hours: {fault}"
        )
        figures |= {"case": "tonight" if is_of_tonight else "long", "hours": hours}
    remedy = "Check WISMO_BACKUP_DIR and its free space; it is tried again every hour"

    def work(tx: Tx) -> str:
        return incidents.open_incident(
            tx,
            kind="backup",
            subject="nightly",
            title=title[:300],
            remedy=remedy,
            figures=figures,
            now=now,
        )

    database.write(work)


def close(database: SQLite, kind: str, subject: str, now: datetime) -> None:
    """Close an incident, and write nothing where none is open."""
    with database.read() as tx:
        is_open = incidents.is_open(tx, kind, subject)
    if is_open:
        database.write(lambda tx: incidents.close_incident(tx, kind, subject, now))


# -- the disk ----------------------------------------------------------------------------------------------------------


def free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def watch_disk(database: SQLite, folder: Path | None, free: Callable[[Path], int], now: datetime) -> None:
    """Open or close the incidents about the disks on which the database and its backups lie."""
    wanted = max(ENOUGH_DISK, TIMES_DATABASE * database.size())
    home = database.path.absolute().parent
    places = {"database": home}
    if folder is not None and folder.is_dir() and folder.stat().st_dev != home.stat().st_dev:
        places["backups"] = folder
    for subject, place in places.items():
        _watch_place(database, subject, free(place), wanted, now)


def _watch_place(database: SQLite, subject: str, left: int, wanted: int, now: datetime) -> None:
    with database.read() as tx:
        is_open = incidents.is_open(tx, "disk", subject)
    if left >= wanted * (ENOUGH_AGAIN if is_open else 1):
        close(database, "disk", subject, now)
    elif not is_open:
        database.write(lambda tx: _open_disk(tx, subject, left / 1e9, wanted / 1e9, now))


def _open_disk(tx: Tx, subject: str, left_gb: float, wanted_gb: float, now: datetime) -> None:
    incidents.open_incident(
        tx,
        kind="disk",
        subject=subject,
        title=f"The disk of the {subject} is nearly full: {left_gb:.1f} GB free, {wanted_gb:.1f} GB wanted",
        remedy="Free space: when it is full, pushes are refused with 503",
        figures={"disk": subject, "left_gb": round(left_gb, 1), "wanted_gb": round(wanted_gb, 1)},
        now=now,
    )
