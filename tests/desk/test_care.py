"""An installation looks after itself: copies, pauses, what leaves."""

import shutil
from datetime import timedelta
from pathlib import Path

import psycopg

from relay.database import Database, SQLite, open_database
from relay.desk.care import settle_in
from relay.store import incidents, outbox
from tests.conftest import NOON

LATER = NOON + timedelta(hours=1)


def settled(database: Database) -> list[str]:
    """Let a process settle in; the incidents it opened."""
    identity = database.identity()
    database.write(lambda tx: settle_in(tx, identity, LATER))
    with database.read() as tx:
        return [row["kind"] for row in incidents.incidents(tx, only_open=True)]


def is_paused(database: Database) -> bool:
    with database.read() as tx:
        return outbox.channel(tx, "email")["paused_at"] is not None


def test_any_number_of_processes_on_one_database_are_one_installation(database: Database, database_url: str) -> None:
    assert settled(database) == []
    other = open_database(database_url)
    assert settled(other) == []
    other.close()
    assert settled(database) == []
    assert not is_paused(database)


def test_a_copied_file_starts_paused_and_says_so(tmp_path: Path) -> None:
    original = SQLite(tmp_path / "wismo.db", create=True)
    original.migrate()
    assert settled(original) == []
    original.close()
    (tmp_path / "elsewhere").mkdir()
    shutil.copyfile(tmp_path / "wismo.db", tmp_path / "elsewhere" / "wismo.db")
    copy = SQLite(tmp_path / "elsewhere" / "wismo.db", create=False)
    assert settled(copy) == ["copied"]
    assert is_paused(copy)
    copy.close()
    again = SQLite(tmp_path / "wismo.db", create=False)
    assert settled(again) == []
    again.close()


def test_a_copied_postgresql_starts_paused_and_an_ordinary_user_can_tell(postgres_url: str) -> None:
    def named(name: str, user: str = "") -> str:
        head, _, query = postgres_url.partition("?")
        address = f"{head.rpartition('/')[0]}/{name}?{query}"
        return f"{address}&user={user}" if user else address

    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE ROLE shop LOGIN")
        connection.execute("CREATE DATABASE original OWNER shop")
    original = open_database(named("original", "shop"))
    original.migrate()
    assert settled(original) == []
    original.close()
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE copied TEMPLATE original OWNER shop")
    copy = open_database(named("copied", "shop"))
    assert settled(copy) == ["copied"]
    assert is_paused(copy)
    copy.close()
