"""The dead man's switch: a service hears of us while Wismo itself is well, and never otherwise."""

import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

import pytest

from relay.database import Database, SQLite, Tx
from relay.desk import Desk, loops
from relay.desk.loops import LOOPS
from relay.errors import Unavailable
from relay.intake import Policy
from relay.settings import load_settings
from relay.store import incidents, ledger, outbox
from relay.watch.heart import Heart
from tests.conftest import NOON
from tests.watch.services import Service, open_service

PATH = "/ping/secret"
SLACK = {"slack_bot_token": "xoxb-1", "slack_channel": "C1"}
MAIL = {"mail_url": "smtp://mail.shop.example", "mail_from": "a@shop.example", "alert_mail_to": "ops@shop.example"}


@pytest.fixture
def service() -> Iterator[Service]:
    with open_service() as opened:
        yield opened


class Beating:
    """A process whose loops beat unless the test stops them."""

    def __init__(self, database: Database, policy: Policy, service: Service, path: str = PATH, **given: str) -> None:
        heartbeat = {} if not path else {"heartbeat_url": f"{service.url}{path}"}
        named = {f"WISMO_{name.upper()}": text for name, text in (heartbeat | given).items()}
        self.desk = Desk(database, load_settings(named, env_file=None), policy)
        self.service = service
        self.now = NOON
        self.heart = self.another("one")
        database.write(lambda tx: loops.begin(tx, self.desk, self.now))

    def another(self, holder: str) -> Heart:
        return Heart(self.desk, holder, lambda: self.now, timeout_s=0.3)

    def beat(self, *but: str) -> None:
        def work(tx: Tx) -> None:
            for name in set(loops.loops_of(self.desk)) - set(but):
                ledger.beat(tx, name, self.now)

        self.desk.database.write(work)

    def run(self, seconds: float, *stopped: str) -> list[tuple[str, str, str]]:
        """What the service hears in so many seconds."""
        end = self.now + timedelta(seconds=seconds)
        while self.now < end:
            self.now += timedelta(seconds=10)
            self.beat(*stopped)
            self.heart.round()
        return self.service.take()

    def open(self) -> list[str]:
        with self.desk.database.read() as tx:
            return [row["title"] for row in incidents.open_of(tx, "heartbeat_down")]


@pytest.fixture
def beating(database: Database, policy: Policy, service: Service) -> Beating:
    return Beating(database, policy, service)


def test_a_service_hears_of_the_start_and_then_once_a_minute(beating: Beating) -> None:
    assert beating.run(180) == [
        ("POST", "/ping/secret/start", ""),
        ("GET", "/ping/secret", ""),
        ("GET", "/ping/secret", ""),
        ("GET", "/ping/secret", ""),
    ]


def test_a_loop_that_stops_is_said_once_then_every_ten_minutes_and_never_passes_for_a_sign_of_life(
    beating: Beating,
) -> None:
    beating.run(60)
    heard = beating.run(1500, "poll")
    failing = [one for one in heard if one[1] == "/ping/secret/fail"]
    assert [body for _, _, body in failing] == ["The poll loop has stopped since 2026-03-02 12:01 UTC"] * 3
    assert {path for _, path, _ in heard[: heard.index(failing[0])]} == {"/ping/secret"}, "until it was overdue"
    assert heard[heard.index(failing[0]) :] == failing
    assert beating.run(20) == [("GET", "/ping/secret", "")]


def test_nothing_is_said_before_every_loop_has_beaten(beating: Beating) -> None:
    assert beating.run(80, "retention") == []
    assert [path for _, path, _ in beating.run(30, "retention")] == ["/ping/secret/start", "/ping/secret/fail"]
    assert [path for _, path, _ in beating.run(20)] == ["/ping/secret"]


def test_one_process_pings_and_another_goes_on_when_it_died(beating: Beating) -> None:
    beating.run(30)
    second = beating.another("two")
    for _ in range(5):
        beating.now += timedelta(seconds=10)
        beating.beat()
        second.round()
    assert beating.service.take() == []
    beating.now += timedelta(seconds=10)
    beating.beat()
    second.round()
    assert [path for _, path, _ in beating.service.take()] == ["/ping/secret/start", "/ping/secret"]


def test_without_an_address_nobody_is_called(database: Database, policy: Policy, service: Service) -> None:
    assert Beating(database, policy, service, path="").run(120) == []


