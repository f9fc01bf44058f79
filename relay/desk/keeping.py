"""What is kept about a person, and how it is erased: for whoever asks, and by itself when its time is over."""

import base64
import re
import secrets
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from relay.database import Database, Row, Tx
from relay.desk import Desk
from relay.desk.find import find_orders, one_order
from relay.desk.view import order_json
from relay.intake.parcels import LOOKUP_SECRET, private_key, tombstone
from relay.model import normalise_number
from relay.settings import Settings
from relay.store import keeping as store
from relay.store import ledger, orders, reads

#: Bodies that are read together; whoever writes need not wait for this.
PAGE = 100
#: Pushes, and orders with their dozens of rows each, that one transaction changes.
RAW_AT_ONCE, ORDERS_AT_ONCE = 200, 10
#: A shorter number, or one without a digit, is found in too many texts that are about something else.
SHORTEST_NUMBER = 6

_RUN = re.compile(r"[0-9A-Za-z][0-9A-Za-z \-\u2010-\u2015]*")
_WORD = re.compile(r"[0-9A-Za-z]+")
_ADDRESS = re.compile(r"""[^\s"'<>&=,;:()]+@[^\s"'<>&=,;:()]+""")

T = TypeVar("T")
Reader = Callable[[Tx, tuple[str, str], int], list[Row]]


@dataclass(frozen=True, slots=True)
class Traces:
    """Where somebody left a trace: what is erased, and what is exported."""

    orders: tuple[Row, ...]
    raw_ids: tuple[str, ...]  #: pushes and answers
    mails: tuple[Path, ...]  #: that a folder keeps
    audit_ids: tuple[str, ...]  #: entries that name an address


# -- finding them ------------------------------------------------------------------------------------------------------


def orders_of(desk: Desk, query: str) -> list[Row]:
    """Every order of an e-mail address, or the one that ``query`` names. Raises NotFound or Ambiguous."""
    with desk.database.read() as tx:
        hits = [hit for hit in find_orders(tx, query) if "email" in hit.kinds] if "@" in query else []
        return [orders.order(tx, hit.shop, hit.order_id) for hit in hits or [one_order(tx, query)]]


def others_of(desk: Desk, found: Sequence[Row]) -> list[str]:
    """Ids of orders that have the address of one of ``found`` and are not among them."""
    ids = {order["order_id"] for order in found}
    with desk.database.read() as tx:
        rows = [row for address in _addresses(found) for row in _with_address(tx, address)]
    return sorted({row["order_id"] for row in rows} - ids)


def traces(database: Database, settings: Settings, found: Sequence[Row]) -> Traces:
    """Where these orders left a trace, every push and answer included that names a parcel or an address of theirs."""
    with database.read() as tx:
        tracks = _tracks(tx, found)
    return _traces(database, settings, found, tracks, _addresses(found))


def traces_of_ended(database: Database, settings: Settings, found: Sequence[Row]) -> Traces:
    """The same, but a push that is about an order that has not ended, the same parcel or customer, stays until then."""
    ended = {_key(order) for order in found}
    with database.read() as tx:
        tracks = _tracks(tx, found)
        for row in store.sharers(tx, tracks.keys()):
            if row["erased_at"] is None and _key(row) not in ended:
                tracks.pop(row["track_id"], None)
        addresses = {
            address for address in _addresses(found) if all(_key(row) in ended for row in _with_address(tx, address))
        }
    return _traces(database, settings, found, tracks, addresses)


def _traces(
    database: Database, settings: Settings, found: Sequence[Row], tracks: Mapping[str, str], addresses: set[str]
) -> Traces:
    with database.read() as tx:
        brought = store.raw_of(tx, tracks.keys())
        mails = [mail for order in found for mail in _mails(tx, settings, order)]
        audit_ids = _audit_naming(tx, _addresses(found))
    named = _raw_naming(database, set(tracks.values()), addresses)
    return Traces(tuple(found), tuple(sorted({*brought, *named})), tuple(mails), tuple(audit_ids))


def _tracks(tx: Tx, found: Sequence[Row]) -> dict[str, str]:
    """The tracks of these orders, and their numbers."""
    shipments = [row for order in found for row in store.all_shipments(tx, _key(order))]
    return {row["track_id"]: normalise_number(row["tracking_number"] or "") for row in shipments if row["track_id"]}


