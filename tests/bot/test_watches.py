"""Watch here: a thread is told each change once, until the end; contradictions; who inherits. On either engine."""

import random
import re
from collections.abc import Iterator

import pytest

from bot.leavers import look_for_leavers
from bot.words.states import STATUSES
from relay.database import Database
from relay.desk import correct
from relay.desk.wanted import WantedOverride
from relay.desk.watching import Begun, Thread, mine, stop, watch
from relay.errors import NotFound
from relay.intake import Policy
from relay.model import Status, to_text
from relay.sandbox.slack import AGENT, LEAD, SUPPORT, Person
from relay.store import outbox as store
from tests.bot.telling import Team, open_team
from tests.intake.steps import later, lift, override, shipment


@pytest.fixture
def team(database: Database, policy: Policy) -> Iterator[Team]:
    with open_team(database, policy) as opened:
        opened.add()
        yield opened


def test_a_thread_is_told_a_change_within_a_minute_and_once(team: Team) -> None:
    where = team.watch()
    team.hear("in_transit", place="Cajamar")
    team.send(at=1)
    team.send(at=5)
    assert team.texts(where) == ["Order 1001: on its way (before: not with a carrier yet)."]
    (posted,) = team.posted(where)
    assert posted.thread_ts == where.ts
    assert "Cajamar" in posted.words
    assert f"<@{AGENT}>" in posted.words


def test_several_changes_within_a_minute_are_one_reply(team: Team) -> None:
    where = team.watch()
    for past, status in ((0, "in_transit"), (0.3, "out_for_delivery"), (0.9, "attempted")):
        team.clock.past = past
        team.hear(status)
        team.send()
    assert team.texts(where) == []
    team.send(at=1)
    assert team.texts(where) == ["Order 1001: delivery attempted (before: not with a carrier yet)."]


def test_each_later_change_is_a_reply_of_its_own_until_the_end_which_is_said(team: Team) -> None:
    where = team.watch()
    for past, status in ((0, "in_transit"), (60, "out_for_delivery"), (120, "delivered"), (600, "delivered")):
        team.clock.past = past
        team.hear(status)
        team.send(at=past + 1)
    assert team.texts(where) == [
        "Order 1001: on its way (before: not with a carrier yet).",
        "Order 1001: out for delivery (before: on its way).",
        "Order 1001: delivered (before: out for delivery). Nothing more is to come: this watch ends here.",
    ]
    assert not mine(team.desk, AGENT).watches


def test_after_its_end_a_watch_says_nothing(team: Team) -> None:
    where = team.watch()
    (one,) = mine(team.desk, AGENT).watches
    team.hear("in_transit", "out_for_delivery")
    assert stop(team.desk, one.watch_id, AGENT, team.clock.now())
    team.send(at=2)
    assert team.texts(where) == []
    assert team.states() == ["superseded"]


def test_an_order_ends_with_its_last_parcel(team: Team) -> None:
    team.add("1001", "1Z888")
    where = team.watch()
    team.hear("in_transit", "out_for_delivery")
    team.hear("in_transit", "out_for_delivery", number="1Z888")
    team.send(at=1)
    team.clock.past = 60
    team.hear("delivered")
    team.send(at=61)
    first, second = team.posted(where)
    assert first.text.count("out for delivery") == 2
    assert "ends here" not in second.text
    assert "1Z999" in second.words
    assert mine(team.desk, AGENT).watches


def test_what_changed_and_changed_back_is_not_told(team: Team) -> None:
    team.hear("in_transit")
    where = team.watch()
    override(team.database, team.policy, "returned")
    lift(team.database, team.policy)
    team.send(at=2)
    assert team.texts(where) == []


def test_a_correction_is_a_change_and_says_whose_it_is(team: Team) -> None:
    where = team.watch()
    override(team.database, team.policy, "in_transit")
    team.send(at=2)
    (posted,) = team.posted(where)
    assert "set by ana" in posted.words


def test_a_repeated_push_tells_nothing_again(team: Team) -> None:
    where = team.watch()
    for _time in range(3):
        team.hear("in_transit")
        team.send(at=team.clock.past + 2)
    assert len(team.texts(where)) == 1


def test_watching_twice_in_a_thread_is_one_watch_and_two_threads_are_two(team: Team) -> None:
    where, elsewhere = team.watch(), team.thread()
    assert watch(team.desk, "1001", where, LEAD, team.clock.now()) is Begun.ALREADY
    assert watch(team.desk, "1001", elsewhere, LEAD, team.clock.now()) is Begun.YES
    team.hear("in_transit")
    team.send(at=1)
    assert len(team.texts(where)) == len(team.texts(elsewhere)) == 1


def test_what_is_over_or_unknown_is_not_watched(team: Team) -> None:
    team.hear("in_transit")
    team.hear("out_for_delivery")
    team.clock.past = 60
    team.hear("delivered")
    assert watch(team.desk, "1001", team.thread(), AGENT, team.clock.now()) is Begun.OVER
    with pytest.raises(NotFound):
        watch(team.desk, "no order", team.thread(), AGENT, team.clock.now())


def test_a_thread_that_is_lost_ends_the_watch_and_its_owner_is_told_in_person(team: Team) -> None:
    where = team.watch()
    team.slack.workspace.rooms[SUPPORT].is_archived = True
    team.hear("in_transit")
    team.send(at=1)
    team.send(at=2)
    assert team.texts(where) == []
    (told,) = team.in_person()
    assert "order 1001" in told
    assert "it is archived" in told
    assert not mine(team.desk, AGENT).watches
    assert team.open_incidents() == []


