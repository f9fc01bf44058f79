"""``wismo doctor`` about Slack: each thing that is wrong is one line with one remedy. A real server answers it."""

import pytest

from relay.cli.finding import Finding
from relay.cli.slack_doctor import examine_slack
from relay.sandbox.slack import AGENT, CORRECTORS, ELSEWHERE, GUEST, LEAD, OPS, PretendSlack
from relay.settings import load_settings
from tests.bot.conftest import settings_of


def examined(slack: PretendSlack, **settings: str) -> dict[str, Finding]:
    given = settings_of(slack, slack_ops_channel=OPS, **settings)
    return {found.subject: found for found in examine_slack(load_settings(given, env_file=None))}


def wrong(slack: PretendSlack, **settings: str) -> dict[str, str]:
    """What is wrong, with its remedy."""
    return {
        one.subject: f"{one.finding} -> {one.remedy}" for one in examined(slack, **settings).values() if not one.is_well
    }


def test_all_is_well(slack: PretendSlack) -> None:
    found = examined(slack, slack_app_token=slack.app_token, slack_override_group=CORRECTORS, slack_owner=LEAD)
    assert [one for one in found.values() if not one.is_well] == []
    assert set(found) == {
        "slack token",
        "slack way in",
        "slack rights",
        "slack WISMO_SLACK_CHANNEL",
        "slack WISMO_SLACK_OPS_CHANNEL",
        "slack WISMO_SLACK_OVERRIDE_USERS",
        "slack WISMO_SLACK_OVERRIDE_GROUP",
        "slack WISMO_SLACK_OWNER",
    }


def test_without_slack_nothing_is_said() -> None:
    assert list(examine_slack(load_settings({}, env_file=None))) == []


def test_a_wrong_token_is_named_and_never_shown(slack: PretendSlack) -> None:
    (found,) = wrong(slack, slack_bot_token="xoxb-other").values()
    assert "invalid_auth" in found
    assert "xoxb-other" not in found
    assert "WISMO_SLACK_APP_TOKEN" in wrong(slack, slack_bot_token="xapp-other")["slack token"]


def test_slack_that_does_not_answer_is_one_finding_for_each_way(slack: PretendSlack) -> None:
    slack.faults.is_down = True
    assert "Let this machine reach" in wrong(slack)["slack token"]


def test_rights_that_are_missing_are_named(slack: PretendSlack) -> None:
    slack.workspace.scopes = {"commands", "chat:write"}
    found = wrong(slack, slack_override_group=CORRECTORS)
    assert "app_mentions:read, usergroups:read, users:read" in found["slack rights"]
    assert "usergroups:read" in found["slack WISMO_SLACK_OVERRIDE_GROUP"]
    assert "not examined" in examined(slack)["slack WISMO_SLACK_CHANNEL"].finding


@pytest.mark.parametrize(
    ("settings", "subject", "remedy"),
    [
        ({"slack_app_token": "xapp-other"}, "slack way in", "connections:write"),
        ({"slack_channel": ""}, "slack channel", "WISMO_SLACK_CHANNEL"),
        ({"slack_channel": "C000NOWHER"}, "slack WISMO_SLACK_CHANNEL", "/invite"),
        ({"slack_override_users": f"{AGENT},{GUEST}"}, "slack WISMO_SLACK_OVERRIDE_USERS", "member's id"),
        ({"slack_override_group": "S000NOBODY"}, "slack WISMO_SLACK_OVERRIDE_GROUP", "user group"),
        ({"slack_owner": "U000NOBODY"}, "slack WISMO_SLACK_OWNER", "member's id"),
    ],
)
def test_what_is_wrong_has_its_remedy(slack: PretendSlack, settings: dict[str, str], subject: str, remedy: str) -> None:
    found = wrong(slack, **settings)
    assert list(found) == [subject]
    assert remedy in found[subject]


def test_a_channel_without_the_app_or_archived_is_named(slack: PretendSlack) -> None:
    slack.workspace.room(ELSEWHERE).has_app = False
    slack.workspace.room(OPS).is_archived = True
    found = wrong(slack, slack_channel=ELSEWHERE)
    assert "the app is not in" in found["slack WISMO_SLACK_CHANNEL"]
    assert "archived" in found["slack WISMO_SLACK_OPS_CHANNEL"]


def test_without_a_way_in_that_is_said(slack: PretendSlack) -> None:
    assert "WISMO_SLACK_APP_TOKEN" in wrong(slack, slack_signing_secret="")["slack way in"]
