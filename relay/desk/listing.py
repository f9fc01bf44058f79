"""Pages of shipments for scripts: the state and the clocks, without events."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from relay.database import Row
from relay.desk import Desk
from relay.desk.view import held_json, page_url
from relay.errors import BadInput
from relay.model import Status, from_text, optional_moment, optional_text, to_text
from relay.store import listing as store
from relay.tracking import Clocks, give_up_at
from relay.tracking.asking import GIVE_UP_AFTER

SHOP = "default"
#: A parcel this long past its promised date is given up.
LATE = timedelta(days=5)


@dataclass(frozen=True, slots=True)
class Page:
    shipments: Sequence[Mapping[str, object]]
    next: str | None  #: the cursor of the next page


def page(
    desk: Desk, conditions: Iterable[str], values: Mapping[str, str], cursor: str | None, limit: int, now: datetime
) -> Page:
    """Shipments, newest first, that fit all of ``conditions`` (:data:`relay.store.listing.CONDITIONS`).

    Raises BadInput if the cursor is none of ours.
    """
    after = _position(cursor) if cursor else store.BEFORE_ALL
    moments = {"now": to_text(now), "long_ago": to_text(now - GIVE_UP_AFTER), "late": to_text(now - LATE)[:10]}
    with desk.database.read() as tx:
        rows = store.shipments(tx, SHOP, conditions, {**moments, **values}, after, limit + 1)
    shown = [_listed(desk, row) for row in rows[:limit]]
    return Page(shown, _cursor(rows[limit - 1]) if len(rows) > limit else None)


def _cursor(row: Row) -> str:
    return urlsafe_b64encode(f"{row['known_at']}|{row['shipment_id']}".encode()).decode().rstrip("=")


def _position(cursor: str) -> tuple[str, str]:
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (binascii.Error, UnicodeError, ValueError):
        text = ""
    known_at, bar, shipment_id = text.partition("|")
    if not bar or "\0" in text:
        raise BadInput("cursor", "it is not one that a list gave", "Take next from the page before, or leave it out")
    return known_at, shipment_id


def _listed(desk: Desk, row: Row) -> Mapping[str, object]:
    return {
        "shipment_id": row["shipment_id"],
        "order_id": row["order_id"],
        "shop": row["shop"],
        "package": row["package"],
        "kind": row["kind"],
        "carrier": row["carrier"],
        "tracking_number": row["tracking_number"],
        "status": row["shown_status"],
        "carrier_status": row["status"],
        "is_overridden": row["override_id"] is not None,
        "held": held_json(row),
        "known_at": row["known_at"],
        "asked_at": row["asked_at"],
        "tried_at": row["tried_at"],
        "heard_at": row["heard_at"],
        "changed_at": row["changed_at"],
        "give_up_at": optional_text(_give_up_at(row)),
        "delivered_at": row["delivered_at"],
        "estimated_at": row["estimated_at"],
        "promised_at": row["promised_at"],
        "page_url": page_url(desk.settings, row),
    }


def _give_up_at(row: Row) -> datetime | None:
    if row["track_id"] is None or Status(row["status"]).is_final:
        return None
    return give_up_at(Clocks(from_text(row["track_known_at"]), news_at=optional_moment(row["news_at"])))
