"""Every setting, connection and right, examined live; one line each."""

import os
import shutil
import smtplib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from relay import clock
from relay.carriers import all_carriers
from relay.database import Database, open_database, pending_migrations
from relay.desk.accounts import askers_of
from relay.desk.care import is_live, mail_mode
from relay.errors import SendFailed, WismoError
from relay.settings import Settings, described
from relay.store import facts, ledger, orders

ENOUGH_DISK = 500 * 1024 * 1024
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Finding:
    is_well: bool
    subject: str
    finding: str
    remedy: str = ""

    def __str__(self) -> str:
        remedy = f"\n     -> {self.remedy}" if self.remedy and not self.is_well else ""
        return f"{'ok  ' if self.is_well else 'FAIL'} {self.subject}: {self.finding}{remedy}"

    def as_json(self) -> dict[str, object]:
        return {"ok": self.is_well, "subject": self.subject, "finding": self.finding, "remedy": self.remedy}


def examine(settings: Settings) -> list[Finding]:
    return [
        *_settings(settings),
        *_disk(settings),
        *_database(settings),
        _mail(settings),
        *_adapters(settings),
        *_askers(settings),
        *_not_yet(settings),
        _untested(),
    ]


def _settings(settings: Settings) -> Iterator[Finding]:
    for line in described(settings):
        yield Finding(is_well=True, subject=line.name, finding=f"{line.value} ({line.source})")


def _disk(settings: Settings) -> Iterator[Finding]:
    folder = Path(settings.database_url.removeprefix("sqlite:")).absolute().parent
    if settings.database_url.startswith("sqlite:") and folder.exists():
        free = shutil.disk_usage(folder).free
        well = free > ENOUGH_DISK and os.access(folder, os.W_OK)
        yield Finding(well, "disk", f"{free / 1e9:.1f} GB free beside the database", "Free space, or make it writable")


def _database(settings: Settings) -> Iterator[Finding]:
    try:
        database = open_database(settings.database_url)
    except WismoError as fault:
        yield Finding(is_well=False, subject="database", finding=fault.what, remedy=fault.remedy)
        return
    try:
        yield from _inside(database, settings)
    except WismoError as fault:
        yield Finding(is_well=False, subject="database", finding=fault.what, remedy=fault.remedy)
    finally:
        database.close()


def _inside(database: Database, settings: Settings) -> Iterator[Finding]:
    with database.read() as tx:
        pending = pending_migrations(tx)
        yield Finding(
            not pending, "database", database.engine if not pending else f"lacks {pending}", "`wismo migrate`"
        )
        if pending:
            return
        now = clock.now()
        mode = mail_mode(tx, settings)
        yield Finding(
            mode != "paused", "customers", _mode_in_words(mode, live=is_live(tx, settings)), "`wismo resume mail`"
        )
        unread = facts.count_unread(tx)
        yield Finding(not unread, "pushes", f"{unread} could not be read", "`wismo replay --unread` after an upgrade")
        for row in ledger.tallies(tx, now - WEEK):
            yield Finding(
                is_well=False,
                subject=f"refused ({row['name']})",
                finding=f"{row['label']}: {row['times']} in a week",
                remedy=REMEDIES.get(row["name"], ""),
            )
        for row in facts.waiting_tracks(tx):
            if row["lookalike"]:
                yield Finding(
                    is_well=False,
                    subject="numbers",
                    finding=f"pushes about {row['track_id']} have no parcel, but {row['lookalike']} has this number",
                    remedy="`wismo edit ORDER --carrier …`",
                )
        for slug in orders.carriers_in_use(tx):
            if slug not in all_carriers():
                yield Finding(
                    is_well=True,
                    subject=f"carrier {slug}",
                    finding="no adapter of its own: an aggregator or the standard push must tell",
                )


REMEDIES = {
    "forged": "The secret differs between the two sides, or somebody is trying",
    "unknown_slug": "Correct the address at the sender",
    "no_secret": "Set WISMO_<SLUG>_PUSH_SECRETS",
    "storage_full": "Free space on the database's disk",
    "dropped_unread": "They were kept for WISMO_RAW_DAYS and no adapter could read them; ask the carrier to send again",
}


def _mode_in_words(mode: str, *, live: bool) -> str:
    words = {
        "send": "mail leaves",
        "shadow": "mail is kept in shadow until `wismo go-live`",
        "paused": "mail is paused",
    }
    return f"{words[mode]}{'' if live else ' (not live)'}"


def _mail(settings: Settings) -> Finding:
    """Whether the mail server lets us in; nothing is sent."""
    url = settings.mail_url
    if url.scheme == "file":
        return Finding(is_well=True, subject="mail", finding=f"kept in the folder {url.folder}")
    from relay.channels.email import connect  # noqa: PLC0415 - needed by this examination alone

    try:
        connect(url).quit()
    except (SendFailed, OSError, smtplib.SMTPException) as error:
        return Finding(is_well=False, subject="mail", finding=str(error), remedy="Check WISMO_MAIL_URL and the server")
    return Finding(is_well=True, subject="mail", finding=f"{url.host}:{url.port} lets us in")


def _adapters(settings: Settings) -> Iterator[Finding]:
    for slug in (slug for slug, carrier in all_carriers().items() if carrier.pushes):
        count = len(settings.push_secrets(slug))
        yield Finding(is_well=True, subject=f"push {slug}", finding=f"{count} secrets" if count else "off (no secret)")


#: What may be set already and has no effect in this version.
NOT_YET = ("HEARTBEAT_URL", "MAIL_BRAKE", "ALERT_MAIL_TO", "VTEX_ACCOUNT", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN")


def _not_yet(settings: Settings) -> Iterator[Finding]:
    for name in NOT_YET:
        if f"WISMO_{name}" in settings.sources:
            yield Finding(
                is_well=False,
                subject=f"WISMO_{name}",
                finding="this version does nothing with it",
                remedy="Do not rely on it; leave it out until a version does",
            )


def _askers(settings: Settings) -> Iterator[Finding]:
    askers = {asker.slug: asker for asker in askers_of(settings, all_carriers())}
    for slug, carrier in all_carriers().items():
        if carrier.asks:
            asker = askers.get(slug)
            per_day = f", {asker.budget.per_day} a day" if asker and asker.budget.per_day else ""
            budget = f"{asker.budget.per_second:g} a second{per_day}" if asker else "off (no key)"
            yield Finding(is_well=True, subject=f"ask {slug}", finding=budget)


def _untested() -> Finding:
    return Finding(
        is_well=True, subject="not tested", finding="that carriers reach WISMO_PUBLIC_URL; that a sent mail arrives"
    )
