"""Third-party answers and lists of codes, read in place where they lie beside the repository; not ours to copy."""

import json
from collections.abc import Iterator
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from relay.carriers import Carrier, read_answer
from relay.cli.facts import parse
from relay.desk.reading import describe
from relay.model import Answer, Status, Wanted, normalise_number
from tests.carriers.samples import ASKERS, NOW, folder_of

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
ANSWERS = [
    pytest.param(carrier, path, id=f"{carrier.slug}-{path.stem}")
    for carrier in ASKERS
    for path in sorted((CORPUS / "poll" / carrier.slug).glob("*.json"))
    if not path.name.endswith(".expected.json")
]
LISTED = [carrier for carrier in ASKERS if (CORPUS / "status-codes" / f"{carrier.slug}.json").exists()]
every_answer = pytest.mark.parametrize(("carrier", "path"), ANSWERS)

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="no third-party samples here")


def expected(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.with_suffix(".expected.json").read_bytes())
    return found


def asked(want: dict[str, Any]) -> list[Wanted]:
    return [
        Wanted("", normalise_number(parcel["tracking_number"]))
        for parcel in want["parcels"]
        if parcel["tracking_number"]
    ]


def moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


@every_answer
def test_it_is_read_as_expected(carrier: Carrier, path: Path) -> None:
    want = expected(path)
    answer = Answer(want["http_status"] or 200, path.read_bytes(), NOW, {}, asked(want))
    agree(describe(read_answer(carrier, answer)), want)


@every_answer
def test_without_the_numbers_it_says_the_same(carrier: Carrier, path: Path) -> None:
    want = expected(path)
    agree(describe(read_answer(carrier, Answer(want["http_status"] or 200, path.read_bytes(), NOW))), want)


@every_answer
def test_the_command_says_the_same(carrier: Carrier, path: Path) -> None:
    want = expected(path)
    arguments = [carrier.slug, str(path), "--via", "poll", "--http-status", str(want["http_status"] or 200)]
    if len(asked(want)) == 1:
        arguments += ["--number", asked(want)[0].number]
    agree(json.loads(CliRunner().invoke(parse, arguments).stdout), want)


def agree(got: dict[str, Any], want: dict[str, Any]) -> None:
    assert got["outcome"] == want["outcome"]
    told = {shipment["tracking_number"]: shipment for shipment in got["shipments"]}
    assert len(told) == len(want["parcels"])
    for parcel in want["parcels"]:
        agree_on(told[parcel["tracking_number"]], parcel)
    if want.get("error_code") and got["outcome"] not in {"not_found", "already_registered"}:
        assert want["error_code"] in got["reason"]


def agree_on(got: dict[str, Any], want: dict[str, Any]) -> None:
    accepted = [want["state"], *want.get("state_also_accepted", [])]
    assert got["outcome"] == want["outcome"]
    assert got["status"].upper() in accepted
    assert got["status"].upper() not in want.get("state_must_not_be", [])
    assert len(got["events"]) == want["event_count"]
    latest = got["events"][-1] if got["events"] else {"occurred_at": None, "local_time": None}
    assert moment(latest["occurred_at"]) == moment(want["latest_event_time_utc"])
    if "latest_event_time_local" in want:
        assert latest["local_time"] == want["latest_event_time_local"]
    assert moment(got["delivered_at"]) == moment(want["delivered_at_utc"])
    if "estimated_delivery" in want:
        assert moment(got["estimated_at"]) == moment(want["estimated_delivery"])


# -- codes -------------------------------------------------------------------------------------------------------------


def entries(codes: dict[str, Any]) -> Iterator[tuple[str, str, str | None]]:
    for field, listed in codes.items():
        for code, entry in listed.items():
            yield field, code, entry["state"]


@pytest.mark.parametrize("carrier", LISTED, ids=lambda carrier: carrier.slug)
def test_every_code_of_its_list_means_what_the_list_says(carrier: Carrier) -> None:
    """``codes.py`` in the adapter's folder reads one code, and says where and why it differs."""
    reads = import_module(f"{__package__}.{folder_of(carrier).name}.codes")
    listed = json.loads((CORPUS / "status-codes" / f"{carrier.slug}.json").read_bytes())["codes"]
    wrong = {
        (field, code): (reads.status_of(field, code), state)
        for field, code, state in entries(listed)
        if reads.status_of(field, code) is not Status((state or "unknown").lower())
    }
    assert wrong.keys() == reads.DIFFERS.keys(), wrong
    assert all(reads.DIFFERS.values()), "each with its reason"
