"""A table in a text file, however a spreadsheet wrote it: encoding, separator, and its lines one at a time.

Nothing here knows what the columns mean, or holds more of the file than one line of the table.
"""

import codecs
import csv
import io
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple, TextIO

from relay.errors import BadInput

REMEDY = "Save the table as CSV (UTF-8) and give that file"
HEAD = 65536
#: Characters of one physical line; longer ones are no line of a table.
LONGEST_LINE = 1 << 20
#: Physical lines of one line of the table. More of them mean a quotation mark that nobody closed.
MOST_LINES = 100
SEPARATORS = ",;\t|"
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
#: How files begin that are no tables in text.
SIGNS = (
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"\x89PNG", "a PNG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "an Excel workbook or a ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "an Excel workbook"),
    (b"\x1f\x8b", "a compressed archive"),
    (b"SQLite format 3", "a database"),
)
_SOMETHING = re.compile(r"[^\s,;|\ufeff]")
_BINARY = re.compile("[\x00-\x08\x0e-\x19\x1b-\x1f]")
_SEPARATOR_LINE = re.compile(r"sep=([,;\t|:^~])[\r\n]")


class Dialect(NamedTuple):
    encoding: str
    separator: str


@dataclass(frozen=True, slots=True)
class Record:
    """A line of the table, or why it cannot be read."""

    line: int  #: where it begins: the number of the physical line, from 1
    cells: list[str]
    fault: str = ""
    is_cut: bool = False  #: the file ends with it, and not with the end of a line


# -- what kind of file -------------------------------------------------------------------------------------------------


def dialect_of(file: BinaryIO) -> Dialect:
    """How the table is written. Raises BadInput in one sentence if the file holds none; leaves it at its beginning."""
    head = file.read(HEAD)
    for sign, name in SIGNS:
        if head.startswith(sign):
            raise BadInput("file", f"this is {name}, not a CSV", REMEDY)
    encoding = _encoding(file, head)
    text = codecs.getincrementaldecoder(encoding)("replace").decode(head)
    if not _SOMETHING.search(text):
        raise empty()
    if _is_binary(text):
        raise BadInput("file", "this is binary data, not a CSV", REMEDY)
    file.seek(0)
    return Dialect(encoding, _separator(text))


def empty() -> BadInput:
    return BadInput("file", "it is empty", "Its first line names the columns, the others are orders")


def _is_binary(head: str) -> bool:
    """By the names of the columns and by the whole: a control character in one value is a fault of that value."""
    names = head.lstrip().partition("\n")[0]
    return bool(_BINARY.search(names)) or 20 * len(_BINARY.findall(head)) > len(head)


def _encoding(file: BinaryIO, head: bytes) -> str:
    for bom, encoding in BOMS:
        if head.startswith(bom):
            return encoding
    file.seek(0)
    return "utf-8" if _is_utf8(file) else "cp1252"


def _is_utf8(file: BinaryIO) -> bool:
    """Whether most lines with accents are: one damaged line must not garble the names in all the others."""
    well = ill = 0
    for line in iter(lambda: file.readline(LONGEST_LINE), b""):
        if line.isascii():
            continue
        try:
            line.decode()
            well += 1
        except UnicodeDecodeError:
            ill += 1
    return well >= ill


def _separator(head: str) -> str:
    """What Excel's own first line says, else what divides the names of the columns into most parts."""
    said = _SEPARATOR_LINE.match(head)
    if said:
        return said[1]
    first = next(line for line in io.StringIO(head.lstrip("\ufeff"), newline="") if _SOMETHING.search(line))
    return max(SEPARATORS, key=lambda separator: len(next(csv.reader([first], delimiter=separator))))


# -- its lines ---------------------------------------------------------------------------------------------------------


def records(file: BinaryIO, dialect: Dialect) -> Iterator[Record]:
    """Every line of the table that is not empty, its header first.

    Where a quotation mark stands wrong, the line on which it stands is lost and no other.
    """
    errors = "replace" if dialect.encoding == "utf-16" else "surrogateescape"
    text = io.TextIOWrapper(file, dialect.encoding, errors, newline="")
    try:
        lines = _Lines(text)
        while not lines.is_over:
            try:
                yield from _until_broken(lines, dialect.separator)
            except (csv.Error, _TooLong) as error:
                yield Record(lines.first, [], _in_words(error))
                lines.go_back()
    finally:
        if not file.closed:
            text.detach()  # else it closes the file with itself


def _until_broken(lines: "_Lines", separator: str) -> Iterator[Record]:
    for cells in csv.reader(lines, delimiter=separator, strict=True, skipinitialspace=True):
        if any(map(str.strip, cells)) and not (lines.first == 1 and _SEPARATOR_LINE.match(lines.taken[0])):
            yield Record(lines.first, cells, is_cut=not lines.taken[-1].endswith(("\n", "\r")))
        lines.go_on()


class _TooLong(Exception):
    pass


class _Lines:
    """Physical lines, of which those of the record in hand can be read again."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._again: deque[str] = deque()
        self.taken: list[str] = []
        self.first = 1
        self.is_over = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._text.readline(LONGEST_LINE)
        if not line:
            self.is_over = True
            raise StopIteration
        if len(line) == LONGEST_LINE and not line.endswith(("\n", "\r")):
            self._drop_rest()
            line += "\n"
        self.taken.append(line)
        if len(self.taken) > MOST_LINES:
            raise _TooLong("a quotation mark is opened and not closed")
        if len(line) > LONGEST_LINE:
            raise _TooLong("it is longer than a megabyte")
        return line

    def go_on(self) -> None:
        """The record in hand is whole."""
        self.first += len(self.taken)
        self.taken.clear()

    def go_back(self) -> None:
        """The record in hand is broken: go on with its second line."""
        self._again.extendleft(reversed(self.taken[1:]))
        self.is_over = False
        self.first += 1
        self.taken.clear()

    def _drop_rest(self) -> None:
        while (more := self._text.readline(LONGEST_LINE)) and not more.endswith(("\n", "\r")):
            pass


def _in_words(error: Exception) -> str:
    if isinstance(error, _TooLong):
        return str(error)
    if "expected after" in str(error):
        return "a quotation mark stands in the middle of a value"
    if "unexpected end" in str(error):
        return "a quotation mark is opened and not closed"
    if "field limit" in str(error):
        return "a value is far too long, or a quotation mark is opened and not closed"
    return f"it cannot be read ({error})"
