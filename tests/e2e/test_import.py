"""`wismo import` as its users run it: cut off, repeated, out of space, beside a running relay."""

import json
import os
import pty
import signal
import sqlite3
import subprocess
from contextlib import chdir, closing
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner, Result

from relay.cli import main
from tests.e2e.conftest import WISMO, Relay, eventually
from tests.e2e.story import Scan, Shop, open_shop, send, ups

ROWS = 3000
HEADER = "order;carrier;number;e-mail;locale;promised\n"


def table(path: Path, rows: int = ROWS) -> Path:
    lines = (f'A{n};ups;="{n:09}";ana{n}@example.com;en;24/12/2026\n' for n in range(rows))
    path.write_text(HEADER + "".join(lines), encoding="utf-8-sig")
    return path


def stored(folder: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / "wismo.db", timeout=20)) as connection:
        return connection.execute(sql).fetchall()


def everything(folder: Path) -> list[str]:
    with closing(sqlite3.connect(folder / "wismo.db", timeout=20)) as connection:
        return list(connection.iterdump())


def is_under_way(folder: Path, more_than: int) -> bool:
    return stored(folder, "SELECT COUNT(*) FROM orders") > [(more_than,)]


def started(relay: Relay, *arguments: str, stderr: int = subprocess.PIPE) -> subprocess.Popen[str]:
    environment = os.environ | relay.environment
    return subprocess.Popen(
        [*WISMO, "import", *arguments],
        cwd=relay.folder,
        env=environment | {"PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    )


def here(relay: Relay, *arguments: str) -> Result:
    """``wismo import`` in this process."""
    with chdir(relay.folder):
        return CliRunner().invoke(main, ["import", *arguments], env=relay.environment)


def assert_whole(folder: Path, rows: int = ROWS) -> None:
    assert stored(folder, "SELECT COUNT(*), COUNT(DISTINCT page_token) FROM orders") == [(rows, rows)]
    assert stored(folder, "SELECT COUNT(*), COUNT(DISTINCT track_id) FROM shipments") == [(rows, rows)]
    assert stored(folder, "SELECT COUNT(*) FROM lookups") == [(rows * 5,)]
    assert stored(folder, "SELECT * FROM install WHERE key LIKE 'import %'") == []
    assert stored(folder, "SELECT * FROM outbox") == []


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
def test_an_import_that_is_cut_off_goes_on_and_ends_like_one_that_was_not(relay: Relay, end: signal.Signals) -> None:
    path, random = table(relay.folder / "orders.csv"), Random(7)
    assert relay.run("migrate").returncode == 0
    for _ in range(2):
        before = stored(relay.folder, "SELECT COUNT(*) FROM orders")[0][0]
        process = started(relay, str(path))
        eventually(lambda: is_under_way(relay.folder, before + random.randrange(100)), "it takes lines")  # type: ignore[operator]  # noqa: B023 - a count, asked for at once
        process.send_signal(end)
        out, err = process.communicate(timeout=20)
        assert process.returncode in ({1} if end is signal.SIGINT else {-end}), err
        assert ("goes on there" in err, "lines taken" in out) == (end is signal.SIGINT,) * 2
    done = relay.run("import", str(path))
    assert (done.returncode, "going on there" in done.stderr) == (0, True)
    assert done.stdout.startswith(f"{ROWS:,} lines taken, 0 bad")
    assert_whole(relay.folder)
    whole = everything(relay.folder)
    again = relay.run("import", str(path), "--announce")
    assert again.stdout.startswith(f"{ROWS:,} lines taken ({ROWS:,} of them known already), 0 bad")
    assert everything(relay.folder) == whole


def test_an_import_that_fills_the_disk_goes_on_when_there_is_space(relay: Relay) -> None:
    path = table(relay.folder / "orders.csv")
    assert relay.run("migrate").returncode == 0
    full = subprocess.run(
        ["sh", "-c", f"ulimit -f 2000 && exec {' '.join(WISMO)} import {path}"],
        cwd=relay.folder,
        env=os.environ | relay.environment | {"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (full.returncode, "disk is full" in full.stderr, "goes on there" in full.stderr) == (1, True, True)
    assert "Traceback" not in full.stderr
    done = relay.run("import", str(path))
    assert (done.returncode, "going on there" in done.stderr) == (0, True)
    assert_whole(relay.folder)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + bytes(range(256)), "this is a JPEG image, not a CSV. Save "),
        (b"PK\x03\x04" + bytes(100), "this is an Excel workbook or a ZIP archive, not a CSV. Save "),
        (b"", "it is empty. Its first line names the columns"),
        (None, "is a folder. Name a CSV file"),
        ("missing", "cannot be read (No such file or directory). Name a CSV file"),
    ],
)
def test_what_is_no_table_is_refused_before_there_is_even_a_database(
    relay: Relay, content: bytes | str | None, words: str
) -> None:
    path = relay.folder / "file"
    if content is None:
        path.mkdir()
    elif isinstance(content, bytes):
        path.write_bytes(content)
    done = here(relay, str(path))
    assert (done.exit_code, done.stdout) == (2, "")
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (relay.folder / "wismo.db").exists()


def test_every_bad_line_is_reported_and_the_good_ones_are_taken(relay: Relay) -> None:
    path = relay.folder / "orders.csv"
    path.write_text(f'{HEADER}1;ups;1.23457E+11;x;;\n2;ups;N2;;;\n"3;ups;N3;;;\n4;ups;N4;;;', encoding="cp1252")
    assert relay.run("migrate").returncode == 0
    done = here(relay, str(path))
    assert done.exit_code == 1
    assert [line.partition(":")[0] for line in done.stderr.splitlines()] == [
        "line 2, number",
        "line 2, email",
        "line 4",
    ]
    assert done.stdout.startswith("2 lines taken, 2 bad")
    report = json.loads(here(relay, str(path), "--json").stdout)
    assert report["taken"] == 2
    assert [(bad["line"], bad["column"]) for bad in report["bad"]] == [(2, "number"), (2, "email"), (4, "")]
    assert all(bad["fault"] and bad["remedy"] for bad in report["bad"])


def test_a_bar_shows_on_a_terminal_how_far_it_is(relay: Relay) -> None:
    path = table(relay.folder / "orders.csv", 300)
    assert relay.run("migrate").returncode == 0
    terminal, end = pty.openpty()
    process = started(relay, str(path), stderr=end)
    os.close(end)
    process.communicate(timeout=20)
    assert b"100%" in os.read(terminal, 65536)
    os.close(terminal)
    assert "%" not in relay.run("import", str(path)).stderr


def import_one(shop: Shop, order: str, *more: str) -> None:
    path = shop.relay.folder / f"{order}.csv"
    path.write_text(f"{HEADER}{order};ups;{order};{order}@example.com;en;\n", encoding="utf-8")
    shop.command("import", str(path), *more)


def test_customers_hear_of_what_is_past_only_where_that_is_asked_for(tmp_path: Path) -> None:
    with open_shop(tmp_path, WISMO_LIVE="yes") as shop:
        for order in ("SILENT", "LOUD"):
            assert send(shop.client, shop.relay.url, ups(order, [Scan("in_transit", 30)])).status_code == 200
        import_one(shop, "SILENT")
        import_one(shop, "LOUD", "--announce")
        shop.has_told("LOUD", "On its way")
        assert (shop.parcel("SILENT")["status"], shop.parcel("SILENT")["messages"]) == ("in_transit", [])
        shop.hear(ups("SILENT", [Scan("out_for_delivery", -60)]))
        shop.has_told("SILENT", "Out for delivery")
