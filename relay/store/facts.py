"""Tracks, the facts about them, and the pushes that brought them."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from relay.database import Row, Tx, Values
from relay.model import Fact, FactKind, Status, Via, from_text, optional_moment, optional_text, to_text
from relay.store._many import among, insert_many

#: When the last new fact of a track came.
NEWS_AT = "(SELECT MAX(received_at) FROM facts WHERE facts.track_id = tracks.track_id) AS news_at"

# -- pushes ------------------------------------------------------------------------------------------------------------


class KeptPush(NamedTuple):
    """A push as it is kept. The fields bear the names of the columns."""

    push_id: str
    slug: str
    received_at: datetime
    headers: str
    body: bytes  #: compressed
    action: str
    reason: str
    events: int = 0  #: scans in it
    unknown: int = 0  #: of these, whose code or moment says nothing to us
    news: int = 0  #: of these, which nobody had told before


def keep_pushes(tx: Tx, pushes: Sequence[KeptPush]) -> list[bool]:
    """Keep pushes; whether each is the first of its kind. The same bytes again only count.

    One that still cannot be read and was dropped for its age is kept again: it is nowhere else.
    """
    kept = insert_many(
        tx,
        "pushes",
        KeptPush._fields,
        [(*push[:2], to_text(push.received_at), *push[3:]) for push in pushes],
        """
        ON CONFLICT (push_id) DO UPDATE SET
            repeats = pushes.repeats + 1, repeated_at = excluded.received_at,
            action = excluded.action, reason = excluded.reason,
            body = CASE WHEN pushes.body IS NULL AND pushes.erased_at IS NULL AND excluded.action = 'unreadable'
                        THEN excluded.body ELSE pushes.body END
        RETURNING push_id, repeats
        """,
    )
    repeats: dict[str, list[int]] = {}
    for push_id, times in sorted(kept, reverse=True):
        repeats.setdefault(push_id, []).append(times)
    return [repeats[push.push_id].pop() == 0 for push in pushes]


def mark_push_read(tx: Tx, push_id: str, action: str, reason: str, now: datetime) -> None:
    tx.rows(
        "UPDATE pushes SET action = :action, reason = :reason, replayed_at = :now WHERE push_id = :push_id",
        push_id=push_id,
        action=action,
        reason=reason,
        now=to_text(now),
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
    """Pushes that nobody could read and that can still be read again."""
    found = tx.rows("SELECT COUNT(*) AS n FROM pushes WHERE action = 'unreadable' AND body IS NOT NULL")
    return int(found[0]["n"])


# -- tracks ------------------------------------------------------------------------------------------------------------


def track_key(carrier: str, number: str) -> str:
    """The id of a track; ``carrier`` is "" where nobody knows it."""
    return f"{carrier}/{number}"


class Heard(NamedTuple):
    """What a carrier's word moves on a track."""

    at: datetime
    moved_at: datetime | None = None  #: the newest moment that it tells of the parcel
    place: str = ""  #: where that was, by the newest scan that says where; as written


def touch_tracks(tx: Tx, heard: Mapping[tuple[str, str], Heard | None], known_at: datetime) -> list[tuple[str, str]]:
    """Make tracks exist, hold them until the end of the transaction, move their clocks and places forward.

    ``heard`` maps carrier and number to a carrier's word, if there was one; in a fixed order, so that two writers never
    wait for each other. Returns those of a known carrier beside which something is kept under the number alone.
    """
    touched = insert_many(
        tx,
        "tracks",
        ("track_id", "carrier", "tracking_number", "known_at", "heard_at", "moved_at", "place"),
        [(track_key(*name), *name, to_text(known_at), *_clocks(heard[name])) for name in sorted(heard)],
        """
        ON CONFLICT (track_id) DO UPDATE SET
            heard_at = CASE WHEN excluded.heard_at > COALESCE(tracks.heard_at, '') THEN excluded.heard_at
                            ELSE tracks.heard_at END,
            moved_at = CASE WHEN excluded.moved_at > COALESCE(tracks.moved_at, '') THEN excluded.moved_at
                            ELSE tracks.moved_at END,
            place = CASE WHEN excluded.place <> '' AND excluded.moved_at >= COALESCE(tracks.moved_at, '')
                         THEN excluded.place ELSE tracks.place END
        RETURNING carrier, tracking_number,
            EXISTS (SELECT 1 FROM tracks AS nameless WHERE nameless.track_id = '/' || tracks.tracking_number)
        """,
    )
    return [(carrier, number) for carrier, number, has_nameless in touched if carrier and has_nameless]


