"""Parcels and orders as the API shows them. Moments are UTC, ISO 8601; null: not known."""

from collections.abc import Mapping
from typing import cast

from pydantic import BaseModel, ConfigDict, Field

from relay.web.api.asked import Direction


def shown(example: object, **headers: str) -> ConfigDict:
    """What stands in the document: an example, and the headers of the answer with their meaning."""
    described = {name: {"description": text, "schema": {"type": "string"}} for name, text in headers.items()}
    return cast("ConfigDict", {"openapi_extra": {"example": example} | ({"headers": described} if described else {})})


class Held(BaseModel):
    status: str
    reason: str
    since: str


class Override(BaseModel):
    status: str
    reason: str
    by: str
    at: str
    until: str


class Scan(BaseModel):
    occurred_at: str | None
    local_time: str | None
    zone_assumed: bool
    status: str
    code: str
    description: str
    place: str
    source: str
    via: str


class Message(BaseModel):
    channel: str
    status: str
    state: str
    due_at: str | None
    sent_at: str | None
    attempts: int
    last_error: str | None
    receipt: str | None


class Parcel(BaseModel):
    shipment_id: str
    package: str
    kind: Direction
    carrier: str | None
    tracking_number: str | None
    status: str
    carrier_status: str
    override: Override | None
    held: Held | None
    asked_at: str | None
    tried_at: str | None
    heard_at: str | None
    changed_at: str | None
    next_ask_at: str | None
    give_up_at: str | None
    delivered_at: str | None
    estimated_at: str | None
    promised_at: str | None
    page_url: str
    events: list[Scan]
    messages: list[Message]


PARCEL: Mapping[str, object] = {
    "shipment_id": "5b1f6c1f8f0e4d3c9a77",
    "package": "1Z204W4R0308071865",
    "kind": "outbound",
    "carrier": "ups",
    "tracking_number": "1Z204W4R0308071865",
    "status": "out_for_delivery",
    "carrier_status": "out_for_delivery",
    "override": None,
    "held": None,
    "asked_at": None,
    "tried_at": None,
    "heard_at": "2026-03-04T12:10:04.000+00:00",
    "changed_at": "2026-03-04T12:10:04.000+00:00",
    "next_ask_at": None,
    "give_up_at": None,
    "delivered_at": None,
    "estimated_at": "2026-03-05",
    "promised_at": "2026-03-06",
    "page_url": "https://tracking.example.com/t/3q2-7wTTo0S1mO9xkKcUdQ",
    "events": [],
    "messages": [],
}
OF_ORDER = {"order_id": "1001", "shop": "default"}
ORDER = {**OF_ORDER, "status": "out_for_delivery", "shipments": [PARCEL]}


class Shipment(Parcel):
    model_config = shown({**OF_ORDER, **PARCEL})

    order_id: str
    shop: str


class Order(BaseModel):
    """As `wismo track --json`."""

    model_config = shown(ORDER)

    order_id: str
    shop: str
    status: str
    shipments: list[Parcel]


class ListedShipment(BaseModel):
    shipment_id: str
    order_id: str
    shop: str
    package: str
    kind: Direction
    carrier: str | None
    tracking_number: str | None
    status: str
    carrier_status: str
    is_overridden: bool
    held: Held | None
    known_at: str
    asked_at: str | None
    tried_at: str | None
    heard_at: str | None
    changed_at: str | None
    give_up_at: str | None
    delivered_at: str | None
    estimated_at: str | None
    promised_at: str | None
    page_url: str


_NOT_LISTED = ("override", "next_ask_at", "events", "messages")
_LISTED = {
    **OF_ORDER,
    **{name: value for name, value in PARCEL.items() if name not in _NOT_LISTED},
    "is_overridden": False,
    "known_at": "2026-03-02T12:00:00.000+00:00",
}


class Page(BaseModel):
    """Newest first. What becomes known meanwhile stands before the first page, and shifts nothing."""

    model_config = shown(
        {"shipments": [_LISTED], "next": "MjAyNi0wMy0wMlQxMjowMDowMC4wMDArMDA6MDB8NWIxZg"},
        Link="With rel=next: the address of the next page (RFC 8288).",
    )

    shipments: list[ListedShipment]
    next: str | None = Field(description="The cursor of the next page; null: this is the last.")
