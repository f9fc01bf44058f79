"""Orders and parcels from a file of any size: every line checked, the good ones taken a few hundred at a time."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import BinaryIO

from relay.database import Tx
from relay.desk import Desk
from relay.desk.cells import meant
from relay.desk.sheet import Record, dialect_of, empty, records
from relay.desk.typed import CHECKS, checked_entry
from relay.errors import BadInput
from relay.intake import known, parcels
from relay.intake.parcels import Entry
from relay.model import normalise_number
from relay.store import ledger

SHOP = "default"
#: Lines of the table that share a transaction. Pushes of a running relay wait no longer than one of these takes.
BATCH = 250
QUOTE = "Put the whole value into quotation marks, and double those inside it"

# -- reading and checking, pure ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fault:
    line: int
    column: str  #: "" where it is the line as a whole
    fault: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table: what it says, or every fault of it."""

    number: int
    entry: Entry | None
    faults: Sequence[Fault] = ()


@dataclass(frozen=True, slots=True)
class Table:
    ignored: Sequence[str]  #: names of columns that mean nothing to us
    lines: Iterator[Line]


def read_table(file: BinaryIO) -> Table:
    """The table in ``file``, which is read on as its lines are taken. Raises BadInput if it holds no orders."""
    dialect = dialect_of(file)
    found = records(file, dialect)
    header = next(found, None)
    if header is None:
        raise empty()
    columns, ignored = _columns(header)
    return Table(ignored, (checked(record, columns) for record in found))


def _columns(header: Record) -> tuple[list[str], list[str]]:
    """Of each column our name for it, or ""; and the names that we do not know."""
    given = [" ".join(cell.split())[:40] for cell in header.cells]
    columns = [name if name in CHECKS else "" for name in map(_plain, given)]
    if "order" not in columns:
        told = f"its first line names no column order, but {', '.join(filter(None, given))[:200] or 'nothing'}"
        raise BadInput("file", header.fault or told, f"Name its columns {', '.join(CHECKS)}; order is a must")
    for name in CHECKS:
        if columns.count(name) > 1:
            raise BadInput("file", f"it has more than one column {name}", "Rename or delete all but one of them")
    return columns, [cell for cell, name in zip(given, columns, strict=True) if cell and not name]


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", "", name).casefold()


def checked(record: Record, columns: Sequence[str]) -> Line:
    """What a line says in our terms, or everything that is wrong with it."""
    broken = (record.fault, QUOTE) if record.fault else _shape_fault(record, columns)
    if broken:
        return Line(record.line, None, [Fault(record.line, "", *broken)])
    given: dict[str, str] = {}
    faults: list[BadInput] = []
    for column, cell in zip(columns, record.cells, strict=False):
        try:
            if column and (text := meant(column, cell)):
                given[column] = text
        except BadInput as fault:
            faults.append(fault)
    unclear = {fault.field for fault in faults}
    entry, more = checked_entry(given | dict.fromkeys(unclear, "unclear"))
    faults += [fault for fault in more if fault.field not in unclear]
    if not faults:
        return Line(record.line, entry)
    return Line(record.line, None, [Fault(record.line, one.field, one.fault, one.remedy) for one in faults])


def _shape_fault(record: Record, columns: Sequence[str]) -> tuple[str, str] | None:
    """A spreadsheet may leave out empty cells at the end of a line; more values than columns are a fault."""
    if any(map(str.strip, record.cells[len(columns) :])):
        return f"it has {len(record.cells)} values for {len(columns)} columns", QUOTE
    if record.is_cut and len(record.cells) < len(columns):
        return "the file ends in the middle of it", "Save the table anew, or give the line its end"
    return None


# -- taking what is good -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Position:
    """How far an import is: the last line of the table that is stored, and how many up to it were nothing new."""

    line: int = 0
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class Import:
    """One file's import: where its position is kept, and as of which moment what happened is news."""

    desk: Desk
    key: str  #: under which the position is kept
    fingerprint: str  #: of the file; where it changed, the import starts anew
    announce: bool  #: whether what happened to a parcel before it became known is news

    def position(self) -> Position:
        with self.desk.database.read() as tx:
            kept = ledger.install(tx).get(self.key, "").split()
        if kept[:1] != [self.fingerprint]:
            return Position()
        return Position(int(kept[1]), int(kept[2]))

    def take(self, lines: Sequence[Line], position: Position, now: datetime) -> Position:
        """Store what is new in good lines; where the import then is.

        What is stored already is not touched: no row, no clock, no commit.
        """
        entries = merged(line.entry for line in lines if line.entry)
        with self.desk.database.read() as tx:
            fresh = known.unknown(tx, entries, shop=SHOP)
        after = Position(lines[-1].number, position.unchanged + len(lines) - len(fresh))
        if fresh:
            self.desk.database.write(lambda tx: self._record(tx, fresh, after, now))
            self.desk.wake()
        return after

    def _record(self, tx: Tx, entries: Iterable[Entry], after: Position, now: datetime) -> None:
        quiet_before = None if self.announce else now
        for entry in entries:
            parcels.record_order(
                tx,
                self.desk.policy,
                entry.order_id,
                entry.fields,
                entry.parcel,
                now,
                shop=SHOP,
                quiet_before=quiet_before,
            )
        ledger.set_install(tx, self.key, f"{self.fingerprint} {after.line} {after.unchanged}")

    def finish(self) -> None:
        """The whole file is taken: forget the position."""
        with self.desk.database.read() as tx:
            is_kept = self.key in ledger.install(tx)
        if is_kept:
            self.desk.database.write(lambda tx: ledger.unset_install(tx, self.key))


def merged(entries: Iterable[Entry]) -> list[Entry]:
    """One entry for each package, as if they were recorded one after the other: what is said later is what counts."""
    fields: dict[str, Mapping[str, str | None]] = {}
    packages: dict[tuple[str, str], Entry] = {}
    for entry in entries:
        fields[entry.order_id] = _later(fields.get(entry.order_id, {}), entry.fields)
        key = (entry.order_id, entry.parcel.package or normalise_number(entry.parcel.tracking_number or ""))
        before = packages.get(key)
        packages[key] = _together(before, entry) if before else entry
    return [replace(entry, fields=fields[entry.order_id]) for entry in packages.values()]


def _together(before: Entry, after: Entry) -> Entry:
    old, new = before.parcel, after.parcel
    return replace(
        after,
        parcel=replace(
            new,
            carrier=new.carrier or old.carrier,
            tracking_number=new.tracking_number or old.tracking_number,
            package=new.package or old.package,
            tracking_url=new.tracking_url or old.tracking_url,
        ),
    )


def _later(before: Mapping[str, str | None], after: Mapping[str, str | None]) -> dict[str, str | None]:
    return {**before, **{name: value for name, value in after.items() if value is not None or name not in before}}
