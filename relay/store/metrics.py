"""What monitoring counts. Each statement answers from an index, or reads a table that stays small."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

from relay.database import Row, Tx, Values
from relay.model import CANARY, Status, to_text
from relay.store import ledger

#: Up to which moment messages are counted for good; a name in the install.
COUNTED_UNTIL: Final = "counted_until"

# -- messages, counted once and for good -------------------------------------------------------------------------------


class Seen(NamedTuple):
    """Messages of one sender that came to the same, since some moment."""

    what: str  #: ``pushes`` or ``answers``
    source: str
    outcome: str  #: the action of a push, the outcome of an answer
    times: int  #: of those that are old enough to be counted for good, as the next three
    unknown: int
    news: int
    missed: int
    last_at: str  #: the newest of all


#: ``body IS NOT NULL`` is the condition of the index by time: what just came has one.
_SEEN = """
    SELECT :what, slug, {outcome},
        SUM(CASE WHEN {moment} <= :upto THEN 1 ELSE 0 END),
        SUM(CASE WHEN {moment} <= :upto THEN unknown ELSE 0 END),
        SUM(CASE WHEN {moment} <= :upto THEN news ELSE 0 END),
        SUM(CASE WHEN {moment} <= :upto THEN {missed} ELSE 0 END),
        MAX({moment})
    FROM {what} WHERE body IS NOT NULL AND {moment} > :until AND slug <> :canary GROUP BY slug, {outcome}
"""
_PUSHES = _SEEN.replace(":what", "'pushes'").format(what="pushes", outcome="action", moment="received_at", missed="0")
_ANSWERS = _SEEN.replace(":what", "'answers'").format(
    what="answers", outcome="outcome", moment="asked_at", missed="missed"
)


def counted_until(tx: Tx) -> str:
    """Empty before anything was counted."""
    return ledger.install(tx).get(COUNTED_UNTIL, "")


def seen_since(tx: Tx, until: str, upto: datetime) -> list[Seen]:
    """What came after the moment ``until``, canaries apart."""
    given = {"until": until, "upto": to_text(upto), "canary": CANARY}
    rows = (*tx.tuples(_PUSHES, **given), *tx.tuples(_ANSWERS, **given))
    return [
        Seen(what, source, outcome, int(times), int(unknown), int(news), int(missed), last_at)
        for what, source, outcome, times, unknown, news, missed, last_at in rows
    ]


def count_up(tx: Tx, seen: Iterable[Seen], until: str, upto: datetime) -> bool:
    """Add to the totals what came up to a moment, unless another process did so meanwhile; whether it was added."""
    ledger.set_install_once(tx, COUNTED_UNTIL, "")
    moved = tx.rows(
        "UPDATE install SET value = :upto WHERE key = :key AND value = :until RETURNING key",
        key=COUNTED_UNTIL,
        until=until,
        upto=to_text(upto),
    )
    for one in seen if moved else ():
        tx.rows(
            """
            INSERT INTO counted (what, source, outcome, times, unknown, news, missed, last_at)
            VALUES (:what, :source, :outcome, :times, :unknown, :news, :missed, :last_at)
            ON CONFLICT (what, source, outcome) DO UPDATE SET times = counted.times + excluded.times,
                unknown = counted.unknown + excluded.unknown, news = counted.news + excluded.news,
                missed = counted.missed + excluded.missed,
                last_at = CASE WHEN excluded.last_at > counted.last_at THEN excluded.last_at ELSE counted.last_at END
            """,
            **one._asdict(),
        )
    return bool(moved)


def counted(tx: Tx) -> list[Seen]:
    return [Seen(*row) for row in tx.tuples(f"SELECT {', '.join(Seen._fields)} FROM counted")]  # noqa: S608 - our own names


def tallies(tx: Tx) -> list[Values]:
    """Name, label and sum of everything that was ever tallied."""
    return tx.tuples("SELECT name, label, SUM(times) FROM tallies GROUP BY name, label")


# -- parcels and asks --------------------------------------------------------------------------------------------------


_FINAL_WORDS = ", ".join(f"'{status}'" for status in Status if status.is_final)
_OPEN_WORDS = ", ".join(f"'{status}'" for status in Status if not status.is_final)


def open_parcels(tx: Tx) -> list[Values]:
    """Shown status, carrier and how many; those that were replaced are none."""
    return tx.tuples(
        f"""
        SELECT shown_status, carrier, COUNT(*) FROM shipments
        WHERE superseded_at IS NULL AND shown_status IN ({_OPEN_WORDS}) GROUP BY shown_status, carrier
        """  # noqa: S608 - our own names
    )


def ended_parcels(tx: Tx) -> list[Values]:
    """The same of those that had their last word, whatever the carrier: more from year to year."""
    return tx.tuples(
        f"""
        SELECT shown_status, COUNT(*) FROM shipments
        WHERE superseded_at IS NULL AND shown_status IN ({_FINAL_WORDS}) GROUP BY shown_status
        """  # noqa: S608 - our own names
    )


def held(tx: Tx) -> Values:
    """How many deliveries are held, and since when the oldest is."""
    return tx.tuples(
        "SELECT COUNT(*), MIN(held_since) FROM shipments WHERE held_since IS NOT NULL AND superseded_at IS NULL"
    )[0]


def count_overrides(tx: Tx) -> int:
    return int(tx.tuples("SELECT COUNT(*) FROM overrides WHERE ended_at IS NULL")[0][0])


#: From one carrier to the next within the index: a query that grouped would read all of it.
_DUE = """
    WITH RECURSIVE these (carrier) AS (
        SELECT MIN(carrier) FROM tracks WHERE ask_at IS NOT NULL
        UNION ALL
        SELECT (SELECT MIN(carrier) FROM tracks WHERE ask_at IS NOT NULL AND tracks.carrier > these.carrier)
        FROM these WHERE these.carrier IS NOT NULL)
    SELECT carrier,
        (SELECT MIN(ask_at) FROM tracks WHERE tracks.carrier = these.carrier AND ask_at IS NOT NULL),
        (SELECT COUNT(*) FROM tracks WHERE tracks.carrier = these.carrier AND ask_at <= :now)
    FROM these WHERE carrier IS NOT NULL
