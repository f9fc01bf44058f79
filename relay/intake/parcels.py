"""Orders and their shipments: from a shop or a person, in any order with what carriers say of them."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from hmac import new as hmac_new

from relay.database import Row, Tx
from relay.intake import awaited
from relay.intake.policy import Policy
from relay.intake.state import recompute, recompute_tracks
from relay.model import Kind, carrier_slug, normalise_number
from relay.store import asks, keeping, ledger, orders
from relay.store import facts as fact_store

#: Name of the install's secret under which e-mail addresses and postal codes are looked up.
LOOKUP_SECRET = "lookup_secret"  # noqa: S105 - a name, not a secret
#: The fields of an order that say who its customer is.
NOBODY: Mapping[str, str | None] = {"customer_name": None, "email": None}


@dataclass(frozen=True, slots=True)
class Parcel:
    """One package as a shop or a person gives it. None: not known; an empty order has neither number nor package."""

    carrier: str | None = None
    tracking_number: str | None = None
    package: str | None = None
    kind: Kind = Kind.OUTBOUND
    tracking_url: str | None = None
    dispatched_at: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An order and one of its packages as somebody gives them; of a field that is None nothing is known."""

    order_id: str
    fields: Mapping[str, str | None]
    parcel: Parcel


def record_order(
    tx: Tx,
    policy: Policy,
    order_id: str,
    fields: Mapping[str, str | None],
    parcel: Parcel,
    now: datetime,
    *,
    shop: str,
    quiet_before: datetime | None = None,
) -> tuple[Row, Row | None]:
    """Add or complete an order and one of its packages; the order, and the shipment if there is one.

    Of a shipment that this makes, what happened before ``quiet_before`` is no news. Of an order that was erased neither
    name nor address come back, whoever gives them.
    """
    is_erased = was_erased(tx, shop, order_id)
    if is_erased:
        fields, parcel = {**fields, **NOBODY}, replace(parcel, tracking_url=None)
    order = orders.save_order(tx, shop, order_id, secrets.token_urlsafe(16), now, **fields)
    if is_erased:
        order = keeping.forget_customer(tx, (shop, order_id), now)
    orders.add_lookups(tx, shop, order_id, _keys_of(tx, order))
    if fields.get("ordered_at"):  # by which it is judged whose facts are this order's
        for row in orders.shipments_of(tx, shop, order_id):
            recompute(tx, policy, row, fact_store.facts_of(tx, row["track_id"]), now)
    if parcel.package is None and parcel.tracking_number is None:
        return order, None
    shipment = shipment_for(tx, shop, order_id, parcel, now, quiet_before)
    orders.describe(tx, shipment["shipment_id"], tracking_url=parcel.tracking_url, dispatched_at=parcel.dispatched_at)
    carrier = carrier_slug(parcel.carrier) if parcel.carrier else shipment["carrier"]
    reassign(tx, policy, shipment, carrier, parcel.tracking_number or shipment["tracking_number"], now)
    return order, orders.shipment(tx, shipment["shipment_id"])


def shipment_for(tx: Tx, shop: str, order_id: str, parcel: Parcel, now: datetime, quiet_before: datetime | None) -> Row:
    number = parcel.tracking_number or ""
    if parcel.package and number:
        _name_package(tx, shop, order_id, parcel.package, number)
    package = parcel.package or _package_of(tx, shop, order_id, number) or number
    shipment_id = sha256(f"{shop}\x1f{order_id}\x1f{package}".encode()).hexdigest()[:20]
    return orders.save_shipment(
        tx,
        shipment_id=shipment_id,
        shop=shop,
        order_id=order_id,
        package=package,
        kind=parcel.kind.value,
        known_at=now,
        announce_from=quiet_before,
    )


def _name_package(tx: Tx, shop: str, order_id: str, package: str, number: str) -> None:
    """A parcel that was known by its number alone gets the name of its invoice; it stays the same shipment."""
    known = orders.shipments_of(tx, shop, order_id)
    for row in known:
        is_nameless = normalise_number(row["package"]) == normalise_number(number)
        if is_nameless and is_number(row, number) and package not in {other["package"] for other in known}:
            orders.name_package(tx, row, package)


def _package_of(tx: Tx, shop: str, order_id: str, number: str) -> str | None:
    """The package that a number without a package's name is meant for.

    The one that has the number, else the only one if that still waits for its number.
    """
    known = orders.shipments_of(tx, shop, order_id)
    same = [row for row in known if is_number(row, number)]
    waiting = [row for row in known if row["tracking_number"] is None]
    if same or (waiting and len(known) == 1):
        return str((same or waiting)[0]["package"])
    return None


def is_number(shipment: Row, number: str) -> bool:
    return normalise_number(shipment["tracking_number"] or "") == normalise_number(number)


def reassign(tx: Tx, policy: Policy, known: Row, carrier: str | None, number: str | None, now: datetime) -> int:
    """Let a shipment point at another carrier or number, and apply what is known of that; how many messages it made.

    Raises Stale if somebody changed the shipment after ``known`` was read.
    """
    told = awaited.take_link(tx, known, carrier)
    if told:
        carrier, number = told[0], number or told[1].tracking_number
    track_id = awaited.track_without_number(tx, known, carrier)
    if number:
        normal = normalise_number(number)
        carrier = carrier or _only_carrier_that_knows(tx, normal)
        track_id = fact_store.track_key(carrier or "", normal)
        if fact_store.touch_tracks(tx, {(carrier or "", normal): None}, now):
            _take_what_waits(tx, normal, track_id)
    orders.assign(tx, known, carrier, number, track_id)
    if track_id and carrier:
        awaited.bring_told(tx, known, carrier, track_id)
    shipment = orders.shipment(tx, known["shipment_id"])
    if shipment is None:
        return 0
    orders.add_lookups(tx, shipment["shop"], shipment["order_id"], _keys_of_shipment(shipment))
    return _apply_known(tx, policy, shipment, now)


def _apply_known(tx: Tx, policy: Policy, shipment: Row, now: datetime) -> int:
    """What is known of the track that a shipment now points at; without a number it is asked about by nobody."""
    track_id = shipment["track_id"]
    if track_id is None:
        return recompute(tx, policy, shipment, [], now)
    if shipment["tracking_number"]:
        asks.ask_by(tx, track_id, now)
    facts = fact_store.facts_of(tx, track_id)
    if not facts:  # nothing that others on the track could learn
        return recompute(tx, policy, shipment, [], now)
    return recompute_tracks(tx, policy, {track_id: facts}, now)[track_id]


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


def tombstone(secret: str, shop: str, order_id: str) -> str:
    """What is left of an order that was erased: enough to know it again, not to tell which it was."""
    return private_key(secret, f"order/{shop}/{order_id}")


def was_erased(tx: Tx, shop: str, order_id: str) -> bool:
    return bool(ledger.tombstones(tx, [tombstone(ledger.install(tx)[LOOKUP_SECRET], shop, order_id)]))


def _keys_of(tx: Tx, order: Row) -> Iterable[tuple[str, str]]:
    yield "order", lookup_key(order["order_id"])
    if order["erased_at"] is None:
        yield "page", order["page_token"]
    if order["short_number"]:
        yield "short", lookup_key(order["short_number"])
    if order["email"]:
        yield "email", private_key(ledger.install(tx)[LOOKUP_SECRET], order["email"])


def _keys_of_shipment(shipment: Row) -> Iterable[tuple[str, str]]:
    yield "invoice", lookup_key(shipment["package"])
    if shipment["tracking_number"]:
        yield "number", lookup_key(shipment["tracking_number"])
