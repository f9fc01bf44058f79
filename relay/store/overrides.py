"""What an override made leave, and what those who set some are called."""

from collections.abc import Iterable

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


def names_of(tx: Tx, people: Iterable[str]) -> dict[str, str]:
    """What people of Slack were called when they last set a status by hand; those who never did are left out."""
    found = {person: _name_of(tx, person) for person in people}
    return {person: name for person, name in found.items() if name}


def _name_of(tx: Tx, person: str) -> str:
    found = tx.rows(
        "SELECT by_name FROM overrides WHERE by_whom = :person AND by_name <> '' ORDER BY at DESC LIMIT 1",
        person=person,
    )
    return str(found[0]["by_name"]) if found else ""
