"""The rules for Prometheus that come with Wismo, held against real scrapes: when all is well, and when it breaks."""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from relay.database import Database
from relay.desk import care
from relay.desk.health import BREAKING
from relay.model import Action, to_text
from relay.store import accounts, asks, facts, incidents, ledger, outbox, reads
from relay.store.asks import KeptAnswer
from relay.store.facts import KeptPush
from tests.web.conftest import ON_SQLITE
from tests.web.scraping import Monitored, Samples

DOCS = Path(__file__).parents[2] / "docs"
RULES = [
    rule for group in yaml.safe_load((DOCS / "prometheus-alerts.yml").read_text())["groups"] for rule in group["rules"]
]
NUMBER = "JD014600006281230704"
SIDES = {"==": operator.eq, "!=": operator.ne, ">": operator.gt, "<": operator.lt}
#: All of PromQL that the rules need: a metric with some labels against a number, and whether a metric is there.
COMPARED = re.compile(r"(?P<name>\w+)(?:\{(?P<labels>[^}]*)\})? (?P<side>==|!=|>|<) (?P<number>[\d.]+)")
UNLESS = " unless on (channel) "


# -- what the rules say of a scrape ------------------------------------------------------------------------------------


class Series(NamedTuple):
    labels: Mapping[str, str]
    value: float


def fires(expression: str, samples: Samples) -> list[Series]:
    """The series of which an expression is true."""
    if found := re.fullmatch(r"absent\((\w+)\)", expression):
        return [] if any(name == found[1] for name, _ in samples) else [Series({}, 1.0)]
    here, _, elsewhere = expression.partition(UNLESS)
    channels = {one.labels["channel"] for one in _compared(elsewhere, samples)} if elsewhere else set()
    return [one for one in _compared(here, samples) if one.labels.get("channel") not in channels]


def _compared(expression: str, samples: Samples) -> list[Series]:
    found = COMPARED.fullmatch(expression)
    assert found, f"the tests cannot evaluate {expression!r}"
    wanted = dict(re.findall(r'(\w+)="([^"]*)"', found["labels"] or ""))
    return [
        Series(dict(labels), value)
        for (name, labels), value in samples.items()
        if name == found["name"] and wanted.items() <= dict(labels).items()
        if SIDES[found["side"]](value, float(found["number"]))
    ]


def alerts(samples: Samples) -> set[str]:
    """Those that would be on, once they last."""
    return {rule["alert"] for rule in RULES if fires(rule["expr"], samples)}


def up(samples: Samples, value: float = 1.0) -> Samples:
    """What Prometheus itself adds to a scrape."""
    return {**samples, ("up", frozenset({("job", "wismo")})): value}


# -- what can break ----------------------------------------------------------------------------------------------------


def no_answer(_one: Monitored) -> Samples:
    return up({}, 0.0)


def nothing_is_scraped(_one: Monitored) -> Samples:
    return {}


def a_database_that_is_not_ready(one: Monitored) -> Samples:
    one.write(lambda tx: tx.rows("DELETE FROM migrations WHERE name LIKE '0009%'"))
    try:
        return up(one.scrape())
    finally:
        one.write(lambda tx: tx.rows("INSERT INTO migrations (name) VALUES ('0009_silence.sql')"))


def a_loop_that_stopped(one: Monitored) -> None:
    one.now += timedelta(minutes=5)
    one.beat("poll", "watch")


def no_backup(one: Monitored) -> None:
    one.now += timedelta(hours=40)


def an_incident_that_nobody_takes(one: Monitored) -> None:
    _open(one, "expiring")
    one.now += timedelta(hours=2)


def a_carrier_that_went_mute(one: Monitored) -> None:
    _open(one, "mute_carrier")


def mails_that_are_held(one: Monitored) -> None:
    _open(one, "mail_brake")


def a_broken_promise(one: Monitored) -> None:
    _open(one, "storage")


