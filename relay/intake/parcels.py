"""Orders and their shipments: from a shop or a person, in any order with what carriers say of them."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from hmac import new as hmac_new

from relay.database import Row, Tx
from relay.intake.state import Policy, recompute, recompute_tracks
from relay.model import Kind, carrier_slug, normalise_number
from relay.store import facts as fact_store
from relay.store import ledger, orders

#: Name of the install's secret under which e-mail addresses and postal codes are looked up.
LOOKUP_SECRET = "lookup_secret"  # noqa: S105 - a name, not a secret


@dataclass(frozen=True, slots=True)
class Parcel:
    """One package as a shop or a person gives it. None: not known; an empty order has neither number nor package."""

    carrier: str | None = None
    tracking_number: str | None = None
    package: str | None = None
    kind: Kind = Kind.OUTBOUND
    tracking_url: str | None = None
    dispatched_at: str | None = None


def record_order(
    tx: Tx, policy: Policy, order_id: str, fields: dict[str, str | None], parcel: Parcel, now: datetime, *, shop: str
) -> tuple[Row, Row | None]:
    """Add or complete an order and one of its packages; the order, and the shipment if there is one."""
    order = orders.save_order(tx, shop, order_id, secrets.token_urlsafe(16), now, **fields)
    orders.add_lookups(tx, shop, order_id, _keys_of(tx, order))
    if parcel.package is None and parcel.tracking_number is None:
        return order, None
    shipment = _shipment_for(tx, shop, order_id, parcel, now)
    orders.describe(tx, shipment["shipment_id"], tracking_url=parcel.tracking_url, dispatched_at=parcel.dispatched_at)
    carrier = carrier_slug(parcel.carrier) if parcel.carrier else shipment["carrier"]
    reassign(tx, policy, shipment["shipment_id"], carrier, parcel.tracking_number or shipment["tracking_number"], now)
    return order, orders.shipment(tx, shipment["shipment_id"])


def _shipment_for(tx: Tx, shop: str, order_id: str, parcel: Parcel, now: datetime) -> Row:
    package = parcel.package or _unnumbered(tx, shop, order_id) or parcel.tracking_number or ""
    shipment_id = sha256(f"{shop}\x1f{order_id}\x1f{package}".encode()).hexdigest()[:20]
    return orders.save_shipment(
        tx,
        shipment_id=shipment_id,
        shop=shop,
        order_id=order_id,
        package=package,
        kind=parcel.kind.value,
        known_at=now,
    )


def _unnumbered(tx: Tx, shop: str, order_id: str) -> str | None:
    """The order's only package, if it still waits for its number: a number without a package's name is meant for it."""
    known = orders.shipments_of(tx, shop, order_id)
    if len(known) == 1 and known[0]["tracking_number"] is None:
        return str(known[0]["package"])
    return None


def reassign(tx: Tx, policy: Policy, shipment_id: str, carrier: str | None, number: str | None, now: datetime) -> int:
    """Let a shipment point at another carrier or number, and apply what is known of that; how many messages it made."""
    track_id = None
    if number:
        normal = normalise_number(number)
        carrier = carrier or _only_carrier_that_knows(tx, normal)
        track_id = fact_store.track_key(carrier or "", normal)
        if fact_store.touch_tracks(tx, {(carrier or "", normal): None}, now):
            _take_what_waits(tx, normal, track_id)
    orders.assign(tx, shipment_id, carrier, number, track_id)
    shipment = orders.shipment(tx, shipment_id)
    if shipment is None:
        return 0
    orders.add_lookups(tx, shipment["shop"], shipment["order_id"], _keys_of_shipment(shipment))
    if track_id is None:
        return recompute(tx, policy, shipment, [], now)
    fact_store.ask_now(tx, track_id, now)
    return recompute_tracks(tx, policy, {track_id: fact_store.facts_of(tx, track_id)}, now)[track_id]


def _only_carrier_that_knows(tx: Tx, number: str) -> str | None:
    known = fact_store.carriers_that_know(tx, number)
    return known[0] if len(known) == 1 else None


def _take_what_waits(tx: Tx, number: str, track_id: str) -> None:
    """What was said of the number alone is this track's, if no other open track has the number."""
    others = [row for row in fact_store.open_tracks(tx, number) if row["track_id"] != track_id]
    if not others:
        fact_store.move_facts(tx, fact_store.track_key("", number), track_id)


# -- look-up keys ------------------------------------------------------------------------------------------------------


def lookup_key(text: str) -> str:
    """The form under which order ids, invoices and numbers are found: spaces, dashes, width and case do not matter."""
    return normalise_number(text)


def private_key(secret: str, text: str) -> str:
    """The form under which an e-mail address or postal code is found, whole values only."""
    return hmac_new(secret.encode(), text.strip().casefold().encode(), "sha256").hexdigest()


def _keys_of(tx: Tx, order: Row) -> Iterable[tuple[str, str]]:
    yield "order", lookup_key(order["order_id"])
    yield "page", order["page_token"]
    if order["short_number"]:
        yield "short", lookup_key(order["short_number"])
    if order["email"]:
        yield "email", private_key(ledger.install(tx)[LOOKUP_SECRET], order["email"])


def _keys_of_shipment(shipment: Row) -> Iterable[tuple[str, str]]:
    yield "invoice", lookup_key(shipment["package"])
    if shipment["tracking_number"]:
        yield "number", lookup_key(shipment["tracking_number"])
