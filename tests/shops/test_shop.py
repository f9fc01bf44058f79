"""VTEX as a shop, over sockets: read, listed, written to, read back."""

from datetime import UTC, datetime, timedelta

import pytest

from relay.errors import ShopFault
from relay.sandbox.vtex import EventsMode, Fault, Invoice, Line, Origin, PretendVtex, Purchase, Route
from relay.shops import Link, Shop, ShopEvent, Written
from relay.shops.vtex import Vtex, listing
from relay.shops.vtex.my_orders import order_bar
from relay.shops.vtex.tracking import Difference, differences, not_yet_shown
from tests.conftest import NOON
from tests.shops.conftest import Hand

LINE = ShopEvent("2026-03-02", "In transit", "Cajamar", "SP")
MORE = ShopEvent("2026-03-03", "Out for delivery", "Campinas", "SP")


def shipped(far: PretendVtex, number: str | None = "OM265512653BR") -> str:
    order_id = far.store.place()
    far.store.invoice(order_id, Invoice("24382", courier="PAC", tracking_number=number))
    return order_id


def test_it_is_a_shop(shop: Vtex, far: PretendVtex) -> None:
    any_shop: Shop = shop
    assert any_shop.order(shipped(far)).packages[0].tracking_number == "OM265512653BR"


def test_an_order_is_found_by_its_short_number_too(shop: Vtex, far: PretendVtex) -> None:
    order_id = shipped(far)
    assert shop.order("seq502556").order_id == order_id


def test_a_sellers_copy_points_at_the_marketplaces_order(shop: Vtex, far: PretendVtex) -> None:
    order_id = far.store.place(Purchase(has_copy=True))
    copy = shop.order(far.store.copy_of(order_id) or "")
    assert (copy.copy_of, copy.origin) == (order_id, Origin.FULFILLMENT)


def test_an_order_of_several_invoices_becomes_whole_with_the_last(shop: Vtex, far: PretendVtex) -> None:
    order_id = far.store.place(Purchase(lines=(Line("a"), Line("b", quantity=2))))
    seen = []
    for number, items in (("1", (("a", 1),)), ("2", (("b", 1),)), ("3", (("b", 1),))):
        far.store.invoice(order_id, Invoice(number, items))
        seen.append(shop.order(order_id))
    assert [order.is_whole for order in seen] == [False, False, True]
    assert [len(order.packages) for order in seen] == [1, 2, 3]


# -- writing -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", EventsMode)
def test_what_is_written_in_steps_is_shown(far: PretendVtex, shop: Vtex, mode: EventsMode) -> None:
    far.quirks.events_mode = mode
    order_id = shipped(far)
    for written in (
        Written((LINE,), is_delivered=False, delivered_at=None),
        Written((LINE, MORE), is_delivered=False, delivered_at=None),
        Written((LINE, MORE), is_delivered=True, delivered_at="2026-03-03 16:15"),
    ):
        shown = shop.order(order_id).packages[0].shown
        told = not_yet_shown(written, shown) if mode is EventsMode.APPEND else written
        assert len(shop.write_tracking(order_id, "24382", told)) == 32
        assert differences(written, shop.order(order_id).packages[0].shown) == ()
    bar = order_bar(shop.order(order_id), NOON.date())
    assert bar
    assert bar.words == "Order shipped"


def test_an_account_that_adds_shows_doubled_events_in_full_mode(shop: Vtex, far: PretendVtex) -> None:
    far.quirks.events_mode = EventsMode.APPEND
    order_id, written = shipped(far), Written((LINE,), is_delivered=False, delivered_at=None)
    shop.write_tracking(order_id, "24382", written)
    shop.write_tracking(order_id, "24382", written)
    assert differences(written, shop.order(order_id).packages[0].shown) == (Difference.DOUBLED_EVENTS,)


def test_a_write_that_is_taken_and_not_shown_is_seen(shop: Vtex, far: PretendVtex) -> None:
    far.quirks.shows_writes = False
    order_id, written = shipped(far), Written((LINE,), is_delivered=True, delivered_at="2026-03-03 16:15")
    shop.write_tracking(order_id, "24382", written)
    found = differences(written, shop.order(order_id).packages[0].shown)
    assert found == (Difference.NOT_FINISHED, Difference.MISSING_EVENTS)


