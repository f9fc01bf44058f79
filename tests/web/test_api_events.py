"""What carriers and scripts tell through the API, and what an adapter makes of a body."""

from typing import Any

import orjson
import pytest
from standardwebhooks import Webhook

from relay.intake.record import replay_push
from relay.store import facts as fact_store
from tests.conftest import NOON
from tests.web.calls import Api, Json
from tests.web.conftest import ON_SQLITE, ORDER, OpenApi

NUMBER = ORDER["tracking_number"]
ADDRESS = f"/shipments/ups/{NUMBER}/events"
MOVED = {"occurred_at": "2026-03-02T07:00:00-03:00", "status": "in_transit", "code": "10", "place": "Recife, PE"}
AT_THE_DOOR = {"occurred_at": "2026-03-02T08:00:00-03:00", "status": "out_for_delivery", "code": "40"}
SECRET = "whsec_c2VjcmV0LW9mLXRoZS10ZXN0cw=="


def shown(api: Api, parcel: str) -> dict[str, Any]:
    found: dict[str, Any] = api.call("GET", f"/shipments/{parcel}", "read").get_json()
    return found


# -- who says what -----------------------------------------------------------------------------------------------------


def test_what_a_carrier_tells_is_its_own_word_and_counts_once(api: Api, parcel: str) -> None:
    answers = [
        api.call("POST", ADDRESS, "carrier:ups", json={"events": events})
        for events in ([MOVED], [MOVED], [AT_THE_DOOR, MOVED])
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert [(one.get_json()["events"], one.get_json()["new"]) for one in answers] == [(1, 1), (1, 0), (2, 1)]
    assert answers[0].get_json()["shipments"] == [parcel]
    events = shown(api, parcel)["events"]
    assert [(one["status"], one["source"], one["via"]) for one in events] == [
        ("in_transit", "standard", "api"),
        ("out_for_delivery", "standard", "api"),
    ]
    with api.desk.database.read() as tx:
        assert all(fact.is_own for fact in fact_store.facts_of(tx, f"ups/{NUMBER}"))


@ON_SQLITE
def test_a_word_that_is_none_of_ours_changes_nothing_and_its_sender_is_told(api: Api, parcel: str) -> None:
    api.call("POST", ADDRESS, json={"events": [MOVED]})
    answer = api.call("POST", ADDRESS, json={"events": [AT_THE_DOOR | {"status": "out_for_delivry"}]})
    assert (answer.status_code, answer.get_json()["new"]) == (200, 1)
    assert "out_for_delivery" in answer.get_json()["notice"]
    assert shown(api, parcel)["status"] == "in_transit"
    assert api.call("POST", ADDRESS, json={"events": [AT_THE_DOOR]}).get_json()["notice"] == ""


@ON_SQLITE
def test_it_is_the_same_fact_through_the_standard_push(open_api: OpenApi) -> None:
    api = open_api(standard_push_secrets=SECRET)
    api.call("POST", "/shipments", json=ORDER)
    message = {"type": "shipment.updated", "carrier": "ups", "tracking_number": NUMBER, "events": [MOVED]}
    body = orjson.dumps(message)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(NOON.timestamp())),
        "webhook-signature": Webhook(SECRET).sign("msg_1", NOON, body.decode()),
    }
    assert api.client.post("/push/standard", data=body, headers=headers).status_code == 200
    answer = api.call("POST", ADDRESS, "carrier:ups", json={"events": [MOVED]})
    assert answer.get_json()["new"] == 0


def test_a_script_of_the_shops_speaks_for_itself_and_after_the_carrier(api: Api, parcel: str) -> None:
    assert api.call("POST", ADDRESS, "write", json={"events": [MOVED, AT_THE_DOOR]}).get_json()["new"] == 2
    assert {one["source"] for one in shown(api, parcel)["events"]} == {"api"}
    assert api.call("POST", ADDRESS, "carrier:ups", json={"events": [MOVED]}).get_json()["new"] == 1
    found = shown(api, parcel)
    assert [one["source"] for one in found["events"]] == ["standard"], "the carrier's own timeline is shown"
    assert found["status"] == "out_for_delivery", "what the script told still counts"


def test_a_script_may_be_the_second_word_about_a_held_delivery(api: Api, parcel: str) -> None:
    delivered = {"events": [{"occurred_at": "2026-03-02T08:30:00-03:00", "status": "delivered"}]}
    api.call("POST", ADDRESS, "carrier:ups", json=delivered)
    assert shown(api, parcel)["held"]["status"] == "delivered"
    api.call("POST", ADDRESS, "write", json=delivered)
    assert (shown(api, parcel)["held"], shown(api, parcel)["status"]) == (None, "delivered")


# -- nothing lost ------------------------------------------------------------------------------------------------------


def test_a_parcel_that_nobody_knows_yet_waits_for_its_order(api: Api) -> None:
    answer = api.call("POST", ADDRESS, "carrier:ups", json={"events": [AT_THE_DOOR]})
    assert answer.status_code == 202
    assert "No order" in answer.get_json()["notice"]
    made = api.call("POST", "/shipments", json=ORDER).get_json()
    assert made["order"]["status"] == "out_for_delivery"


