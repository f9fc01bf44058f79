"""A shop's Slack app in two processes that share a database, and Slack as it is on a bad day.

Each request reaches one of the two. Some come again, later and out of order; connections end while an envelope is on
its way; calls to the Web API are refused, throttled, or taken without a word.
"""

import random
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from slack_bolt import App

from bot.app import SocketMode, blueprint, build_app, finish, open_bot
from bot.channel import SlackChannel, open_channel
from relay.database import Database, Row
from relay.desk import Desk
from relay.intake import Policy
from relay.intake.refused import Refused
from relay.model import from_text
from relay.outbox import Outbox
from relay.outbox.times import Times
from relay.sandbox.serving import served
from relay.sandbox.slack import LEAD, OPS, Answer, Person, PretendSlack, open_slack
from relay.sandbox.slack.payloads import Kind
from relay.sandbox.slack.socket_mode import Line
from relay.settings import load_settings
from relay.store import outbox as store
from relay.web import create_app
from tests.bot.conftest import scopes, settings_of
from tests.bot.mustbe import Expected
from tests.conftest import NOON

POST: Final = "chat.postMessage"
PROCESSES: Final = 2
#: Seconds that a recovery of Slack's takes at most until all that waits has left.
RECOVERY: Final = 61
ROUNDS: Final = 40
#: So many requests go well between two that do not.
INTERRUPTED_EVERY: Final = 15
#: What happens to a line while an envelope is on its way over it.
INTERRUPTIONS: Final[tuple[Callable[[Line], None], ...]] = (
    Line.hang_up,
    lambda line: line.ask_to_leave("refresh_requested"),
    lambda line: line.ask_to_leave("warning"),
    lambda line: line.ask_to_leave("link_disabled"),
)


@dataclass
class Seconds:
    """A clock that only the day moves, in seconds after nine of a Monday morning in São Paulo."""

    past: int = 0

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.past)


@dataclass
class BadDay:
    slack: PretendSlack
    desk: Desk
    clock: Seconds
    outbox: Outbox
    times: Times
    dice: random.Random
    expected: Expected
    ports: list[int] = field(default_factory=list)  #: where the processes are called; none: through Socket Mode
    begun: list[Future[Any]] = field(default_factory=list)  #: the work of listeners
    answers: list[Answer] = field(default_factory=list)
    repeats: list[tuple[Answer, int]] = field(default_factory=list)  #: what is to come again, and how often it did
    requests: int = 0  #: through Socket Mode
    failures: int = 0  #: of Slack's, so far
    came_again: list[Answer] = field(default_factory=list)

    # -- Slack to us ---------------------------------------------------------------------------------------------------

    def before(self) -> None:
        """Choose the process, and what happens on the way."""
        if self.ports:
            self.slack.sender.events_url = f"http://127.0.0.1:{self.dice.choice(self.ports)}/slack/events"
            return
        self.requests += 1
        if self.requests % INTERRUPTED_EVERY == 0:
            assert self.slack.socket_mode.wait_for_lines(PROCESSES)
            which = self.requests // INTERRUPTED_EVERY % len(INTERRUPTIONS)
            self.slack.socket_mode.interruptions.append(INTERRUPTIONS[which])

    def did(self, answer: Answer) -> Answer:
        """What came of something that somebody did; much of it comes again, events late and out of order."""
        assert (answer.status, answer.refused) == (200, ""), answer
        assert not answer.is_late
        self.settle()
        self.answers.append(answer)
        if self.dice.random() < 1 / 2:
            if answer.sent.kind is Kind.EVENT:
                self.repeats += [(answer, retry) for retry in range(1, self.dice.choice((2, 2, 3, 4)))]
                self.dice.shuffle(self.repeats)
            elif answer.sent.kind is Kind.INTERACTIVE:
                self.again(answer)
        if self.repeats and self.dice.random() < 1 / 2:
            self.again(*self.repeats.pop())
        return answer

    def again(self, answer: Answer, retry: int = 1) -> None:
        """What was told before; to another process, perhaps, and long after."""
        self.before()
        again = self.slack.again(answer, retry)
        assert (again.status, again.action, again.refused) == (200, answer.action, ""), again
        self.came_again.append(answer)
        self.settle()

    def times_again(self, answer: Answer) -> int:
        """How often a request came after the first time."""
        by_another_line = [one for one in self.slack.socket_mode.repeated if one is answer.sent.payload]
        return len(by_another_line) + sum(one.sent is answer.sent for one in self.came_again)

    def settle(self) -> None:
        """Until the listeners have done what they began."""
        while pending := self.begun[:]:
            del self.begun[: len(pending)]
            assert not wait(pending, 20).not_done

    # -- we to Slack ---------------------------------------------------------------------------------------------------

    def send(self) -> None:
        """A round of the outbox, in which Slack may fail; if it did, until all that waits has left after all."""
        self.times.round()
        fails = self.dice.random() < 0.4 and any(from_text(row["due_at"]) <= self.clock.now() for row in self.waiting())
        if fails:
            self.fail()
        self.outbox.send_due()
        self.slack.faults.clear()
        if fails:
            self.recover()
        self.expected.sent(self.clock.past)

    def fail(self) -> None:
        """In each way in its turn."""
        faults, self.failures = self.slack.faults, self.failures + 1
        match self.failures % 6:
            case 0:
                faults.throttle(POST, calls=self.dice.choice((1, 2)), retry_after_s=self.dice.choice((1, 7, 180)))
            case 1:
                faults.fail(POST, status=500)
            case 2:
                faults.refuse("internal_error", POST, calls=1)
            case 3:
                faults.refuse("invalid_blocks", POST, calls=1)
            case 4:
                faults.lose_answers(POST)
            case _:
                faults.is_down = True

    def recover(self) -> None:
        for _round in range(ROUNDS):
            if not self.waiting():
                return
            self.clock.past += RECOVERY
            self.outbox.send_due()
        raise AssertionError(f"it never leaves: {self.waiting()}")

    def end(self) -> None:
        """The evening: everything that is to come again has, Slack works, and nothing more happens."""
        while self.repeats:
            self.again(*self.repeats.pop())
        self.slack.rest()
        self.settle()
        for _round in range(5):
            self.clock.past += 10 * RECOVERY
            self.times.round()
            self.outbox.send_due()
        self.recover()
        self.expected.sent(self.clock.past)

    def rows(self) -> list[Row]:
        with self.desk.database.read() as tx:
            return store.listed(tx, None, 9999)

    def waiting(self) -> list[Row]:
        return [row for row in self.rows() if row["state"] == "due"]


