from typing import Any

import httpx
import pytest

from relay.sandbox.vtex import Invoice, PretendVtex, Purchase
from tests.sandbox.vtex.conftest import Address, Hours

HOOK = "/api/orders/hook/config"
WORKFLOW = {"type": "FromWorkflow", "status": ["invoiced", "canceled"]}


def config(address: Address) -> dict[str, Any]:
    return {"filter": WORKFLOW, "hook": {"url": address.url, "headers": {"X-Relay-Secret": "long-random"}}}


def invoiced(vtex: PretendVtex, purchase: Purchase | None = None) -> str:
    order_id = vtex.store.place(purchase or Purchase())
    vtex.store.invoice(order_id, Invoice("24382"))
    return order_id


@pytest.fixture
def hooked(vtex: PretendVtex, client: httpx.Client, address: Address) -> Address:
    assert client.post(HOOK, json=config(address)).status_code == 200
    address.taken.clear()
    return address


# -- configuration -----------------------------------------------------------------------------------------------------


def test_a_hook_is_saved_once_its_address_answers_a_ping(client: httpx.Client, address: Address) -> None:
    assert client.get(HOOK).status_code == 404
    assert client.post(HOOK, json=config(address)).status_code == 200
    assert address.taken == [{"hookConfig": "ping"}]
    assert client.get(HOOK).json() == config(address)
    assert client.delete(HOOK).status_code == 200
    assert client.get(HOOK).status_code == 404
    assert client.delete(HOOK).status_code == 404


def test_a_hook_whose_address_does_not_answer_200_is_not_saved(client: httpx.Client, address: Address) -> None:
    address.status = 204
    refused = client.post(HOOK, json=config(address))
    assert refused.status_code == 400
    assert refused.json()["errors"] == {"Hook.Url": ["Unable to check address"]}
    assert client.get(HOOK).status_code == 404


def test_plain_http_is_taken_for_this_machine_until_it_is_switched_off(
    vtex: PretendVtex, client: httpx.Client, address: Address
) -> None:
    far = config(address) | {"hook": {"url": "http://relay.example.com/hook"}}
    assert client.post(HOOK, json=far).json()["errors"] == {"Hook.Url": ["Only https scheme is accepted"]}
    vtex.quirks.takes_http = False
    assert client.post(HOOK, json=config(address)).status_code == 400


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"filter": WORKFLOW | {"expression": "true"}}, 409),
        ({"filter": {"type": "FromWorkflow"}}, 400),
        ({"filter": {"type": "FromOrders"}}, 400),
        ({"filter": {"type": "FromNowhere"}}, 400),
        ({"filter": None}, 400),
        ({"filter": {"type": "FromWorkflow", "status": [1]}}, 400),
        ({"hook": {}}, 400),
        ({"hook": {"url": "https://[relay"}}, 400),
        ({"hook": {"url": "https://127.0.0.1:1", "headers": {"X-Relay-Secret": 1}}}, 400),
        ({"hook": {"url": "http://127.0.0.1:1"}}, 400),
    ],
)
def test_a_wrong_configuration_is_refused(
    client: httpx.Client, address: Address, change: dict[str, Any], status: int
) -> None:
    assert client.post(HOOK, json=config(address) | change).status_code == status
    assert client.post(HOOK, json=[change]).status_code == 400
    assert client.get(HOOK).status_code == 404


def test_somebody_elses_hook_can_be_there_already(vtex: PretendVtex, client: httpx.Client) -> None:
    theirs = {"filter": WORKFLOW, "hook": {"url": "https://erp.example.com/vtex", "headers": {}}}
    vtex.hook.install(theirs)
    assert client.get(HOOK).json() == theirs


# -- notices -----------------------------------------------------------------------------------------------------------


def test_a_notice_has_the_headers_and_the_shape_that_were_agreed(vtex: PretendVtex, hooked: Address) -> None:
    order_id = invoiced(vtex)
    assert vtex.hook.deliver_due() == 1
    (notice,) = hooked.taken
    assert (notice["OrderId"], notice["State"], notice["LastState"]) == (order_id, "invoiced", "invoice")
    assert notice["Domain"] == "Marketplace"
    assert notice["CurrentChange"] == "2026-03-02T12:00:00.0000001Z"
    assert notice["Origin"] == {"Account": "mystore", "Key": vtex.key.app_key}
    assert hooked.headers[-1]["X-Relay-Secret"] == "long-random"
    assert vtex.hook.deliver_due() == 0


