"""Carrier, shop, mail server and Slack's Web API all down at once: /track answers in time, and says what does not."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from relay.sandbox.slack import FOREVER, PretendSlack
from tests.e2e.conftest import Relay, eventually, free_port
from tests.e2e.test_relay import NUMBER, add, push, scan
from tests.e2e.test_slack import slack as slack  # noqa: PLC0414 - a fixture
from tests.e2e.test_slack import with_slack

REFUSES, HANGS = "it cannot be reached", "it does not answer in time"
#: An answer is due within 3 seconds; this much is left for the way to Slack and back.
WITHIN_S = 2.0
#: Somebody who hangs is waited for this long.
LETS_GO_S = 90.0


@contextmanager
def a_server_that_says_nothing() -> Iterator[str]:
    """It takes every connection and keeps it; its address."""
    kept: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def take() -> None:
            while True:
                try:
                    kept.append(listening.accept()[0])
                except OSError:
                    return

        threading.Thread(target=take, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)
    for one in kept:
        one.close()


@pytest.fixture(params=[REFUSES, pytest.param(HANGS, marks=pytest.mark.slow)])
def down(relay: Relay, request: pytest.FixtureRequest) -> Iterator[Relay]:
    """A shop that is live, a carrier and a platform that refuse connections or hang, and nobody to take its mails."""
    with a_server_that_says_nothing() as hanging:
        nowhere = hanging if request.param == HANGS else f"http://127.0.0.1:{free_port()}"
        relay.environment |= {
            "WISMO_LIVE": "yes",
            "WISMO_LOCALE": "en",
            "WISMO_UPS_CLIENT_ID": "id",
            "WISMO_UPS_CLIENT_SECRET": "secret",
            "WISMO_UPS_API_URL": nowhere,
            "WISMO_VTEX_ACCOUNT": "mystore",
            "WISMO_VTEX_APP_KEY": "key",
            "WISMO_VTEX_APP_TOKEN": "token",
            "WISMO_VTEX_URL": nowhere,
            "WISMO_CUSTOMER_MAIL": "wismo",
            "WISMO_MAIL_URL": f"smtp://127.0.0.1:{free_port()}",
            "WISMO_MAIL_FROM": "shop@example.com",
        }
        yield relay


@pytest.fixture
def address(down: Relay, slack: PretendSlack, request: pytest.FixtureRequest) -> str:
    """It runs with an order, Slack reaches it in both ways, and it reaches nothing of Slack's that is called."""
    with_slack(down, slack, slack_app_token=slack.app_token)
    down.start()
    assert slack.socket_mode.wait_for_lines(1, 20)
    if HANGS in request.node.name:
        slack.faults.be_slow(60, calls=FOREVER)
    else:
        slack.faults.is_down = True
    add(down)
    return f"{down.url}/slack/events"


def test_the_card_comes_in_time_while_nothing_else_answers_and_says_so(
    down: Relay, slack: PretendSlack, address: str, request: pytest.FixtureRequest
) -> None:
    why = HANGS if HANGS in request.node.name else REFUSES
    asked = f"asked UPS just now in vain: {why}"
    eventually(lambda: asked in said(slack), "the card says it of the carrier", LETS_GO_S)
    assert push(down, scan("I", 5)).status_code == 200
    eventually(lambda: "nothing leaves at present (e-mail)" in said(slack), "and of the mail server")
    for way in ("", address):  # through Socket Mode, and over HTTP
        slack.sender.events_url = way
        assert NUMBER in said(slack)
        assert "Campinas" in said(slack)
        assert "what it says follows here" in said(slack, "/track 1500000000001-01")


@pytest.mark.slow
def test_health_says_that_slack_itself_takes_nothing(down: Relay, slack: PretendSlack, address: str) -> None:
    assert push(down, scan("I", 5)).status_code == 200
    eventually(lambda: "Nothing leaves at present (Slack)" in said(slack, "/track health"), "health says it")


def said(slack: PretendSlack, line: str = "/track 1001") -> str:
    """The answer itself, in the acknowledgement: Slack would take nothing else."""
    answer = slack.command(line)
    assert (answer.status, answer.refused) == (200, "")
    assert answer.took_s < WITHIN_S
    assert answer.message is not None
    assert answer.message.via == "ack"
    return answer.message.words
