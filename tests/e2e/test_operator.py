"""What an operator does wrong, and what must come of it: a sentence, and nothing lost."""

import signal
import socket
import sqlite3
from contextlib import chdir, closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from relay.cli import main
from tests.e2e.conftest import UPS_SECRET, Relay, eventually
from tests.e2e.test_relay import add, push, scan, tracked


def run_here(relay: Relay, *arguments: str) -> Result:
    """``wismo`` in this process: one of its own costs a second."""
    with chdir(relay.folder):
        return CliRunner().invoke(main, arguments, env=relay.environment)


def orders_in(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as connection:
        return [order for (order,) in connection.execute("SELECT order_id FROM orders")]


def test_a_backup_never_takes_the_place_of_the_running_database(relay: Relay) -> None:
    relay.start()
    add(relay)
    for target in ("wismo.db", "./wismo.db", "wismo.db-wal", ".", ""):
        refused = relay.run("backup", target)
        assert (refused.returncode, "Traceback" in refused.stderr) == (2, False), refused.stderr
    assert push(relay, scan("OT", 5)).status_code == 200
    assert tracked(relay)["status"] == "out_for_delivery"


def test_a_restore_keeps_all_of_what_was_there_each_time(relay: Relay) -> None:
    relay.start()
    assert relay.run("backup", "empty.backup").returncode == 0
    add(relay)
    workers = relay.workers()
    relay.stop(signal.SIGKILL)
    eventually(lambda: not any(Path(f"/proc/{pid}/cwd").exists() for pid in workers), "the worker is gone")
    assert (relay.folder / "wismo.db-wal").exists()
    assert relay.run("restore", "empty.backup").returncode == 0
    (aside,) = [file for file in relay.folder.glob("wismo.db.before-restore-*") if file.suffix not in {"-wal", "-shm"}]
    kept = [file for file in relay.folder.glob("wismo.db.before-restore-*") if not file.name.endswith(("-wal", "-shm"))]
    assert orders_in(kept[0]) == ["1001"]
    assert aside == kept[0]
    assert relay.run("track", "1001").returncode == 1


def test_a_carrier_is_called_alike_whoever_names_it(relay: Relay) -> None:
    relay.start()
    add(relay)
    assert relay.run("edit", "1001", "--carrier", "UPS").returncode == 0
    assert push(relay, scan("OT", 5)).status_code == 200
    assert (tracked(relay)["carrier"], tracked(relay)["status"]) == ("ups", "out_for_delivery")
    assert relay.run("edit", "1001", "--carrier", "###").returncode == 2


def test_of_a_push_that_breaks_off_nothing_is_kept(relay: Relay) -> None:
    relay.start()
    with socket.create_connection(("127.0.0.1", relay.port)) as connection:
        head = f"POST /push/ups HTTP/1.1\r\nHost: x\r\ncredential: {UPS_SECRET}\r\nContent-Length: 50\r\n\r\n"
        connection.sendall(head.encode() + b'{"trackingNumber"')
        connection.shutdown(socket.SHUT_WR)
        connection.recv(1000)
    assert push(relay, scan("OT", 5)).status_code == 200
    relay.stop()
    with closing(sqlite3.connect(relay.folder / "wismo.db")) as connection:
        assert connection.execute("SELECT COUNT(*) FROM pushes").fetchone() == (1,)


MISTAKES = [
    ("track", "\udcff"),
    ("track", "nothing"),
    ("add", "--order", "2", "--promised", "0001-01-01T00:00:00+14:00"),
    ("add", "--order", "2", "--number", "n", "--ordered", "0001-01-01"),
    ("add", "--order", "2", "--carrier", "!!!", "--number", "n"),
    ("add", "--order", "2", "--package", ""),
    ("override", "1001", "delivered", "--reason", "seen by a neighbour", "--until", "9999-12-31T23:59:59"),
    ("override", "1001", "delivered", "--reason", "seen by a neighbour", "--by", " "),
    ("replay", "--carrier", "ups", "--since", "0001-01-01T00:00:00+14:00"),
    ("outbox", "--limit", "99999999999999999999"),
    ("backup", "/no/folder/b.db"),
    ("restore", "/dev/null"),
    ("lift", "1001"),
    ("resume", "mail"),
    ("check", "1001"),
]


def test_no_mistake_ends_in_a_traceback_and_each_is_said(relay: Relay) -> None:
    relay.run("migrate")
    add(relay)
    for arguments in MISTAKES:
        done = run_here(relay, *arguments)
        assert done.exit_code in {1, 2}, arguments
        assert "Traceback" not in done.output, arguments
        assert "should not have" not in done.output, (arguments, done.output)
        assert done.stderr.strip(), arguments


@pytest.mark.parametrize("content", [b"", b"no database at all, and long enough to be read as a header" * 20])
def test_a_file_that_is_no_database_is_said_to_be_none(relay: Relay, content: bytes) -> None:
    (relay.folder / "wismo.db").write_bytes(content)
    for command in (("track", "1"), ("health",), ("doctor",), ("pause", "mail")):
        done = run_here(relay, *command)
        assert done.exit_code == 1, command
        assert "Traceback" not in done.output
        assert "should not have" not in done.output, (command, done.output)
