"""A shop's team in a pretend Slack, the bot behind a real web server, a real store: nothing between them is played."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from threading import Event, Thread

import pytest
import yaml

from bot.app import Bot, blueprint, build_app, finish, open_bot
from bot.channel import SlackChannel, open_channel
from bot.manifest import manifest
from relay.carriers import all_carriers
from relay.database import Database, Row
from relay.desk import Desk, correct
from relay.desk.correct import NewParcel
from relay.errors import Unavailable
from relay.intake import Policy
from relay.intake.refused import Refused
from relay.outbox import Outbox
from relay.sandbox.serving import served
from relay.sandbox.slack import LEAD, SUPPORT, PretendSlack, open_slack
from relay.settings import load_settings
from relay.web import create_app
from tests.conftest import NOON
from tests.intake.conftest import emptied, installed

NUMBER = "1Z204W4R0308071865"
PAGE = "https://track.shop.example"
SLUGS = {slug: adapter.secret_fault for slug, adapter in all_carriers().items()}


@pytest.fixture(scope="session")
def bot_on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    yield from installed(f"sqlite:{tmp_path_factory.mktemp('bot') / 'wismo.db'}")


@pytest.fixture(scope="session")
def bot_on_postgresql(postgres_url: str) -> Iterator[Database]:
    yield from installed(postgres_url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """One installation per engine, emptied before each test."""
    return emptied(request.getfixturevalue(f"bot_on_{request.param}"))


@pytest.fixture
def sqlite(bot_on_sqlite: Database) -> Database:
    """For what no engine has a part in."""
    return emptied(bot_on_sqlite)


def scopes() -> set[str]:
    """What the manifest asks for, and nothing more: what the app does without asking for it fails here."""
    asked = yaml.safe_load(manifest(domains=["track.shop.example"]))["oauth_config"]["scopes"]
    return {*asked["bot"], *asked["bot_optional"]}


@pytest.fixture
def slack() -> Iterator[PretendSlack]:
    with open_slack(lambda: NOON) as opened:
        opened.workspace.scopes = scopes()
        yield opened


@dataclass(frozen=True, slots=True)
class Office:
    """A shop with Slack. ``slack`` does what its people do; ``desk`` knows what came of it."""

    slack: PretendSlack
    desk: Desk
    bot: Bot

    def add(self, order_id: str = "1001", number: str = NUMBER, **more: str) -> Row:
        given = {"carrier": "ups", "email": "ana@example.com", "promised": "2026-03-05"} | more
        return correct.add(self.desk, NewParcel(order_id, number=number, **given), NOON)[0]


OpenOffice = Callable[..., Office]


def settings_of(slack: PretendSlack, **more: str) -> dict[str, str]:
    return {
        "WISMO_SLACK_BOT_TOKEN": slack.token,
        "WISMO_SLACK_SIGNING_SECRET": slack.signing_secret,
        "WISMO_SLACK_API_URL": slack.api_url,
        "WISMO_SLACK_CHANNEL": SUPPORT,
        "WISMO_SLACK_OVERRIDE_USERS": LEAD,
        "WISMO_PUBLIC_URL": PAGE,
        **{f"WISMO_{name.upper()}": text for name, text in more.items()},
    }


class Writer(Thread):
    """Sends what is due whenever it is woken, and at its end nothing more."""

    def __init__(self) -> None:
        super().__init__(name="slack writer", daemon=True)
        self._woken, self._is_over = Event(), False

    def wake(self) -> None:
        self._woken.set()

    def begin(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self.start()

    def run(self) -> None:
        while self._woken.wait() and not self._is_over:
            self._woken.clear()
            with suppress(Unavailable):
                self._outbox.send_due()

    def end(self) -> None:
        self._is_over = True
        self.wake()
        self.join(10)


@contextmanager
def writing() -> Iterator[Writer]:
    writer = Writer()
    yield writer
    writer.end()


def unhurried(bot: Bot) -> SlackChannel:
    """The pretend Slack takes as many messages a second as there are."""
    return SlackChannel(bot, open_channel(bot).client, pause=lambda _seconds: None)


@pytest.fixture
def open_office(policy: Policy, slack: PretendSlack) -> Iterator[Callable[..., Office]]:
    """The relay on a port, called as Slack calls it; what is to be posted leaves at once."""
    with ExitStack() as running:

        def made(database: Database, **settings: str) -> Office:
            given = load_settings(settings_of(slack, **settings), env_file=None, slugs=SLUGS)
            writer = running.enter_context(writing())
            desk = Desk(database, given, policy, writer.wake)
            bot = open_bot(desk, lambda: NOON)
            writer.begin(Outbox(database, given, {"slack": unhurried(bot)}, lambda: NOON))
            app = build_app(bot)
            running.callback(finish, app)
            port = running.enter_context(served(create_app(desk, Refused(), lambda: NOON, [blueprint(app)])))
            slack.sender.events_url = f"http://127.0.0.1:{port}/slack/events"
            return Office(slack, desk, bot)

        yield made


@pytest.fixture
def office(open_office: OpenOffice, sqlite: Database) -> Office:
    """With order 1001."""
    made = open_office(sqlite)
    made.add()
    return made
