"""What is remembered of a message in Slack once it was taken, and who is told instead where it never will be."""

import json
from datetime import datetime

from relay.database import Tx
from relay.desk.posts import LOST
from relay.desk.watching import PERSON, Thread
from relay.errors import SendFailed
from relay.model import OutboxMessage, Receipt
from relay.settings import Settings
from relay.store import asked, incidents, mornings, outbox, watches


def posted(tx: Tx, message: OutboxMessage, receipt: Receipt, now: datetime) -> None:
    """Remember where it stands and what it told; the receipt's text is the thread, ``shown`` what was told."""
    kind, _, about = message.subject.partition("/")
    if kind == "watch" and receipt.shown:
        told = json.loads(receipt.shown)
        watches.mark_told(tx, about, json.dumps(told["shown"]), now)
        if told["is_over"]:
            watches.end(tx, about, "nothing more is to come", now)
    elif kind == "incident":
        incidents.remember(tx, about, receipt.text)
    elif kind == "morning":
        mornings.remember(tx, about, receipt.text)
    elif kind == "asked":
        asked.mark_answered(tx, about, receipt.text if Thread.read(receipt.text).ts else "", now)


def refused(tx: Tx, settings: Settings, message: OutboxMessage, error: SendFailed, now: datetime) -> None:
    """What will never be taken there is told elsewhere, if there is somebody to tell."""
    if not error.permanent:
        return
    kind, _, about = message.subject.partition("/")
    if kind == "watch":
        _lose(tx, message, about, error, now)
    elif kind == "override":
        _tell_in_person(tx, settings, message, about, now)
    elif kind == "asked":  # neither there nor in person
        asked.mark_answered(tx, about, "", now)
    elif kind == "lost":
        _tell_owner(tx, settings, message, about, now)


def _lose(tx: Tx, message: OutboxMessage, watch_id: str, error: SendFailed, now: datetime) -> None:
    outbox.settle(tx, message, "superseded", receipt=f"the watch ended: {error.what}")
    watches.end(tx, watch_id, f"{LOST}{error.what}", now)
    _tell_again(tx, message, f"lost/{watch_id}", now)


def _tell_in_person(tx: Tx, settings: Settings, message: OutboxMessage, override_id: str, now: datetime) -> None:
    """In the thread, else to whoever set it, else to the owner."""
    override = watches.override(tx, override_id)
    if override is None:
        return
    tried = Thread.read(override["thread"]).channel
    person = PERSON.search(override["by_whom"])
    to = [one for one in (person[0] if person else "", settings.slack_owner) if one]
    rest = to[to.index(tried) + 1 :] if tried in to else to
    if rest:
        watches.answer_override_in(tx, override_id, str(Thread(rest[0])))
        _move_on(tx, message, now)


def _tell_owner(tx: Tx, settings: Settings, message: OutboxMessage, watch_id: str, now: datetime) -> None:
    """Whoever cannot be told in person has left: what is theirs is the owner's."""
    watch, owner = watches.watch(tx, watch_id), settings.slack_owner
    if watch is None or not owner or watch["by_whom"] == owner:
        return
    watches.hand_over(tx, watch["by_whom"], owner)
    watches.give(tx, watch_id, owner)
    _move_on(tx, message, now)


def _move_on(tx: Tx, message: OutboxMessage, now: datetime) -> None:
    """The same message, to somebody else and at once."""
    outbox.settle(tx, message, "superseded", receipt="told elsewhere")
    _tell_again(tx, message, message.subject, now)


def _tell_again(tx: Tx, message: OutboxMessage, subject: str, now: datetime) -> None:
    key = message.message_id if subject == message.subject else f"lost-{message.message_id}"
    status = message.status.value
    watches.tell(tx, key, subject, shop=message.shop, order_id=message.order_id, status=status, now=now)
