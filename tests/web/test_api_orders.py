"""Overrides and orders over the API."""

from typing import Any

import pytest

from tests.web.calls import Api
from tests.web.conftest import ON_SQLITE, ORDER

# -- overrides ---------------------------------------------------------------------------------------------------------

DELIVERED = {"status": "delivered", "reason": "The customer confirmed it by phone"}


def test_an_override_is_previewed_set_and_lifted(api: Api, parcel: str) -> None:
    seen = api.call("PUT", f"/shipments/{parcel}/override", json=DELIVERED | {"tell": True, "dry_run": True})
    assert (seen.get_json()["before"], seen.get_json()["after"], seen.get_json()["dry_run"]) == (
        "pending",
        "delivered",
        True,
    )
    assert api.call("GET", f"/shipments/{parcel}", "read").get_json()["status"] == "pending"
    done = api.call("PUT", f"/shipments/{parcel}/override", json=DELIVERED | {"tell": True})
    assert done.get_json() == seen.get_json() | {"dry_run": False}
    shown = api.call("GET", f"/shipments/{parcel}", "read").get_json()
    assert (shown["status"], shown["override"]["reason"]) == ("delivered", DELIVERED["reason"])
    assert [message["status"] for message in shown["messages"] if message["state"] == "due"] == ["delivered"]
    lifted = api.call("DELETE", f"/shipments/{parcel}/override")
    assert (lifted.get_json()["status"], lifted.get_json()["withdrawn"]) == ("pending", 1)
    assert api.call("DELETE", f"/shipments/{parcel}/override").status_code == 404


@ON_SQLITE
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"status": "lost"}, "status"),
        ({"status": None}, "status"),
        ({"reason": "because"}, "reason"),
        ({"until": "tomorrow"}, "until"),
        ({"until": "2026-03-01"}, "until"),
        ({"until": "0001-01-01T00:00:00+14:00"}, "until"),
        ({"until": "9999-12-31T23:59:59-14:00"}, "until"),
        ({"tell": "yes"}, "tell"),
        ({"write_shop": True}, "write_shop"),
        ({"by": "somebody else"}, "by"),
    ],
)
def test_a_wrong_override_is_refused_by_its_field(api: Api, parcel: str, wrong: dict[str, Any], field: str) -> None:
    for dry_run in (True, False):
        answer = api.call("PUT", f"/shipments/{parcel}/override", json=DELIVERED | wrong | {"dry_run": dry_run})
        assert answer.status_code == 422
        assert [fault["field"] for fault in answer.get_json()["errors"]] == [field]
    assert api.call("GET", f"/shipments/{parcel}", "read").get_json()["override"] is None


# -- orders ------------------------------------------------------------------------------------------------------------


def test_orders_are_found_by_whatever_somebody_has_of_them(api: Api, parcel: str) -> None:
    api.call("POST", "/shipments", json={"order_id": "1002", "email": "ana@example.com"})

    def found(query: str) -> list[str]:
        answer = api.call("GET", f"/orders?query={query}", "read")
        return sorted(one["order_id"] for one in answer.get_json()["orders"])

    assert found("1001") == found("1Z204W4R0308071865") == ["1001"]
    assert found("ANA@example.com") == ["1001", "1002"]
    assert found("nobody") == []
    assert api.call("GET", "/orders", "read").status_code == 422


def test_an_order_is_read_and_explained(api: Api, parcel: str) -> None:
    event = {"occurred_at": "2026-03-02T10:00:00Z", "status": "in_transit"}
    api.call("POST", f"/shipments/ups/{ORDER['tracking_number']}/events", json={"events": [event]})
    order = api.call("GET", "/orders/1001", "read").get_json()
    assert order["status"] == "in_transit"
    assert order["shipments"][0]["events"][0]["via"] == "api"
    why = api.call("GET", "/orders/1001/why", "read").get_json()
    assert [fact["rule"] for fact in why["shipments"][0]["facts"]] == ["decides: nothing newer replaces it"]
    missing = api.call("GET", "/orders/1002", "read")
    assert (missing.status_code, "query=" in missing.get_json()["remedy"]) == (404, True)
    assert api.call("GET", "/orders/1002/why", "read").status_code == 404
    assert api.call("GET", "/orders/%00", "read").status_code == 422
