"""Socket Mode: slack_sdk's own client connects, is told everything, and comes back after it was cut off."""

import io
from collections.abc import Iterator

import pytest
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.builtin.internals import _build_data_frame_for_sending

from relay.sandbox.slack import SUPPORT, PretendSlack
from relay.sandbox.slack.frames import Frame, Hungup, Opcode, accept_key, read_message, written
from tests.sandbox.slack.conftest import bolt_app


@pytest.fixture
def handler(slack: PretendSlack) -> Iterator[SocketModeHandler]:
    """The app, through Socket Mode."""
    app = bolt_app(slack)
    made = SocketModeHandler(app, slack.app_token, ping_interval=0.1)
    made.connect()  # type: ignore[no-untyped-call]
    assert slack.socket_mode.wait_for_lines(1)
    yield made
    made.client.auto_reconnect_enabled = False
    slack.socket_mode.break_lines()  # else it closes only after three quiet seconds
    made.close()  # type: ignore[no-untyped-call]
    app.listener_runner.listener_executor.shutdown()


def test_a_card_a_modal_and_a_mention_go_over_the_socket(slack: PretendSlack, handler: SocketModeHandler) -> None:
    card = slack.reply_to(slack.command("/track 1001"))
    assert card.text == "about 1001"
    slack.press(card, "card.override")
    view = slack.wait_for_modal()
    assert slack.submit(view, {"reason": "short", "status": "returned"}).errors == {"reason": "Say more"}
    assert slack.submit(view, {"reason": "The customer called", "status": "returned"}).action == "closed"
    assert slack.wait_for(lambda: slack.posted(SUPPORT))[0].text == "overridden: The customer called"
    assert slack.mention("1001").status == 200
    assert len(slack.socket_mode.acknowledged) == 5


def test_it_is_connected_anew_when_slack_asks_for_it(slack: PretendSlack, handler: SocketModeHandler) -> None:
    (old,) = slack.socket_mode.lines
    slack.socket_mode.recycle()
    old.hang_up()
    assert slack.wait_for(lambda: len(slack.calls("apps.connections.open")) > 1)
    assert slack.command("/track 1001").status == 200


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_it_is_connected_anew_when_the_line_breaks(slack: PretendSlack, handler: SocketModeHandler) -> None:
    slack.socket_mode.break_lines()
    assert slack.command("/track 1001").status == 200


def test_what_is_not_acknowledged_is_an_error_to_people(slack: PretendSlack, handler: SocketModeHandler) -> None:
    slack.sender.patience_s = 0.1
    answer = slack.command("/elsewhere")
    assert (answer.status, answer.refused) == (0, "operation_timeout")


def test_only_an_app_token_opens_a_line(slack: PretendSlack, client: WebClient) -> None:
    with pytest.raises(SlackApiError) as fault:
        client.apps_connections_open(app_token="xapp-other")
    assert fault.value.response["error"] == "invalid_auth"
    with pytest.raises(SlackApiError) as fault:
        client.api_call("apps.connections.open", headers={"Authorization": ""})
    assert fault.value.response["error"] == "not_authed"


@pytest.mark.parametrize("length", [0, 1, 125, 126, 65_535, 65_536])
def test_frames_of_every_length_are_read_as_they_were_written(length: int) -> None:
    data = bytes(number % 251 for number in range(length))
    assert read_message(io.BytesIO(written(Opcode.BINARY, data))) == Frame(Opcode.BINARY, data)


def test_a_masked_frame_of_slacks_own_client_is_read() -> None:
    assert read_message(io.BytesIO(_build_data_frame_for_sending("olá", Opcode.TEXT))).data.decode() == "olá"


def test_fragments_are_put_together() -> None:
    fragments = bytes([Opcode.TEXT, 2]) + b"ab" + bytes([0x80 | Opcode.CONTINUATION, 1]) + b"c"
    assert read_message(io.BytesIO(fragments)) == Frame(Opcode.TEXT, b"abc")


@pytest.mark.parametrize("cut", [b"", b"\x81", b"\x81\x05abc"])
def test_a_frame_that_is_cut_off_is_the_end(cut: bytes) -> None:
    with pytest.raises(Hungup):
        read_message(io.BytesIO(cut))


def test_the_handshake_is_that_of_the_standard() -> None:
    assert accept_key("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  # the example of RFC 6455
