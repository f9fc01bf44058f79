"""Settings in, working parts out."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from relay import clock
from relay.carriers import all_carriers
from relay.database import Database, open_database, pending_migrations
from relay.desk import Desk
from relay.desk.care import settle_in
from relay.errors import WismoError
from relay.intake import Policy
from relay.model import Status
from relay.settings import Settings, load_settings
from relay.shops.vtex.dialect import VtexDialect

Now = Callable[[], datetime]


def settings_now() -> Settings:
    """Raises BadSettings with every fault."""
    return load_settings(slugs={slug: carrier.secret_fault for slug, carrier in all_carriers().items()})


def policy_of(settings: Settings) -> Policy:
    zone = ZoneInfo(settings.timezone)
    return Policy(
        mails_customers=settings.customer_mail == "wismo",
        mail_statuses=frozenset(Status(status) for status in settings.mail_statuses),
        mail_gap=timedelta(minutes=settings.mail_gap_minutes),
        zone=zone,
        dialect=VtexDialect(zone) if settings.vtex_account else None,
        locale=settings.locale,
        writes_shop=bool(settings.vtex_account) and settings.vtex_write != "off",
        shop_adds=settings.vtex_events_mode == "delta",
        mail_origins=frozenset(name.casefold() for name in settings.vtex_origins),
    )


def ready_database(settings: Settings, now: Now = clock.now) -> Database:
    """The database of a process that runs: made if it is missing, brought up to date."""
    database = open_database(settings.database_url, create=True)
    database.migrate()
    identity = database.identity()
    database.write(lambda tx: settle_in(tx, identity, now()))
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
