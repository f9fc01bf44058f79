"""The laws of a parcel's state and of its news."""

from datetime import datetime, timedelta
from itertools import permutations, product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay import tracking
from relay.model import CONTRADICTS_FINAL, FINAL, Fact, FactKind, Kind, Override, Status, Via, fact_id
from relay.tracking import Circumstances, News
from tests.conftest import NOON, fact

SUMMARY = FactKind.SUMMARY
AROUND = Circumstances(known_at=NOON)
UTC_ZONE = ZoneInfo("UTC")
HOUR = timedelta(hours=1)
OPEN = [status for status in Status if status.value not in FINAL and status is not Status.UNKNOWN]

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


@pytest.mark.parametrize(("final", "status", "kind"), list(product(FINAL, Status, FactKind)))
def test_once_final_only_what_may_take_it_back_does(final: str, status: Status, kind: FactKind) -> None:
    before = fact("in_transit"), fact(final, 5)
    state = tracking.state_of([*before, fact(status, 6, kind=kind)], AROUND)
    is_word = kind is SUMMARY and status is not Status.UNKNOWN
    takes_back = status.value in FINAL or status.value in CONTRADICTS_FINAL or is_word
    assert state.status == (status if takes_back else final)
    assert state.round == (takes_back and status.value not in FINAL)


@pytest.mark.parametrize(("earlier", "later"), list(product(OPEN, repeat=2)))
def test_while_a_parcel_is_open_the_later_scan_counts_whatever_it_says(earlier: Status, later: Status) -> None:
    assert status_of(fact(later, 1), fact(earlier)) is later


@pytest.mark.parametrize("status", CONTRADICTS_FINAL)
@pytest.mark.parametrize("hours", [4, 5], ids=["earlier", "of the same moment"])
def test_only_a_later_contradiction_takes_back_a_delivery(status: str, hours: float) -> None:
    told = fact("in_transit"), fact("delivered", 5, to_recipient=True), fact(status, hours)
    state = tracking.state_of(told, AROUND)
    assert (state.status, state.round) == (Status.DELIVERED, 0)


def test_a_newer_summary_takes_back_a_delivery_an_older_one_does_not() -> None:
    told = (fact("in_transit"), fact("delivered", 5))
    assert status_of(*told, fact("in_transit", 6, kind=SUMMARY)) is Status.IN_TRANSIT
    assert status_of(*told, fact("in_transit", 4, kind=SUMMARY)) is Status.DELIVERED


def test_a_summary_fixes_the_state_up_to_its_moment() -> None:
    told = (fact("in_transit"), fact("delivered", 5))
    assert status_of(*told, fact("returning", 5, kind=SUMMARY)) is Status.RETURNING


@pytest.mark.parametrize("status", ["out_for_delivery", "attempted", "exception"])
def test_what_happened_before_a_summary_and_is_told_after_it_changes_nothing(status: str) -> None:
    told = (fact("in_transit"), fact("in_transit", 6, kind=SUMMARY), fact(status, 5))
    assert {status_of(*order) for order in permutations(told)} == {Status.IN_TRANSIT}


def test_of_one_moment_the_carriers_own_word_wins_then_the_final_one() -> None:
    own, theirs = fact("exception", 3), fact("delivered", 3, source="easypost", is_own=False)
    assert status_of(fact("in_transit"), own, theirs) is Status.EXCEPTION
    assert status_of(fact("in_transit"), fact("exception", 3), fact("returned", 3)) is Status.RETURNED


TIES = [
    (fact("in_transit", 3), fact("delivered", 3, source="easypost", is_own=False)),
    (fact("in_transit", 3), fact("delivered", 3, source="easypost", is_own=False, kind=SUMMARY)),
    (
        fact("cancelled", 3, source="easypost", is_own=False),
        fact("returning", 3, source="seventeen_track", is_own=False),
    ),
    (
        fact("attempted", 3, source="easypost", is_own=False),
        fact("out_for_delivery", 3, source="seventeen_track", is_own=False),
    ),
    (fact("returned", 3), fact("exception", 3)),
    (fact("attempted", 3), fact("out_for_delivery", 3)),
]


@pytest.mark.parametrize("tie", TIES, ids=lambda tie: " before ".join(f"{one.source} {one.status}" for one in tie))
def test_a_tie_goes_to_the_carriers_own_word_then_to_the_final_one_then_to_the_higher_rank(
    tie: tuple[Fact, Fact],
) -> None:
    told = (fact("info_received", -1), *tie)
    assert {status_of(*order) for order in permutations(told)} == {tie[0].status}


