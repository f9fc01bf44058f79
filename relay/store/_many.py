"""Statements over many rows. Their text depends on the number of rows alone, so that the engines know it again."""

from collections.abc import Collection, Iterator, Sequence
from functools import cache

from relay.database import Tx, Values

#: Parameters of one statement, about.
PARAMETERS = 256
#: Keys that are looked up together.
KEYS = 32


def insert_many(tx: Tx, table: str, columns: tuple[str, ...], rows: Sequence[Values], conflict: str) -> list[Values]:
    """Insert rows; what to do with those that are there, and what to return, stands in ``conflict``."""
    returned: list[Values] = []
    size = max(1, PARAMETERS // len(columns))
    for start in range(0, len(rows), size):
        chunk = rows[start : start + size]
        sql, names = _insertion(table, columns, len(chunk), conflict)
        given = (value for row in chunk for value in row)
        returned += tx.tuples(sql, **dict(zip(names, given, strict=True)))
    return returned


@cache
def _insertion(table: str, columns: tuple[str, ...], rows: int, conflict: str) -> tuple[str, list[str]]:
    names = [[f"{column}_{row}" for column in columns] for row in range(rows)]
    values = ", ".join(f"(:{', :'.join(row)})" for row in names)
    sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES {values} {conflict}"  # noqa: S608 - our own names
    return sql, [name for row in names for name in row]


def among(keys: Collection[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """For each few of ``keys`` what stands behind ``IN``, and its parameters."""
    listed = list(keys)
    for start in range(0, len(listed), KEYS):
        chunk = listed[start : start + KEYS]
        names = [f"key_{index}" for index in range(len(chunk))]
        yield f"(:{', :'.join(names)})", dict(zip(names, chunk, strict=True))
