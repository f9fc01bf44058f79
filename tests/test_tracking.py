"""The laws of a parcel's state and of its news."""

from datetime import timedelta
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay import tracking
from relay.model import Fact, FactKind, Kind, Override, Status, fact_id
from relay.tracking import Circumstances
from tests.conftest import NOON, fact

SUMMARY = FactKind.SUMMARY
AROUND = Circumstances(known_at=NOON)
UTC_ZONE = ZoneInfo("UTC")

facts = st.builds(
    lambda status, hours, source, kind: fact(status, hours, source=source, is_own=source == "ups", kind=kind),
    st.sampled_from(list(Status)),
    st.integers(-5, 5),
    st.sampled_from(["ups", "easypost"]),
    st.sampled_from(list(FactKind)),
)


def status_of(*given_facts: Fact, around: Circumstances = AROUND) -> Status:
    return tracking.state_of(given_facts, around).status


@given(st.lists(facts, max_size=6), st.randoms(use_true_random=False))
def test_neither_order_of_arrival_nor_repetition_matters(told: list[Fact], random: object) -> None:
    shuffled = [*told, *told[:3]]
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    unique = {one.fact_id: one for one in shuffled}
    again = {one.fact_id: one for one in told}
    assert tracking.state_of(unique.values(), AROUND) == tracking.state_of(again.values(), AROUND)


@given(st.lists(facts, max_size=6))
def test_an_unknown_code_changes_nothing_shown(told: list[Fact]) -> None:
    known = {one.fact_id: one for one in told if one.status is not Status.UNKNOWN and not one.status.is_final}
    with_unknown = [*known.values(), fact("unknown", 9)]
    assert tracking.state_of(with_unknown, AROUND).status == tracking.state_of(known.values(), AROUND).status


def test_a_late_in_transit_does_not_take_back_a_delivery() -> None:
    scans = [fact("in_transit"), fact("out_for_delivery", 20), fact("delivered", 20), fact("in_transit", 25)]
    assert {status_of(*order) for order in permutations(scans)} == {Status.DELIVERED}


@pytest.mark.parametrize("status", ["out_for_delivery", "attempted", "available_for_pickup", "exception", "returning"])
def test_a_later_contradicting_scan_takes_back_a_delivery_and_starts_a_round(status: str) -> None:
    state = tracking.state_of([fact("in_transit"), fact("delivered", 5), fact(status, 6)], AROUND)
    assert (state.status, state.round) == (Status(status), 1)


def test_a_newer_summary_takes_back_a_delivery_an_older_one_does_not() -> None:
    told = (fact("in_transit"), fact("delivered", 5))
    assert status_of(*told, fact("in_transit", 6, kind=SUMMARY)) is Status.IN_TRANSIT
    assert status_of(*told, fact("in_transit", 4, kind=SUMMARY)) is Status.DELIVERED


def test_a_summary_fixes_the_state_up_to_its_moment() -> None:
    told = (fact("in_transit"), fact("delivered", 5))
    assert status_of(*told, fact("returning", 5, kind=SUMMARY)) is Status.RETURNING


def test_of_one_moment_the_carriers_own_word_wins_then_the_final_one() -> None:
    own, theirs = fact("exception", 3), fact("delivered", 3, source="easypost", is_own=False)
    assert status_of(fact("in_transit"), own, theirs) is Status.EXCEPTION
    assert status_of(fact("in_transit"), fact("exception", 3), fact("returned", 3)) is Status.RETURNED


@pytest.mark.parametrize(
    ("hours", "reason"),
    [(-1, "before it was dispatched"), (0.2, "within 30 minutes")],
)
def test_a_delivery_around_its_dispatch_is_held(hours: float, reason: str) -> None:
    around = Circumstances(known_at=NOON, dispatched_at=NOON)
    state = tracking.state_of([fact("in_transit", -2), fact("delivered", hours)], around)
    assert state.status is Status.IN_TRANSIT
    assert state.held is not None
    assert reason in state.held.reason