@pytest.mark.parametrize(
    ("hours", "reason"),
    [(-1, "before it was dispatched"), (0, "within 30 minutes"), (29 / 60, "within 30 minutes")],
)
def test_a_delivery_around_its_dispatch_is_held(hours: float, reason: str) -> None:
    around = Circumstances(known_at=NOON, dispatched_at=NOON)
    state = tracking.state_of([fact("in_transit", -2), fact("delivered", hours)], around)
    assert state.status is Status.IN_TRANSIT
    assert state.held is not None
    assert reason in state.held.reason


def test_a_delivery_later_than_half_an_hour_after_its_dispatch_is_believed() -> None:
    around = Circumstances(known_at=NOON, dispatched_at=NOON)
    assert status_of(fact("in_transit", -2), fact("delivered", 31 / 60), around=around) is Status.DELIVERED


def test_what_is_held_says_since_when_and_keeps_what_was_shown() -> None:
    told = fact("out_for_delivery", 1), fact("delivered", 1.2, received_at=NOON + timedelta(hours=2))
    state = tracking.state_of(told, Circumstances(known_at=NOON, dispatched_at=NOON + timedelta(hours=1)))
    assert (state.status, state.delivered_at) == (Status.OUT_FOR_DELIVERY, None)
    assert state.held is not None
    assert (state.held.status, state.held.since) == (Status.DELIVERED, NOON + timedelta(hours=2))


def test_a_summary_or_another_delivery_is_no_scan_before_a_delivery() -> None:
    assert tracking.state_of([fact("in_transit", kind=SUMMARY), fact("delivered", 3)], AROUND).held is not None
    assert tracking.state_of([fact("delivered", 3, kind=SUMMARY), fact("delivered", 3)], AROUND).held is not None


def test_a_delivery_as_the_very_first_scan_is_held() -> None:
    state = tracking.state_of([fact("delivered", 3)], AROUND)
    assert (state.status, state.held is not None) == (Status.PENDING, True)


def test_a_delivery_after_returning_is_held_unless_it_names_the_door() -> None:
    told = (fact("in_transit"), fact("returning", 2))
    assert tracking.state_of([*told, fact("delivered", 5)], AROUND).held is not None
    assert status_of(*told, fact("delivered", 5, to_recipient=True)) is Status.DELIVERED


def test_a_delivery_of_the_same_moment_as_another_scan_is_not_the_very_first() -> None:
    assert status_of(fact("out_for_delivery", 3), fact("delivered", 3)) is Status.DELIVERED


def test_a_delivery_is_believed_when_the_parcel_went_on_after_returning() -> None:
    told = (fact("in_transit"), fact("returning", 2), fact("out_for_delivery", 4), fact("delivered", 5))
    assert status_of(*told) is Status.DELIVERED


def test_an_unknown_code_after_returning_does_not_make_a_delivery_plausible() -> None:
    told = (fact("in_transit"), fact("returning", 2), fact("unknown", 4), fact("delivered", 5))
    assert tracking.state_of(told, AROUND).held is not None


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


EARLY = Circumstances(known_at=NOON, dispatched_at=NOON + timedelta(hours=3))


@pytest.mark.parametrize(
    "more",
    [
        [fact("delivered", 3.2, kind=SUMMARY)],
        [fact("delivered", 3.2, kind=SUMMARY, estimated_at="2026-03-09", fact_id="again")],
        [fact("unknown", 4)],
        [fact("in_transit", 4)],
        [fact("in_transit", 1.5, answered=True)],
    ],
    ids=["its own summary", "and once more", "an unknown code", "another scan", "an answer without the delivery"],
)
def test_what_is_no_second_word_about_a_delivery_releases_nothing(more: list[Fact]) -> None:
    state = tracking.state_of([fact("in_transit", 1), fact("delivered", 3.2), *more], EARLY)
    assert (state.status, state.held is not None) == (Status.IN_TRANSIT, True)


def test_an_answer_that_only_repeats_a_held_delivery_releases_nothing() -> None:
    state = tracking.state_of([fact("in_transit", 1), fact("delivered", 3.2, answered=True)], EARLY)
    assert state.held is not None


def test_a_return_is_not_held_when_it_arrives() -> None:
    around = Circumstances(known_at=NOON, kind=Kind.RETURN)
    assert status_of(fact("delivered", 3), around=around) is Status.DELIVERED


