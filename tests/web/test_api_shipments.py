"""Shipments over the API: made once, listed page by page, corrected, asked about."""

from datetime import timedelta

import pytest

from relay.database import Tx
from relay.desk import keeping
from relay.intake import parcels
from relay.intake.parcels import Parcel
from relay.store import asks
from relay.store import facts as fact_store
from tests.conftest import NOON
from tests.web.calls import Api, Json
from tests.web.conftest import ON_SQLITE, ORDER, OpenApi

# -- made, once --------------------------------------------------------------------------------------------------------


def test_an_order_is_made_once_and_completed_as_often_as_it_is_told(api: Api) -> None:
    first = api.call("POST", "/shipments", json=ORDER)
    again = api.call("POST", "/shipments", json=ORDER)
    more = api.call("POST", "/shipments", json={"order_id": "1001", "promised_at": "2026-03-09"})
    assert [answer.status_code for answer in (first, again, more)] == [201, 200, 200]
    assert first.get_json()["shipment_id"] == again.get_json()["shipment_id"]
    found = api.client.get(first.headers["Location"], headers={"Authorization": f"Bearer {api.keys['read']}"})
    assert found.get_json()["promised_at"] == "2026-03-09"
    assert found.get_json()["tracking_number"] == ORDER["tracking_number"]
    (shown,) = api.call("GET", "/orders/1001", "read").get_json()["shipments"]
    assert found.get_json() == {"order_id": "1001", "shop": "default", **shown}


def test_an_order_that_is_not_with_a_carrier_yet_has_no_shipment(api: Api) -> None:
    answer = api.call("POST", "/shipments", json={"order_id": "A/1 ü", "email": "ana@example.com"})
    assert (answer.status_code, answer.get_json()["shipment_id"]) == (201, None)
    key = {"Authorization": f"Bearer {api.keys['read']}"}
    assert api.client.get(answer.headers["Location"], headers=key).get_json()["order_id"] == "A/1 ü"


def test_a_second_parcel_of_an_order_is_made(api: Api, parcel: str) -> None:
    answer = api.call("POST", "/shipments", json={"order_id": "1001", "package": "NF-2", "kind": "return"})
    assert answer.status_code == 201
    assert answer.get_json()["shipment_id"] != parcel
    assert [one["kind"] for one in answer.get_json()["order"]["shipments"]] == ["outbound", "return"]


def test_the_direction_of_a_parcel_is_not_changed_in_silence(api: Api, parcel: str) -> None:
    answer = api.call("POST", "/shipments", json=ORDER | {"kind": "return", "name": "Ana"})
    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["field"] == "kind"
    assert api.call("POST", "/shipments", json=ORDER | {"kind": "outbound"}).status_code == 200


@ON_SQLITE
def test_everything_that_is_wrong_with_an_order_is_named_at_once_by_its_field_in_json(api: Api) -> None:
    body = {
        "order_id": "",
        "carrier": "!!",
        "tracking_number": " - ",
        "email": "ana",
        "locale": "tlh",
        "promised_at": "soon",
        "ordered_at": "2026-03-01T10:00",
        "tracking_url": "ftp://x",
    }
    answer = api.call("POST", "/shipments", json=body)
    assert answer.status_code == 422
    remedies = {fault["field"]: fault["remedy"] for fault in answer.get_json()["errors"]}
    assert remedies.keys() == body.keys()
    assert all(remedies.values())
    assert remedies["order_id"] == "Every order has its id"
    assert api.call("GET", "/shipments", "read").get_json()["shipments"] == []


def test_an_erased_customer_stays_erased_and_the_caller_is_told(api: Api, parcel: str) -> None:
    keeping.forget(api.desk, "1001", "ana", NOON)
    answer = api.call("POST", "/shipments", json=ORDER)
    assert answer.status_code == 200
    assert "erased" in answer.get_json()["notice"]


# -- listed ------------------------------------------------------------------------------------------------------------


