"""Shipments: nobody's change is lost, and what waits for a person is found."""

from datetime import timedelta

import pytest

from relay.database import Database, Row
from relay.errors import Stale
from relay.intake import Policy
from relay.model import ParcelState, Status, to_text
from relay.store import orders
from tests.conftest import NOON, fact
from tests.intake.steps import add_order, later, shipment, told


def save(database: Database, row: Row, status: str) -> None:
    database.write(
        lambda tx: orders.save_state(
            tx,
            row,
            ParcelState(status=Status(status)),
            shown=Status(status),
            changed_at=to_text(NOON),
            override_id=None,
            recheck_at=None,
            considered=(None, None, None),
        )
    )


def test_a_state_made_of_what_somebody_changed_meanwhile_is_not_saved(sqlite: Database, policy: Policy) -> None:
    add_order(sqlite, policy)
    read = shipment(sqlite)
    save(sqlite, read, "in_transit")
    with pytest.raises(Stale):
        save(sqlite, read, "exception")
    with pytest.raises(Stale):
        sqlite.write(lambda tx: orders.set_override(tx, read, "o"))
    assert shipment(sqlite)["status"] == "in_transit"


def test_a_state_in_which_nothing_is_new_is_not_written(sqlite: Database, policy: Policy) -> None:
    add_order(sqlite, policy)
    save(sqlite, shipment(sqlite), "in_transit")
    before = shipment(sqlite)
    save(sqlite, before, "in_transit")
    assert shipment(sqlite) == before


def test_whoever_read_a_shipment_before_a_carrier_adopted_it_or_it_was_given_again_is_stale(
    sqlite: Database, policy: Policy
) -> None:
    add_order(sqlite, policy, carrier=None)
    revisions = [shipment(sqlite)["revision"]]
    told(sqlite, policy)
    revisions.append(shipment(sqlite)["revision"])
    add_order(sqlite, policy)
    revisions.append(shipment(sqlite)["revision"])
    assert shipment(sqlite)["carrier"] == "ups"
    assert revisions == sorted(set(revisions))


def test_parcels_are_counted_while_they_belong_to_their_order(sqlite: Database, policy: Policy) -> None:
    for number, carrier in enumerate(("ups", None, "fedex")):
        add_order(sqlite, policy, f"o{number}", number=f"N{number}", carrier=carrier)
    told(sqlite, policy, fact("in_transit"), number="N0")
    gone = shipment(sqlite, "o2")["shipment_id"]
    sqlite.write(lambda tx: tx.rows("UPDATE shipments SET superseded_at = 'x' WHERE shipment_id = :gone", gone=gone))
    with sqlite.read() as tx:
        assert orders.count_by_status(tx) == {"in_transit": 1, "pending": 1}
        assert orders.carriers_in_use(tx) == ["ups"]


def test_deliveries_that_wait_for_a_second_word_are_listed_by_age_and_counted_by_carrier(
    database: Database, policy: Policy
) -> None:
    for number, carrier in enumerate(("ups", "ups", "ups", "fedex")):
        add_order(database, policy, f"o{number}", number=f"N{number}", carrier=carrier)
    told(database, policy, fact("in_transit"), fact("delivered", 1), number="N0", at=1)
    told(database, policy, fact("delivered", 2), number="N1", at=2)
    told(database, policy, fact("delivered", 30), number="N2", at=30)
    told(database, policy, fact("in_transit", 3), number="N3", carrier="fedex", at=3)
    with database.read() as tx:
        for_a_person = [row["order_id"] for row in orders.held_since_before(tx, later(27) - timedelta(hours=24))]
        shares = {row["carrier"]: (row["deliveries"], row["held"]) for row in orders.held_share_by_carrier(tx, NOON)}
        later_shares = {row["carrier"]: row["held"] for row in orders.held_share_by_carrier(tx, later(10))}
    assert (for_a_person, shares, later_shares) == (["o1"], {"ups": (3, 2)}, {"ups": 1})
