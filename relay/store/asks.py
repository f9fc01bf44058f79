"""Whom to ask about which track, when, and what was answered."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from relay.database import Row, Tx
from relay.model import Wanted, optional_text, to_text
from relay.store._many import among, insert_many
from relay.store.facts import NEWS_AT, track_key
from relay.tracking.asking import GIVE_UP_AFTER

# -- tracks ------------------------------------------------------------------------------------------------------------

#: A track of which nothing new came for so long that it is given up; also where nobody can be asked about it.
#: ``give_up_at`` is never later than that, but may be sooner: a push does not touch it.
NO_NEWS = """((give_up_at IS NULL OR give_up_at <= :now) AND tracks.known_at <= :long_ago AND NOT EXISTS (
    SELECT 1 FROM facts WHERE facts.track_id = tracks.track_id AND facts.received_at > :long_ago))"""
_IS_DUE = "ask_at <= :now AND (lease_until IS NULL OR lease_until <= :now) AND {whose}"
_DUE = f"""
    SELECT tracks.*, {NEWS_AT} FROM tracks JOIN (
        SELECT track_id, COALESCE(asked_at, '') AS since,
            CASE WHEN EXISTS (SELECT 1 FROM shipments WHERE shipments.track_id = tracks.track_id
                              AND superseded_at IS NULL AND status = 'out_for_delivery') THEN 0 ELSE 1 END AS place
        FROM tracks WHERE {_IS_DUE} ORDER BY place, since, track_id LIMIT :limit) AS due USING (track_id)
    ORDER BY due.place, due.since, tracks.track_id
"""  # noqa: S608 - our own text
_SOONEST = "SELECT track_id FROM tracks WHERE ask_at IS NOT NULL AND {whose} ORDER BY ask_at LIMIT 1"
_IS_ANY_DUE = f"SELECT 1 FROM tracks WHERE {_IS_DUE} LIMIT 1"  # noqa: S608 - the same


@dataclass(frozen=True, slots=True)
class Whose:
    """Tracks that one account is asked about: those of one carrier, or those of all carriers but some."""

    carrier: str = ""
    but: frozenset[str] = frozenset()

    @property
    def _names(self) -> dict[str, str]:
        if self.carrier:
            return {"carrier": self.carrier}
        return {f"but_{index}": carrier for index, carrier in enumerate(sorted(self.but))}

    @property
    def _condition(self) -> str:
        if self.carrier:
            return "carrier = :carrier"
        return f"carrier NOT IN ({', '.join(f':{name}' for name in self._names)})" if self.but else "1 = 1"

    def has_due(self, tx: Tx, now: datetime) -> bool:
        return bool(tx.rows(_IS_ANY_DUE.format(whose=self._condition), **self._names, now=to_text(now)))

    def soonest(self, tx: Tx) -> str | None:
        """The track that is due next, if any ever is."""
        found = tx.rows(_SOONEST.format(whose=self._condition), **self._names)
        return found[0]["track_id"] if found else None

    def due(self, tx: Tx, now: datetime, limit: int) -> list[Row]:
        """Tracks that are due: what is at the door first, then what was not asked about for longest."""
        return tx.rows(_DUE.format(whose=self._condition), **self._names, now=to_text(now), limit=limit)


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


def mark_tried(tx: Tx, track_id: str, now: datetime, failure: str | None) -> Row:
    """Move the clocks of a track that was asked about; the track as it then is, with ``news_at``.

    ``asked_before`` is when the usable answer before the last one came. ``failure`` names why nothing usable came back;
    None: something did.
    """
    tx.rows(
        """
        UPDATE tracks SET tried_at = :now, asks = asks + 1,
            asked_before = CASE WHEN :answered = 1 THEN asked_at ELSE asked_before END,
            asked_at = CASE WHEN :answered = 1 THEN :now ELSE asked_at END,
            failures = CASE WHEN :answered = 1 THEN 0 ELSE failures + 1 END, failure = :failure
        WHERE track_id = :track_id
        """,
        track_id=track_id,
        now=to_text(now),
        answered=int(failure is None),
        failure=failure,
    )
    return tx.rows(
        f"SELECT tracks.*, {NEWS_AT} FROM tracks WHERE track_id = :track_id",  # noqa: S608 - our own text
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


#: Open parcels that were not heard of for too long, are long past their promise, or were given up by a carrier.
_GIVEN_UP = f"""
    FROM shipments JOIN tracks USING (track_id) JOIN orders USING (shop, order_id)
    WHERE superseded_at IS NULL AND shipments.status NOT IN ('delivered', 'returned', 'cancelled')
      AND ({NO_NEWS} OR shipments.status = 'expired' OR orders.promised_at <= :late)
