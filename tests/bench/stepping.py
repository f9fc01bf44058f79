"""A whole installation whose time passes only when it is told to, with far sides that can be stopped.

Each of its loops has its turn when it would have it in life: after the pause that its last round asked for, begun at a
random moment, or at once when it is woken. What they do is what they do in life; only nothing waits.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Final, Protocol, TypeVar

from bot.app import open_bot
from bot.channel import SlackChannel, open_channel
from bot.looks import look_at_slack
from relay.channels.alert import AlertMail
from relay.channels.email import Email
from relay.cli.parts import OUTBOXES
from relay.cli.wiring import policy_of, ready_database
from relay.database import Tx
from relay.desk import Desk, connecting, loops
from relay.intake.parcels import Parcel, record_order
from relay.intake.refused import Refused
from relay.mail import RenderedMail, render
from relay.model import MailView
from relay.orders import Orders
from relay.outbox import Outbox
from relay.outbox.times import Times
from relay.poll import Poll
from relay.retention import Retention
from relay.sandbox.carrier import Account, PretendCarrier, open_carrier
from relay.sandbox.serving import served
from relay.sandbox.slack import OPS, PretendSlack, open_slack
from relay.sandbox.vtex import PretendVtex, open_vtex
from relay.settings import Settings
from relay.shops.vtex import Vtex
from relay.shops.vtex import open_vtex as open_client
from relay.silence.clocks import Clocks
from relay.silence.overdue import BEAT_EVERY
from relay.store import ledger
from relay.watch import Watch
from relay.watch.canary import Canary
from relay.watch.clocks import ClockWatch
from relay.watch.expiry import Expiry
from relay.watch.heart import Heart
from relay.web import create_app
from tests.bench.given import settings_for
from tests.e2e.conftest import free_port
from tests.e2e.staging import ALIVE, FAILS, OPERATOR, MailServer
from tests.watch.sending import Far
from tests.watch.services import Service, open_service

#: Between two looks at what is due: so exact is what is measured.
STEP: Final = timedelta(seconds=5)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
#: Where hours are to pass, steps are longer.
COARSE, COARSER = 30 * SECOND, 150 * SECOND
START: Final = datetime(2026, 3, 3, 14, tzinfo=UTC)  #: eleven of a Tuesday morning in São Paulo
HOLDER: Final = "a process"


class Closing(Protocol):
    def close(self) -> object: ...


Part = TypeVar("Part", bound=Closing)


@dataclass
class Clock:
    at: datetime

    def now(self) -> datetime:
        return self.at


@dataclass
class Turning:
    step: Callable[[], float]
    due_at: datetime


@dataclass
class Stepped:
    clock: Clock
    random: Random
    desk: Desk
    slack: PretendSlack
    mail: MailServer
    service: Service
    carrier: PretendCarrier
    vtex: PretendVtex
    door: str  #: where it listens
    listening: ExitStack  #: closed: nobody does there
    ending: ExitStack  #: what its parts hold open
    free: int = 10**12  #: bytes on its disk
    turns: dict[str, Turning] = field(default_factory=dict)
    hanging: set[str] = field(default_factory=set)  #: loops that do not return any more
    each_step: list[Callable[[], None]] = field(default_factory=list)  #: what happens in the world meanwhile
    _beaten: dict[str, datetime] = field(default_factory=dict)
    _orders: int = 0

    @property
    def now(self) -> datetime:
        return self.clock.at

    # -- time ----------------------------------------------------------------------------------------------------------

    def pass_by(self, time: timedelta, step: timedelta = STEP) -> None:
        end = self.now + time
        while self.now < end:
            self.step(step)

    def seconds_until(self, is_so: Callable[[], object], most: timedelta, step: timedelta = STEP) -> float | None:
        """How much of its time passes until something holds; None: it does not."""
        began = self.now
        while not is_so():
            if self.now - began > most:
                return None
            self.step(step)
        return (self.now - began).total_seconds()

    def step(self, by: timedelta = STEP) -> None:
        self.clock.at += by
        for happen in self.each_step:
            happen()
        for name, turning in self.turns.items():
            if turning.due_at <= self.now and name not in self.hanging:
                self._turn(name, turning)
        others = [name for name in loops.loops_of(self.desk) if name not in self.turns and name not in self.hanging]
        self._beat(others)

    def _turn(self, name: str, turning: Turning) -> None:
        turning.due_at = self.now + timedelta(seconds=turning.step())
        self._beat([name])

    def _beat(self, names: Sequence[str]) -> None:
        due = [name for name in names if self.now - self._beaten.get(name, START - STEP) >= BEAT_EVERY]
        for name in due:
            self._beaten[name] = self.now
            self.desk.database.write(partial(ledger.beat, name=name, now=self.now))

    def wake(self) -> None:
        for name in OUTBOXES:
            if name in self.turns:
                self.turns[name].due_at = self.now

    # -- what happens --------------------------------------------------------------------------------------------------

    def add(self, number: str = "", carrier: str = "ups", ago: timedelta = timedelta(0)) -> str:
        """An order with a parcel; its number."""
        self._orders += 1
        made = number or f"1Z999AA1{self._orders:010}"
        parcel = Parcel(carrier=carrier, tracking_number=made)
        order_id, at = f"{self._orders}", self.now - ago
        fields = {"email": f"{order_id}@example.com", "locale": "en"}

        def work(tx: Tx) -> None:
            record_order(tx, self.desk.policy, order_id, fields, parcel, at, shop="default")

        self.desk.database.write(work)
        return made

    def connect(self) -> Vtex:
        """Hook and feed, as ``wismo vtex connect`` has them made."""
        account = self._kept(open_client(self.desk.settings, self.clock.now))
        connecting.connect_feed(self.desk, account, "ana", self.now)
        connecting.connect_hook(self.desk, account, f"{self.door}/shop/vtex/hook", "ana", self.now)
        return account

    # -- what is seen of it --------------------------------------------------------------------------------------------

    def told(self, kind: str, *words: str) -> bool:
        """Whether Slack says so."""
        posted = (one.words for one in self.slack.posted(OPS))
        return any(
            "Open incident" in said and f"#{kind}`" in said and all(map(said.__contains__, words)) for said in posted
        )

    def mailed(self, *words: str) -> bool:
        return any(all(word in f"{one.subject} {one.text}" for word in words) for one in self.mail.to(OPERATOR))

    def pings(self) -> int:
        return self.service.heard.count(ALIVE)

    def failures(self) -> list[str]:
        return [body for _, path, body in self.service.heard if path == FAILS]

    # -- its loops -----------------------------------------------------------------------------------------------------

    def run(self, *names: str) -> None:
        """These loops, with those that notice and tell; the others only beat."""
        steps = self._steps()
        for name in (*names, "watch", "times", "slack writer", "alert writer"):
            later = timedelta(seconds=self.random.uniform(0, 10))
            self.turns[name] = Turning(steps[name](), self.now + later)
        self.pass_by((2 + self.random.random()) * MINUTE)

    def _steps(self) -> dict[str, Callable[[], Callable[[], float]]]:
        desk, now, settings = self.desk, self.clock.now, self.desk.settings
        mail = self._kept(Email(settings, partial(_words, settings, now), now))
        alert = self._kept(AlertMail(settings, now))
        clocks = ClockWatch(lambda at: Clocks(at, at.timestamp(), at.timestamp()))
        return {
            "watch": lambda: Watch(desk, Refused(), now, HOLDER, clocks=clocks).round,
            "heart": lambda: Heart(desk, HOLDER, now).round,
            "poll": lambda: partial(self._ask, self._kept(Poll(desk, now))),
            "retention": lambda: Retention(desk, HOLDER, now, lambda _folder: self.free).round,
            "expiry": lambda: Expiry(desk, now).round,
            "canary": lambda: Canary(desk, HOLDER, mail.preview, now).round,
            "orders": lambda: self._kept(Orders(desk, open_client(settings, now), HOLDER, now)).round,
            "times": lambda: Times(desk, HOLDER, now).round,
            "outbox": lambda: Outbox(desk.database, settings, {"email": mail}, now).send_due,
            "alert writer": lambda: Outbox(desk.database, settings, {"alert": alert}, now).send_due,
            "slack writer": self._slack_writer,
            "slack look": lambda: partial(look_at_slack, open_bot(desk, now)),
        }

    def _kept(self, part: Part) -> Part:
        self.ending.callback(part.close)
        return part

    def _ask(self, poll: Poll) -> float:
        poll.ask_due()
        return 1.0

    def _slack_writer(self) -> Callable[[], float]:
        bot = open_bot(self.desk, self.clock.now)
        waits: list[float] = []
        channel = SlackChannel(bot, open_channel(bot).client, waits.append, lambda: sum(waits))
        return Outbox(self.desk.database, self.desk.settings, {"slack": channel}, self.clock.now).send_due


def _words(settings: Settings, now: Callable[[], datetime], view: MailView) -> RenderedMail:
    return render(view, settings.brand, timezone=settings.timezone, now=now())


def far_of(one: Stepped) -> Far:
    """What a carrier sends, by the one way in; its clock is to be set."""
    return Far(one.desk.database, one.desk.policy, "", now=one.now, settings=one.desk.settings)


# -- opening -----------------------------------------------------------------------------------------------------------


@contextmanager
def open_stepped(seed: str, **more: str) -> Iterator[Stepped]:
    random = Random(seed)
    clock = Clock(START + timedelta(minutes=random.uniform(0, 120)))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=_quick())))
        slack = stack.enter_context(open_slack(clock.now))
        carrier = stack.enter_context(open_carrier(clock.now, Account()))
        vtex = stack.enter_context(open_vtex(clock.now))
        service = stack.enter_context(open_service())
        mail = MailServer()
        mail.start()
        stack.callback(mail.stop)
        port = free_port()
        door = f"http://127.0.0.1:{port}"
        settings = settings_for(folder, slack, carrier, vtex, mail, service, {"public_url": door} | more)
        database = ready_database(settings, clock.now)
        stack.callback(database.close)
        made: list[Stepped] = []

        def wake() -> None:
            made[0].wake()

        desk = Desk(database, settings, policy_of(settings), wake)
        listening, ending = stack.enter_context(ExitStack()), stack.enter_context(ExitStack())
        listening.enter_context(served(create_app(desk, Refused(), clock.now), port=port))
        made.append(Stepped(clock, random, desk, slack, mail, service, carrier, vtex, door, listening, ending))
        database.write(lambda tx: loops.begin(tx, desk, clock.at))
        yield made[0]


def _quick() -> str | None:
    """Where the machine has a disk in memory: nothing of it is to be kept."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - a folder of its own is made in it
