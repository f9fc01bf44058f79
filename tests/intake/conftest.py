"""One installation per engine, emptied before each test: making a new one costs more than most tests here."""

from collections.abc import Iterator

import pytest

from relay.database import Database, Tx, open_database
from tests.conftest import settle

TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table'",
    "postgresql": "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'",
}
#: Until the transaction ends: the tables are emptied in no particular order.
ANY_ORDER = {
    "sqlite": "PRAGMA defer_foreign_keys = ON",
    "postgresql": "SET LOCAL session_replication_role = replica",
}


def installed(url: str) -> Iterator[Database]:
    opened = open_database(url, create=True)
    opened.migrate()
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def sqlite_install(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    yield from installed(f"sqlite:{tmp_path_factory.mktemp('intake') / 'wismo.db'}")


@pytest.fixture(scope="session")
def postgresql_install(postgres_url: str) -> Iterator[Database]:
    yield from installed(postgres_url)


def emptied(install: Database) -> Database:
    def empty(tx: Tx) -> None:
        tx.rows(ANY_ORDER[install.engine])
        for table in tx.rows(TABLES[install.engine]):
            if table["name"] != "migrations":
                tx.rows(f"DELETE FROM {table['name']}")  # noqa: S608 - the engine's own names
        settle(tx)

    install.write(empty)
    return install


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    return emptied(request.getfixturevalue(f"{request.param}_install"))


@pytest.fixture
def sqlite(sqlite_install: Database) -> Database:
    """One engine, for what is a law of the rules or of SQLite's writer alone."""
    return emptied(sqlite_install)