def _clocks(heard: Heard | None) -> Values:
    return (to_text(heard.at), optional_text(heard.moved_at), heard.place) if heard else (None, None, "")


def settle_moves(tx: Tx, track_ids: Collection[str]) -> None:
    """Tell anew from the stored facts when and where parcels moved last: some were read again, or came elsewhere."""
    for keys, params in among(track_ids):
        tx.rows(
            f"""
            UPDATE tracks SET
                moved_at = (SELECT MAX(CASE WHEN occurred_at > received_at THEN received_at ELSE occurred_at END)
                            FROM facts WHERE facts.track_id = tracks.track_id),
                place = COALESCE((SELECT place FROM facts WHERE facts.track_id = tracks.track_id
                                  AND place <> '' AND occurred_at IS NOT NULL
                                  ORDER BY occurred_at DESC, fact_id LIMIT 1), '')
            WHERE track_id IN {keys}
            """,  # noqa: S608 - our own names
            **params,
        )


def hold(tx: Tx, track_id: str) -> None:
    """Let nobody else tell anything of a track until the end of the transaction."""
    tx.rows("UPDATE tracks SET known_at = known_at WHERE track_id = :track_id", track_id=track_id)


def track(tx: Tx, track_id: str) -> Row | None:
    found = tx.rows(f"SELECT tracks.*, {NEWS_AT} FROM tracks WHERE track_id = :track_id", track_id=track_id)  # noqa: S608 - our own text
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