def _open(one: Monitored, kind: str) -> None:
    one.write(lambda tx: incidents.open_incident(tx, kind=kind, subject="one", title="t", remedy="r", now=one.now))


def asks_that_wait(one: Monitored) -> None:
    one.know("dhl-unified", NUMBER)
    due = to_text(one.now - timedelta(hours=2))
    one.write(lambda tx: tx.rows("UPDATE tracks SET ask_at = :due", due=due))


def an_account_without_answers(one: Monitored) -> None:
    one.write(lambda tx: accounts.mark_failing(tx, "dhl-unified", "timeout", one.now))
    one.now += timedelta(hours=2)


def pushes_that_nobody_reads(one: Monitored) -> None:
    kept = KeptPush("p", "ups", one.now, "{}", b"x", Action.UNREADABLE.value, "ups: no number")
    one.write(lambda tx: facts.keep_pushes(tx, [kept]))


def answers_that_nobody_reads(one: Monitored) -> None:
    kept = KeptAnswer("a", "ups", one.now, 200, b"x", "server_error", "", Action.UNREADABLE.value, "[]", 0)
    one.write(lambda tx: asks.keep_answer(tx, kept))


def a_channel_that_is_down(one: Monitored) -> None:
    one.write(lambda tx: outbox.mark_down(tx, "email", "refused", one.now, one.now))


def mails_that_do_not_leave(one: Monitored) -> None:
    _mail(one)
    one.now += timedelta(hours=1)


def a_pause(one: Monitored) -> None:
    _mail(one)
    one.now += timedelta(hours=1)
    care.pause(one.desk, "mail", "a person", one.now)
    one.write(lambda tx: tx.rows("UPDATE outbox SET state = 'due'"))  # as far as any waits


def mails_that_were_given_up(one: Monitored) -> None:
    _mail(one)
    one.write(lambda tx: tx.rows("UPDATE outbox SET state = 'dead'"))


def _mail(one: Monitored) -> None:
    one.know("ups", NUMBER)
    moved = {"occurred_at": to_text(one.now - timedelta(hours=1)), "status": "in_transit"}
    assert one.tell("ups", NUMBER, moved).status_code == 200
    one.write(lambda tx: tx.rows("UPDATE outbox SET due_at = :now", now=to_text(one.now)))


def orders_that_nobody_reads(one: Monitored) -> None:
    one.write(lambda tx: reads.want(tx, "default", "1", one.now, told_by="hook"))
    one.now += timedelta(hours=2)


def a_hook_that_is_gone(one: Monitored) -> None:
    one.write(lambda tx: ledger.set_install(tx, "vtex_hook_url", "https://track.example.com/shop/vtex/hook"))
    one.write(lambda tx: ledger.set_install(tx, "vtex_hook_found", '{"state": "none", "checked_at": ""}'))


@dataclass(frozen=True)
class Case:
    broken: Callable[[Monitored], Any]
    alerts: set[str]  #: all that it sets off


def _not_well(kind: str) -> set[str]:
    """An incident of a kind that breaks a promise sets off this one as well."""
    return {"WismoNotWell"} if kind in BREAKING else set()


