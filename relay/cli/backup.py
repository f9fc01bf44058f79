"""A copy of the database out, and back in."""

import os
import shutil
import sqlite3
from datetime import datetime
from pathlib import Path

from relay.database import SQLite, Tx, alone_with, open_database
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
        fresh = target.with_name(f".{target.name}.part")
        fresh.unlink(missing_ok=True)
        database.backup(fresh)
    finally:
        database.close()
    _verify(fresh)
    fresh.replace(target)
    return target.stat().st_size


def put_back(settings: Settings, source: Path, now: datetime) -> list[str]:
    """Put a backup in place, paused, from the present; what to say about it, in lines."""
    if not settings.database_url.startswith("sqlite:"):
        raise BadInput("database", "a PostgreSQL is restored by its own tools", "Use pg_restore")
    _verify(source)
    path = Path(settings.database_url.removeprefix("sqlite:"))
    with alone_with(path):
        kept = _swap(source, path)
    return [*_start_paused(settings, now), *kept]


def _swap(source: Path, path: Path) -> list[str]:
    fresh = path.with_name(f".{path.name}.restoring")
    shutil.copyfile(source, fresh)
    with fresh.open("rb") as handle:
        os.fsync(handle.fileno())
    said = []
    if path.exists():
        aside = path.with_name(f"{path.name}.before-restore")
        path.replace(aside)
        said.append(f"the database that was there is kept as {aside}")
    for leftover in ("-wal", "-shm"):
        path.with_name(path.name + leftover).unlink(missing_ok=True)
    fresh.replace(path)
    return said


def _start_paused(settings: Settings, now: datetime) -> list[str]:
    database = open_database(settings.database_url)
    try:
        database.migrate()
        identity = database.identity()
        last = database.write(lambda tx: _make_present_baseline(tx, identity, now))
    finally:
        database.close()
    return [
        f"restored; the last thing this backup knows is of {last or 'never'}",
        "what carriers pushed after that is not in it: they may repeat it, else the next answer or push tells",
        "mail and shop writes are paused; look around, then `wismo resume all`",
    ]


def _make_present_baseline(tx: Tx, identity: str, now: datetime) -> str | None:
    ledger.set_install(tx, "identity", identity)
    pause_channels(tx, CHANNELS["all"], "wismo restore", now)
    orders.set_baseline(tx, SHOP, now)
    ledger.write_audit(
        tx, audit_id=f"restore-{now.isoformat()}", at=now, actor="wismo", action="restore", outcome="done", detail=""
    )
    newest: str | None = tx.rows("SELECT MAX(received_at) AS at FROM pushes")[0]["at"]
    return newest


def _verify(file: Path) -> None:
    """Raises BadInput unless the file is a whole database of Wismo's."""
    try:
        connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        try:
            (verdict,) = connection.execute("PRAGMA integrity_check").fetchone()
            connection.execute("SELECT name FROM migrations").fetchall()
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise BadInput("file", f"{file} is no backup of Wismo ({error})") from None
    if verdict != "ok":
        raise WismoError(f"{file} is damaged: {verdict}", "Use another backup")
