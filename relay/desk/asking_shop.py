"""What nobody here knows, the shop may: an order that somebody looks for is asked of it, once."""

import re
from datetime import datetime, timedelta

from relay.database import Row, Tx
from relay.desk import Desk
from relay.desk.find import WRAPPING, Hit, one_order
from relay.errors import NotFound
from relay.store import reads

SHOP = "default"
#: One and the same is not asked of the shop again within this, nor more than so many in all.
NOT_AGAIN, MOST = timedelta(hours=1), 50
#: An order's id ends in the number of the part: ``v502556abc-01``.
ORDER_ID = re.compile(r"[A-Za-z0-9]{1,30}(-[A-Za-z0-9]{1,30}){0,3}-[0-9]{2}")
#: What customers are told: VTEX finds an order by it as well. Longer ones are invoices and tracking numbers.
NUMBER = re.compile(r"#?([0-9]{3,10})")


def find_or_ask(desk: Desk, query: str, now: datetime) -> Hit:
    """The order that ``query`` names. Raises Ambiguous, or NotFound, which says whether the shop is asked now."""
    try:
        with desk.database.read() as tx:
            return one_order(tx, query)
    except NotFound as fault:
        wanted = shop_id(query) if desk.settings.vtex_account else None
        if wanted is None:
            raise
        raise NotFound(fault.what, desk.database.write(lambda tx: _ask(tx, wanted, now))) from None


def shop_id(query: str) -> str | None:
    """Under which the shop may know what somebody typed."""
    bare = query.strip(WRAPPING)
    if number := NUMBER.fullmatch(bare):
        return f"seq{number[1]}"
    return bare if ORDER_ID.fullmatch(bare) else None


def _ask(tx: Tx, order_id: str, now: datetime) -> str:
    """Put it first in the queue of what is read; what to tell whoever asked."""
    row = reads.read_row(tx, SHOP, order_id)
    if row and row["told_by"] == "desk" and datetime.fromisoformat(row["told_at"]) > now - NOT_AGAIN:
        return _since(row)
    if reads.asked_since(tx, SHOP, now - NOT_AGAIN) >= MOST:
        return f"The shop was asked about {MOST} unknown orders within the hour; try again later"
    reads.want(tx, SHOP, order_id, now, told_by="desk", quiet_before=now)
    return "The shop is asked about it now: try again in a moment"


def _since(row: Row) -> str:
    if row["fault"] is None:
        return "The shop is being asked about it: try again in a moment"
    return f"The shop was asked at {row['told_at']}: {row['fault']}"
