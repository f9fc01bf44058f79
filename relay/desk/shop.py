"""What the shop is told of a parcel, what it shows, and where the two differ."""

from datetime import datetime

from relay import tracking
from relay.database import Row, Tx
from relay.desk import Desk
from relay.desk.view import page_url
from relay.intake.state import circumstances
from relay.intake.writing import truth_of
from relay.model import Kind, OutboxMessage, Override, Receipt
from relay.settings import Settings
from relay.shops import Package, ShopOrder, ShopView
from relay.shops.drift import ADDS, remedy
from relay.shops.shown import from_json
from relay.store import drifts, incidents, ledger, orders, writes
from relay.store import facts as fact_store


def shop_view(tx: Tx, settings: Settings, message: OutboxMessage) -> ShopView:
    """The present truth about the package of ``message``."""
    shipment = shipment_of(tx, message.shipment_id)
    order = orders.order(tx, message.shop, message.order_id)
    override = ledger.override(tx, shipment["override_id"])
    around = circumstances(shipment)
    facts = fact_store.facts_of(tx, shipment["track_id"])
    state = tracking.state_of(facts, around)
    return ShopView(
        order_id=shipment["shop_order_id"] or shipment["order_id"],
        invoice=shipment["package"],
        truth=truth_of(tracking.belonging(facts, around), state, override, settings.locale),
        number=shipment["tracking_number"],
        page_url=page_url(settings, order),
        is_delta=settings.vtex_events_mode == "delta" or writes.is_delta(tx, message.shop),
        note=_note(shipment, override),
        tries=message.attempts,
    )


def shipment_of(tx: Tx, shipment_id: str) -> Row:
    shipment = orders.shipment(tx, shipment_id)
    if shipment is None:
        raise LookupError(shipment_id)
    return shipment


def _note(shipment: Row, override: Override | None) -> str:
    """For the shop's own people, once for each correction that reaches the shop."""
    if override is None or not override.write_shop or shipment["shop_noted"] == override.override_id:
        return ""
    number = shipment["tracking_number"] or shipment["package"]
    return f"{override.author} set parcel {number} to {override.status}: {override.reason}"


def after_writing(tx: Tx, message: OutboxMessage, receipt: Receipt, now: datetime) -> None:
    """Remember what the shop was found to show, and open or close what differs."""
    shipment = shipment_of(tx, message.shipment_id)
    if receipt.shown and not shipment["erased_at"]:
        writes.show(tx, message.shipment_id, receipt.shown, now)
    override = ledger.override(tx, shipment["override_id"])
    if override and receipt.note and receipt.note == _note(shipment, override):
        writes.note(tx, message.shipment_id, override.override_id)
    if receipt.drift is None:
        drifts.close_drift(tx, message.shipment_id, now)
        return
    drifts.open_drift(tx, shipment, receipt.drift, receipt.text, now)
    if receipt.drift == ADDS and writes.mark_delta(tx, message.shop, now):
        _tell_that_it_adds(tx, message, now)


def _tell_that_it_adds(tx: Tx, message: OutboxMessage, now: datetime) -> None:
    incident = incidents.open_incident(
        tx,
        kind="shop_adds",
        subject=message.shop,
        title="The shop adds lines to a parcel's history instead of replacing them",
        remedy="Wismo tells it only what is new from now on; what is there twice stays until its Admin removes it",
        now=now,
        shop=message.shop,
    )
    about = {"shop": message.shop, "order_id": message.order_id, "shipment_id": message.shipment_id}
    incidents.add_to_incident(tx, incident, about, "here it was found")


# -- what the shop's customer sees -------------------------------------------------------------------------------------


def page_words(tx: Tx, desk: Desk, shop: str, order_id: str, now: datetime) -> str | None:
    """What the shop's own page calls the order's present step, by what it was last read to show; None: not known."""
    order = orders.order(tx, shop, order_id)
    packages = [_as_read(row) for row in orders.shipments_of(tx, shop, order_id) if row["shop_read_at"]]
    if desk.policy.dialect is None or order["shop_status"] is None:
        return None
    read = ShopOrder(order_id, status=order["shop_status"], packages=tuple(packages), is_whole=bool(order["is_whole"]))
    return desk.policy.dialect.page_words(read, now)


def _as_read(shipment: Row) -> Package:
    return Package(
        invoice=shipment["package"],
        kind=Kind(shipment["kind"]),
        tracking_number=shipment["shop_number"],
        promised_at=shipment["promised_at"],
        is_pickup=bool(shipment["is_pickup"]),
        shown=from_json(shipment["shop_shows"]),
    )


# -- for people --------------------------------------------------------------------------------------------------------


def drift_json(tx: Tx) -> list[dict[str, object]]:
    """The contract's ``drift --json``: what the shop shows otherwise, why, and what to do."""
    keys = ("order_id", "shop", "shipment_id", "package", "carrier", "tracking_number", "status", "reason", "detail")
    return [
        {key: row[key] for key in keys}
        | {"remedy": remedy(row["reason"]), "since": row["opened_at"], "last_seen_at": row["last_seen_at"]}
        for row in drifts.drifts(tx)
    ]
