"""The nightly copies of a SQLite database: made, verified, the oldest let go; and whether the disk has room."""

import re
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from relay.database import SQLite
from relay.errors import WismoError
from relay.store import ledger

#: Without a backup for this long it is no longer about one night.
LONGEST_WITHOUT = timedelta(hours=36)
#: Less than this, or less than twice the database, is too little.
ENOUGH_DISK, TIMES_DATABASE = 500 * 1024 * 1024, 2
#: An incident about the disk closes with this much more than enough, so that it does not flap.
ENOUGH_AGAIN = 1.1

_STAMP = "%Y%m%d-%H%M%S"

# -- the files ---------------------------------------------------------------------------------------------------------


def mark(install: Mapping[str, str]) -> str:
    """What tells this installation's backups from others in the same folder."""
    return install.get("install_id", "")[:8] or "unnamed"


def newest(folder: Path, marked: str, now: datetime) -> datetime | None:
    """When the newest of our backups was made that is still there."""
    return max((at for at in _ours(folder, marked).values() if at <= now), default=None)


def _ours(folder: Path, marked: str) -> dict[Path, datetime]:
    """The backups in a folder that this installation made, and when. Nothing else in it is ever touched."""
    found: dict[Path, datetime] = {}
    for file in folder.glob("wismo-*.db"):
        named = re.fullmatch(rf"wismo-{re.escape(marked)}-(\d{{8}}-\d{{6}})\.db", file.name)
        if named and file.is_file():
            found[file] = datetime.strptime(named[1], _STAMP).replace(tzinfo=UTC)
    return found


def make(database: SQLite, folder: Path, marked: str, keep: int, now: datetime) -> str:
    """Write a verified backup and let the oldest go; what was wrong, or "".

    The folder itself is made, the one above it is not: that may be a disk which is not mounted.
    """
    try:
        folder.mkdir(exist_ok=True)
        for unfinished in folder.glob(f".wismo-{marked}-*.db.part"):
            unfinished.unlink(missing_ok=True)
        database.backup(folder / f"wismo-{marked}-{now.astimezone(UTC):{_STAMP}}.db")
        for old in sorted(_ours(folder, marked), reverse=True)[keep:]:
            old.unlink(missing_ok=True)
    except (OSError, sqlite3.Error, WismoError) as error:
        return str(error)
    return ""


# -- what is said about them -------------------------------------------------------------------------------------------


def in_words(fault: str, last: datetime | None, now: datetime) -> str:
    """The title of the incident."""
    if last is not None and now - last <= LONGEST_WITHOUT:
        return f"Tonight's backup failed: {fault}"[:300]
    since = f"for {(now - last) // timedelta(hours=1)} hours" if last else "at all"
    return f"There is no backup {since}: {fault}"[:300]


def say(database: SQLite, title: str, now: datetime) -> None:
    """Open or close the incident about backups."""
    remedy = "Check WISMO_BACKUP_DIR and its free space; it is tried again every hour"
    _say(database, "backup", "nightly", title, remedy, now)


def _say(database: SQLite, kind: str, subject: str, title: str, remedy: str, now: datetime) -> None:
    with database.read() as tx:
        known = [
            row for row in ledger.incidents(tx, only_open=True) if (row["kind"], row["subject"]) == (kind, subject)
        ]
    if title:
        database.write(
            lambda tx: ledger.open_incident(tx, kind=kind, subject=subject, title=title, remedy=remedy, now=now)
        )
    elif known:
        database.write(lambda tx: ledger.close_incident(tx, kind, subject, now))


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
        is_open = any(
            row["kind"] == "disk" and row["subject"] == subject for row in ledger.incidents(tx, only_open=True)
        )
    if left < wanted * (ENOUGH_AGAIN if is_open else 1):
        title = f"The disk of the {subject} is nearly full: {left / 1e9:.1f} GB free, {wanted / 1e9:.1f} GB wanted"
        if not is_open:
            _say(database, "disk", subject, title, "Free space: when it is full, pushes are refused with 503", now)
    elif is_open:
        _say(database, "disk", subject, "", "", now)
