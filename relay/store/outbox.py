"""Messages that the outside world must be told, and the channels that carry them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from relay.database import Row, Tx
from relay.model import OutboxMessage, Status, optional_text, to_text

# -- making messages ---------------------------------------------------------------------------------------------------


def messages_of(tx: Tx, shipment_id: str) -> list[Row]:
    return tx.rows(
        "SELECT * FROM outbox WHERE shipment_id = :shipment_id ORDER BY created_at, message_id", shipment_id=shipment_id
    )


def waiting_of_group(tx: Tx, shop: str, group_id: str, channel: str) -> str | None:
    """When the mail leaves that a group's orders wait for, if there is one."""
    found = tx.rows(
        """
        SELECT MIN(due_at) AS due_at FROM outbox
        WHERE shop = :shop AND group_id = :group_id AND channel = :channel AND state = 'due'
        """,
        shop=shop,
        group_id=group_id,
        channel=channel,
    )
    due_at: str | None = found[0]["due_at"]
    return due_at


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to be put into the outbox."""

    message_id: str
    shipment: Row
    channel: str
    status: Status
    rounds: str


def enqueue(tx: Tx, message: NewMessage, *, due_at: datetime, now: datetime, override_id: str | None = None) -> bool:
    """Add a message unless this was told already; one that was withdrawn before it left is due again.

    So is one that a pause set aside or somebody dropped, where a person asks for it.
    """
    return _put(
        tx,
        message,
        "due",
        due_at,
        now,
        """
        ON CONFLICT (message_id) DO UPDATE SET state = 'due', due_at = excluded.due_at, receipt = NULL,
            created_at = excluded.created_at, override_id = excluded.override_id, attempts = 0, held_at = NULL,
            last_error = NULL, superseded_by = NULL
        WHERE outbox.state = 'superseded' AND outbox.superseded_by IS NULL
           OR excluded.override_id IS NOT NULL AND (outbox.state = 'paused' OR outbox.superseded_by = 'dropped')
        """,
        override_id=override_id,
    )


def add_passed_over(tx: Tx, message: NewMessage, now: datetime, superseded_by: str) -> None:
    """Record that a status counts as told, because a newer one was told in its place."""
    _put(tx, message, "superseded", now, now, "ON CONFLICT (message_id) DO NOTHING", superseded_by=superseded_by)


def _put(
    tx: Tx,
    message: NewMessage,
    state: str,
    due_at: datetime,
    now: datetime,
    conflict: str,
    *,
    override_id: str | None = None,
    superseded_by: str | None = None,
) -> bool:
    return bool(
        tx.rows(
            f"""
            INSERT INTO outbox (message_id, shop, shipment_id, order_id, group_id, channel, status, rounds, state,
                due_at, created_at, override_id, superseded_by)
            VALUES (:message_id, :shop, :shipment_id, :order_id, :group_id, :channel, :status, :rounds, :state,
                :due_at, :now, :override_id, :superseded_by)
            {conflict} RETURNING message_id
            """,  # noqa: S608 - our own text
            message_id=message.message_id,
            shop=message.shipment["shop"],
            shipment_id=message.shipment["shipment_id"],
            order_id=message.shipment["order_id"],
            group_id=message.shipment["group_id"],
            channel=message.channel,
            status=message.status.value,
            rounds=message.rounds,
            state=state,
            due_at=to_text(due_at),
            now=to_text(now),
            override_id=override_id,
            superseded_by=superseded_by,
        )
    )


def supersede_waiting(tx: Tx, shipment_id: str, channel: str, newer: str, now: datetime) -> None:
    """Newer news replaces what nobody has claimed yet."""
    tx.rows(
        """
        UPDATE outbox SET state = 'superseded', superseded_by = :newer, lease_until = NULL
        WHERE shipment_id = :shipment_id AND channel = :channel AND state = 'due' AND message_id <> :newer
          AND (lease_until IS NULL OR lease_until <= :now)
        """,
        shipment_id=shipment_id,
        channel=channel,
        newer=newer,
        now=to_text(now),
    )


def withdraw_override(tx: Tx, override_id: str) -> int:
    """Take back what an override would have told; how many messages that were."""
    withdrawn = tx.rows(
        """
        UPDATE outbox SET state = 'superseded', receipt = 'undone', lease_until = NULL
        WHERE override_id = :override_id AND state = 'due' AND lease_until IS NULL RETURNING message_id
        """,
        override_id=override_id,
    )
    for row in withdrawn:
        tx.rows(
            "UPDATE outbox SET superseded_by = NULL WHERE superseded_by = :message_id", message_id=row["message_id"]
        )
    return len(withdrawn)


# -- sending them ------------------------------------------------------------------------------------------------------


def claim_lead(tx: Tx, channel: str, now: datetime, lease_until: datetime) -> OutboxMessage | None:
    """The message that has been due longest, leased. It comes back by itself if its holder dies."""
    claimed = tx.rows(
        """
        UPDATE outbox SET lease_until = :lease_until, attempts = attempts + 1
        WHERE message_id = (
            SELECT message_id FROM outbox
            WHERE channel = :channel AND state = 'due' AND held_at IS NULL AND due_at <= :now
              AND (lease_until IS NULL OR lease_until <= :now)
            ORDER BY due_at, message_id LIMIT 1)
          AND state = 'due' AND held_at IS NULL AND (lease_until IS NULL OR lease_until <= :now)
        RETURNING *
        """,
        channel=channel,
        now=to_text(now),
        lease_until=to_text(lease_until),
    )
    return _message(claimed[0]) if claimed else None


def claim_companions(
    tx: Tx, lead: OutboxMessage, group_id: str, now: datetime, lease_until: datetime
) -> list[OutboxMessage]:
    """What else is due for the same group, leased as well, so that it shares the mail."""
    claimed = tx.rows(
        """
        UPDATE outbox SET lease_until = :lease_until, attempts = attempts + 1
        WHERE shop = :shop AND group_id = :group_id AND channel = :channel AND message_id <> :lead
          AND state = 'due' AND held_at IS NULL AND due_at <= :now AND (lease_until IS NULL OR lease_until <= :now)
        RETURNING *
        """,
        shop=lead.shop,
        group_id=group_id,
        channel=lead.channel,
        lead=lead.message_id,
        now=to_text(now),
        lease_until=to_text(lease_until),
    )
    return sorted((_message(row) for row in claimed), key=lambda message: message.message_id)


def settle(
    tx: Tx,
    message: OutboxMessage,
    state: str,
    *,
    sent_at: datetime | None = None,
    receipt: str | None = None,
    error: str | None = None,
) -> bool:
    """Record how a message ended, if it is still the one that was claimed; whether it is."""
    return bool(
        tx.rows(
            """
            UPDATE outbox SET state = :state, sent_at = :sent_at, receipt = :receipt, last_error = :error,
                lease_until = NULL
            WHERE message_id = :message_id AND revision = :revision AND state = 'due' RETURNING message_id
            """,
            message_id=message.message_id,
            revision=message.revision,
            state=state,
            sent_at=optional_text(sent_at),
            receipt=receipt,
            error=error,
        )
    )


def put_back(tx: Tx, message: OutboxMessage, due_at: datetime, error: str, *, count_try: bool) -> None:
    """Let a message be due again; a fault of the whole channel costs it no try.

    One that was made due anew since it was claimed keeps the moment that it was given then.
    """
    tx.rows(
        """
        UPDATE outbox SET lease_until = NULL, last_error = :error,
            due_at = CASE WHEN revision = :revision THEN :due_at ELSE due_at END,
            attempts = attempts - CASE WHEN :count_try = 1 OR attempts = 0 THEN 0 ELSE 1 END
        WHERE message_id = :message_id AND state = 'due'
        """,
        message_id=message.message_id,
        revision=message.revision,
        due_at=to_text(due_at),
        error=error,
        count_try=int(count_try),
    )


def next_due_at(tx: Tx, channel: str) -> str | None:
    found = tx.rows(
        """
        SELECT MIN(CASE WHEN lease_until > due_at THEN lease_until ELSE due_at END) AS due_at
        FROM outbox WHERE channel = :channel AND state = 'due' AND held_at IS NULL
        """,
        channel=channel,
    )
    due_at: str | None = found[0]["due_at"]
    return due_at


# -- looking at them ---------------------------------------------------------------------------------------------------


def listed(tx: Tx, state: str | None, limit: int) -> list[Row]:
    return tx.rows(
        """
        SELECT * FROM outbox WHERE :state = '' OR state = :state
        ORDER BY created_at DESC, message_id LIMIT :limit
        """,
        state=state or "",
        limit=limit,
    )


def count_by_state(tx: Tx) -> dict[str, int]:
    return {row["state"]: row["n"] for row in tx.rows("SELECT state, COUNT(*) AS n FROM outbox GROUP BY state")}


def has_dead(tx: Tx, channel: str) -> bool:
    """Whether a message was given up that nobody settled since."""
    return bool(
        tx.rows("SELECT 1 AS one FROM outbox WHERE state = 'dead' AND channel = :channel LIMIT 1", channel=channel)
    )


def retry(tx: Tx, message_id: str, now: datetime) -> bool:
    """Make a message due again, unless it left, is kept in shadow (that is never sent later) or held by the brake."""
    return bool(
        tx.rows(
            """
            UPDATE outbox SET state = 'due', due_at = :now, attempts = 0, lease_until = NULL, last_error = NULL,
                revision = revision + 1, held_at = NULL
            WHERE message_id = :message_id AND state NOT IN ('sent', 'shadow')
              AND (held_at IS NULL OR state <> 'due') RETURNING message_id
            """,
            message_id=message_id,
            now=to_text(now),
        )
    )


def drop(tx: Tx, message_id: str) -> bool:
    """Let a message never leave; it counts as told."""
    return bool(
        tx.rows(
            """
            UPDATE outbox SET state = 'superseded', superseded_by = 'dropped', lease_until = NULL, held_at = NULL
            WHERE message_id = :message_id AND state IN ('due', 'dead', 'paused', 'drift') RETURNING message_id
            """,
            message_id=message_id,
        )
    )


def shelve(tx: Tx, channels: Sequence[str], state: str) -> int:
    """Take what waits off the queue for good: it is kept as ``shadow`` or ``paused`` and never sent by itself."""
    return sum(
        len(
            tx.rows(
                """
                UPDATE outbox SET state = :state, lease_until = NULL, held_at = NULL
                WHERE channel = :channel AND state = 'due' RETURNING message_id
                """,
                channel=channel,
                state=state,
            )
        )
        for channel in channels
    )


# -- channels ----------------------------------------------------------------------------------------------------------


def channel(tx: Tx, name: str) -> Row:
    found = tx.rows("SELECT * FROM channels WHERE channel = :name", name=name)
    empty: Row = {"channel": name, "paused_at": None, "paused_by": None, "down_since": None, "probe_at": None}
    return found[0] if found else empty | {"reason": None}


def channels(tx: Tx) -> list[Row]:
    return tx.rows("SELECT * FROM channels ORDER BY channel")


def pause(tx: Tx, name: str, by: str, now: datetime) -> None:
    tx.rows(
        """
        INSERT INTO channels (channel, paused_at, paused_by) VALUES (:name, :now, :by)
        ON CONFLICT (channel) DO UPDATE SET
            paused_at = COALESCE(channels.paused_at, excluded.paused_at),
            paused_by = COALESCE(channels.paused_by, excluded.paused_by)
        """,
        name=name,
        by=by,
        now=to_text(now),
    )


def resume(tx: Tx, name: str) -> bool:
    return bool(
        tx.rows(
            """
            UPDATE channels SET paused_at = NULL, paused_by = NULL
            WHERE channel = :name AND paused_at IS NOT NULL RETURNING channel
            """,
            name=name,
        )
    )


def mark_down(tx: Tx, name: str, reason: str, now: datetime, probe_at: datetime) -> None:
    tx.rows(
        """
        INSERT INTO channels (channel, down_since, probe_at, reason) VALUES (:name, :now, :probe_at, :reason)
        ON CONFLICT (channel) DO UPDATE SET down_since = COALESCE(channels.down_since, excluded.down_since),
            probe_at = excluded.probe_at, reason = excluded.reason
        """,
        name=name,
        now=to_text(now),
        probe_at=to_text(probe_at),
        reason=reason,
    )


def take_probe(tx: Tx, name: str, now: datetime, next_probe_at: datetime) -> bool:
    """Whether it is this caller's turn to try a channel that is down."""
    return bool(
        tx.rows(
            """
            UPDATE channels SET probe_at = :next WHERE channel = :name AND probe_at <= :now RETURNING channel
            """,
            name=name,
            now=to_text(now),
            next=to_text(next_probe_at),
        )
    )


def mark_up(tx: Tx, name: str) -> None:
    tx.rows("UPDATE channels SET down_since = NULL, probe_at = NULL, reason = NULL WHERE channel = :name", name=name)


def _message(row: Row) -> OutboxMessage:
    return OutboxMessage(
        message_id=row["message_id"],
        shop=row["shop"],
        shipment_id=row["shipment_id"],
        order_id=row["order_id"],
        channel=row["channel"],
        status=Status(row["status"]),
        round=row["rounds"],
        revision=row["revision"],
        attempts=row["attempts"],
        subject=row["subject"],
    )
