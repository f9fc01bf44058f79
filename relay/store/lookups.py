"""The look-up table asked for what is near: keys that somebody can have meant."""

from collections.abc import Collection

from relay.database import Row, Tx
from relay.store._many import among

#: Under which nobody guesses: an address and a page's token are found whole or not at all.
GUESSED = "('order', 'short', 'invoice', 'number')"
#: Behind whatever follows: keys are capitals and digits, which engines sort alike.
LAST = "Z" * 20


def look_up_any(tx: Tx, keys: Collection[str], limit: int) -> list[Row]:
    """Orders that are known under one of the keys."""
    found: list[Row] = []
    for some, params in among(keys):
        found += tx.rows(
            f"SELECT key, kind, shop, order_id FROM lookups WHERE key IN {some} AND kind IN {GUESSED} LIMIT :limit",  # noqa: S608 - our own names
            limit=limit,
            **params,
        )
    return found[:limit]


def look_up_beginning(tx: Tx, beginning: str, limit: int) -> list[Row]:
    """Orders with a key that begins so."""
    found = tx.rows(
        f"""
        SELECT key, kind, shop, order_id FROM lookups
        WHERE key >= :beginning AND key < :behind AND kind IN {GUESSED} ORDER BY key LIMIT :limit
        """,  # noqa: S608 - our own names
        beginning=beginning,
        behind=beginning + LAST,
        limit=limit,
    )
    return [row for row in found if str(row["key"]).startswith(beginning)]
