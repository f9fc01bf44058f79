"""What nobody here knows, the shop may: an order that somebody looks for is asked of it, once."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from relay.database import Tx
from relay.desk import Desk
from relay.desk.find import WRAPPING, Hit, one_order
from relay.desk.questions import Question, keep_following
from relay.errors import NotFound
from relay.model import from_text, optional_text, to_text
from relay.store import reads

SHOP = "default"
#: One and the same is not asked of the shop again within this, nor more than so many in all.
NOT_AGAIN, MOST = timedelta(hours=1), 50
#: An order's id ends in the number of the part: ``v502556abc-01``.
ORDER_ID = re.compile(r"[A-Za-z0-9]{1,30}(-[A-Za-z0-9]{1,30}){0,3}-[0-9]{2}")
#: What customers are told: VTEX finds an order by it as well. Longer ones are invoices and tracking numbers.
NUMBER = re.compile(r"#?([0-9]{3,10})")


class Asked(StrEnum):
    """What came of the wish to have the shop asked."""

    NOBODY = "nobody"  # there is no shop, or none could know it under this
    NOW = "now"
    ALREADY = "already"  # and no answer yet
    IN_VAIN = "in_vain"
    TOO_OFTEN = "too_often"


@dataclass(frozen=True, slots=True)
class ShopAsked:
    asked: Asked
    at: datetime | None = None  #: when it was, before now
    fault: str = ""  #: what the shop said


def find_or_ask(desk: Desk, query: str, now: datetime) -> Hit:
    """The order that ``query`` names. Raises Ambiguous, or NotFound, which says whether the shop is asked now."""
    try:
        with desk.database.read() as tx:
            return one_order(tx, query)
    except NotFound as fault:
        asked = ask_shop(desk, query, now)
        if asked.asked is Asked.NOBODY:
            raise
        raise NotFound(fault.what, in_words(asked)) from None


def ask_shop(desk: Desk, query: str, now: datetime) -> ShopAsked:
    """Have the shop asked about what nobody here knows."""
    wanted = shop_id(query) if desk.settings.vtex_account else None
    if wanted is None:
        return ShopAsked(Asked.NOBODY)
    return desk.database.write(lambda tx: _ask(tx, wanted, now))


def ask_shop_and_follow(desk: Desk, question: Question) -> ShopAsked:
    """The same for somebody who is told what the shop says as soon as it does; both are kept, or neither."""
    wanted = shop_id(question.text) if desk.settings.vtex_account else None
    if wanted is None:
        return ShopAsked(Asked.NOBODY)
    return desk.database.write(lambda tx: _ask_and_follow(tx, wanted, question))


def _ask_and_follow(tx: Tx, wanted: str, question: Question) -> ShopAsked:
    """Whoever asks twice meanwhile is told once."""
    found = _ask(tx, wanted, question.at)
    if found.asked in {Asked.NOW, Asked.ALREADY}:
        since = to_text(found.at or question.at)
        keep_following(tx, (question.way, question.by, str(question.to), wanted, since), question)
    return found


def in_words(asked: ShopAsked) -> str:
    return {
        Asked.NOBODY: "",
        Asked.NOW: "The shop is asked about it now: try again in a moment",
        Asked.ALREADY: "The shop is being asked about it: try again in a moment",
        Asked.IN_VAIN: f"The shop was asked at {optional_text(asked.at)}: {asked.fault}",
        Asked.TOO_OFTEN: f"The shop was asked about {MOST} unknown orders within the hour; try again later",
    }[asked.asked]


def shop_id(query: str) -> str | None:
    """Under which the shop may know what somebody typed."""
    bare = query.strip(WRAPPING)
    if number := NUMBER.fullmatch(bare):
        return f"seq{number[1]}"
    return bare if ORDER_ID.fullmatch(bare) else None


def _ask(tx: Tx, order_id: str, now: datetime) -> ShopAsked:
    """Put it first in the queue of what is read."""
    row = reads.read_row(tx, SHOP, order_id)
    if row and row["told_by"] == "desk" and from_text(row["told_at"]) > now - NOT_AGAIN:
        at = from_text(row["told_at"])
        return ShopAsked(Asked.ALREADY, at) if row["fault"] is None else ShopAsked(Asked.IN_VAIN, at, row["fault"])
    if reads.asked_since(tx, SHOP, now - NOT_AGAIN) >= MOST:
        return ShopAsked(Asked.TOO_OFTEN)
    reads.want(tx, SHOP, order_id, now, told_by="desk", quiet_before=now)
    return ShopAsked(Asked.NOW)
