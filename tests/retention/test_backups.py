"""A backup every night, verified, the oldest let go; and a voice where there is none."""

import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from relay.database import Database, SQLite
from relay.desk.care import settle_in
from relay.intake import Policy
from relay.retention import Retention, backups
from relay.retention.backups import ENOUGH_DISK
from tests.conftest import NOON, fact
from tests.intake import steps
from tests.retention.steps import day, desk_of, files, open_incidents, pushes

PLENTY = 10**12


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[SQLite]:
    opened = SQLite(tmp_path / "wismo.db", create=True)
    opened.migrate()
    opened.write(lambda tx: settle_in(tx, opened.identity(), NOON))
    yield opened
    opened.close()


def look(
    database: Database, policy: Policy, at: datetime, folder: Path | str = "off", *, keep: int = 7, free: int = PLENTY
) -> None:
    desk = desk_of(database, policy, backup_dir=str(folder), backup_keep=str(keep))
    Retention(desk, "this process", lambda: at, lambda _: free).round()


def night(days: int, minutes: int = 5) -> datetime:
    """So long after three in the morning in São Paulo, so many nights after noon."""
    return NOON.replace(hour=6) + timedelta(days=days, minutes=minutes)


def marked(database: Database) -> str:
    with database.read() as tx:
        return str(tx.rows("SELECT value FROM install WHERE key = 'install_id'")[0]["value"])[:8]


def test_every_night_after_three_a_backup_is_made_that_holds_everything(
    sqlite: SQLite, policy: Policy, tmp_path: Path
) -> None:
    steps.told(sqlite, policy, fact("in_transit"))
    folder = tmp_path / "copies"
    look(sqlite, policy, NOON + timedelta(minutes=1), folder)
    look(sqlite, policy, night(1, minutes=-1), folder)
    assert not folder.exists()
    look(sqlite, policy, night(1), folder)
    look(sqlite, policy, night(1, minutes=90), folder)
    (name,) = files(folder)
    assert name == f"wismo-{marked(sqlite)}-{night(1):%Y%m%d-%H%M%S}.db"
    assert (folder / name).stat().st_mode & 0o077 == 0
    with closing(sqlite3.connect(folder / name)) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        kept = copy.execute("SELECT push_id, body FROM pushes").fetchall()
    assert kept == [(row["push_id"], row["body"]) for row in pushes(sqlite)]
    assert open_incidents(sqlite) == {}


def test_a_night_that_was_slept_through_is_made_up_for(sqlite: SQLite, policy: Policy, tmp_path: Path) -> None:
    look(sqlite, policy, night(4, minutes=600), tmp_path / "copies")
    assert len(files(tmp_path / "copies")) == 1


