"""What one process runs: its loops, plugged together."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from time import monotonic

from relay import clock
from relay.channels import Channel
from relay.channels.alert import AlertMail
from relay.channels.email import Email
from relay.channels.shop import ShopChannel
from relay.cli.process import Loop, Pulse, resting
from relay.cli.wiring import Now, policy_of, ready_database
from relay.database import Database
from relay.desk import Desk
from relay.desk.loops import TIMES, begin
from relay.errors import Unavailable
from relay.intake.refused import Refused
from relay.mail import RenderedMail, render
from relay.model import MailView
from relay.orders import Orders
from relay.outbox import Outbox
from relay.outbox.times import Times
from relay.poll import Poll
from relay.retention import Retention
from relay.settings import Settings
from relay.shops.vtex import open_vtex
from relay.silence.clocks import Clocks
from relay.store import ledger
from relay.watch import Watch, this_process
from relay.watch.canary import Canary
from relay.watch.clocks import ClockWatch
from relay.watch.expiry import Expiry
from relay.watch.heart import Heart

#: So long the loops have to finish what they are at, in seconds.
STOP_S = 6.0
#: Writes down that the loop of this name has beaten.
Beat = Callable[[str], None]
#: The loops that messages leave by.
OUTBOXES = frozenset({"outbox", "shop writer", "slack writer", "alert writer"})


def email_channel(settings: Settings, now: Now = clock.now) -> Channel[MailView]:
    def words(view: MailView) -> RenderedMail:
        return render(view, settings.brand, timezone=settings.timezone, now=now())

    return Email(settings, words, now)


@dataclass(slots=True)
class Parts:
    """What one process runs; :meth:`close` ends it in the order that loses nothing."""

    desk: Desk
    refused: Refused
    loops: tuple[Loop, ...]
    now: Now

    def close(self) -> None:
        until = monotonic() + STOP_S
        for loop in self.loops:
            loop.stop(timeout_s=0.0)  # all at once: what hangs in one must not keep the others from ending in time
        for loop in self.loops:
            loop.stop(timeout_s=max(until - monotonic(), 0.0))
        try:
            with suppress(Unavailable):  # what was refused is only counted; a stop does not wait for a lost database
                self.refused.write_down(self.desk.database, self.now())
        finally:
            self.desk.database.close()


def parts(settings: Settings, *, with_loops: bool, now: Now = clock.now) -> Parts:
    """Open the database and, in a process that works, start its loops."""
    database = ready_database(settings, now)
    refused = Refused()
    loops: list[Loop] = []

    def wake() -> None:
        for loop in loops:
            if loop.name in OUTBOXES:
                loop.wake()

    desk = Desk(database, settings, policy_of(settings), wake)

    def beat(name: str) -> None:
        database.write(lambda tx: ledger.beat(tx, name, now()))

    if with_loops:
        database.write(lambda tx: begin(tx, desk, now()))
        loops.extend(_own_loops(desk, refused, now, beat))
        loops.extend(_shop_loops(desk, now, beat))
        loops.extend(telling_loops(desk, now, beat))
        loops.extend(slack_loops(desk, now, beat))
    else:
        loops.append(Loop("tallies", lambda: _write_down(refused, database, now), None))
    return Parts(desk, refused, tuple(loops), now)


def beating(name: str, beat: Beat, step_of: Callable[[Callable[[], None]], Callable[[], float]]) -> Loop:
    """A loop that is missed when it stops; its step is made with what it calls while a round makes progress."""
    pulse = Pulse(name, beat)
    return Loop(name, step_of(pulse.alive), pulse)


def _own_loops(desk: Desk, refused: Refused, now: Now, beat: Beat) -> Iterator[Loop]:
    """What runs wherever there is work, in a process that works."""
    mail = {"email": email_channel(desk.settings, now)}
    clocks = ClockWatch() if now is clock.now else ClockWatch(_pretend)
    holder = this_process()
    yield beating("outbox", beat, lambda alive: Outbox(desk.database, desk.settings, mail, now, alive).send_due)
    yield beating("poll", beat, lambda _alive: Poll(desk, now).round)
    yield beating("watch", beat, lambda alive: Watch(desk, refused, now, holder, alive, clocks=clocks).round)
    yield beating("retention", beat, lambda alive: Retention(desk, holder, now, alive=alive).round)
    yield beating("expiry", beat, lambda _alive: Expiry(desk, now).round)
    yield beating("heart", beat, lambda _alive: Heart(desk, holder, now).round)
    preview = email_channel(desk.settings, now).preview  # a channel belongs to one loop
    yield beating("canary", beat, lambda _alive: Canary(desk, holder, preview, now).round)


def _pretend(now: datetime) -> Clocks:
    """A clock that is put forward on purpose has not jumped."""
    return Clocks(now, now.timestamp(), now.timestamp())


def _shop_loops(desk: Desk, now: Now, beat: Beat) -> Iterator[Loop]:
    """What reads the shop's orders and what writes to it: one client, whose limits hold for both.

    The writer is not the outbox of the mails: a slow shop holds up none. Raises ShopFault for keys that no header can
    carry.
    """
    if not desk.settings.vtex_account:
        return
    vtex = open_vtex(desk.settings, now)
    yield beating("orders", beat, lambda alive: Orders(desk, vtex, this_process(), now, alive=alive).round)
    if desk.policy.dialect and desk.policy.writes_shop:
        shop = {"shop": ShopChannel(vtex, desk.policy.dialect, desk.settings.vtex_write, now)}
        yield beating(
            "shop writer", beat, lambda alive: Outbox(desk.database, desk.settings, shop, now, alive).send_due
        )


def telling_loops(desk: Desk, now: Now, beat: Beat) -> Iterator[Loop]:
    """What sees to it that incidents are told, and tells them by mail: apart from the mails of customers."""
    settings = desk.settings
    if settings.alert_mail_to:
        alert = {"alert": AlertMail(settings, now)}
        yield beating("alert writer", beat, lambda alive: Outbox(desk.database, settings, alert, now, alive).send_due)
    if settings.alert_mail_to or settings.slack_bot_token.get_secret_value():
        yield beating(TIMES, beat, lambda _alive: Times(desk, this_process(), now).round)


def slack_loops(desk: Desk, now: Now, beat: Beat) -> Iterator[Loop]:
    """What tells the team in Slack. It has an outbox of its own: when Slack asks to wait, no mail waits."""
    if not desk.settings.slack_bot_token.get_secret_value():
        return
    # Imported here: Bolt is loaded where Slack is used, and nowhere else.
    from bot.app import open_bot  # noqa: PLC0415
    from bot.channel import open_channel  # noqa: PLC0415
    from bot.leavers import look_for_leavers  # noqa: PLC0415
    from bot.looks import look_at_slack  # noqa: PLC0415

    bot = open_bot(desk, now)

    def writer(alive: Callable[[], None]) -> Callable[[], float]:
        channel = open_channel(bot, resting(alive))
        return Outbox(desk.database, desk.settings, {"slack": channel}, now, alive).send_due

    yield beating("slack writer", beat, writer)
    yield beating("slack leavers", beat, lambda alive: partial(look_for_leavers, bot, alive))
    yield beating("slack look", beat, lambda _alive: partial(look_at_slack, bot))


def _write_down(refused: Refused, database: Database, now: Now) -> float:
    refused.write_down(database, now())
    return 10.0
