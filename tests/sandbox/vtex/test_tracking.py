from typing import Any
from urllib.parse import quote

import httpx
import pytest

from relay.sandbox.vtex import (
    PLAIN,
    EventsMode,
    Invoice,
    Origin,
    PretendVtex,
    Purchase,
    Route,
    Template,
)
from tests.sandbox.vtex.conftest import ORDERS, Hours

LINK = {"trackingNumber": "OM1BR", "trackingUrl": "https://carrier.example/t/OM1BR", "courier": "Correios"}
FIRST = {"city": "Cajamar", "state": "SP", "description": "In transit", "date": "2026-03-02"}
LAST = {"city": "Campinas", "state": "SP", "description": "Delivered", "date": "2026-03-03 16:15"}
MOVING = {"isDelivered": False, "deliveredDate": None, "events": [FIRST]}
DELIVERED = {"isDelivered": True, "deliveredDate": "2026-03-03 16:15", "events": [FIRST, LAST]}


def invoiced(vtex: PretendVtex, invoice: Invoice, purchase: Purchase = PLAIN) -> str:
    order_id = vtex.store.place(purchase)
    vtex.store.invoice(order_id, invoice)
    return order_id


def linked(vtex: PretendVtex, purchase: Purchase = PLAIN) -> str:
    return invoiced(vtex, Invoice("24382", tracking_number="OM1BR", tracking_url=LINK["trackingUrl"]), purchase)


def path(order_id: str, number: str = "24382") -> str:
    return f"{ORDERS}/{order_id}/invoice/{quote(number, safe='')}"


def put(client: httpx.Client, order_id: str, body: object, number: str = "24382") -> httpx.Response:
    return client.put(f"{path(order_id, number)}/tracking", json=body)


def status(vtex: PretendVtex, order_id: str, number: str = "24382") -> dict[str, Any]:
    shown: dict[str, Any] = vtex.store.package(order_id, number)["courierStatus"]
    return shown


def mailed(vtex: PretendVtex) -> list[Template]:
    return [mail.template for mail in vtex.store.mails if mail.template is not Template.INVOICED]


# -- the link ----------------------------------------------------------------------------------------------------------


def test_a_link_is_set_when_all_four_keys_are_there(vtex: PretendVtex, client: httpx.Client) -> None:
    order_id = invoiced(vtex, Invoice("24382"))
    refused = client.patch(path(order_id), json=LINK)
    assert (refused.status_code, refused.json()["error"]["message"]) == (400, "dispatchedDate is missing")
    taken = client.patch(path(order_id), json=LINK | {"dispatchedDate": None})
    assert taken.status_code == 200
    assert set(taken.json()) == {"date", "orderId", "receipt"}
    package = vtex.store.package(order_id, "24382")
    assert {key: package[key] for key in LINK} == LINK


def test_the_receipt_of_a_link_names_the_sellers_copy(vtex: PretendVtex, client: httpx.Client) -> None:
    order_id = invoiced(vtex, Invoice("24382"), Purchase(has_copy=True))
    taken = client.patch(path(order_id), json=LINK | {"dispatchedDate": None})
    assert taken.json()["orderId"] == f"00-{order_id}"


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ([1], "JSON object"),
        (LINK | {"dispatchedDate": "soon"}, "dispatchedDate"),
        (LINK | {"dispatchedDate": None, "trackingNumber": 1}, "trackingNumber"),
    ],
)
def test_a_link_of_another_shape_is_refused(vtex: PretendVtex, client: httpx.Client, body: object, named: str) -> None:
    answer = client.patch(path(invoiced(vtex, Invoice("24382"))), json=body)
    assert answer.status_code == 400
    assert named in answer.json()["error"]["message"]


# -- events ------------------------------------------------------------------------------------------------------------


