"""Slack that does not let us tell anybody anything is an incident before a message fails."""

from datetime import datetime, timedelta

import pytest

from bot.app import Bot, open_bot
from bot.looks import AGAIN, EVERY, look_at_slack
from relay.database import Database
from relay.desk import Desk, telling
from relay.intake import Policy
from relay.sandbox.slack import ELSEWHERE, OPS, SUPPORT, PretendSlack
from relay.settings import load_settings
from relay.store import incidents
from tests.bot.conftest import settings_of
from tests.conftest import NOON


class Looking:
    def __init__(self, database: Database, policy: Policy, slack: PretendSlack) -> None:
        self.slack = slack
        self.now = NOON
        given = load_settings(settings_of(slack, slack_ops_channel=OPS), env_file=None)
        self.bot: Bot = open_bot(Desk(database, given, policy), self._now)

    def _now(self) -> datetime:
        return self.now

    def look(self, after: timedelta = timedelta(0)) -> dict[str, str]:
        """What is lost, by subject."""
        self.now += after
        look_at_slack(self.bot)
        with self.bot.desk.database.read() as tx:
            return {row["subject"]: row["title"] for row in incidents.open_of(tx, "slack_lost")}

    def is_told(self) -> bool:
        with self.bot.desk.database.read() as tx:
            return telling.is_anybody_told(tx, self.bot.settings)


@pytest.fixture
def looking(database: Database, policy: Policy, slack: PretendSlack) -> Looking:
    slack.workspace.scopes |= {"channels:read", "groups:read"}
    return Looking(database, policy, slack)


def test_while_all_is_well_slack_is_asked_once_an_hour(looking: Looking) -> None:
    assert looking.look() == {}
    asked = len(looking.slack.calls("auth.test"))
    looking.look(EVERY - timedelta(seconds=1))
    assert len(looking.slack.calls("auth.test")) == asked
    looking.look(timedelta(seconds=2))
    assert len(looking.slack.calls("auth.test")) == asked + 1


@pytest.mark.parametrize("word", ["token_revoked", "invalid_auth", "account_inactive"])
def test_a_token_that_is_taken_no_more_is_an_incident_and_over_soon_after_it_works(looking: Looking, word: str) -> None:
    looking.slack.faults.refuse(word, "auth.test")
    assert looking.look() == {"token": f"Slack does not take our token ({word}): the team is not told"}
    assert not looking.is_told()
    looking.slack.faults.clear()
    assert looking.look(AGAIN + timedelta(seconds=1)) == {}
    assert looking.is_told()


def test_channels_that_were_archived_or_left_are_named(looking: Looking) -> None:
    looking.slack.workspace.room(OPS).is_archived = True
    looking.slack.workspace.room(SUPPORT).has_app = False
    found = looking.look()
    assert {subject: title.partition("(")[2].partition(")")[0] for subject, title in found.items()} == {
        OPS: "is_archived",
        SUPPORT: "not_in_channel",
    }
    assert not looking.is_told(), "incidents go to the one that was archived"
    looking.slack.workspace.room(OPS).is_archived = False
    assert list(looking.look(AGAIN + timedelta(seconds=1))) == [SUPPORT]
    assert looking.is_told()


def test_without_the_right_to_look_a_channel_counts_as_there(looking: Looking) -> None:
    looking.slack.workspace.scopes -= {"channels:read", "groups:read"}
    looking.slack.workspace.room(OPS).is_archived = True
    assert looking.look() == {}


def test_slack_that_cannot_be_reached_or_is_in_trouble_has_not_lost_us(looking: Looking) -> None:
    looking.slack.faults.fail("auth.test", calls=2, status=503)
    assert looking.look() == {}
    looking.slack.faults.is_down = True
    assert looking.look(EVERY + timedelta(seconds=1)) == {}


def test_what_is_lost_stays_so_while_slack_cannot_be_reached(looking: Looking) -> None:
    looking.slack.workspace.room(ELSEWHERE).is_archived = True
    looking.slack.faults.refuse("token_revoked", "auth.test", 1)
    assert list(looking.look()) == ["token"]
    looking.slack.faults.is_down = True
    assert list(looking.look(AGAIN + timedelta(seconds=1))) == ["token"]
