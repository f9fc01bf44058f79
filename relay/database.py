"""The two engines behind one interface: SQLite with group commit, PostgreSQL over a pool.

One SQL text serves both: ``:name`` parameters, every statement returns rows, TEXT and INTEGER columns (BYTEA for kept
bodies), moments as UTC text of fixed width.
"""

import fcntl
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Protocol, TypeVar, cast

import psycopg
import sqlite_utils
from psycopg.rows import dict_row, tuple_row
from psycopg_pool import ConnectionPool, PoolTimeout

from relay.errors import BadInput, NotFound, Stale, StorageFull, Unavailable, WismoError

A = TypeVar("A")
T = TypeVar("T")
Row = dict[str, Any]
Values = tuple[Any, ...]

#: Longest wait for a place on disk before the sender is asked to come back, in seconds.
WRITE_TIMEOUT_S = 10.0
#: More than this many waiting writes and the sender is asked to come back.
QUEUE_LIMIT = 1000
#: Writes that share one commit at most.
BATCH_LIMIT = 256
#: The lock is left alone this long between batches, or other processes starve.
BREATH_S = 0.001


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


def open_database(url: str, *, create: bool = False) -> Database:
    """Open ``sqlite:PATH`` or ``postgresql://…``. Without ``create`` a missing SQLite file is NotFound."""
    if not url.startswith("sqlite:"):
        return Postgres(url)
    path = Path(url.removeprefix("sqlite:"))
    try:
        return SQLite(path, create=create)
    except OSError as error:
        remedy = "Check WISMO_DATABASE_URL and who may write to the folder"
        raise WismoError(f"{path} cannot be opened: {error.strerror}", remedy) from None
    except sqlite3.Error as error:
        raise WismoError(f"{path} cannot be used: {error}", "If it is damaged, restore a backup") from None


# -- SQLite ------------------------------------------------------------------------------------------------------------


class SQLiteTx:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, sql: str, **params: object) -> list[Row]:
        # Not sqlite-utils' query: it wraps each statement in a savepoint, which triples the cost.
        cursor = self._connection.execute(sql, params)
        if cursor.description is None:
            return []
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, values, strict=True)) for values in cursor]

    def tuples(self, sql: str, **params: object) -> list[Values]:
        return self._connection.execute(sql, params).fetchall()


class _Job:
    """A piece of work on its way to the writer thread and its result on the way back."""

    __slots__ = ("_done", "error", "item", "result", "work")

    def __init__(self, work: Callable[[Tx, Sequence[Any]], Sequence[Any]], item: object) -> None:
        self.work = work
        self.item = item
        self.result: Any = None
        self.error: BaseException | None = None
        # A bare lock wakes a waiting thread in half the time of a Future's condition.
        self._done = threading.Lock()
        self._done.acquire()

    def finish(self) -> None:
        self._done.release()

    def wait(self) -> Any:  # noqa: ANN401 - the result of any work
        if not self._done.acquire(timeout=WRITE_TIMEOUT_S):
            raise Unavailable("the database is too busy to keep this now")
        if self.error is not None:
            raise self.error
        return self.result


