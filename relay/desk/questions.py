"""What somebody asked in Slack and is answered in a message of its own: kept before it is acknowledged, answered once.

The outbox has a message for each (``asked/<id>``). It is answered with what is true when it leaves, however late that
is; then what was typed is let go of.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from relay.database import Row, Tx
from relay.desk import Desk
from relay.desk.watching import Thread
from relay.model import Status, from_text, to_text
from relay.store import asked, watches

#: Slack repeats what it tells within minutes; after three days nobody waits for an answer.
ANSWERED_KEPT, UNANSWERED_KEPT = timedelta(days=1), timedelta(days=3)
#: Slack takes answers by a response URL for thirty minutes; one of them is for the way there.
RESPONSE_LASTS = timedelta(minutes=29)
#: The same press or shortcut within so long is a slip of the hand.
ONCE_WITHIN = timedelta(minutes=5)


class Way(StrEnum):
    """How it was asked, and so how it is answered."""

    MENTION = "mention"  # in the thread
    MESSAGE = "message"  # in the thread of the message that somebody pointed at
    SHARE = "share"  # a card for everybody
    SHOP = "shop"  # what nobody here knew; the shop is asked


@dataclass(frozen=True, slots=True)
class Question:
    """A question; ``text`` is what was typed, or all of it that may name an order."""

    way: Way
    to: Thread  #: where it is answered; a person, where the answer is theirs alone
    by: str
    team: str
    text: str
    at: datetime
    #: Tells whoever asked, and nobody else: whoever knows it can, too.
    response_url: str = field(default="", repr=False)
    words: str = ""  #: the answer itself, where what was asked for was done at once
    asked_id: str = ""  #: once it is kept
    pages: int = 0  #: so many parts of the answer were taken


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a question that was to be kept."""

    is_new: bool
    answer: Thread | None = None  #: where it was answered before, if anybody can be led there


def ask(desk: Desk, key: Sequence[str], question: Question) -> Kept:
    """Keep a question and have it answered. Raises Unavailable: then nothing was kept, and nothing may be promised.

    ``key`` is what Slack calls the event; the same one is one question.
    """
    asked_id = _id_of(key)
    kept = desk.database.write(lambda tx: _keep(tx, asked_id, question, None))
    if kept.is_new:
        desk.wake()
    return kept


def ask_again(desk: Desk, key: Sequence[str], question: Question) -> Kept:
    """The same for what people press: after a few minutes they mean it."""
    asked_id = _id_of(key)
    kept = desk.database.write(lambda tx: _keep(tx, asked_id, question, question.at - ONCE_WITHIN))
    if kept.is_new:
        desk.wake()
    return kept


def is_kept(desk: Desk, key: Sequence[str]) -> bool:
    with desk.database.read() as tx:
        return asked.question(tx, _id_of(key)) is not None


def keep_following(tx: Tx, key: Sequence[str], question: Question) -> None:
    """Keep one that is answered later. Asked again meanwhile, it is answered where it was asked last."""
    asked_id = _id_of(key)
    if not _keep(tx, asked_id, question, None).is_new:
        asked.answer_by(tx, asked_id, question.response_url, question.at + RESPONSE_LASTS)


def mark_page(desk: Desk, asked_id: str, pages: int) -> None:
    """So many parts of a long answer stand in Slack: whoever goes on after us begins with the next."""
    desk.database.write(lambda tx: asked.mark_page(tx, asked_id, pages))


def _id_of(key: Sequence[str]) -> str:
    return sha256("\x1f".join(("asked", *key)).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _keep(tx: Tx, asked_id: str, question: Question, again_before: datetime | None) -> Kept:
    now = question.at
    asked.forget_before(tx, now - ANSWERED_KEPT, now - UNANSWERED_KEPT)
    if asked.keep(tx, asked_id, _row(question), again_before=again_before):
        watches.tell(tx, asked_id, f"asked/{asked_id}", status=Status.UNKNOWN.value, now=now)
        return Kept(is_new=True)
    row = asked.question(tx, asked_id)
    return Kept(is_new=False, answer=Thread.read(row["answer"]) if row and row["answer"] else None)


def _row(question: Question) -> dict[str, str]:
    return {
        "way": question.way.value,
        "thread": str(question.to),
        "by": question.by,
        "team": question.team,
        "text": question.text,
        "words": question.words,
        "response_url": question.response_url,
        "response_until": to_text(question.at + RESPONSE_LASTS),
        "asked_at": to_text(question.at),
    }


def question_of(row: Row, now: datetime) -> Question:
    """As it is kept; without an address that ran out."""
    may_respond = from_text(row["response_until"]) > now
    return Question(
        way=Way(row["way"]),
        to=Thread.read(row["thread"]),
        by=row["by_whom"],
        team=row["team"],
        text=row["text"],
        at=from_text(row["asked_at"]),
        response_url=(row["response_url"] or "") if may_respond else "",
        words=row["words"],
        asked_id=row["asked_id"],
        pages=row["pages"],
    )
