"""Orders and parcels, completed in any order and found under whatever names them."""

import pytest

from relay.database import Database, Row
from relay.intake import Policy, parcels
from relay.intake.parcels import Parcel, lookup_key, private_key
from relay.store import ledger, orders
from tests.conftest import NOON, fact
from tests.intake.steps import (
    NUMBER,
    TRACK,
    a_return,
    add_order,
    clock_of,
    later,
    shipment,
    shown,
    told,
)


def order(database: Database, order_id: str = "1001") -> Row:
    with database.read() as tx:
        return orders.order(tx, "default", order_id)


def packages(database: Database, order_id: str = "1001") -> list[tuple[str, str | None, str | None]]:
    """Package, carrier and number of each of an order's parcels."""
    with database.read() as tx:
        rows = orders.shipments_of(tx, "default", order_id)
    return [(row["package"], row["carrier"], row["tracking_number"]) for row in rows]


def found(database: Database, key: str) -> list[tuple[str, str]]:
    with database.read() as tx:
        return [(row["order_id"], row["kind"]) for row in orders.look_up(tx, key)]


# -- orders ------------------------------------------------------------------------------------------------------------


def test_an_order_is_kept_before_it_has_a_parcel(database: Database, policy: Policy) -> None:
    _, parcel = database.write(lambda tx: parcels.record_order(tx, policy, "1001", {}, Parcel(), NOON, shop="default"))
    assert parcel is None
    assert (order(database)["group_id"], packages(database)) == ("1001", [])


def test_what_is_given_replaces_what_was_known_and_what_is_not_given_stays(database: Database, policy: Policy) -> None:
    everything: dict[str, str | None] = {name: f"the first {name}" for name in orders.ORDER_FIELDS}
    kept = []
    for hours, given in enumerate((everything, {}, {"email": "bia@example.com"})):
        database.write(
            lambda tx, given=given, hours=hours: parcels.record_order(  # type: ignore[misc]  # defaults bind them
                tx, policy, "1001", given, Parcel(), later(hours), shop="default"
            )
        )
        kept.append(order(database))
    changed = [{name for name in one if one[name] != kept[0][name]} for one in kept]
    assert changed == [set(), {"updated_at"}, {"updated_at", "email"}]
    assert everything.items() <= kept[0].items()


def test_orders_of_two_shops_may_have_one_id(sqlite: Database, policy: Policy) -> None:
    sqlite.write(lambda tx: orders.add_shop(tx, "other", NOON))
    for shop in ("default", "other"):
        sqlite.write(
            lambda tx, shop=shop: parcels.record_order(  # type: ignore[misc]  # a default binds it
                tx, policy, "1001", {"email": f"{shop}@example.com"}, Parcel("ups", shop), NOON, shop=shop
            )
        )
    add_order(sqlite, policy, "1002", number="N2")
    assert packages(sqlite) == [("default", "ups", "default")]
    assert order(sqlite)["email"] == "default@example.com"


# -- packages ----------------------------------------------------------------------------------------------------------


def test_a_package_is_its_invoice_byte_for_byte(database: Database, policy: Policy) -> None:
    for invoice in ("00123", "123", " 123", "00123"):
        add_order(database, policy, parcel=Parcel("ups", f"N{invoice}", package=invoice))
    assert sorted(packages(database)) == [
        (" 123", "ups", "N 123"),
        ("00123", "ups", "N00123"),
        ("123", "ups", "N123"),
    ]


def test_a_package_without_an_invoice_is_its_number(database: Database, policy: Policy) -> None:
    for _ in range(2):
        add_order(database, policy)
    assert packages(database) == [(NUMBER, "ups", NUMBER)]


def test_an_imported_parcel_is_the_same_parcel_when_it_is_imported_again(database: Database, policy: Policy) -> None:
    add_order(
        database,
        policy,
        parcel=Parcel(
            "ups", NUMBER, "INV-1", tracking_url="https://ups", dispatched_at="2026-03-01T00:00:00.000+00:00"
        ),
    )
    first = shipment(database)
    add_order(database, policy, parcel=Parcel(package="INV-1"), at=9)
    second = shipment(database)
    kept = ("shipment_id", "carrier", "tracking_number", "track_id", "known_at", "tracking_url", "dispatched_at")
    assert [second[name] for name in kept] == [first[name] for name in kept]


