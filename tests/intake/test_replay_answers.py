"""Kept answers can be read again, with what was asked: as pushes can, and no clock moves."""

import json
import zlib

import pytest

from relay.carriers import carrier_named, read_answer
from relay.database import Database
from relay.errors import NotFound
from relay.intake import Policy
from relay.intake.answers import record_answer
from relay.intake.replay import kept_ids, replay
from relay.model import Action, Answer, Reading, Wanted
from relay.store import asks, keeping
from tests.carriers.samples import folder_of
from tests.conftest import fact
from tests.intake.steps import add_order, clock_of, facts_on, later, mails, shown, told, waiting

NUMBER = "QB000000016BR"
TRACK = f"melhor-envio/{NUMBER}"
ME = carrier_named("melhor-envio")
BODY = (folder_of(ME) / "delivered.answer.json").read_bytes()
UNREADABLE = Reading(Action.UNREADABLE, reason="melhor-envio: status: missing")


def ask(
    database: Database, policy: Policy, reading: Reading | None = None, body: bytes = BODY, *, at: float = 60
) -> str:
    """An answer of Melhor Envio about the parcel, read as it was then; its id."""
    answer = Answer(200, body, later(at), {}, [Wanted("melhor-envio", NUMBER)])
    record_answer(database, policy, "melhor-envio", answer, reading or read_answer(ME, answer))
    with database.read() as tx:
        return asks.answer_ids(tx, unread=False, slug=None, since=None)[-1]


def count_unread(database: Database) -> int:
    with database.read() as tx:
        return asks.count_unread_answers(tx)


@pytest.fixture
def known(database: Database, policy: Policy) -> Database:
    add_order(database, policy, carrier="melhor-envio", number=NUMBER)
    return database


def test_an_unread_answer_becomes_facts_once_it_can_be_read(known: Database, policy: Policy) -> None:
    key = ask(known, policy, UNREADABLE)
    assert (shown(known), count_unread(known)) == ("pending", 1)
    done = replay(known, policy, key, later(70), announce=False)
    assert (done.raw_id, done.action, shown(known), count_unread(known)) == (key, Action.APPLY, "delivered", 0)
    assert {(one.received_at, one.answered) for one in facts_on(known, TRACK)} == {(later(60), True)}
    assert mails(known) == []


def test_a_replay_moves_no_clock_and_is_news_only_if_it_is_to_be(known: Database, policy: Policy) -> None:
    key = ask(known, policy, UNREADABLE)
    before = [clock_of(known, name, TRACK) for name in ("asked_at", "tried_at", "heard_at")]
    assert replay(known, policy, key, later(61), announce=True).messages == 1
    assert waiting(known) == [("delivered", "0")]
    assert [clock_of(known, name, TRACK) for name in ("asked_at", "tried_at", "heard_at")] == before


def test_todays_reading_of_an_answer_takes_the_place_of_the_earlier_one(known: Database, policy: Policy) -> None:
    key = ask(known, policy)
    right = facts_on(known, TRACK)
    known.write(lambda tx: tx.rows("UPDATE facts SET status = 'exception', occurred_at = NULL"))
    replay(known, policy, key, later(70), announce=False)
    assert facts_on(known, TRACK) == right
    assert shown(known) == "delivered"


def test_what_was_asked_is_kept_with_the_answer(known: Database, policy: Policy) -> None:
    """An answer that has neither number nor reference of ours is about the parcel that was asked about."""
    order = json.loads(BODY)
    (inside,) = order.values()
    body = json.dumps({"x": {**inside, "id": None, "tracking": NUMBER}}).encode()
    key = ask(known, policy, UNREADABLE, body)
    replay(known, policy, key, later(70), announce=False)
    assert facts_on(known, TRACK)


def test_an_answer_that_still_cannot_be_read_stays_unread(known: Database, policy: Policy) -> None:
    key = ask(known, policy, body=b"<html>")
    done = replay(known, policy, key, later(70), announce=False)
    assert (done.action, count_unread(known)) == (Action.UNREADABLE, 1)


def test_pushes_and_answers_are_replayed_by_sender_and_age_and_pushes_have_the_last_word(
    known: Database, policy: Policy
) -> None:
    push = told(known, policy, fact("in_transit"), at=2).push_id
    answer = ask(known, policy, UNREADABLE, at=60)
    with known.read() as tx:
        assert kept_ids(tx, unread=False, slug=None, since=None) == [answer, push]
        assert kept_ids(tx, unread=True, slug=None, since=None) == [answer]
        assert kept_ids(tx, unread=False, slug="ups", since=None) == [push]
        assert kept_ids(tx, unread=False, slug=None, since="2026-03-03") == [answer]


def test_of_an_answer_that_was_erased_nothing_is_left(known: Database, policy: Policy) -> None:
    key = ask(known, policy)
    with known.read() as tx:
        kept = asks.answer(tx, key)
    assert kept
    assert json.loads(kept["asked"]) == [["melhor-envio", NUMBER, None]]
    assert zlib.decompress(kept["body"]) == BODY
    known.write(lambda tx: keeping.erase_raw(tx, [key], later(99)))
    with known.read() as tx:
        kept = asks.answer(tx, key)
    assert kept
    assert (kept["body"], kept["asked"], kept["reason"]) == (None, "[]", "")
    with pytest.raises(NotFound, match="is not kept any more"):
        replay(known, policy, key, later(100), announce=False)


def test_the_id_of_nothing_is_not_found(database: Database, policy: Policy) -> None:
    with pytest.raises(NotFound, match="no kept push"):
        replay(database, policy, "none", later(1), announce=False)


def test_a_registration_that_could_not_be_read_is_one_once_it_can(database: Database, policy: Policy) -> None:
    add_order(database, policy, carrier="total-express", number="TE000001")
    tracker = {"id": "trk_1", "tracking_code": "TE000001", "status": "unknown", "tracking_details": []}
    answer = Answer(200, json.dumps(tracker).encode(), later(1), {}, [Wanted("total-express", "TE000001")])
    unread = Reading(Action.UNREADABLE, reason="easypost: status: not known")
    record_answer(database, policy, "easypost", answer, unread, is_registration=True)
    with database.read() as tx:
        (key,) = asks.answer_ids(tx, unread=True, slug="easypost", since=None)
    replay(database, policy, key, later(2), announce=False)
    with database.read() as tx:
        known = asks.references(tx, "easypost", ["total-express/TE000001"])
    assert known == {"total-express/TE000001": "trk_1"}
