"""A push is kept, read and remembered, whatever it is worth; and the clocks say what the carrier did."""

from datetime import timedelta

import pytest

from relay.database import Database
from relay.intake import Policy
from relay.intake.record import record_push
from relay.model import Action, Reading, Via, fact_id
from relay.store import facts as fact_store
from tests.conftest import NOON, fact
from tests.intake.steps import (
    NUMBER,
    SUMMARY,
    TRACK,
    about,
    add_order,
    answered,
    clock_of,
    codes_on,
    facts_on,
    hear,
    later,
    lift,
    mails,
    override,
    push_of,
    shipment,
    shown,
    told,
)

# -- what is kept ------------------------------------------------------------------------------------------------------


def test_a_push_becomes_a_state_and_one_mail_and_its_repeat_nothing(database: Database, policy: Policy) -> None:
    add_order(database, policy)
    first = told(database, policy, fact("in_transit"))
    again = told(database, policy, fact("in_transit"), at=2)
    assert (first.messages, again.messages) == (1, 0)
    assert (first.is_first, again.is_first) == (True, False)
    assert shown(database) == "in_transit"
    assert mails(database) == [("in_transit", "0", "due")]


def test_secrets_in_headers_are_not_kept(database: Database, policy: Policy) -> None:
    recorded = told(database, policy, fact("in_transit"))
    with database.read() as tx:
        kept = fact_store.push(tx, recorded.push_id)
    assert kept is not None
    assert kept["headers"] == '{"x-id":"1"}'


@pytest.mark.parametrize("action", [Action.UNREADABLE, Action.IGNORE])
def test_what_is_authentic_is_kept_also_where_nothing_can_be_made_of_it(
    database: Database, policy: Policy, action: Action
) -> None:
    reading = Reading(action, reason="body: not JSON")
    for hours in (0, 1):
        recorded = record_push(database, policy, push_of(reading, at=hours), reading)
    with database.read() as tx:
        kept = fact_store.push(tx, recorded.push_id)
        unread = fact_store.count_unread(tx)
        to_replay = fact_store.push_ids(tx, unread=True, slug=None, since=None)
    assert kept is not None
    assert (kept["action"], kept["reason"], kept["repeats"]) == (action, "body: not JSON", 1)
    assert (unread, to_replay) == ((1, [recorded.push_id]) if action is Action.UNREADABLE else (0, []))
    assert recorded.messages == 0


def test_an_envelope_tells_pushes_apart_and_not_facts(database: Database, policy: Policy) -> None:
    add_order(database, policy)
    ids = {hear(database, policy, about(fact("in_transit")), envelope=one).push_id for one in ("event 1", "event 2")}
    assert len(ids) == 2
    assert codes_on(database) == ["in_transit"]


def test_the_same_bytes_from_another_sender_are_another_push(database: Database, policy: Policy) -> None:
    recorded = [hear(database, policy, about(fact("in_transit")), source=source) for source in ("ups", "easypost")]
    assert [one.is_first for one in recorded] == [True, True]


def test_the_same_scan_from_the_carrier_and_an_aggregator_is_two_facts(database: Database, policy: Policy) -> None:
    hear(database, policy, about(fact("in_transit")))
    hear(database, policy, about(fact("in_transit", source="easypost", is_own=False)), source="easypost")
    assert codes_on(database) == ["in_transit", "in_transit"]


def test_push_and_answer_give_one_fact_that_stays_as_it_was_first_heard(database: Database, policy: Policy) -> None:
    hear(database, policy, about(fact("in_transit")))
    answered(database, policy, about(fact("in_transit"), fact("exception", 1)), at=2)
    scans = {one.code: one for one in facts_on(database)}
    assert {code: one.fact_id for code, one in scans.items()} == {
        code: fact_id("ups", NUMBER, one) for code, one in scans.items()
    }
    assert (scans["in_transit"].via, scans["in_transit"].received_at) == (Via.PUSH, NOON)
    assert (scans["exception"].via, scans["exception"].received_at) == (Via.POLL, later(2))
    assert all(one.answered for one in scans.values())
    hear(database, policy, about(fact("exception", 1)), at=3)
    assert facts_on(database) == list(scans.values())