def closed_tracks(tx: Tx, number: str, now: datetime) -> list[Row]:
    """The same for parcels that arrived lately: what is said of them late, or takes it back."""
    return tx.rows(
        """
        SELECT track_id, carrier FROM tracks
        WHERE tracking_number = :number AND carrier <> '' AND EXISTS (
            SELECT 1 FROM shipments WHERE shipments.track_id = tracks.track_id
              AND superseded_at IS NULL AND changed_at >= :since)
        """,
        number=number,
        since=to_text(now - timedelta(days=30)),
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


def move_facts(tx: Tx, old: str, new: str) -> bool:
    """Give a track's facts and references to another one, which may know some already; whether it got new facts."""
    moved = tx.rows(
        """
        UPDATE facts SET track_id = :new WHERE track_id = :old
          AND fact_id NOT IN (SELECT fact_id FROM facts WHERE track_id = :new)
        RETURNING fact_id
        """,
        old=old,
        new=new,
    )
    tx.rows("UPDATE registrations SET track_id = :new WHERE track_id = :old", old=old, new=new)
    tx.rows(
        """
        UPDATE facts SET answered = 1
        WHERE track_id = :new AND fact_id IN (SELECT fact_id FROM facts WHERE track_id = :old AND answered = 1)
        """,
        old=old,
        new=new,
    )
    tx.rows("DELETE FROM facts WHERE track_id = :old", old=old)
    tx.rows(
        """
        UPDATE tracks SET heard_at = (SELECT MAX(heard_at) FROM tracks WHERE track_id IN (:old, :new))
        WHERE track_id = :new
        """,
        old=old,
        new=new,
    )
    settle_moves(tx, [new])
    return bool(moved)


_NAMELESS = """
    SELECT nameless.tracking_number, MIN(other.carrier) AS carrier
    FROM tracks AS nameless JOIN tracks AS other
      ON other.tracking_number = nameless.tracking_number AND other.carrier <> ''
    WHERE nameless.carrier = '' AND {is_waiting} AND {may_be_it}
    GROUP BY nameless.tracking_number HAVING COUNT(*) = 1 LIMIT :limit
"""
_HAS_FACTS = "EXISTS (SELECT 1 FROM facts WHERE facts.track_id = {track}.track_id)"
_HAS_PARCELS = """EXISTS (SELECT 1 FROM shipments WHERE shipments.track_id = {track}.track_id AND superseded_at IS NULL
    AND shown_status NOT IN ('delivered', 'returned', 'cancelled'))"""


def facts_that_fit_one_parcel(tx: Tx, limit: int) -> list[Row]:
    """Numbers under which facts wait without a carrier, and the carrier of the only open parcel that has the number."""
    is_waiting, may_be_it = _HAS_FACTS.format(track="nameless"), _HAS_PARCELS.format(track="other")
    return tx.rows(_NAMELESS.format(is_waiting=is_waiting, may_be_it=may_be_it), limit=limit)


def parcels_that_one_carrier_knows(tx: Tx, limit: int) -> list[Row]:
    """Numbers of open parcels whose carrier nobody told, and the only carrier that has told something of the number."""
    is_waiting, may_be_it = _HAS_PARCELS.format(track="nameless"), _HAS_FACTS.format(track="other")
    return tx.rows(_NAMELESS.format(is_waiting=is_waiting, may_be_it=may_be_it), limit=limit)


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

#: Whose, what, and the push or answer that brought it.
StoredFact = tuple[str, Fact, str]

#: A fact's columns bear the names of its fields, in their order.
_COLUMNS = (*Fact._fields, "track_id", "raw_id")
_FACTS = f"SELECT {', '.join(Fact._fields)}, track_id FROM facts"  # noqa: S608 - our own names
#: Not ``Status(word)``: calling an enumeration costs ten look-ups, and this is done for every fact of every push.
_KINDS = {kind.value: kind for kind in FactKind}
_STATUSES = {status.value: status for status in Status}
_VIAS = {via.value: via for via in Via}


def add_facts(tx: Tx, facts: Sequence[StoredFact]) -> None:
    """Add facts; one that is there already stays as it was."""
    insert_many(tx, "facts", _COLUMNS, [_values(*one) for one in facts], "ON CONFLICT (track_id, fact_id) DO NOTHING")


def reread_facts(tx: Tx, facts: Sequence[StoredFact]) -> None:
    """Put our present reading of what was said in the place of the earlier one; what was said stays."""
    insert_many(
        tx,
        "facts",
        _COLUMNS,
        # One message may tell a fact twice, and PostgreSQL changes no row twice in one statement.
        [_values(*one) for one in {(one[0], one[1].fact_id): one for one in facts}.values()],
        """
        ON CONFLICT (track_id, fact_id) DO UPDATE SET
            status = excluded.status, occurred_at = excluded.occurred_at, local_time = excluded.local_time,
            zone_assumed = excluded.zone_assumed, description = excluded.description,
            to_recipient = excluded.to_recipient, estimated_at = excluded.estimated_at, told_at = excluded.told_at,
            parcel_id = excluded.parcel_id
        """,
    )


def mark_answered(tx: Tx, facts: Sequence[StoredFact]) -> None:
    for track_id, fact, _ in facts:
        tx.rows(
            "UPDATE facts SET answered = 1 WHERE track_id = :track_id AND fact_id = :fact_id",
            track_id=track_id,
            fact_id=fact.fact_id,
        )


def facts_on(tx: Tx, track_ids: Iterable[str]) -> dict[str, dict[str, Fact]]:
    """The facts of each track, by their ids."""
    found: dict[str, dict[str, Fact]] = {track_id: {} for track_id in track_ids}
    for keys, params in among(found):
        for values in tx.tuples(f"{_FACTS} WHERE track_id IN {keys}", **params):
            fact = _fact(values)
            found[values[-1]][fact.fact_id] = fact
    return found


def facts_of(tx: Tx, track_id: str | None) -> list[Fact]:
    return list(facts_on(tx, [track_id])[track_id].values()) if track_id else []


def _values(track_id: str, fact: Fact, raw_id: str) -> Values:
    """A fact in the order of its columns. Spelled out here and below: a tenth of the cost of replacing fields."""
    return (
        fact.source,
        int(fact.is_own),
        fact.kind.value,
        fact.status.value,
        fact.code,
        fact.moment_text,
        optional_text(fact.occurred_at),
        fact.local_time,
        int(fact.zone_assumed),
        fact.description,
        fact.place,
        int(fact.to_recipient),
        fact.estimated_at,
        optional_text(fact.told_at),
        fact.parcel_id,
        fact.via.value,
        int(fact.answered),
        optional_text(fact.received_at),
        fact.fact_id,
        track_id,
        raw_id,
    )


def _fact(values: Values) -> Fact:
    return Fact(
        values[0],
        bool(values[1]),
        _KINDS[values[2]],
        _STATUSES[values[3]],
        values[4],
        values[5],
        optional_moment(values[6]),
        values[7],
        bool(values[8]),
        values[9],
        values[10],
        bool(values[11]),
        values[12],
        optional_moment(values[13]),
        values[14],
        _VIAS[values[15]],
        bool(values[16]),
        from_text(values[17]),
        values[18],
    )


def unknown_codes(tx: Tx) -> Iterator[Row]:
    """Codes that no table knows, most frequent first."""
    yield from tx.rows(
        """
        SELECT source, code, COUNT(*) AS times FROM facts
        WHERE status = 'unknown' AND kind = 'scan' AND occurred_at IS NOT NULL
        GROUP BY source, code ORDER BY COUNT(*) DESC, source, code LIMIT 20
        """
    )
