"""Incidents: opened, seen again, closed; and as Slack is told of them, one message each, edited in place."""

import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from relay.database import Row, Tx
from relay.model import optional_text, to_text

#: What a kind's words are filled with: numbers, names, words of a closed list; moments under names in ``_at``.
Figures = Mapping[str, str | int | float]
_NONE: Final[Figures] = MappingProxyType({})
#: How many parcels are behind each; what is about a message to the team is about none.
_BEHIND: Final = """
    (SELECT COUNT(DISTINCT NULLIF(shipment_id, '')) FROM incident_orders
     WHERE incident_orders.incident_id = incidents.incident_id) AS parcels
"""


def open_incident(
    tx: Tx,
    *,
    kind: str,
    subject: str,
    title: str,
    remedy: str,
    now: datetime,
    figures: Figures = _NONE,
    shop: str = "default",
) -> str:
    """Open an incident; while one of the same cause is open, that one is seen again. Returns its id.

    ``title`` and ``remedy`` are what commands, mails and logs say. Slack says the same in its reader's language, by
    the words that ``bot/words/incidents.py`` has for ``kind``, filled with ``figures``.
    """
    incident_id = secrets.token_hex(6)
    found = tx.rows(
        """
        INSERT INTO incidents (incident_id, shop, kind, subject, title, remedy, figures, opened_at, last_seen_at)
        VALUES (:incident_id, :shop, :kind, :subject, :title, :remedy, :figures, :now, :now)
        ON CONFLICT (shop, kind, subject) WHERE closed_at IS NULL DO UPDATE SET
            times = incidents.times + 1, last_seen_at = excluded.last_seen_at, title = excluded.title,
            remedy = excluded.remedy, figures = excluded.figures
        RETURNING incident_id
        """,
        incident_id=incident_id,
        shop=shop,
        kind=kind,
        subject=subject,
        title=title,
        remedy=remedy,
        figures=json.dumps(dict(figures), sort_keys=True),
        now=to_text(now),
    )
    return str(found[0]["incident_id"])


def close_incident(tx: Tx, kind: str, subject: str, now: datetime) -> bool:
    """Close the open incident of this cause, because there is evidence that it is over.

    What was part of it and is open still, speaks for itself from then on.
    """
    closed = tx.rows(
        """
        UPDATE incidents SET closed_at = :now
        WHERE kind = :kind AND subject = :subject AND closed_at IS NULL RETURNING incident_id
        """,
        kind=kind,
        subject=subject,
        now=to_text(now),
    )
    for row in closed:
        tx.rows(
            "UPDATE incidents SET part_of = NULL WHERE part_of = :id AND closed_at IS NULL RETURNING incident_id",
            id=row["incident_id"],
        )
    return bool(closed)


def is_open(tx: Tx, kind: str, subject: str) -> bool:
    """Whether an incident of this cause is open."""
    return bool(
        tx.rows(
            "SELECT 1 FROM incidents WHERE kind = :kind AND subject = :subject AND closed_at IS NULL",
            kind=kind,
            subject=subject,
        )
    )


def add_to_incident(tx: Tx, incident_id: str, shipment: Row, detail: str) -> None:
    tx.rows(
        """
        INSERT INTO incident_orders (incident_id, shop, order_id, shipment_id, detail)
        VALUES (:incident_id, :shop, :order_id, :shipment_id, :detail) ON CONFLICT DO NOTHING
        """,
        incident_id=incident_id,
        shop=shipment["shop"],
        order_id=shipment["order_id"],
        shipment_id=shipment["shipment_id"],
        detail=detail,
    )


def incidents(tx: Tx, *, only_open: bool, limit: int = 200) -> list[Row]:
    return tx.rows(
        f"""
        SELECT incidents.*, {_BEHIND}
        FROM incidents WHERE :only_open = 0 OR closed_at IS NULL
        ORDER BY opened_at DESC, incident_id LIMIT :limit
        """,  # noqa: S608 - our own text
        only_open=int(only_open),
        limit=limit,
    )


def open_of(tx: Tx, kind: str) -> list[Row]:
    """The open ones of a kind, each with how many parcels are behind it, and how many others are part of it."""
    return tx.rows(
        f"""
        SELECT incidents.*, {_BEHIND},
            (SELECT COUNT(*) FROM incidents AS part
             WHERE part.part_of = incidents.incident_id AND part.closed_at IS NULL) AS parts
        FROM incidents WHERE kind = :kind AND closed_at IS NULL
        """,  # noqa: S608 - our own text
        kind=kind,
    )


def incident_orders(tx: Tx, incident_id: str) -> list[Row]:
    return tx.rows(
        "SELECT order_id, detail FROM incident_orders WHERE incident_id = :id ORDER BY order_id LIMIT 200",
        id=incident_id,
    )


