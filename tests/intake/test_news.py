"""What of a parcel's news is told to its customer, when, and how often."""

from dataclasses import replace
from datetime import timedelta

import pytest

from relay.database import Database, Tx
from relay.intake import Policy
from relay.intake.parcels import Parcel
from relay.model import Status
from relay.store import orders, outbox
from tests.conftest import NOON, fact
from tests.intake.steps import (
    NUMBER,
    SUMMARY,
    a_return,
    about,
    add_order,
    due_at,
    hear,
    later,
    mails,
    mark_sent,
    shipment,
    told,
    untold,
    waiting,
)

TEAMS = ("exception", "returning", "returned")


def with_statuses(policy: Policy, *more: str) -> Policy:
    return replace(policy, mail_statuses=policy.mail_statuses | {Status(status) for status in more})


# -- what is told ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", Status)
def test_only_the_statuses_of_the_setting_are_told(sqlite: Database, policy: Policy, status: Status) -> None:
    add_order(sqlite, policy)
    told(sqlite, policy, fact("info_received", -1))
    told(sqlite, policy, fact(status), fact("in_transit", -0.5), at=1)
    news = {waited for waited, _ in waiting(sqlite)}
    shown = shipment(sqlite)["shown_status"]
    assert news == ({shown} if Status(shown) in policy.mail_statuses else set())


@pytest.mark.parametrize("status", TEAMS)
def test_what_goes_to_the_team_is_told_where_the_shop_adds_it(sqlite: Database, policy: Policy, status: str) -> None:
    add_order(sqlite, policy)
    told(sqlite, with_statuses(policy, status), fact(status))
    assert waiting(sqlite) == [(status, "0")]
    assert ("in_transit", "0", "superseded") in mails(sqlite)


def test_the_first_movement_is_told_also_after_an_announcement_nobody_asked_for(
    sqlite: Database, policy: Policy
) -> None:
    add_order(sqlite, policy)
    told(sqlite, policy, fact("info_received"))
    assert mails(sqlite) == []
    told(sqlite, policy, fact("in_transit", 1), at=1)
    assert waiting(sqlite) == [("in_transit", "0")]


@pytest.mark.parametrize("is_sent", [False, True])
def test_an_announcement_shares_one_mail_with_the_first_movement(
    sqlite: Database, policy: Policy, is_sent: bool
) -> None:
    both = with_statuses(policy, "info_received")
    add_order(sqlite, both)
    told(sqlite, both, fact("info_received"))
    assert waiting(sqlite) == [("in_transit", "0")]
    if is_sent:
        mark_sent(sqlite)
    told(sqlite, both, fact("in_transit", 1), at=1)
    assert mails(sqlite) == [("in_transit", "0", "sent" if is_sent else "due")]


@pytest.mark.parametrize("reason", ["no address", "a return", "the shop mails"])
def test_some_parcels_have_nobody_to_tell(sqlite: Database, policy: Policy, reason: str) -> None:
    speaking = replace(policy, mails_customers=reason != "the shop mails")
    add_order(
        sqlite,
        speaking,
        parcel=a_return() if reason == "a return" else None,
        email=None if reason == "no address" else "ana@example.com",
    )
    for hours, status in enumerate(("in_transit", "out_for_delivery", "attempted", "delivered")):
        told(sqlite, speaking, fact(status, hours), at=hours)
    told(sqlite, speaking, fact("exception", 4), at=99)
    assert shipment(sqlite)["shown_status"] == "exception"
    assert (mails(sqlite), untold(sqlite)) == ([], [])


def test_a_customer_whose_address_comes_later_is_told_what_happens_from_then_on(
    sqlite: Database, policy: Policy
) -> None:
    add_order(sqlite, policy, email=None)
    told(sqlite, policy, fact("in_transit"))
    add_order(sqlite, policy, at=1)
    told(sqlite, policy, fact("out_for_delivery", 2), at=2)
    assert waiting(sqlite) == [("out_for_delivery", "0")]


# -- once --------------------------------------------------------------------------------------------------------------


def test_each_status_is_told_once_however_often_the_parcel_returns_to_it(database: Database, policy: Policy) -> None:
    add_order(database, policy)
    for hours in range(6):
        told(database, policy, fact("out_for_delivery" if hours % 2 else "in_transit", hours), at=hours)
        mark_sent(database, at=hours)
    assert mails(database) == [("in_transit", "0", "sent"), ("out_for_delivery", "0", "sent")]


