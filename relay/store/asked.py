"""What somebody asked in Slack and is answered in a message of its own, by an id made of what Slack calls it.

What was typed, and the address that answers whoever asked alone, stay only until they were used.
"""

from collections.abc import Mapping
from datetime import datetime

from relay.database import Row, Tx
from relay.model import to_text

#: What is let go of once it was answered.
_LET_GO = "text = '', words = '', response_url = NULL"


def keep(tx: Tx, asked_id: str, question: Mapping[str, str], *, again_before: datetime | None) -> bool:
    """Keep a question; False: it was kept before.

    One that was answered may be asked again where the answer stands nowhere, or where it was asked before a moment.
    """
    kept = tx.rows(
        """
        INSERT INTO asked (asked_id, way, thread, by_whom, team, text, words, response_url, response_until, asked_at)
        VALUES (:asked_id, :way, :thread, :by, :team, :text, :words, :response_url, :response_until, :asked_at)
        ON CONFLICT (asked_id) DO UPDATE SET thread = excluded.thread, by_whom = excluded.by_whom,
            team = excluded.team, text = excluded.text, words = excluded.words, response_url = excluded.response_url,
            response_until = excluded.response_until, asked_at = excluded.asked_at, pages = 0, answer = '',
            answered_at = NULL
        WHERE asked.answered_at IS NOT NULL AND :again_before <> ''
          AND (asked.answer = '' OR asked.asked_at < :again_before)
        RETURNING asked_id
        """,
        asked_id=asked_id,
        again_before=to_text(again_before) if again_before else "",
        **question,
    )
    return bool(kept)


def answer_by(tx: Tx, asked_id: str, response_url: str, until: datetime) -> None:
    """Use a newer address for an answer that is still to come."""
    tx.rows(
        """
        UPDATE asked SET response_url = :url, response_until = :until
        WHERE asked_id = :id AND answered_at IS NULL AND :url <> ''
        """,
        id=asked_id,
        url=response_url,
        until=to_text(until),
    )


def question(tx: Tx, asked_id: str) -> Row | None:
    found = tx.rows("SELECT * FROM asked WHERE asked_id = :id", id=asked_id)
    return found[0] if found else None


def mark_page(tx: Tx, asked_id: str, pages: int) -> None:
    """So many parts of a long answer were taken."""
    tx.rows("UPDATE asked SET pages = :pages WHERE asked_id = :id", id=asked_id, pages=pages)


def mark_answered(tx: Tx, asked_id: str, answer: str, now: datetime) -> None:
    """Nothing more will be said about it; ``answer`` is where it stands, "" where nobody can point at it."""
    tx.rows(
        f"UPDATE asked SET answered_at = :now, answer = :answer, {_LET_GO} WHERE asked_id = :id",  # noqa: S608 - ours
        id=asked_id,
        answer=answer,
        now=to_text(now),
    )


def drop_expired(tx: Tx, now: datetime) -> None:
    """Let go of addresses that Slack does not take any more."""
    tx.rows(
        "UPDATE asked SET response_url = NULL WHERE response_url IS NOT NULL AND response_until <= :now",
        now=to_text(now),
    )


def forget_before(tx: Tx, answered: datetime, unanswered: datetime) -> None:
    """Forget what was asked before a moment; what waits for its answer is kept longer."""
    tx.rows(
        "DELETE FROM asked WHERE asked_at < :answered AND (answered_at IS NOT NULL OR asked_at < :unanswered)",
        answered=to_text(answered),
        unanswered=to_text(unanswered),
    )
