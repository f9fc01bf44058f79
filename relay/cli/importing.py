"""A table of orders and parcels, taken line by line; what is interrupted goes on where it was."""

import os
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from hashlib import sha256
from itertools import islice
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, Self

import click
import orjson

from relay import clock
from relay.cli import output
from relay.cli.parcels import as_program
from relay.cli.wiring import desk_at_hand
from relay.desk import Desk
from relay.desk.importing import BATCH, Import, Line, Position, Table, read_table
from relay.desk.sheet import HEAD
from relay.errors import BadInput, Unavailable, WismoError

#: Bytes of faults in memory; more of them wait on disk for the end.
FAULTS_IN_MEMORY = 4 << 20


# -- the report --------------------------------------------------------------------------------------------------------


class Report:
    """What became of the lines. Faults wait for the end, where no progress bar is in their way."""

    def __init__(self) -> None:
        self.taken = self.unchanged = self.bad = 0
        self._started = time.perf_counter()
        self._faults = SpooledTemporaryFile(FAULTS_IN_MEMORY)  # noqa: SIM115 - it lives as long as the report

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._faults.close()

    def sort_out(self, lines: Iterable[Line]) -> list[Line]:
        """Write down what is bad; return what is good."""
        good = []
        for line in lines:
            if line.faults:
                self.bad += 1
                self._faults.writelines(orjson.dumps(asdict(fault)) + b"\n" for fault in line.faults)
            else:
                good.append(line)
        return good

    def show_json(self) -> None:
        click.echo(f'{{"taken": {self.taken}, "unchanged": {self.unchanged}, "bad": [', nl=False)
        before = "\n  "
        for fault in self._found():
            click.echo(before + fault.decode().rstrip(), nl=False)
            before = ",\n  "
        click.echo("]}")

    def show(self) -> None:
        for written in self._found():
            fault = orjson.loads(written)
            column = f", {fault['column']}" if fault["column"] else ""
            output.complaint(f"line {fault['line']}{column}: {fault['fault']}. {fault['remedy']}")
        rate = (self.taken + self.bad) / (time.perf_counter() - self._started)
        known = f" ({self.unchanged:,} of them known already)" if self.unchanged else ""
        click.echo(f"{self.taken:,} lines taken{known}, {self.bad:,} bad; {rate:,.0f} lines/s")

    def _found(self) -> Iterator[bytes]:
        self._faults.seek(0)
        yield from self._faults


# -- the command -------------------------------------------------------------------------------------------------------


@click.command("import")
@click.argument("path", metavar="FILE.csv", type=click.Path(path_type=Path))
@click.option("--announce", is_flag=True, help="Tell customers also what happened to a parcel before it was imported.")
@as_program
def import_(path: Path, *, announce: bool, is_json: bool) -> None:
    """Add or complete orders and their parcels from a table; every bad line is reported, the good ones are taken.

    Its columns are named as the options of `wismo add`: order (a must), carrier, number, package, email, name, locale,
    promised, url, ordered. It may be as Excel wrote it. Interrupted, it goes on where it was when the same command is
    run again; run once more, it changes nothing.

    \b
    Examples:
      wismo import orders.csv
      wismo import orders.csv --json > report.json
    Exit code 0: all lines taken; 1: some are bad; 2: not a table of orders.
    """
    with _opened(path) as file:
        table = read_table(file)
        if table.ignored:
            click.echo(f"columns that mean nothing here are left out: {', '.join(table.ignored)}", err=True)
        with desk_at_hand() as desk, Report() as report:
            try:
                _take_all(table, file, _import_of(desk, path, announce=announce), report)
            finally:
                (report.show_json if is_json else report.show)()
    if report.bad:
        sys.exit(1)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    if path.exists() and not path.is_file():
        what = "a folder" if path.is_dir() else "no ordinary file"
        raise BadInput("file", f"{path} is {what}", "Name a CSV file; it is read twice, so save what comes from a pipe")
    try:
        file = path.open("rb")
    except OSError as error:
        raise BadInput("file", f"{path} cannot be read ({error.strerror})", "Name a CSV file") from None
    with file:
        yield file


def _import_of(desk: Desk, path: Path, *, announce: bool) -> Import:
    """The import of this file at this place; its size, time and beginning tell whether it is still the same."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    found = path.stat()
    digest = sha256(b"%d %d %b" % (found.st_size, found.st_mtime_ns, head)).hexdigest()
    place = sha256(str(path.resolve()).encode()).hexdigest()
    return Import(desk, f"import {place[:16]}", digest[:32], announce)


def _take_all(table: Table, file: BinaryIO, job: Import, report: Report) -> None:
    """Raises WismoError saying where it stopped, if it was interrupted."""
    begun = job.position()
    report.unchanged = begun.unchanged
    if begun.line:
        click.echo(f"an earlier run took what is good up to line {begun.line}; going on there", err=True)
    position = begun
    try:
        for lines in _with_progress(table, file):
            good = report.sort_out(lines)
            new = [line for line in good if line.number > begun.line]
            if new:
                position = job.take(new, position, clock.now())
                report.unchanged = position.unchanged
            report.taken += len(good)
        job.finish()
    except KeyboardInterrupt:
        raise _stopped("interrupted", position) from None
    except (Unavailable, OSError) as fault:
        raise _stopped(str(getattr(fault, "what", fault)), position) from None


def _stopped(why: str, position: Position) -> WismoError:
    taken = f"what is good up to line {position.line} is taken" if position.line else "nothing is taken yet"
    return WismoError(f"{why}; {taken}", "Run the same command again: it goes on there")


def _with_progress(table: Table, file: BinaryIO) -> Iterator[list[Line]]:
    """The lines a few hundred at a time; a bar on a terminal shows how much of the file is behind them."""
    chunks = iter(lambda: list(islice(table.lines, BATCH)), [])
    if not sys.stderr.isatty():
        yield from chunks
        return
    with click.progressbar(length=os.fstat(file.fileno()).st_size, file=sys.stderr) as bar:
        for lines in chunks:
            yield lines
            bar.update(file.tell() - bar.pos)


COMMANDS = (import_,)
