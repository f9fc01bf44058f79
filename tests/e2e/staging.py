"""A whole installation as a shop has it, with everything around it, each part of which can be stopped."""

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx

from relay import clock
from relay.sandbox.carrier import Account, PretendCarrier, open_carrier
from relay.sandbox.mailbox import Mail, Mailbox, open_mailbox
from relay.sandbox.slack import OPS, Posted, PretendSlack, open_slack
from relay.sandbox.vtex import PretendVtex, open_vtex
from tests.bot.conftest import settings_of
from tests.e2e.conftest import Relay
from tests.e2e.story import Scan, ups
from tests.watch.services import Service, open_service

#: Longer than anything here takes.
PATIENCE_S: Final = 400.0
#: So many processes begin at once: each loads for seconds, and one that loads is not missed yet.
STARTING: Final = threading.Semaphore(2)
OPERATOR: Final = "operator@example.com"
ALIVE, FAILS = ("GET", "/ping/id", ""), "/ping/id/fail"


def seconds_until(is_so: Callable[[], object], what: str, since: float | None = None) -> float:
    """How long it takes until something holds, from a moment of the machine's clock or from now."""
    began = time.monotonic()
    while not is_so():
        assert time.monotonic() - began < PATIENCE_S, f"never: {what}"
        time.sleep(0.1)
    return time.monotonic() - (since or began)


@dataclass
class MailServer:
    """At one address, where it may be gone for a while."""

    port: int = 0  #: whichever is free when it starts for the first time
    boxes: list[Mailbox] = field(default_factory=list)
    _running: ExitStack = field(default_factory=ExitStack)

    def start(self) -> None:
        self.boxes.append(self._running.enter_context(open_mailbox(clock.now, self.port)))
        self.port = self.boxes[-1].port

    def stop(self) -> None:
        self._running.close()

    def to(self, address: str) -> list[Mail]:
        return [mail for box in self.boxes for mail in box.mails if mail.to == address]


@dataclass
class Stage:
    relay: Relay
    slack: PretendSlack
    carrier: PretendCarrier
    vtex: PretendVtex
    mail: MailServer
    service: Service
    _orders: int = 0

    def add(self) -> str:
        """An order whose parcel is asked about at once; its number."""
        self._orders += 1
        order, number = f"{1000 + self._orders}", f"1Z999AA1000000{self._orders:04}"
        given = ("--order", order, "--carrier", "ups", "--number", number, "--email", f"{order}@example.com")
        done = self.relay.run("add", *given)
        assert done.returncode == 0, done.stderr
        return number

    def connect(self) -> None:
        """Have the shop tell of its orders: by its feed, which needs no address of ours."""
        done = self.relay.run("vtex", "connect", "--feed")
        assert done.returncode == 0, done.stderr

    def scan(self, number: str) -> None:
        said = ups(number, [Scan("in_transit", 5)])
        headers = {"credential": self.carrier.account.push_secret}
        answer = httpx.post(f"{self.relay.url}/push/ups", content=said.body, headers=headers, timeout=10)
        assert answer.status_code == 200, answer.text

    # -- what is to be seen of it --------------------------------------------------------------------------------------

    def posted(self, *words: str) -> list[Posted]:
        """The team's messages that say all of this."""
        return [one for one in self.slack.posted(OPS) if all(word in one.words for word in words)]

    def alerts(self, *words: str) -> list[Mail]:
        return [one for one in self.mail.to(OPERATOR) if all(word in f"{one.subject} {one.text}" for word in words)]

    def pings(self) -> int:
        return self.service.heard.count(ALIVE)

    def failures(self) -> list[str]:
        """What the heartbeat's service was told to be wrong."""
        return [body for _, path, body in self.service.heard if path == FAILS]

    def incidents(self) -> dict[tuple[str, str], dict[str, Any]]:
        """By kind and title, the newest first."""
        found = json.loads(self.relay.run("incidents", "--json").stdout)
        return {(row["kind"], row["title"]): row for row in reversed(found)}

    def is_open(self, kind: str) -> bool:
        rows = self.query("SELECT 1 FROM incidents WHERE kind = ? AND closed_at IS NULL", kind)
        return bool(rows)

    def query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.relay.folder / "wismo.db", timeout=10)) as connection, connection:
            return connection.execute(sql, values).fetchall()

    def pass_hours(self) -> None:
        """What is open was last seen two hours ago, as far as the store knows."""
        then = datetime.now(UTC) - timedelta(hours=2)
        self.query("UPDATE incidents SET last_seen_at = ?", then.isoformat(timespec="milliseconds"))


@contextmanager
def open_stage(folder: Path) -> Iterator[Stage]:
    """It runs, and its heartbeat's service has heard that all is well."""
    account, mail = Account(), MailServer()
    with (
        open_slack(clock.now) as slack,
        open_carrier(clock.now, account) as carrier,
        open_vtex(clock.now) as vtex,
        open_service() as service,
    ):
        mail.start()
        relay = Relay(folder, _environment(slack, carrier, vtex, mail, service))
        try:
            with STARTING:
                relay.start()
            stage = Stage(relay, slack, carrier, vtex, mail, service)
            seconds_until(stage.pings, "all is well")
            yield stage
        finally:
            if relay.process is not None and relay.process.poll() is None:
                relay.stop()
            mail.stop()


def _environment(
    slack: PretendSlack, carrier: PretendCarrier, vtex: PretendVtex, mail: MailServer, service: Service
) -> dict[str, str]:
    told = settings_of(slack, slack_ops_channel=OPS, locale="en")
    del told["WISMO_PUBLIC_URL"]
    return told | {
        "WISMO_LIVE": "yes",
        "WISMO_BACKUP_DIR": "off",
        "WISMO_MAIL_GAP_MINUTES": "0",
        "WISMO_UPS_PUSH_SECRETS": carrier.account.push_secret,
        "WISMO_UPS_CLIENT_ID": carrier.account.client_id,
        "WISMO_UPS_CLIENT_SECRET": carrier.account.client_secret,
        "WISMO_UPS_API_URL": carrier.url,
        "WISMO_VTEX_ACCOUNT": "mystore",
        "WISMO_VTEX_URL": vtex.url,
        "WISMO_VTEX_APP_KEY": vtex.key.app_key,
        "WISMO_VTEX_APP_TOKEN": vtex.key.app_token,
        "WISMO_CUSTOMER_MAIL": "wismo",
        "WISMO_MAIL_URL": f"smtp://127.0.0.1:{mail.port}",
        "WISMO_MAIL_FROM": "shop@example.com",
        "WISMO_ALERT_MAIL_TO": OPERATOR,
        "WISMO_HEARTBEAT_URL": f"{service.url}/ping/id",
    }
