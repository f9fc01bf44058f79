"""Tracks, the facts about them, and the pushes that brought them."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from relay.database import Row, Tx
from relay.model import Fact, FactKind, Status, Via, from_text, optional_moment, optional_text, to_text

# -- pushes ------------------------------------------------------------------------------------------------------------


def keep_push(
    tx: Tx, *, push_id: str, slug: str, received_at: datetime, headers: str, body: bytes, action: str, reason: str
) -> bool:
    """Keep a push; whether it is the first of its kind. The same bytes again only count."""
    kept = tx.rows(
        """
        INSERT INTO pushes (push_id, slug, received_at, headers, body, action, reason)
        VALUES (:push_id, :slug, :received_at, :headers, :body, :action, :reason)
        ON CONFLICT (push_id) DO UPDATE SET
            repeats = pushes.repeats + 1, repeated_at = excluded.received_at,
            action = excluded.action, reason = excluded.reason
        RETURNING repeats
        """,
        push_id=push_id,
        slug=slug,
        received_at=to_text(received_at),
        headers=headers,
        body=body,
        action=action,
        reason=reason,
    )
    return bool(kept[0]["repeats"] == 0)


def mark_push_read(tx: Tx, push_id: str, action: str, reason: str) -> None:
    tx.rows(
        "UPDATE pushes SET action = :action, reason = :reason WHERE push_id = :push_id",
        push_id=push_id,
        action=action,
        reason=reason,
    )


def push(tx: Tx, push_id: str) -> Row | None:
    found = tx.rows("SELECT * FROM pushes WHERE push_id = :push_id", push_id=push_id)
    return found[0] if found else None


def push_ids(tx: Tx, *, unread: bool, slug: str | None, since: str | None) -> list[str]:
    """Ids of the kept pushes that a replay is about, oldest first."""
    found = tx.rows(
        """
        SELECT push_id FROM pushes
        WHERE body IS NOT NULL AND (:unread = 0 OR action = 'unreadable')
          AND (:slug = '' OR slug = :slug) AND received_at >= :since
        ORDER BY received_at, push_id
        """,
        unread=int(unread),
        slug=slug or "",
        since=since or "",
    )
    return [row["push_id"] for row in found]


def count_unread(tx: Tx) -> int:
    return int(tx.rows("SELECT COUNT(*) AS n FROM pushes WHERE action = 'unreadable'")[0]["n"])


# -- tracks ------------------------------------------------------------------------------------------------------------


def track_key(carrier: str | None, number: str) -> str:
    return f"{carrier or ''}/{number}"


def touch_track(tx: Tx, carrier: str | None, number: str, *, known_at: datetime, heard_at: datetime | None) -> str:
    """Make the track exist, hold it until the end of the transaction, move ``heard_at`` forward; return its id."""
    found = tx.rows(
        """
        INSERT INTO tracks (track_id, carrier, tracking_number, known_at, heard_at)
        VALUES (:track_id, :carrier, :number, :known_at, :heard_at)
        ON CONFLICT (track_id) DO UPDATE SET
            revision = tracks.revision + 1,
            heard_at = CASE WHEN excluded.heard_at > COALESCE(tracks.heard_at, '') THEN excluded.heard_at
                            ELSE tracks.heard_at END
        RETURNING track_id
        """,
        track_id=track_key(carrier, number),
        carrier=carrier or "",
        number=number,
        known_at=to_text(known_at),
        heard_at=optional_text(heard_at),
    )
    return str(found[0]["track_id"])


def track(tx: Tx, track_id: str) -> Row | None:
    found = tx.rows("SELECT * FROM tracks WHERE track_id = :track_id", track_id=track_id)
    return found[0] if found else None


def registered_track(tx: Tx, source: str, reference: str) -> Row | None:
    """The track of a parcel that we registered at ``source`` under ``reference``."""
    found = tx.rows(
        """
        SELECT tracks.* FROM registrations JOIN tracks USING (track_id)
        WHERE source = :source AND reference = :reference
        """,
        source=source,
        reference=reference,
    )
    return found[0] if found else None


def open_tracks(tx: Tx, number: str) -> list[Row]:
    """The tracks of known carriers with this number that still have a parcel on the way."""
    return tx.rows(
        """
        SELECT track_id, carrier FROM tracks
        WHERE tracking_number = :number AND carrier <> '' AND EXISTS (
            SELECT 1 FROM shipments WHERE shipments.track_id = tracks.track_id
              AND superseded_at IS NULL AND shown_status NOT IN ('delivered', 'returned', 'cancelled'))
        """,
        number=number,
    )


def carriers_that_know(tx: Tx, number: str) -> list[str]:
    """The carriers that have told something about this number."""
    found = tx.rows(
        """
        SELECT DISTINCT carrier FROM tracks JOIN facts USING (track_id)
        WHERE tracking_number = :number AND carrier <> ''
        """,
        number=number,
    )
    return [row["carrier"] for row in found]


def move_facts(tx: Tx, old: str, new: str) -> None:
    tx.rows("UPDATE facts SET track_id = :new WHERE track_id = :old", old=old, new=new)


def ask_now(tx: Tx, track_id: str, now: datetime) -> None:
    """Put the track first in the queue of asks."""
    tx.rows("UPDATE tracks SET ask_at = :now WHERE track_id = :track_id", track_id=track_id, now=to_text(now))


def stop_pushes(tx: Tx, track_id: str, now: datetime) -> None:
    """The sender said that it pushes no more: from here on the track must be asked."""
    tx.rows(
        "UPDATE tracks SET push_stopped_at = :now, ask_at = :now WHERE track_id = :track_id",
        track_id=track_id,
        now=to_text(now),
    )


def waiting_tracks(tx: Tx) -> list[Row]:
    """Tracks with facts but no parcel, and under which other carrier an open parcel has the same number."""
    return tx.rows(
        """
        SELECT tracks.track_id, other.track_id AS lookalike FROM tracks
        LEFT JOIN tracks AS other ON other.tracking_number = tracks.tracking_number
          AND other.track_id <> tracks.track_id
          AND EXISTS (SELECT 1 FROM shipments WHERE shipments.track_id = other.track_id AND superseded_at IS NULL)
        WHERE EXISTS (SELECT 1 FROM facts WHERE facts.track_id = tracks.track_id)
          AND NOT EXISTS (SELECT 1 FROM shipments WHERE shipments.track_id = tracks.track_id)
        """
    )


# -- facts -------------------------------------------------------------------------------------------------------------

_INSERT = """
    INSERT INTO facts (fact_id, track_id, source, is_own, kind, status, code, moment_text, occurred_at, local_time,
        zone_assumed, description, place, to_recipient, estimated_at, told_at, parcel_id, via, answered, received_at,
        raw_id)
    VALUES (:fact_id, :track_id, :source, :is_own, :kind, :status, :code, :moment_text, :occurred_at, :local_time,
        :zone_assumed, :description, :place, :to_recipient, :estimated_at, :told_at, :parcel_id, :via, :answered,
        :received_at, :raw_id)
