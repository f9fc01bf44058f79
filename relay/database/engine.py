"""What both engines are to the rest of the house."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar

A = TypeVar("A")
T = TypeVar("T")
Row = dict[str, Any]
Values = tuple[Any, ...]

#: Longest wait for a place on disk before the sender is asked to come back, in seconds.
WRITE_TIMEOUT_S = 10.0


class NoTable(Exception):
    """The database has not got so far: it lacks a table."""


class Tx(Protocol):
    """A transaction; what it wrote is on disk when :meth:`Database.write` returns."""

    def rows(self, sql: str, **params: object) -> list[Row]: ...

    def tuples(self, sql: str, **params: object) -> list[Values]:
        """The same without the names of the columns: for a query that returns many on the way of every push."""


class Database(Protocol):
    engine: str  #: ``sqlite`` or ``postgresql``

    def identity(self) -> str:
        """What a copy of this database does not share with it, and every process that uses it sees alike."""

    def write(self, work: Callable[[Tx], T]) -> T:
        """Run ``work`` and return its result once that is on disk.

        It may run twice: no I/O but through the Tx. Raises Unavailable, or whatever ``work`` raises.
        """

    def write_each(self, work: Callable[[Tx, Sequence[A]], Sequence[T]], item: A) -> T:
        """The same for work that is cheaper together: items that wait for the same ``work`` may be given to it at once.

        It returns one result for each item.
        """

    def read(self) -> AbstractContextManager[Tx]:
        """One consistent snapshot."""

    def migrate(self) -> list[str]:
        """Apply what is missing of ``migrations/``, each in its own transaction; return the names applied."""

    def close(self) -> None: ...