def test_events_are_shown_and_a_parcel_becomes_finished(vtex: PretendVtex, client: httpx.Client) -> None:
    order_id = linked(vtex)
    receipt = put(client, order_id, DELIVERED)
    assert receipt.status_code == 200
    assert receipt.json()["orderId"] == order_id
    shown = client.get(f"{ORDERS}/{order_id}").json()["packageAttachment"]["packages"][0]["courierStatus"]
    assert (shown["finished"], shown["deliveredDate"]) == (True, "2026-03-03T16:15:00+00:00")
    assert shown["data"][0] == {
        "lastChange": "2026-03-02T00:00:00+00:00",
        "city": "Cajamar",
        "state": "SP",
        "description": "In transit",
        "createDate": "2026-03-02T00:00:00+00:00",
    }
    assert shown["data"][1]["lastChange"] == "2026-03-03T16:15:00+00:00"


@pytest.mark.parametrize(("mode", "count"), [(EventsMode.REPLACE, 2), (EventsMode.APPEND, 3)])
def test_events_replace_or_are_appended(vtex: PretendVtex, client: httpx.Client, mode: EventsMode, count: int) -> None:
    vtex.quirks.events_mode = mode
    order_id = linked(vtex)
    put(client, order_id, MOVING)
    put(client, order_id, DELIVERED)
    assert len(status(vtex, order_id)["data"]) == count


def test_finished_is_never_taken_back(vtex: PretendVtex, client: httpx.Client) -> None:
    order_id = linked(vtex)
    put(client, order_id, DELIVERED)
    put(client, order_id, MOVING)
    assert status(vtex, order_id)["finished"] is True


def test_others_may_say_finished(vtex: PretendVtex, client: httpx.Client) -> None:
    order_id = linked(vtex)
    vtex.store.finish(order_id, "24382")
    package = client.get(f"{ORDERS}/{order_id}").json()["packageAttachment"]["packages"][0]
    assert package["courierStatus"]["finished"] is True


def test_a_write_can_be_accepted_and_not_shown(vtex: PretendVtex, client: httpx.Client) -> None:
    vtex.quirks.shows_writes = False
    order_id = linked(vtex)
    assert put(client, order_id, DELIVERED).status_code == 200
    assert status(vtex, order_id) == {"status": None, "finished": False, "deliveredDate": None, "data": []}


def test_identical_repeats_are_counted(vtex: PretendVtex, client: httpx.Client) -> None:
    order_id = linked(vtex)
    for body in (MOVING, MOVING, DELIVERED, MOVING):
        put(client, order_id, body)
    assert vtex.store.repeats == 1


def test_keys_that_clients_leave_out_may_be_missing(vtex: PretendVtex, client: httpx.Client) -> None:
    order_id = linked(vtex)
    body = {"events": [{"description": "In transit", "date": "2026-03-02T11:00:00-03:00"}]}
    assert put(client, order_id, body).status_code == 200
    assert status(vtex, order_id)["data"][0]["lastChange"] == "2026-03-02T14:00:00+00:00"


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ([], "JSON object"),
        ({"isDelivered": True}, "events"),
        (MOVING | {"events": ["In transit"]}, "events"),
        (MOVING | {"isDelivered": "yes"}, "isDelivered"),
        (MOVING | {"deliveredDate": "soon"}, "deliveredDate"),
        (MOVING | {"events": [FIRST | {"date": None}]}, "events.date"),
        (MOVING | {"events": [FIRST | {"description": "x" * 5001}]}, "events.description"),
    ],
)
def test_a_body_of_another_shape_is_refused(vtex: PretendVtex, client: httpx.Client, body: object, named: str) -> None:
    answer = put(client, linked(vtex), body)
    assert answer.status_code == 400
    assert named in answer.json()["error"]["message"]


# -- refusals ----------------------------------------------------------------------------------------------------------


def test_an_unknown_invoice_is_not_found(vtex: PretendVtex, client: httpx.Client) -> None:
    order_id = linked(vtex)
    link = LINK | {"dispatchedDate": "2026-03-02T09:00:00+00:00"}
    for answer in (put(client, order_id, MOVING, "999"), client.patch(path(order_id, "999"), json=link)):
        assert (answer.status_code, answer.json()["error"]["message"]) == (404, "Invoice Not Found")
    assert put(client, "v1-01", MOVING).json()["error"]["code"] == "OMS007"