def test_the_newest_are_kept_and_nothing_of_others_is_touched(sqlite: SQLite, policy: Policy, tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    folder.mkdir()
    mine = marked(sqlite)
    others = [
        "wismo-00000000-20200101-030000.db",
        f"wismo-{mine}-20200101-030000.db.keep",
        f"wismo-{mine}-before-the-move.db",
        "wismo.db",
        "notes.txt",
    ]
    for name in others:
        (folder / name).write_text("somebody else's")
    (folder / f".wismo-{mine}-20200101-030000.db.part").write_text("cut short")
    for nights in range(1, 6):
        look(sqlite, policy, night(nights), folder, keep=2)
    made = [f"wismo-{mine}-{night(nights):%Y%m%d-%H%M%S}.db" for nights in (4, 5)]
    assert files(folder) == sorted([*others, *made])
    assert {(folder / name).read_text() for name in others} == {"somebody else's"}


def test_off_switches_it_off(sqlite: SQLite, policy: Policy, tmp_path: Path) -> None:
    missing = str(tmp_path / "no" / "disk")
    look(sqlite, policy, night(1), missing)
    assert "backup" in open_incidents(sqlite)
    look(sqlite, policy, night(2), "off")
    assert open_incidents(sqlite) == {}
    assert files(tmp_path) == ["wismo.db", "wismo.db-shm", "wismo.db-wal", "wismo.db.lock"]


def test_a_folder_that_is_not_there_is_an_incident_until_a_backup_is_made(
    sqlite: SQLite, policy: Policy, tmp_path: Path
) -> None:
    folder = tmp_path / "disk" / "copies"
    look(sqlite, policy, night(1), folder)
    assert "No such file" in open_incidents(sqlite)["backup"]
    folder.parent.mkdir()
    look(sqlite, policy, night(1, minutes=30), folder)
    assert "backup" in open_incidents(sqlite)
    look(sqlite, policy, night(1, minutes=66), folder)
    assert open_incidents(sqlite) == {}
    assert len(files(folder)) == 1


@contextmanager
def full_after(size: int) -> Iterator[None]:
    """No file of this process grows further: to SQLite, a disk that is full."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))


def test_a_full_disk_is_said_and_leaves_no_half_backup(sqlite: SQLite, tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    folder.mkdir()
    (folder / "wismo-mine-20260301-060000.db").write_text("last night's")
    with full_after(16 * 1024):
        fault = backups.make(sqlite, folder, "mine", 1, night(1))
    assert fault
    assert files(folder) == ["wismo-mine-20260301-060000.db"]


def test_days_without_a_backup_are_said(sqlite: SQLite, policy: Policy, tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    look(sqlite, policy, night(1), folder)
    (made,) = folder.iterdir()
    made.rename(tmp_path / made.name)
    folder.rmdir()
    folder.write_text("no folder")
    look(sqlite, policy, night(2), folder)
    assert open_incidents(sqlite)["backup"].startswith("There is no backup at all")
    folder.unlink()
    folder.mkdir()
    folder.chmod(0o700)
    (tmp_path / made.name).rename(folder / made.name)
    (folder / f".wismo-{marked(sqlite)}-{night(3):%Y%m%d-%H%M%S}.db.part").mkdir()
    look(sqlite, policy, night(3), folder)
    assert open_incidents(sqlite)["backup"].startswith("There is no backup for 48 hours")


def test_a_backup_that_is_there_is_the_evidence(sqlite: SQLite, policy: Policy, tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    look(sqlite, policy, night(1), folder)
    for copy in folder.iterdir():
        copy.unlink()
    look(sqlite, policy, night(1, minutes=70), folder)
    assert len(files(folder)) == 1


# -- the disk ----------------------------------------------------------------------------------------------------------


def test_little_room_is_an_incident_until_there_is_more(sqlite: SQLite, policy: Policy) -> None:
    for free, kinds in (
        (ENOUGH_DISK, set()),
        (ENOUGH_DISK - 1, {"disk"}),
        (ENOUGH_DISK + 1, {"disk"}),
        (PLENTY, set()),
    ):
        look(sqlite, policy, NOON, free=free)
        assert set(open_incidents(sqlite)) == kinds


def test_a_large_database_wants_twice_its_size(sqlite: SQLite, policy: Policy) -> None:
    with sqlite.path.open("r+b") as file:
        file.truncate(600 * 1024 * 1024)  # a hole, no room is taken
    look(sqlite, policy, NOON, free=2 * 600 * 1024 * 1024)
    assert set(open_incidents(sqlite)) == {"disk"}


# -- one process a night -----------------------------------------------------------------------------------------------


def test_one_process_at_a_time_once_a_night(database: Database, policy: Policy) -> None:
    desk = desk_of(database, policy, backup_dir="off")
    steps.told(database, policy, fact("in_transit"))

    def first(at: datetime) -> None:
        Retention(desk, "first", lambda: at).round()

    first(day(40))
    assert [row["body"] for row in pushes(database)] == [None]
    hours = day(40) + timedelta(minutes=29)
    steps.told(database, policy, fact("out_for_delivery", 1), at=1)
    Retention(desk, "second", lambda: hours + timedelta(days=1)).round()
    assert [row["body"] is None for row in pushes(database)] == [True, True]


def test_another_process_holds_the_lease(database: Database, policy: Policy) -> None:
    desk = desk_of(database, policy, backup_dir="off")
    Retention(desk, "first", lambda: day(40)).round()
    steps.told(database, policy, fact("in_transit"))
    database.write(lambda tx: tx.rows("DELETE FROM beats"))
    Retention(desk, "second", lambda: day(40) + timedelta(minutes=29)).round()
    assert [row["body"] is None for row in pushes(database)] == [False]
    Retention(desk, "second", lambda: day(40) + timedelta(minutes=31)).round()
    assert [row["body"] is None for row in pushes(database)] == [True]


def test_the_night_is_worked_once_by_the_shops_clock(database: Database, policy: Policy) -> None:
    desk = desk_of(database, policy, backup_dir="off")

    def at(moment: datetime) -> list[bool]:
        Retention(desk, "first", lambda: moment).round()
        return [row["body"] is None for row in pushes(database)]

    assert at(night(40)) == []
    steps.told(database, policy, fact("in_transit"))
    assert at(night(41, minutes=-1)) == [False]
    assert at(night(41)) == [True]