@pytest.mark.parametrize("scope", ["carrier:ups", "write"])
def test_what_was_told_is_kept_as_it_came_and_can_be_read_again(api: Api, parcel: str, scope: str) -> None:
    raw = b' {"events":[' + orjson.dumps(MOVED) + b'],  "reference":"r\\u00e9f" } '
    told = api.call("POST", ADDRESS, scope, data=raw, content_type="application/json")
    assert told.status_code == 200, told.get_json()
    with api.desk.database.read() as tx:
        kept = fact_store.push(tx, told.get_json()["push_id"])
        before = fact_store.facts_of(tx, f"ups/{NUMBER}")
    assert kept is not None
    assert api.keys[scope] not in kept["headers"]
    done = replay_push(api.desk.database, api.desk.policy, kept["push_id"], NOON, announce=False)
    assert (done.action, done.reason) == ("apply", "")
    with api.desk.database.read() as tx:
        assert fact_store.facts_of(tx, f"ups/{NUMBER}") == before


def test_what_can_be_read_is_taken_and_the_rest_is_named(api: Api, parcel: str) -> None:
    events = [MOVED, AT_THE_DOOR | {"occurred_at": "at noon"}, AT_THE_DOOR | {"status": " "}]
    answer = api.call("POST", ADDRESS, json={"events": events, "estimated_at": "soon"})
    assert answer.status_code == 200
    assert answer.get_json()["reason"].split("; ")[:2] == [
        "events[1].occurred_at: not a moment",
        "events[2].status: missing",
    ]
    assert shown(api, parcel)["status"] == "in_transit"


def test_of_what_cannot_be_read_at_all_nothing_is_kept_and_the_caller_knows(api: Api, parcel: str) -> None:
    bodies: list[Json] = [{"events": [MOVED | {"status": " "}]}, {"status": "x" * 201}, {"events": []}, {}]
    for body in bodies:
        answer = api.call("POST", ADDRESS, json=body)
        assert answer.status_code == 422, body
        assert answer.get_json()["errors"][0]["fault"]
    with api.desk.database.read() as tx:
        assert fact_store.push_ids(tx, unread=False, slug=None, since=None) == []


@ON_SQLITE
@pytest.mark.parametrize("more", [{"type": "shipment.updated"}, {"carrier": "correios"}, {"tracking_number": "1Z8"}])
def test_the_address_alone_says_which_parcel_it_is(api: Api, parcel: str, more: dict[str, str]) -> None:
    assert api.call("POST", ADDRESS, "carrier:ups", json={"events": [MOVED], **more}).status_code == 422
    name, value = next(iter(more.items()))
    hidden = b'{"events":[],"status":"in_transit","\\u00%02x%s":"%s"}' % (
        ord(name[0]),
        name[1:].encode(),
        value.encode(),
    )
    answer = api.call("POST", ADDRESS, "carrier:ups", data=hidden, content_type="application/json")
    assert answer.status_code == 422


def test_an_idempotency_key_changes_nothing(api: Api, parcel: str) -> None:
    headers = {"Authorization": f"Bearer {api.keys['write']}", "Idempotency-Key": "a-key"}
    first = api.call_with(headers, "POST", ADDRESS, json={"events": [MOVED]})
    again = api.call_with(headers, "POST", ADDRESS, json={"events": [AT_THE_DOOR]})
    assert [first.get_json()["new"], again.get_json()["new"]] == [1, 1]


# -- parse -------------------------------------------------------------------------------------------------------------


def test_a_body_is_shown_as_its_adapter_reads_it_and_is_not_stored(api: Api) -> None:
    message = {"type": "shipment.updated", "carrier": "acme", "tracking_number": "A1", "events": [MOVED]}
    answer = api.call("POST", "/parse/standard", "read", data=orjson.dumps(message), content_type="text/plain")
    (parcel,) = answer.get_json()["shipments"]
    assert (parcel["tracking_number"], parcel["status"]) == ("A1", "in_transit")
    unreadable = api.call("POST", "/parse/ups", "carrier:ups", data=b"\xff\x00")
    assert unreadable.get_json()["action"] == "unreadable"
    refused = api.call("POST", "/parse/ups?via=poll&http_status=401&number=1Z9", "read", data=b"{}")
    assert refused.get_json()["outcome"] == "auth_error"
    assert api.call("POST", "/parse/nobody", "read", data=b"{}").status_code == 404
    assert api.call("POST", "/parse/ups?via=fax", "read", data=b"{}").status_code == 422
    with api.desk.database.read() as tx:
        assert fact_store.push_ids(tx, unread=False, slug=None, since=None) == []


def test_incidents_are_listed_with_the_orders_behind_them(api: Api, parcel: str) -> None:
    late = MOVED | {"occurred_at": "2026-02-25T07:00:00-03:00"}
    api.call("POST", ADDRESS, json={"events": [late]})
    (incident,) = api.call("GET", "/incidents?open=true", "read").get_json()["incidents"]
    assert (incident["kind"], incident["orders"][0]["order_id"]) == ("untold", "1001")
    assert api.call("GET", "/incidents?open=maybe", "read").status_code == 422