def test_without_a_tracking_number_events_are_refused(vtex: PretendVtex, client: httpx.Client) -> None:
    answer = put(client, invoiced(vtex, Invoice("24382")), MOVING)
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, "Invoice 24382 has no tracking number")


@pytest.mark.parametrize(("number", "refusal"), [("12 3", 500), ("123 ", 500), ("12/3", 404), ("a/tracking", 404)])
def test_numbers_with_certain_signs_are_refused(
    vtex: PretendVtex, client: httpx.Client, number: str, refusal: int
) -> None:
    order_id = invoiced(vtex, Invoice(number, tracking_number="OM1BR"))
    assert put(client, order_id, MOVING, number).status_code == refusal
    assert client.patch(path(order_id, number), json=LINK | {"dispatchedDate": None}).status_code == refusal
    assert f"/invoice/{quote(number, safe='')}/tracking" in vtex.calls.of(Route.TRACKING)[0].path


def test_a_number_that_was_trimmed_is_another_number(vtex: PretendVtex, client: httpx.Client) -> None:
    order_id = invoiced(vtex, Invoice("123 ", tracking_number="OM1BR"))
    assert put(client, order_id, MOVING, "123").json()["error"]["message"] == "Invoice Not Found"


def test_other_signs_are_taken_until_they_are_switched(vtex: PretendVtex, client: httpx.Client) -> None:
    order_id = invoiced(vtex, Invoice("12#3", tracking_number="OM1BR"))
    assert put(client, order_id, MOVING, "12#3").status_code == 200
    vtex.quirks.refused_signs["#"] = 400
    assert put(client, order_id, MOVING, "12#3").status_code == 400


# -- VTEX's own mails --------------------------------------------------------------------------------------------------


def test_vtex_is_silent_on_the_first_events_and_mails_the_next(vtex: PretendVtex, client: httpx.Client) -> None:
    order_id = linked(vtex)
    assert mailed(vtex) == [Template.SHIPPED]
    put(client, order_id, MOVING)
    assert mailed(vtex) == [Template.SHIPPED]
    put(client, order_id, MOVING)
    assert mailed(vtex) == [Template.SHIPPED]
    put(client, order_id, DELIVERED)
    assert mailed(vtex) == [Template.SHIPPED, Template.UPDATE, Template.FINISHED]


def test_vtex_is_silent_without_a_url_until_one_is_filled_in(vtex: PretendVtex, client: httpx.Client) -> None:
    order_id = invoiced(vtex, Invoice("24382", tracking_number="OM1BR"))
    put(client, order_id, MOVING)
    put(client, order_id, DELIVERED)
    assert mailed(vtex) == []
    client.patch(path(order_id), json=LINK | {"dispatchedDate": None})
    assert mailed(vtex) == [Template.SHIPPED]


def test_the_marketplace_mails_and_a_seller_does_not(vtex: PretendVtex, client: httpx.Client) -> None:
    both, seller = Purchase(has_copy=True), Purchase(origin=Origin.FULFILLMENT, affiliate="MGZ")
    own, other = linked(vtex, both), linked(vtex, seller)
    put(client, f"00-{own}", DELIVERED)
    put(client, other, DELIVERED)
    assert {mail.order_id for mail in vtex.store.mails} == {own}
    assert mailed(vtex) == [Template.SHIPPED, Template.FINISHED]


def test_a_marketplaces_connector_refuses_dates_that_cannot_be(
    vtex: PretendVtex, client: httpx.Client, hours: Hours
) -> None:
    order_id = linked(vtex, Purchase(affiliate="MGZ"))
    put(client, order_id, MOVING)
    put(client, order_id, DELIVERED)
    hours.past = 48
    put(client, order_id, DELIVERED)
    put(client, order_id, DELIVERED | {"deliveredDate": "2026-03-02 08:00"})
    assert [why for _, why in vtex.store.connector_faults] == [
        "the delivery date lies in the future",
        "the delivery date must be later than the dispatch date",
    ]
