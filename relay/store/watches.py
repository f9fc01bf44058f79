"""Who watches which order where, what somebody took, and what Slack is to be told.

A ``thread`` is where something is said, as ``channel/ts``; without a ts, in the channel or to the person itself.
"""

import secrets
from datetime import datetime

from relay.database import Row, Tx
from relay.model import to_text

SLACK = "slack"

# -- watches -----------------------------------------------------------------------------------------------------------


def begin(tx: Tx, *, shop: str, order_id: str, thread: str, by: str, told: str, now: datetime) -> bool:
    """Watch an order in a thread; False: somebody does so there already."""
    return bool(
        tx.rows(
            """
            INSERT INTO watches (watch_id, shop, order_id, thread, by_whom, begun_at, told)
            VALUES (:watch_id, :shop, :order_id, :thread, :by, :now, :told)
            ON CONFLICT (shop, order_id, thread) WHERE ended_at IS NULL DO NOTHING RETURNING watch_id
            """,
            watch_id=secrets.token_hex(16),
            shop=shop,
            order_id=order_id,
            thread=thread,
            by=by,
            told=told,
            now=to_text(now),
        )
    )


def watch(tx: Tx, watch_id: str) -> Row | None:
    found = tx.rows("SELECT * FROM watches WHERE watch_id = :id", id=watch_id)
    return found[0] if found else None


def of_order(tx: Tx, shop: str, order_id: str) -> list[Row]:
    return tx.rows(
        """
        SELECT * FROM watches WHERE shop = :shop AND order_id = :order_id AND ended_at IS NULL
        ORDER BY begun_at, watch_id
        """,
        shop=shop,
        order_id=order_id,
    )


def of_person(tx: Tx, person: str, limit: int) -> list[Row]:
    return tx.rows(
        "SELECT * FROM watches WHERE by_whom = :person AND ended_at IS NULL ORDER BY begun_at DESC LIMIT :limit",
        person=person,
        limit=limit,
    )


def mark_told(tx: Tx, watch_id: str, told: str, now: datetime) -> None:
    tx.rows(
        "UPDATE watches SET told = :told, told_at = :now WHERE watch_id = :id",
        id=watch_id,
        told=told,
        now=to_text(now),
    )


def end(tx: Tx, watch_id: str, because: str, now: datetime) -> bool:
    return bool(
        tx.rows(
            """
            UPDATE watches SET ended_at = :now, ended_because = :because
            WHERE watch_id = :id AND ended_at IS NULL RETURNING watch_id
            """,
            id=watch_id,
            because=because,
            now=to_text(now),
        )
    )


def people(tx: Tx) -> list[str]:
    """Everybody to whom a watch or an item of the team's list belongs."""
    found = tx.rows(
        """
        SELECT by_whom FROM watches WHERE ended_at IS NULL UNION SELECT by_whom FROM taken
        UNION SELECT owner FROM incidents WHERE owner IS NOT NULL AND closed_at IS NULL ORDER BY 1
        """
    )
    return [row["by_whom"] for row in found]


def hand_over(tx: Tx, leaver: str, heir: str) -> tuple[int, int]:
    """Give somebody's watches and items to another; how many watches and items there were."""
    watches = tx.rows(
        "UPDATE watches SET by_whom = :heir WHERE by_whom = :leaver AND ended_at IS NULL RETURNING watch_id",
        leaver=leaver,
        heir=heir,
    )
    items = tx.rows("UPDATE taken SET by_whom = :heir WHERE by_whom = :leaver RETURNING item", leaver=leaver, heir=heir)
    incidents = tx.rows(
        "UPDATE incidents SET owner = :heir WHERE owner = :leaver AND closed_at IS NULL RETURNING incident_id",
        leaver=leaver,
        heir=heir,
    )
    return len(watches), len(items) + len(incidents)


def give(tx: Tx, watch_id: str, heir: str) -> None:
    """Let one watch be another's, also one that ended."""
    tx.rows("UPDATE watches SET by_whom = :heir WHERE watch_id = :id", id=watch_id, heir=heir)


def of_erased_orders(tx: Tx) -> list[Row]:
    return tx.rows(
        """
        SELECT watches.* FROM watches JOIN orders USING (shop, order_id)
        WHERE ended_at IS NULL AND erased_at IS NOT NULL ORDER BY watch_id
        """
    )


# -- messages of the outbox --------------------------------------------------------------------------------------------


_AGAIN = """
    ON CONFLICT (message_id) DO UPDATE SET status = excluded.status, revision = outbox.revision + 1, receipt = NULL,
        due_at = CASE WHEN outbox.state = 'due' AND outbox.due_at < excluded.due_at THEN outbox.due_at
                      ELSE excluded.due_at END,
        attempts = CASE WHEN outbox.state = 'due' THEN outbox.attempts ELSE 0 END, state = 'due'
"""


