"""Which parcel a message is about: by carrier and number, by reference, by number alone, or it waits."""

from collections.abc import Callable

import pytest

from relay.database import Database
from relay.intake import Policy, parcels
from relay.intake.apply import join_waiting
from relay.intake.parcels import Parcel
from relay.model import fact_id
from relay.store import facts as fact_store
from relay.store import orders
from tests.conftest import fact
from tests.intake.steps import (
    NUMBER,
    TRACK,
    about,
    add_order,
    answered,
    codes_on,
    facts_on,
    hear,
    later,
    mails,
    shipment,
    shown,
    told,
)

NAMELESS = f"/{NUMBER}"


def register(database: Database, source: str, reference: str, track_id: str = TRACK) -> None:
    """As if we had registered the parcel there."""
    database.write(
        lambda tx: tx.rows(
            "INSERT INTO registrations (source, reference, track_id) VALUES (:source, :reference, :track_id)",
            source=source,
            reference=reference,
            track_id=track_id,
        )
    )


def correct(database: Database, policy: Policy, carrier: str | None, number: str, order_id: str = "1001") -> None:
    known = shipment(database, order_id)
    database.write(lambda tx: parcels.reassign(tx, policy, known, carrier, number, later(1)))


def lookalikes(database: Database) -> list[tuple[str, str | None]]:
    with database.read() as tx:
        return sorted((row["track_id"], row["lookalike"]) for row in fact_store.waiting_tracks(tx))


# -- by carrier and number ---------------------------------------------------------------------------------------------


def test_an_early_scan_waits_and_applies_when_the_order_comes(database: Database, policy: Policy) -> None:
    told(database, policy, fact("in_transit"))
    add_order(database, policy)
    assert shown(database) == "in_transit"
    assert mails(database) == [("in_transit", "0", "due")]


@pytest.mark.parametrize("written", ["1z-999", " 1Z 999 ", "\uff11\uff3a\uff19\uff19\uff19", "1z\u200b999"])
def test_a_number_is_one_however_it_is_written(database: Database, policy: Policy, written: str) -> None:
    add_order(database, policy, number="1Z 9-99")
    told(database, policy, fact("in_transit"), number=written)
    assert shown(database) == "in_transit"


@pytest.mark.parametrize("written", ["UPS", "Ups®", " ups "])
def test_a_carrier_is_one_however_an_order_writes_it(database: Database, policy: Policy, written: str) -> None:
    add_order(database, policy, carrier=written)
    told(database, policy, fact("in_transit"))
    assert (shipment(database)["carrier"], shown(database)) == ("ups", "in_transit")


def test_one_fact_is_about_every_parcel_that_points_at_its_track(database: Database, policy: Policy) -> None:
    add_order(database, policy, "1001")
    add_order(database, policy, "1002")
    recorded = told(database, policy, fact("in_transit"))
    assert [shown(database, order_id) for order_id in ("1001", "1002")] == ["in_transit", "in_transit"]
    assert recorded.messages == 2


def test_one_message_about_many_parcels_reaches_each(database: Database, policy: Policy) -> None:
    numbers = [f"N{number}" for number in range(40)]  # more than one statement looks up
    for number in numbers:
        add_order(database, policy, number, number=number)
    hear(database, policy, *(about(fact("in_transit"), number=number) for number in numbers))
    assert {shown(database, number) for number in numbers} == {"in_transit"}
    assert mails(database) == [("in_transit", "0", "due")] * 40


def test_a_carrier_and_a_number_win_over_a_reference(database: Database, policy: Policy) -> None:
    add_order(database, policy, "1001")
    add_order(database, policy, "1002", number="OTHER")
    register(database, "ups", "ref-1", "ups/OTHER")
    told(database, policy, fact("in_transit"), reference="ref-1")
    assert (shown(database, "1001"), shown(database, "1002")) == ("in_transit", "pending")


# -- by reference ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("carrier", "number"), [("ups", None), (None, None), (None, "ELSE")])
def test_a_registered_reference_finds_the_parcel(
    database: Database, policy: Policy, carrier: str | None, number: str | None
) -> None:
    add_order(database, policy)
    add_order(database, policy, "1002", number="ELSE")
    register(database, "ups", "ref-1")
    told(database, policy, fact("in_transit"), carrier=carrier, number=number, reference="ref-1")
    assert (shown(database, "1001"), shown(database, "1002")) == ("in_transit", "pending")


def test_a_reference_counts_only_at_the_source_where_we_registered_it(database: Database, policy: Policy) -> None:
    add_order(database, policy)
    register(database, "easypost", "ref-1")
    told(database, policy, fact("in_transit"), carrier=None, number=None, reference="ref-1")
    assert shown(database) == "pending"
    assert codes_on(database, "/@ups/ref-1") == ["in_transit"]
    assert facts_on(database, "/@ups/ref-1")[0].fact_id == fact_id("ups", "ref-1", fact("in_transit"))


def test_an_unknown_reference_leaves_the_number_to_find_the_parcel(database: Database, policy: Policy) -> None:
    add_order(database, policy)
    told(database, policy, fact("in_transit"), carrier=None, reference="ref-unknown")
    assert shown(database) == "in_transit"


