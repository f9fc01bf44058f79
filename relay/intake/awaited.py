"""Packages by order and invoice, the name that a shop's carriers call them by.

What a carrier says of a package stands under its tracking number. Without one, or while the package is not known or is
with another carrier, it stands under the package's name, apart for each carrier, until it can be joined.
"""

from dataclasses import replace
from datetime import datetime
from urllib.parse import quote

from relay.database import Row, Tx
from relay.model import normalise_number
from relay.store import awaited as store
from relay.store import couriers, orders
from relay.store import facts as fact_store
from relay.store.awaited import Link

SHOP = "default"
#: The source of what is told by order and invoice.
SOURCE = "shop"


def reference_of(order_id: str, package: str) -> str:
    """What stands in the place of a number; no number of a carrier's begins like this."""
    return f"@shop/{quote(order_id, safe='')}/{package}"


def known_package(tx: Tx, package: tuple[str, str]) -> Row | None:
    """The shipment that an order id and an invoice name, if the shop has told of it."""
    order_id, invoice = package
    return store.known_package(tx, SHOP, order_id, invoice, normalise_number(order_id))


def is_with_another(shipment: Row, carrier: str) -> bool:
    return shipment["carrier"] not in {None, carrier}


def find_track(tx: Tx, carrier: str, package: tuple[str, str], now: datetime) -> tuple[str, str]:
    """Carrier and number of the track of a package, or what stands in the number's place.

    A package without a carrier learns that it is with this one.
    """
    shipment = known_package(tx, package)
    if shipment is None or is_with_another(shipment, carrier):
        store.await_package(tx, SHOP, *package, carrier, Link(), now)
        return carrier, reference_of(*package)
    if shipment["tracking_number"]:
        return carrier, normalise_number(shipment["tracking_number"])
    reference, track_id = reference_of(shipment["order_id"], shipment["package"]), named_track(shipment, carrier)
    if shipment["track_id"] != track_id:
        fact_store.touch_tracks(tx, {(carrier, reference): None}, now)
        orders.assign(tx, shipment, carrier, None, track_id)
    return carrier, reference


# -- when the package is known -----------------------------------------------------------------------------------------


def take_link(tx: Tx, shipment: Row, carrier: str | None) -> tuple[str, Link] | None:
    """Who told of a package while it was awaited, and what: its carrier, or the only one where nobody knows that."""
    told = store.awaited(tx, shipment["shop"], shipment["order_id"], shipment["package"])
    fitting = [row for row in told if carrier in {None, row["carrier"]}]
    if len(fitting) != 1:
        return None
    row = fitting[0]
    store.came(tx, row)
    link = Link(row["tracking_number"], row["tracking_url"], row["courier"], row["dispatched_at"])
    known = orders.shipment(tx, shipment["shipment_id"]) or shipment
    filling = replace(
        link,
        tracking_url=None if known["tracking_url"] else link.tracking_url,
        dispatched_at=None if known["dispatched_at"] else link.dispatched_at,
    )
    describe(tx, shipment, filling)
    return row["carrier"], link


def describe(tx: Tx, shipment: Row, link: Link) -> None:
    """Take over what a carrier says of a package beside its number. To an erased order no address comes back."""
    erased = orders.order(tx, shipment["shop"], shipment["order_id"])["erased_at"]
    orders.describe(
        tx,
        shipment["shipment_id"],
        tracking_url=None if erased else link.tracking_url,
        dispatched_at=link.dispatched_at,
    )
    if link.courier:
        couriers.name_courier(tx, shipment["shipment_id"], link.courier)


def track_without_number(tx: Tx, shipment: Row, carrier: str | None) -> str | None:
    """The track that stands under the package's name, if its carrier said something of it."""
    track_id = named_track(shipment, carrier)
    return track_id if carrier and fact_store.track(tx, track_id) else None


def bring_told(tx: Tx, known: Row, carrier: str, track_id: str) -> None:
    """What its carrier told of this very package goes with it to another number; ``known`` is as it was before."""
    tracks = {named_track(known, carrier)}
    if known["carrier"] == carrier and known["track_id"]:
        tracks.add(known["track_id"])
    for track in tracks - {track_id}:
        store.bring(tx, track, track_id, SOURCE)


def named_track(shipment: Row, carrier: str | None) -> str:
    return fact_store.track_key(carrier or "", reference_of(shipment["order_id"], shipment["package"]))
