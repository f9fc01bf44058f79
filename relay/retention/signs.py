"""A database through which each step of a long work is a sign of life."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from relay.database import Database, Tx
from relay.database.engine import A, T


@dataclass(slots=True)
class Signs:
    """Whoever works for minutes does so in many small transactions; ``alive`` is called with each."""

    database: Database
    alive: Callable[[], None]
    engine: str

    def identity(self) -> str:
        return self.database.identity()

    def write(self, work: Callable[[Tx], T]) -> T:
        self.alive()
        return self.database.write(work)

    def write_each(self, work: Callable[[Tx, Sequence[A]], Sequence[T]], item: A) -> T:
        self.alive()
        return self.database.write_each(work, item)

    @contextmanager
    def read(self) -> Iterator[Tx]:
        self.alive()
        with self.database.read() as tx:
            yield tx

    def migrate(self) -> list[str]:
        return self.database.migrate()

    def close(self) -> None:
        self.database.close()
