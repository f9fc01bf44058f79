"""Each cause is one incident while it lasts, with the figures that were told last."""

from datetime import timedelta

from relay.database import Database, Row
from relay.store import incidents
from tests.conftest import NOON

MINUTE = timedelta(minutes=1)


def open_incident(database: Database, subject: str = "ups", minutes: int = 0, shop: str = "default") -> str:
    return database.write(
        lambda tx: incidents.open_incident(
            tx, kind="mute", subject=subject, title="t", remedy="r", now=NOON + minutes * MINUTE, shop=shop
        )
    )


def listed(database: Database, *, only_open: bool = True) -> list[Row]:
    with database.read() as tx:
        return incidents.incidents(tx, only_open=only_open)


def test_a_cause_is_one_incident_while_it_lasts_and_another_when_it_comes_back(database: Database) -> None:
    first = [open_incident(database, minutes=minutes) for minutes in (0, 5)]
    assert [(row["times"], row["opened_at"] < row["last_seen_at"]) for row in listed(database)] == [(2, True)]
    assert database.write(lambda tx: incidents.close_incident(tx, "mute", "ups", NOON + 6 * MINUTE))
    assert not database.write(lambda tx: incidents.close_incident(tx, "mute", "ups", NOON + 7 * MINUTE))
    again = open_incident(database, minutes=8)
    assert len({*first, again}) == 2
    assert [row["closed_at"] is None for row in listed(database, only_open=False)] == [True, False]


def test_incidents_of_other_subjects_and_shops_are_others(database: Database) -> None:
    assert len({open_incident(database), open_incident(database, "dhl"), open_incident(database, shop="b")}) == 3


def test_an_incident_names_each_parcel_once_for_the_same_reason(database: Database) -> None:
    incident_id = open_incident(database)
    parcel: Row = {"shop": "default", "order_id": "1001", "shipment_id": "s"}
    for detail in ("silent", "silent", "refused"):
        database.write(lambda tx, detail=detail: incidents.add_to_incident(tx, incident_id, parcel, detail))  # type: ignore[misc]  # a default binds it
    with database.read() as tx:
        named = [(row["order_id"], row["detail"]) for row in incidents.incident_orders(tx, incident_id)]
        of_order = [row["incident_id"] for row in incidents.incidents_of_order(tx, "default", "1001")]
    assert sorted(named) == [("1001", "refused"), ("1001", "silent")]
    assert (of_order, listed(database)[0]["parcels"]) == ([incident_id], 1)


def test_what_is_seen_again_tells_its_newest_figures(database: Database) -> None:
    def seen(held: int) -> None:
        told = f"{held} are held"
        database.write(
            lambda tx: incidents.open_incident(
                tx, kind="held_rule", subject="ups", title=told, remedy="", figures={"held": held}, now=NOON
            )
        )

    seen(5)
    seen(7)
    (row,) = listed(database)
    assert (row["title"], incidents.figures_of(row)) == ("7 are held", {"held": 7})


def test_an_incident_without_figures_has_none(database: Database) -> None:
    open_incident(database)
    assert incidents.figures_of(listed(database)[0]) == {}
