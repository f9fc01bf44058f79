"""What spreadsheets do to values, undone where nothing was lost and named where something was."""

import re
from datetime import date

from relay.errors import BadInput

AS_TEXT = "Format the column as text (or as a number without decimals) in the spreadsheet, enter it again and save anew"
#: Columns whose values are names although they may look like numbers.
KEYS = {"order", "number", "package"}
DATES = {"promised", "ordered"}
#: Excel's words for a value that it could not work out.
ERRORS = {"#N/A", "#N/D", "#REF!", "#REF", "#VALUE!", "#VALOR!", "#NAME?", "#NOME?", "#DIV/0!", "#NULL!", "#NUM!"}

_FORMULA = re.compile(r'="(.*)"', re.DOTALL)
_SHORTENED = re.compile(r"\d+([.,]\d+)?E\+\d+", re.IGNORECASE)
_WITH_DECIMALS = re.compile(r"(\d+)[.,]00?")
_MIDNIGHT = re.compile(r"[T ]00:00(:00(\.0+)?)?$")
_YEAR_FIRST = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})")
_YEAR_LAST = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})")
_LIKE_A_DATE = re.compile(r"\d{1,2}([/.-])\d{1,2}\1\d{2,4}( .*)?")
#: What an encoding leaves where it cannot read a byte.
_UNREADABLE = re.compile("[\ufffd\udc80-\udcff]")
_CONTROL = re.compile("[\x00-\x1f\x7f]")


def meant(column: str, cell: str) -> str:
    """What somebody entered into a cell, "" if nothing. Raises BadInput where it can no longer be known."""
    text = cell.strip().strip("\u200b\ufeff")
    if formula := _FORMULA.fullmatch(text):
        text = formula[1].strip()
    if not text:
        return ""
    _refuse_unreadable(column, text)
    if column == "name":
        return " ".join(text.split())  # not without its apostrophe: 't Hooft
    text = text.removeprefix("'").strip()
    if column in KEYS:
        return _key(column, text)
    return _date(column, text) if column in DATES else text


def _refuse_unreadable(column: str, text: str) -> None:
    if _UNREADABLE.search(text):
        raise BadInput(column, "it has characters that cannot be read", "Save the table anew as CSV (UTF-8)")
    if _CONTROL.search(text if column != "name" else re.sub(r"\s", "", text)):
        raise BadInput(column, "it has a line break or another control character", "Give one value to a cell")
    if text.upper() in ERRORS or not text.strip("#"):
        raise BadInput(column, f"{text!r} is Excel's word for a value it could not show", "Enter the value itself")


def _key(column: str, text: str) -> str:
    if _SHORTENED.fullmatch(text):
        raise BadInput(column, f"{text!r} is a number that the spreadsheet shortened: digits are lost", AS_TEXT)
    decimals = _WITH_DECIMALS.fullmatch(text)
    return decimals[1] if decimals else text


def _date(column: str, text: str) -> str:
    """ISO where it can be only one day; the rest is for whoever checks dates."""
    plain = _MIDNIGHT.sub("", text)
    if found := _YEAR_FIRST.fullmatch(plain):
        return _iso(*found.groups()) or text
    if not _LIKE_A_DATE.fullmatch(plain):
        return plain
    found = _YEAR_LAST.fullmatch(plain)
    if found and (int(found[1]) > 12 or int(found[1]) == int(found[3])):  # noqa: PLR2004 - months
        iso = _iso(found[4], found[3], found[1])
        if iso:
            return iso
    raise BadInput(
        column,
        f"{text[:40]!r} can be read as more than one date, or as none",
        "Write it as 2026-12-24: format the column as yyyy-mm-dd",
    )


def _iso(year: str, month: str, day: str) -> str | None:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None
