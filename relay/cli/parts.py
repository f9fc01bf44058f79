"""What one process runs: its loops, plugged together."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from relay import clock
from relay.channels import Channel
from relay.channels.email import Email
from relay.channels.shop import ShopChannel
from relay.cli.process import Loop
from relay.cli.wiring import Now, policy_of, ready_database
from relay.database import Database
from relay.desk import Desk
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
from relay.store import ledger
from relay.watch import Watch, this_process

#: The loops that messages leave by.
OUTBOXES = frozenset({"outbox", "shop writer", "slack writer"})


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
        for loop in self.loops:
            loop.stop(timeout_s=6.0)
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
        outbox = Outbox(database, settings, {"email": email_channel(settings, now)}, now)
        loops.append(Loop("outbox", outbox.send_due, beat))
        loops.append(Loop("poll", Poll(desk, now).round, beat))
        loops.extend(_shop_loops(desk, now, beat))
        loops.extend(slack_loops(desk, now, beat))
        loops.append(Loop("watch", Watch(desk, refused, now).round, beat))
        loops.append(Loop("retention", Retention(desk, this_process(), now).round, beat))
    else:
        loops.append(Loop("tallies", lambda: _write_down(refused, database, now), None))
    return Parts(desk, refused, tuple(loops), now)


def _shop_loops(desk: Desk, now: Now, beat: Callable[[str], None]) -> Iterator[Loop]:
    """What reads the shop's orders and what writes to it: one client, whose limits hold for both.

    The writer is not the outbox of the mails: a slow shop holds up none. Raises ShopFault for keys that no header can
    carry.
    """
    if not desk.settings.vtex_account:
        return
    vtex = open_vtex(desk.settings, now)
    yield Loop("orders", Orders(desk, vtex, this_process(), now).round, beat)
    if desk.policy.dialect and desk.policy.writes_shop:
        channel = ShopChannel(vtex, desk.policy.dialect, desk.settings.vtex_write, now)
        writer = Outbox(desk.database, desk.settings, {"shop": channel}, now)
        yield Loop("shop writer", writer.send_due, beat)


def slack_loops(desk: Desk, now: Now, beat: Callable[[str], None]) -> Iterator[Loop]:
    """What tells the team in Slack. It has an outbox of its own: when Slack asks to wait, no mail waits."""
    if not desk.settings.slack_bot_token.get_secret_value():
        return
    # Imported here: Bolt is loaded where Slack is used, and nowhere else.
    from bot.app import open_bot  # noqa: PLC0415
    from bot.channel import open_channel  # noqa: PLC0415
    from bot.leavers import look_for_leavers  # noqa: PLC0415

    bot = open_bot(desk, now)
    writer = Outbox(desk.database, desk.settings, {"slack": open_channel(bot)}, now)
    yield Loop("slack writer", writer.send_due, beat)
    yield Loop("slack times", Times(desk, this_process(), now).round, beat)
    yield Loop("slack leavers", lambda: look_for_leavers(bot), None)


def _write_down(refused: Refused, database: Database, now: Now) -> float:
    refused.write_down(database, now())
    return 10.0