def test_a_delivery_as_the_very_first_scan_is_held() -> None:
    state = tracking.state_of([fact("delivered", 3)], AROUND)
    assert (state.status, state.held is not None) == (Status.PENDING, True)


def test_a_delivery_after_returning_is_held_unless_it_names_the_door() -> None:
    told = (fact("in_transit"), fact("returning", 2))
    assert tracking.state_of([*told, fact("delivered", 5)], AROUND).held is not None
    assert status_of(*told, fact("delivered", 5, to_recipient=True)) is Status.DELIVERED


@pytest.mark.parametrize(
    "second",
    [
        fact("delivered", 4, source="easypost", is_own=False),
        fact("delivered", 4.5),
    ],
    ids=["another source", "a later consistent scan"],
)
def test_a_second_word_releases_a_held_delivery(second: Fact) -> None:
    assert status_of(fact("delivered", 3), second) is Status.DELIVERED


def test_an_answer_with_the_history_releases_a_held_delivery() -> None:
    around = Circumstances(known_at=NOON, dispatched_at=NOON + timedelta(hours=3))
    pushed = [fact("in_transit", 1), fact("delivered", 3.2)]
    answered = [fact("in_transit", 1, answered=True), fact("delivered", 3.2, answered=True)]
    assert tracking.state_of(pushed, around).held is not None
    assert tracking.state_of(answered, around).status is Status.DELIVERED


def test_a_return_is_not_held_when_it_arrives() -> None:
    around = Circumstances(known_at=NOON, kind=Kind.RETURN)
    assert status_of(fact("delivered", 3), around=around) is Status.DELIVERED


def test_a_recycled_numbers_old_parcel_is_ignored() -> None:
    old = [fact("in_transit", -24 * 31), fact("delivered", -24 * 31 + 5)]
    assert status_of(*old, around=Circumstances(known_at=NOON, ordered_at=NOON)) is Status.PENDING
    assert status_of(*old) is Status.DELIVERED
    very_old = [fact("in_transit", -24 * 46), fact("delivered", -24 * 46 + 5)]
    assert status_of(*very_old) is Status.PENDING


def test_only_the_newest_parcel_id_counts() -> None:
    told = [
        fact("in_transit", -9, parcel_id="a"),
        fact("delivered", -5, parcel_id="a"),
        fact("in_transit", 1, parcel_id="b"),
    ]
    assert status_of(*told) is Status.IN_TRANSIT


def test_a_scan_from_the_future_is_ignored_one_of_another_zone_is_not() -> None:
    assert status_of(fact("in_transit"), fact("delivered", 9999, received_at=NOON)) is Status.IN_TRANSIT
    assert status_of(fact("in_transit"), fact("out_for_delivery", 13, received_at=NOON)) is Status.OUT_FOR_DELIVERY


def test_the_newest_estimate_counts_of_one_moment_the_one_updated_last() -> None:
    first = fact(
        "in_transit", 1, kind=SUMMARY, estimated_at="2026-03-09", told_at=NOON + timedelta(hours=2), fact_id="x"
    )
    moved = fact(
        "in_transit", 1, kind=SUMMARY, estimated_at="2026-03-07", told_at=NOON + timedelta(hours=3), fact_id="y"
    )
    assert {tracking.state_of(order, AROUND).estimated_at for order in permutations([first, moved])} == {"2026-03-07"}


def test_identity_is_what_was_said_not_how_it_is_read() -> None:
    said = fact("in_transit")
    read_otherwise = fact("exception", code=said.code, occurred_at=NOON + timedelta(hours=3), zone_assumed=True)
    assert fact_id("ups", "1Z1", said) == fact_id("ups", "1Z1", read_otherwise)
    assert fact_id("ups", "1Z1", said) != fact_id("easypost", "1Z1", said)
    assert fact_id("ups", "1Z1", said) != fact_id("ups", "1Z1", fact("in_transit", kind=SUMMARY))


