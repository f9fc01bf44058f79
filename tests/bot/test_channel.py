"""The channel: at Slack's pace, patient when asked to wait, down as a whole, given up loudly, and edited in place."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.channel import PACE_S
from relay.database import Database, open_database
from relay.intake import Policy
from relay.intake.state import EMAIL
from relay.model import from_text
from relay.sandbox.slack import OPS, SUPPORT
from relay.store import incidents
from relay.store import outbox as store
from tests.bot.telling import Team, open_team
from tests.conftest import NOON, settle

POST, EDIT = "chat.postMessage", "chat.update"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """One engine: this is a matter of Slack's."""
    opened = open_database(f"sqlite:{tmp_path / 'wismo.db'}", create=True)
    opened.migrate()
    opened.write(settle)
    yield opened
    opened.close()


@pytest.fixture
def team(database: Database, policy: Policy) -> Iterator[Team]:
    with open_team(database, policy) as opened:
        opened.add()
        yield opened


def changed(team: Team, status: str = "in_transit") -> None:
    team.watch()
    team.hear(status)


def test_a_reply_is_marked_with_a_key_and_unfurls_nothing(team: Team) -> None:
    changed(team)
    team.send(at=1)
    (call,) = team.slack.calls(POST)
    assert call.given["metadata"]["event_payload"]["key"].startswith(team.rows()[0]["message_id"])
    assert (call.given["unfurl_links"], call.given["unfurl_media"]) == (False, False)


def test_the_receipt_says_where_it_stands(team: Team) -> None:
    changed(team)
    team.send(at=1)
    (posted,) = team.posted()
    assert [row["receipt"] for row in team.rows()] == [f"{SUPPORT}/{posted.ts}"]


def test_a_channel_gets_one_message_a_second(team: Team) -> None:
    for order in range(4):
        team.add(f"20{order}", f"1Z20{order}")
        team.watch(f"20{order}")
        team.hear("in_transit", number=f"1Z20{order}")
    team.send(at=1)
    assert len(team.posted()) == 4
    assert team.waits == [PACE_S] * 3


def test_slack_asks_to_wait_and_is_obeyed(team: Team) -> None:
    changed(team)
    team.slack.faults.throttle(POST, calls=2, retry_after_s=7)
    team.send(at=1)
    assert team.waits == [7, 7]
    assert team.states() == ["sent"]
    assert [row["attempts"] for row in team.rows()] == [1]


def test_a_long_wait_pauses_the_channel_and_costs_no_try(team: Team) -> None:
    changed(team)
    team.slack.faults.throttle(POST, retry_after_s=180)
    team.send(at=1)
    assert (team.waits, team.states()) == ([], ["due"])
    assert team.open_incidents() == ["channel_down"]
    team.send(at=3)
    assert team.states() == ["due"]
    team.send(at=4.1)
    assert (team.states(), len(team.posted())) == (["sent"], 1)
    assert team.open_incidents() == []


@pytest.mark.parametrize("error", ["invalid_auth", "token_revoked", "account_inactive", "missing_scope"])
def test_a_token_that_is_refused_pauses_the_channel_until_it_works(team: Team, error: str) -> None:
    changed(team)
    team.slack.faults.refuse(error, POST)
    team.send(at=1)
    team.send(at=30)
    assert (team.states(), [row["attempts"] for row in team.rows()]) == (["due"], [0])
    assert team.open_incidents() == ["channel_down"]
    team.slack.faults.clear()
    team.send(at=32)
    assert (team.states(), team.open_incidents()) == (["sent"], [])


def test_while_slack_is_down_nothing_is_lost(team: Team) -> None:
    changed(team)
    team.slack.faults.is_down = True
    for minute in range(1, 200, 20):
        team.send(at=minute)
    assert (team.states(), [row["attempts"] for row in team.rows()]) == (["due"], [0])
    team.slack.faults.clear()
    team.send(at=201)
    assert len(team.posted()) == 1


def test_a_gateway_that_fails_is_slack_being_down(team: Team) -> None:
    changed(team)
    team.slack.faults.fail(POST, status=503)
    team.send(at=1)
    assert (team.states(), team.open_incidents()) == (["due"], ["channel_down"])


def test_a_fault_of_slacks_own_is_tried_again_on_schedule(team: Team) -> None:
    changed(team)
    team.slack.faults.refuse("internal_error", POST, calls=2)
    team.send(at=1)
    assert (team.states(), [row["last_error"] for row in team.rows()]) == (["due"], ["Slack answers internal_error"])
    team.send(at=1.2)
    team.send(at=3)
    assert (team.states(), len(team.posted())) == (["sent"], 1)


def test_what_slack_never_takes_is_given_up_after_the_last_try_as_an_incident(team: Team) -> None:
    changed(team)
    team.slack.faults.refuse("something_new", POST)
    for _try in range(9):
        (row,) = team.rows()
        team.send(at=(from_text(row["due_at"]) - NOON) / timedelta(minutes=1))
    assert (team.states(), team.open_incidents()) == (["dead"], ["dead_message"])


def test_blocks_that_slack_does_not_take_do_not_silence_the_words(team: Team) -> None:
    changed(team)
    team.slack.faults.refuse("invalid_blocks", POST, calls=1)
    team.send(at=1)
    (posted,) = team.posted()
    assert (posted.text, list(posted.blocks)) == ("Order 1001: on its way (before: not with a carrier yet).", [])


def test_news_that_comes_while_a_reply_leaves_is_told_in_the_next(team: Team) -> None:
    changed(team)
    team.clock.past = 1
    lead = team.database.write(lambda tx: store.claim_lead(tx, "slack", team.clock.now(), team.clock.now()))
    assert lead is not None
    team.hear("out_for_delivery")
    assert not team.database.write(lambda tx: store.settle(tx, lead, "sent", sent_at=team.clock.now()))
    team.send(at=3)
    assert team.texts() == ["Order 1001: out for delivery (before: not with a carrier yet)."]


def test_mails_do_not_wait_for_slack(team: Team) -> None:
    changed(team)
    team.slack.faults.is_down = True
    team.send(at=1)
    with team.database.read() as tx:
        assert store.channel(tx, EMAIL)["down_since"] is None
        assert store.next_due_at(tx, EMAIL)


def test_an_incident_that_somebody_deleted_in_slack_is_posted_anew(team: Team) -> None:
    opened(team, "ups")
    team.look_at_the_clock()
    (first,) = team.slack.posted(OPS)
    first.is_deleted = True
    team.database.write(lambda tx: incidents.close_incident(tx, "ask_failing", "ups", team.clock.now()))
    team.look_at_the_clock(at=3)
    second, reply = team.slack.posted(OPS)
    assert second.ts != first.ts
    assert second.text.startswith("Over")
    assert reply.thread_ts == second.ts


def opened(team: Team, subject: str) -> None:
    team.database.write(
        lambda tx: incidents.open_incident(
            tx, kind="ask_failing", subject=subject, title="x", remedy="y", now=team.clock.now()
        )
    )


def test_what_slack_took_without_saying_so_comes_again_under_the_same_key(team: Team) -> None:
    changed(team)
    team.slack.faults.lose_answers(POST)
    team.send(at=1)
    team.send(at=3)
    keys = {call.given["metadata"]["event_payload"]["key"] for call in team.slack.calls(POST)}
    assert (len(team.posted()), len(keys), team.states()) == (2, 1, ["sent"])
