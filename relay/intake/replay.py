"""What was kept is read again: today's reading takes the place of the earlier one, of answers as of pushes."""

import zlib
from datetime import datetime

import orjson

from relay.carriers import carrier_named, read_answer
from relay.database import Database, Row, Tx
from relay.errors import NotFound
from relay.intake import failures
from relay.intake.answers import About
from relay.intake.apply import reread
from relay.intake.policy import Policy
from relay.intake.record import Replayed, replay_push
from relay.intake.said import read_kept
from relay.intake.told import understood
from relay.model import Answer, Reading, Via, Wanted
from relay.store import asks
from relay.store import facts as fact_store


def kept_ids(tx: Tx, *, unread: bool, slug: str | None, since: str | None) -> list[str]:
    """Ids of the kept answers and pushes that a replay is about.

    Pushes have the last word about what both tell: some senders say a moment's zone in them alone.
    """
    answers = asks.answer_ids(tx, unread=unread, slug=slug, since=since)
    return [*answers, *fact_store.push_ids(tx, unread=unread, slug=slug, since=since)]


def replay(database: Database, policy: Policy, key: str, now: datetime, *, announce: bool) -> Replayed:
    """Read a kept push or answer again with today's adapter. Raises NotFound."""
    with database.read() as tx:
        kept = asks.answer(tx, key)
    if kept is None:
        return replay_push(database, policy, key, now, announce=announce)
    if kept["body"] is None:
        raise NotFound(f"the answer {key!r} is not kept any more", "`wismo replay --unread` finds what can be read")
    return _replay_answer(database, policy, kept, now, announce=announce)


def _replay_answer(database: Database, policy: Policy, kept: Row, now: datetime, *, announce: bool) -> Replayed:
    """The clocks of what was asked about stay: nobody asked now."""
    answer = _answer(kept)
    reading = read_answer(carrier_named(kept["slug"]), answer)
    about = About.of(answer, reading, is_registration=bool(kept["is_registration"]))
    whole = Reading(reading.action, about.reports, reading.outcome, reading.reason)
    told = understood(kept["slug"], kept["answer_id"], whole, answer.received_at, Via.POLL)

    def work(tx: Tx) -> int:
        asks.mark_answer_read(tx, kept["answer_id"], reading.action.value, reading.reason, now)
        for wanted in answer.asked if about.is_registration else ():
            if about.failure(wanted) is None and about.is_registered(wanted):
                asks.register(tx, kept["slug"], about.registration(wanted))
        return reread(tx, policy, [one for one in told if one.facts], now, announce=announce)

    return Replayed(kept["answer_id"], reading.action, reading.reason, database.write(work))


def read_again(kept: Row) -> Reading:
    """What today's adapter makes of a kept push or answer; nothing comes of it. Raises NotFound."""
    if "answer_id" in kept:
        return read_answer(carrier_named(kept["slug"]), _answer(kept))
    return read_kept(kept["slug"], zlib.decompress(kept["body"]))


def is_page(kept: Row) -> bool:
    """Whether an answer is a page in the place of data, as proxies and sites under repair give."""
    return "answer_id" in kept and failures.is_page(zlib.decompress(kept["body"]))


def _answer(kept: Row) -> Answer:
    asked = [Wanted(carrier, number, reference) for carrier, number, reference in orjson.loads(kept["asked"])]
    moment = datetime.fromisoformat(kept["asked_at"])
    return Answer(kept["http_status"], zlib.decompress(kept["body"]), moment, {}, asked)