def test_what_newer_news_replaced_counts_as_told(database: Database, policy: Policy) -> None:
    add_order(database, policy)
    told(database, policy, fact("in_transit"))
    told(database, policy, fact("out_for_delivery", 1), at=1)
    assert mails(database) == [("in_transit", "0", "superseded"), ("out_for_delivery", "0", "due")]
    mark_sent(database, at=1)
    told(database, policy, fact("in_transit", 2), at=2)
    assert mails(database) == [("in_transit", "0", "superseded"), ("out_for_delivery", "0", "sent")]


@pytest.mark.parametrize("status", ["out_for_delivery", "attempted", "available_for_pickup", "delivered"])
def test_a_first_movement_that_was_passed_over_counts_as_told(sqlite: Database, policy: Policy, status: str) -> None:
    add_order(sqlite, policy)
    told(sqlite, policy, fact("in_transit"), fact(status, 1), at=1)
    mark_sent(sqlite, at=1)
    told(sqlite, policy, fact("in_transit", 2), fact("in_transit", 2, kind=SUMMARY), at=2)
    assert [mail for mail in mails(sqlite) if mail[0] == "in_transit" and mail[1] == "0"] == [
        ("in_transit", "0", "superseded")
    ]


def test_a_mail_that_is_on_its_way_out_is_not_replaced(database: Database, policy: Policy) -> None:
    add_order(database, policy)
    told(database, policy, fact("in_transit"))
    database.write(lambda tx: outbox.claim_lead(tx, "email", NOON, later(0.1)))
    told(database, policy, fact("out_for_delivery", 0.05), at=0.05)
    assert waiting(database) == [("in_transit", "0"), ("out_for_delivery", "0")]
    told(database, policy, fact("delivered", 1), at=1)
    assert waiting(database) == [("delivered", "0")]  # whoever had claimed it is gone


def test_a_reopened_parcel_is_told_everything_again(database: Database, policy: Policy) -> None:
    add_order(database, policy)
    told(database, policy, fact("in_transit"), fact("delivered", 1), at=1)
    mark_sent(database, at=1)
    told(database, policy, fact("out_for_delivery", 3), at=3)
    mark_sent(database, at=3)
    told(database, policy, fact("delivered", 5), at=5)
    assert mails(database) == [
        ("delivered", "0", "sent"),
        ("delivered", "1", "due"),
        ("in_transit", "0", "superseded"),
        ("in_transit", "1", "superseded"),
        ("out_for_delivery", "1", "sent"),
    ]
    assert shipment(database)["rounds"] == 1


def test_a_late_scan_about_the_past_of_what_was_told_tells_nothing(sqlite: Database, policy: Policy) -> None:
    add_order(sqlite, policy)
    told(sqlite, policy, fact("in_transit"), fact("delivered", 1), fact("delivered", 5), at=5)
    before = mails(sqlite)
    told(sqlite, policy, fact("out_for_delivery", 3), at=6)
    assert shipment(sqlite)["rounds"] == 1
    assert mails(sqlite) == before


def test_attempts_of_one_day_are_told_once_and_of_two_days_twice(database: Database, policy: Policy) -> None:
    add_order(database, policy)
    for hours in (0, 2, 24):
        told(database, policy, fact("out_for_delivery", hours - 1), fact("attempted", hours), at=hours)
        mark_sent(database, at=hours)
    told_days = [rounds for status, rounds, _ in mails(database) if status == "attempted"]
    assert told_days == ["0/2026-03-02", "0/2026-03-03"]


def test_the_day_of_an_attempt_is_the_one_at_the_door(sqlite: Database, policy: Policy) -> None:
    add_order(sqlite, policy)
    for hours in (9, 14):  # 18:00 and 23:00 in São Paulo; the second is the next day in UTC
        told(sqlite, policy, fact("attempted", hours), at=hours)
    assert waiting(sqlite) == [("attempted", "0/2026-03-02")]


# -- when --------------------------------------------------------------------------------------------------------------


def test_the_first_mail_leaves_at_once_and_the_next_not_before_the_gap(database: Database, policy: Policy) -> None:
    add_order(database, policy)
    told(database, policy, fact("in_transit"))
    assert due_at(database) == [NOON]
    mark_sent(database)
    for minutes, status in ((3, "out_for_delivery"), (6, "attempted")):
        told(database, policy, fact(status, minutes / 60), at=minutes / 60)
        assert due_at(database) == [NOON + timedelta(minutes=10)]
    assert waiting(database) == [("attempted", "0/2026-03-02")]
    told(database, policy, fact("delivered", 0.5), at=0.5)
    assert due_at(database) == [later(0.5)]
    mark_sent(database, at=0.5)
    told(database, policy, fact("out_for_delivery", 0.55), at=0.55)
    assert due_at(database) == [later(0.5) + timedelta(minutes=10)]


