"""What a canary brought: its push, its facts and its track, which no shipment points at."""

from collections.abc import Collection

from relay.database import Tx
from relay.model import CANARY
from relay.store._many import among


def tracks(tx: Tx) -> list[str]:
    """Every track of the reserved carrier that is no order's; by its key, so that no other is read."""
    found = tx.rows(
        """
        SELECT track_id FROM tracks WHERE track_id > :first AND track_id < :last
          AND NOT EXISTS (SELECT 1 FROM shipments WHERE shipments.track_id = tracks.track_id)
        """,
        first=f"{CANARY}/",
        last=f"{CANARY}0",  # the sign after the stroke
    )
    return [row["track_id"] for row in found]


def drop(tx: Tx, track_ids: Collection[str]) -> int:
    for keys, params in among(track_ids):
        tx.rows(
            f"""
            DELETE FROM pushes WHERE slug = :canary
              AND push_id IN (SELECT raw_id FROM facts WHERE track_id IN {keys})
            """,  # noqa: S608 - our own names
            canary=CANARY,
            **params,
        )
        for table in ("facts", "tracks"):
            tx.rows(f"DELETE FROM {table} WHERE track_id IN {keys}", **params)  # noqa: S608 - our own names
    return len(track_ids)
