"""What Wismo notes about itself: each cause is one incident, each lease has one holder."""

from datetime import timedelta

from relay.database import Database, Row
from relay.store import ledger
from tests.conftest import NOON

MINUTE = timedelta(minutes=1)


def open_incident(database: Database, subject: str = "ups", minutes: int = 0, shop: str = "default") -> str:
    return database.write(
        lambda tx: ledger.open_incident(
            tx, kind="mute", subject=subject, title="t", remedy="r", now=NOON + minutes * MINUTE, shop=shop
        )
    )


def incidents(database: Database, *, only_open: bool = True) -> list[Row]:
    with database.read() as tx:
        return ledger.incidents(tx, only_open=only_open)


def test_a_cause_is_one_incident_while_it_lasts_and_another_when_it_comes_back(database: Database) -> None:
    first = [open_incident(database, minutes=minutes) for minutes in (0, 5)]
    assert [(row["times"], row["opened_at"] < row["last_seen_at"]) for row in incidents(database)] == [(2, True)]
    assert database.write(lambda tx: ledger.close_incident(tx, "mute", "ups", NOON + 6 * MINUTE))
    assert not database.write(lambda tx: ledger.close_incident(tx, "mute", "ups", NOON + 7 * MINUTE))
    again = open_incident(database, minutes=8)
    assert len({*first, again}) == 2
    assert [row["closed_at"] is None for row in incidents(database, only_open=False)] == [True, False]


def test_incidents_of_other_subjects_and_shops_are_others(database: Database) -> None:
    assert len({open_incident(database), open_incident(database, "dhl"), open_incident(database, shop="b")}) == 3


def test_an_incident_names_each_parcel_once_for_the_same_reason(database: Database) -> None:
    incident_id = open_incident(database)
    parcel: Row = {"shop": "default", "order_id": "1001", "shipment_id": "s"}
    for detail in ("silent", "silent", "refused"):
        database.write(lambda tx, detail=detail: ledger.add_to_incident(tx, incident_id, parcel, detail))  # type: ignore[misc]  # a default binds it
    with database.read() as tx:
        named = [(row["order_id"], row["detail"]) for row in ledger.incident_orders(tx, incident_id)]
        of_order = [row["incident_id"] for row in ledger.incidents_of_order(tx, "default", "1001")]
    assert sorted(named) == [("1001", "refused"), ("1001", "silent")]
    assert (of_order, incidents(database)[0]["parcels"]) == ([incident_id], 2)


def test_a_lease_has_one_holder_until_it_runs_out(database: Database) -> None:
    def take(holder: str, minutes: int) -> bool:
        return database.write(lambda tx: ledger.take_lease(tx, "watch", holder, NOON + minutes * MINUTE, 2 * MINUTE))

    assert [take("a", 0), take("b", 1), take("a", 1), take("b", 2), take("b", 3), take("a", 4)] == [
        True,
        False,
        True,
        False,
        True,
        False,
    ]


def test_counts_add_up_by_day(database: Database) -> None:
    for days in (0, 0, 1):
        at = NOON + timedelta(days=days)
        database.write(lambda tx, at=at: ledger.add_tallies(tx, {("forged", "ups"): 2, ("unknown", "x"): 1}, at))  # type: ignore[misc]  # a default binds it
    with database.read() as tx:
        everything = [(row["name"], row["label"], row["times"]) for row in ledger.tallies(tx, NOON)]
        last_day = [row["times"] for row in ledger.tallies(tx, NOON + timedelta(days=1))]
    assert (everything, last_day) == ([("forged", "ups", 6), ("unknown", "x", 3)], [2, 1])
