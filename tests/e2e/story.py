"""A parcel's life as its carriers tell it, really signed and over real sockets, and as its customer reads it."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.header import decode_header, make_header
from email.message import Message
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from click.testing import CliRunner
from standardwebhooks import Webhook

from relay import clock
from relay.cli import main
from relay.sandbox.mailbox import Mailbox, open_mailbox
from tests.carriers.easypost import sign as easypost_sign
from tests.carriers.ups import sign as ups_sign
from tests.e2e.conftest import UPS_SECRET, Relay, eventually

EASYPOST_SECRET = "another secret of the tests"
STANDARD_SECRET = "whsec_YWxsIG91ciBzZWNyZXRzIGFyZSBtYWRlIHVwIQ=="
SECRETS = {
    "WISMO_UPS_PUSH_SECRETS": UPS_SECRET,
    "WISMO_EASYPOST_PUSH_SECRETS": EASYPOST_SECRET,
    "WISMO_STANDARD_PUSH_SECRETS": STANDARD_SECRET,
}
#: Scans are recent: what is older than two days when it is learnt is no news.
NOW = datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class Scan:
    status: str
    minutes_ago: int

    @property
    def at(self) -> datetime:
        return NOW - timedelta(minutes=self.minutes_ago)


@dataclass(frozen=True, slots=True)
class Said:
    """One push, to be signed when it is sent."""

    slug: str
    body: bytes


# -- how senders say it ------------------------------------------------------------------------------------------------

#: A tracking number and the scans so far, oldest first.
Voice = Callable[[str, Sequence[Scan]], Said]

UPS_WORDS = {"in_transit": ("I", "AR"), "out_for_delivery": ("I", "OT"), "delivered": ("D", "FS")}


def ups(number: str, scans: Sequence[Scan]) -> Said:
    """The newest scan alone."""
    kind, code = UPS_WORDS[scans[-1].status]
    scan = {
        "trackingNumber": number,
        "gmtActivityDate": f"{scans[-1].at:%Y%m%d}",
        "gmtActivityTime": f"{scans[-1].at:%H%M%S}",
        "activityStatus": {"type": kind, "code": code, "description": code},
        "activityLocation": {"city": "Campinas"},
    }
    return Said("ups", json.dumps(scan).encode())


def standard(number: str, scans: Sequence[Scan], carrier: str = "acme") -> Said:
    """The newest scan alone."""
    event = {"occurred_at": scans[-1].at.isoformat(), "status": scans[-1].status, "place": "Olinda, PE"}
    message = {"type": "shipment.updated", "carrier": carrier, "tracking_number": number, "events": [event]}
    return Said("standard", json.dumps(message).encode())


def easypost(number: str, scans: Sequence[Scan]) -> Said:
    """The whole history, and its last word as the parcel's present status."""
    tracker = {
        "object": "Tracker",
        "id": f"trk_{number}",
        "tracking_code": number,
        "carrier": "USPS",
        "status": scans[-1].status,
        "updated_at": f"{scans[-1].at:%Y-%m-%dT%H:%M:%SZ}",
        "tracking_details": [
            {"status": scan.status, "datetime": f"{scan.at:%Y-%m-%dT%H:%M:%SZ}", "message": scan.status}
            for scan in scans
        ],
    }
    return Said("easypost", json.dumps({"description": "tracker.updated", "result": tracker}).encode())


#: Each voice, and the carrier whose parcels it speaks of.
VOICES: dict[Voice, str] = {ups: "ups", standard: "acme", easypost: "usps"}


def signed(said: Said) -> dict[str, str]:
    now = datetime.now(UTC)
    match said.slug:
        case "ups":
            return ups_sign.sign(said.body, UPS_SECRET, now)
        case "easypost":
            return easypost_sign.sign(said.body, EASYPOST_SECRET, now)
        case _:
            return sign_standard(said.body, f"msg_{uuid4().hex}", now)


def sign_standard(body: bytes, message_id: str, now: datetime) -> dict[str, str]:
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(STANDARD_SECRET).sign(message_id, now, body.decode()),
    }


def send(client: httpx.Client, url: str, said: Said) -> httpx.Response:
    return client.post(f"{url}/push/{said.slug}", content=said.body, headers=signed(said))


# -- the shop ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shop:
    """A running relay, its command, and the mail server of its customers."""

    relay: Relay
    box: Mailbox
    client: httpx.Client

    def add(self, order: str, carrier: str, number: str) -> None:
        self.command(
            *("add", "--order", order, "--carrier", carrier, "--number", number),
            *("--email", address_of(order), "--locale", "en"),
        )

    def hear(self, *pushes: Said) -> None:
        for said in pushes:
            answer = send(self.client, self.relay.url, said)
            assert (answer.status_code, answer.json().get("action")) == (200, "apply"), answer.text

    def parcel(self, order: str) -> dict[str, Any]:
        parcel: dict[str, Any] = json.loads(self.command("track", order, "--json"))["shipments"][0]
        return parcel

    def mails(self, order: str) -> list[Message]:
        return [mail.message for mail in self.box.mails if mail.to == address_of(order)]

    def told(self, order: str) -> list[str]:
        """The customer's mails, each as the status that its subject leads with."""
        return [_subject(mail).partition(":")[0] for mail in self.mails(order)]

    def has_told(self, order: str, *statuses: str) -> None:
        """Wait for the last of the mails, and let no other have left."""
        eventually(lambda: len(self.told(order)) >= len(statuses), f"{order} is told {statuses}")
        assert self.told(order) == list(statuses), order

    def waits_to_tell(self) -> list[str]:
        """The orders of which something is still to be told: messages commit with the push that makes them."""
        rows = json.loads(self.command("outbox", "--json", "--limit", "1000", "--state", "due"))
        return [row["order_id"] for row in rows]

    def command(self, *arguments: str) -> str:
        """``wismo`` in this process: one of its own costs a second for each of many parcels."""
        with chdir(self.relay.folder):
            done = CliRunner().invoke(
                main, arguments, env={"WISMO_PORT": str(self.relay.port)} | self.relay.environment
            )
        assert done.exit_code == 0, done.output
        return done.output


@contextmanager
def open_shop(folder: Path, **more: str) -> Iterator[Shop]:
    with open_mailbox(clock.now) as box, httpx.Client(timeout=20) as client:
        mail = {"WISMO_MAIL_URL": f"smtp://127.0.0.1:{box.port}", "WISMO_MAIL_FROM": "loja@example.com"}
        relay = Relay(folder, SECRETS | mail | {"WISMO_MAIL_GAP_MINUTES": "0", "WISMO_MAIL_BRAKE": "off"} | more)
        relay.start()
        try:
            yield Shop(relay, box, client)
        finally:
            relay.stop()


def address_of(order: str) -> str:
    return f"{order}@example.com"


def _subject(mail: Message) -> str:
    return str(make_header(decode_header(mail["Subject"])))
