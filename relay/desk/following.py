"""Whether the shop has answered about what somebody waits for."""

from datetime import datetime, timedelta
from enum import StrEnum

from relay.database import Tx
from relay.desk.asking_shop import SHOP, shop_id
from relay.desk.find import find_orders
from relay.desk.questions import Way
from relay.errors import NotFound
from relay.model import OutboxMessage, from_text
from relay.store import asked, reads

#: So long somebody waits for the shop; within it they can still be told where they asked.
PATIENCE = timedelta(minutes=25)
#: The longest and the shortest pause between two looks.
OFTEN, SELDOM = timedelta(seconds=1), timedelta(seconds=15)


class ShopSays(StrEnum):
    KNOWN = "known"
    IN_VAIN = "in_vain"  # it does not know it either, or what it says of it cannot be read
    NOTHING = "nothing"  # no answer yet


def what_shop_says(tx: Tx, query: str) -> ShopSays:
    try:
        find_orders(tx, query)
    except NotFound:
        row = reads.read_row(tx, SHOP, shop_id(query) or "")
        return ShopSays.IN_VAIN if row is None or row["due_at"] is None else ShopSays.NOTHING
    return ShopSays.KNOWN


def look_again_at(tx: Tx, message: OutboxMessage, now: datetime) -> datetime | None:
    """When to look again whether there is an answer; None: there is something to say."""
    kind, _, about = message.subject.partition("/")
    row = asked.question(tx, about) if kind == "asked" else None
    if row is None or row["way"] != Way.SHOP or row["answered_at"]:
        return None
    waited = now - from_text(row["asked_at"])
    if waited >= PATIENCE or what_shop_says(tx, row["text"]) is not ShopSays.NOTHING:
        return None
    return now + min(max(waited / 4, OFTEN), SELDOM)
