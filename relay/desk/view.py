"""An order as JSON for scripts, and a parcel as its customer may see it."""

from collections.abc import Sequence
from datetime import date, datetime

from relay import tracking
from relay.carriers import all_carriers
from relay.database import Row, Tx
from relay.desk.accounts import askers_of, who_asks
from relay.desk.facets import Trouble
from relay.intake.answers import Plan, plan_of
from relay.intake.cancelled import CALLED_OFF
from relay.intake.state import circumstances
from relay.model import (
    EventView,
    Fact,
    Kind,
    MailView,
    OutboxMessage,
    ParcelView,
    Status,
    optional_moment,
    optional_text,
)
from relay.settings import Settings
from relay.store import facts as fact_store
from relay.store import incidents, ledger, orders, outbox

# -- for scripts -------------------------------------------------------------------------------------------------------


def order_json(tx: Tx, settings: Settings, shop: str, order_id: str) -> dict[str, object]:
    """The contract's ``track --json``."""
    order = orders.order(tx, shop, order_id)
    shipments = orders.shipments_of(tx, shop, order_id)
    return {
        "order_id": order_id,
        "shop": shop,
        "status": _status_of(order, shipments).value,
        "shipments": [_shipment_json(tx, settings, order, row) for row in shipments],
    }


def shipment_json(tx: Tx, settings: Settings, shipment: Row) -> dict[str, object]:
    """One parcel of an order, as :func:`order_json` shows it, and whose it is."""
    order = orders.order(tx, shipment["shop"], shipment["order_id"])
    shown = _shipment_json(tx, settings, order, shipment)
    return {"order_id": shipment["order_id"], "shop": shipment["shop"], **shown}


def _status_of(order: Row, shipments: Sequence[Row]) -> Status:
    """Of an order that its shop called off before there was a parcel, that is all there is to say."""
    if not shipments and order["shop_status"] in CALLED_OFF:
        return Status.CANCELLED
    return order_status([Status(row["shown_status"]) for row in shipments])


def order_status(parcels: Sequence[Status]) -> Status:
    """An order is where its slowest parcel is; one without parcels is pending."""
    on_the_way = [status for status in parcels if not status.is_final]
    if on_the_way:
        return min(on_the_way, key=lambda status: status.rank)
    return max(parcels, key=lambda status: status.rank, default=Status.PENDING)


def _shipment_json(tx: Tx, settings: Settings, order: Row, shipment: Row) -> dict[str, object]:
    track = fact_store.track(tx, shipment["track_id"]) if shipment["track_id"] else None
    clocks = track or dict.fromkeys(("asked_at", "tried_at", "heard_at"))
    plan = plan_of(track, shipment) if track else Plan(None, None)
    asker = who_asks(askers_of(settings, all_carriers()), shipment["carrier"])
    facts = fact_store.facts_of(tx, shipment["track_id"])
    return {
        "shipment_id": shipment["shipment_id"],
        "package": shipment["package"],
        "kind": shipment["kind"],
        "carrier": shipment["carrier"],
        "tracking_number": shipment["tracking_number"],
        "status": shipment["shown_status"],
        "carrier_status": shipment["status"],
        "override": _override_json(tx, shipment["override_id"]),
        "held": held_json(shipment),
        "asked_at": clocks["asked_at"],
        "tried_at": clocks["tried_at"],
        "heard_at": clocks["heard_at"],
        "changed_at": shipment["changed_at"],
        "next_ask_at": optional_text(plan.ask_at) if asker else None,
        "give_up_at": optional_text(plan.give_up_at),
        "delivered_at": shipment["delivered_at"],
        "estimated_at": shipment["estimated_at"],
        "promised_at": order["promised_at"],
        "page_url": page_url(settings, order),
        "events": [event_json(fact) for fact in _timeline(facts, shipment)],
        "messages": [_message_json(row) for row in outbox.messages_of(tx, shipment["shipment_id"])],
    }


def page_url(settings: Settings, order: Row) -> str:
    return f"{settings.public_url}/t/{order['page_token']}"


def _override_json(tx: Tx, override_id: str | None) -> dict[str, object] | None:
    override = ledger.override(tx, override_id)
    if override is None:
        return None
    return {
        "status": override.status.value,
        "reason": override.reason,
        "by": override.author,
        "at": optional_text(override.at),
        "until": optional_text(override.until) or override.until_word,
    }