# -- by number alone ---------------------------------------------------------------------------------------------------


def test_a_scan_without_a_carrier_finds_the_only_open_parcel_of_its_number(database: Database, policy: Policy) -> None:
    add_order(database, policy)
    told(database, policy, fact("in_transit"), carrier=None)
    assert shown(database) == "in_transit"


def test_a_scan_without_a_carrier_waits_while_two_open_parcels_have_its_number(
    database: Database, policy: Policy
) -> None:
    add_order(database, policy, "1001")
    add_order(database, policy, "1002", carrier="fedex")
    told(database, policy, fact("in_transit"), carrier=None)
    assert (shown(database, "1001"), shown(database, "1002")) == ("pending", "pending")
    assert codes_on(database, NAMELESS) == ["in_transit"]
    assert lookalikes(database) == [(NAMELESS, f"fedex/{NUMBER}"), (NAMELESS, TRACK)]


def test_of_two_parcels_of_one_number_the_one_that_is_still_open_is_meant(database: Database, policy: Policy) -> None:
    add_order(database, policy, "1001")
    add_order(database, policy, "1002", carrier="fedex")
    told(database, policy, fact("in_transit"), fact("delivered", 1), carrier="fedex", at=1)
    told(database, policy, fact("exception", 2), carrier=None, at=2)
    assert (shown(database, "1001"), shown(database, "1002")) == ("exception", "delivered")


def test_what_waits_under_a_number_is_not_given_to_one_of_two_parcels(database: Database, policy: Policy) -> None:
    add_order(database, policy, "1002", carrier="fedex")
    add_order(database, policy, "1003", carrier="dhl")
    told(database, policy, fact("in_transit"), carrier=None)
    add_order(database, policy, "1001")
    assert {shown(database, order_id) for order_id in ("1001", "1002", "1003")} == {"pending"}


def test_early_scans_without_a_carrier_join_those_that_are_known_each_once(database: Database, policy: Policy) -> None:
    told(database, policy, fact("info_received"), fact("in_transit", 1), carrier=None)
    told(database, policy, fact("in_transit", 1), fact("out_for_delivery", 2), at=2)
    assert (codes_on(database, NAMELESS), codes_on(database)) == (
        ["in_transit", "info_received"],
        ["in_transit", "out_for_delivery"],
    )
    add_order(database, policy)
    assert codes_on(database, NAMELESS) == []
    assert codes_on(database) == ["in_transit", "info_received", "out_for_delivery"]
    assert {one.fact_id for one in facts_on(database)} == {
        fact_id("ups", NUMBER, one)
        for one in (fact("info_received"), fact("in_transit", 1), fact("out_for_delivery", 2))
    }
    assert shown(database) == "out_for_delivery"


# -- a carrier that nobody knew, or knew wrongly -----------------------------------------------------------------------

Say = Callable[[Database, Policy], object]


@pytest.mark.parametrize(
    "teach",
    [
        lambda database, policy: told(database, policy, fact("in_transit", 1), at=1),
        lambda database, policy: answered(database, policy, about(fact("in_transit", 1)), at=1),
        lambda database, policy: correct(database, policy, "ups", NUMBER),
        add_order,
    ],
    ids=["a push", "an answer", "a person", "the shop"],
)
def test_a_parcel_without_a_carrier_learns_it_and_keeps_what_was_said_before(
    database: Database, policy: Policy, teach: Say
) -> None:
    add_order(database, policy, carrier=None)
    told(database, policy, fact("info_received"), carrier=None)
    assert (shipment(database)["carrier"], shown(database)) == (None, "info_received")
    teach(database, policy)
    assert (shipment(database)["carrier"], shipment(database)["track_id"]) == ("ups", TRACK)
    assert "info_received" in codes_on(database)
    assert codes_on(database, NAMELESS) == []


def test_an_order_without_a_carrier_takes_the_only_one_that_knows_its_number(
    database: Database, policy: Policy
) -> None:
    told(database, policy, fact("in_transit"))
    add_order(database, policy, carrier=None)
    assert (shipment(database)["carrier"], shown(database)) == ("ups", "in_transit")


def test_an_order_without_a_carrier_takes_none_of_two(database: Database, policy: Policy) -> None:
    for carrier in ("ups", "fedex"):
        told(database, policy, fact("in_transit"), carrier=carrier)
    add_order(database, policy, carrier=None)
    assert (shipment(database)["carrier"], shown(database)) == (None, "pending")


def test_what_another_carrier_says_of_the_number_waits_and_is_named_until_somebody_corrects_it(
    database: Database, policy: Policy
) -> None:
    add_order(database, policy)
    for carrier in ("fedex", "dhl"):
        told(database, policy, fact("in_transit"), carrier=carrier)
    told(database, policy, fact("in_transit"), number="ANOTHER")
    waits = [("ups/ANOTHER", None)]
    assert shown(database) == "pending"
    assert lookalikes(database) == [(f"dhl/{NUMBER}", TRACK), (f"fedex/{NUMBER}", TRACK), *waits]
    correct(database, policy, "fedex", NUMBER)
    assert (shown(database), lookalikes(database)) == ("in_transit", [(f"dhl/{NUMBER}", f"fedex/{NUMBER}"), *waits])


