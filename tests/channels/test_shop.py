"""Writes to a shop, over sockets: what leaves, what is read back, and what is said where the two differ."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

from relay.channels.shop import ShopChannel
from relay.errors import SendFailed
from relay.model import EventView, Receipt, Status
from relay.sandbox.vtex import EventsMode, Fault, Invoice, Line, PretendVtex, Purchase, Route, open_vtex
from relay.settings import Settings, VtexWrite
from relay.shops import ShopView, Truth
from relay.shops.shown import from_json
from relay.shops.vtex import open_vtex as open_client
from relay.shops.vtex.dialect import VtexDialect
from tests.conftest import NOON

ZONE = ZoneInfo("America/Sao_Paulo")
OUR_PAGE = "https://wismo.example/t/abc"


def scan(status: str, hours: float) -> EventView:
    at = NOON + timedelta(hours=hours)
    return EventView(
        at,
        None,
        zone_assumed=False,
        status=Status(status),
        code=status,
        description=f"It is {status}",
        place="Cajamar, SP",
        source="ups",
        via="push",
    )


def truth(*statuses: str) -> Truth:
    events = tuple(scan(status, hours) for hours, status in enumerate(statuses, 1))
    is_delivered = bool(statuses) and statuses[-1] == "delivered"
    return Truth(Status(statuses[-1]), events, events[-1].occurred_at if is_delivered else None)


@dataclass
class Shop:
    """A pretend VTEX with one invoiced order, and our way to it."""

    vtex: PretendVtex
    order_id: str
    writes: VtexWrite = "status"
    invoice: str = "24382"
    tries: int = 1
    is_delta: bool = False
    note: str = ""

    def write(self, *statuses: str) -> Receipt:
        return self.bring(self.view(*statuses))

    def bring(self, view: ShopView) -> Receipt:
        with self.channel() as channel:
            return channel.send(view)

    @contextmanager
    def channel(self) -> Iterator[ShopChannel]:
        settings = Settings(
            vtex_account="mystore",
            vtex_url=self.vtex.url,
            vtex_app_key=SecretStr(self.vtex.key.app_key),
            vtex_app_token=SecretStr(self.vtex.key.app_token),
        )
        api = open_client(settings, lambda: NOON)
        try:
            yield ShopChannel(api, VtexDialect(ZONE), self.writes, lambda: NOON + timedelta(days=3))
        finally:
            api.close()

    def view(self, *statuses: str) -> ShopView:
        return ShopView(
            self.order_id,
            self.invoice,
            truth(*statuses),
            "AA123456785BR",
            OUR_PAGE,
            self.is_delta,
            self.note,
            self.tries,
        )

    def package(self) -> dict[str, object]:
        return self.vtex.store.package(self.order_id, self.invoice)

    def lines(self) -> list[str]:
        return [event["description"] for event in self.package()["courierStatus"]["data"]]  # type: ignore[index]

    def calls(self, *routes: Route) -> int:
        return len(self.vtex.calls.of(*routes))


def invoiced(vtex: PretendVtex, number: str = "24382", purchase: Purchase | None = None, **more: str | None) -> Shop:
    order_id = vtex.store.place(purchase or Purchase())
    fields = {"courier": "Correios", "tracking_number": "AA123456785BR", "tracking_url": None} | more
    vtex.store.invoice(order_id, Invoice(number, **fields))  # type: ignore[arg-type]  # its own fields
    return Shop(vtex, order_id, invoice=number)


@pytest.fixture
def vtex() -> Iterator[PretendVtex]:
    with open_vtex(lambda: NOON) as opened:
        yield opened


@pytest.fixture
def shop(vtex: PretendVtex) -> Shop:
    return invoiced(vtex)


# -- what is written and proven ----------------------------------------------------------------------------------------


def test_the_receipt_is_what_was_read_after_the_writing(shop: Shop) -> None:
    receipt = shop.write("in_transit", "out_for_delivery")
    assert receipt.drift is None
    assert "on its way, 2 lines" in receipt.text
    assert [event.description for event in from_json(receipt.shown).events] == [
        "It is in_transit",
        "It is out_for_delivery",
    ]
    assert [call.method for call in shop.vtex.calls.made] == ["GET", "PUT", "GET"]


def test_a_delivery_is_finished_in_the_shop_with_its_hour_on_the_shops_clock(shop: Shop) -> None:
    receipt = shop.write("in_transit", "delivered")
    assert receipt.drift is None
    assert shop.package()["courierStatus"]["finished"] is True  # type: ignore[index]
    assert from_json(receipt.shown).delivered_at == "2026-03-02T11:00:00+00:00"  # 14:00 UTC in São Paulo
    shown = Shop(shop.vtex, shop.order_id).write("in_transit", "delivered")
    assert shown.text.startswith("already shown")


def test_what_is_shown_already_is_not_written_again(shop: Shop) -> None:
    shop.write("in_transit")
    before = shop.calls(Route.TRACKING)
    assert shop.write("in_transit").text.startswith("already shown")
    assert shop.calls(Route.TRACKING) == before
    assert shop.vtex.store.repeats == 0


def test_a_writing_whose_answer_was_lost_is_not_made_twice(shop: Shop) -> None:
    shop.vtex.faults.lose_answers(route=Route.TRACKING)
    with pytest.raises(SendFailed):
        shop.write("in_transit")
    assert shop.write("in_transit").drift is None
    assert shop.lines() == ["It is in_transit"]
    assert shop.calls(Route.TRACKING) == 1


def test_a_return_to_the_sender_is_a_line_and_no_delivery(shop: Shop) -> None:
    assert shop.write("in_transit", "returned").drift is None
    assert shop.package()["courierStatus"]["finished"] is False  # type: ignore[index]
    assert shop.lines()[-1] == "It is returned"


def test_a_note_for_the_shops_people_follows_a_writing_that_holds(shop: Shop) -> None:
    shop.note = "ana set parcel AA123456785BR to delivered: the customer confirmed by phone"
    shop.write("in_transit", "delivered")
    assert [(order, note["message"]) for order, note in shop.vtex.notes] == [(shop.order_id, shop.note)]


# -- links -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("writes", "theirs", "becomes"),
    [
        ("status", None, None),
        ("status", "https://carrier.example/1", "https://carrier.example/1"),
        ("if-empty", None, OUR_PAGE),
        ("if-empty", "https://carrier.example/1", "https://carrier.example/1"),
        ("always", "https://carrier.example/1", OUR_PAGE),
    ],
)
def test_the_page_is_filled_in_as_the_setting_says(
    vtex: PretendVtex, writes: VtexWrite, theirs: str | None, becomes: str | None
) -> None:
    shop = invoiced(vtex, tracking_url=theirs)
    shop.writes = writes
    assert shop.write("in_transit").drift is None
    package = shop.package()
    assert package["trackingUrl"] == becomes
    assert (package["trackingNumber"], package["courier"]) == ("AA123456785BR", "Correios"), (
        "what others filled in stays"
    )


def test_an_invoice_without_a_number_is_told_of_where_links_may_be_filled(vtex: PretendVtex) -> None:
    shop = invoiced(vtex, tracking_number=None)
    assert shop.write("in_transit").drift == "no_number"
    assert shop.calls(Route.TRACKING) == 0
    shop.writes = "if-empty"
    assert shop.write("in_transit").drift is None
    assert shop.package()["trackingNumber"] == "AA123456785BR"


# -- what differs ------------------------------------------------------------------------------------------------------


def test_a_shop_that_takes_it_and_shows_nothing_is_given_time_and_then_listed(shop: Shop) -> None:
    shop.vtex.quirks.shows_writes = False
    for tries in (1, 2, 3):
        shop.tries = tries
        with pytest.raises(SendFailed, match="does not show it yet") as failed:
            shop.write("in_transit")
        assert not failed.value.channel_down
    shop.tries = 4
    assert shop.write("in_transit").drift == "missing_events"
    shop.vtex.quirks.shows_writes = True
    assert shop.write("in_transit").drift is None


def test_a_shop_that_adds_is_found_out_and_told_only_what_is_new(shop: Shop) -> None:
    shop.vtex.quirks.events_mode = EventsMode.APPEND
    assert shop.write("in_transit").drift is None
    assert shop.write("in_transit", "out_for_delivery").drift == "doubled_events"
    shop.is_delta = True
    assert shop.write("in_transit", "out_for_delivery", "attempted").drift is None
    assert shop.lines() == [f"It is {word}" for word in ("in_transit", "in_transit", "out_for_delivery", "attempted")]


def test_what_the_shop_calls_finished_is_never_undone(shop: Shop) -> None:
    shop.vtex.store.finish(shop.order_id, shop.invoice)
    assert shop.write("in_transit", "exception").drift == "finished_in_shop"
    assert shop.calls(Route.TRACKING) == 0


def test_a_delivery_that_my_orders_does_not_show_is_said(vtex: PretendVtex) -> None:
    """Known issue 9: the invoice has the right sum and lacks an item."""
    order_id = vtex.store.place(Purchase(lines=(Line("1"), Line("2"))))
    shop = Shop(vtex, order_id)
    wrong = Invoice(shop.invoice, items=(("1", 1),), value=2 * Line().price, tracking_number="AA123456785BR")
    vtex.store.invoice(order_id, wrong)
    receipt = shop.write("in_transit", "delivered")
    assert receipt.drift == "my_orders_differs"
    assert "Delivering to carrier" in receipt.text


def test_a_marketplace_is_not_told_of_a_delivery_before_the_invoice(vtex: PretendVtex) -> None:
    """Known issue 18."""
    shop = invoiced(vtex, purchase=Purchase(affiliate="MGZ"))
    package = shop.package()
    package["issuanceDate"] = "2026-03-02T20:00:00.0000000+00:00"
    assert shop.write("in_transit", "delivered").drift == "refused_date"
    assert vtex.store.connector_faults == []


def test_a_delivery_to_come_waits_for_its_moment_and_is_listed_until_then(shop: Shop) -> None:
    view = shop.view("in_transit", "delivered")
    ahead = replace(view, truth=replace(view.truth, delivered_at=NOON + timedelta(days=3, hours=2)))
    with pytest.raises(SendFailed) as failed:
        shop.bring(ahead)
    assert (failed.value.drift, failed.value.retry_after_s, failed.value.channel_down) == ("refused_date", 7200, False)
    assert shop.calls(Route.TRACKING) == 0


def test_an_invoice_whose_number_nobody_knows_is_listed_as_such(vtex: PretendVtex) -> None:
    shop = invoiced(vtex, tracking_number=None)
    shop.writes = "if-empty"
    assert shop.bring(replace(shop.view("in_transit"), number=None)).drift == "no_number"
    assert shop.calls(Route.TRACKING, Route.LINK) == 0


def test_a_marketplace_is_not_told_of_a_delivery_before_the_dispatch(vtex: PretendVtex) -> None:
    shop = invoiced(vtex, purchase=Purchase(affiliate="MGZ"))
    shop.package()["dispatchedDate"] = "2026-03-02T20:00:00.0000000+00:00"
    assert shop.write("in_transit", "delivered").drift == "refused_date"
    assert vtex.store.connector_faults == []


def test_a_link_of_ours_changes_nothing_else(vtex: PretendVtex) -> None:
    shop = invoiced(vtex)
    shop.writes = "if-empty"
    shop.package()["dispatchedDate"] = "2026-03-02T11:00:00.0000000+00:00"
    shop.write("in_transit")
    assert shop.package()["trackingUrl"] == OUR_PAGE
    assert str(shop.package()["dispatchedDate"]).startswith("2026-03-02T11:00:00")


# -- refusals ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["24382 /1", "24/382", "24 382"])
def test_an_invoice_number_that_the_shop_cannot_take_is_tried_once_and_listed(vtex: PretendVtex, number: str) -> None:
    """Known issues 4 to 7."""
    shop = invoiced(vtex, number)
    assert shop.write("in_transit").drift == "odd_invoice"
    assert shop.calls(Route.TRACKING) <= 1


def test_an_order_or_invoice_that_is_gone_is_listed(shop: Shop) -> None:
    assert replace(shop, order_id="v0-01").write("in_transit").drift == "order_not_found"
    assert replace(shop, invoice="1").write("in_transit").drift == "invoice_not_found"


def test_a_refused_body_is_tried_once_and_listed_with_the_shops_words(shop: Shop) -> None:
    shop.vtex.faults.plan(
        Fault(400, {}, '{"error":{"code":"OMS999","message":"No, thank you","exception":null}}'), 1, Route.TRACKING
    )
    receipt = shop.write("in_transit")
    assert receipt.drift == "refused"
    assert "No, thank you" in receipt.text


@pytest.mark.parametrize("route", [Route.ORDER, Route.TRACKING])
def test_a_missing_role_and_a_wrong_key_stop_the_channel_and_not_the_parcel(shop: Shop, route: Route) -> None:
    shop.vtex.faults.missing_roles.add(route)
    with pytest.raises(SendFailed) as refused:
        shop.write("in_transit")
    assert refused.value.channel_down
    assert refused.value.drift == "no_rights"
    shop.vtex.faults.clear()
    shop.vtex.faults.rejects_key = True
    with pytest.raises(SendFailed) as refused:
        shop.write("in_transit")
    assert refused.value.channel_down
    assert refused.value.drift is None


@pytest.mark.parametrize("retry_after_s", [None, 300])
def test_throttling_stops_the_channel_for_as_long_as_the_shop_says(shop: Shop, retry_after_s: int | None) -> None:
    shop.vtex.faults.throttle(retry_after_s=retry_after_s)
    with pytest.raises(SendFailed) as refused:
        shop.write("in_transit")
    assert refused.value.channel_down
    assert refused.value.retry_after_s == (retry_after_s or 60)


@pytest.mark.parametrize("fault", ["html", "cut", "500"])
def test_what_passes_by_itself_is_tried_again(shop: Shop, fault: str) -> None:
    faults = shop.vtex.faults
    {"html": faults.answer_html, "cut": faults.cut_answers, "500": faults.fail}[fault](1)
    with pytest.raises(SendFailed) as failed:
        shop.write("in_transit")
    assert not failed.value.permanent
    assert shop.write("in_transit").drift is None


def test_a_preview_says_what_would_be_written(shop: Shop) -> None:
    with shop.channel() as channel:
        delivered = channel.preview(shop.view("in_transit", "delivered"))
        assert delivered == "delivered 2026-03-02 11:00, 2 lines, to invoice 24382"
        assert channel.preview(shop.view("in_transit")) == "in_transit, 1 line, to invoice 24382"
    assert shop.vtex.calls.made == []


# -- labels of marketplaces --------------------------------------------------------------------------------------------


def test_a_number_that_stands_on_a_label_alone_is_not_the_invoices_yet(vtex: PretendVtex) -> None:
    shop = invoiced(vtex, tracking_number=None)
    label = {"trackingId": "AA123456785BR", "courierName": "Correios", "trackingUrl": "https://carrier.example/1"}
    vtex.store.order(shop.order_id)["shippingData"]["trackingHints"] = [label | {"trackingLabel": None}]
    assert shop.write("in_transit").drift == "no_number"
    assert shop.calls(Route.TRACKING) == 0
    shop.writes = "if-empty"
    assert shop.write("in_transit").drift is None
    assert (shop.package()["trackingNumber"], shop.package()["trackingUrl"]) == ("AA123456785BR", OUR_PAGE)
