"""Every route with every kind of key."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from relay.desk import care
from relay.desk.keys import holder_of
from relay.store import ledger
from tests.conftest import NOON
from tests.web.calls import API, Api, Json, filled
from tests.web.conftest import ON_SQLITE, ORDER, OpenApi

READERS = {"read", "write"}
WRITERS = {"write"}
#: Who may use what. ``carrier:ups`` is the carrier that the addresses below name.
MAY: Mapping[str, set[str]] = {
    "list_shipments": READERS,
    "create_shipment": WRITERS,
    "read_shipment": READERS,
    "edit_shipment": WRITERS,
    "check_shipment": WRITERS,
    "set_override": WRITERS,
    "lift_override": WRITERS,
    "find_order": READERS,
    "read_order": READERS,
    "explain_order": READERS,
    "tell_events": WRITERS | {"carrier:ups"},
    "list_incidents": READERS,
    "parse_body": READERS | {"carrier:ups"},
}
STRANGERS = ("none", "nonsense", "revoked", "basic")
BODIES: Mapping[str, Any] = {
    "create_shipment": ORDER,
    "edit_shipment": {"carrier": "ups"},
    "set_override": {"status": "delivered", "reason": "seen by the neighbour"},
    "tell_events": {"status": "in_transit"},
    "parse_body": {"trackingNumber": "1Z"},
}


def headers_of(api: Api, credential: str) -> Mapping[str, str]:
    if credential == "none":
        return {}
    if credential == "nonsense":
        return {"Authorization": "Bearer wismo_ÿ"}
    if credential == "basic":
        return {"Authorization": f"Basic {api.keys['write']}"}
    if credential == "revoked":
        made = care.create_key(api.desk, "write", "", NOON)
        care.revoke_key(api.desk, made.key_id, NOON)
        return {"Authorization": f"Bearer {made.key}"}
    return {"Authorization": f"Bearer {api.keys[credential]}"}


@pytest.mark.parametrize("credential", [*STRANGERS, "read", "write", "carrier:ups", "carrier:correios"])
def test_every_route_lets_in_whom_it_should_and_nobody_else(open_api: OpenApi, credential: str) -> None:
    api = open_api()
    parcel = api.call("POST", "/shipments", json=ORDER).get_json()["shipment_id"]
    assert set(MAY) == set(api.operations)
    for name, (method, address, _) in api.operations.items():
        path = filled(address, shipment_id=parcel, order_id="1001", carrier="ups", number="1Z9", slug="ups")
        path += "?query=1001" if name == "find_order" else ""
        body = {"json": BODIES[name]} if name in BODIES else {}
        answer = api.call_with(headers_of(api, credential), method, path, **body)
        if credential in STRANGERS:
            assert answer.status_code == 401, name
            assert answer.headers["WWW-Authenticate"] == "Bearer"
        elif credential in MAY[name]:
            assert answer.status_code not in {401, 403, 422}, (name, answer.get_json())
        else:
            assert answer.status_code == 403, name
            assert answer.get_json()["held_scope"] == credential
            assert answer.get_json()["needed_scope"] in answer.get_json()["why"]


def test_the_wrong_scope_is_told_which_one_is_needed(api: Api) -> None:
    answer = api.call("POST", "/shipments", "read", json=ORDER)
    assert answer.status_code == 403
    assert answer.get_json()["why"] == "it needs the scope write; the key has read"
    other = api.call("POST", "/shipments/ups/1Z9/events", "carrier:correios", json={"status": "delivered"})
    assert other.get_json()["why"] == "it needs the scope write, or carrier:ups; the key has carrier:correios"


@ON_SQLITE
@pytest.mark.parametrize("carrier", ["UPS", "u-p-s", "%20ups", "ups%2F..", "!!", "0"])
def test_a_carriers_key_speaks_for_that_carrier_however_its_name_is_written(api: Api, carrier: str) -> None:
    answer = api.call("POST", f"/shipments/{carrier}/1Z9/events", "carrier:ups", json={"status": "in_transit"})
    assert answer.status_code == (202 if carrier in {"UPS", "%20ups"} else 404 if "%2F" in carrier else 403)


@ON_SQLITE
def test_a_key_is_looked_at_before_the_body_is(api: Api) -> None:
    for headers, status in ({}, 401), ({"Authorization": f"Bearer {api.keys['read']}"}, 403):
        answer = api.call_with(headers, "POST", "/shipments", data=b"{ no json", content_type="application/json")
        assert answer.status_code == status


def test_the_use_of_a_key_is_written_down_once_a_minute(api: Api) -> None:
    def used(after_s: int) -> Json:
        assert holder_of(api.desk, api.keys["read"], NOON + timedelta(seconds=after_s))
        return next(row["used_at"] for row in care.listed_keys(api.desk) if row["scope"] == "read")

    assert {row["used_at"] for row in care.listed_keys(api.desk)} == {None}
    first = "2026-03-02T12:00:00.000+00:00"
    assert [used(0), used(30), used(59)] == [first] * 3
    assert [used(61), used(100)] == ["2026-03-02T12:01:01.000+00:00"] * 2
    assert len([row for row in care.listed_keys(api.desk) if row["used_at"]]) == 1


def test_health_shows_its_detail_to_a_key_that_reads_and_to_no_carrier(api: Api) -> None:
    def detail(scope: str) -> bool:
        headers = {"Authorization": f"Bearer {api.keys[scope]}", "X-Forwarded-For": "192.0.2.1"}
        return "parcels" in (api.client.get("/health", headers=headers).get_json() or {})

    assert [detail(scope) for scope in ("read", "write", "carrier:ups")] == [True, True, False]


def test_what_a_key_did_is_audited_with_its_name(api: Api, parcel: str) -> None:
    body = {"status": "delivered", "reason": "seen by the neighbour"}
    assert api.call("PUT", f"/shipments/{parcel}/override", json=body).status_code == 200
    assert api.call("PUT", f"/shipments/{parcel}/override", json=body | {"reason": "short"}).status_code == 422
    assert api.call("PATCH", f"/shipments/{parcel}", json={"tracking_number": "1Z8"}).status_code == 200
    assert api.call("DELETE", f"/shipments/{parcel}/override").status_code == 200
    with api.desk.database.read() as tx:
        found = ledger.audit_of(tx, "default", "1001")
    assert sorted((row["action"], row["outcome"]) for row in found) == [
        ("edit", "done"),
        ("lift", "done"),
        ("override", "done"),
        ("override", "refused"),
    ]
    assert all(row["actor"].startswith("api: the write key (") for row in found)


@ON_SQLITE
def test_who_asks_too_often_is_told_when_to_come_back_and_nobody_else_waits(api: Api) -> None:
    key = {"Authorization": f"Bearer {api.keys['read']}"}
    statuses = [api.client.get(f"{API}/incidents", headers=key).status_code for _ in range(601)]
    assert statuses == [200] * 600 + [429]
    answer = api.call("GET", "/incidents", "read")
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert api.call("GET", "/incidents", "write").status_code == 200


@ON_SQLITE
def test_who_guesses_keys_is_stopped_sooner_and_keeps_no_valid_key_out(api: Api) -> None:
    guesses = [api.client.get(f"{API}/incidents", headers={"Authorization": f"Bearer {i}"}) for i in range(31)]
    assert [answer.status_code for answer in guesses] == [401] * 30 + [429]
    assert int(guesses[-1].headers["Retry-After"]) >= 1
    assert api.call("GET", "/incidents", "read").status_code == 200
    for path in ("/live", "/health", "/t/nothing-of-the-kind", "/push/nobody"):
        assert api.client.get(path).status_code != 429