def test_the_right_carrier_counts_alone_once_the_wrong_one_is_corrected(database: Database, policy: Policy) -> None:
    add_order(database, policy, carrier=None)
    told(database, policy, fact("in_transit"), fact("delivered", 1), carrier="fedex", at=1)
    told(database, policy, fact("out_for_delivery", 2), at=2)
    assert (shipment(database)["carrier"], shown(database)) == ("fedex", "delivered")
    correct(database, policy, "ups", NUMBER)
    row = shipment(database)
    assert (row["carrier"], row["shown_status"], row["delivered_at"]) == ("ups", "out_for_delivery", None)
    told(database, policy, fact("returned", 3), carrier="fedex", at=3)
    assert shown(database) == "out_for_delivery"


def test_a_parcel_that_lost_its_number_shows_nothing_of_the_old_one(database: Database, policy: Policy) -> None:
    add_order(database, policy)
    told(database, policy, fact("in_transit"))
    known = shipment(database)
    database.write(lambda tx: parcels.reassign(tx, policy, known, "ups", None, later(1)))
    row = shipment(database)
    assert (row["track_id"], row["shown_status"], row["carrier"]) == (None, "pending", "ups")


# -- recycled numbers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "ordered_at", "status"),
    [
        (29, "2026-03-02", "in_transit"),
        (31, "2026-03-02", "pending"),
        (31, None, "in_transit"),
        (44, None, "in_transit"),
        (46, None, "pending"),
        (31, "2026-03-01T12:00:00.000+00:00", "pending"),
        (30.6, "2026-03-01T12:00:00.000+00:00", "in_transit"),
    ],
)
def test_a_parcel_uses_no_facts_from_long_before_its_order(
    database: Database, policy: Policy, days: float, ordered_at: str | None, status: str
) -> None:
    told(database, policy, fact("in_transit", -24 * days))
    add_order(database, policy, ordered_at=ordered_at)
    assert shown(database) == status


def test_a_bare_date_of_an_order_counts_from_its_first_minute(database: Database, policy: Policy) -> None:
    told(database, policy, fact("in_transit", -24 * 30 - 11.9), fact("exception", -24 * 30 - 12))
    add_order(database, policy, ordered_at="2026-03-02")
    assert shown(database) == "in_transit"


def test_only_the_newest_parcel_of_a_carriers_number_counts(database: Database, policy: Policy) -> None:
    add_order(database, policy)
    told(database, policy, fact("in_transit", -9, parcel_id="a"), fact("delivered", -5, parcel_id="a"))
    assert shown(database) == "delivered"
    told(database, policy, fact("info_received", -1, parcel_id="b"))
    row = shipment(database)
    assert (row["shown_status"], row["delivered_at"], row["rounds"]) == ("info_received", None, 0)


def test_a_shipment_that_is_gone_from_its_order_is_nobodys(database: Database, policy: Policy) -> None:
    add_order(database, policy, "1001")
    add_order(database, policy, "1002", carrier="fedex", parcel=Parcel("fedex", NUMBER))
    gone = shipment(database, "1001")["shipment_id"]
    database.write(lambda tx: tx.rows("UPDATE shipments SET superseded_at = 'x' WHERE shipment_id = :gone", gone=gone))
    told(database, policy, fact("in_transit"), carrier=None)
    told(database, policy, fact("exception", 1), at=1)
    assert shown(database, "1002") == "in_transit"
    with database.read() as tx:
        left = orders.shipment(tx, gone)
    assert left is not None
    assert left["shown_status"] == "pending"


def test_what_waits_between_two_parcels_goes_to_the_one_that_is_left(database: Database, policy: Policy) -> None:
    add_order(database, policy, "1001")
    add_order(database, policy, "1002", carrier="fedex")
    told(database, policy, fact("in_transit"), carrier=None)
    assert database.write(lambda tx: join_waiting(tx, policy, later(1))) == 0
    correct(database, policy, "fedex", "ELSE", "1002")
    assert database.write(lambda tx: join_waiting(tx, policy, later(1))) == 1
    assert shown(database, "1001") == "in_transit"
    assert database.write(lambda tx: join_waiting(tx, policy, later(1))) == 0


def test_an_order_and_a_scan_that_missed_each_other_are_joined(database: Database, policy: Policy) -> None:
    told(database, policy, fact("in_transit"))
    add_order(database, policy, carrier=None)
    database.write(lambda tx: fact_store.touch_tracks(tx, {("", NUMBER): None}, later(0)))
    known = shipment(database)
    database.write(lambda tx: orders.assign(tx, known, None, NUMBER, NAMELESS))
    assert shipment(database)["track_id"] == NAMELESS
    assert database.write(lambda tx: join_waiting(tx, policy, later(1))) == 1
    assert (shipment(database)["carrier"], shown(database)) == ("ups", "in_transit")
