"""Third-party samples, read in place where they lie beside the repository; they are not ours to copy."""

import json
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest

from relay.carriers import all_carriers, read_push
from relay.desk.reading import describe
from relay.errors import BadSignature
from relay.model import Push
from tests.carriers.samples import NOW

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "push"
SAMPLES = [
    pytest.param(slug, path, id=f"{slug}-{path.stem}")
    for slug in all_carriers()
    for path in sorted((CORPUS / slug).glob("*.json"))
    if not path.name.endswith(".expected.json")
]

pytestmark = [
    pytest.mark.skipif(not CORPUS.is_dir(), reason="no third-party samples here"),
    pytest.mark.parametrize(("slug", "path"), SAMPLES),
]


def expected(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.with_suffix(".expected.json").read_bytes())
    return found


def moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def test_it_is_read_as_expected(slug: str, path: Path) -> None:
    want, got = expected(path), describe(read_push(all_carriers()[slug], path.read_bytes()))
    assert got["action"] == want["action"]
    shipments = got["shipments"]
    assert isinstance(shipments, list)
    if want["action"] == "ignore":
        assert not shipments
        return
    [shipment] = shipments
    assert shipment["tracking_number"] == want["tracking_number"]
    assert shipment["carrier"] == want["carrier"]
    assert shipment["status"] == (want["state"] and want["state"].lower())
    assert len(shipment["events"]) == want["event_count"]
    latest = shipment["events"][-1]["occurred_at"] if shipment["events"] else None
    assert moment(latest) == moment(want["latest_event_time_utc"])
    assert moment(shipment["delivered_at"]) == moment(want["delivered_at_utc"])
    assert shipment["estimated_at"] == want["estimated_delivery"]


def test_its_signature_is_accepted_and_no_other(slug: str, path: Path) -> None:
    signature = expected(path).get("signature")
    if not signature or signature["kind"] != "computed":
        pytest.skip("the sample is not signed")
    carrier, body = all_carriers()[slug], path.read_bytes()
    headers = {signature["header"].lower(): signature["value"]}
    carrier.verify(Push(slug, "POST", f"/push/{slug}", headers, body, NOW), signature["secret"])
    with pytest.raises(BadSignature):
        carrier.verify(Push(slug, "POST", f"/push/{slug}", headers, body + b" ", NOW), signature["secret"])


def test_its_second_signature_is_accepted_while_it_is_fresh(slug: str, path: Path) -> None:
    second = expected(path).get("signature_v2")
    if not second:
        pytest.skip("the sample has no second signature")
    carrier, headers = all_carriers()[slug], {name.lower(): value for name, value in second["headers"].items()}
    sent_at = parsedate_to_datetime(headers["x-timestamp"])
    carrier.verify(Push(slug, second["method"], "/", headers, path.read_bytes(), sent_at), second["secret"])
    with pytest.raises(BadSignature):
        carrier.verify(Push(slug, second["method"], "/", headers, path.read_bytes(), NOW), second["secret"])