def test_a_number_without_an_invoice_is_meant_for_the_only_package_that_waits_for_one(
    database: Database, policy: Policy
) -> None:
    add_order(database, policy, parcel=Parcel(package="INV-1"))
    told(database, policy, fact("in_transit"))
    assert packages(database) == [("INV-1", None, None)]
    add_order(database, policy)
    assert packages(database) == [("INV-1", "ups", NUMBER)]
    assert shown(database) == "in_transit"


def test_a_number_without_an_invoice_is_a_package_of_its_own_beside_two_that_wait(
    sqlite: Database, policy: Policy
) -> None:
    for invoice in ("INV-1", "INV-2"):
        add_order(sqlite, policy, parcel=Parcel(package=invoice))
    add_order(sqlite, policy)
    assert packages(sqlite) == [(NUMBER, "ups", NUMBER), ("INV-1", None, None), ("INV-2", None, None)]


def test_a_parcel_that_becomes_known_is_asked_about_at_once(database: Database, policy: Policy) -> None:
    add_order(database, policy, at=3)
    assert clock_of(database, "ask_at") == later(3)


def test_when_a_parcel_left_decides_whether_a_delivery_is_believed(database: Database, policy: Policy) -> None:
    add_order(database, policy, parcel=Parcel("ups", NUMBER, "INV-1"))
    told(database, policy, fact("in_transit", -1), fact("delivered"))
    assert shown(database) == "delivered"
    add_order(database, policy, parcel=Parcel(package="INV-1", dispatched_at="2026-03-02T11:45:00.000+00:00"), at=1)
    assert (shown(database), shipment(database)["held_reason"]) == (
        "in_transit",
        "delivered within 30 minutes after dispatch",
    )


def test_a_return_is_one_from_the_start_and_its_arrival_is_not_doubted(database: Database, policy: Policy) -> None:
    add_order(database, policy, parcel=a_return())
    told(database, policy, fact("delivered", 1), at=1)
    assert (shipment(database)["kind"], shown(database)) == ("return", "delivered")


# -- how they are found ------------------------------------------------------------------------------------------------


def test_an_order_is_found_under_everything_that_names_it(database: Database, policy: Policy) -> None:
    add_order(database, policy, "V-1001", parcel=Parcel("ups", NUMBER, "INV-1"), short_number="77")
    known = shipment(database, "V-1001")
    database.write(lambda tx: parcels.reassign(tx, policy, known, "ups", "OTHER", NOON))
    with database.read() as tx:
        secret = ledger.install(tx)[parcels.LOOKUP_SECRET]
    names = {
        "order": lookup_key("v1001"),
        "short": "77",
        "invoice": lookup_key("inv 1"),
        "number": lookup_key("other"),
        "page": order(database, "V-1001")["page_token"],
        "email": private_key(secret, " ANA@example.com"),
    }
    for kind, key in names.items():
        assert found(database, key) == [("V-1001", kind)], kind
    assert found(database, lookup_key(NUMBER)) == [("V-1001", "number")]  # also under the number it had


@pytest.mark.parametrize("key", ["ana@example.com", "ANA@EXAMPLE.COM", "ana", private_key("", "ana@example.com")])
def test_an_address_cannot_be_read_or_guessed_from_the_table_of_names(
    sqlite: Database, policy: Policy, key: str
) -> None:
    add_order(sqlite, policy)
    assert found(sqlite, key) == []


def test_a_parcel_shows_what_is_known_of_its_new_number_at_once(database: Database, policy: Policy) -> None:
    add_order(database, policy, number="TYPO")
    told(database, policy, fact("in_transit"), fact("delivered", 1), at=1)
    told(database, policy, fact("exception", 1), number="TYPO", at=1)
    known = shipment(database)
    database.write(lambda tx: parcels.reassign(tx, policy, known, None, "1z-999", later(2)))
    row = shipment(database)
    assert (row["track_id"], row["shown_status"]) == (TRACK, "delivered")
    assert row["delivered_at"] == "2026-03-02T13:00:00.000+00:00"
    assert clock_of(database, "ask_at") == later(2)