def test_a_fact_is_stored_whole_and_its_moments_in_utc_at_one_width(database: Database, policy: Policy) -> None:
    told_fact = fact(
        "in_transit",
        1,
        source="ups",
        kind=SUMMARY,
        moment_text="02/03/2026 10:00",
        local_time="2026-03-02T10:00:00",
        zone_assumed=True,
        description="Saiu, “já”",
        place="São Paulo, SP",
        to_recipient=True,
        estimated_at="2026-03-09",
        told_at=later(0.5),
        parcel_id="p1",
    )
    recorded = hear(database, policy, about(told_fact), at=2)
    (kept,) = facts_on(database)
    assert kept == told_fact._replace(
        fact_id=fact_id("ups", NUMBER, told_fact), via=Via.PUSH, answered=False, received_at=later(2)
    )
    with database.read() as tx:
        (row,) = tx.rows("SELECT occurred_at, told_at, received_at, raw_id FROM facts")
    assert row == {
        "occurred_at": "2026-03-02T13:00:00.000+00:00",
        "told_at": "2026-03-02T12:30:00.000+00:00",
        "received_at": "2026-03-02T14:00:00.000+00:00",
        "raw_id": recorded.push_id,
    }


def test_a_push_that_cannot_be_stored_leaves_nothing_behind(database: Database, policy: Policy) -> None:
    add_order(database, policy)
    before = shipment(database)
    spoilt = fact("delivered", 1, description="\ud800")  # no text: half of a character
    with pytest.raises(UnicodeEncodeError):
        told(database, policy, fact("in_transit"), spoilt)
    assert shipment(database) == before
    assert (facts_on(database), mails(database)) == ([], [])
    with database.read() as tx:
        assert fact_store.push_ids(tx, unread=False, slug=None, since=None) == []


# -- what is shown -----------------------------------------------------------------------------------------------------


def test_a_held_delivery_shows_nothing_says_why_and_is_asked_about_at_once(database: Database, policy: Policy) -> None:
    add_order(database, policy)
    told(database, policy, fact("delivered", 1), at=2)
    row = shipment(database)
    assert (row["shown_status"], row["held_status"], row["delivered_at"]) == ("pending", "delivered", None)
    assert row["held_reason"] == "delivered as the very first scan"
    assert row["held_since"] == "2026-03-02T14:00:00.000+00:00"
    assert clock_of(database, "ask_at") == later(2)
    assert mails(database) == []


def test_a_held_delivery_is_asked_about_once_and_not_at_every_repeat(database: Database, policy: Policy) -> None:
    add_order(database, policy)
    told(database, policy, fact("delivered", 1), at=2)
    told(database, policy, fact("delivered", 1), fact("delivered", 1, kind=SUMMARY), at=3)
    assert shipment(database)["held_status"] == "delivered"
    assert clock_of(database, "ask_at") == later(2)


@pytest.mark.parametrize("word", ["a scan before it", "a later delivery", "another source", "an answer with history"])
def test_a_second_word_shows_a_held_delivery_and_tells_it(database: Database, policy: Policy, word: str) -> None:
    add_order(database, policy)
    told(database, policy, fact("delivered", 1), at=1)
    if word == "a scan before it":
        told(database, policy, fact("in_transit"), at=2)
    elif word == "a later delivery":
        told(database, policy, fact("delivered", 2), at=2)
    elif word == "another source":
        theirs = fact("delivered", 2, source="easypost", is_own=False)
        hear(database, policy, about(theirs), source="easypost", at=2)
    else:
        answered(database, policy, about(fact("in_transit"), fact("delivered", 1)), at=2)
    row = shipment(database)
    assert (row["shown_status"], row["held_status"], row["held_since"]) == ("delivered", None, None)
    assert ("delivered", "0", "due") in mails(database)


