"""The two engines behind one interface: SQLite with group commit, PostgreSQL over a pool.

One SQL text serves both: ``:name`` parameters, every statement returns rows, TEXT and INTEGER columns (BYTEA for kept
bodies), moments as UTC text of fixed width.

engine     what both are to the house      sqlite, postgres  each of them      migrations  what made their tables
"""

import sqlite3
from pathlib import Path

from relay.database.engine import Database, Row, Tx, Values
from relay.database.migrations import pending_migrations
from relay.database.sqlite import SQLite, alone_with, verify_copy
from relay.errors import WismoError

__all__ = [
    "Database",
    "Row",
    "SQLite",
    "Tx",
    "Values",
    "alone_with",
    "open_database",
    "pending_migrations",
    "verify_copy",
]


def open_database(url: str, *, create: bool = False) -> Database:
    """Open ``sqlite:PATH`` or ``postgresql://…``. Without ``create`` a missing SQLite file is NotFound."""
    if not url.startswith("sqlite:"):
        from relay.database.postgres import Postgres  # noqa: PLC0415 - a shop on SQLite does not pay for its driver

        return Postgres(url)
    path = Path(url.removeprefix("sqlite:"))
    try:
        return SQLite(path, create=create)
    except OSError as error:
        remedy = "Check WISMO_DATABASE_URL and who may write to the folder"
        raise WismoError(f"{path} cannot be opened: {error.strerror}", remedy) from None
    except sqlite3.Error as error:
        raise WismoError(f"{path} cannot be used: {error}", "If it is damaged, restore a backup") from None
