"""``/track`` as Slack calls it, beside a Bolt app on the same server that answers every command with one word."""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

from flask import Flask
from pydantic import SecretStr
from slack_bolt import Ack, App
from slack_bolt.authorization import AuthorizeResult

from bot.app import LISTENERS, blueprint, build_app, open_bot
from relay.desk import Desk
from relay.intake.refused import Refused
from relay.sandbox.serving import served
from relay.sandbox.slack import Answer, PretendSlack, open_slack
from relay.web import create_app
from tests.bench.figures import AtMost, Figure
from tests.bench.filled import DUE_AT, filled

ORDERS, COMMANDS, AT_ONCE = 100_000, 200, 50
#: What a card may take, of the time of an answer that says one word.
LIMIT = AtMost(2)


def of_commands() -> Iterator[Figure]:
    """The slowest twentieth of 200 commands, of both in turn; then 50 at once."""
    with ExitStack() as open_now:
        folder = Path(open_now.enter_context(tempfile.TemporaryDirectory()))
        slack = open_now.enter_context(open_slack(lambda: DUE_AT))
        relay = open_now.enter_context(served(relay_with(slack, filled(folder, ORDERS))))
        constant = open_now.enter_context(served(constant_app(slack)))
        ask = {port: partial(asked, slack, port) for port in (relay, constant)}
        took: dict[int, list[float]] = {relay: [], constant: []}
        for index in range(COMMANDS):
            for port, times in took.items():
                times.append(ask[port](index).took_s)
        word = Figure("by a Bolt app that says one word", slowest(took[constant]), "ms")
        yield Figure(f"/track of {ORDERS} orders, slowest twentieth", slowest(took[relay]), "ms", word, LIMIT)
        yield from crowds(ask, relay, constant)


def crowds(ask: Mapping[int, Callable[[int], Answer]], relay: int, constant: int) -> Iterator[Figure]:
    with ThreadPoolExecutor(AT_ONCE) as people:
        words = list(people.map(ask[constant], range(AT_ONCE)))
        cards = list(people.map(ask[relay], range(AT_ONCE)))
    word = Figure("the same of one word", slowest([answer.took_s for answer in words]), "ms")
    yield Figure(f"{AT_ONCE} at once, slowest twentieth", slowest([answer.took_s for answer in cards]), "ms", word)
    yield Figure(f"{AT_ONCE} at once, answered", sum(bool(answer.message) for answer in cards), "cards")


def slowest(times: Sequence[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)] * 1000


def asked(slack: PretendSlack, port: int, index: int) -> Answer:
    """By a number that is spread over all orders."""
    sender = replace(slack.sender, events_url=f"http://127.0.0.1:{port}/slack/events")
    return replace(slack, sender=sender).command(f"/track V{index * (ORDERS // COMMANDS):09}01")


def relay_with(slack: PretendSlack, desk: Desk) -> Flask:
    given = {
        "slack_bot_token": SecretStr(slack.token),
        "slack_signing_secret": SecretStr(slack.signing_secret),
        "slack_api_url": slack.api_url,
    }
    ours = replace(desk, settings=desk.settings.model_copy(update=given))
    return create_app(ours, Refused(), lambda: DUE_AT, [blueprint(build_app(open_bot(ours, lambda: DUE_AT)))])


def constant_app(slack: PretendSlack) -> Flask:
    app = App(
        signing_secret=slack.signing_secret,
        authorize=lambda: AuthorizeResult(enterprise_id=None, team_id=None, bot_token=slack.token),
        listener_executor=ThreadPoolExecutor(LISTENERS),
    )

    @app.command("/track")
    def track(ack: Ack) -> None:
        ack("one word")

    web = Flask("constant")
    web.register_blueprint(blueprint(app))
    return web