# -- opening -----------------------------------------------------------------------------------------------------------


@contextmanager
def open_bad_day(
    database: Database, policy: Policy, expected: Expected, seed: int, *, through_socket: bool
) -> Iterator[BadDay]:
    clock = Seconds()
    with open_slack(clock.now) as slack, ExitStack() as running:
        slack.workspace.scopes = scopes()
        slack.workspace.people[LEAD] = Person(LEAD, "lead")
        given = {"slack_ops_channel": OPS, "slack_owner": LEAD, "locale": "en", "slack_app_token": slack.app_token}
        settings = load_settings(settings_of(slack, **given), env_file=None)
        desk = Desk(database, settings, replace(policy, mails_customers=False))
        sender = open_bot(desk, clock.now)
        waits: list[float] = []
        channel = SlackChannel(sender, open_channel(sender).client, waits.append, lambda: sum(waits))
        outbox = Outbox(database, settings, {"slack": channel}, clock.now)
        dice = random.Random(seed)
        day = BadDay(slack, desk, clock, outbox, Times(desk, "a process", clock.now), dice, expected)
        for _process in range(PROCESSES):
            _begin(day, running, through_socket=through_socket)
        assert slack.socket_mode.wait_for_lines(PROCESSES if through_socket else 0)
        yield day


def _begin(day: BadDay, running: ExitStack, *, through_socket: bool) -> None:
    """Another process."""
    bot = open_bot(day.desk, day.clock.now)
    app = build_app(bot)
    running.callback(finish, app)
    _note_work(app, day.begun)
    if not through_socket:
        day.ports.append(
            running.enter_context(served(create_app(day.desk, Refused(), day.clock.now, [blueprint(app)])))
        )
        return
    day.slack.socket_mode.choose = random.Random(0).choice
    socket = SocketMode(app, bot)
    running.callback(socket.close)
    socket.start()


def _note_work(app: App, begun: list[Future[Any]]) -> None:
    """Bolt tells nobody when a listener is done; its pool does."""
    pool = app.listener_runner.listener_executor
    submit = pool.submit

    def noted(work: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:  # noqa: ANN401 - as the pool has it
        future = submit(work, *given, **named)
        begun.append(future)
        return future

    pool.submit = noted  # type: ignore[method-assign]  # the library's, to be seen and not changed