def test_why_names_each_fact_with_its_rule() -> None:
    told = [fact("in_transit"), fact("unknown", 1), fact("out_for_delivery", 2), fact("delivered", -24 * 50)]
    rules = {
        verdict.fact.status: (verdict.used, verdict.rule.partition(":")[0])
        for verdict in tracking.verdicts(told, AROUND)
    }
    assert rules == {
        Status.DELIVERED: (False, "recycled number"),
        Status.IN_TRANSIT: (True, "history"),
        Status.UNKNOWN: (False, "the code 'unknown' is not known"),
        Status.OUT_FOR_DELIVERY: (True, "decides"),
    }


def test_an_override_ends_with_the_carriers_next_contrary_news_and_not_with_older_news() -> None:
    override = Override("o", Status.DELIVERED, "seen by the neighbour", "ana", NOON, "carrier")
    older, newer = (tracking.state_of([fact("in_transit", hours)], AROUND) for hours in (-1, 1))
    assert tracking.ended_because(override, older, NOON) == ""
    assert "in_transit" in tracking.ended_because(override, newer, NOON)


def test_an_override_until_a_moment_ends_there_one_until_lifted_does_not() -> None:
    until = Override("o", Status.EXCEPTION, "held by customs", "ana", NOON, "moment", NOON + timedelta(hours=1))
    lifted = Override("o", Status.EXCEPTION, "held by customs", "ana", NOON, "lifted")
    state = tracking.state_of([fact("in_transit", 0.5)], AROUND)
    assert tracking.ended_because(until, state, NOON) == ""
    assert tracking.ended_because(until, state, NOON + timedelta(hours=1))
    assert tracking.ended_because(lifted, state, NOON + timedelta(days=99)) == ""


def test_each_day_of_attempts_is_a_round_of_its_own() -> None:
    rounds = []
    for hours in (0, 24):
        news = tracking.news_of(tracking.state_of([fact("attempted", hours)], AROUND), UTC_ZONE)
        assert news is not None
        rounds.append(news.round)
    assert rounds == ["0/2026-03-02", "0/2026-03-03"]


def test_a_late_scan_that_adds_a_round_to_the_past_is_no_news() -> None:
    told = [fact("in_transit", -1), fact("delivered", 1), fact("delivered", 5)]
    before = tracking.news_of(tracking.state_of(told, AROUND), UTC_ZONE)
    after = tracking.news_of(tracking.state_of([*told, fact("out_for_delivery", 3)], AROUND), UTC_ZONE)
    assert before is not None
    assert after is not None
    assert before.round != after.round
    assert not tracking.is_new(after, before.status, before.round, before.fact_id)


def test_history_and_stale_news_are_not_told() -> None:
    news = tracking.News(Status.DELIVERED, "0", "f", NOON)
    assert tracking.untold_because(news, None, NOON + timedelta(hours=47)) == ""
    assert tracking.untold_because(news, None, NOON + timedelta(hours=49)) == "late"
    assert tracking.untold_because(news, NOON + timedelta(seconds=1), NOON) == "before"


def test_the_first_mail_leaves_at_once_the_next_after_the_gap_a_groups_together() -> None:
    gap = timedelta(minutes=10)
    due = [
        tracking.mail_due_at(NOON, None, gap, group_due_at=None, is_group=False),
        tracking.mail_due_at(NOON, NOON - timedelta(minutes=4), gap, group_due_at=None, is_group=False),
        tracking.mail_due_at(NOON, None, gap, group_due_at=None, is_group=True),
        tracking.mail_due_at(NOON, None, gap, group_due_at=NOON + timedelta(minutes=7), is_group=True),
    ]
    assert [(moment - NOON).total_seconds() / 60 for moment in due] == [0, 6, 30, 7]


def test_a_message_is_retried_eight_times_and_then_given_up() -> None:
    delays = [tracking.retry_delay(attempts) for attempts in range(1, 10)]
    assert delays[-1] is None
    assert [delay.total_seconds() for delay in delays if delay] == [10, 60, 300, 1800, 7200, 18000, 36000, 36000]
