"""Incidents as Slack is told of them: one message each, edited in place."""

from datetime import datetime

from relay.database import Row, Tx
from relay.model import to_text


def incident(tx: Tx, incident_id: str) -> Row | None:
    found = tx.rows(
        """
        SELECT incidents.*, (SELECT COUNT(*) FROM incident_orders
                             WHERE incident_orders.incident_id = incidents.incident_id) AS parcels
        FROM incidents WHERE incident_id = :id
        """,
        id=incident_id,
    )
    return found[0] if found else None


def to_tell(tx: Tx) -> list[Row]:
    """Those that are open, and those that were told as open."""
    return tx.rows(
        """
        SELECT incident_id, shop, subject, title, closed_at, owner, snoozed_until, times, told, told_at FROM incidents
        WHERE closed_at IS NULL OR (told IS NOT NULL AND told NOT LIKE 'closed%') ORDER BY opened_at, incident_id
        """
    )


def mark_told(tx: Tx, incident_id: str, told: str, now: datetime) -> None:
    tx.rows(
        "UPDATE incidents SET told = :told, told_at = :now WHERE incident_id = :id",
        id=incident_id,
        told=told,
        now=to_text(now),
    )


def remember(tx: Tx, incident_id: str, thread: str) -> None:
    tx.rows("UPDATE incidents SET thread = :thread WHERE incident_id = :id", id=incident_id, thread=thread)


def take(tx: Tx, incident_id: str, person: str) -> str:
    """Whose it is: the first one's who took it."""
    found = tx.rows(
        "UPDATE incidents SET owner = COALESCE(owner, :person) WHERE incident_id = :id RETURNING owner",
        id=incident_id,
        person=person,
    )
    return str(found[0]["owner"])