LATER = {"WismoLoopStopped", "WismoNotWell"}
CASES = [
    Case(no_answer, {"WismoScrapeDown", "WismoAbsent"}),
    Case(nothing_is_scraped, {"WismoAbsent"}),
    Case(a_database_that_is_not_ready, {"WismoDatabaseDown"}),
    Case(a_loop_that_stopped, LATER),
    Case(a_broken_promise, {"WismoNotWell"}),
    Case(no_backup, {"WismoBackupOld"}),
    Case(an_incident_that_nobody_takes, {"WismoIncidentUnowned"}),
    Case(a_carrier_that_went_mute, {"WismoCarrierMute"} | _not_well("mute_carrier")),
    Case(mails_that_are_held, {"WismoMailBraked"} | _not_well("mail_brake")),
    Case(asks_that_wait, {"WismoAskingLate"}),
    Case(an_account_without_answers, {"WismoAccountFailing"}),
    Case(pushes_that_nobody_reads, {"WismoPushesUnread"}),
    Case(answers_that_nobody_reads, {"WismoAnswersUnread"}),
    Case(a_channel_that_is_down, {"WismoChannelDown"}),
    Case(mails_that_do_not_leave, {"WismoOutboxOld"}),
    Case(a_pause, {"WismoPausedLong"}),
    Case(mails_that_were_given_up, {"WismoMessagesDead"}),
    Case(orders_that_nobody_reads, {"WismoShopReadsOld"}),
    Case(a_hook_that_is_gone, {"WismoShopRouteLost"}),
]


@pytest.fixture
def one(api_database: Database, tmp_path: Path) -> Monitored:
    return Monitored(api_database, tmp_path)


def test_all_is_quiet_while_all_is_well(one: Monitored) -> None:
    _mail(one)
    one.now += timedelta(seconds=30)
    one.write(lambda tx: tx.rows("UPDATE outbox SET state = 'sent'"))
    assert alerts(up(one.scrape(later_s=0))) == set()
    assert alerts(up(one.scrape(later_s=30))) == set()


@ON_SQLITE
@pytest.mark.parametrize("case", CASES, ids=[case.broken.__name__ for case in CASES])
def test_whatever_breaks_sets_off_its_alert_and_no_other(one: Monitored, case: Case) -> None:
    assert alerts(up(one.scrape())) == set()
    given = case.broken(one)
    if given is None:
        if case.alerts != LATER:
            one.beat(*_loops(one))
        given = up(one.scrape(later_s=10))
    assert alerts(given) == case.alerts


def _loops(one: Monitored) -> list[str]:
    with one.database.read() as tx:
        return list(ledger.beats(tx))


@ON_SQLITE
def test_a_full_disk_sets_off_its_alert(one: Monitored) -> None:
    """The machine's own disk is what it is: the bytes of a real scrape are made fewer."""
    found = one.scrape()
    disk = next(key for key in found if key[0] == "wismo_disk_free_bytes")
    assert found[disk] > 0
    assert "WismoDiskLow" in alerts(up({**found, disk: 5e8}))
    assert "WismoDiskLow" not in alerts(up({**found, disk: 6e8}))


def test_every_alert_has_a_case() -> None:
    covered = {alert for case in CASES for alert in case.alerts} | {"WismoDiskLow"}
    assert {rule["alert"] for rule in RULES} == covered
    assert len(RULES) == len(covered)


@ON_SQLITE
def test_every_alert_says_when_how_grave_what_and_where_to_read_on(one: Monitored) -> None:
    exposed = set(re.findall(r"^# TYPE (\S+)", one.ask().get_data(as_text=True), re.MULTILINE)) | {"up"}
    for rule in RULES:
        assert re.fullmatch(r"\d+[mh]", rule["for"]), rule
        assert rule["labels"]["severity"] in {"critical", "warning", "info"}, rule
        assert {"summary", "description", "runbook_url"} == rule["annotations"].keys(), rule
        names = set(re.findall(r"\b(up|wismo_\w+)\b", rule["expr"]))
        assert names, rule
        assert names <= exposed, rule


def test_every_alert_leads_to_a_section_of_the_page() -> None:
    page = (DOCS / "operations.md").read_text()
    sections = {_anchor(title) for title in re.findall(r"^#+ (.+)$", page, re.MULTILINE)}
    for rule in RULES:
        target, _, anchor = rule["annotations"]["runbook_url"].partition("#")
        assert target == "docs/operations.md"
        assert anchor in sections or anchor == "{{ $labels.kind }}", anchor


def _anchor(title: str) -> str:
    """As GitHub makes them."""
    return re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-")