class SQLite:
    engine = "sqlite"

    def __init__(self, path: Path, *, create: bool) -> None:
        if not create and not path.exists():
            raise NotFound(f"there is no database at {path}", "Start one with `wismo up` or `wismo migrate`")
        self.path = path
        self._lock_file = _hold_shared_lock(path)
        self._local = threading.local()
        self._readers: list[sqlite3.Connection] = []
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._closed = False
        self._writer = threading.Thread(target=self._write_batches, name="sqlite-writer", daemon=True)
        try:
            self._connection = _connect(path)
        except sqlite3.Error:
            self._lock_file.close()
            raise
        self._writer.start()

    def write(self, work: Callable[[Tx], T]) -> T:
        return self.write_each(lambda tx, _: [work(tx)], None)

    def write_each(self, work: Callable[[Tx, Sequence[A]], Sequence[T]], item: A) -> T:
        if self._closed:
            raise Unavailable("this process is stopping")
        if self._queue.qsize() > QUEUE_LIMIT:
            raise Unavailable("the database is too busy to keep this now")
        job = _Job(work, item)
        self._queue.put(job)
        return cast("T", job.wait())

    @contextmanager
    def read(self) -> Iterator[Tx]:
        try:
            connection = self._reader()
            connection.execute("BEGIN")
            try:
                yield SQLiteTx(connection)
            finally:
                connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise _as_ours(error) from error

    def identity(self) -> str:
        return f"file {self.path.stat().st_ino}"

    def migrate(self) -> list[str]:
        return _migrate(self)

    def backup(self, target: Path) -> int:
        """A consistent copy while others write, verified; its size in bytes.

        A file that is there is replaced only by a good copy. Raises OSError, WismoError, or sqlite3.Error.
        """
        fresh = target.with_name(f".{target.name}.part")
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=0o600)  # it names customers
        try:
            with closing(sqlite3.connect(fresh)) as copy:
                self._reader().backup(copy)
            verify_copy(fresh)
            fresh.replace(target)
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise
        return target.stat().st_size

    def size(self) -> int:
        """Bytes on disk, what is not yet in its place included."""
        files = (self.path, Path(f"{self.path}-wal"))
        return sum(file.stat().st_size for file in files if file.exists())

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._queue.put(None)
        self._writer.join(WRITE_TIMEOUT_S)
        for connection in (*self._readers, self._connection):
            connection.close()
        self._lock_file.close()

    def _reader(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = _connect(self.path)
            connection.execute("PRAGMA query_only=ON")
            self._local.connection = connection
            self._readers.append(connection)
        return connection

    def _write_batches(self) -> None:
        while True:
            first = self._queue.get()
            if first is None:
                return
            jobs, last = self._gather(first)
            self._commit(jobs)
            for job in jobs:
                job.finish()
            if last:
                return
            time.sleep(BREATH_S)

    def _gather(self, first: _Job) -> tuple[list[_Job], bool]:
        jobs = [first]
        while len(jobs) < BATCH_LIMIT:
            try:
                job = self._queue.get_nowait()
            except Empty:
                break
            if job is None:
                return jobs, True
            jobs.append(job)
        return jobs, False

    def _commit(self, jobs: list[_Job]) -> None:
        """Run the pieces in one transaction; if one fails, or the file does, each in a transaction of its own."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            for job in jobs:
                job.error = _as_ours(error)
            return
        try:
            for work, same in _by_work(jobs):
                results = work(SQLiteTx(self._connection), [job.item for job in same])
                for job, result in zip(same, results, strict=True):
                    job.result = result
            self._connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - whatever it is, it is raised again where the piece came from
            self._roll_back()
            if len(jobs) == 1:
                jobs[0].error = _as_ours(error)
                return
            for job in jobs:
                self._commit([job])

    def _roll_back(self) -> None:
        # After some errors of the file SQLite has done it by itself, and a second one fails.
        with suppress(sqlite3.Error):
            self._connection.execute("ROLLBACK")


def _by_work(jobs: Sequence[_Job]) -> Iterable[tuple[Callable[[Tx, Sequence[Any]], Sequence[Any]], list[_Job]]]:
    together: dict[Callable[[Tx, Sequence[Any]], Sequence[Any]], list[_Job]] = {}
    for job in jobs:
        together.setdefault(job.work, []).append(job)
    return together.items()


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=WRITE_TIMEOUT_S / 2, isolation_level=None, check_same_thread=False)
    try:
        sqlite_utils.Database(connection).enable_wal()
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _hold_shared_lock(path: Path) -> Any:  # noqa: ANN401 - an open file, kept for its lock
    """Tell other processes that this database is in use; the kernel lets go when the process dies."""
    handle = Path(f"{path}.lock").open("w")  # noqa: SIM115 - open as long as the database is
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.close()
        raise WismoError(f"{path} is being restored by another process", "Wait until that is done") from None
    return handle


@contextmanager
def alone_with(path: Path) -> Iterator[None]:
    """Hold a SQLite file while no other process has it open. Raises Unavailable if one has."""
    with Path(f"{path}.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise WismoError(f"another Wismo process uses {path}", "Stop it first") from None
        yield


def verify_copy(file: Path) -> None:
    """Raises BadInput unless the file is a whole database of Wismo's."""
    # Nothing but the file: SQLite would leave a journal of its own beside it. One that has a journal needs it.
    alone = "" if Path(f"{file}-wal").exists() else "&immutable=1"
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro{alone}", uri=True)) as connection:
            (verdict,) = connection.execute("PRAGMA integrity_check").fetchone()
            connection.execute("SELECT name FROM migrations").fetchall()
    except sqlite3.Error as error:
        raise BadInput("file", f"{file} is no backup of Wismo ({error})") from None
    if verdict != "ok":
        raise WismoError(f"{file} is damaged: {verdict}", "Use another backup")


def _as_ours(error: Exception) -> Exception:
    """What SQLite says of the file (full, I/O, locked, corrupt) in our words; a fault of a statement stays as it is."""
    if type(error) not in {sqlite3.OperationalError, sqlite3.DatabaseError}:
        return error
    if getattr(error, "sqlite_errorname", "").startswith(("SQLITE_FULL", "SQLITE_IOERR")):
        return StorageFull("the disk is full or failing", retry_after_s=60)
    return Unavailable(f"the database refused: {error}")


# -- PostgreSQL --------------------------------------------------------------------------------------------------------

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
        cursor = self._connection.execute(to_pyformat(sql), params)
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
        return _migrate(self)

    def close(self) -> None:
        self._pool.close()


# -- migrations --------------------------------------------------------------------------------------------------------


def _migrate(database: Database) -> list[str]:
    return [name for name, script in _scripts().items() if database.write(lambda tx: _apply(tx, name, script))]  # noqa: B023 - called at once


def _scripts() -> Mapping[str, str]:
    found = [entry for entry in (files("relay") / "migrations").iterdir() if entry.name.endswith(".sql")]
    return {entry.name: entry.read_text(encoding="utf-8") for entry in sorted(found, key=lambda entry: entry.name)}


def _apply(tx: Tx, name: str, script: str) -> bool:
    """Apply one script unless it is recorded; the insertion makes a second process wait for the first."""
    tx.rows("CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY)")
    if not tx.rows("INSERT INTO migrations (name) VALUES (:name) ON CONFLICT DO NOTHING RETURNING name", name=name):
        return False
    for statement in script.split(";\n"):
        if statement.strip():
            tx.rows(statement)
    return True


def pending_migrations(tx: Tx) -> list[str]:
    """Names of the scripts that this database has not seen. After a database without any, ``tx`` is of no more use."""
    try:
        seen = {row["name"] for row in tx.rows("SELECT name FROM migrations")}
    except (sqlite3.OperationalError, psycopg.errors.UndefinedTable):
        seen = set()
    return [name for name in _scripts() if name not in seen]
