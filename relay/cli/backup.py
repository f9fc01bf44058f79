"""A copy of the database out, and back in."""

import os
import shutil
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from relay.database import SQLite, Tx, alone_with, open_database, verify_copy
from relay.desk import keeping
from relay.desk.care import CHANNELS, SHOP, pause_channels
from relay.errors import BadInput, WismoError
from relay.settings import Settings
from relay.store import ledger, orders


def copy_out(settings: Settings, target: Path) -> int:
    """Write a verified copy; its size in bytes. An existing file is replaced only by a good copy."""
    database = open_database(settings.database_url)
    try:
        if not isinstance(database, SQLite):
            raise BadInput("database", "a PostgreSQL is backed up by its own tools", "Use pg_dump")
        _refuse_own_files(database.path, target)
        return database.backup(target)
    except (OSError, sqlite3.Error) as error:
        raise WismoError(f"{target} cannot be written: {error}", "Check the folder and its free space") from None
    finally:
        database.close()


def _refuse_own_files(path: Path, target: Path) -> None:
    """A copy in the place of the running database would cut every process off from it."""
    own = [path, *(path.with_name(path.name + end) for end in ("-wal", "-shm", ".lock"))]
    if not target.name or target.is_dir():
        raise BadInput("file", f"{str(target)!r} is not a file's name", "Name a file, such as wismo-monday.backup")
    if target.resolve() in {file.resolve() for file in own}:
        raise BadInput("file", f"{target} is the running database itself", "Name another file")


def put_back(settings: Settings, source: Path, now: datetime) -> list[str]:
    """Put a backup in place, paused, from the present; what to say about it, in lines."""
    if not settings.database_url.startswith("sqlite:"):
        raise BadInput("database", "a PostgreSQL is restored by its own tools", "Use pg_restore")
    verify_copy(source)
    path = Path(settings.database_url.removeprefix("sqlite:"))
    with alone_with(path):
        aside = _swap(source, path, now)
    said = _start_paused(settings, now)
    if aside is not None:
        said += [f"the database that was there is kept as {aside}", *_forget_again(settings, aside, now)]
    return said


def _swap(source: Path, path: Path, now: datetime) -> Path | None:
    """The database that was there stays whole beside it: what it had not yet moved out of its log goes with it."""
    fresh = path.with_name(f".{path.name}.restoring")
    shutil.copyfile(source, fresh)
    with fresh.open("rb") as handle:
        os.fsync(handle.fileno())
    aside = path.with_name(f"{path.name}.before-restore-{now:%Y%m%dT%H%M%S}")
    is_there = path.exists()
    for end in ("-wal", "-shm", ""):
        file = path.with_name(path.name + end)
        if file.exists():
            file.replace(aside.with_name(aside.name + end))
    fresh.replace(path)
    return aside if is_there else None


def _forget_again(settings: Settings, aside: Path, now: datetime) -> list[str]:
    """Whom the database that was there had forgotten since, the backup knows: once more, before anything runs."""
    try:
        with closing(sqlite3.connect(aside)) as before:
            keys = {key for (key,) in before.execute("SELECT key FROM tombstones")}
    except sqlite3.Error as error:
        return [f"whom it had forgotten cannot be read ({error}): `wismo forget` them once more"]
    database = open_database(settings.database_url)
    try:
        forgotten = keeping.forget_again(database, settings, keys, now)
    finally:
        database.close()
    return [f"{forgotten} orders that had been erased since were erased again"] if forgotten else []


def _start_paused(settings: Settings, now: datetime) -> list[str]:
    database = open_database(settings.database_url)
    try:
        database.migrate()
        identity = database.identity()
        last = database.write(lambda tx: _make_present_baseline(tx, identity, now))
    finally:
        database.close()
    return [
        f"restored; the newest push in this backup is of {last}" if last else "restored; this backup holds no push",
        "what carriers pushed after that is not in it: they may repeat it, else the next answer or push tells",
        "mail and shop writes are paused; look around, then `wismo resume all`",
    ]


def _make_present_baseline(tx: Tx, identity: str, now: datetime) -> str | None:
    ledger.set_install(tx, "identity", identity)
    pause_channels(tx, CHANNELS["all"], "wismo restore", now)
    orders.set_baseline(tx, SHOP, now)
    ledger.write_audit(tx, now, "wismo", "restore")
    newest: str | None = tx.rows("SELECT MAX(received_at) AS at FROM pushes WHERE body IS NOT NULL")[0]["at"]
    return newest
