"""Every setting, connection and right, examined live; one line each."""

import os
import shutil
import smtplib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from relay import clock
from relay.carriers import Asks, all_carriers
from relay.cli.slack_doctor import examine_slack
from relay.cli.vtex_doctor import examine_vtex
from relay.database import Database, open_database, pending_migrations
from relay.desk.accounts import Asker, askers_of, known_names, missing_of, setting_of
from relay.desk.care import is_live, mail_mode
from relay.errors import SendFailed, WismoError
from relay.intake.failures import failed_asks, in_words, is_failure
from relay.settings import ADAPTER_NAMES, Settings, described
from relay.store import asks, facts, ledger, orders

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
        *(Finding(one.is_well, one.subject, one.finding, one.remedy) for one in examine_vtex(settings)),
        *(Finding(one.is_well, one.subject, one.finding, one.remedy) for one in examine_slack(settings)),
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
        answers = asks.count_unread_answers(tx)
        yield Finding(
            not answers, "answers", f"{answers} could not be read", "`wismo replay --unread` after an upgrade"
        )
        for failed in failed_asks(tx, now - WEEK):
            yield Finding(
                is_well=True,
                subject=f"ask {failed['carrier']}",
                finding=f"{in_words(str(failed['failure']))}: {failed['times']} in a week",
            )
        for row in (row for row in ledger.tallies(tx, now - WEEK) if not is_failure(row)):
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
    "bad_key": "A carrier calls /api/oms/ without a valid key; `wismo keys create --scope carrier:<slug>` makes one",
    "other_carrier": "It tells of parcels that are with another carrier; `wismo why ORDER` names it",
    "unknown_slug": "Correct the address at the sender",
    "no_secret": "Set WISMO_<SLUG>_PUSH_SECRETS",
    "hook_other_store": "Another store of VTEX calls our hook: remove it there, each store has a Wismo of its own",
    "hook_unreadable": "VTEX's hook said what Wismo cannot read; nothing is lost, a sweep finds it; report it",
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
NOT_YET = ("HEARTBEAT_URL", "MAIL_BRAKE", "ALERT_MAIL_TO")


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
        given = settings.adapter(slug)
        if carrier.asks:
            yield _asker(slug, askers.get(slug), carrier.asks, given)
        known = known_names(carrier.asks) if carrier.asks else frozenset[str]()
        for name in sorted(given.keys() - known - (set(ADAPTER_NAMES) - {"API_KEY"})):
            yield Finding(
                is_well=False,
                subject=setting_of(slug, name),
                finding="no adapter reads it",
                remedy=f"It may be misspelt; {carrier.label} reads {_named(slug, known) or 'only its push secrets'}",
            )


def _asker(slug: str, asker: Asker | None, asks: Asks, given: Mapping[str, str]) -> Finding:
    if asker:
        per_day = f", {asker.budget.per_day} a day" if asker.budget.per_day else ""
        return Finding(is_well=True, subject=f"ask {slug}", finding=f"{asker.budget.per_second:g} a second{per_day}")
    if not given.keys() & known_names(asks):
        return Finding(is_well=True, subject=f"ask {slug}", finding="off (no key)")
    ways = missing_of(asks, given)
    missing = ", or ".join(_named(slug, way) for way in ways if len(way) == min(map(len, ways)))
    return Finding(is_well=False, subject=f"ask {slug}", finding=f"off without {missing}", remedy="Set what is missing")


def _named(slug: str, names: Iterable[str]) -> str:
    return ", ".join(setting_of(slug, name) for name in sorted(names))


def _untested() -> Finding:
    return Finding(
        is_well=True, subject="not tested", finding="that carriers reach WISMO_PUBLIC_URL; that a sent mail arrives"
    )
