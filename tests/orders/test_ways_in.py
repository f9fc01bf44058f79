"""Hook, feed and sweep: three ways into one queue, and no order is lost, read too often, or told of twice."""

from dataclasses import replace

import pytest

from relay.database import SQLite, open_database
from relay.errors import Unavailable
from relay.orders import Orders
from relay.orders.feed import Feed
from relay.sandbox.vtex import Invoice, Purchase, Route
from relay.shops.vtex import open_vtex
from relay.store import ledger, orders, reads
from relay.store.reads import SWEEP, SWEPT
from tests.orders.conftest import NUMBER, World


def test_the_hook_brings_an_order_within_one_turn(world: World) -> None:
    world.connect("hook")
    order_id = world.ship()
    assert world.vtex.hook.deliver_due() == 2  # invoice, invoiced
    assert {post.outcome for post in world.vtex.hook.posts} == {"200"}
    world.turn()
    assert world.parcels(order_id) == [("24382", NUMBER)]
    assert world.asked() == [order_id]


def test_the_feed_brings_what_the_hook_did_not(world: World) -> None:
    world.connect("feed")
    order_id = world.ship()
    world.turn(rounds=2)
    assert world.parcels(order_id) == [("24382", NUMBER)]
    assert world.vtex.feed.config()["quantity"] == 0  # type: ignore[index]  # it is configured


def test_more_than_a_lot_of_the_feed_is_taken_in_one_turn(world: World) -> None:
    world.connect("feed")
    shipped = [world.ship(f"1Z{index}", f"{index}") for index in range(12)]
    world.turn(rounds=2)
    assert all(world.parcels(order_id) for order_id in shipped)
    assert world.vtex.feed.config()["quantity"] == 0  # type: ignore[index]  # it is configured


def test_the_shop_forgets_nothing_that_could_not_be_kept(shop: World) -> None:
    shop.connect("feed")
    order_id = shop.ship()
    assert isinstance(shop.database, SQLite)
    stopping = open_database(f"sqlite:{shop.database.path}")
    stopping.close()
    client = open_vtex(shop.desk.settings, shop.clock.now)
    with pytest.raises(Unavailable):
        Feed(replace(shop.desk, database=stopping), client, shop.clock.now).take()
    client.close()
    assert shop.vtex.feed.committed == []
    shop.turn(at=0.1, rounds=2)  # what was taken comes again after a few minutes
    assert shop.parcels(order_id) == [("24382", NUMBER)]


def test_a_header_is_known_before_there_is_an_invoice(world: World) -> None:
    world.connect("hook")
    order_id = world.vtex.store.place()
    world.vtex.store.set_status(order_id, "handling")
    world.vtex.hook.deliver_due()
    world.turn()
    assert world.is_known(order_id)
    assert world.parcels(order_id) == []


def test_states_that_nobody_subscribed_to_are_not_read(world: World) -> None:
    world.connect("hook")
    world.vtex.quirks.ignores_filter = True
    order_id = world.vtex.store.place()
    world.vtex.hook.deliver_due()
    world.turn()
    assert world.asked() == []
    assert not world.is_known(order_id)


def test_all_ways_at_once_twice_and_backwards_are_one_shipment_and_one_reading(world: World) -> None:
    world.connect("hook", "feed")
    world.vtex.quirks.sends_twice = world.vtex.quirks.sends_backwards = True
    order_id = world.ship()
    world.vtex.hook.deliver_due()
    world.turn(rounds=2)
    world.turn(at=0.1, rounds=2)
    assert world.parcels(order_id) == [("24382", NUMBER)]
    assert world.asked() == [order_id]


def test_a_partial_invoice_is_followed_at_once_and_the_rest_when_it_comes(world: World) -> None:
    world.connect("hook")
    order_id = world.vtex.store.place()
    world.vtex.store.invoice(order_id, Invoice("1", value=1, courier="UPS", tracking_number="1Z1"))
    world.vtex.hook.deliver_due()
    world.turn()
    assert world.parcels(order_id) == [("1", "1Z1")]
    world.clock.hours = 1
    world.vtex.store.invoice(order_id, Invoice("2", value=99999, courier="UPS", tracking_number="1Z2"))
    world.vtex.hook.deliver_due()
    world.turn()
    assert world.parcels(order_id) == [("1", "1Z1"), ("2", "1Z2")]


