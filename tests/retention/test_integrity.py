"""A damaged file is found by itself, while others write."""

from datetime import timedelta
from pathlib import Path

import pytest

from relay.database import SQLite
from relay.errors import Unavailable
from relay.intake import Policy
from relay.retention import Retention, integrity
from relay.retention.signs import Signs
from relay.store import incidents, ledger
from tests.conftest import NOON
from tests.retention.steps import day, desk_of


def filled(tmp_path: Path) -> SQLite:
    """Of some hundred pages."""
    database = SQLite(tmp_path / "wismo.db", create=True)
    database.migrate()
    for portion in range(30):
        counts = {("forged", f"{portion}/{number}" * 20): 1 for number in range(100)}
        database.write(lambda tx, counts=counts: ledger.add_tallies(tx, counts, NOON))  # type: ignore[misc]  # bound now
    return database


def spoil(file: Path) -> None:
    """Overwrite some of the last pages, which hold what was written last, as a failing disk does."""
    with file.open("r+b") as handle:
        handle.seek(file.stat().st_size - 40 * 4096)
        handle.write(b"\x5a" * 20 * 4096)


def damaged(database: SQLite) -> list[str]:
    with database.read() as tx:
        return [row["title"] for row in incidents.open_of(tx, "database_damaged")]


def reopened(database: SQLite) -> SQLite:
    """With what was in its journal in its place."""
    database.close()
    return SQLite(database.path, create=False)


def test_a_sound_file_is_no_incident_and_progress_is_a_sign_of_life(tmp_path: Path) -> None:
    database, signs = filled(tmp_path), []
    integrity.examine(database, NOON, lambda: signs.append(1))
    assert damaged(database) == []
    assert database.fault(lambda: True) == ""
    with pytest.raises(Unavailable):
        database.fault(lambda: False)
    assert database.fault(lambda: True) == "", "whoever was told to stop may look again"
    database.close()


def test_damage_is_an_incident_that_is_looked_at_each_night_until_it_is_gone(tmp_path: Path) -> None:
    database = reopened(filled(tmp_path))
    sound = database.path.read_bytes()
    database.close()
    spoil(database.path)
    database = SQLite(database.path, create=False)
    integrity.examine(database, day(0), lambda: None)
    (title,) = damaged(database)
    assert title.startswith("The database is damaged: ")
    database.close()
    database.path.write_bytes(sound)  # as restored
    Path(f"{database.path}-wal").unlink(missing_ok=True)
    Path(f"{database.path}-shm").unlink(missing_ok=True)
    database = SQLite(database.path, create=False)
    integrity.examine(database, day(1), lambda: None)
    assert damaged(database) == []
    database.close()


def test_it_is_looked_at_in_one_night_a_week(tmp_path: Path, policy: Policy) -> None:
    database = filled(tmp_path)
    desk = desk_of(database, policy, backup_dir="off")
    nights = []
    for hours in range(0, 24 * 16, 12):
        Retention(desk, "one", lambda at=NOON + timedelta(hours=hours): at).round()  # type: ignore[misc]  # bound now
        with database.read() as tx:
            nights.append(ledger.beats(tx)[integrity.EXAMINED])
    assert sorted(set(nights)) == [day(0), day(7), day(14)]
    database.close()


def test_every_step_of_a_long_work_is_a_sign_of_life(tmp_path: Path) -> None:
    database, signs = filled(tmp_path), []
    seen = Signs(database, lambda: signs.append(1), database.engine)
    with seen.read() as tx:
        assert ledger.beats(tx) == {}
    seen.write(lambda tx: ledger.beat(tx, "poll", NOON))
    assert seen.write_each(lambda _tx, items: items, 7) == 7
    assert (len(signs), seen.identity(), seen.migrate()) == (3, database.identity(), [])
    seen.close()


def test_a_backup_while_others_write_is_whole_and_beats(tmp_path: Path) -> None:
    database, signs = filled(tmp_path), []
    writes = iter(range(10_000))

    def write_meanwhile() -> None:
        signs.append(1)
        database.write(lambda tx: ledger.beat(tx, f"loop {next(writes)}", NOON))

    size = database.backup(tmp_path / "copy.db", write_meanwhile)
    assert size > 100_000
    assert signs
    database.close()
