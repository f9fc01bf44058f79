"""Real processes and a pretend Slack: what listens, and that it ends within seconds."""

import time
from collections.abc import Iterator

import httpx
import pytest

from relay import clock
from relay.sandbox.slack import SUPPORT, PretendSlack, open_slack
from tests.bot.conftest import settings_of
from tests.e2e.conftest import Relay, eventually
from tests.e2e.test_relay import add


@pytest.fixture
def slack() -> Iterator[PretendSlack]:
    with open_slack(clock.now) as opened:
        yield opened


def with_slack(relay: Relay, slack: PretendSlack, **more: str) -> None:
    given = settings_of(slack, **more)
    relay.environment |= {name: text for name, text in given.items() if name != "WISMO_PUBLIC_URL"}


def asked(slack: PretendSlack) -> str:
    answer = slack.command("/track 1001")
    assert answer.message, answer
    return answer.message.words


def test_up_answers_slack_at_its_address_and_posts(relay: Relay, slack: PretendSlack) -> None:
    with_slack(relay, slack)
    relay.start()
    add(relay)
    slack.sender.events_url = f"{relay.url}/slack/events"
    assert "UPS" in asked(slack)
    slack.mention("1001")
    slack.wait_for(lambda: slack.posted(SUPPORT) or None)
    assert ended(relay) < 10


def test_up_connects_to_slack_and_says_in_its_health_when_it_does_not(relay: Relay, slack: PretendSlack) -> None:
    with_slack(relay, slack, slack_app_token=slack.app_token)
    relay.start()
    add(relay)
    assert slack.socket_mode.wait_for_lines(1, 20)
    assert "UPS" in asked(slack)
    eventually(lambda: "Slack" not in str(httpx.get(f"{relay.url}/health").json()["reasons"]), "the connection is well")
    assert ended(relay) < 10
    assert slack.socket_mode.wait_for_lines(0, 5)


def ended(relay: Relay) -> float:
    began = time.monotonic()
    assert relay.stop() == 0
    log = (relay.folder / "up.log").read_text()
    assert "xoxb-" not in log
    assert "xapp-" not in log
    assert "Traceback" not in log
    return time.monotonic() - began


def test_the_bot_listens_apart_from_the_rest(relay: Relay, slack: PretendSlack) -> None:
    with_slack(relay, slack)
    relay.run("migrate")
    relay.start("bot")
    add(relay)
    slack.sender.events_url = f"{relay.url}/slack/events"
    assert "UPS" in asked(slack)
    assert httpx.get(f"{relay.url}/t/").status_code == 404
    assert relay.stop() == 0


def test_the_bot_without_slack_says_what_to_set(relay: Relay) -> None:
    refused = relay.run("bot")
    assert (refused.returncode, "WISMO_SLACK_BOT_TOKEN" in refused.stderr) == (1, True)