def fill(api: Api, first: int, last: int) -> list[str]:
    """Parcels, three a minute; their ids."""

    def work(tx: Tx) -> list[str]:
        made = []
        for index in range(first, last):
            at, parcel = NOON + timedelta(minutes=index // 3), Parcel("ups", f"1Z{index:05}")
            _, row = parcels.record_order(tx, api.desk.policy, f"o{index}", {}, parcel, at, shop="default")
            made.append(row["shipment_id"] if row else "")
        return made

    return api.desk.database.write(work)


def listed(api: Api, query: str = "") -> list[str]:
    answer = api.call("GET", f"/shipments?{query}", "read")
    assert answer.status_code == 200, answer.get_json()
    return [one["tracking_number"] for one in answer.get_json()["shipments"]]


def test_pages_show_each_parcel_once_while_others_become_known(api: Api) -> None:
    wanted = set(fill(api, 0, 250))
    seen: list[str] = []
    address, page = "/shipments?limit=37&open=true", 0
    while address:
        answer = api.call("GET", address, "read")
        seen += [one["shipment_id"] for one in answer.get_json()["shipments"]]
        fill(api, 1000 + page, 1001 + page)
        page += 1
        link = answer.headers.get("Link", "")
        assert bool(link) == bool(answer.get_json()["next"])
        address = link.partition(">")[0].removeprefix("</api/v1")
    assert page == 7
    assert len(seen) == len(set(seen))
    assert set(seen) == wanted


def test_the_list_is_asked_by_state_and_clock(api: Api) -> None:
    for number in ("1Z1", "1Z2", "1Z3"):
        api.call("POST", "/shipments", json={"order_id": f"o{number}", "carrier": "ups", "tracking_number": number})
    tell(api, "ups", "1Z1", "in_transit", "2026-03-01T10:00:00Z")
    tell(api, "ups", "1Z2", "in_transit", "2026-03-01T10:00:00Z")
    tell(api, "ups", "1Z2", "delivered", "2026-03-02T10:00:00Z")
    assert api.call("GET", "/shipments?limit=3", "read").get_json()["next"] is None, "a full page may be the last"
    assert listed(api, "status=in_transit") == ["1Z1"]
    assert listed(api, "status=delivered") == ["1Z2"]
    assert listed(api, "open=false") == ["1Z2"]
    assert sorted(listed(api, "open=true")) == ["1Z1", "1Z3"]
    assert listed(api, "order_id=o1Z3") == ["1Z3"]
    assert sorted(listed(api, "carrier=UPS")) == ["1Z1", "1Z2", "1Z3"]
    assert listed(api, "carrier=correios") == []
    assert listed(api, "kind=return") == []
    # Whoever was never heard was not heard before any moment either.
    assert listed(api, "heard_before=2026-03-02T12:00:00Z") == ["1Z3"]
    assert sorted(listed(api, "asked_before=2026-03-02T12:00:00Z")) == ["1Z1", "1Z2", "1Z3"]
    assert listed(api, "changed_before=2026-03-02T12:00:00Z") == ["1Z3"]
    assert sorted(listed(api, "changed_after=2026-03-02T09:00:00-03:00".replace("+", "%2B"))) == ["1Z1", "1Z2"]
    assert listed(api, "changed_after=2026-03-02T12:00:01Z") == []
    assert listed(api, "held=true") == []
    assert len(listed(api, "held=false&overridden=false&given_up=false")) == 3


def test_what_is_held_overridden_or_given_up_is_listed(api: Api) -> None:
    held = api.call("POST", "/shipments", json=ORDER).get_json()["shipment_id"]
    tell(api, "ups", ORDER["tracking_number"], "delivered", "2026-03-02T10:00:00Z")
    assert listed(api, "held=true") == [ORDER["tracking_number"]]
    body = {"status": "exception", "reason": "the depot called us", "until": "lifted"}
    assert api.call("PUT", f"/shipments/{held}/override", json=body).status_code == 200
    assert listed(api, "overridden=true") == listed(api, "status=exception") == [ORDER["tracking_number"]]
    late = {"order_id": "late", "tracking_number": "L1", "promised_at": "2026-02-20"}
    api.call("POST", "/shipments", json=late)
    assert listed(api, "given_up=true") == ["L1"]
    assert listed(api, "given_up=false") == [ORDER["tracking_number"]]
    with api.desk.database.read() as tx:
        assert [row["tracking_number"] for row in asks.given_up(tx, NOON, 9)] == ["L1"]


@ON_SQLITE
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=99999999999999999999999", "limit"),
        ("limit=ten", "limit"),
        ("status=lost", "status"),
        ("heard_before=2026-03-02T12:00:00+03:00", "heard_before"),
        ("heard_before=2026-03-02T12:00:00", "heard_before"),
        ("heard_before=0001-01-01T00:00:00%2B14:00", "heard_before"),
        ("heard_before=yesterday", "heard_before"),
        ("open=perhaps", "open"),
        ("cursor=%20", "cursor"),
        ("cursor=nonsense", "cursor"),
        ("cursor=_____w", "cursor"),
        ("cursor=AHww", "cursor"),
        ("carrier=%00", "carrier"),
        ("stauts=pending", "stauts"),
    ],
)
def test_a_wrong_condition_is_named(api: Api, query: str, field: str) -> None:
    answer = api.call("GET", f"/shipments?{query}", "read")
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.get_json()["errors"]] == [field]