def test_a_package_without_number_is_looked_at_after_15_minutes_an_hour_and_every_6_hours(world: World) -> None:
    world.connect("hook")
    order_id = world.ship(number=None)
    world.vtex.hook.deliver_due()
    world.turn()
    looked = []
    for minute in range(0, 14 * 60, 5):
        before = len(world.asked())
        world.turn(at=minute / 60)
        looked += [minute] * (len(world.asked()) - before)
    assert looked == [15, 60, 60 + 6 * 60, 60 + 12 * 60]
    world.vtex.store.set_tracking(order_id, "24382", {"trackingNumber": NUMBER})
    world.turn(at=19.1, rounds=2)  # the night's sweep reads it as well
    assert world.parcels(order_id) == [("24382", NUMBER)]
    assert world.read_of(order_id)["due_at"] is None


def test_the_marketplaces_and_the_sellers_copy_are_one_order(world: World) -> None:
    world.connect("hook")
    order_id = world.vtex.store.place(Purchase(has_copy=True))
    world.vtex.quirks.sends_backwards = True
    world.vtex.store.invoice(order_id, Invoice("24382", courier="UPS", tracking_number=NUMBER))
    world.vtex.hook.deliver_due()
    world.turn()
    assert sorted(world.asked()) == sorted([order_id, f"00-{order_id}"])
    assert world.parcels(order_id) == [("24382", NUMBER)]
    assert world.parcels(f"00-{order_id}") == []


# -- the sweep ---------------------------------------------------------------------------------------------------------


def forget_sweep(world: World) -> None:
    world.database.write(lambda tx: ledger.unset_install(tx, SWEPT))


def test_the_first_sweep_finds_two_months_quietly_and_goes_on_where_it_was(world: World) -> None:
    world.clock.hours = -24 * 59
    old = world.ship("1Z1", "1")
    world.clock.hours = -24 * 20
    newer = world.ship("1Z2", "2")
    world.clock.hours = 0
    forget_sweep(world)
    while not world.is_known(old):
        world.orders.round()
    with world.database.read() as tx:
        assert SWEEP in ledger.install(tx)
    listed = len(world.vtex.calls.of(Route.LIST))
    world.restarted()
    world.turn()
    assert world.parcels(old)
    assert world.parcels(newer)
    assert len(world.vtex.calls.of(Route.LIST)) <= 2 * 60
    assert listed < 2 * 60
    with world.database.read() as tx:
        row = orders.shipments_of(tx, "default", newer)[0]
        assert SWEEP not in ledger.install(tx)
    assert row["announce_from"] is not None


def test_each_night_the_last_days_and_all_that_is_open_are_looked_through(world: World) -> None:
    world.connect("hook")
    missed = world.ship("1Z1", "1")
    known = world.ship("1Z2", "2")
    world.vtex.hook.deliver_due()
    world.vtex.quirks.lost_notices = 9
    world.clock.hours = 1
    lost = world.ship("1Z3", "3")
    world.vtex.store.set_tracking(known, "2", {"trackingNumber": "1Z-new"})
    world.turn(at=2)
    assert not world.is_known(lost)
    world.turn(at=20, rounds=2)  # the night begins at three in São Paulo
    assert world.parcels(lost) == [("3", "1Z3")]
    assert world.parcels(known) == [("2", "1Z-new")]
    assert world.parcels(missed) == [("1", "1Z1")]
    asked = len(world.asked())
    world.turn(at=21, rounds=2)
    assert len(world.asked()) == asked


def test_after_an_outage_the_sweep_looks_back_to_the_last_one(world: World) -> None:
    world.clock.hours = 5 * 24
    lost = world.ship()
    world.turn(at=12 * 24, rounds=2)
    assert world.parcels(lost)


def test_of_two_processes_one_sweeps_and_both_read(world: World) -> None:
    other = Orders(world.desk, open_vtex(world.desk.settings, world.clock.now), "two", world.clock.now)
    world.turn()
    shipped = [world.ship(f"1Z{index}", f"{index}") for index in range(5)]
    world.clock.hours = 20
    for _ in range(40):
        world.orders.round()
        other.round()
    other.close()
    assert all(world.parcels(order_id) for order_id in shipped)
    assert sorted(world.asked()) == sorted(shipped)


def test_what_nobody_told_of_for_months_is_forgotten(shop: World) -> None:
    shop.connect("hook")
    old = shop.ship()
    shop.vtex.hook.deliver_due()
    shop.turn()
    shop.turn(at=24 * 130, rounds=3)
    with shop.database.read() as tx:
        assert reads.read_row(tx, "default", old) is None
    assert shop.parcels(old) == [("24382", NUMBER)]