def test_one_purchase_is_told_of_in_both_domains(vtex: PretendVtex, hooked: Address) -> None:
    order_id = invoiced(vtex, Purchase(has_copy=True))
    vtex.hook.deliver_due()
    told = {(notice["Domain"], notice["OrderId"]) for notice in hooked.taken}
    assert told == {("Marketplace", order_id), ("Fulfillment", f"00-{order_id}")}


def test_a_tracking_number_is_no_change_of_a_status(vtex: PretendVtex, hooked: Address) -> None:
    order_id = invoiced(vtex)
    vtex.hook.deliver_due()
    vtex.store.set_tracking(order_id, "24382", {"trackingNumber": "OM1BR"})
    assert vtex.hook.deliver_due() == 0


def test_a_hook_on_documents_hears_every_change(vtex: PretendVtex, client: httpx.Client, address: Address) -> None:
    every = {"type": "FromOrders", "expression": "true", "disableSingleFire": True}
    client.post(HOOK, json=config(address) | {"filter": every})
    order_id = invoiced(vtex)
    vtex.store.set_tracking(order_id, "24382", {"trackingNumber": "OM1BR"})
    assert vtex.hook.deliver_due() == 4
    client.post(HOOK, json=config(address) | {"filter": every | {"disableSingleFire": False}})
    invoiced(vtex)
    assert vtex.hook.deliver_due() == 1


def test_what_was_not_taken_is_sent_again_after_growing_waits(vtex: PretendVtex, hooked: Address, hours: Hours) -> None:
    hooked.status = 500
    invoiced(vtex)
    waits = []
    for _ in range(4):
        before = hours.now()
        assert vtex.hook.deliver_due() == 0
        due = vtex.hook.next_due_at()
        assert due
        waits.append((due - before).total_seconds())
        assert vtex.hook.deliver_due() == 0
        hours.past += waits[-1] / 3600
    assert waits == pytest.approx([1, 1.11, 1.2321, 1.367631], abs=1e-5)
    assert len(hooked.taken) == 4
    hooked.status = 200
    assert vtex.hook.deliver_due() == 1
    assert vtex.hook.backlog == 0


def test_after_more_than_a_hundred_failures_a_notice_is_dropped(
    vtex: PretendVtex, hooked: Address, hours: Hours
) -> None:
    hooked.status = 404
    order_id = invoiced(vtex)
    tries = 0
    while due := vtex.hook.next_due_at():
        hours.past = (due - Hours().now()).total_seconds() / 3600
        vtex.hook.deliver_due()
        tries += 1
    assert tries == 101
    assert [notice["OrderId"] for notice in vtex.hook.dropped] == [order_id]
    assert 3.5 < hours.past / 24 < 4


def test_an_answer_that_comes_too_late_is_none(vtex: PretendVtex, hooked: Address) -> None:
    vtex.hook.answer_within_s = 0.05
    hooked.open.clear()
    invoiced(vtex)
    assert vtex.hook.deliver_due() == 0
    assert vtex.hook.posts[-1].outcome == "ReadTimeout"
    assert vtex.hook.backlog == 1


def test_a_hook_that_was_idle_for_three_days_is_deleted(
    vtex: PretendVtex, client: httpx.Client, hooked: Address, hours: Hours
) -> None:
    hours.past = 71
    invoiced(vtex)
    vtex.hook.deliver_due()
    hours.past = 71 + 71.9
    assert client.get(HOOK).status_code == 200
    hours.past = 71 + 72
    assert client.get(HOOK).status_code == 404
    assert vtex.hook.deleted_at == hours.now()
    invoiced(vtex)
    assert vtex.hook.deliver_due() == 0


def test_notices_can_be_lost_doubled_reversed_and_unwanted(vtex: PretendVtex, hooked: Address) -> None:
    vtex.quirks.lost_notices = 3
    invoiced(vtex)
    assert vtex.hook.backlog == 0
    vtex.quirks.sends_twice = vtex.quirks.sends_backwards = vtex.quirks.ignores_filter = True
    invoiced(vtex)
    vtex.hook.deliver_due()
    told = [notice["State"] for notice in hooked.taken]
    assert told == ["invoiced", "invoiced", "invoice", "invoice", "ready-for-handling", "ready-for-handling"]
