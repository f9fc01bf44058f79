"""A person is forgotten, exported, and what is over its time goes: through the command, as an operator would."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import chdir, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from relay.carriers import carrier_named, read_push
from relay.cli import main
from relay.cli.parts import email_channel
from relay.database import Database
from relay.desk import Desk
from relay.desk.care import settle_in
from relay.intake import Policy
from relay.intake.record import record_push
from relay.intake.refused import Refused
from relay.model import Push
from relay.outbox import Outbox
from relay.settings import load_settings
from relay.web import create_app
from tests.e2e.conftest import Relay, eventually

Wismo = Callable[..., Result]
NUMBER = "1Z204W4R0308071865"
NOW = datetime.now(UTC).replace(microsecond=0)
ANA = "ana@example.com"


@pytest.fixture
def wismo(database: Database, database_url: str, tmp_path: Path) -> Wismo:
    """The command on either engine."""
    identity = database.identity()
    database.write(lambda tx: settle_in(tx, identity, NOW - timedelta(days=1)))

    def run(*arguments: str, typed: str | None = None) -> Result:
        with chdir(tmp_path):
            return CliRunner().invoke(main, arguments, input=typed, env={"WISMO_DATABASE_URL": database_url})

    return run


def scan(minutes_ago: int, code: str = "AR", **more: object) -> bytes:
    at = NOW - timedelta(minutes=minutes_ago)
    told = {
        "trackingNumber": NUMBER,
        "gmtActivityDate": f"{at:%Y%m%d}",
        "gmtActivityTime": f"{at:%H%M%S}",
        "activityStatus": {"type": "I", "code": code, "description": "Left with ANA SOUZA"},
    }
    return json.dumps(told | more).encode()


def push(database: Database, policy: Policy, body: bytes) -> None:
    reading = read_push(carrier_named("ups"), body)
    record_push(database, policy, Push("ups", "POST", "/push/ups", {"x": "1"}, body, NOW), reading)


def add(wismo: Wismo, order: str = "1001", number: str = NUMBER) -> Result:
    done = wismo(
        *("add", "--order", order, "--carrier", "ups", "--number", number),
        *("--email", ANA, "--name", "Ana Souza", "--locale", "en"),
    )
    assert done.exit_code == 0, done.output
    return done


def exported(wismo: Wismo, query: str) -> dict[str, Any]:
    done = wismo("export", query)
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.output)
    return found


def mail_everything(database: Database, folder: Path) -> None:
    settings = load_settings({}, env_file=None)
    with chdir(folder):
        Outbox(database, settings, {"email": email_channel(settings)}).send_due()


def test_everything_kept_about_a_person_is_told(wismo: Wismo, database: Database, policy: Policy) -> None:
    add(wismo)
    push(database, policy, scan(30))
    push(database, policy, b"unread but names " + NUMBER.encode())
    told = exported(wismo, ANA)
    (order,) = told["orders"]
    assert (order["order"]["email"], order["order"]["customer_name"]) == (ANA, "Ana Souza")
    assert [event["status"] for event in order["tracking"]["shipments"][0]["events"]] == ["in_transit"]
    assert [message["status"] for message in order["messages"]] == ["in_transit"]
    assert sorted(raw["body"] for raw in told["pushes"]) == sorted([scan(30).decode(), f"unread but names {NUMBER}"])
    assert exported(wismo, "1001")["orders"][0]["order"]["email"] == ANA
    assert {row["action"] for row in exported(wismo, "1001")["orders"][0]["audit"]} == {"export"}


def test_a_person_is_forgotten_after_a_preview_and_does_not_come_back(
    wismo: Wismo, database: Database, policy: Policy, tmp_path: Path
) -> None:
    link = add(wismo).output.rpartition("/t/")[2].strip()
    add(wismo, "1002", "1Z204W4R0308071874")
    push(database, policy, scan(30))
    mail_everything(database, tmp_path)
    assert len(list((tmp_path / "mail").iterdir())) == 1
    refused = wismo("forget", ANA, typed="n\n")
    assert refused.exit_code == 1
    for words in ("order 1001: name, e-mail address, 1 parcels, 1 messages", "order 1002:", "1 pushes", "1 mails"):
        assert words in refused.output
    assert exported(wismo, ANA)["orders"]
    assert wismo("forget", ANA, "--yes").exit_code == 0
    assert list((tmp_path / "mail").iterdir()) == []
    _is_forgotten(wismo, database, policy, link)
    push(database, policy, scan(30))
    push(database, policy, scan(5, "OT"))
    assert wismo("replay", "--carrier", "ups", "--since", "2020-01-01").exit_code == 0
    again = add(wismo)
    assert "erased" in again.output
    (tmp_path / "orders.csv").write_text(f"order,carrier,number,email,name\n1001,ups,{NUMBER},{ANA},Ana Souza\n")
    assert wismo("import", "orders.csv", "--announce").exit_code == 0
    _is_forgotten(wismo, database, policy, link)
    told = exported(wismo, "1001")
    assert told["orders"][0]["tracking"]["status"] == "out_for_delivery"
    assert [row["state"] for row in told["orders"][0]["messages"]] == ["sent"]
    assert [raw["body"] for raw in told["pushes"] if raw["body"]] == [scan(5, "OT").decode()]
    audit = [row["action"] for row in told["orders"][0]["audit"]]
    assert audit.count("forget") == 1
    assert audit[audit.index("forget") :].count("export") == 2


def _is_forgotten(wismo: Wismo, database: Database, policy: Policy, link: str) -> None:
    told = exported(wismo, "1001")["orders"][0]
    assert (told["order"]["email"], told["order"]["customer_name"]) == (None, None)
    assert told["order"]["locale"] == "en"
    assert ANA not in json.dumps(told)
    for query in (ANA, f"http://127.0.0.1:8080/t/{link}"):
        assert wismo("track", query).exit_code == 1
    assert wismo("track", "1001").exit_code == 0
    desk = Desk(database, load_settings({}, env_file=None), policy)
    client = create_app(desk, Refused(), lambda: NOW).test_client()
    for token in (link, told["order"]["page_token"]):
        assert client.get(f"/t/{token}").status_code == 404


def test_one_order_can_be_forgotten_alone(wismo: Wismo) -> None:
    add(wismo)
    add(wismo, "1002", "1Z204W4R0308071874")
    done = wismo("forget", "1001", "--yes")
    assert "other orders, which stay: 1002" in done.output
    assert [one["order"]["order_id"] for one in exported(wismo, ANA)["orders"]] == ["1002"]
    assert "erased on" in wismo("forget", "1001", "--yes").output


@pytest.mark.parametrize("command", ["forget", "export"])
def test_nobody_and_nothing(wismo: Wismo, command: str) -> None:
    assert wismo(command, "nobody@example.com").exit_code == 1
    assert wismo(command).exit_code == 2
    assert "Example" in wismo(command, "--help").output


def test_what_is_over_its_time_goes_when_somebody_says_so(wismo: Wismo, database: Database, policy: Policy) -> None:
    add(wismo)
    push(database, policy, scan(30))
    old = (NOW - timedelta(days=31)).isoformat(timespec="milliseconds")
    database.write(lambda tx: tx.rows("UPDATE pushes SET received_at = :old", old=old))
    refused = wismo("purge", typed="n\n")
    assert refused.exit_code == 1
    assert "pushes and answers as received   1" in refused.output
    assert exported(wismo, "1001")["pushes"][0]["body"]
    done = wismo("purge", "--yes")
    assert done.exit_code == 0
    assert done.output.count("pushes and answers as received   1") == 2
    assert exported(wismo, "1001")["pushes"][0]["body"] is None
    assert "Example" in wismo("purge", "--help").output


def test_a_process_that_works_makes_tonights_backup(relay: Relay) -> None:
    relay.run("migrate")
    relay.run("add", "--order", "1001", "--email", ANA)
    with closing(sqlite3.connect(relay.folder / "wismo.db")) as connection, connection:
        connection.execute("UPDATE shops SET created_at = '2026-01-01T00:00:00.000+00:00'")
    relay.start()
    folder = relay.folder / "backups"
    eventually(lambda: folder.is_dir() and len(list(folder.glob("wismo-*.db"))) == 1, "the backup is made")
    (backup,) = folder.glob("wismo-*.db")
    with closing(sqlite3.connect(backup)) as copy:
        assert copy.execute("SELECT order_id, email FROM orders").fetchall() == [("1001", ANA)]
    eventually(lambda: relay.run("health").returncode == 0, "all loops run")
    relay.stop()
    restored = relay.run("restore", str(backup))
    assert restored.returncode == 0, restored.stderr


def test_whom_a_backup_still_knows_is_forgotten_again_when_it_comes_back(relay: Relay) -> None:
    relay.run("migrate")
    for order, email in (("1001", ANA), ("1002", "rui@example.com")):
        relay.run("add", "--order", order, "--email", email)
    assert relay.run("backup", "copy.db").returncode == 0
    assert relay.run("forget", ANA, "--yes").returncode == 0
    restored = relay.run("restore", "copy.db")
    assert "1 orders that had been erased since were erased again" in restored.stdout
    assert relay.run("export", ANA).returncode == 1
    assert relay.run("export", "rui@example.com").returncode == 0
    relay.run("add", "--order", "1001", "--email", ANA)
    assert relay.run("export", ANA).returncode == 1
