"""What a shop calls its carriers: the list, its corrections, and why a parcel's carrier is the one it is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from relay.database import Row, Tx
from relay.desk import Desk
from relay.desk.typed import LONGEST_KEY, checked_carrier
from relay.errors import BadInput
from relay.intake import matching
from relay.model import carrier_slug
from relay.store import awaited, ledger, orders
from relay.store import couriers as store
from relay.tracking.matching import Hints, MatchedBy, courier_key, match

SHOP = "default"
#: Parcels that are read together, and of those that change how many one transaction takes.
READ_AT_ONCE, CHANGED_AT_ONCE = 1000, 50
#: Characters of a courier's text, which is as long as somebody wrote it.
SHOWN = 80

WORDS = {
    MatchedBy.COURIER: "the courier on its invoice",
    MatchedBy.COURIER_ID: "its courier's id",
    MatchedBy.COURIER_NAME: "its courier's name in the shop's logistics",
    MatchedBy.URL: "its tracking page",
    MatchedBy.NUMBER: "the shape of its number",
}


# -- the list ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A courier's text that names nobody, or several."""

    courier: str | None  #: as the shop writes it; None where it says nothing at all
    candidates: tuple[str, ...]  #: who it may be
    parcels: int  #: on their way without a carrier
    example: str  #: one of their orders


@dataclass(frozen=True, slots=True)
class Listed:
    entries: Sequence[Row]  #: of the shop's table
    unmatched: Sequence[Unmatched]


def listed(desk: Desk) -> Listed:
    with desk.database.read() as tx:
        entries, groups = store.entries(tx, SHOP), store.without_carrier(tx, SHOP)
    table = {row["courier"]: row["carrier"] for row in entries}
    found: dict[str | None, Unmatched] = {}
    for row in groups:
        hints = matching.said_by_shop(row)
        text, before = _text_of(hints), found.get(_text_of(hints))
        candidates = {*_possible(hints, table), *(before.candidates if before else ())}
        parcels = row["parcels"] + (before.parcels if before else 0)
        found[text] = Unmatched(text, tuple(sorted(candidates)), parcels, row["example"])
    return Listed(entries, sorted(found.values(), key=lambda one: (-one.parcels, one.courier or "")))


def _text_of(hints: Hints) -> str | None:
    return next(filter(None, (hints.courier, *hints.courier_names, *hints.courier_ids)), None)


def _possible(hints: Hints, table: Mapping[str, str]) -> Sequence[str]:
    found = match(hints, table)
    return (found.carrier,) if found.carrier else found.candidates


# -- a correction ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Corrected:
    courier: str  #: as it is compared
    carrier: str | None
    parcels: int  #: that are with another carrier now


def set_courier(desk: Desk, text: str, carrier: str | None, by: str, now: datetime) -> Corrected:
    """Say who is meant by a courier's text, or with None that the built-in names decide; what is open follows.

    Run again it goes on where it was interrupted. Raises BadInput.
    """
    courier = courier_key(text)
    if not courier or len(courier.encode()) > LONGEST_KEY:
        raise BadInput(
            "courier", f"{text[:40]!r} is no name of a courier", "Write it as `wismo couriers list` shows it"
        )
    slug = carrier_slug(checked_carrier(carrier)) if carrier is not None else None

    def work(tx: Tx) -> dict[str, str]:
        before = store.table(tx, SHOP).get(courier)
        if slug is None:
            store.drop_entry(tx, SHOP, courier)
        else:
            store.save_entry(tx, SHOP, courier, slug, by, now)
        ledger.write_audit(tx, now, by, "couriers", f"{courier}: {before or '-'} -> {slug or '-'}")
        return store.table(tx, SHOP)

    table = desk.database.write(work)
    changed = sum(_match_again(desk, portion, table, now) for portion in _affected(desk, table))
    if changed:
        desk.wake()
    return Corrected(courier, slug, changed)


def _affected(desk: Desk, table: Mapping[str, str]) -> Iterator[list[str]]:
    """Open parcels that the table gives another carrier than they have, a few at a time."""
    after = ""
    while True:
        with desk.database.read() as tx:
            page = store.open_parcels(tx, SHOP, after, READ_AT_ONCE)
        if not page:
            return
        after = page[-1]["shipment_id"]
        ids = [row["shipment_id"] for row in page if matching.is_to_change(row, table)]
        yield from (ids[start : start + CHANGED_AT_ONCE] for start in range(0, len(ids), CHANGED_AT_ONCE))


def _match_again(desk: Desk, ids: Sequence[str], table: Mapping[str, str], now: datetime) -> int:
    def work(tx: Tx) -> int:
        rows = [orders.shipment(tx, shipment_id) for shipment_id in ids]
        return sum(matching.match_again(tx, desk.policy, row, table, now) for row in rows if row)

    return desk.database.write(work)


# -- a parcel's carrier ------------------------------------------------------------------------------------------------


def words_of_order(tx: Tx, shop: str, order_id: str) -> dict[str, str]:
    """:func:`in_words` for each parcel of an order, by its id."""
    return {row["shipment_id"]: in_words(tx, row) for row in orders.shipments_of(tx, shop, order_id)}


def in_words(tx: Tx, shipment: Row) -> str:
    """Why this is a parcel's carrier, or why it has none and what to do; "" where somebody simply said so."""
    claims = awaited.awaited(tx, shipment["shop"], shipment["order_id"], shipment["package"])
    claimed = [
        f"{row['carrier']} speaks of it as its own: `{_edit(shipment, row['carrier'])}` if it is" for row in claims
    ]
    return "; ".join(filter(None, (_match_in_words(tx, shipment), *claimed)))


def _edit(shipment: Row, carrier: str) -> str:
    return f"wismo edit {shipment['order_id']} --carrier {carrier}"


def _match_in_words(tx: Tx, shipment: Row) -> str:
    hints, by = matching.hints_of(shipment), shipment["matched_by"]
    if shipment["carrier"] is not None:
        return f"known by {WORDS[MatchedBy(by)]}: {_said(hints, MatchedBy(by))}" if by else ""
    text = _text_of(hints)
    if text is None and not shipment["tracking_number"]:
        return ""
    candidates = " or ".join(match(hints, store.table(tx, shipment["shop"])).candidates)
    if text is None:
        return f"{f'may be {candidates}' if candidates else 'not known'}; `{_edit(shipment, 'SLUG')}` names it"
    what = f"may be {candidates}" if candidates else "nobody knows who that is"
    return f'the shop says "{text[:SHOWN]}": {what}; `wismo couriers set "{text[:SHOWN]}" SLUG` settles it for all'


def _said(hints: Hints, by: MatchedBy) -> str:
    said = {
        MatchedBy.COURIER: hints.courier,
        MatchedBy.COURIER_ID: ", ".join(hints.courier_ids),
        MatchedBy.COURIER_NAME: ", ".join(hints.courier_names),
        MatchedBy.URL: hints.tracking_url,
        MatchedBy.NUMBER: hints.tracking_number,
    }
    return said[by] or ""