def test_orders_of_one_group_wait_for_each_other(database: Database, policy: Policy) -> None:
    for order_id, number in (("1001", NUMBER), ("1002", "1Z888"), ("1003", "1Z777")):
        add_order(database, policy, order_id, number=number, group_id=None if order_id == "1003" else "g")
    told(database, policy, fact("in_transit"))
    told(database, policy, fact("in_transit"), number="1Z888", at=0.2)
    told(database, policy, fact("in_transit"), number="1Z777", at=0.2)
    assert due_at(database) == [later(0.2), later(0.5), later(0.5)]


def test_a_groups_later_news_waits_for_its_own_thirty_minutes(sqlite: Database, policy: Policy) -> None:
    for order_id, number in (("1001", NUMBER), ("1002", "1Z888")):
        add_order(sqlite, policy, order_id, number=number, group_id="g")
    told(sqlite, policy, fact("in_transit"))
    mark_sent(sqlite, at=0.5)
    told(sqlite, policy, fact("in_transit"), number="1Z888", at=0.6)
    assert due_at(sqlite) == [later(1.1)]


# -- news only ---------------------------------------------------------------------------------------------------------


def test_what_is_older_than_two_days_when_we_learn_it_is_listed_and_not_told(
    database: Database, policy: Policy
) -> None:
    for order_id, number in (("1001", NUMBER), ("1002", "1Z888"), ("1003", "1Z777")):
        add_order(database, policy, order_id, number=number)
    hear(
        database,
        policy,
        about(fact("in_transit"), fact("in_transit", 1, kind=SUMMARY)),
        about(fact("in_transit", 1), fact("delivered", 1.5), number="1Z888"),
        about(fact("out_for_delivery", 2), number="1Z777"),
        at=50,
    )
    assert waiting(database) == [("out_for_delivery", "0")]
    assert untold(database) == [
        ("1001", "in_transit of 2026-03-02T13:00:00.000+00:00"),
        ("1002", "delivered of 2026-03-02T13:30:00.000+00:00"),
    ]


def test_what_was_not_told_in_time_is_not_told_later_but_the_next_news_is(sqlite: Database, policy: Policy) -> None:
    add_order(sqlite, policy)
    told(sqlite, policy, fact("in_transit"), at=49)
    told(sqlite, policy, fact("in_transit"), fact("info_received", -1), at=49.5)
    assert mails(sqlite) == []
    told(sqlite, policy, fact("out_for_delivery", 49.8), at=50)
    assert waiting(sqlite) == [("out_for_delivery", "0")]
    assert [order_id for order_id, _ in untold(sqlite)] == ["1001"]


@pytest.mark.parametrize("whose", ["shop", "shipment"])
def test_nothing_from_before_the_baseline_is_told_or_listed(database: Database, policy: Policy, whose: str) -> None:
    add_order(database, policy)
    shipment_id = shipment(database)["shipment_id"]

    def quiet(tx: Tx) -> None:
        if whose == "shop":
            orders.set_baseline(tx, "default", later(1))
        else:
            orders.be_quiet_until(tx, shipment_id, later(1))

    database.write(quiet)
    told(database, policy, fact("in_transit"), at=2)
    assert (mails(database), untold(database)) == ([], [])
    told(database, policy, fact("out_for_delivery", 1), at=2)
    assert waiting(database) == [("out_for_delivery", "0")]


@pytest.mark.parametrize(("shops", "shipments"), [(1, 3), (3, 1)])
def test_of_two_baselines_the_later_counts(sqlite: Database, policy: Policy, shops: float, shipments: float) -> None:
    add_order(sqlite, policy)
    shipment_id = shipment(sqlite)["shipment_id"]

    def quiet(tx: Tx) -> None:
        orders.set_baseline(tx, "default", later(shops))
        orders.be_quiet_until(tx, shipment_id, later(shipments))

    sqlite.write(quiet)
    told(sqlite, policy, fact("in_transit", 2), at=4)
    assert mails(sqlite) == []


def test_a_parcel_of_another_shop_has_a_baseline_of_its_own(sqlite: Database, policy: Policy) -> None:
    sqlite.write(lambda tx: orders.add_shop(tx, "other", NOON))
    sqlite.write(lambda tx: orders.set_baseline(tx, "other", later(5)))
    add_order(sqlite, policy, parcel=Parcel("ups", NUMBER))
    told(sqlite, policy, fact("in_transit"))
    assert waiting(sqlite) == [("in_transit", "0")]
