from datetime import timedelta
from typing import Any

import httpx
import pytest

from relay.sandbox.vtex import Invoice, Origin, PretendVtex, Purchase
from tests.sandbox.vtex.conftest import ORDERS, Hours


def ask(client: httpx.Client, **given: str | int) -> dict[str, Any]:
    answer = client.get(ORDERS, params=given)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def listed(client: httpx.Client, **given: str | int) -> list[str]:
    return [row["orderId"] for row in ask(client, **given)["list"]]


def test_pages_have_fifteen_rows_and_at_most_a_hundred(vtex: PretendVtex, client: httpx.Client) -> None:
    placed = [vtex.store.place() for _ in range(32)]
    told = ask(client)
    assert told["paging"] == {"total": 32, "pages": 3, "currentPage": 1, "perPage": 15}
    pages = [listed(client, page=page, per_page=15) for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [15, 15, 2]
    assert sorted(one for page in pages for one in page) == sorted(placed)
    assert len(listed(client, per_page=100)) == 32


def test_a_row_has_no_packages(vtex: PretendVtex, client: httpx.Client) -> None:
    order_id = vtex.store.place(Purchase(affiliate="MGZ", origin=Origin.FULFILLMENT))
    vtex.store.invoice(order_id, Invoice("24382", tracking_number="OM1BR"))
    (row,) = ask(client)["list"]
    assert (row["status"], row["affiliateId"], row["origin"]) == ("invoiced", "MGZ", "Fulfillment")
    assert "packageAttachment" not in row


@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_rows_are_sorted_by_creation(vtex: PretendVtex, client: httpx.Client, hours: Hours, direction: str) -> None:
    placed = []
    for hour in range(3):
        hours.past = hour
        placed.append(vtex.store.place())
    expected = placed if direction == "asc" else placed[::-1]
    assert listed(client, orderBy=f"creationDate,{direction}") == expected


def test_dates_and_statuses_narrow_the_list(vtex: PretendVtex, client: httpx.Client, hours: Hours) -> None:
    early, late = vtex.store.place(), vtex.store.place()
    hours.past = 24
    vtex.store.invoice(late, Invoice("24382"))
    newest = vtex.store.place()
    second_day = "[2026-03-03T00:00:00.000Z TO 2026-03-03T23:59:59.999Z]"
    assert listed(client, f_invoicedDate=f"invoicedDate:{second_day}") == [late]
    assert listed(client, f_creationDate=f"creationDate:{second_day}") == [newest]
    assert sorted(listed(client, f_status="invoiced,ready-for-handling")) == sorted([early, late, newest])
    assert listed(client, f_status="invoiced") == [late]
    assert listed(client, q=early) == [early]


def test_the_index_is_late(vtex: PretendVtex, client: httpx.Client, hours: Hours) -> None:
    vtex.quirks.index_lag = timedelta(minutes=4)
    order_id = vtex.store.place()
    assert listed(client) == []
    hours.past = 0.1
    vtex.store.invoice(order_id, Invoice("24382"))
    assert [row["status"] for row in ask(client)["list"]] == ["ready-for-handling"]
    hours.past = 0.2
    assert [row["status"] for row in ask(client)["list"]] == ["invoiced"]


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"page": "31"}, "page"),
        ({"per_page": "101"}, "per_page"),
        ({"page": "0"}, "page"),
        ({"orderBy": "name,asc"}, "orderBy"),
        ({"f_creationDate": "creationDate:[yesterday]"}, "f_creationDate"),
        ({"f_creationDate": "creationDate:[a TO b]"}, "f_creationDate"),
        ({"f_creationDate": "invoicedDate:[2026-03-03T00:00:00Z TO 2026-03-03T00:00:00Z]"}, "f_creationDate"),
        ({"f_trackingNumber": "1"}, "f_trackingNumber"),
    ],
)
def test_a_question_that_is_not_understood_is_refused(client: httpx.Client, given: dict[str, str], named: str) -> None:
    answer = client.get(ORDERS, params=given)
    assert answer.status_code == 400
    assert named in answer.json()["error"]["message"]
