"""A table of orders is read however it was written, and every line of it is taken or explained."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import BinaryIO

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from relay.database import Database, Row
from relay.desk import Desk
from relay.desk.cells import meant
from relay.desk.importing import BATCH, Import, Line, Position, read_table
from relay.desk.sheet import LONGEST_LINE, MOST_LINES, dialect_of, records
from relay.errors import BadInput
from relay.intake import Policy
from relay.settings import load_settings
from relay.store import keeping, orders
from tests.conftest import NOON, fact
from tests.intake.conftest import TABLES
from tests.intake.steps import NUMBER, add_order, mails, shipment, told, waiting

LATER = NOON + timedelta(hours=1)


def file_of(text: str, encoding: str = "utf-8") -> BinaryIO:
    return io.BytesIO(text.encode(encoding))


def lines_of(text: str, encoding: str = "utf-8") -> list[Line]:
    return list(read_table(file_of(text, encoding)).lines)


def faults_of(text: str) -> list[tuple[int, str]]:
    return [(fault.line, fault.column) for line in lines_of(text) for fault in line.faults]


def values_of(line: Line) -> list[str | None]:
    assert line.entry is not None, line.faults
    return [line.entry.order_id, line.entry.parcel.tracking_number, line.entry.fields["customer_name"]]


# -- reading -----------------------------------------------------------------------------------------------------------

#: Anything that may stand in a cell; the ends of lines as well.
WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff\ufffd") | st.just("\n"))
WESTERN = st.text(st.sampled_from("abc XYZ019,;|\t'\"=\nãçéêíñóõüÀÉ"))
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "cp1252"]
SEPARATORS = [",", ";", "\t", "|"]


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[list[str]], str, str, str, int]:
    """Cells, and how they are written: encoding, separator, ends of lines, quotation."""
    encoding = draw(st.sampled_from(ENCODINGS))
    words = WESTERN if encoding == "cp1252" else WORDS
    width = draw(st.integers(1, 5))
    separator = draw(st.sampled_from(SEPARATORS)) if width > 1 else ","  # one column alone does not show it
    header = [f"column{n}" for n in range(width)]
    rows = draw(st.lists(st.lists(words.map(str.strip), min_size=width, max_size=width).filter(any), max_size=6))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    return [header, *rows], encoding, separator, end, quoting


def written(rows: Sequence[Sequence[str]], encoding: str, separator: str, end: str, quoting: int) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator, lineterminator=end, quoting=quoting).writerows(rows)  # type: ignore[arg-type]  # one of csv's own numbers
    return text.getvalue().encode(encoding)


@given(tables())
@settings(max_examples=300, deadline=None)
@example(([["column0"], ['a"b']], "cp1252", ";", "\r\n", csv.QUOTE_ALL))
def test_any_table_is_read_as_it_was_written(table: tuple[list[list[str]], str, str, str, int]) -> None:
    rows, encoding, separator, end, quoting = table
    assume(not any(cell.count("\n") >= MOST_LINES for row in rows for cell in row))
    file = io.BytesIO(written(rows, encoding, separator, end, quoting))
    found = list(records(file, dialect_of(file)))
    assert [record.fault for record in found] == [""] * len(found)
    assert [[cell.strip() for cell in record.cells] for record in found] == rows


@given(tables())
@settings(max_examples=50, deadline=None)
def test_every_line_bears_the_number_that_an_editor_shows(
    table: tuple[list[list[str]], str, str, str, int],
) -> None:
    rows, encoding, separator, end, quoting = table
    file = io.BytesIO(written(rows, encoding, separator, end, quoting))
    found = list(records(file, dialect_of(file)))
    expected, line = [], 1
    for row in rows:
        expected.append(line)
        line += 1 + sum(cell.count("\n") for cell in row)
    assert [record.line for record in found] == expected


@given(st.binary(max_size=3000))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_read_or_refused_in_words(content: bytes) -> None:
    try:
        lines = list(read_table(io.BytesIO(content)).lines)
    except BadInput:
        return
    assert all(line.entry or line.faults for line in lines)


@given(st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_any_bytes_below_a_header_spoil_no_line_but_their_own(content: bytes) -> None:
    before, after = b"order,number\n" + b"1001,N1\n" * 40, b"\n1002,N2\n"
    assume(b'"' not in content)  # a quotation mark may make the lines to its pair one value
    assume(sum(byte < 32 for byte in content) < 3)  # nor is it a table with many control characters
    lines = list(read_table(io.BytesIO(before + content + after)).lines)
    assert values_of(lines[0])[:2] == ["1001", "N1"]
    assert values_of(lines[-1])[:2] == ["1002", "N2"]


def test_empty_lines_and_lines_of_separators_are_passed_over_and_counted() -> None:
    lines = lines_of("\n;;\norder;number;name\n\n1001;N1;\n;;\n \n1002;N2;Ana\n\n")
    assert [(line.number, values_of(line)[0]) for line in lines] == [(5, "1001"), (8, "1002")]


def test_excels_own_first_line_names_the_separator() -> None:
    assert [values_of(line) for line in lines_of("sep=;\r\norder;name\r\n1001;Silva, Ana\r\n")] == [
        ["1001", None, "Silva, Ana"]
    ]


def test_one_damaged_line_garbles_no_name_but_its_own() -> None:
    content = "order,name\n1,José\n2,".encode() + b"Jos\xe9" + "\n3,João\n".encode()
    lines = list(read_table(io.BytesIO(content)).lines)
    assert [line.faults[0].column if line.faults else values_of(line)[2] for line in lines] == ["José", "name", "João"]


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        ('2,"N2,Bia\n', "not closed"),
        ('2,"N"2,Bia\n', "in the middle of a value"),
        ("2,N2,Bia,more\n", "4 values for 3 columns"),
        (f"2,{'9' * (LONGEST_LINE + 10)},Bia\n", "longer than a megabyte"),
        (f"2,{'9' * (3 * LONGEST_LINE)},Bia\n", "longer than a megabyte"),
        (f'2,"{"9" * 200_000}",Bia\n', "far too long"),
    ],
)
def test_a_broken_line_is_lost_alone(broken: str, fault: str) -> None:
    good = "".join(f"{n},N{n},Ana\n" for n in range(3, 3 + 2 * MOST_LINES))
    lines = lines_of(f"order,number,name\n1,N1,Ana\n{broken}{good}")
    assert fault in lines[1].faults[0].fault
    assert (lines[1].number, lines[1].faults[0].line) == (3, 3)
    assert [values_of(line)[0] for line in (lines[0], *lines[2:])] == [
        "1",
        *(str(n) for n in range(3, 3 + 2 * MOST_LINES)),
    ]


def test_an_endless_line_inside_an_open_quotation_mark_takes_no_line_with_it() -> None:
    lines = lines_of(f'order,name\n1,"open\n{"9" * (LONGEST_LINE + 10)}\n2,Bia\n')
    assert [bool(line.entry) for line in lines] == [False, False, True]


def test_short_lines_lack_nothing_but_the_file_must_not_end_in_one() -> None:
    assert [line.number for line in lines_of("order,number,name\n1001\n1002,N2\n") if line.entry] == [2, 3]
    assert faults_of("order,number,name\n1001,N1,Ana\n1002,N") == [(3, "")]
    assert faults_of("order,number,name\n1001,N1,Ana\n1002,N2,Bia") == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", "a JPEG image"),
        (b"PK\x03\x04\x14\x00\x06\x00", "an Excel workbook"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"\x7fELF\x02\x01\x01\x00\x00", "binary data"),
        (b"", "it is empty"),
        ("\ufeff\r\n\r\n".encode(), "it is empty"),
        (b'\x0b\n""\n', "it is empty"),
        (b"sep=;\n;;\n", "it is empty"),
        (b"number,name\n1,Ana\n", "names no column order, but number, name"),
        (b'"order,number\n', "not closed"),
        (b"order,Order,number\n", "more than one column order"),
    ],
)
def test_what_is_no_table_of_orders_is_told_so_in_one_sentence(content: bytes, words: str) -> None:
    with pytest.raises(BadInput, match=words) as refused:
        read_table(io.BytesIO(content))
    assert refused.value.remedy
    assert str(refused.value).count("\n") == 0


def test_names_of_columns_are_read_as_people_write_them_and_others_are_left_out() -> None:
    table = read_table(file_of("ORDER,E-Mail,Tracking, number ,Lo_cale,,Weight\n1,a@example.com,,N1,EN,,2\n"))
    assert table.ignored == ["Tracking", "Weight"]
    (line,) = table.lines
    assert line.entry is not None
    assert (line.entry.fields["email"], line.entry.fields["locale"]) == ("a@example.com", "en")


# -- what spreadsheets do to values ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "cell", "value"),
    [
        ("number", '="0123"', "0123"),
        ("number", "'0123", "0123"),
        ("number", "123456789012.0", "123456789012"),
        ("number", "123456789012,00", "123456789012"),
        ("number", "1.000", "1.000"),
        ("order", " 1001\u200b", "1001"),
        ("order", "#1001", "#1001"),
        ("name", "'t Hooft", "'t Hooft"),
        ("name", "Ana\r\n  Silva", "Ana Silva"),
        ("promised", "24/12/2026", "2026-12-24"),
        ("promised", "24.12.2026 00:00:00", "2026-12-24"),
        ("promised", "12/12/2026", "2026-12-12"),
        ("promised", "2026/12/24", "2026-12-24"),
        ("promised", "2026-12-24 00:00", "2026-12-24"),
        ("promised", "2026-12-24T18:00:00-03:00", "2026-12-24T18:00:00-03:00"),
        ("url", "   ", ""),
    ],
)
def test_what_somebody_entered_is_understood(column: str, cell: str, value: str) -> None:
    assert meant(column, cell) == value


@pytest.mark.parametrize(
    ("column", "cell", "remedy"),
    [
        ("number", "1.23457E+11", "as text"),
        ("order", "1,23457e+11", "as text"),
        ("promised", "05/12/2026", "yyyy-mm-dd"),
        ("promised", "12/24/26", "yyyy-mm-dd"),
        ("promised", "24/12/26", "yyyy-mm-dd"),
        ("ordered", "12/24/2026", "yyyy-mm-dd"),
        ("ordered", "31/02/2026", "yyyy-mm-dd"),
        ("number", "#N/A", "the value itself"),
        ("promised", "########", "the value itself"),
        ("number", "N1\nN2", "one value to a cell"),
        ("name", "Jos\udce9", "UTF-8"),
    ],
)
def test_what_is_lost_is_not_guessed(column: str, cell: str, remedy: str) -> None:
    with pytest.raises(BadInput) as refused:
        meant(column, cell)
    assert (refused.value.field, remedy in refused.value.remedy) == (column, True)


def test_every_fault_of_a_line_is_named_with_its_remedy() -> None:
    header = "order,carrier,number,package,email,name,locale,promised,url,ordered\n"
    (line,) = lines_of(f"{header},日本,1E+11,{'9' * 501},ana,{'x' * 2001},klingon,01/02/2026,javascript:x,0001-01-01\n")
    found = [fault.column for fault in line.faults]
    assert sorted(found) == sorted(header.strip().split(","))
    assert all(fault.fault and fault.remedy for fault in line.faults)


def test_a_carrier_alone_is_no_parcel() -> None:
    assert faults_of("order,carrier,number\n1001,ups,\n1002,,\n") == [(2, "number")]


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "9999-12-31T23:59:59-03:00", "0001-01-01T00:00:00+03:00"])
def test_no_date_is_beyond_what_the_rules_can_reckon_with(day: str) -> None:
    assert faults_of(f"order,number,ordered\n1,N1,{day}\n") == [(2, "ordered")]


# -- taking ------------------------------------------------------------------------------------------------------------


def job(database: Database, policy: Policy, *, announce: bool = False, fingerprint: str = "same") -> Import:
    desk = Desk(database, load_settings({}, env_file=None), policy)
    return Import(desk, "import of a test", fingerprint, announce)


def take(job: Import, text: str, now: datetime = NOON) -> Position:
    """The whole of a table, as the command takes it."""
    good = [line for line in lines_of(text) if line.entry]
    position = job.position()
    for start in range(0, len(good), BATCH):
        position = job.take(good[start : start + BATCH], position, now)
    job.finish()
    return position


def everything(database: Database) -> dict[str, list[Row]]:
    with database.read() as tx:
        names = [row["name"] for row in tx.rows(TABLES[database.engine])]
        return {
            name: sorted(tx.rows(f"SELECT * FROM {name}"), key=lambda row: str(sorted(row.items())))  # noqa: S608
            for name in names
        }


TABLE = """order,carrier,number,package,email,name,promised,url
1001,UPS,N1,,ana@example.com,Ana,2026-12-24,https://example.com/N1
1001,ups,N2,INV2,ana@example.com,Ana,,
1002,,N 3,,,,,
1003,acme,,INV3,,,,
1003,acme,N4,,,,,
1004,,,,bia@example.com,,,
1001,UPS,N1,,ana@example.com,Ana,2026-12-24,https://example.com/N1
1005,ups,N5,P5,old@example.com,,,
1005,ups,N6,P5,new@example.com,,,
"""


def test_a_second_run_changes_nothing(database: Database, policy: Policy) -> None:
    assert take(job(database, policy), TABLE).unchanged == 2  # one repeated line, and one that a later one completes
    before = everything(database)
    assert len(before["orders"]) == 5
    assert sorted(row["package"] for row in before["shipments"]) == ["INV2", "INV3", "N 3", "N1", "P5"]
    assert take(job(database, policy), TABLE, LATER).unchanged == 9
    assert take(job(database, policy, announce=True), TABLE, LATER).unchanged == 9
    assert everything(database) == before


PARCEL = f"order,carrier,number,email\n1001,ups,{NUMBER},ana@example.com\n"


def test_what_happened_before_the_import_is_shown_and_not_told(database: Database, policy: Policy) -> None:
    told(database, policy, fact("out_for_delivery"))
    take(job(database, policy), PARCEL, LATER)
    assert (shipment(database)["shown_status"], mails(database)) == ("out_for_delivery", [])
    told(database, policy, fact("attempted", hours=0.5), at=2)
    assert mails(database) == []
    told(database, policy, fact("delivered", hours=2), at=2)
    assert [status for status, _ in waiting(database)] == ["delivered"]


def test_what_waits_is_told_where_that_is_asked_for(database: Database, policy: Policy) -> None:
    told(database, policy, fact("out_for_delivery"))
    take(job(database, policy, announce=True), PARCEL, LATER)
    assert [status for status, _ in waiting(database)] == ["out_for_delivery"]


def test_a_parcel_that_was_known_before_is_not_silenced(database: Database, policy: Policy) -> None:
    add_order(database, policy)
    take(job(database, policy), f"order,number,url\n1001,{NUMBER},https://example.com\n", LATER)
    assert (shipment(database)["announce_from"], shipment(database)["tracking_url"]) == (None, "https://example.com")
    told(database, policy, fact("out_for_delivery", hours=0.5), at=2)
    assert [status for status, _ in waiting(database)] == ["out_for_delivery"]


def test_an_erased_customer_does_not_come_back(database: Database, policy: Policy) -> None:
    take(job(database, policy), PARCEL)
    database.write(lambda tx: keeping.forget_customer(tx, ("default", "1001"), LATER))
    before = everything(database)
    assert take(job(database, policy), PARCEL, LATER).unchanged == 1
    assert everything(database) == before


def test_what_a_corrected_table_says_is_taken(database: Database, policy: Policy) -> None:
    take(job(database, policy), PARCEL)
    take(job(database, policy), PARCEL.replace("ana@", "bia@").replace(NUMBER, "N2"), LATER)
    with database.read() as tx:
        parcels = orders.shipments_of(tx, "default", "1001")
    assert {row["tracking_number"] for row in parcels} == {NUMBER, "N2"}
    assert {row["email"] for row in parcels} == {"bia@example.com"}


LONG = "order,number\n" + "".join(f"{n},N{n}\n" for n in range(2 * BATCH))


def test_an_import_goes_on_where_it_was_and_a_changed_file_starts_anew(database: Database, policy: Policy) -> None:
    lines = lines_of(LONG)
    stopped = job(database, policy)
    stopped.take(lines[:BATCH], stopped.position(), NOON)
    assert job(database, policy).position() == Position(BATCH + 1)
    assert job(database, policy, fingerprint="changed").position() == Position()
    assert take(job(database, policy), LONG) == Position(2 * BATCH + 1, BATCH)
    assert job(database, policy).position() == Position()


def test_what_a_later_line_says_of_a_package_is_what_counts(database: Database, policy: Policy) -> None:
    take(job(database, policy), TABLE)
    with database.read() as tx:
        (parcel,) = orders.shipments_of(tx, "default", "1005")
    assert (parcel["tracking_number"], parcel["email"]) == ("N6", "new@example.com")