def _audit_naming(tx: Tx, addresses: set[str]) -> list[str]:
    rows = store.audit_with_addresses(tx) if addresses else []
    return [row["audit_id"] for row in rows if any(address in row["detail"].casefold() for address in addresses)]


def _mails(tx: Tx, settings: Settings, order: Row) -> Iterator[Path]:
    """The mails to this customer that ``WISMO_MAIL_URL=file:…`` put into its folder."""
    if settings.mail_url.scheme != "file":
        return
    for row in store.messages(tx, _key(order)):
        file = Path(row["receipt"] or "")
        if row["state"] == "sent" and file.suffix == ".eml" and file.parent == settings.mail_url.folder:
            yield file


def _raw_naming(database: Database, numbers: set[str], addresses: set[str]) -> Iterator[str]:
    """Ids of the kept pushes and answers in whose text, or question, one of the numbers or addresses stands."""
    wanted = {number for number in numbers if len(number) >= SHORTEST_NUMBER and re.search(r"\d", number)}
    if not wanted and not addresses:
        return
    for reader in (store.kept_bodies, store.kept_answers):
        for row in _pages(database, reader):
            text = f"{zlib.decompress(row['body']).decode(errors='replace')} {row.get('asked', '')}"
            if not wanted.isdisjoint(_numbers_in(text)) or not addresses.isdisjoint(_addresses_in(text)):
                yield row["raw_id"]


def _pages(database: Database, reader: Reader) -> Iterator[Row]:
    after = ("", "")
    while True:
        with database.read() as tx:
            page = reader(tx, after, PAGE)
        yield from page
        if len(page) < PAGE:
            return
        after = page[-1]["at"], page[-1]["raw_id"]


def _numbers_in(text: str) -> Iterator[str]:
    """What may be a number, whole: words, and what spaces and dashes hold together."""
    for run in _RUN.findall(text):
        yield normalise_number(run)
        for word in _WORD.findall(run):
            yield word.upper()


def _addresses_in(text: str) -> set[str]:
    return {address.casefold() for address in _ADDRESS.findall(text)} if "@" in text else set()


def _addresses(found: Sequence[Row]) -> set[str]:
    return {order["email"].casefold() for order in found if order["email"]}


def _with_address(tx: Tx, address: str) -> list[Row]:
    key = private_key(ledger.install(tx)[LOOKUP_SECRET], address)
    return [row for row in orders.look_up(tx, key) if row["kind"] == "email"]


def _key(order: Row) -> store.Order:
    return order["shop"], order["order_id"]


# -- erasing -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OrderPreview:
    """What would be erased of one order."""

    order_id: str
    has_name: bool
    has_email: bool
    erased_at: str | None
    parcels: int
    messages: int


@dataclass(frozen=True, slots=True)
class Preview:
    orders: tuple[OrderPreview, ...]
    raw: int  #: pushes and answers
    mails: int  #: in a folder
    others: tuple[str, ...]  #: orders of the same address that stay


def preview(desk: Desk, query: str) -> Preview:
    found = orders_of(desk, query)
    seen = traces(desk.database, desk.settings, found)
    with desk.database.read() as tx:
        pushes, answers = store.raw(tx, seen.raw_ids)
        previews = tuple(_order_preview(tx, order) for order in found)
    kept = sum(row["body"] is not None for row in (*pushes, *answers))
    return Preview(previews, kept, len(seen.mails), tuple(others_of(desk, found)))


def _order_preview(tx: Tx, order: Row) -> OrderPreview:
    return OrderPreview(
        order_id=order["order_id"],
        has_name=bool(order["customer_name"]),
        has_email=bool(order["email"]),
        erased_at=order["erased_at"],
        parcels=len(store.all_shipments(tx, _key(order))),
        messages=len(store.messages(tx, _key(order))),
    )


def forget(desk: Desk, query: str, by: str, now: datetime) -> list[str]:
    """Erase everything that says who the customer is, at once and for good; the ids of the orders.

    Raises NotFound or Ambiguous. The audit says which orders, not whose.
    """
    found = orders_of(desk, query)
    seen = traces(desk.database, desk.settings, found)

    def noted(tx: Tx, order: Row) -> bool:
        ledger.write_audit(tx, now, by, "forget", about={"shop": order["shop"], "order_id": order["order_id"]})
        return True

    erase(desk.database, seen, now, noted)
    return [order["order_id"] for order in found]


