"""A team that asks in Slack, and an outbox that sends only when a test says so: what lies between can be looked at."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from bot.app import blueprint, build_app, finish
from relay.database import Database, Row
from relay.intake import Policy
from relay.intake.refused import Refused
from relay.orders import Orders
from relay.outbox import Outbox
from relay.sandbox.serving import served
from relay.sandbox.slack import AGENT, SUPPORT, Answer, Posted
from relay.sandbox.vtex import PretendVtex, open_vtex
from relay.shops.vtex import open_vtex as open_client
from relay.shops.vtex.pace import Pace
from relay.store import outbox as store
from relay.web import create_app
from tests.bot.telling import Team, open_team
from tests.conftest import NOON


@dataclass
class Counter:
    team: Team

    def mention(self, text: str, *, user: str = AGENT, within: str = "") -> Answer:
        """In a thread of its own, unless it is ``within`` one."""
        thread_ts = within or self.team.thread().ts
        answer = self.team.slack.mention(text, user=user, thread_ts=thread_ts)
        assert answer.status == 200, answer
        return answer

    def asked(self) -> list[Row]:
        with self.team.database.read() as tx:
            return tx.rows("SELECT * FROM asked ORDER BY asked_at, asked_id")

    def die_with_the_message_in_hands(self) -> None:
        now = self.team.clock.now()
        taken = self.team.database.write(lambda tx: store.claim_lead(tx, "slack", now, now + timedelta(seconds=60)))
        assert taken

    def restart(self) -> None:
        """Another process, which remembers nothing."""
        team = self.team
        team.outbox = Outbox(team.database, team.settings, {"slack": team.channel}, team.clock.now)

    def alone(self, user: str = AGENT) -> list[Posted]:
        """What one person alone sees, beside what acknowledged a command."""
        return [one for one in self.team.slack.messages if one.only_for == user and one.via != "ack"]

    def in_support(self) -> list[str]:
        return [one.words for one in self.team.slack.posted(SUPPORT)]


@contextmanager
def open_counter(database: Database, policy: Policy, **more: str) -> Iterator[Counter]:
    with open_team(database, policy, **more) as team:
        app = build_app(team.bot)
        with served(create_app(team.desk, Refused(), team.clock.now, [blueprint(app)])) as port:
            team.slack.sender.events_url = f"http://127.0.0.1:{port}/slack/events"
            yield Counter(team)
            finish(app)


@dataclass
class ShopCounter(Counter):
    """The same beside a pretend VTEX."""

    vtex: PretendVtex
    orders: Orders

    def read_shop(self) -> None:
        while self.orders.round() < 1:
            pass


@contextmanager
def open_shop_counter(database: Database, policy: Policy) -> Iterator[ShopCounter]:
    with open_vtex(lambda: NOON) as vtex:
        shop = {
            "vtex_account": "mystore",
            "vtex_url": vtex.url,
            "vtex_app_key": vtex.key.app_key,
            "vtex_app_token": vtex.key.app_token,
        }
        with open_counter(database, policy, **shop) as counter:
            team = counter.team
            client = open_client(team.settings, team.clock.now, Pace(per_second=10_000))
            orders = Orders(team.desk, client, "one", team.clock.now)
            yield ShopCounter(team, vtex, orders)
            orders.close()
