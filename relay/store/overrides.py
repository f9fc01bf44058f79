"""What an override made leave."""

from relay.database import Row, Tx


def mails_of(tx: Tx, override_id: str) -> list[Row]:
    """The mails that an override made and that were not withdrawn since."""
    return tx.rows(
        """
        SELECT * FROM outbox WHERE override_id = :id AND NOT (state = 'superseded' AND superseded_by IS NULL)
        ORDER BY due_at, message_id
        """,
        id=override_id,
    )