def test_a_database_that_takes_no_writing_is_said_by_whoever_pinged(
    tmp_path: Path, policy: Policy, service: Service
) -> None:
    database = SQLite(tmp_path / "wismo.db", create=True)
    database.migrate()
    beating = Beating(database, policy, service)
    beating.run(20)
    stranger = beating.another("two")
    database.close()
    for seconds in (0, 50, 20):
        beating.now += timedelta(seconds=seconds)
        assert service.take() == [], "it may pass"
        for heart in (stranger, beating.heart):
            with pytest.raises((Unavailable, sqlite3.ProgrammingError)):
                heart.round()
    assert [path for _, path, _ in service.take()] == ["/ping/secret/fail"]


# -- somebody must be told ---------------------------------------------------------------------------------------------


def down(beating: Beating, *channels: str) -> None:
    def work(tx: Tx) -> None:
        for name in channels:
            outbox.mark_down(tx, name, "no answer", beating.now, beating.now)

    beating.desk.database.write(work)


def test_with_slack_down_and_no_other_way_nobody_is_told(database: Database, policy: Policy, service: Service) -> None:
    beating = Beating(database, policy, service, **SLACK)
    assert [path for _, path, _ in beating.run(20)] == ["/ping/secret/start", "/ping/secret"]
    down(beating, "slack")
    assert beating.run(60) == [], "it may pass"
    ((_, path, body),) = beating.run(30)
    assert (path, "nobody can be told" in body) == ("/ping/secret/fail", True)


def test_one_way_that_works_is_enough(database: Database, policy: Policy, service: Service) -> None:
    beating = Beating(database, policy, service, **SLACK, **MAIL)
    down(beating, "slack")
    assert [path for _, path, _ in beating.run(20)] == ["/ping/secret/start", "/ping/secret"]
    down(beating, "alert")
    assert [path for _, path, _ in beating.run(90)] == ["/ping/secret/fail"]
    database.write(lambda tx: outbox.mark_up(tx, "slack"))
    assert [path for _, path, _ in beating.run(20)] == ["/ping/secret"]


@pytest.mark.parametrize(("lost", "is_told"), [("token", False), ("C1", False), ("C2", True)])
def test_a_token_that_slack_takes_no_more_is_no_way(
    database: Database, policy: Policy, service: Service, lost: str, is_told: bool
) -> None:
    beating = Beating(database, policy, service, **SLACK)
    given = {"kind": "slack_lost", "subject": lost, "title": "Slack does not take our token", "remedy": ""}
    database.write(lambda tx: incidents.open_incident(tx, **given, now=NOON))  # type: ignore[arg-type]  # texts alone
    assert ("/ping/secret" in [path for _, path, _ in beating.run(20)]) == is_told


def test_a_shop_that_is_down_is_not_our_own_failure(beating: Beating) -> None:
    down(beating, "shop", "email")
    assert "/ping/secret" in [path for _, path, _ in beating.run(20)]


# -- a service that fails ----------------------------------------------------------------------------------------------


def test_a_service_that_refuses_is_an_incident_after_five_minutes_and_over_with_the_next_ping(beating: Beating) -> None:
    beating.run(60)
    beating.service.status = 404
    beating.run(270)
    assert beating.open() == []
    beating.run(90)
    assert beating.open() == ["The heartbeat's service does not take our pings (HTTP 404): it cannot miss us"]
    beating.service.status = 200
    beating.run(60)
    assert beating.open() == []


def test_a_service_that_hangs_or_is_not_there_holds_up_nothing(
    database: Database, policy: Policy, service: Service
) -> None:
    service.hangs = Event()
    beating = Beating(database, policy, service, path="/push")
    before = datetime.now().astimezone()
    beating.run(10)
    assert datetime.now().astimezone() - before < timedelta(seconds=5)
    nowhere = Service(url="http://127.0.0.1:1")
    lost = Beating(database, policy, nowhere, path="/push")
    lost.heart = lost.another("one")
    lost.now = beating.now
    lost.run(420)
    assert [title.partition("(")[2] for title in lost.open()] == ["ConnectError): it cannot miss us"]


def test_a_redirect_does_not_carry_the_address_elsewhere(beating: Beating) -> None:
    beating.service.status = 302
    assert beating.run(10) == [("POST", "/ping/secret/start", ""), ("GET", "/ping/secret", "")]


def test_the_address_is_told_to_nobody(beating: Beating, capsys: pytest.CaptureFixture[str]) -> None:
    beating.service.status = 500
    beating.run(420, *LOOPS)
    beating.run(420)
    written = "".join(capsys.readouterr())
    assert "heartbeat" in written, "the log was seen"
    with beating.desk.database.read() as tx:
        told = repr(incidents.incidents(tx, only_open=False))
    assert "secret" not in written + told
