"""What came of an incident, where the database can prove it."""

from relay.database import Tx


def open_parcels(tx: Tx, carrier: str) -> int:
    """Parcels that are with a carrier now."""
    found = tx.rows(
        """
        SELECT COUNT(*) AS parcels FROM shipments
        WHERE carrier = :carrier AND superseded_at IS NULL
          AND shown_status NOT IN ('delivered', 'returned', 'cancelled')
        """,
        carrier=carrier,
    )
    return int(found[0]["parcels"])


def waiting(tx: Tx, channel: str, now: str) -> int:
    """Messages that would have left by now."""
    found = tx.rows(
        """
        SELECT COUNT(*) AS messages FROM outbox
        WHERE channel = :channel AND state = 'due' AND held_at IS NULL AND due_at <= :now
        """,
        channel=channel,
        now=now,
    )
    return int(found[0]["messages"])


def late(tx: Tx, channel: str, since: str, until: str) -> int:
    """Messages that were to leave between two moments, and did not before the later one."""
    found = tx.rows(
        """
        SELECT COUNT(*) AS messages FROM outbox
        WHERE channel = :channel AND due_at >= :since AND due_at < :until
          AND (state = 'due' OR state = 'sent' AND sent_at >= :until)
        """,
        channel=channel,
        since=since,
        until=until,
    )
    return int(found[0]["messages"])


def given_up(tx: Tx, channel: str, since: str, until: str) -> int:
    """Orders about which something was to leave between two moments, and never will."""
    found = tx.rows(
        """
        SELECT COUNT(DISTINCT order_id) AS orders FROM outbox
        WHERE channel = :channel AND state = 'dead' AND due_at >= :since AND due_at < :until
        """,
        channel=channel,
        since=since,
        until=until,
    )
    return int(found[0]["orders"])
