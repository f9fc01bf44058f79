"""The step that VTEX's own page shows, as its published code decides it."""

from datetime import date

import pytest

from relay.shops.vtex.my_orders import Bar, order_bar, package_bars
from tests.shops.samples import Json, item, order, package, read

TODAY = date(2026, 2, 14)
EVENT = {"lastChange": "2026-02-11T00:00:00+00:00", "description": "In transit"}
MOVING = {"finished": False, "data": [EVENT]}
DONE = {"finished": True, "data": []}
PICKUP = {"logisticsInfo": [item(0, deliveryChannel="pickup-in-point")]}


def shown(*packages: Json, **more: object) -> str | None:
    bar = order_bar(read(order(*packages, **more)), TODAY)
    return bar.words if bar else None


@pytest.mark.parametrize(
    ("status", "step", "words"),
    [
        ("order-created", 1, "Confirming order"),
        ("approve-payment", 2, "Approving payment"),
        ("window-to-cancel", 3, "Handling shipping"),
        ("handling", 3, "Handling shipping"),
        ("invoice", 3, "Handling shipping"),
        ("invoiced", 4, "Delivering to carrier"),
    ],
)
def test_an_orders_status_is_a_step(status: str, step: int, words: str) -> None:
    assert order_bar(read(order(package(), status=status)), TODAY) == Bar(step, 5, words)


@pytest.mark.parametrize("status", ["canceled", "replaced", None, "something-new"])
def test_an_order_in_no_step_has_no_bar(status: str | None) -> None:
    assert shown(package(courierStatus=DONE), status=status) is None


def test_an_event_for_every_package_moves_it_to_shipping_and_a_return_holds_it_back() -> None:
    assert shown(package(courierStatus=MOVING), package("2", courierStatus=MOVING)) == "Shipping order"
    assert shown(package(courierStatus=MOVING), package("2")) == "Delivering to carrier"
    assert shown(package(courierStatus=MOVING), package("2", type="Input")) == "Delivering to carrier"


def test_it_is_shipped_when_everything_that_goes_out_is_finished() -> None:
    assert shown(package(courierStatus=DONE), package("2", type="Input")) == "Order shipped"
    assert shown(package(courierStatus=DONE), package("2", courierStatus=MOVING)) == "Delivering to carrier"
    assert shown(package(courierStatus=DONE), items=[{"quantity": 1}, {"quantity": 1}]) == "Delivering to carrier"
    assert shown(package(courierStatus=DONE), status="invoice") == "Handling shipping"
    assert shown() == "Delivering to carrier"


@pytest.mark.parametrize(
    ("promised", "status", "words"),
    [
        ("2026-02-20T12:00:00+00:00", MOVING, "Delivering to pickup point"),
        ("2026-02-14T12:00:00+00:00", None, "Ready for pickup"),
        (None, None, "Ready for pickup"),
        ("2026-02-20T12:00:00+00:00", DONE, "Picked up"),
    ],
)
def test_what_is_fetched_is_ready_from_its_promised_day(promised: str | None, status: Json | None, words: str) -> None:
    fetched = item(0, deliveryChannel="pickup-in-point", shippingEstimateDate=promised)
    assert shown(package(courierStatus=status), shippingData={"logisticsInfo": [fetched]}) == words


def test_packages_have_bars_of_their_own_from_two_on() -> None:
    bare = {"trackingNumber": None, "trackingUrl": None}
    three = read(order(package(courierStatus=DONE), package("2"), package("3", **bare), status="invoice"))
    assert [bar.step for _, bar in package_bars(three, TODAY)] == [3, 2, 1]
    assert package_bars(read(order(package())), TODAY) == ()
    assert package_bars(read(order(package(), package("2"), status="approve-payment")), TODAY) == ()