"""


def add_facts(tx: Tx, track_id: str, facts: Iterable[Fact], raw_id: str | None) -> None:
    """Add facts; one that is there already stays as it was."""
    for fact in facts:
        tx.rows(_INSERT + "ON CONFLICT (fact_id) DO NOTHING", **_columns(track_id, fact, raw_id))


def reread_facts(tx: Tx, track_id: str, facts: Iterable[Fact], raw_id: str | None) -> None:
    """Put our present reading of what was said in the place of the earlier one; what was said stays."""
    for fact in facts:
        tx.rows(
            _INSERT
            + """ON CONFLICT (fact_id) DO UPDATE SET
                status = excluded.status, occurred_at = excluded.occurred_at, local_time = excluded.local_time,
                zone_assumed = excluded.zone_assumed, description = excluded.description,
                to_recipient = excluded.to_recipient, estimated_at = excluded.estimated_at,
                told_at = excluded.told_at, parcel_id = excluded.parcel_id""",
            **_columns(track_id, fact, raw_id),
        )


def mark_answered(tx: Tx, fact_ids: Iterable[str]) -> None:
    for fact_id in fact_ids:
        tx.rows("UPDATE facts SET answered = 1 WHERE fact_id = :fact_id", fact_id=fact_id)


def facts_known(tx: Tx, track_id: str) -> dict[str, bool]:
    """Ids of a track's facts, and whether an answer contained each."""
    known = tx.rows("SELECT fact_id, answered FROM facts WHERE track_id = :track_id", track_id=track_id)
    return {row["fact_id"]: bool(row["answered"]) for row in known}


def facts_of(tx: Tx, track_id: str | None) -> list[Fact]:
    if track_id is None:
        return []
    return [_fact(row) for row in tx.rows("SELECT * FROM facts WHERE track_id = :track_id", track_id=track_id)]


def _columns(track_id: str, fact: Fact, raw_id: str | None) -> dict[str, object]:
    return {
        "fact_id": fact.fact_id,
        "track_id": track_id,
        "source": fact.source,
        "is_own": int(fact.is_own),
        "kind": fact.kind.value,
        "status": fact.status.value,
        "code": fact.code,
        "moment_text": fact.moment_text,
        "occurred_at": optional_text(fact.occurred_at),
        "local_time": fact.local_time,
        "zone_assumed": int(fact.zone_assumed),
        "description": fact.description,
        "place": fact.place,
        "to_recipient": int(fact.to_recipient),
        "estimated_at": fact.estimated_at,
        "told_at": optional_text(fact.told_at),
        "parcel_id": fact.parcel_id,
        "via": fact.via.value,
        "answered": int(fact.answered),
        "received_at": optional_text(fact.received_at),
        "raw_id": raw_id,
    }


def _fact(row: Row) -> Fact:
    return Fact(
        source=row["source"],
        is_own=bool(row["is_own"]),
        kind=FactKind(row["kind"]),
        status=Status(row["status"]),
        code=row["code"],
        moment_text=row["moment_text"],
        occurred_at=optional_moment(row["occurred_at"]),
        local_time=row["local_time"],
        zone_assumed=bool(row["zone_assumed"]),
        description=row["description"],
        place=row["place"],
        to_recipient=bool(row["to_recipient"]),
        estimated_at=row["estimated_at"],
        told_at=optional_moment(row["told_at"]),
        parcel_id=row["parcel_id"],
        via=Via(row["via"]),
        answered=bool(row["answered"]),
        received_at=from_text(row["received_at"]),
        fact_id=row["fact_id"],
    )


def unknown_codes(tx: Tx) -> Iterator[Row]:
    """Codes that no table knows, most frequent first."""
    yield from tx.rows(
        """
        SELECT source, code, COUNT(*) AS times FROM facts
        WHERE status = 'unknown' AND kind = 'scan' GROUP BY source, code ORDER BY COUNT(*) DESC, source, code LIMIT 20
        """
    )