def forget_again(database: Database, settings: Settings, keys: set[str], now: datetime) -> int:
    """Erase the orders whose tombstones these are, in a database that does not know of them; how many it knew."""
    erased, after = 0, ("", "")
    while True:
        with database.read() as tx:
            secret = ledger.install(tx)[LOOKUP_SECRET]
            page = store.kept_orders(tx, after, PAGE)
        if not page:
            break
        after = _key(page[-1])
        found = [order for order in page if tombstone(secret, *_key(order)) in keys]
        if found:
            erased += erase(database, traces(database, settings, found), now, lambda _tx, _order: True)
    for portion in _portions(sorted(keys), RAW_AT_ONCE):
        database.write(partial(store.add_tombstones, keys=portion, now=now))
    return erased


def erase(database: Database, seen: Traces, now: datetime, may: Callable[[Tx, Row], bool]) -> int:
    """Erase what was found, each order last: what was interrupted is found again. How many orders that were.

    ``may`` says of each order, in the transaction that erases it, whether it still may.
    """
    for file in seen.mails:
        file.unlink(missing_ok=True)
    for ids in _portions(seen.raw_ids, RAW_AT_ONCE):
        database.write(partial(store.erase_raw, raw_ids=ids, now=now))
    for ids in _portions(seen.audit_ids, RAW_AT_ONCE):
        database.write(partial(_erase_audit, audit_ids=ids))
    return sum(
        database.write(partial(_erase_orders, found=portion, now=now, may=may))
        for portion in _portions(seen.orders, ORDERS_AT_ONCE)
    )


def _erase_orders(tx: Tx, found: Sequence[Row], now: datetime, may: Callable[[Tx, Row], bool]) -> int:
    secret = ledger.install(tx)[LOOKUP_SECRET]
    erased = [order for order in found if may(tx, order)]
    for order in erased:
        store.add_tombstones(tx, [tombstone(secret, *_key(order))], now)
        store.erase_order(tx, _key(order), secrets.token_urlsafe(16), now)
    return len(erased)


def _erase_audit(tx: Tx, audit_ids: Sequence[str]) -> None:
    for audit_id in audit_ids:
        store.erase_audit_detail(tx, audit_id)


def _portions(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))


# -- exporting ---------------------------------------------------------------------------------------------------------


def export(desk: Desk, query: str, by: str, now: datetime) -> dict[str, object]:
    """Everything that is kept about a person, as JSON; audited without the address. Raises NotFound or Ambiguous."""
    found = orders_of(desk, query)
    seen = traces(desk.database, desk.settings, found)
    with desk.database.read() as tx:
        pushes, answers = store.raw(tx, seen.raw_ids)
        exported = {
            "orders": [_order_export(tx, desk.settings, order) for order in found],
            "pushes": [_raw_export(row) for row in pushes],
            "answers": [_raw_export(row) for row in answers],
            "mails": [str(mail) for mail in seen.mails],
        }
    desk.database.write(partial(_note_export, found=found, by=by, now=now))
    return exported


def _note_export(tx: Tx, found: Sequence[Row], by: str, now: datetime) -> None:
    for order in found:
        ledger.write_audit(tx, now, by, "export", about={"shop": order["shop"], "order_id": order["order_id"]})


def _order_export(tx: Tx, settings: Settings, order: Row) -> dict[str, object]:
    key = _key(order)
    return {
        "order": {name: value for name, value in order.items() if name != "baseline"},
        "tracking": order_json(tx, settings, *key),
        "shipments": store.all_shipments(tx, key),
        "messages": store.messages(tx, key),
        "overrides": store.overrides(tx, key),
        "drifts": store.drifts(tx, key),
        "shop_read": reads.read_row(tx, *key),
        "incidents": store.incidents(tx, key),
        "audit": ledger.audit_of(tx, *key),
    }


def _raw_export(row: Row) -> dict[str, object]:
    """A body as text, else as base64; ``null`` where its time was over."""
    exported = {name: value for name, value in row.items() if name != "body"}
    if row["body"] is None:
        return exported | {"body": None}
    body = zlib.decompress(row["body"])
    try:
        return exported | {"body": body.decode()}
    except UnicodeDecodeError:
        return exported | {"body_base64": base64.b64encode(body).decode()}
