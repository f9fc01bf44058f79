"""A carrier is one file: it works the moment that it lies in its folder."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import httpx

from tests.e2e.conftest import Relay

ACME = '''
"""ACME Parcel: one scan in each push; the secret stands in a header."""

from relay.carriers import Carrier
from relay.carriers._facts import applied, parcel_number, scan_status
from relay.carriers._moments import moment
from relay.carriers._signatures import same, secret_bytes, wire_bytes
from relay.carriers._tree import Node, read_object
from relay.errors import BadSignature
from relay.model import Fact, FactKind, Push, Reading, Report, Status

STATUSES = {"MOVING": Status.IN_TRANSIT, "VAN": Status.OUT_FOR_DELIVERY}


def verify(push: Push, secret: str) -> None:
    if not same(secret_bytes(secret), wire_bytes(push.headers.get("x-acme", ""))):
        raise BadSignature("x-acme is not the secret")


def parse_push(body: bytes) -> Reading:
    message = read_object(body)
    number = parcel_number(message, "awb")
    if number is None:
        raise message.fault("awb", "missing")
    return applied(message, [Report("acme", number, (read_scan(message),))])


def read_scan(message: Node) -> Fact:
    code, when = message.required("code"), moment(message.text("at"))
    status = scan_status(STATUSES.get(code, Status.UNKNOWN), when, message, "at")
    return Fact("acme", True, FactKind.SCAN, status, code, when.text, when.at, when.local, when.zone_assumed)


carrier = Carrier(slug="acme", label="ACME Parcel", docs="https://acme.example", verify=verify, parse_push=parse_push)
'''


def test_a_file_in_the_folder_is_all_that_a_new_carrier_needs(relay: Relay) -> None:
    here = Path(__file__).parents[2]
    shutil.copytree(here / "relay", relay.folder / "relay", ignore=shutil.ignore_patterns("__pycache__"))
    (relay.folder / "relay" / "carriers" / "acme.py").write_text(ACME)
    relay.environment |= {"PYTHONPATH": str(relay.folder), "WISMO_ACME_PUSH_SECRETS": "a secret"}
    relay.start()
    relay.run("add", "--order", "1", "--carrier", "acme", "--number", "A 1")
    scan = {"awb": "a1", "code": "VAN", "at": datetime.now(UTC).isoformat()}
    forged = httpx.post(f"{relay.url}/push/acme", json=scan, headers={"x-acme": "guess"})
    pushed = httpx.post(f"{relay.url}/push/acme", json=scan, headers={"x-acme": "a secret"})
    assert (forged.status_code, pushed.status_code, pushed.json()["action"]) == (401, 200, "apply")
    assert json.loads(relay.run("track", "1", "--json").stdout)["status"] == "out_for_delivery"
    (relay.folder / "push.json").write_text(json.dumps(scan))
    assert json.loads(relay.run("parse", "acme", "push.json").stdout)["shipments"][0]["tracking_number"] == "a1"
    assert (
        "ACME Parcel"
        in httpx.get(json.loads(relay.run("track", "1", "--json").stdout)["shipments"][0]["page_url"]).text
    )
