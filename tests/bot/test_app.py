"""Bolt behind a real web server: what is let in, heard once, and answered when something goes wrong."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from slack_bolt import Ack
from slack_sdk.errors import SlackApiError
from structlog.testing import capture_logs

from bot.app import SocketMode, blueprint, build_app, finish, open_bot
from bot.reader import reader_of
from relay.database import Database, open_database
from relay.desk import Desk
from relay.errors import BadInput, Unavailable
from relay.intake import Policy
from relay.intake.refused import Refused
from relay.sandbox.serving import served
from relay.sandbox.slack import AGENT, STRANGER, SUPPORT, Person, PretendSlack
from relay.settings import load_settings
from relay.web import create_app
from tests.bot.conftest import Office, OpenOffice, settings_of
from tests.conftest import NOON


def test_what_is_forged_or_stale_is_refused_and_leaves_no_word_in_the_log(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    office.slack.sender.signs_with = "somebody else's secret"
    with capture_logs() as logs:
        assert office.slack.command("/track 1001").status == 401
        office.slack.sender.signs_with = ""
        office.slack.sender.seconds_ago = 400
        assert office.slack.command("/track 1001").status == 401
    assert "1001" not in f"{logs}{caplog.text}"


def test_slack_may_check_the_address(office: Office) -> None:
    assert office.slack.check_url() == (200, '{"challenge": "say this"}')
    assert office.slack.check_ssl()[0] == 200


def test_a_body_without_a_signature_is_refused_and_a_large_one_too(office: Office) -> None:
    client = office.slack.sender.client
    assert client.post(office.slack.sender.events_url, content=b"command=/track").status_code == 401
    assert client.post(office.slack.sender.events_url, content=b"a" * 3_000_000).status_code == 413
    assert client.get(office.slack.sender.events_url).status_code == 405


# -- once --------------------------------------------------------------------------------------------------------------


def test_an_event_that_slack_repeats_is_heard_once(open_office: OpenOffice, database: Database) -> None:
    office = open_office(database)
    office.add()
    first = office.slack.mention("1001")
    office.slack.wait_for(lambda: office.slack.posted(SUPPORT) or None)
    assert first.status == 200
    assert office.slack.again(first).status == 200
    assert office.slack.again(first, retry=2).status == 200
    office.slack.rest()
    assert len(office.slack.posted(SUPPORT)) == 1


def test_another_process_knows_what_was_heard(office: Office, policy: Policy, slack: PretendSlack) -> None:
    first = slack.mention("1001")
    slack.wait_for(lambda: slack.posted(SUPPORT) or None)
    desk = Desk(office.desk.database, load_settings(settings_of(slack), env_file=None), policy)
    other = build_app(open_bot(desk, lambda: NOON))
    with served(create_app(desk, Refused(), lambda: NOON, [blueprint(other)])) as port:
        slack.sender.events_url = f"http://127.0.0.1:{port}/slack/events"
        assert slack.again(first).status == 200
        slack.rest()
    finish(other)
    assert len(slack.posted(SUPPORT)) == 1


# -- what goes wrong ---------------------------------------------------------------------------------------------------


@pytest.fixture
def lost(open_office: OpenOffice, tmp_path: Path) -> Office:
    """A bot whose database is gone."""
    database = open_database(f"sqlite:{tmp_path / 'wismo.db'}", create=True)
    office = open_office(database)
    database.close()
    return office


def test_a_failure_is_answered_politely_with_a_code_that_the_log_knows(lost: Office) -> None:
    with capture_logs() as logs:
        answer = lost.slack.command("/track ana@example.com")
    assert answer.message
    assert answer.message.only_for == AGENT
    (line,) = [one for one in logs if one["event"] == "slack request failed"]
    assert line["code"] in answer.message.words
    assert "ana@" not in str([value for name, value in line.items() if name != "exc_info"])


def test_an_event_that_could_not_be_heard_is_told_again_by_slack(lost: Office) -> None:
    assert lost.slack.mention("1001").status == 503


def test_a_button_of_another_version_is_answered(office: Office) -> None:
    shown = office.slack.command("/track 1001").message
    assert shown
    for block in shown.blocks:
        for element in block.get("elements", ()):
            element["action_id"] = "of.old"
    answer = office.slack.press(shown, "of.old")
    assert not answer.refused
    assert "/track" in office.slack.reply_to(answer).words


def test_a_stranger_presses_the_buttons_of_a_shared_card_in_vain(office: Office) -> None:
    office.slack.mention("1001")
    shared = office.slack.wait_for(lambda: next(iter(office.slack.posted(SUPPORT)), None))
    answer = office.slack.press(shared, "card.reply", user=STRANGER)
    told = office.slack.reply_to(answer)
    assert told.only_for == STRANGER
    assert "own workspace" in told.words


def test_an_unknown_command_shortcut_or_event_is_answered(office: Office) -> None:
    answer = office.slack.command("/other 1")
    assert answer.message
    assert not answer.refused
    assert not office.slack.shortcut("unknown").refused
    assert office.slack.event({"type": "team_join", "user": {"id": AGENT}}).status == 200


def test_what_fails_after_the_acknowledgement_does_not_take_it_back(open_office: OpenOffice, sqlite: Database) -> None:
    office = open_office(sqlite)
    app = build_app(office.bot)

    @app.command("/fails")
    def fails(ack: Ack) -> None:
        ack("begun")
        raise SlackApiError("no", {"error": "not_in_channel"})  # type: ignore[no-untyped-call]  # the library's

    with served(create_app(office.desk, Refused(), lambda: NOON, [blueprint(app)])) as port:
        office.slack.sender.events_url = f"http://127.0.0.1:{port}/slack/events"
        answers = [office.slack.command("/fails") for _ in range(10)]
    finish(app)
    assert [answer.body for answer in answers] == ["begun"] * 10
    said = office.slack.wait_for(lambda: next((m for m in office.slack.messages if "/invite" in m.words), None))
    assert said.only_for == AGENT


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Unavailable("the store is away"), "database does not answer"),
        (BadInput("number", "<!channel> is no number", "Write *one*"), "is no number"),
        (SlackApiError("no", {"error": "ratelimited"}), "go slower"),  # type: ignore[no-untyped-call]  # the library's
        (SlackApiError("no", {"error": "strange"}), "the log knows it as"),  # type: ignore[no-untyped-call]  # the same
        (ValueError("a secret"), "the log knows it as"),
    ],
)
def test_what_a_person_can_do_about_an_error_is_said(
    open_office: OpenOffice, sqlite: Database, error: Exception, words: str
) -> None:
    office = open_office(sqlite)
    app = build_app(office.bot)

    @app.command("/fails")
    def fails() -> None:
        raise error

    with served(create_app(office.desk, Refused(), lambda: NOON, [blueprint(app)])) as port:
        office.slack.sender.events_url = f"http://127.0.0.1:{port}/slack/events"
        answer = office.slack.command("/fails")
    finish(app)
    assert answer.message
    assert words in answer.message.words
    assert "<!" not in answer.body
    assert "secret" not in answer.body


def test_a_window_of_another_version_says_so_in_its_place(office: Office) -> None:
    office.slack.shortcut("track.global")
    window = office.slack.wait_for_modal()
    window.shown["callback_id"] = "of.old"
    answer = office.slack.submit(window, {"query": "1001"})
    assert (answer.action, answer.refused) == ("update", "")
    assert "/track" in str(window.blocks)


def test_a_reader_on_no_clock_that_we_know_reads_on_the_shops(office: Office) -> None:
    office.slack.workspace.people[AGENT] = Person(AGENT, "alice", zone="Atlantis/Capital")
    assert reader_of(office.bot, AGENT, "").zone == "America/Sao_Paulo"


def test_fifty_at_once_are_all_answered(office: Office) -> None:
    with ThreadPoolExecutor(50) as people:
        answers = list(people.map(lambda _: office.slack.command("/track 1001"), range(50)))
    assert all(answer.message and "1001" in answer.message.words for answer in answers)


# -- Socket Mode -------------------------------------------------------------------------------------------------------


@dataclass
class Line:
    """A bot that connects to Slack, and that nobody can call."""

    slack: PretendSlack
    socket: SocketMode

    def ask(self) -> str:
        answer = self.slack.command("/track 1001")
        assert answer.message, answer
        return answer.message.words


@pytest.fixture
def line(office: Office) -> Iterator[Line]:
    slack = office.slack
    slack.sender.events_url = ""
    settings = load_settings(settings_of(slack, slack_app_token=slack.app_token), env_file=None)
    bot = open_bot(Desk(office.desk.database, settings, office.desk.policy, office.desk.wake), lambda: NOON)
    app = build_app(bot)
    socket = SocketMode(app, bot)
    yield Line(slack, socket)
    socket.close()
    finish(app)


def test_the_connection_answers_as_the_address_does(line: Line) -> None:
    line.socket.start()
    line.slack.socket_mode.wait_for_lines(1)
    assert "UPS" in line.ask()
    assert line.socket.is_connected


def test_an_event_is_heard_once_though_it_comes_by_another_connection(line: Line) -> None:
    line.socket.start()
    line.slack.socket_mode.wait_for_lines(1)
    first = line.slack.mention("1001")
    line.slack.wait_for(lambda: line.slack.posted(SUPPORT) or None)
    line.slack.socket_mode.recycle()
    line.slack.again(first)
    line.slack.rest()
    assert len(line.slack.posted(SUPPORT)) == 1


def test_it_is_opened_again_when_slack_wishes_it(line: Line) -> None:
    line.socket.start()
    line.slack.socket_mode.wait_for_lines(1)
    line.slack.socket_mode.recycle()
    assert "UPS" in line.ask()


def test_slack_may_be_down_when_it_starts(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.app.FIRST_PAUSE_S", 0.05)
    line.slack.faults.is_down = True
    line.socket.start()
    line.slack.wait_for(lambda: not line.socket.is_connected)
    line.slack.faults.is_down = False
    line.slack.socket_mode.wait_for_lines(1)
    assert "UPS" in line.ask()


def test_it_ends_within_seconds_whether_slack_answers_or_not(line: Line) -> None:
    line.socket.start()
    line.slack.socket_mode.wait_for_lines(1)
    line.slack.faults.is_down = True
    began = time.monotonic()
    line.socket.close()
    assert time.monotonic() - began < 5


def test_no_token_is_logged(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    line.slack.faults.refuse("invalid_auth", calls=1)
    with capture_logs() as logs:
        line.socket.start()
        line.slack.socket_mode.wait_for_lines(1)
        line.ask()
    for secret in (line.slack.token, line.slack.app_token, line.slack.signing_secret):
        assert secret not in f"{logs}{caplog.text}"
