"""A person's word stands over the carrier's until a rule or a person ends it."""

import pytest

from relay.database import Database
from relay.intake import Policy, parcels
from relay.store import ledger, outbox
from tests.conftest import fact
from tests.intake.steps import (
    add_order,
    audited,
    due_at,
    later,
    lift,
    mails,
    mark_sent,
    override,
    recheck,
    shipment,
    shown,
    told,
    untold,
    waiting,
)


def ends(database: Database) -> list[tuple[str, str | None]]:
    """Each override's status and why it ended, oldest first."""
    with database.read() as tx:
        found = tx.rows("SELECT status, ended_because FROM overrides ORDER BY at, override_id")
    return [(row["status"], row["ended_because"]) for row in found]


# -- how long it stands ------------------------------------------------------------------------------------------------


def test_an_override_is_shown_over_the_carriers_word_which_is_kept_beside_it(
    database: Database, policy: Policy
) -> None:
    add_order(database, policy)
    told(database, policy, fact("in_transit"))
    override(database, policy, "exception", at=1)
    row = shipment(database)
    assert (row["shown_status"], row["status"]) == ("exception", "in_transit")
    with database.read() as tx:
        standing = ledger.override(tx, row["override_id"])
    assert standing is not None
    assert (standing.by, standing.reason, standing.at, standing.until_word) == (
        "ana",
        "seen by the neighbour",
        later(1),
        "carrier",
    )


def test_until_the_carriers_next_contrary_news_and_not_through_older_news_or_the_same(
    database: Database, policy: Policy
) -> None:
    add_order(database, policy)
    override(database, policy, "out_for_delivery", at=2)
    told(database, policy, fact("in_transit", 1), fact("exception", 2), at=3)
    told(database, policy, fact("out_for_delivery", 3), at=3.5)
    assert (shown(database), ends(database)) == ("out_for_delivery", [("out_for_delivery", None)])
    told(database, policy, fact("attempted", 4), at=5)
    assert shown(database) == "attempted"
    assert ends(database) == [("out_for_delivery", "the carrier says attempted")]
    assert audited(database, "override") == ["contradicted", "ended"]
    assert shipment(database)["override_id"] is None


def test_until_a_moment_it_stands_against_the_carrier_and_then_ends_by_itself(
    database: Database, policy: Policy
) -> None:
    add_order(database, policy)
    override(database, policy, "exception", until=later(4))
    told(database, policy, fact("in_transit", 1), at=1)
    assert recheck(database, policy, at=3) == 0
    assert shown(database) == "exception"
    assert recheck(database, policy, at=4) == 1
    assert (shown(database), ends(database)) == ("in_transit", [("exception", "its time was over")])
    assert recheck(database, policy, at=5) == 0
    assert shipment(database)["changed_at"] == "2026-03-02T16:00:00.000+00:00"


def test_until_a_moment_it_ends_with_whatever_comes_first_after_it(sqlite: Database, policy: Policy) -> None:
    add_order(sqlite, policy)
    override(sqlite, policy, "exception", until=later(4))
    told(sqlite, policy, fact("in_transit", 1), at=5)
    assert (shown(sqlite), recheck(sqlite, policy, at=6)) == ("in_transit", 0)


def test_until_it_is_lifted_nothing_else_ends_it_and_the_contradiction_is_noted_once(
    database: Database, policy: Policy
) -> None:
    add_order(database, policy)
    override(database, policy, "exception", until="lifted")
    for hours, status in enumerate(("in_transit", "out_for_delivery", "delivered"), 1):
        told(database, policy, fact(status, hours), at=hours)
    recheck(database, policy, at=9999)
    assert (shown(database), shipment(database)["status"]) == ("exception", "delivered")
    assert audited(database, "override") == ["contradicted"]
    lift(database, policy, at=5)
    assert (shown(database), ends(database)) == ("delivered", [("exception", "lifted")])


def test_a_newer_override_takes_the_place_of_an_older_one(database: Database, policy: Policy) -> None:
    add_order(database, policy)
    override(database, policy, "exception", tell=True, until=later(9))
    override(database, policy, "delivered", tell=True, until="lifted", at=1)
    assert shown(database) == "delivered"
    assert ends(database) == [("exception", "replaced by a newer override"), ("delivered", None)]
    assert waiting(database) == [("delivered", "0")]
    assert recheck(database, policy, at=99) == 0
    assert shown(database) == "delivered"


def test_an_override_stays_with_its_parcel_when_number_and_order_are_completed(
    sqlite: Database, policy: Policy
) -> None:
    add_order(sqlite, policy)
    told(sqlite, policy, fact("in_transit"))
    override(sqlite, policy, "exception", at=1)
    add_order(sqlite, policy, customer_name="Ana", at=2)
    known = shipment(sqlite)
    sqlite.write(lambda tx: parcels.reassign(tx, policy, known, "ups", "OTHER", later(3)))
    assert (shown(sqlite), shipment(sqlite)["status"], ends(sqlite)) == ("exception", "pending", [("exception", None)])