def tell_watchers(tx: Tx, shipment: Row, status: str, *, due_at: datetime, now: datetime) -> int:
    """Have every watch of the order say what is new: one message each, due once for all that comes until it leaves."""
    told = tx.rows(
        f"""
        INSERT INTO outbox (message_id, shop, shipment_id, order_id, group_id, channel, status, rounds, subject, state,
            due_at, created_at)
        SELECT watch_id, shop, '', order_id, :group_id, '{SLACK}', :status, '', 'watch/' || watch_id, 'due', :due_at,
            :now
        FROM watches WHERE shop = :shop AND order_id = :order_id AND ended_at IS NULL
        {_AGAIN} RETURNING message_id
        """,  # noqa: S608 - our own text
        shop=shipment["shop"],
        order_id=shipment["order_id"],
        group_id=shipment["group_id"],
        status=status,
        due_at=to_text(due_at),
        now=to_text(now),
    )
    return len(told)


def tell(
    tx: Tx, message_id: str, subject: str, *, now: datetime, shop: str = "default", order_id: str = "", status: str
) -> None:
    """Have Slack told something about ``subject``, at once; again if it was told before."""
    tx.rows(
        f"""
        INSERT INTO outbox (message_id, shop, shipment_id, order_id, group_id, channel, status, rounds, subject, state,
            due_at, created_at)
        VALUES (:message_id, :shop, '', :order_id, :order_id, '{SLACK}', :status, '', :subject, 'due', :now, :now)
        {_AGAIN}
        """,  # noqa: S608 - our own text
        message_id=message_id,
        subject=subject,
        shop=shop,
        order_id=order_id,
        status=status,
        now=to_text(now),
    )


def was_told(tx: Tx, message_id: str) -> bool:
    """Whether a message was ever made, whatever became of it."""
    return bool(tx.rows("SELECT 1 FROM outbox WHERE message_id = :id", id=message_id))


def tell_once(tx: Tx, message_id: str, subject: str, *, status: str, now: datetime) -> bool:
    """Have Slack told something about ``subject``, unless it was ever told or is about to be; whether it is now."""
    return bool(
        tx.rows(
            f"""
            INSERT INTO outbox (message_id, shop, shipment_id, order_id, group_id, channel, status, rounds, subject,
                state, due_at, created_at)
            VALUES (:message_id, 'default', '', '', '', '{SLACK}', :status, '', :subject, 'due', :now, :now)
            ON CONFLICT DO NOTHING RETURNING message_id
            """,  # noqa: S608 - our own text
            message_id=message_id,
            subject=subject,
            status=status,
            now=to_text(now),
        )
    )


# -- corrections -------------------------------------------------------------------------------------------------------


def answer_override_in(tx: Tx, override_id: str, thread: str) -> None:
    """Remember where whoever set an override is told of it."""
    tx.rows("UPDATE overrides SET thread = :thread WHERE override_id = :id", id=override_id, thread=thread)


def override(tx: Tx, override_id: str) -> Row | None:
    found = tx.rows("SELECT * FROM overrides WHERE override_id = :id", id=override_id)
    return found[0] if found else None


def overrides_of_person(tx: Tx, person: str, limit: int) -> list[Row]:
    """What somebody set that still stands, with the order it is about."""
    return tx.rows(
        """
        SELECT overrides.*, shipments.shop, shipments.order_id, shipments.tracking_number,
            shipments.kind
        FROM overrides JOIN shipments USING (shipment_id)
        WHERE by_whom = :person AND ended_at IS NULL ORDER BY at DESC LIMIT :limit
        """,
        person=person,
        limit=limit,
    )


# -- what somebody took ------------------------------------------------------------------------------------------------


def take(tx: Tx, item: str, person: str, now: datetime) -> str:
    """Whose it is: the first one's who took it."""
    found = tx.rows(
        """
        INSERT INTO taken (item, by_whom, at) VALUES (:item, :person, :now)
        ON CONFLICT (item) DO UPDATE SET item = excluded.item RETURNING by_whom
        """,
        item=item,
        person=person,
        now=to_text(now),
    )
    return str(found[0]["by_whom"])


def taken(tx: Tx) -> dict[str, str]:
    return {row["item"]: row["by_whom"] for row in tx.rows("SELECT item, by_whom FROM taken")}


def give_back(tx: Tx, item: str, person: str) -> bool:
    """Whether it was theirs until now."""
    gone = "DELETE FROM taken WHERE item = :item AND by_whom = :person RETURNING item"
    return bool(tx.rows(gone, item=item, person=person))


def let_go(tx: Tx, item: str) -> None:
    tx.rows("DELETE FROM taken WHERE item = :item", item=item)