def test_a_recycled_numbers_old_parcel_is_ignored() -> None:
    old = [fact("in_transit", -24 * 31), fact("delivered", -24 * 31 + 5)]
    assert status_of(*old, around=Circumstances(known_at=NOON, ordered_at=NOON)) is Status.PENDING
    assert status_of(*old) is Status.DELIVERED
    very_old = [fact("in_transit", -24 * 46), fact("delivered", -24 * 46 + 5)]
    assert status_of(*very_old) is Status.PENDING


@pytest.mark.parametrize(
    ("around", "limit"),
    [
        (Circumstances(known_at=NOON, ordered_at=NOON - timedelta(days=1)), NOON - timedelta(days=31)),
        (Circumstances(known_at=NOON), NOON - timedelta(days=45)),
    ],
    ids=["the order's date is known", "it is not"],
)
def test_only_facts_later_than_the_limit_are_this_parcels(around: Circumstances, limit: datetime) -> None:
    at_the_limit, after_it = (fact("in_transit", (limit - NOON) / HOUR + seconds / 3600) for seconds in (0, 1))
    assert tracking.belonging([at_the_limit, after_it], around) == [after_it]


def test_only_the_newest_parcel_id_counts() -> None:
    told = [
        fact("in_transit", -9, parcel_id="a"),
        fact("delivered", -5, parcel_id="a"),
        fact("in_transit", 1, parcel_id="b"),
    ]
    assert status_of(*told) is Status.IN_TRANSIT


@given(st.lists(st.tuples(st.integers(-9, 9), st.sampled_from([None, "a", "b", "c"])), max_size=7))
def test_of_several_parcel_ids_one_is_used_and_facts_without_one_are_kept(scans: list[tuple[int, str | None]]) -> None:
    told = {f"{hours}{parcel}": fact("in_transit", hours, parcel_id=parcel) for hours, parcel in scans}
    used = tracking.belonging(told.values(), AROUND)
    named = [one for one in told.values() if one.parcel_id]
    assert len({one.parcel_id for one in used} - {None}) == bool(named)
    assert [one for one in used if not one.parcel_id] == [one for one in told.values() if not one.parcel_id]
    assert max((one.at for one in named), default=None) == max((one.at for one in used if one.parcel_id), default=None)


def test_a_scan_from_the_future_is_ignored_one_of_another_zone_is_not() -> None:
    at_the_limit, after_it = (fact("delivered", 26 + seconds / 3600, received_at=NOON) for seconds in (0, 1))
    assert tracking.belonging([at_the_limit, after_it], AROUND) == [at_the_limit]
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


def test_a_parcel_was_delivered_at_the_first_delivery_scan_since_it_was_reopened() -> None:
    told = [fact("in_transit"), fact("delivered", 2), fact("delivered", 3), fact("delivered", 4, kind=SUMMARY)]
    again = [*told, fact("out_for_delivery", 5), fact("delivered", 6), fact("delivered", 7)]
    once_more = [*again, fact("attempted", 8), fact("delivered", 9), fact("delivered", 10)]
    moments = [tracking.state_of(facts, AROUND).delivered_at for facts in (told, again, once_more)]
    assert moments == [NOON + timedelta(hours=hours) for hours in (2, 6, 9)]
    assert tracking.state_of(again[:-2], AROUND).delivered_at is None
    at_once = [*told, fact("out_for_delivery", 5), fact("delivered", 5), fact("delivered", 7)]
    assert tracking.state_of(at_once, AROUND).delivered_at == NOON + timedelta(hours=5)


def test_a_parcel_that_only_a_summary_calls_delivered_was_delivered_at_its_moment() -> None:
    state = tracking.state_of([fact("in_transit"), fact("delivered", 4, kind=SUMMARY)], AROUND)
    assert state.delivered_at == NOON + timedelta(hours=4)


def test_a_parcel_that_a_summary_calls_delivered_again_was_delivered_at_its_newest_delivery_scan() -> None:
    told = [fact("in_transit"), fact("delivered", 2), fact("delivered", 3), fact("attempted", 5)]
    state = tracking.state_of([*told, fact("delivered", 6, kind=SUMMARY)], AROUND)
    assert state.delivered_at == NOON + timedelta(hours=3)


def test_a_word_without_a_moment_is_about_its_receipt() -> None:
    undated = fact("exception", 3, kind=SUMMARY, moment_text="", occurred_at=None)
    assert status_of(fact("in_transit", 2), undated) is Status.EXCEPTION
    assert status_of(fact("in_transit", 4), undated) is Status.IN_TRANSIT