def test_a_correction_of_a_parcel_without_a_number_works_as_well(sqlite: Database, policy: Policy) -> None:
    add_order(sqlite, policy, parcel=parcels.Parcel(package="INV-1"))
    override(sqlite, policy, "delivered")
    assert shown(sqlite) == "delivered"
    lift(sqlite, policy)
    assert shown(sqlite) == "pending"


# -- whom it tells -----------------------------------------------------------------------------------------------------


def test_an_override_tells_nobody_unless_it_was_chosen(database: Database, policy: Policy) -> None:
    add_order(database, policy)
    override(database, policy, "delivered")
    assert mails(database) == []
    told(database, policy, fact("in_transit", 1), fact("delivered", 2), at=2)
    assert waiting(database) == [("delivered", "0")]


@pytest.mark.parametrize(("status", "minutes"), [("attempted", 2), ("out_for_delivery", 2), ("delivered", 10)])
def test_what_it_tells_waits_two_minutes_and_ten_where_the_status_is_final(
    database: Database, policy: Policy, status: str, minutes: float
) -> None:
    add_order(database, policy)
    override(database, policy, status, tell=True)
    assert due_at(database) == [later(minutes / 60)]


@pytest.mark.parametrize("status", ["out_for_delivery", "attempted", "delivered"])
def test_what_a_person_told_the_carrier_does_not_tell_again(sqlite: Database, policy: Policy, status: str) -> None:
    add_order(sqlite, policy)
    told(sqlite, policy, fact("in_transit", -1))
    override(sqlite, policy, status, tell=True)
    mark_sent(sqlite)
    told(sqlite, policy, fact(status, 1), at=1)
    assert [mail[0] for mail in mails(sqlite)].count(status) == 1


def test_undo_in_time_withdraws_what_was_not_told(database: Database, policy: Policy) -> None:
    add_order(database, policy)
    override(database, policy, "delivered", tell=True)
    assert lift(database, policy, at=0.1) == 1
    assert (shown(database), waiting(database)) == ("pending", [])
    told(database, policy, fact("in_transit", 1), fact("delivered", 2), at=2)
    assert waiting(database) == [("delivered", "0")]


@pytest.mark.parametrize("is_claimed", [False, True])
def test_what_has_left_or_is_leaving_cannot_be_withdrawn(sqlite: Database, policy: Policy, is_claimed: bool) -> None:
    add_order(sqlite, policy)
    override(sqlite, policy, "delivered", tell=True)
    if is_claimed:
        sqlite.write(lambda tx: outbox.claim_lead(tx, "email", later(1), later(2)))
    else:
        mark_sent(sqlite)
    assert lift(sqlite, policy, at=1) == 0
    assert ("delivered", "0", "due" if is_claimed else "sent") in mails(sqlite)


def test_the_carriers_news_waits_while_a_person_says_otherwise_and_is_told_when_that_ends(
    database: Database, policy: Policy
) -> None:
    add_order(database, policy)
    override(database, policy, "exception", until="lifted")
    told(database, policy, fact("in_transit", 1), at=1)
    told(database, policy, fact("out_for_delivery", 2), at=2)
    assert mails(database) == []
    lift(database, policy, at=3)
    assert waiting(database) == [("out_for_delivery", "0")]
    assert due_at(database) == [later(3 + 2 / 60)]


def test_the_carriers_news_that_agrees_with_a_person_is_told_as_ever(sqlite: Database, policy: Policy) -> None:
    add_order(sqlite, policy)
    override(sqlite, policy, "out_for_delivery", until="lifted")
    told(sqlite, policy, fact("out_for_delivery", 1), at=1)
    assert due_at(sqlite) == [later(1)]


def test_lifting_what_does_not_stand_changes_nothing(sqlite: Database, policy: Policy) -> None:
    add_order(sqlite, policy)
    told(sqlite, policy, fact("in_transit"))
    before = mails(sqlite)
    assert lift(sqlite, policy, at=1) == 0
    assert (shown(sqlite), mails(sqlite)) == ("in_transit", before)


def test_overrides_that_are_over_end_a_few_at_a_time_and_none_is_forgotten(sqlite: Database, policy: Policy) -> None:
    for number in range(60):
        add_order(sqlite, policy, f"o{number}", number=f"N{number}")
        override(sqlite, policy, "exception", until=later(1), order_id=f"o{number}", at=number / 1000)
    assert [recheck(sqlite, policy, at=1) for _ in range(3)] == [50, 10, 0]
    assert {shown(sqlite, f"o{number}") for number in range(60)} == {"pending"}


def test_news_that_grew_old_while_a_person_said_otherwise_is_listed_and_not_told(
    sqlite: Database, policy: Policy
) -> None:
    add_order(sqlite, policy)
    override(sqlite, policy, "exception", until="lifted")
    told(sqlite, policy, fact("delivered", 1), fact("in_transit", -1), at=1)
    lift(sqlite, policy, at=50)
    assert (shown(sqlite), mails(sqlite)) == ("delivered", [])
    assert untold(sqlite) == [("1001", "delivered of 2026-03-02T13:00:00.000+00:00")]
