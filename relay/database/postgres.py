"""PostgreSQL over a pool; it groups commits by itself."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache

import psycopg
from psycopg.rows import dict_row, tuple_row
from psycopg_pool import ConnectionPool, PoolTimeout

from relay.database.engine import WRITE_TIMEOUT_S, A, NoTable, Row, T, Tx, Values
from relay.database.migrations import migrate
from relay.errors import Stale, StorageFull, Unavailable

_NAMED = re.compile(r"(?<![:\w]):([a-z_]\w*)")  # not ::text, not '12:30'


@lru_cache(maxsize=512)
def to_pyformat(sql: str) -> bytes:
    """The same text for psycopg; as bytes, because its types accept only literal text as str.

    ``WITHOUT ROWID`` is SQLite's word for a table that is kept in the order of its key.
    """
    return _NAMED.sub(r"%(\1)s", sql.replace("%", "%%").replace(" WITHOUT ROWID", "")).encode()


class PostgresTx:
    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        self._connection = connection

    def rows(self, sql: str, **params: object) -> list[Row]:
        try:
            cursor = self._connection.execute(to_pyformat(sql), params)
        except psycopg.errors.UndefinedTable as error:
            raise NoTable(str(error)) from error
        return cursor.fetchall() if cursor.description else []

    def tuples(self, sql: str, **params: object) -> list[Values]:
        with self._connection.cursor(row_factory=tuple_row) as cursor:
            cursor.execute(to_pyformat(sql), params)
            return cursor.fetchall() if cursor.description else []


class Postgres:
    engine = "postgresql"

    def __init__(self, url: str) -> None:
        self.url = url
        self._pool: ConnectionPool[psycopg.Connection[Row]] = ConnectionPool(
            url,
            connection_class=psycopg.Connection[Row],
            kwargs={"row_factory": dict_row},
            min_size=1,
            max_size=8,
            timeout=WRITE_TIMEOUT_S,
            open=False,
        )
        try:
            self._pool.open(wait=True, timeout=WRITE_TIMEOUT_S)
        except PoolTimeout:
            self._pool.close()
            raise Unavailable("PostgreSQL does not answer at WISMO_DATABASE_URL") from None

    def write(self, work: Callable[[Tx], T]) -> T:
        for _ in range(20):
            try:
                with self._pool.connection() as connection, connection.transaction():
                    result = work(PostgresTx(connection))
            except (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected, Stale):
                continue
            except psycopg.errors.DiskFull:
                raise StorageFull("PostgreSQL has no space left", retry_after_s=60) from None
            except (psycopg.OperationalError, PoolTimeout) as error:
                raise Unavailable(f"PostgreSQL refused: {error}") from error
            return result
        raise Unavailable("the database is too busy to keep this now")

    def write_each(self, work: Callable[[Tx, Sequence[A]], Sequence[T]], item: A) -> T:
        return self.write(lambda tx: work(tx, [item])[0])

    @contextmanager
    def read(self) -> Iterator[Tx]:
        try:
            with self._pool.connection() as connection, connection.transaction():
                connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                yield PostgresTx(connection)
        except (psycopg.OperationalError, PoolTimeout) as error:
            raise Unavailable(f"PostgreSQL refused: {error}") from error

    def identity(self) -> str:
        with self.read() as tx:
            found = tx.rows(
                """
                SELECT system_identifier, oid FROM pg_control_system(), pg_database
                WHERE datname = current_database()
                """
            )
        return f"cluster {found[0]['system_identifier']}, database {found[0]['oid']}"

    def migrate(self) -> list[str]:
        return migrate(self)

    def close(self) -> None:
        self._pool.close()