def test_without_a_tracking_number_vtex_refuses_and_the_link_sets_it(shop: Vtex, far: PretendVtex) -> None:
    order_id, written = shipped(far, None), Written((LINE,), is_delivered=False, delivered_at=None)
    with pytest.raises(ShopFault) as caught:
        shop.write_tracking(order_id, "24382", written)
    assert (caught.value.kind, "no tracking number" in str(caught.value)) == ("refused", True)
    link = Link("OM265512653BR", "https://track.shop.example/t/x", None, "2026-03-02T12:00:00.000+00:00")
    assert len(shop.write_link(order_id, "24382", link)) == 32
    package = shop.order(order_id).packages[0]
    assert (package.tracking_number, package.tracking_url, package.courier) == (
        "OM265512653BR",
        "https://track.shop.example/t/x",
        None,
    )
    assert far.store.package(order_id, "24382")["dispatchedDate"] == "2026-03-02T12:00:00+00:00"
    shop.write_tracking(order_id, "24382", written)


def test_a_lost_answer_is_a_passing_fault_and_the_write_may_be_repeated(shop: Vtex, far: PretendVtex) -> None:
    order_id, written = shipped(far), Written((LINE,), is_delivered=False, delivered_at=None)
    far.faults.lose_answers()
    with pytest.raises(ShopFault) as caught:
        shop.write_tracking(order_id, "24382", written)
    assert caught.value.is_passing
    shop.write_tracking(order_id, "24382", written)
    assert differences(written, shop.order(order_id).packages[0].shown) == ()


@pytest.mark.parametrize("body", ["", "{}", '{"receipt": null}'])
def test_a_write_taken_without_a_receipt_is_taken(shop: Vtex, far: PretendVtex, body: str) -> None:
    order_id = shipped(far)
    far.faults.plan(Fault(200, body=body, takes_effect=True), 1, Route.TRACKING)
    assert shop.write_tracking(order_id, "24382", Written((LINE,), is_delivered=False, delivered_at=None)) == ""
    assert len(shop.order(order_id).packages[0].shown.events) == 1


def test_a_page_in_place_of_a_receipt_proves_nothing(shop: Vtex, far: PretendVtex) -> None:
    far.faults.answer_html(route=Route.TRACKING)
    with pytest.raises(ShopFault) as caught:
        shop.write_tracking(shipped(far), "24382", Written((LINE,), is_delivered=False, delivered_at=None))
    assert caught.value.kind == "unreadable"


def test_a_note_stands_in_the_orders_history(shop: Vtex, far: PretendVtex) -> None:
    order_id = shipped(far)
    shop.add_note(order_id, "Set to delivered by Ana: the customer called \ud800")
    assert far.notes[0][0] == order_id
    assert far.notes[0][1]["source"] == "wismo"


# -- the list ----------------------------------------------------------------------------------------------------------


def test_what_was_made_or_invoiced_in_a_time_is_listed_page_by_page(shop: Vtex, far: PretendVtex, hand: Hand) -> None:
    old = far.store.place()
    hand.step(days=2)
    since = hand.now()
    new = []
    for _ in range(120):
        hand.step(seconds=1)
        new.append(far.store.place())
    far.store.invoice(old, Invoice("1"))
    hand.step(hours=1)
    far.store.place()
    pages = [shop.changed(since, since + timedelta(minutes=30), page) for page in (1, 2)]
    assert (pages[0].pages, pages[0].total) == (2, 120)
    assert [one.order_id for one in pages[0].orders] == [*new[:100], old]
    assert [one.order_id for one in pages[1].orders] == new[100:]
    assert pages[0].orders[-1].status == "invoiced"
    assert pages[0].orders[-1].changed_at == "2026-03-04T12:02:00.000+00:00"


def test_a_query_writes_its_times_as_vtex_does(shop: Vtex, far: PretendVtex) -> None:
    shop.changed(NOON, datetime(2026, 3, 2, 23, 59, 59, 999000, tzinfo=UTC), 1)
    query = far.calls.of(Route.LIST)[1].query
    assert "invoicedDate%3A%5B2026-03-02T12%3A00%3A00.000Z%20TO%202026-03-02T23%3A59%3A59.999Z%5D" in query
    assert "per_page=100" in query


def test_more_than_the_pages_hold_is_seen_in_the_total(shop: Vtex, far: PretendVtex, hand: Hand) -> None:
    template = far.store.order(far.store.place())
    for number in range(listing.MOST):
        far.store.index.note(template | {"orderId": f"v{number}-01"}, hand.now())
    page = shop.changed(NOON, hand.now(), 1)
    assert (page.pages, page.total, len(page.orders)) == (30, listing.MOST + 1, 100)


def test_a_row_that_names_no_order_is_named_and_the_others_are_kept() -> None:
    page = listing.read_page(b'{"list": [{"orderId": "v1-01"}, {"status": "invoiced"}, null], "paging": null}')
    assert [one.order_id for one in page.orders] == ["v1-01"]
    assert page.faults == ("list[1].orderId: missing", "list[2]: expected object, got null")
    assert (page.total, page.pages) == (1, 1)