def held_json(shipment: Row) -> dict[str, object] | None:
    if not shipment["held_since"]:
        return None
    return {"status": shipment["held_status"], "reason": shipment["held_reason"], "since": shipment["held_since"]}


def event_json(fact: Fact) -> dict[str, object]:
    return {
        "occurred_at": optional_text(fact.occurred_at),
        "local_time": fact.local_time,
        "zone_assumed": fact.zone_assumed,
        "status": fact.status.value,
        "code": fact.code,
        "description": fact.description,
        "place": fact.place,
        "source": fact.source,
        "via": fact.via.value,
    }


def _message_json(row: Row) -> dict[str, object]:
    keys = ("channel", "status", "state", "due_at", "sent_at", "attempts", "last_error", "receipt")
    return {key: row[key] for key in keys}


def _timeline(facts: Sequence[Fact], shipment: Row) -> list[Fact]:
    return tracking.timeline(tracking.belonging(facts, circumstances(shipment)))


# -- for customers -----------------------------------------------------------------------------------------------------


def parcel_views(tx: Tx, settings: Settings, order: Row) -> list[ParcelView]:
    shipments = orders.shipments_of(tx, order["shop"], order["order_id"])
    return [parcel_view(tx, settings, order, row) for row in shipments]


def parcel_view(tx: Tx, settings: Settings, order: Row, shipment: Row) -> ParcelView:
    track = fact_store.track(tx, shipment["track_id"]) if shipment["track_id"] else None
    facts = fact_store.facts_of(tx, shipment["track_id"])
    return ParcelView(
        status=Status(shipment["shown_status"]),
        carrier=shipment["carrier"],
        carrier_label=carrier_label(shipment["carrier"]),
        tracking_number=shipment["tracking_number"],
        kind=Kind(shipment["kind"]),
        page_url=page_url(settings, order),
        changed_at=optional_moment(shipment["changed_at"]),
        checked_at=_checked_at(track),
        delivered_at=optional_moment(shipment["delivered_at"]),
        estimated_at=shipment["estimated_at"],
        promised_at=promised_day(order["promised_at"]),
        events=[event_view(fact) for fact in _timeline(facts, shipment) if fact.occurred_at],
    )


def carrier_label(slug: str | None) -> str:
    """A carrier's name for people; one without an adapter is shown as its slug reads."""
    if slug is None:
        return ""
    adapter = all_carriers().get(slug)
    return adapter.label if adapter else slug.replace("-", " ").title()


def trouble_of(row: Row) -> Trouble:
    return Trouble(row["kind"], row["title"], row["remedy"], incidents.figures_of(row))


def _checked_at(track: Row | None) -> datetime | None:
    clocks = [track["heard_at"], track["asked_at"]] if track else []
    return optional_moment(max(filter(None, clocks), default=None))


def promised_day(text: str | None) -> date | None:
    return date.fromisoformat(text[:10]) if text else None


def event_view(fact: Fact) -> EventView:
    return EventView(
        occurred_at=fact.at,
        local_time=fact.local_time,
        zone_assumed=fact.zone_assumed,
        status=fact.status,
        code=fact.code,
        description=fact.description,
        place=fact.place,
        source=fact.source,
        via=fact.via.value,
    )


def mail_view(tx: Tx, settings: Settings, messages: Sequence[OutboxMessage]) -> MailView:
    """What one mail tells: the present truth about the parcels of ``messages``, which share a recipient."""
    ordered = [orders.order(tx, message.shop, message.order_id) for message in messages]
    shipments = [orders.shipment(tx, message.shipment_id) for message in messages]
    first = ordered[0]
    return MailView(
        to=first["email"],
        customer_name=first["customer_name"] or "",
        locale=first["locale"] or settings.locale,
        order_ids=tuple(dict.fromkeys(order["order_id"] for order in ordered)),
        thread=f"{first['shop']}-{first['group_id']}",
        message_ids=tuple(message.message_id for message in messages),
        parcels=tuple(
            parcel_view(tx, settings, order, shipment)
            for order, shipment in zip(ordered, shipments, strict=True)
            if shipment
        ),
    )
