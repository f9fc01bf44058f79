"""What the shop refuses, breaks or delays: named, counted, obeyed; and nothing is lost or asked for ever."""

from datetime import datetime, timedelta

import pytest

from relay.database import Row
from relay.orders.threads import Threads
from relay.orders.times import PAUSES, TRIES, pause, retry_at
from relay.sandbox.vtex import FOREVER, Fault, Route
from relay.store import outbox, reads
from tests.conftest import NOON
from tests.orders.conftest import NUMBER, World


@pytest.fixture
def told(shop: World) -> str:
    """An order that the hook told of; nobody read it yet."""
    shop.connect("hook")
    order_id = shop.ship()
    shop.vtex.hook.deliver_due()
    return order_id


def faults(shop: World) -> dict[str, str]:
    with shop.database.read() as tx:
        return {row["order_id"]: row["fault"] for row in reads.faulty(tx, "default", 99)}


def account(shop: World) -> Row:
    with shop.database.read() as tx:
        return outbox.channel(tx, "shop orders")


def test_too_often_stops_all_asking_for_as_long_as_the_shop_wishes(shop: World, told: str) -> None:
    shop.vtex.faults.throttle(FOREVER, retry_after_s=600)
    more = [shop.ship(f"1Z{index}", f"{index}") for index in range(30)]
    shop.vtex.hook.deliver_due()
    shop.turn()
    assert len(shop.vtex.calls.made) <= 12  # connecting, and what the threads had already sent
    before = len(shop.asked())
    for minutes in (1, 5, 9):
        shop.turn(at=minutes / 60)
    assert len(shop.asked()) == before
    shop.vtex.faults.clear()
    shop.turn(at=0.2, rounds=3)
    assert all(shop.parcels(order_id) for order_id in (told, *more))
    assert shop.incidents() == []
    assert account(shop)["down_since"] is None


def test_a_pause_is_kept_over_a_restart(shop: World, told: str) -> None:
    shop.vtex.faults.throttle(1, retry_after_s=600)
    shop.turn()
    shop.restarted()
    shop.turn(at=0.1)
    assert shop.parcels(told) == []
    shop.turn(at=0.2)
    assert shop.parcels(told)


def test_a_refused_key_is_an_incident_that_names_the_remedy_and_ends_by_itself(shop: World, told: str) -> None:
    shop.vtex.faults.rejects_key = True
    shop.turn()
    assert ("shop_refused", "orders") in shop.incidents()
    asked = len(shop.vtex.calls.made)
    for minute in range(60):
        shop.turn(at=minute / 60)
    assert len(shop.vtex.calls.made) - asked <= 8  # after 1, 2, 5, 10 and then every 15 minutes
    shop.vtex.faults.clear()
    shop.turn(at=2, rounds=2)
    assert shop.parcels(told)
    assert shop.incidents() == []


def test_a_missing_role_is_named(shop: World, told: str) -> None:
    shop.vtex.faults.missing_roles.add(Route.ORDER)
    shop.turn()
    with shop.database.read() as tx:
        (row,) = tx.rows("SELECT * FROM incidents WHERE kind = 'shop_refused'")
    assert "View order" in row["remedy"]
    assert shop.read_of(told)["due_at"] is not None


def test_a_role_that_only_the_sweep_needs_holds_up_no_order(shop: World, told: str) -> None:
    shop.vtex.faults.missing_roles.add(Route.LIST)
    shop.turn(at=20)
    assert shop.parcels(told)
    assert shop.incidents() == [("shop_job", "sweep")]
    shop.vtex.faults.clear()
    shop.turn(at=21, rounds=2)
    assert shop.incidents() == []


def test_an_order_that_is_not_there_is_tried_once_and_listed(shop: World, told: str) -> None:
    del shop.vtex.store.orders[told]
    for at in (0, 1, 5, 17):
        shop.turn(at=at)
    assert shop.asked() == [told]
    assert "OMS007" in faults(shop)[told]
    assert told in str(shop.health()["shop"])


def test_a_day_without_the_shop_ends_as_if_it_had_never_been(shop: World, told: str) -> None:
    shop.vtex.faults.fail(FOREVER, status=503)
    for quarter in range(24 * 4):
        shop.turn(at=quarter / 4)
    assert ("shop_down", "orders") in shop.incidents()
    assert len(shop.asked()) <= 24 * 4 + 10
    shop.vtex.faults.clear()
    for quarter in range(24 * 4, 31 * 4):
        shop.turn(at=quarter / 4)
    assert shop.parcels(told) == [("24382", NUMBER)]
    assert shop.incidents() == []
    assert faults(shop) == {}


def test_one_order_that_breaks_the_shop_waits_ever_longer_and_the_others_go_on(shop: World) -> None:
    shop.connect("hook")
    bad = shop.ship("1Z1", "1")
    shop.vtex.store.show_instead(bad, {"orderId": None})
    good = shop.ship("1Z2", "2")
    shop.vtex.hook.deliver_due()
    shop.turn()
    assert shop.parcels(good)
    assert "orderId" in faults(shop)[bad]
    for minute in range(0, 17 * 60, 10):
        shop.turn(at=minute / 60)
    assert shop.asked().count(bad) <= 7


