"""What only EasyPost has: a second signature with a timestamp, returns, and look-ups that fail."""

import hmac
import json
from datetime import datetime, timedelta
from email.utils import format_datetime

import pytest
from structlog.testing import capture_logs

from relay.carriers.easypost import ask, carrier, register
from relay.errors import BadSignature
from relay.model import Account, Action, Outcome, Push, Wanted
from tests.carriers.easypost.sign import sign
from tests.carriers.samples import NOW, folder_of

BODY = b"{}"
SECRET = "s\N{LATIN SMALL LETTER E WITH ACUTE}cret"
DECOMPOSED = "se\N{COMBINING ACUTE ACCENT}cret"


def second(sent_at: datetime | str = NOW, secret: str = SECRET, path: str = "/push/easypost") -> dict[str, str]:
    """The headers of a V2 signature."""
    timestamp = sent_at if isinstance(sent_at, str) else format_datetime(sent_at)
    key = secret.replace("\N{LATIN SMALL LETTER E WITH ACUTE}", "e\N{COMBINING ACUTE ACCENT}").encode()
    digest = hmac.new(key, f"{timestamp}POST{path}".encode() + BODY, "sha256").hexdigest()
    return {"x-timestamp": timestamp, "x-path": path, "x-hmac-signature-v2": f"hmac-sha256-hex={digest}"}


def verify(headers: dict[str, str], secret: str = SECRET) -> None:
    carrier.verify(Push("easypost", "post", "/push/easypost", headers, BODY, NOW), secret)


def test_the_key_is_the_secret_in_its_decomposed_form() -> None:
    verify(sign(BODY, SECRET, NOW), DECOMPOSED)


@pytest.mark.parametrize("minutes", [-5, 0, 5])
def test_a_fresh_second_signature_is_accepted_with_and_without_the_first(minutes: int) -> None:
    headers = second(NOW + timedelta(minutes=minutes))
    verify(headers)
    verify(headers | sign(BODY, SECRET, NOW))


@pytest.mark.parametrize("sent_at", [NOW - timedelta(minutes=6), NOW + timedelta(minutes=6), "yesterday", ""])
def test_a_stale_one_is_refused_even_beside_a_good_first(sent_at: datetime | str) -> None:
    for headers in (second(sent_at), second(sent_at) | sign(BODY, SECRET, NOW)):
        with pytest.raises(BadSignature, match="X-Timestamp"):
            verify(headers)


def test_a_second_signature_that_does_not_fit_is_logged_beside_a_good_first_and_refused_alone() -> None:
    headers = second(secret="another")
    with capture_logs() as logs:
        verify(headers | sign(BODY, SECRET, NOW))
    assert [entry["log_level"] for entry in logs] == ["warning"]
    assert SECRET not in f"{logs}"
    with pytest.raises(BadSignature, match="V2"):
        verify(headers)


def test_a_good_second_signature_does_not_excuse_a_bad_first() -> None:
    with pytest.raises(BadSignature, match="X-Hmac-Signature does"):
        verify(second() | {"x-hmac-signature": "hmac-sha256-hex=00"})


def test_a_lookup_that_failed_tells_nothing_of_the_parcel_but_says_that_it_failed() -> None:
    reading = carrier.parse_push((folder_of(carrier) / "lookup-failed.json").read_bytes())
    [report] = reading.reports
    assert (reading.action, report.outcome, report.facts) == (Action.APPLY, Outcome.SERVER_ERROR, ())


def test_the_reference_is_the_tracker_and_serves_where_there_is_no_number() -> None:
    event = json.loads((folder_of(carrier) / "in_transit.json").read_bytes())
    event["result"]["tracking_code"] = None
    [report] = carrier.parse_push(json.dumps(event).encode()).reports
    assert (report.tracking_number, report.reference) == (None, "trk_2f81")


def test_the_summary_speaks_as_of_the_newest_scan_and_was_told_later() -> None:
    [report] = carrier.parse_push((folder_of(carrier) / "delivered.json").read_bytes()).reports
    summary = report.facts[-1]
    assert summary.is_summary
    assert summary.moment_text == "2026-03-04T19:58:00Z"
    assert summary.told_at == NOW


def test_it_is_asked_by_our_tracker_else_by_number_with_the_carrier_where_it_has_a_name() -> None:
    account = Account({"API_KEY": "key"})
    known, named, strange = (
        Wanted("usps", "94", "trk_2f81"),
        Wanted("dhl-express", "JD", "JD"),
        Wanted("owl-post", "OW"),
    )
    assert ask(account, [known]).path == "/v2/trackers/trk_2f81"
    assert ask(account, [named]).params == {"tracking_code": "JD", "carrier": "DHLExpress"}
    assert ask(account, [strange]).params == {"tracking_code": "OW"}
    assert ask(account, [strange]).headers == {"Authorization": "Basic a2V5Og=="}


def test_a_tracker_is_made_once_by_a_post() -> None:
    made = register(Account({"API_KEY": "key"}), [Wanted("usps", "94")])
    assert (made.method, made.path) == ("POST", "/v2/trackers")
    assert made.json == {"tracker": {"tracking_code": "94", "carrier": "USPS"}}
