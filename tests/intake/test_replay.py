"""What was kept can be read again: today's reading takes the place of the earlier one, and nothing else moves."""

from dataclasses import replace

import orjson
import pytest

from relay.carriers import carrier_named, read_push
from relay.database import Database
from relay.errors import NotFound
from relay.intake import Policy
from relay.intake.record import Recorded, record_push, replay_push
from relay.model import Action, Push, Reading, Status
from relay.store import facts as fact_store
from tests.conftest import fact
from tests.intake.steps import (
    NUMBER,
    about,
    add_order,
    answered,
    clock_of,
    facts_on,
    later,
    mails,
    shipment,
    shown,
    told,
    waiting,
)

SCANS = [
    {"status": "in_transit", "code": "P1", "occurred_at": "2026-03-02T12:00:00Z"},
    {"status": "out_for_delivery", "code": "P2", "occurred_at": "2026-03-02T13:00:00Z"},
]
BODY = orjson.dumps({"type": "shipment.updated", "carrier": "ups", "tracking_number": NUMBER, "events": SCANS})
TODAYS = read_push(carrier_named("standard"), BODY)
UNREADABLE = Reading(Action.UNREADABLE, reason="events[0].status: missing")


def as_read_before() -> Reading:
    """The same message as an adapter read it that knew neither the second code nor the clock's zone."""
    (report,) = TODAYS.reports
    in_transit, out = report.facts
    misread = (
        in_transit._replace(occurred_at=later(3), zone_assumed=True),
        out._replace(status=Status.UNKNOWN, description="?"),
    )
    return replace(TODAYS, reports=(replace(report, facts=misread),))


def receive(database: Database, policy: Policy, reading: Reading, *, at: float = 1) -> Recorded:
    return record_push(database, policy, Push("standard", "POST", "/push/standard", {}, BODY, later(at)), reading)


def test_an_unread_push_becomes_facts_once_it_can_be_read(database: Database, policy: Policy) -> None:
    add_order(database, policy)
    kept = receive(database, policy, UNREADABLE)
    assert (shown(database), facts_on(database)) == ("pending", [])
    done = replay_push(database, policy, kept.push_id, later(2), announce=False)
    assert (done.action, shown(database)) == (Action.APPLY, "out_for_delivery")
    assert [one.received_at for one in facts_on(database)] == [later(1), later(1)]
    with database.read() as tx:
        assert fact_store.count_unread(tx) == 0


def test_todays_reading_takes_the_place_of_the_earlier_one_and_what_was_said_stays(
    database: Database, policy: Policy
) -> None:
    add_order(database, policy)
    kept = receive(database, policy, as_read_before())
    answered(database, policy, about(), at=1)
    before = facts_on(database)
    assert shown(database) == "in_transit"
    replay_push(database, policy, kept.push_id, later(9), announce=False)
    after = facts_on(database)
    assert shown(database) == "out_for_delivery"
    assert [(one.occurred_at, one.status, one.zone_assumed) for one in sorted(after, key=lambda one: one.code)] == [
        (later(0), "in_transit", False),
        (later(1), "out_for_delivery", False),
    ]
    kept_fields = ("fact_id", "code", "moment_text", "received_at", "via", "answered", "source")
    assert [[getattr(one, name) for name in kept_fields] for one in after] == [
        [getattr(one, name) for name in kept_fields] for one in before
    ]


def test_a_replay_is_no_word_of_the_carrier(database: Database, policy: Policy) -> None:
    add_order(database, policy)
    kept = receive(database, policy, UNREADABLE)
    for hours in (2, 3):
        replay_push(database, policy, kept.push_id, later(hours), announce=True)
    assert clock_of(database, "heard_at", f"ups/{NUMBER}") is None


def test_a_replay_is_no_news_but_what_comes_after_it_is(database: Database, policy: Policy) -> None:
    add_order(database, policy)
    kept = receive(database, policy, UNREADABLE)
    assert replay_push(database, policy, kept.push_id, later(2), announce=False).messages == 0
    told(database, policy, fact("attempted", 1.5), at=2.5)
    assert mails(database) == []
    told(database, policy, fact("out_for_delivery", 3), at=3)
    assert waiting(database) == [("out_for_delivery", "0")]


def test_a_replay_that_is_to_be_announced_is_news_once(database: Database, policy: Policy) -> None:
    add_order(database, policy)
    kept = receive(database, policy, UNREADABLE)
    assert [replay_push(database, policy, kept.push_id, later(hours), announce=True).messages for hours in (2, 3)] == [
        1,
        0,
    ]
    assert waiting(database) == [("out_for_delivery", "0")]
    assert shipment(database)["announce_from"] is None


def test_what_still_cannot_be_read_stays_unread(database: Database, policy: Policy) -> None:
    push = Push("standard", "POST", "/push/standard", {}, b"{", later(1))
    kept = record_push(database, policy, push, UNREADABLE)
    done = replay_push(database, policy, kept.push_id, later(2), announce=False)
    assert (done.action, done.reason) == (Action.UNREADABLE, "standard: body: not JSON")
    with database.read() as tx:
        assert fact_store.count_unread(tx) == 1


def test_there_is_nothing_to_replay_of_a_push_that_is_unknown_or_erased(sqlite: Database, policy: Policy) -> None:
    kept = receive(sqlite, policy, UNREADABLE)
    sqlite.write(lambda tx: tx.rows("UPDATE pushes SET body = NULL"))
    for key in (kept.push_id, "none"):
        with pytest.raises(NotFound, match="no kept push"):
            replay_push(sqlite, policy, key, later(2), announce=False)


def test_pushes_to_replay_are_chosen_by_sender_age_and_whether_they_were_read(
    database: Database, policy: Policy
) -> None:
    unread = receive(database, policy, UNREADABLE, at=1).push_id
    read = told(database, policy, fact("in_transit"), at=2).push_id
    since = "2026-03-02T14:00:00.000+00:00"
    with database.read() as tx:
        assert fact_store.push_ids(tx, unread=False, slug=None, since=None) == [unread, read]
        assert fact_store.push_ids(tx, unread=True, slug=None, since=None) == [unread]
        assert fact_store.push_ids(tx, unread=False, slug="ups", since=None) == [read]
        assert fact_store.push_ids(tx, unread=False, slug=None, since=since) == [read]
