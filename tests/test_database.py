"""Two engines, one behaviour; and what SQLite's writer thread promises."""

import threading
from pathlib import Path

import pytest

from relay.database import SQLite, Tx, open_database
from relay.database.postgres import to_pyformat
from relay.errors import NotFound, Unavailable, WismoError
from relay.store import ledger, orders
from tests.conftest import NOON, settle


def test_a_missing_file_is_not_made_by_the_way(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="wismo up"):
        open_database(f"sqlite:{tmp_path / 'none.db'}")


def test_migrations_apply_once(database: object, database_url: str) -> None:
    again = open_database(database_url)
    assert again.migrate() == []
    again.close()


def test_one_bad_piece_spoils_only_itself(tmp_path: Path) -> None:
    database = SQLite(tmp_path / "wismo.db", create=True)
    database.migrate()
    database.write(settle)
    start, faults = threading.Barrier(8), []

    def good(name: str) -> None:
        start.wait()
        database.write(lambda tx: ledger.set_install(tx, name, "kept"))

    def bad() -> None:
        def work(tx: Tx) -> None:
            ledger.set_install(tx, "spoilt", "x")
            raise ValueError("a bad piece")

        start.wait()
        try:
            database.write(work)
        except ValueError as fault:
            faults.append(fault)

    threads = [threading.Thread(target=good, args=(f"n{n}",)) for n in range(7)] + [threading.Thread(target=bad)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as tx:
        kept = ledger.install(tx)
    database.close()
    assert len(faults) == 1
    assert {f"n{n}" for n in range(7)} <= kept.keys()
    assert "spoilt" not in kept


def test_a_full_disk_is_said_and_recovers_by_itself(tmp_path: Path) -> None:
    database = SQLite(tmp_path / "wismo.db", create=True)
    database.migrate()
    database.write(settle)
    pages = database.write(lambda tx: tx.rows("PRAGMA page_count"))[0]["page_count"]
    database.write(lambda tx: tx.rows(f"PRAGMA max_page_count={pages}"))
    with pytest.raises(Unavailable, match="full"):
        database.write(lambda tx: ledger.set_install(tx, "big", "x" * 1_000_000))
    database.write(lambda tx: tx.rows("PRAGMA max_page_count=1000000"))
    database.write(lambda tx: ledger.set_install(tx, "big", "x" * 1_000_000))
    with database.read() as tx:
        assert len(ledger.install(tx)["big"]) == 1_000_000
    database.close()


def test_a_snapshot_does_not_move_while_others_write(tmp_path: Path) -> None:
    database = SQLite(tmp_path / "wismo.db", create=True)
    database.migrate()
    database.write(settle)
    with database.read() as tx:
        before = ledger.install(tx)
        database.write(lambda inner: ledger.set_install(inner, "later", "x"))
        assert ledger.install(tx) == before
    database.close()


def test_two_processes_on_one_file_know_of_each_other(tmp_path: Path) -> None:
    from relay.database import alone_with  # noqa: PLC0415 - what this test is about

    database = SQLite(tmp_path / "wismo.db", create=True)
    with pytest.raises(WismoError, match="Stop it first"), alone_with(tmp_path / "wismo.db"):
        pass
    database.close()
    with alone_with(tmp_path / "wismo.db"):
        pass


def test_what_was_returned_is_there_after_reopening(database_url: str) -> None:
    database = open_database(database_url, create=True)
    database.migrate()
    database.write(settle)
    database.write(lambda tx: orders.set_baseline(tx, "default", NOON))
    database.close()
    again = open_database(database_url)
    with again.read() as tx:
        assert tx.rows("SELECT announce_from FROM shops") == [{"announce_from": "2026-03-02T12:00:00.000+00:00"}]
    again.close()


def test_named_parameters_become_psycopgs_and_casts_and_times_stay() -> None:
    assert to_pyformat("SELECT :a, x::text, '12:30', 5 % 2") == b"SELECT %(a)s, x::text, '12:30', 5 %% 2"