# -- one ---------------------------------------------------------------------------------------------------------------


def tell(api: Api, carrier: str, number: str, status: str, at: str) -> None:
    body = {"events": [{"occurred_at": at, "status": status}]}
    assert api.call("POST", f"/shipments/{carrier}/{number}/events", json=body).status_code in {200, 202}


def test_a_correction_applies_what_is_known_of_the_new_number(api: Api, parcel: str) -> None:
    tell(api, "correios", "AA123456785BR", "out_for_delivery", "2026-03-02T10:00:00Z")
    right = {"carrier": "Correios", "tracking_number": "AA123456785BR"}
    answer = api.call("PATCH", f"/shipments/{parcel}", json=right)
    assert answer.status_code == 200
    assert (answer.get_json()["carrier"], answer.get_json()["status"]) == ("correios", "out_for_delivery")
    assert api.call("PATCH", f"/shipments/{parcel}", json={}).status_code == 422
    assert api.call("PATCH", f"/shipments/{parcel}", json={"carrier": "!!"}).status_code == 422


@ON_SQLITE
@pytest.mark.parametrize("method", ["GET", "PATCH", "POST", "PUT", "DELETE"])
def test_a_shipment_that_is_not_there_is_said_to_be_missing(api: Api, method: str) -> None:
    address = {"POST": "/check", "PUT": "/override", "DELETE": "/override"}.get(method, "")
    bodies: dict[str, Json] = {
        "PATCH": {"carrier": "ups"},
        "PUT": {"status": "delivered", "reason": "seen by the neighbour"},
    }
    answer = api.call(method, f"/shipments/1001{address}", json=bodies.get(method))
    assert answer.status_code == 404
    assert "there is no shipment" in answer.get_json()["why"]


def test_nobody_to_ask_is_a_conflict_that_names_the_setting(api: Api, parcel: str) -> None:
    answer = api.call("POST", f"/shipments/{parcel}/check")
    assert answer.status_code == 409
    assert "WISMO_UPS_CLIENT_ID" in answer.get_json()["remedy"]
    without = api.call("POST", "/shipments", json={"order_id": "2", "package": "NF-1"}).get_json()["shipment_id"]
    assert api.call("POST", f"/shipments/{without}/check").status_code == 409


def test_a_check_puts_the_parcel_first_in_the_queue(open_api: OpenApi) -> None:
    api = open_api(ups_client_id="id", ups_client_secret="secret")
    parcel = api.call("POST", "/shipments", json=ORDER).get_json()["shipment_id"]
    answer = api.call("POST", f"/shipments/{parcel}/check")
    assert (answer.status_code, answer.get_json()["asked"]) == (202, "ups")
    with api.desk.database.read() as tx:
        track = fact_store.track(tx, f"ups/{ORDER['tracking_number']}")
    assert track is not None
    assert track["wanted_at"] == "2026-03-02T12:00:00.000+00:00"