"""


def asks(tx: Tx, now: datetime) -> list[Values]:
    """Of each carrier when the next or longest due ask is, and how many are due."""
    return tx.tuples(_DUE, now=to_text(now))


def failing(tx: Tx) -> list[Values]:
    """Of each account since when nothing usable came; None while it works."""
    return tx.tuples("SELECT account, failing_since FROM accounts")


def unread(tx: Tx, what: str) -> list[Values]:
    """Of each sender how many of its pushes or answers nobody could read, and still can."""
    return tx.tuples(
        f"SELECT slug, COUNT(*) FROM {what} WHERE action = 'unreadable' AND body IS NOT NULL GROUP BY slug"  # noqa: S608 - our own names
    )


# -- what is told ------------------------------------------------------------------------------------------------------


#: A message in one of these wants a person. More states there are, and of them more messages from year to year.
STUCK: Final = ("paused", "drift", "dead")
OVER: Final = ("sent", "shadow", "superseded")


def due(tx: Tx) -> list[Values]:
    """Of each channel how many messages wait, also for their time, and when the first of them is due; not the held."""
    return tx.tuples(
        "SELECT channel, COUNT(*), MIN(due_at) FROM outbox WHERE state = 'due' AND held_at IS NULL GROUP BY channel"
    )


def held_messages(tx: Tx) -> list[Values]:
    """Of each channel how many messages the brake holds."""
    return tx.tuples(
        "SELECT channel, COUNT(*) FROM outbox WHERE state = 'due' AND held_at IS NOT NULL GROUP BY channel"
    )


def messages(tx: Tx, states: Iterable[str]) -> list[Values]:
    """Channel, state and how many."""
    return [
        (channel, state, count)
        for state in states
        for channel, count in tx.tuples(_SENT if state == "sent" else _OTHERS, **_given(state))
    ]


#: Each says the condition of its index.
_SENT = "SELECT channel, COUNT(*) FROM outbox WHERE state = 'sent' GROUP BY channel"
_OTHERS = "SELECT channel, COUNT(*) FROM outbox WHERE state = :state AND state <> 'sent' GROUP BY channel"


def _given(state: str) -> dict[str, str]:
    return {} if state == "sent" else {"state": state}


def unreadable_orders(tx: Tx) -> int:
    return int(tx.tuples("SELECT COUNT(*) FROM shop_reads WHERE fault IS NOT NULL AND told_by <> 'desk'")[0][0])


# -- what is wrong -----------------------------------------------------------------------------------------------------


def incidents(tx: Tx, now: datetime) -> list[Row]:
    """Of each kind how many were ever opened, are open, and are nobody's; and since when the oldest of these is.

    One that is somebody's, put off, known, or part of another asks nobody for anything.
    """
    return tx.rows(
        """
        SELECT kind, COUNT(*) AS opened,
            SUM(CASE WHEN closed_at IS NULL THEN 1 ELSE 0 END) AS open,
            SUM(CASE WHEN is_nobodys = 1 THEN 1 ELSE 0 END) AS nobodys,
            MIN(CASE WHEN is_nobodys = 1 THEN opened_at END) AS nobodys_since
        FROM (SELECT kind, opened_at, closed_at, CASE WHEN closed_at IS NULL AND owner IS NULL AND known_by IS NULL
                  AND part_of IS NULL AND (snoozed_until IS NULL OR snoozed_until <= :now) THEN 1 ELSE 0 END
                  AS is_nobodys
              FROM incidents) AS each_one
        GROUP BY kind
        """,
        now=to_text(now),
    )


def size(tx: Tx) -> int:
    """Bytes of a database on PostgreSQL."""
    return int(tx.tuples("SELECT pg_database_size(current_database())")[0][0])
