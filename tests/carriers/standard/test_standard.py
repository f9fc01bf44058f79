"""Our own format: its signature, and that schema, page and code say the same."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from relay.carriers import read_push, standard
from relay.carriers.standard import carrier
from relay.errors import BadSignature
from relay.model import Action, Push, Status
from tests.carriers.mutations import changed, places, proper_json
from tests.carriers.samples import NOW, bodies, folder_of
from tests.carriers.standard.sign import SECRETS, sign

DOCS = Path(__file__).resolve().parents[3] / "docs"
SCHEMA: dict[str, Any] = json.loads((DOCS / "standard-push.schema.json").read_bytes())
VALIDATOR = Draft202012Validator(SCHEMA)
EXAMPLES = [
    json.loads(text) for text in re.findall(r"```json\n(.*?)```", (DOCS / "standard-push.md").read_text(), re.DOTALL)
]
SAMPLES = [json.loads(body.read_bytes()) for body in bodies(carrier)]
BODY = b'{"type": "any"}'


# -- the signature -----------------------------------------------------------------------------------------------------


def verify(headers: dict[str, str], secret: str = SECRETS[0], body: bytes = BODY) -> None:
    carrier.verify(Push("standard", "POST", "/push/standard", headers, body, NOW), secret)


def test_of_several_signatures_one_suffices() -> None:
    old, new = (sign(BODY, secret, NOW) for secret in SECRETS)
    both = f"v1a,whatever {old['webhook-signature']} {new['webhook-signature']}"
    for secret in SECRETS:
        verify(old | {"webhook-signature": both}, secret)


def test_freshness_is_measured_at_receipt() -> None:
    for minutes in (-5, 5):
        verify(sign(BODY, SECRETS[0], NOW + timedelta(minutes=minutes)))
    for minutes in (-6, 6):
        with pytest.raises(BadSignature, match="five minutes"):
            verify(sign(BODY, SECRETS[0], NOW + timedelta(minutes=minutes)))


@pytest.mark.parametrize("timestamp", ["", "now", "1e9", "-5", "99999999999", "9" * 40, "\u0661\u0662"])
def test_a_timestamp_is_seconds(timestamp: str) -> None:
    with pytest.raises(BadSignature):
        verify(sign(BODY, SECRETS[0], NOW) | {"webhook-timestamp": timestamp})


def test_a_secret_may_lack_its_prefix_and_its_padding() -> None:
    verify(sign(BODY, SECRETS[0], NOW), SECRETS[0].removeprefix("whsec_").rstrip("="))


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_\u00e9", "no base64!"])
def test_a_secret_that_is_none_accepts_nothing(secret: str) -> None:
    with pytest.raises(BadSignature, match="our secret"):
        verify(sign(BODY, SECRETS[0], NOW), secret)
    assert "whsec_" in carrier.secret_fault(secret)
    assert [carrier.secret_fault(good) for good in SECRETS] == ["", ""]


def test_what_is_not_utf_8_is_not_signed() -> None:
    with pytest.raises(BadSignature):
        verify(sign(BODY, SECRETS[0], NOW), body=b"\xff")


# -- schema, page and code ---------------------------------------------------------------------------------------------


def read(message: object) -> Any:  # noqa: ANN401 - a reading, with whatever it holds
    return read_push(carrier, json.dumps(message).encode())


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_the_schema_lists_our_words() -> None:
    assert SCHEMA["$defs"]["status"]["examples"] == [status.value for status in Status if status is not Status.UNKNOWN]


def test_the_page_lists_our_words() -> None:
    page = (DOCS / "standard-push.md").read_text()
    assert all(f"`{status.value}`" in page for status in Status if status is not Status.UNKNOWN)


def test_the_schema_has_the_codes_patterns() -> None:
    definitions = SCHEMA["$defs"]
    assert definitions["moment"]["pattern"] == standard.MOMENT.pattern
    assert definitions["shipment"]["properties"]["estimated_at"]["pattern"] == standard.ESTIMATE.pattern
    assert SCHEMA["properties"]["type"]["const"] == standard.TYPE


def test_there_are_examples() -> None:
    assert EXAMPLES


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_of_the_page_is_valid_and_is_read_in_full(example: object) -> None:
    VALIDATOR.validate(example)
    reading = read(example)
    assert (reading.action, reading.reason) == (Action.APPLY, "")
    assert all(
        fact.status is not Status.UNKNOWN or fact.estimated_at for report in reading.reports for fact in report.facts
    )


@settings(deadline=None, max_examples=300)
@given(
    data=st.data(), value=proper_json | st.sampled_from(["", " ", "2026-03-04", "2026-03-04T10:00", "in_transit", None])
)
def test_what_the_schema_refuses_is_named_and_what_it_allows_is_read(data: st.DataObject, value: object) -> None:
    message = data.draw(st.sampled_from(EXAMPLES + SAMPLES))
    mutated = changed(message, data.draw(st.sampled_from(places(message))), value)
    reading = read(mutated)
    if VALIDATOR.is_valid(mutated):
        assert "expected" not in reading.reason
        assert reading.action is Action.APPLY or reading.reason
    else:
        assert reading.reason


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        (("events", 0, "occurred_at"), 5, "events[0].occurred_at: expected text, got number"),
        (("events", 0, "occurred_at"), "04/03/2026", "events[0].occurred_at: not a moment"),
        (("events", 0, "occurred_at"), "2026-02-30T10:00:00Z", "events[0].occurred_at: not a moment"),
        (("events", 0, "door"), "garden", "events[0].door: neither recipient nor sender"),
        (("events", 0), "event", "events[0]: expected object, got text"),
        (("events",), 5, "events: expected list, got number"),
        (("events",), [], "events: none that can be read"),
        (("tracking_number",), None, "tracking_number: missing"),
        (("tracking_number",), "x" * 201, "tracking_number: longer than 200 characters"),
        (("tracking_number",), "---", "tracking_number: missing"),
        (("carrier",), "", "carrier: missing"),
        (("carrier",), "\N{SNOWMAN}", "carrier: without a letter or digit"),
        (("estimated_at",), "soon", "estimated_at: neither a date"),
        (("updated_at",), "soon", "updated_at: not a moment"),
        (("type",), None, "type: missing"),
    ],
)
def test_every_fault_is_named_by_its_path(path: tuple[str | int, ...], value: object, fault: str) -> None:
    message = {
        "type": "shipment.updated",
        "carrier": "acme",
        "tracking_number": "AC-1",
        "estimated_at": "" if path == ("events",) else "2026-03-05",
        "updated_at": "2026-03-04T10:00:00Z",
        "events": [{"occurred_at": "2026-03-04T10:00:00Z", "status": "delivered", "door": "recipient"}],
    }
    assert fault in read(changed(message, path, value)).reason


def test_the_door_tells_a_delivery_from_a_return() -> None:
    delivered, returned = (
        read_push(carrier, (folder_of(carrier) / f"{name}.json").read_bytes()) for name in ("delivered", "returned")
    )
    assert delivered.reports[0].facts[-1].to_recipient
    assert delivered.reports[0].facts[-1].parcel_id == "p-2026-000183"
    assert not returned.reports[0].facts[-1].to_recipient
    assert returned.reports[0].facts[-1].status is Status.RETURNED


def test_the_carrier_speaks_for_itself_and_says_when_it_did() -> None:
    [report] = read_push(carrier, (folder_of(carrier) / "in_transit.json").read_bytes()).reports
    assert all(fact.is_own for fact in report.facts)
    assert report.facts[-1].told_at == datetime(2026, 3, 2, 21, 1, tzinfo=UTC)
    assert report.reference == "order-77"
