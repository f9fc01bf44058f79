import re
from datetime import timedelta
from typing import Any

import httpx
import pytest

from relay.sandbox.vtex import Invoice, Line, Mask, NoSuchOrder, Origin, PretendVtex, Purchase, Template
from tests.conftest import NOON
from tests.sandbox.vtex.conftest import ORDERS, Hours

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}\+00:00")


def read(client: httpx.Client, order_id: str) -> dict[str, Any]:
    answer = client.get(f"{ORDERS}/{order_id}")
    assert answer.status_code == 200
    order: dict[str, Any] = answer.json()
    return order


def test_an_order_is_read_by_its_id_and_by_its_sequence(vtex: PretendVtex, client: httpx.Client) -> None:
    order_id = vtex.store.place()
    order = read(client, order_id)
    assert (order["orderId"], order["sequence"], order["orderGroup"]) == ("v502556abc-01", "502556", "v502556abc")
    assert order["status"] == "ready-for-handling"
    assert read(client, "seq502556") == order


def test_moments_have_seven_digits(vtex: PretendVtex, client: httpx.Client) -> None:
    order_id = vtex.store.place()
    vtex.store.invoice(order_id, Invoice("24382"))
    order = read(client, order_id)
    moments = [order[name] for name in ("creationDate", "lastChange", "authorizedDate", "invoicedDate")]
    moments.append(order["packageAttachment"]["packages"][0]["issuanceDate"])
    moments.append(order["shippingData"]["logisticsInfo"][0]["shippingEstimateDate"])
    assert all(MOMENT.fullmatch(moment) for moment in moments)


def test_an_unknown_order_is_not_found(client: httpx.Client) -> None:
    answer = client.get(f"{ORDERS}/v1-01")
    assert answer.status_code == 404
    assert answer.json() == {"error": {"code": "OMS007", "message": "Order Not Found", "exception": None}}


def test_a_partial_invoice_leaves_the_order_in_an_earlier_status(vtex: PretendVtex, client: httpx.Client) -> None:
    order_id = vtex.store.place(Purchase(lines=(Line("1"), Line("2", quantity=2))))
    vtex.store.invoice(order_id, Invoice("1", items=(("2", 1),)))
    partly = read(client, order_id)
    assert (partly["status"], partly["invoicedDate"]) == ("invoice", None)
    assert partly["packageAttachment"]["packages"][0]["items"] == [{"itemIndex": 1, "quantity": 1, "price": 10150}]
    vtex.store.invoice(order_id, Invoice("2"))
    wholly = read(client, order_id)
    assert wholly["status"] == "invoiced"
    items = wholly["packageAttachment"]["packages"][1]["items"]
    assert [(item["itemIndex"], item["quantity"]) for item in items] == [(0, 1), (1, 1)]


def test_the_same_invoice_again_makes_no_second_package(vtex: PretendVtex) -> None:
    order_id = vtex.store.place()
    first = vtex.store.invoice(order_id, Invoice("24382"))
    assert vtex.store.invoice(order_id, Invoice("24382", courier="Another")) is first
    assert len(vtex.store.order(order_id)["packageAttachment"]["packages"]) == 1


def test_an_invoice_of_what_was_never_bought_is_refused(vtex: PretendVtex) -> None:
    order_id = vtex.store.place(Purchase(lines=(Line("1"),)))
    with pytest.raises(ValueError, match="has no item '9': name SKUs of 1"):
        vtex.store.invoice(order_id, Invoice("1", items=(("9", 1),)))


def test_the_items_of_an_sku_that_was_bought_twice_are_guessed_wrongly(vtex: PretendVtex) -> None:
    order_id = vtex.store.place(Purchase(lines=(Line("1"), Line("1"))))
    package = vtex.store.invoice(order_id, Invoice("24382"))
    assert [(item["itemIndex"], item["quantity"]) for item in package["items"]] == [(0, 2)]


def test_a_return_is_a_package_that_changes_no_status(vtex: PretendVtex, client: httpx.Client) -> None:
    order_id = vtex.store.place()
    vtex.store.invoice(order_id, Invoice("1"))
    vtex.store.add_input_invoice(order_id, Invoice("2", tracking_number="BACK1"))
    order = read(client, order_id)
    assert [package["type"] for package in order["packageAttachment"]["packages"]] == ["Output", "Input"]
    assert order["packageAttachment"]["packages"][1]["items"] == [{"itemIndex": 0, "quantity": 1, "price": 10150}]
    assert order["status"] == "invoiced"


