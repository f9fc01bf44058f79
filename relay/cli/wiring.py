"""Settings in, working parts out."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from relay import clock
from relay.carriers import all_carriers
from relay.channels import Channel
from relay.channels.email import Email
from relay.cli.process import Loop
from relay.database import Database, open_database, pending_migrations
from relay.desk import Desk
from relay.desk.care import settle_in
from relay.errors import Unavailable, WismoError
from relay.intake import Policy
from relay.intake.refused import Refused
from relay.mail import RenderedMail, render
from relay.model import MailView, Status
from relay.outbox import Outbox
from relay.poll import Poll
from relay.retention import Retention
from relay.settings import Settings, load_settings
from relay.store import ledger
from relay.watch import Watch, this_process


def settings_now() -> Settings:
    """Raises BadSettings with every fault."""
    return load_settings(slugs={slug: carrier.secret_fault for slug, carrier in all_carriers().items()})


def policy_of(settings: Settings) -> Policy:
    return Policy(
        mails_customers=settings.customer_mail == "wismo",
        mail_statuses=frozenset(Status(status) for status in settings.mail_statuses),
        mail_gap=timedelta(minutes=settings.mail_gap_minutes),
        zone=ZoneInfo(settings.timezone),
    )


def ready_database(settings: Settings) -> Database:
    """The database of a process that runs: made if it is missing, brought up to date."""
    database = open_database(settings.database_url, create=True)
    database.migrate()
    identity = database.identity()
    database.write(lambda tx: settle_in(tx, identity, clock.now()))
    return database


@contextmanager
def desk_at_hand() -> Iterator[Desk]:
    """The desk of a command: the database must be there and up to date."""
    settings = settings_now()
    database = open_database(settings.database_url)
    try:
        with database.read() as tx:
            pending = pending_migrations(tx)
        if pending:
            raise WismoError(f"the database lacks {', '.join(pending)}", "Run `wismo migrate`")
        yield Desk(database, settings, policy_of(settings))
    finally:
        database.close()


def email_channel(settings: Settings) -> Channel:
    def words(view: MailView) -> RenderedMail:
        return render(view, settings.brand, timezone=settings.timezone, now=clock.now())

    return Email(settings, words, clock.now)


@dataclass(slots=True)
class Parts:
    """What one process runs; :meth:`close` ends it in the order that loses nothing."""

    desk: Desk
    refused: Refused
    loops: tuple[Loop, ...]

    def close(self) -> None:
        for loop in self.loops:
            loop.stop(timeout_s=6.0)
        try:
            with suppress(Unavailable):  # what was refused is only counted; a stop does not wait for a lost database
                self.refused.write_down(self.desk.database, clock.now())
        finally:
            self.desk.database.close()


def parts(settings: Settings, *, with_loops: bool) -> Parts:
    """Open the database and, in a process that works, start its loops."""
    database = ready_database(settings)
    refused = Refused()
    loops: list[Loop] = []

    def wake() -> None:
        for loop in loops[:1]:
            loop.wake()

    desk = Desk(database, settings, policy_of(settings), wake)

    def beat(name: str) -> None:
        database.write(lambda tx: ledger.beat(tx, name, clock.now()))

    if with_loops:
        outbox = Outbox(database, settings, {"email": email_channel(settings)})
        loops.append(Loop("outbox", outbox.send_due, beat))
        loops.append(Loop("poll", Poll(desk).round, beat))
        loops.append(Loop("watch", Watch(desk, refused).round, beat))
        loops.append(Loop("retention", Retention(desk, this_process()).round, beat))
    else:
        loops.append(Loop("tallies", lambda: _write_down(refused, database), None))
    return Parts(desk, refused, tuple(loops))


def _write_down(refused: Refused, database: Database) -> float:
    refused.write_down(database, clock.now())
    return 10.0
