"""The API of a real process, over a real socket."""

import json
import socket

import httpx

from tests.e2e.conftest import Relay

EVENT = {"occurred_at": "2026-03-04T09:10:00-03:00", "status": "out_for_delivery"}
ORDER = {"order_id": "1001", "carrier": "acme", "tracking_number": "AC-1", "ordered_at": "2026-03-01"}


def key_of(relay: Relay, scope: str) -> str:
    return relay.run("keys", "create", "--scope", scope).stdout.split("\n")[0]


def test_a_script_adds_an_order_and_its_carrier_tells_where_it_is(relay: Relay) -> None:
    relay.start()
    shop, acme = (httpx.Client(base_url=f"{relay.url}/api/v1/") for _ in range(2))
    with shop, acme:
        shop.headers["Authorization"] = f"Bearer {key_of(relay, 'write')}"
        acme.headers["Authorization"] = f"Bearer {key_of(relay, 'carrier:acme')}"
        made = shop.post("shipments", json=ORDER)
        told = acme.post("shipments/acme/AC-1/events", json={"events": [EVENT]})
        assert (made.status_code, told.status_code, told.json()["new"]) == (201, 200, 1)
        assert acme.post("shipments/ups/AC-1/events", json={"events": [EVENT]}).status_code == 403
        assert shop.post("shipments/acme/AC-1/events", json={"events": [EVENT]}).json()["new"] == 1
        tracked = json.loads(relay.run("track", "1001", "--json").stdout)
        assert shop.get("orders/1001").json() == tracked
        assert tracked["status"] == "out_for_delivery"
        for slug in ("api", "standard"):
            replayed = relay.run("replay", "--carrier", slug, "--since", "2026-01-01")
            assert replayed.returncode == 0
            assert replayed.stdout.startswith("replayed 1 "), replayed.stdout
        assert shop.get("orders/1001").json() == tracked
        assert _check_without_a_length(relay, made.json()["shipment_id"], shop.headers["Authorization"]) == "409"
    assert relay.stop() == 0


def _check_without_a_length(relay: Relay, shipment_id: str, key: str) -> str:
    """The status that ``curl -X POST`` gets, which says no length where there is no body."""
    with socket.create_connection(("127.0.0.1", relay.port), timeout=10) as connection:
        head = f"POST /api/v1/shipments/{shipment_id}/check HTTP/1.1\r\nHost: x\r\nAuthorization: {key}\r\n\r\n"
        connection.sendall(head.encode())
        return connection.recv(100).decode().split(" ")[1]
