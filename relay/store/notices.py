"""Notes that people leave on every parcel of a carrier or a region until a day. They are about no customer."""

import secrets
from datetime import datetime

from relay.database import Row, Tx
from relay.model import to_text


def add(tx: Tx, *, shop: str, carrier: str, region: str, text: str, until: datetime, by: str, now: datetime) -> str:
    """One for a carrier or, where that is "", for a region; its id."""
    found = tx.rows(
        """
        INSERT INTO notices (notice_id, shop, carrier, region, text, until_at, by_whom, at)
        VALUES (:notice_id, :shop, :carrier, :region, :text, :until, :by, :now) RETURNING notice_id
        """,
        notice_id=secrets.token_hex(4),
        shop=shop,
        carrier=carrier,
        region=region,
        text=text,
        until=to_text(until),
        by=by,
        now=to_text(now),
    )
    return str(found[0]["notice_id"])


def in_force(tx: Tx, shop: str, now: datetime) -> list[Row]:
    """Oldest first."""
    return tx.rows(
        """
        SELECT * FROM notices WHERE shop = :shop AND until_at > :now AND ended_at IS NULL ORDER BY at, notice_id
        """,
        shop=shop,
        now=to_text(now),
    )


def end(tx: Tx, notice_id: str, now: datetime) -> bool:
    return bool(
        tx.rows(
            """
            UPDATE notices SET ended_at = :now
            WHERE notice_id = :id AND ended_at IS NULL AND until_at > :now RETURNING notice_id
            """,
            id=notice_id,
            now=to_text(now),
        )
    )
