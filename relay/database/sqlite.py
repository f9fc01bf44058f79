"""SQLite: one writer thread that groups what waits into one commit, and a reader a thread."""

import fcntl
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, cast

import sqlite_utils

from relay.database.engine import WRITE_TIMEOUT_S, A, NoTable, Row, T, Tx, Values
from relay.database.migrations import migrate
from relay.errors import BadInput, NotFound, StorageFull, Unavailable, WismoError

#: More than this many waiting writes and the sender is asked to come back.
QUEUE_LIMIT = 1000
#: Writes that share one commit at most.
BATCH_LIMIT = 256
#: The lock is left alone this long between batches, or other processes starve.
BREATH_S = 0.001
#: Between two signs of life: pages of a copy, and steps of SQLite's machine.
PAGES_AT_ONCE, STEPS_AT_ONCE = 1000, 1000


class SQLiteTx:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, sql: str, **params: object) -> list[Row]:
        # Not sqlite-utils' query: it wraps each statement in a savepoint, which triples the cost.
        try:
            cursor = self._connection.execute(sql, params)
        except sqlite3.OperationalError as error:
            if str(error).startswith("no such table"):
                raise NoTable(str(error)) from error
            raise
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
        return migrate(self)

    def backup(self, target: Path, alive: Callable[[], None] = lambda: None) -> int:
        """A consistent copy while others write, verified; its size in bytes. ``alive`` is called on the way.

        A file that is there is replaced only by a good copy. Raises OSError, WismoError, or sqlite3.Error.
        """
        fresh = target.with_name(f".{target.name}.part")
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=0o600)  # it names customers
        try:
            with closing(sqlite3.connect(fresh)) as copy, self.read() as tx:
                tx.rows(
                    "SELECT name FROM migrations"
                )  # begins the snapshot, or each write of others begins the copy anew
                self._reader().backup(copy, pages=PAGES_AT_ONCE, progress=lambda *_: alive())
            verify_copy(fresh, alive)
            fresh.replace(target)
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise
        return target.stat().st_size

    def fault(self, goes_on: Callable[[], bool]) -> str:
        """What is wrong with the file's structure, or "". Others write meanwhile; ``goes_on`` says whether to go on.

        Raises Unavailable where it was told not to, or the file cannot be read.
        """
        with self.read() as tx:
            connection = self._reader()
            connection.set_progress_handler(lambda: not goes_on(), STEPS_AT_ONCE)
            try:
                found = tx.rows("PRAGMA quick_check(1)")
            except sqlite3.DatabaseError as error:
                if getattr(error, "sqlite_errorname", "") not in {"SQLITE_CORRUPT", "SQLITE_NOTADB"}:
                    raise
                return str(error)
            finally:
                connection.set_progress_handler(None, 0)
        verdict = next(iter(found[0].values())) if found else "ok"
        return "" if verdict == "ok" else str(verdict)

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


def verify_copy(file: Path, alive: Callable[[], None] = lambda: None) -> None:
    """Raises BadInput unless the file is a whole database of Wismo's. ``alive`` is called on the way."""
    # Nothing but the file: SQLite would leave a journal of its own beside it. One that has a journal needs it.
    alone = "" if Path(f"{file}-wal").exists() else "&immutable=1"
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro{alone}", uri=True)) as connection:
            connection.set_progress_handler(alive, STEPS_AT_ONCE)  # which returns None, that is: go on
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
