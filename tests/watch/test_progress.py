"""A round may be long: many mails, a slow shop, a night's work, Slack that asks to wait. Who makes progress beats."""

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from bot.app import open_bot
from bot.channel import open_channel
from relay.cli import process
from relay.cli.process import resting
from relay.database import Database
from relay.desk import Desk
from relay.desk.posts import Post, WatchLost
from relay.desk.watching import Thread
from relay.intake import Policy
from relay.intake.refused import Refused
from relay.model import MailView, Receipt
from relay.orders import Orders
from relay.outbox import Outbox
from relay.retention import Retention
from relay.sandbox.slack import SUPPORT, open_slack
from relay.sandbox.vtex import open_vtex
from relay.settings import MailUrl, Settings, load_settings
from relay.shops.vtex import open_vtex as open_account
from relay.store import reads
from relay.watch import Watch
from relay.watch.checks import CHECKS
from tests.conftest import NOON, fact
from tests.intake import steps
from tests.test_outbox import FarSide

Signs = list[float]


@pytest.fixture
def signs() -> Signs:
    return []


@pytest.fixture
def alive(signs: Signs) -> Callable[[], None]:
    return lambda: signs.append(time.monotonic())


@dataclass
class Slow(FarSide):
    """Each mail takes its time."""

    between: list[int] = field(default_factory=list)
    signs: Signs = field(default_factory=list)

    def send(self, view: MailView) -> Receipt:
        self.between.append(len(self.signs))
        return super().send(view)


def test_a_queue_of_mails_beats_between_them(
    sqlite: Database, policy: Policy, signs: Signs, alive: Callable[[], None]
) -> None:
    for number in range(5):
        name = f"1Z204W4R030807186{number}"
        steps.add_order(sqlite, policy, f"order {number}", number=name, email=f"{number}@example.com")
        steps.hear(sqlite, policy, steps.about(fact("in_transit"), number=name))
    settings = Settings(live=True, mail_url=MailUrl("smtp", host="mail.example", port=25))
    far = Slow(signs=signs)
    Outbox(sqlite, settings, {"email": far}, lambda: NOON, alive).send_due()
    assert len(far.taken) == 5
    assert all(before < after for before, after in zip(far.between, far.between[1:], strict=False))


def test_a_shop_that_is_read_beats_with_each_order(
    sqlite: Database, policy: Policy, signs: Signs, alive: Callable[[], None]
) -> None:
    with open_vtex(lambda: NOON) as vtex:
        given = {"WISMO_VTEX_ACCOUNT": "pretend", "WISMO_VTEX_URL": vtex.url, "WISMO_CUSTOMER_MAIL": "none"}
        keys = {"WISMO_VTEX_APP_KEY": vtex.key.app_key, "WISMO_VTEX_APP_TOKEN": vtex.key.app_token}
        desk = Desk(sqlite, load_settings(given | keys, env_file=None), policy)
        for _ in range(4):
            order_id = vtex.store.place()
            sqlite.write(lambda tx, one=order_id: reads.want(tx, "default", one, NOON, told_by="hook"))  # type: ignore[misc]  # bound now
        orders = Orders(desk, open_account(desk.settings, lambda: NOON), "one", lambda: NOON, alive=alive)
        orders.round()
        orders.close()
    assert len(signs) >= 4


def test_a_nights_work_and_a_look_of_the_watch_beat_on_their_way(
    sqlite: Database, policy: Policy, signs: Signs, alive: Callable[[], None]
) -> None:
    desk = Desk(sqlite, load_settings({"WISMO_BACKUP_DIR": "off"}, env_file=None), policy)
    Retention(desk, "one", lambda: NOON, alive=alive).round()
    night = len(signs)
    assert night >= 3
    Watch(desk, Refused(), lambda: NOON, "one", alive).round()
    assert len(signs) - night >= len(CHECKS)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "REST_S", 0.05)


def test_who_waits_because_slack_asked_to_beats_meanwhile(
    impatient: None, sqlite: Database, policy: Policy, signs: Signs, alive: Callable[[], None]
) -> None:
    with open_slack(lambda: NOON) as slack:
        given = {"WISMO_SLACK_BOT_TOKEN": slack.token, "WISMO_SLACK_API_URL": slack.api_url}
        bot = open_bot(Desk(sqlite, load_settings(given, env_file=None), policy), lambda: NOON)
        slack.faults.throttle("chat.postMessage", retry_after_s=1)
        open_channel(bot, resting(alive)).send(
            Post("key", Thread(SUPPORT), WatchLost("1001", "U1", Thread(SUPPORT, "1.1"), "is_archived"))
        )
        assert len(slack.calls("chat.postMessage")) == 2
    assert len(signs) >= 10
    assert max(later - earlier for earlier, later in itertools.pairwise(signs)) < 0.5