"""


def given_up(tx: Tx, now: datetime, limit: int) -> list[Row]:
    """The give-up list, the longest on it first."""
    return tx.rows(
        f"""
        SELECT shipments.shop, shipments.order_id, shipments.shipment_id, shipments.carrier,
            shipments.tracking_number, shipments.status, tracks.give_up_at, tracks.heard_at
        {_GIVEN_UP} ORDER BY tracks.give_up_at, shipments.shipment_id LIMIT :limit
        """,
        limit=limit,
        **_long_before(now),
    )


def count_given_up(tx: Tx, now: datetime) -> int:
    return int(tx.tuples(f"SELECT COUNT(*) {_GIVEN_UP}", **_long_before(now))[0][0])


def _long_before(now: datetime) -> dict[str, str]:
    late = to_text(now - timedelta(days=5))[:10]
    return {"now": to_text(now), "long_ago": to_text(now - GIVE_UP_AFTER), "late": late}


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


def register(tx: Tx, source: str, tracks: Mapping[str, str]) -> list[str]:
    """Remember which track is known at ``source`` under each reference; the references for which that is new."""
    fresh = []
    for reference, track_id in sorted(tracks.items()):
        fresh += tx.rows(
            """
            INSERT INTO registrations (source, reference, track_id) VALUES (:source, :reference, :track_id)
            ON CONFLICT (source, reference) DO UPDATE SET track_id = excluded.track_id
            WHERE registrations.track_id <> excluded.track_id
            RETURNING reference
            """,
            source=source,
            reference=reference,
            track_id=track_id,
        )
    return [row["reference"] for row in fresh]


# -- answers -----------------------------------------------------------------------------------------------------------


class KeptAnswer(NamedTuple):
    """An answer as it is kept. The fields bear the names of the columns."""

    answer_id: str
    slug: str
    asked_at: datetime
    http_status: int
    body: bytes  #: compressed
    outcome: str
    reason: str
    action: str
    asked: str  #: carrier, number and reference of each parcel that was asked about, as JSON
    is_registration: int
    events: int = 0  #: scans in it
    unknown: int = 0  #: of these, whose code or moment says nothing to us
    news: int = 0  #: of these, which nobody had told before
    missed: int = 0  #: of these, which should have been pushed long ago


def keep_answer(tx: Tx, answer: KeptAnswer) -> None:
    insert_many(tx, "answers", KeptAnswer._fields, [(*answer[:2], to_text(answer.asked_at), *answer[3:])], "")


def answer(tx: Tx, answer_id: str) -> Row | None:
    found = tx.rows("SELECT * FROM answers WHERE answer_id = :answer_id", answer_id=answer_id)
    return found[0] if found else None


def answer_ids(tx: Tx, *, unread: bool, slug: str | None, since: str | None) -> list[str]:
    """Ids of the kept answers that a replay is about, oldest first."""
    found = tx.rows(
        """
        SELECT answer_id FROM answers
        WHERE body IS NOT NULL AND (:unread = 0 OR action = 'unreadable')
          AND (:slug = '' OR slug = :slug) AND asked_at >= :since
        ORDER BY asked_at, answer_id
        """,
        unread=int(unread),
        slug=slug or "",
        since=since or "",
    )
    return [row["answer_id"] for row in found]


def mark_answer_read(tx: Tx, answer_id: str, action: str, reason: str, now: datetime) -> None:
    tx.rows(
        "UPDATE answers SET action = :action, reason = :reason, replayed_at = :now WHERE answer_id = :answer_id",
        answer_id=answer_id,
        action=action,
        reason=reason,
        now=to_text(now),
    )


def count_unread_answers(tx: Tx) -> int:
    """Answers that nobody could read and that can still be read again."""
    found = tx.rows("SELECT COUNT(*) AS n FROM answers WHERE action = 'unreadable' AND body IS NOT NULL")
    return int(found[0]["n"])
