"""A person who looks for an order that nobody knows: the shop is asked once, and says so."""

import pytest

from relay.desk.asking_shop import MOST, find_or_ask, shop_id
from relay.errors import NotFound
from tests.orders.conftest import NUMBER, World


def look_for(shop: World, query: str) -> str:
    """The order, or what is said instead."""
    try:
        return find_or_ask(shop.desk, query, shop.clock.now()).order_id
    except NotFound as fault:
        return str(fault)


@pytest.mark.parametrize("as_typed", ["{id}", "{number}", "#{number}", " “{number}” "])
def test_an_order_is_asked_for_by_what_people_call_it(shop: World, as_typed: str) -> None:
    order_id = shop.ship()
    query = as_typed.format(id=order_id, number=shop.vtex.store.orders[order_id]["sequence"])
    assert "try again in a moment" in look_for(shop, query)
    shop.turn()
    assert look_for(shop, query) == order_id
    assert shop.parcels(order_id) == [("24382", NUMBER)]
    assert len(shop.asked()) == 1


def test_what_a_person_waits_for_comes_first(shop: World) -> None:
    shop.connect("hook")
    for index in range(60):
        shop.ship(f"1Z{index}", f"{index}")
    shop.vtex.hook.deliver_due()
    order_id = shop.ship("1Z-late", "late")
    look_for(shop, order_id)
    shop.orders.round()
    assert shop.parcels(order_id)
    assert order_id in shop.asked()[:8]


def test_what_the_shop_does_not_know_either_is_asked_once_an_hour(shop: World) -> None:
    look_for(shop, "v999999zzz-01")
    shop.turn()
    assert "OMS007" in look_for(shop, "v999999zzz-01")
    shop.turn(at=0.9)
    assert len(shop.asked()) == 1
    shop.clock.hours = 1.1
    assert "try again in a moment" in look_for(shop, "v999999zzz-01")
    shop.turn()
    assert len(shop.asked()) == 2
    detail = shop.health()["shop"]
    assert isinstance(detail, dict)
    assert detail["unreadable"] == []


def test_nobody_can_make_the_shop_be_asked_without_end(shop: World) -> None:
    said = [look_for(shop, f"v{index}abc-01") for index in range(MOST + 10)]
    assert sum("try again in a moment" in one for one in said) == MOST
    assert "try again later" in said[-1]


@pytest.mark.parametrize(
    "query", ["ana@example.com", "1Z204W4R0308071865", "AA123456785BR", "12", "12345678901", "../../x-01", "where?", ""]
)
def test_what_cannot_be_an_order_is_not_asked_about(shop: World, query: str) -> None:
    assert "shop" not in look_for(shop, query)
    shop.turn()
    assert shop.asked() == []


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("v502556abc-01", "v502556abc-01"),
        ("1268540501456-01", "1268540501456-01"),
        ("00-v502556abc-01", "00-v502556abc-01"),
        ("SLR-502556-01", "SLR-502556-01"),
        ("502556", "seq502556"),
    ],
)
def test_the_forms_of_an_id(typed: str, wanted: str) -> None:
    assert shop_id(typed) == wanted


def test_a_parcel_that_a_person_had_found_is_looked_at_for_its_number(shop: World) -> None:
    order_id = shop.ship(number=None)
    number = shop.vtex.store.orders[order_id]["sequence"]
    look_for(shop, number)
    shop.turn()
    shop.vtex.store.set_tracking(order_id, "24382", {"trackingNumber": NUMBER})
    shop.turn(at=0.3)
    assert shop.parcels(order_id) == [("24382", NUMBER)]
    assert shop.asked() == [f"seq{number}", order_id]