def test_a_person_releases_a_held_delivery(database: Database, policy: Policy) -> None:
    add_order(database, policy)
    told(database, policy, fact("delivered", 1), at=1)
    override(database, policy, "delivered", at=2)
    assert shown(database) == "delivered"


def test_a_carrier_that_pushes_no_more_is_asked_at_once(database: Database, policy: Policy) -> None:
    add_order(database, policy)
    reading = Reading(Action.TRACKING_STOPPED, (about(),))
    record_push(database, policy, push_of(reading, at=3), reading)
    assert clock_of(database, "push_stopped_at") == later(3)
    assert clock_of(database, "ask_at") == later(3)
    assert clock_of(database, "heard_at") is None
    assert shown(database) == "pending"


# -- clocks ------------------------------------------------------------------------------------------------------------


def test_a_carrier_is_heard_with_every_push_and_answer_that_tells_a_fact(database: Database, policy: Policy) -> None:
    add_order(database, policy)
    heard = []
    for hear_again in (
        lambda: told(database, policy, fact("in_transit"), at=1),
        lambda: told(database, policy, fact("in_transit"), at=2),
        lambda: answered(database, policy, about(fact("in_transit")), at=3),
    ):
        hear_again()
        heard.append(clock_of(database, "heard_at"))
    assert heard == [later(1), later(2), later(3)]


def test_a_carriers_clock_never_goes_back(database: Database, policy: Policy) -> None:
    told(database, policy, fact("in_transit"), at=3)
    told(database, policy, fact("in_transit", -1), at=1)
    assert clock_of(database, "heard_at") == later(3)


def test_nothing_but_the_carriers_word_moves_its_clock(database: Database, policy: Policy) -> None:
    told(database, policy, fact("in_transit"))
    add_order(database, policy, at=1)
    add_order(database, policy, at=2, customer_name="Ana")
    override(database, policy, "exception", at=3)
    lift(database, policy, at=4)
    answered(database, policy, about(), at=5)
    hear(database, policy, about(), at=6)
    assert clock_of(database, "heard_at") == NOON


def test_changed_at_is_when_the_shown_status_last_changed(database: Database, policy: Policy) -> None:
    add_order(database, policy)
    changed = [shipment(database)["changed_at"]]
    told(database, policy, fact("in_transit"), at=1)
    told(database, policy, fact("in_transit", 1), at=2)
    changed.append(shipment(database)["changed_at"])
    override(database, policy, "exception", at=3)
    told(database, policy, fact("in_transit", 2.5), at=4)
    changed.append(shipment(database)["changed_at"])
    assert changed == [None, "2026-03-02T13:00:00.000+00:00", "2026-03-02T15:00:00.000+00:00"]


def test_an_unknown_code_is_kept_and_counted_and_changes_nothing_shown(database: Database, policy: Policy) -> None:
    add_order(database, policy)
    told(database, policy, fact("in_transit"))
    before = shipment(database)
    told(database, policy, fact("unknown", 1, code="ZZ"), fact("unknown", 2, code="ZZ"), at=3)
    told(database, policy, fact("unknown", 2, code="YY"), at=3)
    assert shipment(database) == before
    assert codes_on(database, TRACK) == ["YY", "ZZ", "ZZ", "in_transit"]
    with database.read() as tx:
        counted = [(row["source"], row["code"], row["times"]) for row in fact_store.unknown_codes(tx)]
    assert counted == [("ups", "ZZ", 2), ("ups", "YY", 1)]


def test_what_has_long_been_known_is_no_reason_to_write_a_parcel_again(database: Database, policy: Policy) -> None:
    add_order(database, policy)
    told(database, policy, fact("in_transit"))
    before = shipment(database)["revision"]
    for hours in range(1, 4):
        told(database, policy, fact("in_transit"), at=hours)
        answered(database, policy, about(fact("in_transit")), at=hours + 0.5)
    assert shipment(database)["revision"] == before
    assert clock_of(database, "heard_at") == NOON + timedelta(hours=3.5)
