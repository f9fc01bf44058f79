"""Hook and feed: ours come back, another's are left alone, and a shop that has gone quiet is noticed."""

from datetime import timedelta

import pytest
from pydantic import SecretStr

from relay.desk import Desk, connecting
from relay.errors import BadInput, ShopFault
from relay.sandbox.vtex import Route
from relay.shops.vtex import open_vtex
from relay.shops.vtex.hooks import FILTER
from relay.store import incidents, ledger, reads
from relay.store.reads import SWEEP_WANTED
from tests.orders.conftest import NUMBER, World

FOREIGN_HOOK = {"filter": FILTER, "hook": {"url": "https://erp.example/hook", "headers": {}}}
FOREIGN_FEED = {"filter": FILTER, "queue": {"visibilityTimeoutInSeconds": 60}}


def state(shop: World, route: connecting.Route) -> str:
    with shop.database.read() as tx:
        found = connecting.found(tx, route)
    return found.state if found else "unknown"


def test_nothing_is_connected_until_somebody_asks(shop: World) -> None:
    for hours in (0, 4, 8):
        shop.turn(at=hours)
    assert (shop.vtex.hook.config(), shop.vtex.feed.config()) == (None, None)
    assert shop.incidents() == []
    assert state(shop, "hook") == "none"


def test_a_hook_that_vtex_deleted_is_made_again_told_and_swept_for(shop: World) -> None:
    shop.connect("hook")
    shop.turn()
    shop.turn(at=24)
    shop.clock.hours = 25
    shop.vtex.hook.delete()
    lost = shop.ship()
    shop.turn(at=27.5, rounds=3)
    assert shop.vtex.hook.config() is not None
    assert shop.incidents() == [("shop_hook", "hook")]
    assert shop.parcels(lost) == [("24382", NUMBER)]
    shop.turn(at=31)
    assert shop.incidents() == []


def test_an_idle_hook_is_back_within_three_hours(shop: World) -> None:
    shop.connect("hook")
    for hours in range(0, 24 * 4, 3):
        shop.turn(at=hours)
    assert shop.vtex.hook.config() is not None


def test_a_deleted_feed_is_made_again_as_soon_as_it_is_missed(shop: World) -> None:
    shop.connect("feed")
    shop.turn()
    shop.vtex.feed.delete()
    shop.turn(at=0.1, rounds=3)
    assert shop.vtex.feed.config() is not None
    assert shop.incidents() == [("shop_hook", "feed")]


def test_another_hook_is_reported_and_left_alone(shop: World) -> None:
    shop.connect("hook")
    shop.turn()
    shop.vtex.hook.install(FOREIGN_HOOK)
    shop.turn(at=4)
    assert shop.vtex.hook.config() == FOREIGN_HOOK
    assert shop.incidents() == [("shop_hook", "hook")]
    with pytest.raises(ShopFault, match=r"erp\.example"):
        shop.connect("hook")
    assert shop.vtex.hook.config() == FOREIGN_HOOK


def test_another_feed_is_neither_read_nor_changed(shop: World) -> None:
    shop.vtex.feed.configure(FOREIGN_FEED)
    shop.ship()
    for hours in (0, 0.1, 4):
        shop.turn(at=hours, rounds=2)
    with pytest.raises(ShopFault):
        shop.connect("feed")
    assert shop.vtex.calls.of(Route.FEED) == []
    assert state(shop, "feed") == "foreign"


def test_a_feed_that_became_somebody_elses_is_not_read_empty(shop: World) -> None:
    shop.connect("feed")
    shop.turn()
    shop.vtex.feed.configure(FOREIGN_FEED)
    shop.turn(at=4)
    taken = len(shop.vtex.calls.of(Route.FEED))
    shop.turn(at=5, rounds=2)
    assert len(shop.vtex.calls.of(Route.FEED)) == taken
    assert ("shop_hook", "feed") in shop.incidents()


def test_a_hook_that_vtex_cannot_reach_any_more_says_so(shop: World) -> None:
    shop.connect("hook")
    shop.database.write(
        lambda tx: ledger.set_install(tx, connecting.WANTED["hook"], "http://127.0.0.1:9/shop/vtex/hook")
    )
    shop.vtex.hook.delete()
    shop.turn()
    with shop.database.read() as tx:
        (row,) = incidents.incidents(tx, only_open=True)
    assert (row["kind"], row["subject"]) == ("shop_hook", "hook")
    assert "does not take a new one" in row["title"]


def test_the_hook_wants_https_and_a_secret(shop: World) -> None:
    client = open_vtex(shop.desk.settings, shop.clock.now)
    with pytest.raises(BadInput, match="https"):
        connecting.connect_hook(shop.desk, client, "http://shop.example/hook", "ana", shop.clock.now())
    mute = shop.desk.settings.model_copy(update={"vtex_hook_secret": SecretStr("")})
    with pytest.raises(BadInput, match="WISMO_VTEX_HOOK_SECRET"):
        connecting.connect_hook(Desk(shop.database, mute, shop.policy), client, shop.url, "ana", shop.clock.now())
    client.close()


def test_a_lost_hook_wants_a_sweep(shop: World) -> None:
    shop.connect("hook")
    shop.turn()
    shop.vtex.hook.delete()
    shop.vtex.faults.fail(9, route=Route.LIST)
    shop.turn(at=4)
    with shop.database.read() as tx:
        assert SWEEP_WANTED in ledger.install(tx)


# -- the quiet shop ----------------------------------------------------------------------------------------------------


def test_a_shop_that_goes_quiet_is_an_incident_until_it_speaks(shop: World) -> None:
    shop.connect("hook")

    def sell(tx: object) -> None:
        for hour in range(-24 * 28, 1):
            at = shop.clock.now() + timedelta(hours=hour)
            reads.count_notices(tx, "default", "hook", at, 4)  # type: ignore[arg-type]

    shop.database.write(sell)
    shop.turn()
    shop.turn(at=2)
    assert shop.incidents() == []
    shop.turn(at=3)
    assert shop.incidents() == [("shop_quiet", "hook")]
    shop.ship()
    shop.vtex.hook.deliver_due()
    shop.turn(at=3.1)
    assert shop.incidents() == []


def test_connecting_has_what_changed_before_looked_for(shop: World) -> None:
    before = shop.ship()
    client = open_vtex(shop.desk.settings, shop.clock.now)
    connecting.connect_feed(shop.desk, client, "ana", shop.clock.now())
    client.close()
    shop.turn(rounds=2)
    assert shop.parcels(before) == [("24382", NUMBER)]
