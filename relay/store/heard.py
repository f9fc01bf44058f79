"""Events of a sender that repeats itself, by the id that the sender gave them."""

from datetime import datetime

from relay.database import Tx
from relay.model import to_text


def hear(tx: Tx, event_id: str, now: datetime) -> bool:
    """Whether it is heard for the first time."""
    return bool(
        tx.rows(
            "INSERT INTO heard (event_id, at) VALUES (:id, :now) ON CONFLICT DO NOTHING RETURNING event_id",
            id=event_id,
            now=to_text(now),
        )
    )


def forget_before(tx: Tx, moment: datetime) -> None:
    tx.rows("DELETE FROM heard WHERE at < :moment", moment=to_text(moment))
