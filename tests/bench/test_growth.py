"""What must not grow with the database, counted in steps of SQLite's machine: they are the same on every machine.

An index that one query needs may lead another one astray, and nothing but a large database shows it.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from relay.carriers import carrier_named, read_push
from relay.database import Tx
from relay.database.sqlite import SQLiteTx
from relay.desk import Desk
from relay.desk.find import one_shipment
from relay.desk.view import order_json
from relay.intake.apply import apply
from relay.intake.parcels import Parcel as NewParcel
from relay.intake.parcels import record_order
from relay.intake.told import understood
from relay.model import Via
from relay.store import asks, packages
from tests.bench.filled import DUE, DUE_AT, Parcel, filled, parcels
from tests.bench.growth import CARRIER, alert

FEW, MANY = 500, 4000
NOW = DUE_AT

Question = Callable[[Tx, Desk, Parcel], object]


@pytest.fixture(scope="module")
def sizes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, Desk]]:
    desks = {tracks: filled(tmp_path_factory.mktemp("filled"), tracks) for tracks in (FEW, MANY)}
    yield desks
    for desk in desks.values():
        desk.database.close()


def is_due(tx: Tx, _desk: Desk, _parcel: Parcel) -> bool:
    return asks.Whose(CARRIER).has_due(tx, NOW)


def all_due(tx: Tx, _desk: Desk, _parcel: Parcel) -> int:
    return len(asks.Whose(CARRIER).due(tx, NOW, DUE * 2))


def all_due_of_others(tx: Tx, _desk: Desk, _parcel: Parcel) -> int:
    return len(asks.Whose(but=frozenset({CARRIER})).due(tx, NOW, DUE * 9))


def timeline(tx: Tx, desk: Desk, parcel: Parcel) -> str:
    return str(order_json(tx, desk.settings, "default", parcel.order_id)["status"])


def packages_of_its_order(tx: Tx, _desk: Desk, parcel: Parcel) -> int:
    return len(packages.all_of(tx, "default", parcel.order_id))


def found_by_number(tx: Tx, _desk: Desk, parcel: Parcel) -> str:
    return str(one_shipment(tx, parcel.number, None)["shown_status"])


def pushed(tx: Tx, desk: Desk, parcel: Parcel) -> list[int]:
    reading = read_push(carrier_named(CARRIER), alert(parcel, NOW - timedelta(hours=1)))
    told = understood(CARRIER, "a push", reading, NOW, Via.PUSH)
    return [brought.messages for brought in apply(tx, desk.policy, told, NOW)]


def added(tx: Tx, desk: Desk, _parcel: Parcel) -> bool:
    parcel = NewParcel(carrier=CARRIER, tracking_number="1ZNEW")
    return record_order(tx, desk.policy, "new", {}, parcel, NOW, shop="default")[1] is not None


QUESTIONS: tuple[Question, ...] = (
    is_due,
    all_due,
    all_due_of_others,
    timeline,
    packages_of_its_order,
    found_by_number,
    pushed,
    added,
)


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_larger_database_makes_no_more_work(sizes: dict[int, Desk], question: Question) -> None:
    (few, few_said), (many, many_said) = (steps(sizes[tracks], tracks, question) for tracks in (FEW, MANY))
    assert few_said == many_said
    assert few_said
    assert many <= 1.3 * few, f"{few} steps with {FEW} parcels, {many} with {MANY}"


def steps(desk: Desk, tracks: int, question: Question) -> tuple[int, object]:
    """How many, and the answer; what it wrote is undone."""
    taken = [0]

    def step() -> None:
        taken[0] += 1

    path = Path(desk.settings.database_url.removeprefix("sqlite:"))
    parcel = next(parcel for parcel in list(parcels(tracks))[tracks // 2 :] if parcel.carrier == CARRIER)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        connection.set_progress_handler(step, 1)
        said = question(SQLiteTx(connection), desk, parcel)
        connection.set_progress_handler(None, 0)
        connection.execute("ROLLBACK")
    return taken[0], said
