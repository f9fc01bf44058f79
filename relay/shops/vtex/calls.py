"""The requests that VTEX is asked, as values. Pure. Outside text in a path is escaped, whatever it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, urlencode

from relay.errors import ShopFault

OMS: Final = "/api/oms/pvt/orders"
HOOK: Final = "/api/orders/hook/config"
FEED: Final = "/api/orders/feed"
#: The most that one answer of the feed, and of Master Data, holds.
MOST_NOTICES, MOST_PROFILES = 10, 10

VIEW_ORDER: Final = "View order (OMS)"
LIST_ORDERS: Final = "List Orders (OMS)"
NOTIFY_INVOICE: Final = "Notify invoice (OMS)"
FEED_AND_HOOK: Final = "Feed v3 and Hook Admin (OMS)"
CHECKOUT: Final = "Orders Full Access (Checkout)"
DOCUMENTS: Final = "Read only documents (Dynamic Storage)"


@dataclass(frozen=True, slots=True)
class Call:
    """One request to VTEX. ``path`` follows the address of the account."""

    method: str
    path: str
    what: str  #: in words, after "VTEX would not"
    resource: str  #: what the key's role must have
    json: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    invoice: str | None = None  #: the number in the path, as it is


def segment(text: str) -> str:
    """Text as one part of a path. Raises ShopFault for what would be no part: a dot or two lead elsewhere."""
    if text.strip(".") == "":
        raise ShopFault("not_found", f"{text!r} cannot be an order or invoice of VTEX")
    return quote(text, safe="", errors="replace")


def with_query(path: str, query: Mapping[str, str | int]) -> str:
    return f"{path}?{urlencode(query, quote_via=quote)}"


# -- orders ------------------------------------------------------------------------------------------------------------


def get_order(order_id: str) -> Call:
    return Call("GET", f"{OMS}/{segment(order_id)}", "show the order", VIEW_ORDER)


def list_orders(query: Mapping[str, str | int]) -> Call:
    return Call("GET", with_query(OMS, query), "list orders", LIST_ORDERS)


def put_tracking(order_id: str, invoice: str, body: object) -> Call:
    path = f"{OMS}/{segment(order_id)}/invoice/{segment(invoice)}/tracking"
    return Call("PUT", path, "take the tracking", NOTIFY_INVOICE, json=body, invoice=invoice)


def patch_invoice(order_id: str, invoice: str, body: object) -> Call:
    path = f"{OMS}/{segment(order_id)}/invoice/{segment(invoice)}"
    return Call("PATCH", path, "take the tracking number", NOTIFY_INVOICE, json=body, invoice=invoice)


def post_note(order_id: str, text: str) -> Call:
    path = f"{OMS}/{segment(order_id)}/interactions"
    return Call("POST", path, "take a note", CHECKOUT, json={"source": "wismo", "message": text})


# -- the customer ------------------------------------------------------------------------------------------------------


def get_conversation(order_id: str) -> Call:
    path = f"{OMS}/{segment(order_id)}/conversation-message"
    return Call("GET", path, "show the order's messages", CHECKOUT)


def search_profile(profile_id: str) -> Call:
    path = with_query("/api/dataentities/CL/search", {"userId": profile_id, "_fields": "email"})
    return Call("GET", path, "show the customer", DOCUMENTS, headers={"REST-Range": f"resources=0-{MOST_PROFILES}"})


# -- hook and feed -----------------------------------------------------------------------------------------------------


def get_hook() -> Call:
    return Call("GET", HOOK, "show its hook", FEED_AND_HOOK)


def post_hook(body: object) -> Call:
    return Call("POST", HOOK, "set its hook", FEED_AND_HOOK, json=body)


def delete_hook() -> Call:
    return Call("DELETE", HOOK, "delete its hook", FEED_AND_HOOK)


def get_feed() -> Call:
    return Call("GET", f"{FEED}/config", "show its feed", FEED_AND_HOOK)


def post_feed(body: object) -> Call:
    return Call("POST", f"{FEED}/config", "set its feed", FEED_AND_HOOK, json=body)


def take_feed() -> Call:
    return Call("GET", with_query(FEED, {"maxlot": MOST_NOTICES}), "give what its feed holds", FEED_AND_HOOK)


def commit_feed(handles: Sequence[str]) -> Call:
    return Call("POST", FEED, "forget what was taken", FEED_AND_HOOK, json={"handles": list(handles)})
