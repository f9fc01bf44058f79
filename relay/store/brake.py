"""The mails of each minute, those that the brake holds, and what was said of it."""

from datetime import datetime

from relay.database import Row, Tx
from relay.model import from_text, to_text

EMAIL = "email"
#: What is shown of a message that is held, wherever its last error is.
HELD = "held by the brake"
_MINUTE = len("2026-03-02T12:00")

# -- how many leave ----------------------------------------------------------------------------------------------------


def lock(tx: Tx) -> Row:
    """What was said of the brake. Until the end of the transaction nobody else can claim a mail."""
    return tx.rows(
        """
        INSERT INTO brake (channel) VALUES (:channel)
        ON CONFLICT (channel) DO UPDATE SET channel = excluded.channel RETURNING *
        """,
        channel=EMAIL,
    )[0]


def known(tx: Tx) -> Row:
    found = tx.rows("SELECT * FROM brake WHERE channel = :channel", channel=EMAIL)
    empty: Row = {"channel": EMAIL, "looked_at": None, "usual": 0, "raised": 0, "raised_at": None}
    return found[0] if found else empty


def note_usual(tx: Tx, usual: int, now: datetime, forget_before: datetime) -> None:
    tx.rows(
        "UPDATE brake SET usual = :usual, looked_at = :now WHERE channel = :channel",
        usual=usual,
        now=to_text(now),
        channel=EMAIL,
    )
    tx.rows("DELETE FROM mail_minutes WHERE minute < :before", before=_minute(forget_before))


def raise_limit(tx: Tx, limit: int, now: datetime) -> None:
    tx.rows(
        "UPDATE brake SET raised = :limit, raised_at = :now WHERE channel = :channel",
        limit=limit,
        now=to_text(now),
        channel=EMAIL,
    )


def count_gone(tx: Tx, at: datetime, mails: int) -> None:
    """Count a mail that leaves, or take one back that did not."""
    _count(tx, at, gone=mails, kept=0)


def count_kept(tx: Tx, at: datetime) -> None:
    """Count a mail that would have left."""
    _count(tx, at, gone=0, kept=1)


def _count(tx: Tx, at: datetime, *, gone: int, kept: int) -> None:
    tx.rows(
        """
        INSERT INTO mail_minutes (minute, gone, kept) VALUES (:minute, :gone, :kept)
        ON CONFLICT (minute) DO UPDATE SET
            gone = mail_minutes.gone + excluded.gone, kept = mail_minutes.kept + excluded.kept
        """,
        minute=_minute(at),
        gone=gone,
        kept=kept,
    )


def gone_between(tx: Tx, since: datetime, until: datetime) -> int:
    """Mails that left in these minutes, the first and the last one whole."""
    found = tx.rows(
        "SELECT COALESCE(SUM(gone), 0) AS mails FROM mail_minutes WHERE minute BETWEEN :since AND :until",
        since=_minute(since),
        until=_minute(until),
    )
    return int(found[0]["mails"])


def hours(tx: Tx, since: datetime) -> dict[datetime, int]:
    """How many left, or would have, in each hour."""
    found = tx.rows(
        """
        SELECT SUBSTR(minute, 1, 13) AS hour, SUM(gone + kept) AS mails FROM mail_minutes
        WHERE minute >= :since GROUP BY SUBSTR(minute, 1, 13)
        """,
        since=_minute(since),
    )
    return {from_text(f"{row['hour']}:00:00.000+00:00"): int(row["mails"]) for row in found}


def _minute(at: datetime) -> str:
    return to_text(at)[:_MINUTE]


# -- what is held ------------------------------------------------------------------------------------------------------


def is_any_due(tx: Tx, now: datetime) -> bool:
    """Whether there is a mail to claim."""
    return bool(
        tx.rows(
            """
            SELECT 1 AS one FROM outbox
            WHERE channel = :channel AND state = 'due' AND held_at IS NULL AND due_at <= :now
              AND (lease_until IS NULL OR lease_until <= :now) LIMIT 1
            """,
            channel=EMAIL,
            now=to_text(now),
        )
    )


def hold_due(tx: Tx, now: datetime) -> list[Row]:
    """Hold every mail that is due and nobody's; those that were not held before."""
    return tx.rows(
        """
        UPDATE outbox SET held_at = :now, last_error = :held, lease_until = NULL
        WHERE channel = :channel AND state = 'due' AND held_at IS NULL AND due_at <= :now
          AND (lease_until IS NULL OR lease_until <= :now)
        RETURNING shop, order_id, shipment_id
        """,
        channel=EMAIL,
        now=to_text(now),
        held=HELD,
    )


def count_held(tx: Tx) -> int:
    found = tx.rows("SELECT COUNT(*) AS held FROM outbox WHERE state = 'due' AND held_at IS NOT NULL")
    return int(found[0]["held"])


def is_any_held(tx: Tx, before: datetime | None = None) -> bool:
    return bool(
        tx.rows(
            """
            SELECT 1 AS one FROM outbox
            WHERE state = 'due' AND held_at IS NOT NULL AND held_at <= :before LIMIT 1
            """,
            before=to_text(before) if before else "9999",
        )
    )


def listed_held(tx: Tx, limit: int) -> list[Row]:
    return tx.rows(
        """
        SELECT order_id, shipment_id, status, held_at FROM outbox
        WHERE state = 'due' AND held_at IS NOT NULL ORDER BY held_at, message_id LIMIT :limit
        """,
        limit=limit,
    )


def release(tx: Tx) -> int:
    """Let all that is held be due again; how many those are."""
    return len(
        tx.rows(
            """
            UPDATE outbox SET held_at = NULL, last_error = NULL
            WHERE state = 'due' AND held_at IS NOT NULL RETURNING message_id
            """
        )
    )


def drop(tx: Tx, receipt: str, before: datetime | None = None) -> list[Row]:
    """Let what is held, or was before a moment, never leave; it counts as told."""
    return tx.rows(
        """
        UPDATE outbox SET state = 'superseded', superseded_by = 'dropped', receipt = :receipt, held_at = NULL,
            last_error = NULL, lease_until = NULL
        WHERE state = 'due' AND held_at IS NOT NULL AND held_at <= :before
        RETURNING shop, order_id, shipment_id, status, rounds
        """,
        receipt=receipt,
        before=to_text(before) if before else "9999",
    )


def put_behind(tx: Tx, incident_id: str, held_at: datetime) -> None:
    """Put the parcels whose mails are held since a moment behind an incident."""
    tx.rows(
        """
        INSERT INTO incident_orders (incident_id, shop, order_id, shipment_id, detail)
        SELECT :incident_id, shop, order_id, shipment_id, status FROM outbox
        WHERE state = 'due' AND held_at = :held_at ON CONFLICT DO NOTHING
        """,
        incident_id=incident_id,
        held_at=to_text(held_at),
    )
