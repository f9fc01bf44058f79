"""Numbered scripts, each applied once and recorded by its name."""

from collections.abc import Mapping
from importlib.resources import files

from relay.database.engine import Database, NoTable, Tx


def migrate(database: Database) -> list[str]:
    """Apply what is missing, each script in its own transaction; the names applied."""
    return [name for name, script in _scripts().items() if database.write(lambda tx: _apply(tx, name, script))]  # noqa: B023 - called at once


def _scripts() -> Mapping[str, str]:
    found = [entry for entry in (files("relay") / "migrations").iterdir() if entry.name.endswith(".sql")]
    return {entry.name: entry.read_text(encoding="utf-8") for entry in sorted(found, key=lambda entry: entry.name)}


def _apply(tx: Tx, name: str, script: str) -> bool:
    """Apply one script unless it is recorded; the insertion makes a second process wait for the first."""
    tx.rows("CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY)")
    if not tx.rows("INSERT INTO migrations (name) VALUES (:name) ON CONFLICT DO NOTHING RETURNING name", name=name):
        return False
    for statement in script.split(";\n"):
        if statement.strip():
            tx.rows(statement)
    return True


def pending_migrations(tx: Tx) -> list[str]:
    """Names of the scripts that this database has not seen. After a database without any, ``tx`` is of no more use."""
    try:
        seen = {row["name"] for row in tx.rows("SELECT name FROM migrations")}
    except NoTable:
        seen = set()
    return [name for name in _scripts() if name not in seen]
