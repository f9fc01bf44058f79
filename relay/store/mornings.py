"""The morning lists: one a working day, edited in place until the next one comes."""

from datetime import datetime

from relay.database import Row, Tx
from relay.model import to_text


def begin(tx: Tx, day: str, channel: str, told: str, now: datetime) -> bool:
    """Whether this day's list is a new one: it is posted once, whoever looks at the clock and how often."""
    return bool(
        tx.rows(
            """
            INSERT INTO morning_lists (day, channel, told, told_at) VALUES (:day, :channel, :told, :now)
            ON CONFLICT DO NOTHING RETURNING day
            """,
            day=day,
            channel=channel,
            told=told,
            now=to_text(now),
        )
    )


def morning(tx: Tx, day: str) -> Row | None:
    found = tx.rows("SELECT * FROM morning_lists WHERE day = :day", day=day)
    return found[0] if found else None


def latest(tx: Tx) -> Row | None:
    found = tx.rows("SELECT * FROM morning_lists ORDER BY day DESC LIMIT 1")
    return found[0] if found else None


def mark_told(tx: Tx, day: str, told: str, now: datetime) -> None:
    tx.rows(
        "UPDATE morning_lists SET told = :told, told_at = :now WHERE day = :day", day=day, told=told, now=to_text(now)
    )


def remember(tx: Tx, day: str, thread: str) -> None:
    tx.rows("UPDATE morning_lists SET thread = :thread WHERE day = :day", day=day, thread=thread)