def incidents_of_order(tx: Tx, shop: str, order_id: str) -> list[Row]:
    return tx.rows(
        """
        SELECT DISTINCT incidents.* FROM incidents JOIN incident_orders USING (incident_id)
        WHERE incident_orders.shop = :shop AND incident_orders.order_id = :order_id AND closed_at IS NULL
        """,
        shop=shop,
        order_id=order_id,
    )


def figures_of(row: Row) -> Figures:
    found: Figures = json.loads(row["figures"])
    return found


# -- parts of another --------------------------------------------------------------------------------------------------


def make_part(tx: Tx, incident_id: str, of: str) -> None:
    """Let an incident be part of another, if it is open and no part of one yet."""
    tx.rows(
        """
        UPDATE incidents SET part_of = :of
        WHERE incident_id = :id AND closed_at IS NULL AND part_of IS NULL AND incident_id <> :of RETURNING incident_id
        """,
        id=incident_id,
        of=of,
    )


def parts_of(tx: Tx, incident_id: str) -> list[Row]:
    """All that were ever part of one that is open; of one that is over, those that ended before it."""
    return tx.rows("SELECT * FROM incidents WHERE part_of = :id ORDER BY opened_at, incident_id", id=incident_id)


# -- told --------------------------------------------------------------------------------------------------------------


def incident(tx: Tx, incident_id: str) -> Row | None:
    found = tx.rows(
        f"""
        SELECT incidents.*, {_BEHIND} FROM incidents WHERE incident_id = :id
        """,  # noqa: S608 - our own text
        id=incident_id,
    )
    return found[0] if found else None


def to_tell(tx: Tx) -> list[Row]:
    """Those that are open, and those that were told as open."""
    return tx.rows(
        f"""
        SELECT incidents.*, {_BEHIND} FROM incidents
        WHERE closed_at IS NULL OR (told IS NOT NULL AND told NOT LIKE 'closed%') ORDER BY opened_at, incident_id
        """  # noqa: S608 - our own text
    )


def mark_told(tx: Tx, incident_id: str, told: str, posts: int, now: datetime) -> None:
    """``posts``: how many messages about it Wismo has made of its own accord."""
    tx.rows(
        "UPDATE incidents SET told = :told, told_at = :now, posts = :posts WHERE incident_id = :id",
        id=incident_id,
        told=told,
        posts=posts,
        now=to_text(now),
    )


def remember(tx: Tx, incident_id: str, thread: str) -> None:
    tx.rows("UPDATE incidents SET thread = :thread WHERE incident_id = :id", id=incident_id, thread=thread)


def to_alert(tx: Tx) -> list[Row]:
    """Those that are open and not told by mail, and those that are over and were."""
    return tx.rows(
        f"""
        SELECT incidents.*, {_BEHIND} FROM incidents
        WHERE closed_at IS NULL AND alerted_at IS NULL
           OR closed_at IS NOT NULL AND alerted_at IS NOT NULL AND alerted_over_at IS NULL
        ORDER BY opened_at, incident_id
        """  # noqa: S608 - our own text
    )


def mark_alerted(tx: Tx, incident_id: str, now: datetime) -> None:
    """That it is told by mail: that it is open, and later that it is over."""
    tx.rows(
        """
        UPDATE incidents SET alerted_over_at = CASE WHEN closed_at IS NULL THEN NULL ELSE :now END,
            alerted_at = COALESCE(alerted_at, :now)
        WHERE incident_id = :id RETURNING incident_id
        """,
        id=incident_id,
        now=to_text(now),
    )


# -- who looks after it ------------------------------------------------------------------------------------------------


def take(tx: Tx, incident_id: str, person: str) -> str:
    """Whose it is: the first one's who took it."""
    found = tx.rows(
        "UPDATE incidents SET owner = COALESCE(owner, :person) WHERE incident_id = :id RETURNING owner",
        id=incident_id,
        person=person,
    )
    return str(found[0]["owner"])


def give_back(tx: Tx, incident_id: str, person: str) -> bool:
    """Whether it was theirs until now."""
    return bool(
        tx.rows(
            "UPDATE incidents SET owner = NULL WHERE incident_id = :id AND owner = :person RETURNING incident_id",
            id=incident_id,
            person=person,
        )
    )


def snooze(tx: Tx, incident_id: str, until: datetime | None, person: str | None) -> None:
    """Let it be quiet until then; None: not any more."""
    tx.rows(
        "UPDATE incidents SET snoozed_until = :until, snoozed_by = :person WHERE incident_id = :id",
        id=incident_id,
        until=optional_text(until),
        person=person,
    )


def accept(tx: Tx, incident_id: str, person: str | None) -> None:
    """Let it be known, and so quiet until it closes; None: not any more."""
    tx.rows("UPDATE incidents SET known_by = :person WHERE incident_id = :id", id=incident_id, person=person)
