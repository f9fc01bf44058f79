"""What Slack was acknowledged is answered once, whatever dies between the acknowledgement and the answer."""

import random
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from relay import clock
from relay.sandbox.slack import AGENT, SUPPORT, Answer, PretendSlack
from relay.sandbox.vtex import PretendVtex, open_vtex
from tests.e2e.conftest import Relay, eventually
from tests.e2e.test_relay import add
from tests.e2e.test_slack import slack as slack  # noqa: PLC0414 - a fixture
from tests.e2e.test_slack import with_slack


def start(relay: Relay, slack: PretendSlack, command: str = "up") -> None:
    relay.start(command)
    slack.sender.events_url = f"{relay.url}/slack/events"


def mention(slack: PretendSlack, text: str = "1001") -> str:
    """A question in a thread of its own, acknowledged."""
    thread_ts = slack.say("Where is it?").ts
    answer = slack.mention(text, thread_ts=thread_ts)
    assert answer.status == 200, answer
    return thread_ts


def answers(slack: PretendSlack, thread_ts: str) -> int:
    return len(slack.posted(SUPPORT, thread_ts))


def alone(slack: PretendSlack) -> list[str]:
    """What whoever asked was told alone, after the acknowledgement."""
    return [one.words for one in slack.messages if one.only_for == AGENT and one.via == "response_url"]


def database(relay: Relay, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(relay.folder / "wismo.db", timeout=10)) as opened, opened:
        return list(opened.execute(sql))


def the_lease_is_over(relay: Relay) -> None:
    """A minute later, as far as the outbox can tell."""
    database(
        relay, "UPDATE outbox SET lease_until = NULL, due_at = created_at WHERE state = 'due' AND channel = 'slack'"
    )


def nothing_more_comes(relay: Relay, slack: PretendSlack) -> None:
    """Whatever was to be said before another question is answered was said."""
    the_lease_is_over(relay)
    thread_ts = mention(slack, "help")
    eventually(lambda: answers(slack, thread_ts) == 1, "a later question is answered")


# -- between the acknowledgement and the sender ------------------------------------------------------------------------


def test_what_was_acknowledged_is_answered_once_by_whoever_comes_after(relay: Relay, slack: PretendSlack) -> None:
    """A process that only listens dies at once: nothing of it has left."""
    with_slack(relay, slack)
    start(relay, slack, "web")
    add(relay)
    asked = mention(slack)
    pointed_at = slack.say("1001 is late")
    assert slack.message_shortcut("track.message", pointed_at).status == 200
    card = slack.command("/track 1001").message
    assert card
    assert slack.choose(card, "card.more", "share").status == 200
    relay.stop(signal.SIGKILL)
    assert slack.posted(SUPPORT) == []
    start(relay, slack)
    eventually(lambda: len(slack.posted(SUPPORT)) == 3 and not unsettled(relay), "all three are answered")
    nothing_more_comes(relay, slack)
    assert [answers(slack, thread) for thread in (asked, pointed_at.ts)] == [1, 1]
    assert len(slack.posted(SUPPORT)) == 4
    assert slack.choose(card, "card.more", "share").status == 200
    eventually(lambda: any("already" in words for words in alone(slack)), "the second press is led to the first")
    assert "xoxb-" not in (log := (relay.folder / "up.log").read_text())
    assert "/response/" not in log


@pytest.fixture
def vtex() -> Iterator[PretendVtex]:
    with open_vtex(clock.now) as opened:
        yield opened


def with_shop(relay: Relay, vtex: PretendVtex) -> None:
    relay.environment |= {
        "WISMO_CUSTOMER_MAIL": "none",
        "WISMO_VTEX_ACCOUNT": "mystore",
        "WISMO_VTEX_URL": vtex.url,
        "WISMO_VTEX_APP_KEY": vtex.key.app_key,
        "WISMO_VTEX_APP_TOKEN": vtex.key.app_token,
    }


@pytest.mark.slow
def test_what_the_shop_says_follows_once_though_everything_died_meanwhile(
    relay: Relay, slack: PretendSlack, vtex: PretendVtex
) -> None:
    with_slack(relay, slack)
    with_shop(relay, vtex)
    start(relay, slack, "web")
    order_id = vtex.store.place()
    told = [followed(slack, order_id), followed(slack, "v999999zzz-01")]
    relay.stop(signal.SIGKILL)
    start(relay, slack)
    eventually(lambda: len(alone(slack)) == 2 and not unsettled(relay), "both follow")
    relay.stop(signal.SIGKILL)
    start(relay, slack)
    nothing_more_comes(relay, slack)
    assert [answer.status for answer in told] == [200, 200]
    assert sorted("does not know it either" in words for words in alone(slack)) == [False, True]
    assert database(relay, "SELECT DISTINCT text, response_url FROM asked WHERE way = 'shop'") == [("", None)]


def followed(slack: PretendSlack, query: str) -> Answer:
    answer = slack.command(f"/track {query}")
    assert answer.message
    assert "follows here" in answer.message.words
    return answer


# -- in the sender's hands ---------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_an_answer_that_was_being_made_is_made_again(relay: Relay, slack: PretendSlack) -> None:
    """The sender holds the message and asks Slack who asked when it dies."""
    with_slack(relay, slack)
    start(relay, slack)
    add(relay)
    before = len(slack.calls("users.info"))
    slack.faults.be_slow(2, "users.info", calls=2)
    asked = mention(slack)
    eventually(lambda: len(held(relay)) == 1, "the sender holds the message")
    relay.stop(signal.SIGKILL)
    assert (answers(slack, asked), len(held(relay))) == (0, 1)
    slack.faults.clear()
    the_lease_is_over(relay)
    start(relay, slack)
    eventually(lambda: answers(slack, asked) == 1, "it is answered")
    nothing_more_comes(relay, slack)
    assert answers(slack, asked) == 1
    assert len(slack.calls("users.info")) > before


def held(relay: Relay) -> list[tuple[object, ...]]:
    return database(relay, "SELECT message_id FROM outbox WHERE lease_until IS NOT NULL AND state = 'due'")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_a_kill_at_any_moment_loses_no_answer(relay: Relay, slack: PretendSlack, seed: int) -> None:
    """Twice only what Slack had taken when we died before we could write it down; then Slack's word is lost with us."""
    dice = random.Random(seed)
    with_slack(relay, slack)
    start(relay, slack)
    add(relay)
    may_be_twice: set[str] = set()
    threads: list[str] = []
    for _round in range(12):
        threads.append(mention(slack))
        time.sleep(dice.uniform(0, 0.06))  # the moment of death is the point, and no condition tells it
        relay.stop(signal.SIGKILL)
        slack.rest()
        if answers(slack, threads[-1]) and unsettled(relay):
            may_be_twice.add(threads[-1])
        the_lease_is_over(relay)
        start(relay, slack)
        eventually(lambda: answers(slack, threads[-1]) >= 1, "it is answered")
    nothing_more_comes(relay, slack)
    counts = {thread: answers(slack, thread) for thread in threads}
    assert all(count == 1 for thread, count in counts.items() if thread not in may_be_twice)
    assert all(count <= 2 for count in counts.values())


def unsettled(relay: Relay) -> bool:
    return bool(database(relay, "SELECT 1 FROM outbox WHERE state = 'due' AND channel = 'slack'"))