@pytest.mark.parametrize(
    "fault",
    [
        Fault(200, {"Content-Type": "text/html"}, "<h1>Maintenance</h1>"),
        Fault(is_cut=True),
        Fault(200, {}, ""),
        Fault(200, {}, "null"),
        Fault(200, {}, '{"error": {"code": "1", "message": "odd", "exception": null}}'),
        Fault(400, {}, '{"title": "One or more validation errors occurred.", "status": 400, "errors": {"A": ["b"]}}'),
        Fault(500, {}, "An error has occurred"),
    ],
    ids=["html", "cut", "empty", "null", "error", "validation", "500"],
)
def test_whatever_the_shop_answers_has_a_name_and_the_next_answer_counts(shop: World, told: str, fault: Fault) -> None:
    shop.vtex.faults.plan(fault, 1, Route.ORDER)
    shop.turn()
    assert faults(shop)[told]
    shop.turn(at=0.5)
    if fault.status != 400:  # that was for good, until the shop tells again
        assert shop.parcels(told)
        assert faults(shop) == {}


def test_what_can_be_read_of_an_odd_order_is_kept_and_the_rest_named(shop: World) -> None:
    shop.connect("hook")
    order_id = shop.ship()
    shop.vtex.store.show_instead(order_id, {"clientProfileData": 7, "creationDate": "yesterday"})
    shop.vtex.hook.deliver_due()
    shop.turn()
    assert shop.parcels(order_id) == [("24382", NUMBER)]
    assert "clientProfileData" in faults(shop)[order_id]


def test_a_notice_while_the_order_is_read_has_it_read_again(shop: World, told: str) -> None:
    now = shop.clock.now()
    (claimed,) = shop.database.write(lambda tx: reads.claim(tx, "default", now, now + timedelta(minutes=2), 9))
    shop.database.write(lambda tx: reads.want(tx, "default", told, now, told_by="hook"))

    def work(tx: object) -> None:
        reads.settle_read(tx, claimed, due_at=None, rereads=0, fault=None, now=now)  # type: ignore[arg-type]

    shop.database.write(work)
    assert shop.read_of(told)["due_at"] is not None


def test_who_died_while_reading_leaves_the_order_to_the_next(shop: World, told: str) -> None:
    now = shop.clock.now()
    shop.database.write(lambda tx: reads.claim(tx, "default", now, now + timedelta(minutes=2), 9))
    shop.turn(at=0.01)
    assert shop.parcels(told) == []
    shop.turn(at=0.05)
    assert shop.parcels(told)


def test_an_order_that_fails_waits_for_its_turn_however_often_it_is_told(shop: World, told: str) -> None:
    shop.vtex.faults.answer_html(FOREVER, route=Route.ORDER)
    shop.turn()
    for _ in range(5):
        now = shop.clock.now()
        shop.database.write(lambda tx, now=now: reads.want(tx, "default", told, now, told_by="hook"))  # type: ignore[misc]
        shop.turn()
    assert shop.asked() == [told]


# -- times -------------------------------------------------------------------------------------------------------------


def test_pauses_grow_and_then_stay() -> None:
    assert [pause(timedelta(minutes=minutes)).total_seconds() / 60 for minutes in (0, 1, 3, 8, 18, 999)] == [
        1,
        2,
        5,
        10,
        15,
        15,
    ]
    assert PAUSES[-1] == timedelta(minutes=15)


def test_retries_end() -> None:
    waits = [retry_at(failures, NOON) for failures in range(1, TRIES + 2)]
    assert all(isinstance(wait, datetime) for wait in waits[:-1])
    assert waits[-1] is None
    assert waits[5] == NOON + timedelta(hours=6)


# -- threads -----------------------------------------------------------------------------------------------------------


def test_threads_do_all_of_it_and_raise_what_failed() -> None:
    threads = Threads(3, "test")
    done: list[int] = []

    def work(number: int) -> int:
        if number == 4:
            raise LookupError(number)
        done.append(number)
        return -number

    assert threads.each(work, range(4)) == [0, -1, -2, -3]
    with pytest.raises(LookupError):
        threads.each(work, range(9))
    assert sorted(done[4:]) == [0, 1, 2, 3, 5, 6, 7, 8]
    threads.close()


def test_a_person_who_waits_is_not_forgotten_by_a_plan(shop: World, told: str) -> None:
    shop.database.write(lambda tx: reads.plan(tx, "default", told, None, 0))
    assert shop.read_of(told)["due_at"] is not None


def test_a_key_without_the_right_to_a_hook_that_nobody_wants_is_no_incident(shop: World) -> None:
    shop.vtex.faults.missing_roles |= {Route.HOOK, Route.FEED_CONFIG}
    shop.turn()
    assert shop.incidents() == []
