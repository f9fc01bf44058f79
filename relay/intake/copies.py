"""Two copies of one purchase, the marketplace's and its seller's: one order, one shipment a package, one mail.

The marketplace's is the one that counts. Its seller's leads to it, whichever of the two is known first.
"""

from datetime import datetime

from relay import tracking
from relay.database import Row, Tx
from relay.intake.invoices import recompute_one
from relay.intake.parcels import is_number, lookup_key
from relay.intake.policy import Policy
from relay.intake.state import EMAIL
from relay.model import Status
from relay.shops import ShopOrder
from relay.store import orders, outbox, packages
from relay.store.outbox import NewMessage

#: How a seller's copy of a marketplace's order begins.
SELLERS = "00-"
#: A message that is not there any more to be sent.
TOLD = frozenset({"sent", "shadow", "paused", "drift", "dead"})


def original_of(tx: Tx, shop: str, order: ShopOrder) -> Row | None:
    """The known order of which this one is a copy."""
    candidates = [order.copy_of or ""]
    if order.order_id.startswith(SELLERS):
        candidates.append(order.order_id.removeprefix(SELLERS))
    known = orders.orders_among(tx, shop, [one for one in candidates if one and one != order.order_id])
    found = next((known[one] for one in candidates if one in known), None)
    return None if found is None or found["copy_of"] == order.order_id else found


def lead_to(tx: Tx, policy: Policy, original: Row, order: ShopOrder, now: datetime) -> None:
    """Let the copy be found as the order that it copies, and give that what the copy had of its own."""
    keys = [("order", lookup_key(order.order_id))]
    if order.short_number:
        keys.append(("short", lookup_key(order.short_number)))
    orders.add_lookups(tx, original["shop"], original["order_id"], keys)
    absorb(tx, policy, original, order.order_id, now)


def absorb(tx: Tx, policy: Policy, original: Row, copy_id: str, now: datetime) -> None:
    """Give the order what its copies had of their own, among them the one with the id ``copy_id``."""
    shop, order_id = original["shop"], original["order_id"]
    for copy in packages.copies_of(tx, shop, order_id, copy_id):
        own = packages.all_of(tx, shop, order_id)
        for shipment in packages.all_of(tx, shop, copy["order_id"]):
            same = next((row for row in own if _is_same(row, shipment)), None)
            if same:
                _replace(tx, shipment, same, now)
            else:
                _move(tx, policy, shipment, original, copy, now)
        packages.point_lookups(tx, shop, copy["order_id"], order_id)
        packages.retire_copy(tx, shop, copy["order_id"])


def _is_same(row: Row, shipment: Row) -> bool:
    number = shipment["tracking_number"]
    is_same_number = bool(number) and is_number(row, number)
    return bool(row["kind"] == shipment["kind"] and (row["package"] == shipment["package"] or is_same_number))


def _move(tx: Tx, policy: Policy, shipment: Row, original: Row, copy: Row, now: datetime) -> None:
    """What was told of the parcel counts as told; what nobody was there to be told of does not."""
    packages.move(tx, shipment["shipment_id"], original)
    if original["is_mailed"] and not copy["is_mailed"]:
        packages.consider_anew(tx, shipment["shipment_id"])
    if shipment["superseded_at"] is None:
        recompute_one(tx, policy, shipment["shipment_id"], now)


def _replace(tx: Tx, shipment: Row, heir: Row, now: datetime) -> None:
    """The copy's parcel is gone; of what it was told, the order's own counts as told."""
    if shipment["superseded_at"] is None:
        packages.set_superseded(tx, [shipment["shipment_id"]], now)
    target = orders.shipment(tx, heir["shipment_id"])
    for row in outbox.messages_of(tx, shipment["shipment_id"]):
        if target and row["channel"] == EMAIL and (row["state"] in TOLD or row["superseded_by"]):
            status = Status(row["status"])
            message_id = tracking.message_id(heir["shipment_id"], EMAIL, status, row["rounds"])
            packages.withdraw(tx, message_id, row["message_id"])
            told = NewMessage(message_id, target, EMAIL, status, row["rounds"])
            outbox.add_passed_over(tx, told, now, superseded_by=row["message_id"])
