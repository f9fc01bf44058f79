"""``wismo doctor``: each thing that is wrong is one line with one remedy, by real servers, within seconds."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, chdir
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, time

import pytest
from click.testing import CliRunner
from flask import Flask

from relay import clock
from relay.carriers import all_carriers
from relay.cli import doctor, main
from relay.cli.doctor import EXAMINATIONS, examine
from relay.cli.doctor_far import clock_by, places_of
from relay.cli.finding import Finding
from relay.cli.wiring import policy_of, ready_database
from relay.database import Tx
from relay.desk import Desk
from relay.desk.loops import LOOPS
from relay.intake.refused import Refused
from relay.sandbox.carrier import Account, open_carrier
from relay.sandbox.mailbox import open_mailbox
from relay.sandbox.serving import served
from relay.settings import Settings, load_settings
from relay.store import ledger
from relay.web import create_app
from tests.conftest import NOON
from tests.watch.services import Service, open_service
from tests.watch.test_expiry import tls

SLUGS = {slug: carrier.secret_fault for slug, carrier in all_carriers().items()}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> Iterator[Path]:
    """Of an installation of its own."""
    with chdir(tmp_path):
        yield tmp_path


@pytest.fixture
def service() -> Iterator[Service]:
    with open_service() as opened:
        yield opened


def settings(**given: str) -> Settings:
    named = {f"WISMO_{name.upper()}": text for name, text in ({"database_url": "sqlite:wismo.db"} | given).items()}
    return load_settings(named, env_file=None, slugs=SLUGS)


def of(subject: str, given: Settings) -> list[Finding]:
    return [one for one in examine(given) if one.subject == subject]


def the(subject: str, **given: str) -> Finding:
    (found,) = of(subject, settings(**given))
    return found


def beat(*but: str, ago: timedelta = timedelta(0)) -> None:
    def work(tx: Tx) -> None:
        for name in set(LOOPS) - set(but):
            ledger.beat(tx, name, clock.now() - ago)

    database = ready_database(settings())
    database.write(work)
    database.close()


# -- this machine ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("mode", "is_well"), [(0o600, True), (0o640, True), (0o644, False), (0o602, False)])
def test_a_settings_file_that_every_user_may_read_is_a_fault(folder: Path, mode: int, is_well: bool) -> None:
    (folder / ".env").write_text("")
    (folder / ".env").chmod(mode)
    found = the(".env")
    assert (found.is_well, found.remedy) == (is_well, "`chmod 600 .env`")


def test_without_a_way_to_the_team_nobody_is_told(folder: Path) -> None:
    assert "WISMO_ALERT_MAIL_TO" in the("incidents").remedy
    in_folder = {"alert_mail_to": "ops@shop.example", "mail_url": "file:./mail"}
    assert not the("alert mail", **in_folder).is_well
    assert not the("incidents", **in_folder).is_well


def test_a_mail_server_that_lets_us_in_is_well_and_takes_nothing() -> None:
    with open_mailbox(clock.now) as mailbox:
        given = {"mail_url": f"smtp://127.0.0.1:{mailbox.port}", "mail_from": "a@shop.example"}
        assert the("mail", **given) == Finding(True, "mail", f"127.0.0.1:{mailbox.port} lets us in")
        assert the("incidents", **given, alert_mail_to="ops@shop.example").finding == "told by mail"
        assert mailbox.mails == []
    assert not the("mail", **given).is_well


# -- what the database knows -------------------------------------------------------------------------------------------


def test_loops_that_run_stopped_or_never_ran_are_told_apart() -> None:
    ready_database(settings()).close()
    assert the("loops").finding == "Nothing works here yet: no loop runs, nobody is asked or told"
    beat()
    assert the("loops").is_well
    beat(ago=timedelta(minutes=5))
    assert "Nothing works here since" in the("loops").finding
    beat("poll")
    found = the("loop poll")
    assert (found.is_well, "has stopped since" in found.finding) == (False, True)


def test_a_backup_that_is_too_old_or_missing_is_a_fault(folder: Path) -> None:
    database = ready_database(settings())
    assert the("backup").finding == "none yet, 0 h after the installation"
    with database.read() as tx:
        mark = ledger.install(tx)["install_id"][:8]
    (folder / "backups").mkdir()
    for days, is_well in ((3, False), (1, True)):
        made = datetime.now(UTC) - timedelta(days=days)
        (folder / "backups" / f"wismo-{mark}-{made:%Y%m%d-%H%M%S}.db").touch()
        assert the("backup").is_well is is_well
    assert the("backup", backup_dir="off").finding == "off (WISMO_BACKUP_DIR)"
    database.close()


def test_a_file_that_is_damaged_is_a_fault(folder: Path) -> None:
    ready_database(settings()).close()
    assert "sound" in the("database file").finding
    with (folder / "wismo.db").open("r+b") as handle:
        handle.seek(4096 * 3)
        handle.write(b"\x5a" * 4096 * 20)
    found = [one for one in examine(settings()) if one.subject.startswith("database")]
    assert not all(one.is_well for one in found)


# -- names, address, clock ---------------------------------------------------------------------------------------------


def test_every_host_that_is_configured_is_looked_up() -> None:
    given = settings(
        public_url="https://track.shop.invalid",
        heartbeat_url="https://hc.shop.invalid/ping/hush",
        mail_url="smtp://mail.shop.invalid",
        mail_from="a@shop.example",
        ups_client_id="id",
        ups_client_secret="s",
        ups_api_url="http://127.0.0.1:1",
        vtex_account="pretend",
        vtex_url="https://shop.invalid",
        customer_mail="none",
    )
    assert set(places_of(given)) == {
        *("track.shop.invalid", "hc.shop.invalid", "mail.shop.invalid", "127.0.0.1", "shop.invalid")
    }
    lost = {one.subject: one.is_well for one in examine(given) if one.subject.startswith("name")}
    assert lost["name track.shop.invalid"] is False
    assert "name 127.0.0.1" not in lost
    assert "hush" not in " ".join(map(str, examine(given)))


def test_an_address_that_leads_here_is_told_from_another_installation_and_from_something_else(folder: Path) -> None:
    with ExitStack() as running:
        apps = []
        for name in ("wismo.db", "other.db"):
            database = ready_database(settings(database_url=f"sqlite:{name}"))
            running.callback(database.close)
            desk = Desk(database, settings(), policy_of(settings()))
            apps.append(running.enter_context(served(create_app(desk, Refused(), lambda: NOON))))
        ours, others = apps
        strange = running.enter_context(served(Flask("something else")))
        assert the("public address", public_url=f"http://127.0.0.1:{ours}").is_well
        assert "another installation" in the("public address", public_url=f"http://127.0.0.1:{others}").finding
        assert "something else" in the("public address", public_url=f"http://127.0.0.1:{strange}").finding
    assert "does not answer" in the("public address", public_url="http://127.0.0.1:1").finding
    assert the("public address").is_well, "what is not set is not tested"


def test_a_certificate_that_nobody_trusts_is_a_fault() -> None:
    with tls(datetime.now(UTC) + timedelta(days=80)) as port:
        found = the("certificate", public_url=f"https://localhost:{port}")
    assert (found.is_well, "certificate" in found.finding) == (False, True)
    assert "shows none" in the("certificate", public_url="https://localhost:1").finding


def test_a_heartbeat_is_looked_at_without_a_sign_of_life_and_tells_the_time(service: Service) -> None:
    given = {"heartbeat_url": f"{service.url}/ping/secret"}
    assert the("heartbeat", **given).is_well
    assert [(method, path) for method, path, _ in service.take()] == [("HEAD", "/")]
    assert the("clock", **given).is_well
    service.date = lambda: time() - 120
    found = the("clock", **given)
    assert (found.is_well, "NTP" in found.remedy) == (False, True)
    assert not the("heartbeat", heartbeat_url="http://127.0.0.1:1/ping/x").is_well
    assert "nobody misses this machine" in the("heartbeat").finding


@pytest.mark.parametrize(
    ("said", "is_well"), [("Mon, 02 Mar 2026 12:00:59 GMT", True), ("Mon, 02 Mar 2026 11:58:59 GMT", False)]
)
def test_a_clock_is_off_by_more_than_a_minute(said: str, is_well: bool) -> None:
    assert [one.is_well for one in clock_by("far.example", said, NOON)] == [is_well]


def test_who_tells_no_time_is_no_clock() -> None:
    assert [*clock_by("far.example", "", NOON), *clock_by("far.example", "noon", NOON)] == []


# -- logins ------------------------------------------------------------------------------------------------------------


def test_a_login_is_tried_where_that_costs_nothing() -> None:
    account = Account()
    with open_carrier(clock.now, account) as carrier:
        given = {
            "ups_client_id": account.client_id,
            "ups_client_secret": account.client_secret,
            "ups_api_url": f"http://127.0.0.1:{carrier.port}",
            "dhl_unified_api_key": "k",
            "melhor_envio_client_id": "1",
            "melhor_envio_client_secret": "s",
            "melhor_envio_refresh_token": "r",
            "melhor_envio_contact": "a@example.com",
        }
        assert the("login ups", **given).is_well
        refused = the("login ups", **given | {"ups_client_secret": "another"})
        assert "WISMO_UPS_CLIENT_ID, WISMO_UPS_CLIENT_SECRET" in refused.remedy
        assert "each question counts" in the("login dhl-unified", **given).finding
        assert "refresh token" in the("login melhor-envio", **given).finding
    assert not the("login ups", **given).is_well
    assert "another" not in str(refused)


# -- the whole ---------------------------------------------------------------------------------------------------------


def hanging(stack: ExitStack) -> str:
    """A place that takes connections and never says a word."""
    listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    return f"127.0.0.1:{listener.getsockname()[1]}"


def all_hang(stack: ExitStack) -> Settings:
    return settings(
        mail_url=f"smtp://{hanging(stack)}",
        mail_from="a@shop.example",
        heartbeat_url=f"http://{hanging(stack)}/ping/x",
        public_url=f"http://{hanging(stack)}",
        ups_client_id="id",
        ups_client_secret="s",
        ups_api_url=f"http://{hanging(stack)}",
        correios_user="u",
        correios_access_code="c",
        correios_api_url=f"http://{hanging(stack)}",
        vtex_account="pretend",
        vtex_app_key="k",
        vtex_app_token="t",
        vtex_url=f"http://{hanging(stack)}",
        customer_mail="none",
        slack_bot_token="xoxb-1",
        slack_signing_secret="s",
        slack_channel="C1",
        slack_api_url=f"http://{hanging(stack)}/",
    )


def test_who_does_not_answer_in_time_is_named_and_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "WHOLE_S", 1.0)
    ready_database(settings()).close()
    with ExitStack() as stack:
        began = monotonic()
        found = examine(all_hang(stack))
        assert monotonic() - began < 5
    late = {one.subject for one in found if "does not answer within" in one.finding}
    assert {"mail", "heartbeat", "public address", "logins", "vtex", "slack"} <= late
    assert {"database", "database file", "disk", "push ups", "names"} <= {one.subject for one in found if one.is_well}


@pytest.mark.slow
def test_the_whole_takes_less_than_twenty_seconds_though_everybody_hangs() -> None:
    ready_database(settings()).close()
    with ExitStack() as stack:
        began = monotonic()
        examine(all_hang(stack))
        assert monotonic() - began < 20


def test_a_part_that_fails_says_so_and_the_others_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_settings: Settings) -> Iterator[Finding]:
        raise ZeroDivisionError

    monkeypatch.setattr(doctor, "EXAMINATIONS", (("broken", broken), *EXAMINATIONS))
    found = examine(settings())
    assert (found[0].subject, found[0].is_well, "ZeroDivisionError" in found[0].finding) == ("broken", False, True)
    assert found[-1].subject == "not tested"


def test_nothing_is_stored_or_sent(folder: Path, service: Service) -> None:
    database = ready_database(settings())
    with database.read() as tx:
        before = [ledger.install(tx), ledger.beats(tx), tx.rows("SELECT * FROM leases")]
    examine(settings(heartbeat_url=f"{service.url}/ping/x"))
    with database.read() as tx:
        assert [ledger.install(tx), ledger.beats(tx), tx.rows("SELECT * FROM leases")] == before
    database.close()
    assert not [path for _, path, _ in service.heard if path != "/"]


def test_programs_read_it_as_json_and_by_its_exit_code(folder: Path) -> None:
    done = CliRunner().invoke(main, ["doctor", "--json"], env={"WISMO_DATABASE_URL": "sqlite:nothing.db"})
    found = json.loads(done.stdout)
    assert done.exit_code == 1
    assert {"ok", "subject", "finding", "remedy"} == set(found[0])
    wrong = [one for one in found if not one["ok"]]
    assert "database" in [one["subject"] for one in wrong]
    assert all(one["remedy"] for one in wrong)
