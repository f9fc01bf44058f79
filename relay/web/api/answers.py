"""What the API answers beside parcels and orders, for its document."""

from typing import Literal

from pydantic import BaseModel, Field

from relay.web.api.asked import Direction
from relay.web.api.parcels import OF_ORDER, ORDER, PARCEL, Order, Scan, shown

# -- problems ----------------------------------------------------------------------------------------------------------


class FieldFault(BaseModel):
    field: str
    fault: str
    remedy: str


class Problem(BaseModel):
    """RFC 9457. `what`, `why` and `remedy` are for people; `type` is for programs."""

    type: str
    title: str
    status: int
    detail: str
    what: str
    why: str
    remedy: str
    errors: list[FieldFault] = Field(default_factory=list, description="With 422: everything that is wrong.")
    needed_scope: str | None = Field(None, description="With 403.")
    held_scope: str | None = Field(None, description="With 403.")


# -- about shipments ---------------------------------------------------------------------------------------------------


class Added(BaseModel):
    model_config = shown(
        {"shipment_id": PARCEL["shipment_id"], "is_new": True, "notice": "", "order": ORDER},
        Location="The shipment, or the order where it has none yet.",
    )

    shipment_id: str | None = Field(description="null: the order is not with a carrier yet.")
    is_new: bool
    notice: str = Field(description="What was not kept, and why; usually empty.")
    order: Order


class Asked(BaseModel):
    model_config = shown(
        {"shipment_id": PARCEL["shipment_id"], "asked": "ups", "tracking_number": "1Z204W4R0308071865"}
    )

    shipment_id: str
    asked: str = Field(description="The adapter that asks next, as soon as its budget allows.")
    tracking_number: str


class Preview(BaseModel):
    """What an override changes, or would change."""

    model_config = shown(
        {
            "dry_run": True,
            "order_id": "1001",
            "tracking_number": "1Z204W4R0308071865",
            "before": "out_for_delivery",
            "after": "delivered",
            "carrier_status": "out_for_delivery",
            "until": "carrier",
            "tells": "nobody (not asked to)",
            "writes_shop": "no",
            "effects_at": "2026-03-04T12:20:00.000+00:00",
        }
    )

    dry_run: bool
    order_id: str
    tracking_number: str | None
    before: str
    after: str
    carrier_status: str
    until: str
    tells: str
    writes_shop: str
    effects_at: str


class Lifted(BaseModel):
    model_config = shown({"shipment_id": PARCEL["shipment_id"], "status": "out_for_delivery", "withdrawn": 1})

    shipment_id: str
    status: str
    withdrawn: int = Field(description="Messages that had not left yet, and will not.")


# -- orders, events, the rest ------------------------------------------------------------------------------------------


class FoundOrder(BaseModel):
    order_id: str
    shop: str
    found_by: list[str] = Field(description="order, short, invoice, number, page, email.")


class Found(BaseModel):
    model_config = shown({"orders": [{**OF_ORDER, "found_by": ["number"]}]})

    orders: list[FoundOrder]


class Verdict(Scan):
    kind: str
    received_at: str | None
    used: bool
    rule: str


class Reason(BaseModel):
    channel: str
    status: str
    state: str
    rule: str


class ParcelWhy(BaseModel):
    shipment_id: str
    package: str
    kind: Direction
    tracking_number: str | None
    carrier: str | None
    carrier_because: str
    status: str
    carrier_status: str
    because: str
    asking: str = Field(description="Who is asked about it and how often, or what is missing.")
    known_at: str
    ordered_at: str | None
    announce_from: str | None
    facts: list[Verdict]
    messages: list[Reason]


class Attempt(BaseModel):
    at: str
    actor: str = Field(description="Who it was; of people in Slack their id there.")
    actor_name: str = Field(description="What people in Slack are called there, where it is known.")
    action: str
    outcome: str
    detail: str


class Why(BaseModel):
    """As `wismo why --json`."""

    model_config = shown({**OF_ORDER, "shipments": [], "audit": []})

    order_id: str
    shop: str
    shipments: list[ParcelWhy]
    audit: list[Attempt]


class Heard(BaseModel):
    """What became of a message. It is on disk."""

    model_config = shown(
        {
            "push_id": "0f3b1d2c4e5a69788796a5b4c3d2e1f0",
            "carrier": "acme",
            "tracking_number": "AC-1001",
            "events": 1,
            "new": 1,
            "shipments": [PARCEL["shipment_id"]],
            "reason": "",
            "notice": "",
        }
    )

    push_id: str = Field(description="Under which it is kept and can be read again.")
    carrier: str
    tracking_number: str
    events: int = Field(description="How many could be read.")
    new: int = Field(description="How many of them nobody had told before.")
    shipments: list[str] = Field(description="The shipments that it is about.")
    reason: str = Field(description="What could not be read; usually empty.")
    notice: str = Field(
        description="That no order has this parcel yet (202); that a status is none of our words. Usually empty."
    )


class IncidentOrder(BaseModel):
    order_id: str
    detail: str


class Incident(BaseModel):
    incident_id: str
    kind: str
    title: str
    remedy: str
    opened_at: str
    last_seen_at: str
    closed_at: str | None
    times: int
    parcels: int
    owner: str | None
    snoozed_until: str | None
    snoozed_by: str | None
    known_by: str | None
    part_of: str | None = Field(description="The incident of the same cause that tells of this one.")
    orders: list[IncidentOrder]


class Incidents(BaseModel):
    """Newest first, at most 200."""

    model_config = shown({"incidents": []})

    incidents: list[Incident]


class ReadParcel(BaseModel):
    carrier: str | None
    tracking_number: str | None
    status: str | None
    outcome: str
    delivered_at: str | None
    estimated_at: str | None
    events: list[Scan]


class Parsed(BaseModel):
    """As `wismo parse`."""

    model_config = shown({"action": "apply", "outcome": "ok", "reason": "", "shipments": []})

    action: Literal["apply", "ignore", "unreadable", "fetch", "tracking_stopped"]
    outcome: str
    reason: str
    shipments: list[ReadParcel]
