"""Whom to ask about which track, when, how often it may be, and what was answered."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from relay.database import Row, Tx
from relay.model import Wanted, optional_text, to_text
from relay.store._many import among
from relay.store.facts import track_key

# -- tracks ------------------------------------------------------------------------------------------------------------

_DUE = """
    SELECT tracks.*, (SELECT MAX(received_at) FROM facts WHERE facts.track_id = tracks.track_id) AS news_at
    FROM tracks WHERE ask_at <= :now AND (lease_until IS NULL OR lease_until <= :now) AND {whose}
    ORDER BY EXISTS (SELECT 1 FROM shipments WHERE shipments.track_id = tracks.track_id
                     AND superseded_at IS NULL AND status = 'out_for_delivery') DESC,
        COALESCE(asked_at, ''), track_id
    LIMIT :limit
"""


def due_of_carrier(tx: Tx, carrier: str, now: datetime, limit: int) -> list[Row]:
    """A carrier's tracks that are due: what is at the door first, then what was not asked about for longest."""
    return tx.rows(_DUE.format(whose="carrier = :carrier"), carrier=carrier, now=to_text(now), limit=limit)


def due_of_others(tx: Tx, but: Collection[str], now: datetime, limit: int) -> list[Row]:
    """The same for the tracks of all carriers but these."""
    names = {f"but_{index}": carrier for index, carrier in enumerate(sorted(but))}
    whose = f"carrier NOT IN ({', '.join(f':{name}' for name in names)})" if names else "1 = 1"
    return tx.rows(_DUE.format(whose=whose), **names, now=to_text(now), limit=limit)


def lease(tx: Tx, track_ids: Collection[str], now: datetime, until: datetime) -> set[str]:
    """Take tracks for one asking; those that nobody else took meanwhile."""
    return {
        row["track_id"]
        for keys, params in among(track_ids)
        for row in tx.rows(
            f"""
            UPDATE tracks SET lease_until = :until
            WHERE track_id IN {keys} AND (lease_until IS NULL OR lease_until <= :now) RETURNING track_id
            """,  # noqa: S608 - our own names
            **params,
            now=to_text(now),
            until=to_text(until),
        )
    }


def release(tx: Tx, wanted: Iterable[Wanted]) -> None:
    """Let tracks go that were taken and not asked about; they are still due."""
    for one in wanted:
        tx.rows(
            "UPDATE tracks SET lease_until = NULL WHERE track_id = :track_id",
            track_id=track_key(one.carrier, one.number),
        )


def plan(tx: Tx, track_id: str, ask_at: datetime | None, give_up_at: datetime | None) -> None:
    """When a track is asked about next, and when it is given up; nobody holds it any more."""
    tx.rows(
        """
        UPDATE tracks SET ask_at = :ask_at, give_up_at = :give_up_at, lease_until = NULL WHERE track_id = :track_id
        """,
        track_id=track_id,
        ask_at=optional_text(ask_at),
        give_up_at=optional_text(give_up_at),
    )


def mark_tried(tx: Tx, track_id: str, now: datetime, *, is_answered: bool) -> Row:
    """Move the clocks of a track that was asked about; the track as it then is, with ``news_at``."""
    tx.rows(
        """
        UPDATE tracks SET tried_at = :now, asks = asks + 1,
            asked_at = CASE WHEN :answered = 1 THEN :now ELSE asked_at END,
            failures = CASE WHEN :answered = 1 THEN 0 ELSE failures + 1 END
        WHERE track_id = :track_id
        """,
        track_id=track_id,
        now=to_text(now),
        answered=int(is_answered),
    )
    return tx.rows(
        """
        SELECT tracks.*, (SELECT MAX(received_at) FROM facts WHERE facts.track_id = tracks.track_id) AS news_at
        FROM tracks WHERE track_id = :track_id
        """,
        track_id=track_id,
    )[0]


def ask_by(tx: Tx, track_id: str, moment: datetime) -> None:
    """Have a track looked at by then, unless it will be sooner."""
    tx.rows(
        """
        UPDATE tracks SET ask_at = :moment
        WHERE track_id = :track_id AND (ask_at IS NULL OR ask_at > :moment)
        """,
        track_id=track_id,
        moment=to_text(moment),
    )