def test_a_timeline_shows_the_scans_of_one_source_oldest_first() -> None:
    own = [fact("in_transit"), fact("delivered", 5)]
    theirs = [fact("in_transit", hours, source="easypost", is_own=False) for hours in range(4)]
    others = [fact("in_transit", hours, source="seventeen_track", is_own=False) for hours in range(3)]
    words = [fact("delivered", 6, kind=SUMMARY)]
    for told, expected in [([*own, *theirs], own), ([*theirs, *others, *words], theirs), (words, [])]:
        assert tracking.timeline(reversed(told)) == expected


def test_identity_is_what_was_said_not_how_it_is_read() -> None:
    said = fact("in_transit")
    read_otherwise = fact("exception", code=said.code, occurred_at=NOON + timedelta(hours=3), zone_assumed=True)
    assert fact_id("ups", "1Z1", said) == fact_id("ups", "1Z1", read_otherwise)
    assert fact_id("ups", "1Z1", said) != fact_id("easypost", "1Z1", said)
    assert fact_id("ups", "1Z1", said) != fact_id("ups", "1Z1", fact("in_transit", kind=SUMMARY))


#: Of every field of a fact another value; not those by which it is told apart.
READINGS: dict[str, object] = {
    "is_own": False,
    "status": Status.EXCEPTION,
    "occurred_at": NOON + timedelta(hours=3),
    "local_time": "2026-03-02T09:00:00",
    "zone_assumed": True,
    "description": "Arrived",
    "to_recipient": True,
    "estimated_at": "2026-03-09",
    "told_at": NOON,
    "parcel_id": "p",
    "via": Via.POLL,
    "answered": True,
    "received_at": NOON + timedelta(hours=9),
    "fact_id": "another",
}
SAYINGS: dict[str, object] = {"kind": SUMMARY, "code": "X1", "moment_text": "2 March, 12:00", "place": "Campinas"}


def test_a_facts_id_changes_with_what_the_sender_wrote_and_with_nothing_else() -> None:
    said = fact("in_transit", place="Osasco")
    assert {"source", *READINGS, *SAYINGS} == set(Fact._fields)
    same = {fact_id("ups", "1Z1", said._replace(**{name: value})) for name, value in READINGS.items()}  # type: ignore[arg-type]  # by name
    others = [fact_id("ups", "1Z1", said._replace(**{name: value})) for name, value in SAYINGS.items()]  # type: ignore[arg-type]  # by name
    others += [fact_id("ups", "1Z2", said), fact_id("easypost", "1Z1", said)]
    assert same == {fact_id("ups", "1Z1", said)}
    assert len({*same, *others}) == 1 + len(others)


def test_a_description_tells_facts_apart_only_where_there_is_no_code() -> None:
    left, arrived = (fact("in_transit", code="", description=text) for text in ("Left", "Arrived"))
    assert fact_id("ups", "1Z1", left) != fact_id("ups", "1Z1", arrived)


def test_a_summary_that_moves_only_the_estimate_is_another_fact() -> None:
    first, moved = (fact("in_transit", kind=SUMMARY, estimated_at=f"2026-03-0{day}") for day in (5, 6))
    assert fact_id("ups", "1Z1", first) != fact_id("ups", "1Z1", moved)


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


def test_why_names_what_is_held_and_what_came_too_late() -> None:
    held = tracking.verdicts([fact("info_received"), fact("delivered", 3.2)], EARLY)
    late = tracking.verdicts([fact("in_transit"), fact("delivered", 3), fact("in_transit", 4)], AROUND)
    assert [(one.used, one.rule.partition(":")[0]) for one in held] == [(True, "decides"), (False, "held")]
    assert [(one.used, one.rule.partition(":")[0]) for one in late] == [
        (True, "history"),
        (True, "decides"),
        (False, "late"),
    ]
    assert late[-1].rule == "late: it does not take back delivered"


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


@pytest.mark.parametrize(("status", "hours"), [("delivered", 1), ("in_transit", 0)], ids=["the same", "of its moment"])
def test_news_that_is_not_contrary_or_not_newer_ends_no_override(status: str, hours: float) -> None:
    override = Override("o", Status.DELIVERED, "seen by the neighbour", "ana", NOON, "carrier")
    state = tracking.state_of([fact("in_transit", -1), fact(status, hours)], AROUND)
    assert not tracking.contradicts(state, override)
    assert tracking.ended_because(override, state, NOON + timedelta(days=99)) == ""


