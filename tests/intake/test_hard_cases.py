"""Lives of parcels in which a rule once did not hold: a word out of turn, hands that meet, an undo."""

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from relay import tracking
from relay.database import Database, Row, Tx, Values
from relay.desk.find import one_shipment
from relay.intake import Policy, corrections, parcels
from relay.intake.apply import reread
from relay.intake.parcels import Parcel
from relay.intake.told import understood
from relay.model import Action, Override, Reading, Status, Via, to_text
from relay.store import incidents, orders
from relay.tracking import Circumstances
from tests.conftest import NOON, fact
from tests.intake.conftest import emptied
from tests.intake.steps import (
    NUMBER,
    REASON,
    a_return,
    about,
    add_order,
    answered,
    clock_of,
    codes_on,
    hear,
    later,
    lift,
    mails,
    override,
    push_of,
    shipment,
    shown,
    together,
    told,
    waiting,
)


def test_a_parcel_that_learns_its_carrier_within_a_commit_keeps_what_names_none(
    sqlite: Database, policy: Policy
) -> None:
    add_order(sqlite, policy, carrier=None)
    readings = [
        Reading(Action.APPLY, (about(fact("in_transit"), carrier=None),)),
        Reading(Action.APPLY, (about(fact("attempted", 1)),)),
    ]
    together(sqlite, policy, [(push_of(one, at=2), one) for one in readings])
    assert codes_on(sqlite) == ["attempted", "in_transit"]


def test_one_message_twice_about_a_parcel(sqlite: Database, policy: Policy) -> None:
    add_order(sqlite, policy, carrier=None)
    hear(sqlite, policy, about(fact("in_transit"), carrier=None), about(fact("attempted", 1)), at=2)
    assert codes_on(sqlite) == ["attempted", "in_transit"]


@pytest.mark.parametrize("first", ["the delivery", "the scan without a carrier"])
def test_a_scan_without_a_carrier_counts_whenever_it_comes(sqlite: Database, policy: Policy, first: str) -> None:
    add_order(sqlite, policy)
    steps: list[Callable[[], object]] = [
        lambda: told(sqlite, policy, fact("in_transit"), fact("delivered", 5), at=9),
        lambda: told(sqlite, policy, fact("out_for_delivery", 6), carrier=None, at=9),
    ]
    for step in steps if first == "the delivery" else reversed(steps):
        step()
    assert shown(sqlite) == "out_for_delivery"


def test_replay_of_a_push_without_a_carrier_after_delivery(sqlite: Database, policy: Policy) -> None:
    add_order(sqlite, policy)
    said = fact("in_transit"), fact("delivered", 5)
    told(sqlite, policy, *said, carrier=None, at=5)
    fixed = said[0], said[1]._replace(status=Status.RETURNED)
    again = understood("ups", "p", Reading(Action.APPLY, (about(*fixed, carrier=None),)), NOON, Via.PUSH)
    sqlite.write(lambda tx: reread(tx, policy, again, later(6), announce=True))
    assert shown(sqlite) == "returned"


def test_undo_gives_back_a_mail_that_the_override_replaced(sqlite: Database, policy: Policy) -> None:
    add_order(sqlite, policy)
    told(sqlite, policy, fact("in_transit"))
    override(sqlite, policy, "delivered", tell=True)
    lift(sqlite, policy, at=0.1)
    assert waiting(sqlite) == [("in_transit", "0")]


def test_undo_leaves_the_first_movement_to_be_told(sqlite: Database, policy: Policy) -> None:
    add_order(sqlite, policy)
    override(sqlite, policy, "delivered", tell=True)
    lift(sqlite, policy, at=0.1)
    told(sqlite, policy, fact("in_transit", 1), at=1)
    assert waiting(sqlite) == [("in_transit", "0")]


def test_what_was_heard_before_the_order_was_heard_of_the_parcel(sqlite: Database, policy: Policy) -> None:
    told(sqlite, policy, fact("in_transit"), carrier=None)
    add_order(sqlite, policy, at=1)
    assert clock_of(sqlite, "heard_at") == NOON


