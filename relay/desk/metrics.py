"""What monitoring is told of an installation: counts, ages and states, read from the database.

So every process tells the same.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from shutil import disk_usage
from typing import Final

from relay.carriers import all_carriers
from relay.database import Row, SQLite, Tx, Values
from relay.desk import Desk, loops
from relay.desk.accounts import askers_of, who_asks
from relay.desk.backups import mark, newest
from relay.desk.care import is_live, mail_mode, shop_mode
from relay.desk.connecting import ROUTES, SHOP, found, wanted
from relay.desk.health import BREAKING
from relay.desk.measured import (
    Asking,
    Figures,
    Hearing,
    Labels,
    Machine,
    Of,
    Parcels,
    Shop,
    Slow,
    Telling,
    Waiting,
    Watching,
    age_s,
    ages_s,
    carrier_label,
    folded,
    sender_label,
    sums,
)
from relay.desk.telling import ways_of
from relay.intake.failures import TALLY
from relay.intake.said import via_of
from relay.model import Action, Outcome, Status, Via
from relay.store import asks, drifts, keeping, ledger, outbox, reads
from relay.store import metrics as store
from relay.store.metrics import Seen

ROUTE_STATES: Final = ("ours", "none", "foreign", "unknown")
BRAKE: Final = "mail_brake"
#: The tally of bodies that went by their age, and nobody could ever read.
LOST: Final = "dropped_unread"


def figures(tx: Tx, desk: Desk, fresh: Iterable[Seen], counted: Slow | None, now: datetime) -> Figures:
    """All that is cheap to count, beside what was counted before; ``fresh`` came in and is not in the totals yet."""
    tallies, kinds = store.tallies(tx), store.incidents(tx, now)
    return Figures(
        parcels=_parcels(tx, desk, now),
        asking=_asking(tx, desk, tallies, now),
        hearing=_hearing(tx, fresh, tallies, now),
        telling=_telling(tx, desk, kinds, now),
        shop=_shop(tx, now) if desk.settings.vtex_account else None,
        watching=_watching(tx, desk, kinds, now),
        machine=_machine(tx, desk, now),
        slow=counted,
    )


def slow(tx: Tx, now: datetime) -> Slow:
    """All the rest."""
    return Slow(
        given_up=asks.count_given_up(tx, now),
        ended=_by_status(store.ended_parcels(tx), is_final=True),
        settled=sums(((channel, state), count) for channel, state, count in store.messages(tx, store.OVER)),
    )


def _by_status(counts: Iterable[Values], *, is_final: bool) -> Of:
    """Also those that no parcel has; ``unknown`` is never shown."""
    none_yet = [((one.value,), 0) for one in Status if one.is_final is is_final and one is not Status.UNKNOWN]
    return sums([*none_yet, *(((status,), count) for status, *_, count in counts)])


# -- parcels -----------------------------------------------------------------------------------------------------------


def _parcels(tx: Tx, desk: Desk, now: datetime) -> Parcels:
    held, since = store.held(tx)
    still = store.open_parcels(tx)
    askers = askers_of(desk.settings, all_carriers())
    return Parcels(
        by_status=_by_status(still, is_final=False),
        open_by_carrier=sums(((carrier_label(carrier),), count) for _, carrier, count in still),
        held=Waiting(held, age_s(since, now)),
        without_asker=sum(count for _, carrier, count in still if who_asks(askers, carrier) is None),
        overrides=store.count_overrides(tx),
    )


def _asking(tx: Tx, desk: Desk, tallies: Iterable[Values], now: datetime) -> Asking:
    askers = askers_of(desk.settings, all_carriers())
    asked = [row for row in store.asks(tx, now) if who_asks(askers, row[0])]
    none_fails = [((asker.slug,), 0.0) for asker in askers]
    failing = [((carrier_label(account),), age_s(since, now)) for account, since in store.failing(tx)]
    failed = [row for row in tallies if row[0].startswith(TALLY)]
    return Asking(
        late_s=ages_s(folded((((carrier_label(name),), ask_at) for name, ask_at, _ in asked), min), now),
        due=sums(((carrier_label(name),), count) for name, _, count in asked),
        failing_s=folded([*none_fails, *failing], max),
        failed=sums(((carrier_label(label), name.removeprefix(TALLY)), int(times)) for name, label, times in failed),
    )


# -- what comes in -----------------------------------------------------------------------------------------------------


def _hearing(tx: Tx, fresh: Iterable[Seen], tallies: Iterable[Values], now: datetime) -> Hearing:
    total = store.counted(tx)
    others = [row for row in tallies if not row[0].startswith(TALLY)]
    return Hearing(
        pushes=sums(_by_outcome(total, "pushes")),
        answers=sums(_by_outcome(total, "answers")),
        news=sums((_route(one), one.news) for one in total),
        unknown=sums((_route(one), one.unknown) for one in total),
        heard_s=ages_s(folded(((_route(one), one.last_at) for one in (*total, *fresh) if _says(one)), max), now),
        missed=sums(((carrier_label(one.source),), one.missed) for one in total if one.what == "answers"),
        unread_pushes=_unread(tx, "pushes"),
        unread_answers=_unread(tx, "answers"),
        lost=sums(((carrier_label(label),), int(times)) for name, label, times in others if name == LOST),
        refused=sums(((sender_label(label), name), int(times)) for name, label, times in others if name != LOST),
    )


def _by_outcome(total: Iterable[Seen], what: str) -> Iterator[tuple[Labels, int]]:
    for one in total:
        if one.what == what:
            yield (carrier_label(one.source), one.outcome), one.times


def _route(one: Seen) -> Labels:
    via = Via.POLL if one.what == "answers" else via_of(one.source)
    return carrier_label(one.source), via.value


def _says(one: Seen) -> bool:
    """Whether somebody was heard: it could be read, and an answer was usable."""
    return one.outcome == Outcome.OK if one.what == "answers" else one.outcome != Action.UNREADABLE


def _unread(tx: Tx, what: str) -> Of:
    return sums(((carrier_label(slug),), count) for slug, count in store.unread(tx, what))


# -- what goes out -----------------------------------------------------------------------------------------------------


def _telling(tx: Tx, desk: Desk, kinds: Iterable[Row], now: datetime) -> Telling:
    rows = {row["channel"]: row for row in outbox.channels(tx)}
    due = {channel: (count, due_at) for channel, count, due_at in store.due(tx)}
    held: dict[str, int] = dict(store.held_messages(tx))
    names = sorted({*_channels(desk), *rows, *due, *held})
    none_yet = [((name, state), 0) for name in names for state in store.STUCK]
    waiting = [((name, "due"), due.get(name, (0, None))[0] + held.get(name, 0)) for name in names]
    stuck = [((channel, state), count) for channel, state, count in store.messages(tx, store.STUCK)]
    return Telling(
        messages=sums([*none_yet, *waiting, *stuck]),
        due_s={(name,): age_s(due.get(name, (0, None))[1], now) for name in names},
        held={(name,): held.get(name, 0) for name in names},
        is_up={(name,): float(name not in rows or rows[name]["down_since"] is None) for name in names},
        is_paused={(name,): float(name in rows and rows[name]["paused_at"] is not None) for name in names},
        mail_mode=mail_mode(tx, desk.settings),
        shop_mode=shop_mode(tx, desk.settings) if desk.policy.writes_shop else None,
        is_live=is_live(tx, desk.settings),
        is_braked=any(row["kind"] == BRAKE and row["open"] for row in kinds),
    )


def _channels(desk: Desk) -> Iterator[str]:
    yield "email"
    if desk.policy.writes_shop:
        yield "shop"
    yield from ways_of(desk.settings)


def _shop(tx: Tx, now: datetime) -> Shop:
    backlog = reads.backlog(tx, SHOP, now)
    routes: dict[Labels, float] = {}
    for route in ROUTES:
        seen = found(tx, route)
        state = seen.state if seen else "unknown"
        if wanted(tx, route):
            routes |= {(route, one): float(one == state) for one in ROUTE_STATES}
    return Shop(
        reads=Waiting(backlog["orders"], age_s(backlog["since"], now)),
        unreadable=store.unreadable_orders(tx),
        drifts=drifts.count_drifts(tx),
        routes=routes,
    )


# -- what is wrong, and what it stands on ------------------------------------------------------------------------------


def _watching(tx: Tx, desk: Desk, kinds: Sequence[Row], now: datetime) -> Watching:
    beats, limits = ledger.beats(tx), loops.loops_of(desk)
    stopped = {one.name for one in loops.stopped(tx, desk, now)}
    is_broken = any(row["open"] for row in kinds if row["kind"] in BREAKING - {loops.STOPPED})
    return Watching(
        is_well=not stopped and not is_broken,
        open={(row["kind"],): row["open"] for row in kinds},
        opened={(row["kind"],): row["opened"] for row in kinds},
        nobodys={(row["kind"],): row["nobodys"] for row in kinds},
        nobodys_s={(row["kind"],): age_s(row["nobodys_since"], now) for row in kinds},
        beat_s={(name,): max((now - beats[name]).total_seconds(), 0.0) for name in limits if name in beats},
        is_stopped={(name,): float(name in stopped) for name in limits},
    )


def _machine(tx: Tx, desk: Desk, now: datetime) -> Machine:
    database, folder = desk.database, desk.settings.backup_dir
    if not isinstance(database, SQLite):
        return Machine(backup_s=None, free_bytes={}, database_bytes=store.size(tx))
    disks = {"database": database.path.absolute().parent} | ({"backups": folder} if folder else {})
    return Machine(
        backup_s=_backup_s(tx, folder, now) if folder else None,
        free_bytes={(name,): disk_usage(place).free for name, place in disks.items() if place.is_dir()},
        database_bytes=database.size(),
    )


def _backup_s(tx: Tx, folder: Path, now: datetime) -> float:
    """Before the first backup the age of the installation."""
    last = newest(folder, mark(ledger.install(tx)), now) or keeping.installed_at(tx)
    return max((now - last).total_seconds(), 0.0)
