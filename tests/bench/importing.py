"""`wismo import` of a large table beside the same lines, read by csv alone and stored by one plain INSERT each.

Each is a process of its own, so that its memory is its own. Beside it: what ten times as many lines add to that memory,
and the same table once more, of which nothing is new.
"""

import csv
import json
import os
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import chdir, closing
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from relay.cli import main as wismo
from relay.cli.wiring import ready_database, settings_now
from relay.desk.importing import BATCH
from tests.bench.figures import Figure, count

SMALL, LARGE, ROUNDS = 10_000, 100_000, 3
COLUMNS = ("order", "carrier", "number", "email", "name", "locale", "promised", "url", "ordered")


class Cost(NamedTuple):
    seconds: float
    cpu_s: float
    peak_mib: float


def of_a_table() -> Iterator[Figure]:
    """Lines a second of the import and of the baseline, alternating; memory; and that a second run changes nothing."""
    rates: dict[str, list[float]] = {"import": [], "plain": []}
    with tempfile.TemporaryDirectory(dir=".") as folder, chdir(folder):
        small, large = table(SMALL), table(LARGE)
        for _ in range(ROUNDS):
            rates["import"].append(SMALL / on_its_own("import", small).seconds)
            rates["plain"].append(SMALL / on_its_own("plain", small).seconds)
        less = on_its_own("import", small)
        more = on_its_own("import", large)
        before = everything()
        again = on_its_own("again", large)
        assert everything() == before, "a second run changed something"
        assert stored("SELECT COUNT(*) FROM outbox") == [(0,)], "something would leave"
    medians = {name: statistics.median(found) for name, found in rates.items()}
    plain = Figure("by csv and one INSERT a line", medians["plain"], "lines/s")
    few = Figure(f"of {count(SMALL)} lines", less.cpu_s / SMALL * 1e6, "µs")
    first = Figure("the first time", LARGE / more.seconds, "lines/s")
    memory = Figure(f"of {count(SMALL)} lines", less.peak_mib, "MiB")
    yield Figure(f"import of {count(SMALL)} lines", medians["import"], "lines/s", plain)
    yield Figure(f"import of {count(LARGE)} lines", LARGE / more.seconds, "lines/s")
    yield Figure(f"CPU of a line, import of {count(LARGE)} lines", more.cpu_s / LARGE * 1e6, "µs", few)
    yield Figure(f"the same {count(LARGE)} lines again", LARGE / again.seconds, "lines/s", first)
    yield Figure(f"peak memory, import of {count(LARGE)} lines", more.peak_mib, "MiB", memory)


def table(rows: int) -> Path:
    path = Path(f"{rows}.csv")
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(row(n) for n in range(rows))
    return path.resolve()


def row(n: int) -> tuple[str, ...]:
    number = f"1Z{n:016}"
    url = f"https://example.com/{number}"
    return f"A{n}", "ups", number, f"ana{n}@example.com", "José Ávila", "pt-BR", "24/12/2026", url, "2026-12-01"


# -- processes of their own --------------------------------------------------------------------------------------------


def on_its_own(work: str, path: Path) -> Cost:
    """What one run costs, from an empty database unless it runs ``again``; without the start of its process."""
    if work != "again":
        for file in Path().glob("wismo.db*"):
            file.unlink()
        ready_database(settings_now()).close()
    here = str(Path(__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.importing", "plain" if work == "plain" else "import", str(path)],
        env=os.environ | {"PYTHONPATH": here},
        stdout=subprocess.PIPE,
        check=True,
    )
    return Cost(*json.loads(done.stdout.splitlines()[-1]))


def measured(work: Callable[[Path], None], path: Path) -> Cost:
    started, before = time.perf_counter(), time.process_time()
    work(path)
    return Cost(time.perf_counter() - started, time.process_time() - before, peak_mib())


def peak_mib() -> float:
    """Of this program alone: ``ru_maxrss`` still knows the process that started it."""
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) / 1024 for line in status.open() if line.startswith("VmHWM"))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)


def run_import(path: Path) -> None:
    wismo.main(["import", str(path)], standalone_mode=False)


def run_plain(path: Path) -> None:
    with closing(sqlite3.connect("plain.db", isolation_level=None)) as connection, path.open(newline="") as file:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("DROP TABLE IF EXISTS plain")
        connection.execute(f'CREATE TABLE plain ("{COLUMNS[0]}" TEXT PRIMARY KEY, {", ".join(COLUMNS[1:])})')
        lines = csv.reader(file)
        next(lines)
        while batch := list(islice(lines, BATCH)):
            connection.execute("BEGIN IMMEDIATE")
            for line in batch:
                connection.execute("INSERT INTO plain VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", line)
            connection.execute("COMMIT")


# -- what is stored ----------------------------------------------------------------------------------------------------


def stored(sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect("wismo.db")) as connection:
        return connection.execute(sql).fetchall()


def everything() -> str:
    """A digest of every row of every table."""
    digest = sha256()
    with closing(sqlite3.connect("wismo.db")) as connection:
        for line in connection.iterdump():
            digest.update(line.encode())
    return digest.hexdigest()


if __name__ == "__main__":
    print(json.dumps(measured({"import": run_import, "plain": run_plain}[sys.argv[1]], Path(sys.argv[2]))))
