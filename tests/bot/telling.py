"""A team in Slack that is told of parcels: a real store, the outbox, and a pretend Slack behind the real client."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from slack_sdk import WebClient

from bot.app import Bot
from bot.channel import SlackChannel, open_channel
from bot.values import Message
from relay.database import Database, Row
from relay.desk import Desk
from relay.desk.watching import Begun, Thread, watch
from relay.intake import Policy
from relay.outbox import Outbox
from relay.outbox.times import Times
from relay.sandbox.slack import AGENT, LEAD, OPS, SUPPORT, Posted, PretendSlack, open_slack
from relay.settings import Settings
from relay.store import incidents
from relay.store import outbox as store
from tests.bot.limits import faults
from tests.conftest import NOON, fact
from tests.intake.steps import NUMBER, about, add_order, hear


@dataclass
class Minutes:
    """A clock that a test moves, in minutes after noon of a Monday."""

    past: float = 0

    def now(self) -> datetime:
        return NOON + timedelta(minutes=self.past)


@dataclass
class Team:
    database: Database
    policy: Policy
    slack: PretendSlack
    clock: Minutes
    settings: Settings
    waits: list[float] = field(default_factory=list)  #: that the sender was asked for, none of them waited

    def __post_init__(self) -> None:
        self.desk = Desk(self.database, self.settings, self.policy)
        client = WebClient(token=self.slack.token, base_url=self.slack.api_url)
        self.bot = Bot(self.desk, self.clock.now, client, self.settings)
        opened = open_channel(self.bot)
        self.channel = SlackChannel(self.bot, opened.client, self.waits.append, lambda: sum(self.waits))
        self.outbox = Outbox(self.database, self.settings, {"slack": self.channel}, self.clock.now)
        self.times = Times(self.desk, "a process", self.clock.now)

    # -- what happens --------------------------------------------------------------------------------------------------

    def add(self, order_id: str = "1001", number: str = NUMBER) -> None:
        add_order(self.database, self.policy, order_id, number=number, at=self.clock.past / 60)

    def hear(self, *statuses: str, number: str = NUMBER, place: str = "") -> None:
        """A push of now, of as many scans."""
        hours = self.clock.past / 60
        facts = [fact(status, hours + place_ / 3600, place=place) for place_, status in enumerate(statuses)]
        hear(self.database, self.policy, about(*facts, number=number), at=hours)

    def watch(self, order_id: str = "1001", *, by: str = AGENT, thread: Thread | None = None) -> Thread:
        """A thread under somebody's message watches an order."""
        where = thread or self.thread()
        assert watch(self.desk, order_id, where, by, self.clock.now()) is Begun.YES
        return where

    def thread(self, channel: str = SUPPORT) -> Thread:
        return Thread(channel, self.slack.say("Where is it?", channel=channel).ts)

    def send(self, *, at: float | None = None) -> None:
        self.clock.past = self.clock.past if at is None else at
        self.outbox.send_due()
        for posted in self.posted():
            assert not faults(Message(posted.text, posted.blocks))

    def look_at_the_clock(self, *, at: float | None = None) -> None:
        """A round of what is told because it is time, and of the outbox."""
        self.clock.past = self.clock.past if at is None else at
        self.times.round()
        self.send()

    def restart(self) -> None:
        """Another process, which remembers nothing."""
        self.times = Times(self.desk, "another process", self.clock.now)

    # -- what came of it -----------------------------------------------------------------------------------------------

    def posted(self, where: Thread | None = None) -> list[Posted]:
        """By the app, for everybody: in a thread, else anywhere."""
        return self.slack.posted(where.channel, where.ts) if where else self.slack.posted()

    def texts(self, where: Thread | None = None) -> list[str]:
        return [posted.text for posted in self.posted(where)]

    def in_person(self, user: str = AGENT) -> list[str]:
        """What the app wrote to somebody alone."""
        return [posted.text for posted in self.slack.posted(f"D{user[1:]}")]

    def rows(self) -> list[Row]:
        with self.database.read() as tx:
            return [row for row in store.listed(tx, None, 999) if row["channel"] == "slack"]

    def states(self) -> list[str]:
        return [row["state"] for row in self.rows()]

    def open_incidents(self) -> list[str]:
        with self.database.read() as tx:
            return sorted(row["kind"] for row in incidents.incidents(tx, only_open=True))


@contextmanager
def open_team(database: Database, policy: Policy, **more: str) -> Iterator[Team]:
    clock = Minutes()
    with open_slack(clock.now) as slack:
        given = {"slack_channel": SUPPORT, "slack_ops_channel": OPS, "slack_owner": LEAD, "locale": "en"}
        secrets = {"slack_bot_token": slack.token, "slack_signing_secret": slack.signing_secret}
        settings = Settings.model_validate({**given, "slack_api_url": slack.api_url, **secrets, **more})
        yield Team(database, policy, slack, clock, settings)