def ask_now(tx: Tx, track_id: str, now: datetime) -> None:
    """Put a track first in the queue, whatever its clocks say: somebody wants to know."""
    tx.rows(
        "UPDATE tracks SET ask_at = :now, wanted_at = :now WHERE track_id = :track_id",
        track_id=track_id,
        now=to_text(now),
    )


def given_up(tx: Tx, now: datetime, limit: int) -> list[Row]:
    """Open parcels that were not heard of for too long, are long past their promise, or were given up by a carrier."""
    return tx.rows(
        """
        SELECT shipments.shop, shipments.order_id, shipments.shipment_id, shipments.carrier,
            shipments.tracking_number, shipments.status, tracks.give_up_at, tracks.heard_at
        FROM shipments JOIN tracks USING (track_id) JOIN orders USING (shop, order_id)
        WHERE superseded_at IS NULL AND shipments.status NOT IN ('delivered', 'returned', 'cancelled')
          AND (tracks.give_up_at <= :now OR shipments.status = 'expired' OR orders.promised_at <= :late)
        ORDER BY tracks.give_up_at, shipments.shipment_id LIMIT :limit
        """,
        now=to_text(now),
        late=to_text(now - timedelta(days=5))[:10],
        limit=limit,
    )


# -- registrations -----------------------------------------------------------------------------------------------------


def references(tx: Tx, source: str, track_ids: Collection[str]) -> dict[str, str]:
    """What ``source`` knows the tracks by that we registered there."""
    return {
        row["track_id"]: row["reference"]
        for keys, params in among(track_ids)
        for row in tx.rows(
            f"SELECT track_id, reference FROM registrations WHERE source = :source AND track_id IN {keys}",  # noqa: S608 - our own names
            source=source,
            **params,
        )
    }


def register(tx: Tx, source: str, references_: Mapping[str, str]) -> None:
    """Remember under which reference each track is known at ``source``."""
    for track_id, reference in references_.items():
        tx.rows(
            """
            INSERT INTO registrations (source, reference, track_id) VALUES (:source, :reference, :track_id)
            ON CONFLICT (source, reference) DO UPDATE SET track_id = excluded.track_id
            """,
            source=source,
            reference=reference,
            track_id=track_id,
        )


# -- answers -----------------------------------------------------------------------------------------------------------


def keep_answer(
    tx: Tx, *, answer_id: str, slug: str, asked_at: datetime, http_status: int, body: bytes, outcome: str, reason: str
) -> None:
    tx.rows(
        """
        INSERT INTO answers (answer_id, slug, asked_at, http_status, body, outcome, reason)
        VALUES (:answer_id, :slug, :asked_at, :http_status, :body, :outcome, :reason)
        """,
        answer_id=answer_id,
        slug=slug,
        asked_at=to_text(asked_at),
        http_status=http_status,
        body=body,
        outcome=outcome,
        reason=reason,
    )


# -- budgets -----------------------------------------------------------------------------------------------------------


def take_budget(tx: Tx, account: str, wanted: int, now: datetime, *, per_second: float, per_day: int | None) -> int:
    """How many of ``wanted`` requests an account may make now; they count as made.

    A bucket of one second's requests, refilled all the time, and a count for the UTC day. Both are stored, so that a
    restart forgets nothing.
    """
    today, size = to_text(now)[:10], max(per_second, 1.0)
    (kept,) = tx.rows(
        """
        INSERT INTO budgets (account, day, used, tokens, refilled_at) VALUES (:account, :day, 0, :size, :now)
        ON CONFLICT (account) DO UPDATE SET account = excluded.account RETURNING *
        """,
        account=account,
        day=today,
        size=repr(size),
        now=to_text(now),
    )
    used = kept["used"] if kept["day"] == today else 0
    passed = max((now - datetime.fromisoformat(kept["refilled_at"])).total_seconds(), 0.0)
    tokens = min(float(kept["tokens"]) + passed * per_second, size)
    left = wanted if per_day is None else max(per_day - used, 0)
    granted = min(wanted, int(tokens), left)
    tx.rows(
        """
        UPDATE budgets SET day = :day, used = :used, tokens = :tokens, refilled_at = :now WHERE account = :account
        """,
        account=account,
        day=today,
        used=used + granted,
        tokens=repr(tokens - granted),
        now=to_text(now),
    )
    return granted
