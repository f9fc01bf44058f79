"""A correction that was confirmed in Slack takes effect once, whatever dies between the confirmation and the effect."""

import signal
import sqlite3
from contextlib import closing

from relay.sandbox.slack import LEAD, PretendSlack
from tests.e2e.conftest import Relay, eventually
from tests.e2e.test_relay import add
from tests.e2e.test_slack import slack as slack  # noqa: PLC0414 - a fixture
from tests.e2e.test_slack import with_slack

SET = {"override.reason": "the customer called us", "override.status": "attempted", "override.effects": ["tell"]}


def the_time_to_undo_is_over(relay: Relay) -> None:
    with closing(sqlite3.connect(relay.folder / "wismo.db")) as database, database:
        database.execute("UPDATE outbox SET due_at = created_at WHERE state = 'due'")


def outbox(relay: Relay) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(relay.folder / "wismo.db")) as database:
        found = database.execute("SELECT status, state FROM outbox WHERE channel = 'email' AND state <> 'superseded'")
        return [(status, state) for status, state in found]


def mails(relay: Relay) -> list[str]:
    return [file.name for file in (relay.folder / "mail").rglob("*.eml")]


def test_what_was_confirmed_happens_once_though_the_process_dies_at_once(relay: Relay, slack: PretendSlack) -> None:
    with_slack(relay, slack)
    relay.start()
    add(relay)
    slack.sender.events_url = f"{relay.url}/slack/events"
    slack.command("/track override 1001", user=LEAD)
    answer = slack.submit(slack.wait_for_modal(LEAD), SET)
    relay.stop(signal.SIGKILL)
    assert answer.action == "update"
    assert mails(relay) == []
    the_time_to_undo_is_over(relay)
    relay.start()
    eventually(lambda: len(mails(relay)) == 1, "the customer is told")
    assert slack.again(answer).action == "update"
    relay.stop(signal.SIGKILL)
    relay.start()
    assert "attempted" in relay.run("track", "1001", "--json").stdout
    assert outbox(relay) == [("attempted", "sent")]
    assert len(mails(relay)) == 1
