"""The database examined: whether it is whole and up to date, and what it knows of loops, backups and refusals."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from time import monotonic
from typing import TypeVar

import psycopg

from relay import clock
from relay.carriers import all_carriers
from relay.cli.finding import Finding, failed, well
from relay.cli.wiring import policy_of
from relay.database import Database, SQLite, Tx, open_database, pending_migrations
from relay.desk import Desk, brake, loops
from relay.desk.backups import mark, newest
from relay.desk.brake import Brake
from relay.desk.care import is_live
from relay.errors import Unavailable, WismoError
from relay.intake.failures import failed_asks, in_words, is_failure
from relay.retention import backups
from relay.settings import Settings
from relay.store import asks, facts, ledger, orders
from relay.store import keeping as store

WEEK = timedelta(days=7)
#: So long the file's structure is looked at; a large one takes longer, and is looked at whole once a week at night.
LOOKED_AT_S = 5.0
REMEDIES = {
    "forged": "The secret differs between the two sides, or somebody is trying",
    "bad_key": "A carrier calls /api/oms/ without a valid key; `wismo keys create --scope carrier:<slug>` makes one",
    "other_carrier": "It tells of parcels that are with another carrier; `wismo why ORDER` names it",
    "unknown_slug": "Correct the address at the sender",
    "no_secret": "Set WISMO_<SLUG>_PUSH_SECRETS",
    "hook_other_store": "Another store of VTEX calls our hook: remove it there, each store has a Wismo of its own",
    "hook_unreadable": "VTEX's hook said what Wismo cannot read; nothing is lost, a sweep finds it; report it",
    "storage_full": "Free space on the database's disk",
    "dropped_unread": "They were kept for WISMO_RAW_DAYS and no adapter could read them; ask the carrier to send again",
}
MODES = {
    "send": "mail leaves",
    "shadow": "mail is kept in shadow until `wismo go-live`",
    "paused": "mail is paused",
    "braked": "mail is held by the brake",
}
#: Modes in which customers wait for somebody, and what that one does.
WAITING = {"paused": "`wismo resume mail`", "braked": "`wismo brake` shows what is held; then `wismo brake send|drop`"}
T = TypeVar("T")


def stored(settings: Settings, read: Callable[[Tx], T]) -> T | None:
    """None where the database cannot be read; what is wrong with it is said once, by :func:`examine_database`."""
    try:
        with closing(open_database(settings.database_url)) as database, database.read() as tx:
            return None if pending_migrations(tx) else read(tx)
    except (WismoError, sqlite3.Error, psycopg.Error):
        return None


def examine_database(settings: Settings) -> Iterator[Finding]:
    try:
        with closing(open_database(settings.database_url)) as database:
            yield from _inside(database, settings)
    except WismoError as fault:
        yield failed("database", fault.what, fault.remedy)


def _inside(database: Database, settings: Settings) -> Iterator[Finding]:
    now = clock.now()
    with database.read() as tx:
        pending = pending_migrations(tx)
        yield Finding(not pending, "database", f"lacks {pending}" if pending else database.engine, "`wismo migrate`")
        if pending:
            return
        mode, live = brake.mail_state(tx, settings), is_live(tx, settings)
        said = f"{MODES.get(mode, mode)}{'' if live else ' (not live)'}"
        yield Finding(mode not in WAITING, "customers", said, WAITING.get(mode, ""))
        yield _brake(brake.look_at(tx, settings, now))
        yield from _loops(tx, Desk(database, settings, policy_of(settings)), now)
        yield from _backup(tx, settings, now)
        yield from _unread(tx)
        yield from _refused(tx, now)
        yield from _numbers(tx)
        yield from _strange_carriers(tx)


def examine_file(settings: Settings) -> Iterator[Finding]:
    """Whether the file of a SQLite database is damaged."""
    if not settings.database_url.startswith("sqlite:"):
        yield well("database file", "not tested: PostgreSQL looks after its own")
        return
    try:
        with closing(open_database(settings.database_url)) as database:
            if isinstance(database, SQLite):
                yield _structure(database)
    except WismoError:
        return  # that it cannot be opened is said of the database


def _structure(database: SQLite) -> Finding:
    until, size_mb = monotonic() + LOOKED_AT_S, database.size() / 1e6
    remedy = "Stop Wismo, `wismo restore` the newest good backup, and have the disk examined"
    try:
        fault = database.fault(lambda: monotonic() < until)
    except Unavailable:
        long = f"{size_mb:.0f} MB, no fault within {LOOKED_AT_S:.0f} s; the rest is looked at once a week at night"
        return well("database file", long)
    return Finding(not fault, "database file", fault or f"{size_mb:.1f} MB, sound", remedy)


# -- what it knows -----------------------------------------------------------------------------------------------------


def _loops(tx: Tx, desk: Desk, now: datetime) -> Iterator[Finding]:
    wanted = loops.loops_of(desk)
    troubles = loops.troubles(tx, desk, now)
    for trouble in troubles:
        yield failed(
            f"loop {trouble.figures['loop']}" if "loop" in trouble.figures else "loops", trouble.title, trouble.remedy
        )
    if not troubles:
        yield well("loops", f"all {len(wanted)} run: {', '.join(wanted)}")


def _brake(found: Brake) -> Finding:
    if found.limit is None:
        return well("brake", f"holds nothing at present; {found.gone} mails left in the last hour")
    return well("brake", f"at {found.limit} mails an hour; {found.gone} left in the last one, {found.held} are held")


def _backup(tx: Tx, settings: Settings, now: datetime) -> Iterator[Finding]:
    if not settings.database_url.startswith("sqlite:"):
        yield well("backup", "not Wismo's: use pg_dump, or what your PostgreSQL has for it")
        return
    folder = settings.backup_dir
    if folder is None:
        yield well("backup", "off (WISMO_BACKUP_DIR)")
        return
    last = newest(folder, mark(ledger.install(tx)), now)
    age = now - (last or store.installed_at(tx))
    hours = age // timedelta(hours=1)
    said = f"the newest is {hours} h old" if last else f"none yet, {hours} h after the installation"
    remedy = f"See that {folder} is there, writable and has room; `wismo incidents --open` says what failed"
    yield Finding(age <= backups.LONGEST_WITHOUT, "backup", said, remedy)


def _unread(tx: Tx) -> Iterator[Finding]:
    for what, count in (("pushes", facts.count_unread(tx)), ("answers", asks.count_unread_answers(tx))):
        yield Finding(not count, what, f"{count} could not be read", "`wismo replay --unread` after an upgrade")


def _refused(tx: Tx, now: datetime) -> Iterator[Finding]:
    for row in failed_asks(tx, now - WEEK):
        yield well(f"ask {row['carrier']}", f"{in_words(str(row['failure']))}: {row['times']} in a week")
    for row in (row for row in ledger.tallies(tx, now - WEEK) if not is_failure(row)):
        said = f"{row['label']}: {row['times']} in a week"
        yield failed(f"refused ({row['name']})", said, REMEDIES.get(str(row["name"]), ""))


def _numbers(tx: Tx) -> Iterator[Finding]:
    for row in facts.waiting_tracks(tx):
        if row["lookalike"]:
            said = f"pushes about {row['track_id']} have no parcel, but {row['lookalike']} has this number"
            yield failed("numbers", said, "`wismo edit ORDER --carrier …`")


def _strange_carriers(tx: Tx) -> Iterator[Finding]:
    for slug in orders.carriers_in_use(tx):
        if slug not in all_carriers():
            yield well(f"carrier {slug}", "no adapter of its own: an aggregator or the standard push must tell")