def test_an_orders_date_counts_whenever_it_is_known(sqlite: Database, policy: Policy) -> None:
    add_order(sqlite, policy)
    told(sqlite, policy, fact("in_transit", -24 * 40))
    add_order(sqlite, policy, parcel=Parcel(), ordered_at="2026-03-01")
    assert shown(sqlite) == "pending"


def test_news_that_was_known_before_an_override_does_not_end_it(sqlite: Database, policy: Policy) -> None:
    add_order(sqlite, policy)
    told(sqlite, policy, fact("in_transit", 3, zone_assumed=True), at=0)
    override(sqlite, policy, "exception", at=1)
    assert shown(sqlite) == "exception"


def test_a_message_that_tells_a_fact_twice_can_be_replayed(database: Database, policy: Policy) -> None:
    add_order(database, policy)
    told_ = understood(
        "ups", "p", Reading(Action.APPLY, (about(fact("in_transit")), about(fact("in_transit")))), NOON, Via.PUSH
    )
    database.write(lambda tx: reread(tx, policy, told_, NOON, announce=True))
    assert shown(database) == "in_transit"


class Meanwhile:
    """A transaction in which something else happens, once, before a statement that contains ``word``."""

    def __init__(self, tx: Tx, word: str, other: Callable[[], object]) -> None:
        self._tx = tx
        self._word = word
        self._other = [other]
        self.others: list[threading.Thread] = []

    def _meet(self, sql: str) -> None:
        if self._word in sql and self._other:
            other = threading.Thread(target=self._other.pop())
            other.start()
            other.join(0.3)  # it may have to wait for us: then it goes on when we are done
            self.others.append(other)

    def rows(self, sql: str, **params: object) -> list[Row]:
        self._meet(sql)
        return self._tx.rows(sql, **params)

    def tuples(self, sql: str, **params: object) -> list[Values]:
        self._meet(sql)
        return self._tx.tuples(sql, **params)


def meet(database: Database, work: Callable[[Tx], object], word: str, other: Callable[[], object]) -> None:
    met: list[Meanwhile] = []

    def once(tx: Tx) -> object:
        if met:
            return work(tx)
        met.append(Meanwhile(tx, word, other))
        return work(met[0])

    database.write(once)
    for one in met[0].others:
        one.join()


@pytest.fixture
def pg(postgresql_install: Database) -> Database:
    return emptied(postgresql_install)


def test_an_override_ends_also_with_news_that_comes_while_it_is_set(pg: Database, policy: Policy) -> None:
    add_order(pg, policy)
    told(pg, policy, fact("in_transit", -1))
    wanted = Override("o", Status.DELIVERED, REASON, "ana", NOON, "carrier")

    def work(tx: Tx) -> None:
        row = orders.shipments_of(tx, "default", "1001")[0]
        corrections.record_override(tx, policy, row, wanted, NOON)

    meet(pg, work, "override_id = :override_id", lambda: told(pg, policy, fact("in_transit", 1), at=1))
    assert shown(pg) == "in_transit"


def test_two_corrections_of_one_parcel_that_meet_both_stand(pg: Database, policy: Policy) -> None:
    add_order(pg, policy)

    def edit(tx: Tx, carrier: str | None, number: str | None) -> None:  # as relay.desk.correct.edit does
        row = one_shipment(tx, "1001")
        parcels.reassign(tx, policy, row, carrier or row["carrier"], number or row["tracking_number"], NOON)

    meet(
        pg,
        lambda tx: edit(tx, "fedex", None),
        "INSERT INTO tracks",
        lambda: pg.write(lambda tx: edit(tx, None, "OTHER")),
    )
    assert (shipment(pg)["carrier"], shipment(pg)["tracking_number"]) == ("fedex", "OTHER")