def test_an_overrides_effects_wait_two_minutes_and_ten_for_a_final_status() -> None:
    windows = {status.value: tracking.undo_window(status) for status in Status}
    assert {status for status, window in windows.items() if window == timedelta(minutes=10)} == set(FINAL)
    assert {window for status, window in windows.items() if status not in FINAL} == {timedelta(minutes=2)}


def test_each_day_of_attempts_is_a_round_of_its_own() -> None:
    rounds = []
    for hours in (0, 24):
        news = tracking.news_of(tracking.state_of([fact("attempted", hours)], AROUND), UTC_ZONE)
        assert news is not None
        rounds.append(news.round)
    assert rounds == ["0/2026-03-02", "0/2026-03-03"]


@pytest.mark.parametrize(("local_time", "day"), [(None, "2026-03-02"), ("2026-03-03T06:00:00", "2026-03-03")])
def test_an_attempts_day_is_the_carriers_own_else_the_shops(local_time: str | None, day: str) -> None:
    state = tracking.state_of([fact("attempted", 14, local_time=local_time)], AROUND)  # 02:00 UTC, 23:00 in São Paulo
    news = tracking.news_of(state, ZoneInfo("America/Sao_Paulo"))
    assert news is not None
    assert news.round == f"0/{day}"


def test_no_fact_is_no_news() -> None:
    assert tracking.news_of(tracking.state_of([], AROUND), UTC_ZONE) is None


def test_what_was_announced_and_the_first_movement_share_a_slot_and_what_comes_after_implies_it() -> None:
    slots = {status: News(status, "0", "f", NOON).slot for status in Status}
    implied = {status for status in Status if tracking.passed_over(News(status, "0", "f", NOON))}
    assert slots[Status.INFO_RECEIVED] is Status.IN_TRANSIT
    assert all(slot is status for status, slot in slots.items() if status is not Status.INFO_RECEIVED)
    assert implied == {status for status in Status if status.rank > Status.IN_TRANSIT.rank}


def test_a_message_has_one_id_per_shipment_channel_status_and_round() -> None:
    given = ("s", "email", Status.ATTEMPTED, "0/2026-03-02")
    others = [
        ("t", "email", Status.ATTEMPTED, "0/2026-03-02"),
        ("s", "shop", Status.ATTEMPTED, "0/2026-03-02"),
        ("s", "email", Status.DELIVERED, "0/2026-03-02"),
        ("s", "email", Status.ATTEMPTED, "1/2026-03-02"),
    ]
    assert tracking.message_id(*given) == tracking.message_id(*given)
    assert len({tracking.message_id(*one) for one in (given, *others)}) == 5


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
    assert tracking.untold_because(news, None, NOON + timedelta(hours=48)) == ""
    assert tracking.untold_because(news, None, NOON + timedelta(hours=48, seconds=1)) == "late"
    assert tracking.untold_because(news, NOON, NOON) == ""
    assert tracking.untold_because(news, NOON + timedelta(seconds=1), NOON) == "before"


def test_the_first_mail_leaves_at_once_the_next_after_the_gap_a_groups_together() -> None:
    gap = timedelta(minutes=10)
    due = [
        tracking.mail_due_at(NOON, None, gap, group_due_at=None, is_group=False),
        tracking.mail_due_at(NOON, NOON - timedelta(minutes=4), gap, group_due_at=None, is_group=False),
        tracking.mail_due_at(NOON, None, gap, group_due_at=None, is_group=True),
        tracking.mail_due_at(NOON, None, gap, group_due_at=NOON + timedelta(minutes=7), is_group=True),
        tracking.mail_due_at(NOON, NOON - timedelta(hours=4), gap, group_due_at=None, is_group=False),
        tracking.mail_due_at(NOON, NOON, gap, group_due_at=NOON + timedelta(minutes=7), is_group=True),
    ]
    assert [(moment - NOON).total_seconds() / 60 for moment in due] == [0, 6, 30, 7, 0, 10]


def test_a_message_is_retried_eight_times_and_then_given_up() -> None:
    delays = [tracking.retry_delay(attempts) for attempts in range(1, 10)]
    assert delays[-1] is None
    assert [delay.total_seconds() for delay in delays if delay] == [10, 60, 300, 1800, 7200, 18000, 36000, 36000]
