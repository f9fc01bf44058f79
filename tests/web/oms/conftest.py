"""The door with real keys on a real store, and what a carrier that calls VTEX today would send."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from relay.database import Database, Row
from relay.desk import Desk, care
from relay.desk.view import order_json
from relay.intake import Policy, parcels
from relay.intake.parcels import Parcel
from relay.intake.refused import Refused
from relay.settings import load_settings
from relay.web import create_app
from tests.conftest import NOON
from tests.intake.conftest import database, postgresql_install, sqlite, sqlite_install
from tests.intake.steps import later, shipment

__all__ = ["database", "postgresql_install", "sqlite", "sqlite_install"]

ORDER, INVOICE, NUMBER = "v502556abc-01", "24382", "OM265512653BR"
ON_THE_WAY = {"city": "Cajamar", "state": "SP", "description": "Em trânsito", "date": "2026-03-01"}
AT_THE_DOOR = {"city": "Campinas", "state": "SP", "description": "Saiu para entrega", "date": "2026-03-02 08:10"}
EVENTS = {"isDelivered": False, "deliveredDate": None, "events": [ON_THE_WAY, AT_THE_DOOR]}
DELIVERED = {**EVENTS, "isDelivered": True, "deliveredDate": "2026-03-02 08:55"}


@dataclass
class Door:
    """A shop's relay as its carriers see it, and as its people do."""

    desk: Desk
    client: FlaskClient
    refused: Refused
    at: datetime = NOON

    def key(self, scope: str) -> dict[str, str]:
        made = care.create_key(self.desk, scope, "a carrier", NOON)
        return {"X-VTEX-API-AppKey": "vtexappkey-mystore-ABCDEF", "X-VTEX-API-AppToken": made.key}

    def tell(
        self, key: dict[str, str], body: object = EVENTS, *, order: str = ORDER, invoice: str = INVOICE
    ) -> TestResponse:
        return self.client.put(f"{address(order, invoice)}/tracking", json=body, headers=key)

    def link(
        self,
        key: dict[str, str],
        number: object = NUMBER,
        *,
        order: str = ORDER,
        invoice: str = INVOICE,
        **more: object,
    ) -> TestResponse:
        body = {"trackingNumber": number, "trackingUrl": None, "courier": None, "dispatchedDate": None, **more}
        return self.client.patch(address(order, invoice), json=body, headers=key)

    def add(
        self,
        order: str = ORDER,
        invoice: str = INVOICE,
        *,
        number: str | None = NUMBER,
        carrier: str | None = None,
        url: str | None = None,
    ) -> None:
        """The shop tells of the package."""
        parcel = Parcel(package=invoice, tracking_number=number, carrier=carrier, tracking_url=url)
        self.desk.database.write(
            lambda tx: parcels.record_order(
                tx, self.desk.policy, order, {"email": "ana@example.com"}, parcel, self.at, shop="default"
            )
        )

    def parcel(self, order: str = ORDER) -> Row:
        return shipment(self.desk.database, order)

    def state(self, order: str = ORDER) -> tuple[str | None, str | None, str]:
        row = self.parcel(order)
        return row["carrier"], row["tracking_number"], row["shown_status"]

    def events(self, order: str = ORDER) -> list[dict[str, object]]:
        with self.desk.database.read() as tx:
            shown = order_json(tx, self.desk.settings, "default", order)
        found: list[dict[str, object]] = shown["shipments"][0]["events"]  # type: ignore[index]  # the contract's shape
        return found

    def kept(self) -> list[Row]:
        """Every request that is kept, in the order of arrival."""
        with self.desk.database.read() as tx:
            return tx.rows("SELECT * FROM pushes WHERE body IS NOT NULL ORDER BY received_at, push_id")

    def wait(self, hours: float) -> None:
        self.at = later(hours)


def address(order: str = ORDER, invoice: str = INVOICE) -> str:
    return f"/api/oms/pvt/orders/{quote(order, safe='')}/invoice/{quote(invoice, safe='')}"


def as_sent(body: object) -> bytes:
    """JSON as most programs write it, NaN and lone surrogates included."""
    return json.dumps(body).encode()


def said(answer: TestResponse) -> dict[str, Any]:
    """An answer, which is an object whatever it says."""
    assert isinstance(answer.json, dict)
    return answer.json


@pytest.fixture(scope="session")
def doors() -> dict[int, Door]:
    """One app for each store: making one costs more than most tests here."""
    return {}


OpenDoor = Callable[[Database], Door]


@pytest.fixture
def open_door(policy: Policy, doors: dict[int, Door]) -> OpenDoor:
    def opened(store: Database) -> Door:
        if id(store) not in doors:
            desk, refused = Desk(store, load_settings({}, env_file=None), policy), Refused()
            client = create_app(desk, refused, lambda: doors[id(store)].at).test_client()
            doors[id(store)] = Door(desk, client, refused)
        door = doors[id(store)]
        door.at = NOON
        return door

    return opened


@pytest.fixture
def door(open_door: OpenDoor, database: Database) -> Door:
    return open_door(database)


@pytest.fixture
def sqlite_door(open_door: OpenDoor, sqlite: Database) -> Door:
    """On one engine, for what no engine has a part in."""
    return open_door(sqlite)