def test_a_canceled_and_a_replaced_order_say_so(vtex: PretendVtex) -> None:
    canceled, old = vtex.store.place(), vtex.store.place()
    vtex.store.cancel(canceled)
    new = vtex.store.replace(old)
    assert [vtex.store.order(one)["status"] for one in (canceled, old, new)] == [
        "canceled",
        "replaced",
        "ready-for-handling",
    ]


def test_vtex_mails_no_invoiced_for_an_order_that_replaced_another(vtex: PretendVtex) -> None:
    first = vtex.store.place()
    second = vtex.store.replace(first)
    for order_id in (first, second):
        vtex.store.invoice(order_id, Invoice(order_id))
    assert [(mail.template, mail.order_id) for mail in vtex.store.mails] == [(Template.INVOICED, first)]


def test_a_purchase_of_two_sellers_is_two_orders_of_one_group(vtex: PretendVtex) -> None:
    first = vtex.store.place(Purchase(group="1268540501456"))
    second = vtex.store.place(Purchase(group="1268540501456"))
    assert (first, second) == ("1268540501456-01", "1268540501456-02")
    assert vtex.store.order(first)["sequence"] == vtex.store.order(second)["sequence"]


def test_both_copies_of_an_order_show_the_same_packages(vtex: PretendVtex, client: httpx.Client) -> None:
    order_id = vtex.store.place(Purchase(has_copy=True))
    vtex.store.invoice(order_id, Invoice("24382", tracking_number="OM1BR"))
    own, copy = read(client, order_id), read(client, f"00-{order_id}")
    assert (own["origin"], copy["origin"]) == (Origin.MARKETPLACE, Origin.FULFILLMENT)
    assert copy["marketplaceOrderId"] == order_id
    assert own["sellerOrderId"] == copy["orderId"]
    assert own["packageAttachment"] == copy["packageAttachment"]
    assert (own["status"], copy["status"]) == ("invoiced", "invoiced")


def test_a_marketplaces_copy_can_fail_to_become_invoiced(vtex: PretendVtex) -> None:
    vtex.quirks.marketplace_copy_stays = True
    order_id = vtex.store.place(Purchase(has_copy=True))
    vtex.store.invoice(order_id, Invoice("24382"))
    assert vtex.store.order(order_id)["status"] == "invoice"
    assert vtex.store.order(f"00-{order_id}")["status"] == "invoiced"


@pytest.mark.parametrize(
    ("mask", "form"),
    [
        (Mask.HARD, r"[0-9a-f]{32}@ct\.vtex\.com\.br"),
        (Mask.SOFT, r"customer@example\.com-[0-9]+[a-z]?\.ct\.vtex\.com\.br"),
        (Mask.NONE, r"customer@example\.com"),
    ],
)
def test_an_address_is_masked(vtex: PretendVtex, client: httpx.Client, mask: Mask, form: str) -> None:
    order = read(client, vtex.store.place(Purchase(mask=mask, locale=None)))
    assert re.fullmatch(form, order["clientProfileData"]["email"])
    assert order["clientPreferencesData"]["locale"] is None


def test_an_order_can_be_shown_with_odd_fields(vtex: PretendVtex, client: httpx.Client, hours: Hours) -> None:
    order_id = vtex.store.place()
    hours.past = 1
    vtex.store.show_instead(order_id, {"shippingData": None, "status": None})
    order = read(client, order_id)
    assert (order["shippingData"], order["status"]) == (None, None)
    assert vtex.store.order(order_id)["status"] == "ready-for-handling"
    assert order["lastChange"].startswith(f"{NOON + timedelta(hours=1):%Y-%m-%dT%H:%M}")


def test_the_python_side_names_what_it_does_not_know(vtex: PretendVtex) -> None:
    with pytest.raises(NoSuchOrder, match="v1-01"):
        vtex.store.cancel("v1-01")


def test_an_invoice_too_many_leaves_the_order_invoiced(vtex: PretendVtex) -> None:
    order_id = vtex.store.place(Purchase(lines=(Line("1", quantity=2),)))
    vtex.store.invoice(order_id, Invoice("1", items=(("1", 1),), value=20300))
    mails = len(vtex.store.mails)
    vtex.store.invoice(order_id, Invoice("2"))
    order = vtex.store.order(order_id)
    assert (order["status"], len(order["packageAttachment"]["packages"])) == ("invoiced", 2)
    assert len(vtex.store.mails) == mails


def test_wrong_items_for_the_right_sum_make_an_order_invoiced(vtex: PretendVtex) -> None:
    order_id = vtex.store.place(Purchase(lines=(Line("1"), Line("2"))))
    package = vtex.store.invoice(order_id, Invoice("1", items=(("1", 1),), value=20300))
    assert vtex.store.order(order_id)["status"] == "invoiced"
    assert [item["itemIndex"] for item in package["items"]] == [0]
