import httpx

from relay.sandbox.vtex import Mask, PretendVtex, Purchase
from tests.sandbox.vtex.conftest import ORDERS

CL = "/api/dataentities/CL/search"


def test_the_conversation_betrays_the_address_behind_an_alias(vtex: PretendVtex, client: httpx.Client) -> None:
    order_id = vtex.store.place(Purchase(mask=Mask.HARD))
    (message,) = client.get(f"{ORDERS}/{order_id}/conversation-message").json()
    (customer,) = [to for to in message["to"] if to["role"] == "Customer"]
    assert customer["emailAlias"] == vtex.store.order(order_id)["clientProfileData"]["email"]
    assert customer["email"] == "customer@example.com"


def test_master_data_knows_a_customer_by_the_profile(vtex: PretendVtex, client: httpx.Client) -> None:
    order = vtex.store.order(vtex.store.place())
    vtex.store.place(Purchase(email="other@example.com"))
    asked = {"userId": order["clientProfileData"]["userProfileId"], "_fields": "email,firstName,locale"}
    answer = client.get(CL, params=asked, headers={"REST-Range": "resources=0-10"})
    assert answer.json() == [{"email": "customer@example.com", "firstName": "Ana", "locale": "pt-BR"}]
    assert client.get(CL, params=asked | {"userId": "nobody"}).json() == []


def test_master_data_blocks_what_costs_too_much(client: httpx.Client) -> None:
    assert client.get(CL, params={"email": "*@example.com"}).status_code == 503
    assert client.get(CL, params={"_fields": "email"}).status_code == 503
    asked = client.get(CL, params={"userId": "1"}, headers={"REST-Range": "resources=0-101"})
    assert asked.status_code == 400


def test_a_note_is_kept_with_its_order(vtex: PretendVtex, client: httpx.Client) -> None:
    order_id = vtex.store.place()
    note = {"source": "tracking-relay", "message": "corrected by support"}
    assert client.post(f"{ORDERS}/{order_id}/interactions", json=note).status_code == 200
    assert vtex.notes == [(order_id, note)]
    assert client.post(f"{ORDERS}/{order_id}/interactions", json={"source": "x"}).status_code == 400
    assert client.post(f"{ORDERS}/v1-01/interactions", json=note).status_code == 404
