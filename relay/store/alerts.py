"""Messages of the second route: incidents, by mail to those who look after Wismo."""

from datetime import datetime

from relay.database import Tx
from relay.model import Status, to_text

ALERT = "alert"


def put(tx: Tx, message_id: str, subject: str, group: str, *, due_at: datetime, now: datetime) -> None:
    """Have somebody told, once: a message that is there already stays as it is. One group shares its mails."""
    tx.rows(
        """
        INSERT INTO outbox (message_id, shop, shipment_id, order_id, group_id, channel, status, rounds, subject, state,
            due_at, created_at)
        VALUES (:message_id, 'default', '', '', :group, :channel, :status, '', :subject, 'due', :due_at, :now)
        ON CONFLICT (message_id) DO NOTHING RETURNING message_id
        """,
        message_id=message_id,
        subject=subject,
        group=group,
        channel=ALERT,
        status=Status.UNKNOWN.value,
        due_at=to_text(due_at),
        now=to_text(now),
    )


def was_sent(tx: Tx, message_id: str) -> bool:
    return bool(tx.rows("SELECT 1 AS one FROM outbox WHERE message_id = :id AND state = 'sent'", id=message_id))
