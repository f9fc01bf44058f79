"""What a shop was last wanted to show of a shipment, and what it shows."""

from datetime import datetime

from relay.database import Row, Tx
from relay.model import to_text


def want(tx: Tx, shipment_id: str, fingerprint: str) -> None:
    tx.rows(
        "UPDATE shipments SET shop_wanted = :fingerprint WHERE shipment_id = :shipment_id",
        shipment_id=shipment_id,
        fingerprint=fingerprint,
    )


def show(tx: Tx, shipment_id: str, shown: str, now: datetime) -> None:
    """Remember what the shop shows, as JSON, and when it was read."""
    tx.rows(
        "UPDATE shipments SET shop_shows = :shown, shop_read_at = :now WHERE shipment_id = :shipment_id",
        shipment_id=shipment_id,
        shown=shown,
        now=to_text(now),
    )


def note(tx: Tx, shipment_id: str, override_id: str) -> None:
    """Remember that the shop's people were told of an override."""
    tx.rows(
        "UPDATE shipments SET shop_noted = :override_id WHERE shipment_id = :shipment_id",
        shipment_id=shipment_id,
        override_id=override_id,
    )


def is_delta(tx: Tx, shop: str) -> bool:
    """Whether the shop was found to add what it is told to what it shows."""
    return bool(tx.rows("SELECT key FROM install WHERE key = :key", key=_delta_key(shop)))


def mark_delta(tx: Tx, shop: str, now: datetime) -> bool:
    """Remember that the shop adds instead of replacing; whether that is new."""
    return bool(
        tx.rows(
            "INSERT INTO install (key, value) VALUES (:key, :now) ON CONFLICT DO NOTHING RETURNING key",
            key=_delta_key(shop),
            now=to_text(now),
        )
    )


def _delta_key(shop: str) -> str:
    return f"shop_adds/{shop}"


def message(tx: Tx, message_id: str) -> Row | None:
    found = tx.rows("SELECT * FROM outbox WHERE message_id = :message_id", message_id=message_id)
    return found[0] if found else None


def mark_shown(tx: Tx, message_id: str, now: datetime) -> None:
    """What a writing could not bring about is there: somebody else saw to it, or the shop was late to show it."""
    tx.rows(
        """
        UPDATE outbox SET state = 'sent', sent_at = :now, last_error = NULL, receipt = 'read later: the shop shows it'
        WHERE message_id = :message_id AND state IN ('drift', 'dead')
        """,
        message_id=message_id,
        now=to_text(now),
    )


def rearm(tx: Tx, message_id: str, shipment: Row, status: str, *, due_at: datetime, now: datetime) -> None:
    """Have the shop told: one message a shipment, which is due again with each thing to tell.

    Whoever holds it goes on holding it: two who write one package at once would leave the older state behind.
    """
    tx.rows(
        """
        INSERT INTO outbox (message_id, shop, shipment_id, order_id, group_id, channel, status, rounds, state, due_at,
            created_at)
        VALUES (:message_id, :shop, :shipment_id, :order_id, :group_id, 'shop', :status, '', 'due', :due_at, :now)
        ON CONFLICT (message_id) DO UPDATE SET state = 'due', status = excluded.status, due_at = excluded.due_at,
            revision = outbox.revision + 1, attempts = 0, last_error = NULL, receipt = NULL, superseded_by = NULL
        """,
        message_id=message_id,
        shop=shipment["shop"],
        shipment_id=shipment["shipment_id"],
        order_id=shipment["order_id"],
        group_id=shipment["group_id"],
        status=status,
        due_at=to_text(due_at),
        now=to_text(now),
    )