def test_where_its_owner_cannot_be_told_the_owner_of_the_app_is_and_inherits(team: Team) -> None:
    where = team.watch()
    team.add("1002", "1Z888")
    team.watch("1002", thread=team.thread(SUPPORT))
    team.slack.workspace.rooms[SUPPORT].has_app = False
    del team.slack.workspace.people[AGENT]
    team.hear("in_transit")
    team.send(at=1)
    team.send(at=2)
    assert team.texts(where) == []
    assert len(team.in_person(LEAD)) == 1
    assert [one.order_id for one in mine(team.desk, LEAD).watches] == ["1002"]


def test_what_a_leaver_has_goes_to_the_owner_who_is_told(team: Team) -> None:
    team.watch()
    team.slack.workspace.people[AGENT] = Person(AGENT, "agent", is_deleted=True)
    look_for_leavers(team.bot)
    look_for_leavers(team.bot)
    assert [one.order_id for one in mine(team.desk, LEAD).watches] == ["1001"]
    (told,) = team.in_person(LEAD)
    assert f"<@{AGENT}>" in told


def test_nobody_is_taken_for_a_leaver_because_slack_is_down(team: Team) -> None:
    team.watch()
    team.slack.faults.is_down = True
    look_for_leavers(team.bot)
    assert mine(team.desk, AGENT).watches


def corrected(team: Team, until: str, where: Thread, by: str = AGENT) -> None:
    """A correction that somebody made in Slack."""
    wanted = WantedOverride("delivered", "seen by the neighbour", by, until, thread=str(where))
    correct.override(team.desk, "1001", wanted, None, team.clock.now())


def test_whoever_corrected_is_told_once_in_their_thread_when_the_carrier_says_otherwise(team: Team) -> None:
    where = team.thread()
    corrected(team, "lifted", where)
    for past in (60, 120):
        team.clock.past = past
        team.hear("out_for_delivery")
        team.send()
    (told,) = team.texts(where)
    assert "out for delivery" in told
    assert f"<@{AGENT}> had set it to delivered" in told
    assert "The correction stands" in team.posted(where)[0].words


def test_a_correction_that_the_carrier_ended_says_so(team: Team) -> None:
    where = team.thread()
    corrected(team, "carrier", where)
    team.clock.past = 60
    team.hear("out_for_delivery")
    team.send()
    assert "The correction ended" in team.posted(where)[0].words


def test_without_a_thread_whoever_corrected_is_told_in_person(team: Team) -> None:
    corrected(team, "lifted", Thread(AGENT))
    team.clock.past = 60
    team.hear("out_for_delivery")
    team.send()
    assert len(team.in_person()) == 1


def test_a_contradiction_whose_thread_is_lost_is_told_in_person(team: Team) -> None:
    corrected(team, "lifted", Thread("C000GONE01", "1.2"))
    team.clock.past = 60
    team.hear("out_for_delivery")
    team.send()
    team.send(at=61)
    assert len(team.in_person()) == 1


def test_a_contradiction_for_somebody_who_left_is_told_to_the_owner(team: Team) -> None:
    corrected(team, "lifted", Thread("C000GONE01", "1.2"))
    del team.slack.workspace.people[AGENT]
    team.clock.past = 60
    for minute in range(3):
        team.hear("out_for_delivery")
        team.send(at=60 + minute)
    assert len(team.in_person(LEAD)) == 1
    assert team.open_incidents() == []


def test_the_watch_of_an_order_that_was_erased_ends_and_says_so(team: Team) -> None:
    where = team.watch()
    sql = "UPDATE orders SET erased_at = :at RETURNING order_id"
    team.database.write(lambda tx: tx.rows(sql, at=to_text(later(1))))
    team.look_at_the_clock(at=70)
    assert team.texts(where) == ["Order 1001 was erased. This watch ends here."]
    assert not mine(team.desk, AGENT).watches


def test_a_watch_can_be_stopped_once(team: Team) -> None:
    team.watch()
    (one,) = mine(team.desk, AGENT).watches
    assert stop(team.desk, one.watch_id, AGENT, team.clock.now())
    assert not stop(team.desk, one.watch_id, AGENT, team.clock.now())
    assert not stop(team.desk, "unknown", AGENT, team.clock.now())


def test_nobody_watches_and_nothing_is_written(team: Team) -> None:
    team.hear("in_transit", "out_for_delivery")
    assert team.rows() == []


@pytest.mark.parametrize("seed", range(4))
def test_a_day_with_repeats_and_faults_tells_each_change_once_in_order(team: Team, seed: int) -> None:
    """What a reply says it was before is what the reply before it said it is."""
    dice = random.Random(seed)
    where, end = team.watch(), 24 * 60.0
    statuses = ["in_transit", "out_for_delivery", "attempted", "available_for_pickup", "exception"]
    for past in sorted(dice.uniform(0, end) for _ in range(60)):
        team.clock.past = past
        for _repeat in range(dice.choice((0, 1, 2))):
            team.hear(dice.choice(statuses))
        team.slack.faults.clear()
        if plan := dice.choice((None, "internal_error", "ratelimited")):
            team.slack.faults.refuse(plan, "chat.postMessage", calls=1)
        if dice.random() < 0.2:  # a process dies with the message in its hands
            team.database.write(lambda tx: store.claim_lead(tx, "slack", team.clock.now(), team.clock.now()))
        team.send()
    team.slack.faults.clear()
    for minute in range(10):
        team.send(at=end + minute)
    chain = [re.fullmatch(r"Order 1001: (.+) \(before: (.+)\)\.", text) for text in team.texts(where)]
    said = [(found[2], found[1]) for found in chain if found]
    assert len(said) == len(chain) > 5
    assert [before for before, _ in said[1:]] == [after for _, after in said[:-1]]
    assert said[-1][1] == STATUSES[Status(shipment(team.database)["shown_status"])]
