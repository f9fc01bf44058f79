"""Socket Mode on a bad line: an end without a word is seen at once, no answer is late, and what comes again is one."""

import pytest

from relay.sandbox.slack import SUPPORT
from relay.sandbox.slack.socket_mode import Line as Connection
from tests.bot.test_app import Line
from tests.bot.test_app import line as line  # noqa: PLC0414 - a fixture


@pytest.fixture
def open_line(line: Line) -> Line:
    line.socket.start()
    assert line.slack.socket_mode.wait_for_lines(1)
    return line


def test_a_connection_that_ends_without_a_word_is_opened_again_within_seconds(open_line: Line) -> None:
    """Slack's library takes forty seconds to see it, and all of a processor meanwhile."""
    open_line.slack.socket_mode.break_lines()
    assert open_line.slack.socket_mode.wait_for_lines(1, 5)
    assert "UPS" in open_line.ask()


def test_no_answer_is_late_while_slack_changes_the_connection(open_line: Line) -> None:
    open_line.slack.socket_mode.recycle("warning")
    answer = open_line.slack.command("/track 1001")
    assert answer.message
    assert answer.took_s < 2.5


def test_a_watch_that_is_told_again_over_another_connection_is_one(open_line: Line) -> None:
    slack = open_line.slack
    slack.socket_mode.interruptions.append(Connection.hang_up)
    assert slack.command("/track watch 1001").status == 200
    assert slack.socket_mode.repeated
    slack.wait_for(lambda: slack.posted(SUPPORT))
    slack.rest()
    assert len(slack.posted(SUPPORT)) == 1
