"""From what someone types or pastes to orders."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from relay.database import Row, Tx
from relay.errors import Ambiguous, NotFound
from relay.intake.parcels import LOOKUP_SECRET, lookup_key, private_key
from relay.model import normalise_number
from relay.store import ledger, orders

_PAGE = re.compile(r"/t/([A-Za-z0-9_-]{16,64})")
WRAPPING = "\"'`<>()[]{}.,;:!?“”‘’«»„* \t\r\n"
SHOWN_CHOICES = 20


@dataclass(frozen=True, slots=True)
class Hit:
    shop: str
    order_id: str
    kinds: tuple[str, ...]  #: by what it was found: order, short, invoice, number, page, email


@dataclass(frozen=True, slots=True)
class ById:
    """A parcel that is meant by the id we gave it, and not by what somebody types."""

    shipment_id: str

    def __str__(self) -> str:
        return self.shipment_id


def find_orders(tx: Tx, query: str) -> list[Hit]:
    """Every order that ``query`` names: order id, short number, invoice, tracking number, e-mail or page link.

    Raises NotFound, which says what was looked for.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for key in _keys(tx, query):
        for row in orders.look_up(tx, key):
            found.setdefault((row["shop"], row["order_id"]), []).append(row["kind"])
    if not found:
        raise NotFound(
            f"nothing is known under {query.strip()[:80]!r}",
            "Looked among order ids, short numbers, invoices, tracking numbers, e-mail addresses and page links",
        )
    return [Hit(shop, order_id, tuple(kinds)) for (shop, order_id), kinds in found.items()]


def meant(tx: Tx, readings: Sequence[str]) -> list[Hit]:
    """The orders that the first fitting reading of something names; an order's own id wins over what else reads so."""
    for reading in readings:
        try:
            hits = find_orders(tx, reading)
        except NotFound:
            continue
        exact = [hit for hit in hits if "order" in hit.kinds]
        return exact if len(exact) == 1 else hits
    return []


def _keys(tx: Tx, query: str) -> list[str]:
    page = _PAGE.search(query)
    if page:
        return [page[1]]
    bare = query.strip(WRAPPING)
    if not bare:
        return []
    secret = ledger.install(tx)[LOOKUP_SECRET]
    keys = [lookup_key(bare), private_key(secret, bare), bare, lookup_key(bare.removeprefix("#"))]
    return list(dict.fromkeys(keys))


def one_order(tx: Tx, query: str) -> Hit:
    """The order that ``query`` names. Raises NotFound, or Ambiguous with the choices."""
    hits = find_orders(tx, query)
    exact = [hit for hit in hits if "order" in hit.kinds]
    if len(hits) == 1 or len(exact) == 1:
        return (exact or hits)[0]
    raise Ambiguous(query.strip()[:80], [hit.order_id for hit in hits[:SHOWN_CHOICES]])


def shipment_with_id(tx: Tx, shipment_id: str) -> Row:
    found = orders.shipment(tx, shipment_id)
    if found is None:
        raise NotFound(
            f"there is no shipment {shipment_id[:80]!r}", "The list of shipments and each order name their ids"
        )
    return found


def one_shipment(tx: Tx, query: str | ById, number: str | None = None) -> Row:
    """The parcel that ``query`` names, by ``number`` if its order has several. Raises NotFound or Ambiguous."""
    if isinstance(query, ById):
        return shipment_with_id(tx, query.shipment_id)
    parcels = [row for hit in _candidates(tx, query) for row in orders.shipments_of(tx, hit.shop, hit.order_id)]
    if not parcels:
        raise NotFound(f"{query.strip()[:80]!r} is known, but has no parcel yet", "Add one with `wismo add`")
    wanted = normalise_number(number) if number else _number_in(query, parcels)
    fitting = [row for row in parcels if _has_number(row, wanted)] if wanted else parcels
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        raise NotFound(f"no parcel of {query.strip()[:80]!r} has the number {number}")
    raise Ambiguous(query.strip()[:80], [_choice(row) for row in fitting[:SHOWN_CHOICES]])


def _candidates(tx: Tx, query: str) -> list[Hit]:
    hits = find_orders(tx, query)
    exact = [hit for hit in hits if "order" in hit.kinds]
    return exact if len(exact) == 1 else hits


def _number_in(query: str, parcels: list[Row]) -> str:
    """The query itself where it is the number or the invoice of one of the parcels."""
    key = lookup_key(query.strip(WRAPPING))
    return key if any(_has_number(row, key) for row in parcels) else ""


def _has_number(shipment: Row, wanted: str) -> bool:
    return wanted in (lookup_key(shipment["tracking_number"] or ""), lookup_key(shipment["package"]))


def _choice(shipment: Row) -> str:
    number = shipment["tracking_number"] or f"package {shipment['package']}"
    return f"order {shipment['order_id']}: {number} ({shipment['carrier'] or 'carrier unknown'})"