def test_an_override_that_two_end_at_once_ends_once(pg: Database, policy: Policy) -> None:
    add_order(pg, policy)
    override(pg, policy, "exception", until=later(1))
    meet(
        pg,
        lambda tx: corrections.recheck_due(tx, policy, later(2)),
        "UPDATE overrides",
        lambda: told(pg, policy, fact("in_transit", 2), at=2),
    )
    assert shown(pg) == "in_transit"


def test_a_cause_that_comes_back_in_the_same_millisecond(sqlite: Database) -> None:
    def opened(tx: Tx) -> str:
        return incidents.open_incident(tx, kind="k", subject="s", title="t", remedy="r", now=NOON)

    sqlite.write(opened)
    sqlite.write(lambda tx: incidents.close_incident(tx, "k", "s", NOON))
    sqlite.write(opened)


def test_what_an_answer_confirmed_stays_confirmed_when_facts_move(sqlite: Database, policy: Policy) -> None:
    said = fact("in_transit", 1), fact("delivered", 3.2)
    told(sqlite, policy, *said, at=4)
    answered(sqlite, policy, about(*said, carrier=None), at=5)
    add_order(sqlite, policy, parcel=Parcel("ups", NUMBER, "INV", dispatched_at=to_text(later(3))), at=6)
    assert shown(sqlite) == "delivered"


def test_a_parcel_was_not_delivered_at_a_delivery_that_cannot_be_true() -> None:
    said = [fact("info_received", -3), fact("delivered", -1), fact("in_transit", 20), fact("delivered", 50)]
    assert tracking.state_of(said, Circumstances(NOON, dispatched_at=NOON)).delivered_at == later(50)


def test_the_newest_parcel_id_is_not_that_of_a_scan_from_the_future() -> None:
    said = [fact("in_transit", 1, parcel_id="a"), fact("in_transit", 9999, parcel_id="b", received_at=NOON)]
    assert tracking.state_of(said, Circumstances(NOON)).status is Status.IN_TRANSIT


def test_an_invoice_that_comes_after_the_number_is_the_same_parcel(sqlite: Database, policy: Policy) -> None:
    add_order(sqlite, policy)
    add_order(sqlite, policy, parcel=Parcel("ups", NUMBER, "INV-1"))
    told(sqlite, policy, fact("in_transit"))
    assert mails(sqlite) == [("in_transit", "0", "due")]


def test_a_number_is_one_package_however_it_is_written(sqlite: Database, policy: Policy) -> None:
    add_order(sqlite, policy, number="1Z999")
    add_order(sqlite, policy, number="1z 999")
    told(sqlite, policy, fact("in_transit"))
    assert mails(sqlite) == [("in_transit", "0", "due")]


@pytest.mark.parametrize("reason", ["no address", "a return", "the shop mails"])
def test_an_override_tells_nobody_where_there_is_nobody_to_tell(sqlite: Database, policy: Policy, reason: str) -> None:
    speaking = replace(policy, mails_customers=reason != "the shop mails")
    add_order(
        sqlite,
        speaking,
        parcel=a_return() if reason == "a return" else None,
        email=None if reason == "no address" else "ana@example.com",
    )
    override(sqlite, speaking, "delivered", tell=True)
    assert mails(sqlite) == []


def test_messages_are_counted_once(sqlite: Database, policy: Policy) -> None:
    add_order(sqlite, policy)
    assert hear(sqlite, policy, about(fact("in_transit")), about(fact("in_transit", 1)), at=1).messages == 1


def test_an_answer_that_confirms_what_a_push_said_releases_a_held_delivery(database: Database, policy: Policy) -> None:
    add_order(database, policy, parcel=Parcel("ups", NUMBER, "INV", dispatched_at=to_text(later(3))))
    said = fact("in_transit", 1), fact("delivered", 3.2)
    told(database, policy, *said, at=4)
    assert shipment(database)["held_status"] == "delivered"
    answered(database, policy, about(*said), at=5)
    assert (shown(database), shipment(database)["held_status"]) == ("delivered", None)
