"""Laws that every adapter keeps that is pushed to. They and their samples are found: a new one adds files, no test."""

import json
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relay.carriers import Carrier, read_answer, read_push
from relay.desk.reading import describe
from relay.errors import BadSignature
from relay.model import Action, Reading, Status, fact_id
from relay.tracking import decisive
from tests.carriers.mutations import any_json, changed, places, reversed_lists
from tests.carriers.samples import (
    CARRIERS,
    PUSHERS,
    TOLD,
    answers,
    bodies,
    expectation,
    folder_of,
    modules_of,
    push,
    signed,
    signing,
    tables,
)

BODY = b'{"type": "any"}'
SAMPLES = [
    pytest.param(carrier, body, id=f"{carrier.slug}-{body.stem}") for carrier in PUSHERS for body in bodies(carrier)
]
every_adapter = pytest.mark.parametrize("carrier", CARRIERS, ids=lambda carrier: carrier.slug)
every_carrier = pytest.mark.parametrize("carrier", PUSHERS, ids=lambda carrier: carrier.slug)
every_sample = pytest.mark.parametrize(("carrier", "body"), SAMPLES)
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def ids_of(reading: Reading) -> set[str]:
    return {
        fact_id("any", report.tracking_number or report.reference or "", fact)
        for report in reading.reports
        for fact in report.facts
    }


# -- an adapter is done when ... ---------------------------------------------------------------------------------------


@every_adapter
def test_it_has_a_sample_of_every_status_that_it_can_tell_of(carrier: Carrier) -> None:
    readings = [read_push(carrier, body.read_bytes()) for body in bodies(carrier)]
    readings += [read_answer(carrier, sample.answer()) for sample in answers(carrier)]
    shown = {
        deciding.status for reading in readings for report in reading.reports if (deciding := decisive(report.facts))
    }
    can_tell = {status for table in tables(carrier).values() for status in table.values()}
    assert not (can_tell & TOLD) - shown, f"compose samples of these in {folder_of(carrier)}"


@every_carrier
@pytest.mark.parametrize("name", ["malformed", "unknown-code"])
def test_it_has_a_sample_of_what_it_cannot_read(carrier: Carrier, name: str) -> None:
    assert (folder_of(carrier) / f"{name}.json").exists()


@every_adapter
def test_it_names_itself_and_the_page_that_it_follows(carrier: Carrier) -> None:
    assert carrier.label
    assert carrier.docs.startswith("https://")
    assert carrier.slug == carrier.slug.lower()


@every_sample
def test_it_reads_its_samples_as_expected(carrier: Carrier, body: Path) -> None:
    expected = expectation(body)
    assert expected.exists(), f"after a look at what it says: wismo parse {carrier.slug} {body} > {expected.name}"
    assert describe(read_push(carrier, body.read_bytes())) == json.loads(expected.read_bytes())


@every_carrier
def test_a_malformed_body_is_unreadable_and_the_reason_names_the_path(carrier: Carrier) -> None:
    reading = read_push(carrier, (folder_of(carrier) / "malformed.json").read_bytes())
    assert reading.action is Action.UNREADABLE
    assert ": expected " in reading.reason


@every_carrier
def test_an_unknown_code_is_kept_and_decides_nothing(carrier: Carrier) -> None:
    reading = read_push(carrier, (folder_of(carrier) / "unknown-code.json").read_bytes())
    unknown = [fact for fact in reading.reports[0].facts if fact.status is Status.UNKNOWN]
    assert unknown
    assert all(fact.code for fact in unknown)


# -- verify ------------------------------------------------------------------------------------------------------------


@every_carrier
def test_it_refuses_what_is_not_signed(carrier: Carrier) -> None:
    for secret in (*signing(carrier).secrets, ""):
        with pytest.raises(BadSignature):
            carrier.verify(push(carrier, BODY, {}), secret)


@every_carrier
def test_it_accepts_either_of_two_secrets_and_not_the_other_ones_signature(carrier: Carrier) -> None:
    old, new = signing(carrier).secrets
    for secret, other in ((old, new), (new, old)):
        carrier.verify(signed(carrier, BODY, secret), secret)
        with pytest.raises(BadSignature):
            carrier.verify(signed(carrier, BODY, secret), other)


@every_carrier
def test_it_refuses_a_body_of_which_one_byte_was_changed(carrier: Carrier) -> None:
    how = signing(carrier)
    if not how.covers_body:
        pytest.skip("the sender signs nothing")
    headers = how.sign(BODY, how.secrets[0], signed(carrier, BODY).received_at)
    with pytest.raises(BadSignature):
        carrier.verify(push(carrier, BODY.replace(b"any", b"all"), headers), how.secrets[0])


@every_carrier
def test_it_refuses_every_signature_that_was_changed_or_cut(carrier: Carrier) -> None:
    how = signing(carrier)
    good = dict(signed(carrier, BODY).headers)
    for name, value in good.items():
        for bad in ("", value[:-2], value[::-1], "\udc80\N{SNOWMAN}", value.replace(value[-1], "\u00e9")):
            with pytest.raises(BadSignature):
                carrier.verify(push(carrier, BODY, good | {name: bad}), how.secrets[0])


@patient
@given(data=st.data(), body=st.binary(max_size=40), token=st.text(max_size=9))
@every_carrier
def test_no_header_makes_it_fail_otherwise_than_by_refusing(
    carrier: Carrier, data: st.DataObject, body: bytes, token: str
) -> None:
    names = ["x-hmac-signature-v2", "x-timestamp", "x-path", "authorization", *signed(carrier, BODY).headers]
    headers = data.draw(st.dictionaries(st.sampled_from(names), st.text(max_size=40)))
    with pytest.raises(BadSignature):
        carrier.verify(push(carrier, body, headers, token), signing(carrier).secrets[0])


# -- parse_push --------------------------------------------------------------------------------------------------------


def check(carrier: Carrier, body: bytes) -> None:
    """Whatever the body: one reading, the same each time, that the store and a program can take."""
    reading = read_push(carrier, body)
    assert reading == read_push(carrier, body)
    orjson.dumps(describe(reading))
    assert reading.reason or reading.action in {Action.APPLY, Action.TRACKING_STOPPED}
    for report in reading.reports:
        assert report.tracking_number or report.reference
        assert "\0" not in f"{report}"


@patient
@given(body=st.binary() | any_json.map(lambda value: json.dumps(value).encode()))
@every_carrier
def test_it_makes_one_outcome_of_any_body(carrier: Carrier, body: bytes) -> None:
    check(carrier, body)


@patient
@given(data=st.data(), value=any_json)
@every_carrier
def test_it_makes_one_outcome_of_a_sample_with_one_member_changed(
    carrier: Carrier, data: st.DataObject, value: object
) -> None:
    whole = json.loads(data.draw(st.sampled_from(bodies(carrier))).read_bytes())
    at = data.draw(st.sampled_from(places(whole)))
    check(carrier, json.dumps(changed(whole, at, value)).encode())


@pytest.mark.parametrize(
    "value",
    [
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "\ud800",
        "\0",
        "x" * 300,
        float("nan"),
        float("inf"),
        10**400,
        True,
        [],
        {},
        "",
        None,
    ],
    ids=lambda value: repr(value)[:12],
)
@every_carrier
def test_no_strange_value_in_any_place_is_too_much(carrier: Carrier, value: object) -> None:
    richest = max(bodies(carrier), key=lambda body: body.stat().st_size)
    whole = json.loads(richest.read_bytes())
    for at in places(whole):
        check(carrier, json.dumps(changed(whole, at, value)).encode())


@every_carrier
@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{}", b"7", b"\xff", b"[" * 100_000, b'{"a":' * 100_000])
def test_what_is_no_message_is_unreadable_unless_it_tries_the_address(carrier: Carrier, body: bytes) -> None:
    reading = read_push(carrier, body)
    if body in {b"", b"{}"} and reading.action is Action.IGNORE:
        assert "registered" in reading.reason
        return
    assert reading.action is Action.UNREADABLE
    assert reading.reason.startswith(f"{carrier.slug}: ")


@every_sample
def test_one_broken_character_spoils_nothing_around_it(carrier: Carrier, body: Path) -> None:
    good = body.read_bytes()
    broken = good.rstrip()[:-1] + b', "x": "\\ud800", "y": "\xff", "z": NaN}'
    assert read_push(carrier, broken) == read_push(carrier, good)


@every_sample
def test_identity_does_not_depend_on_our_tables(carrier: Carrier, body: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = ids_of(read_push(carrier, body.read_bytes()))
    for name, table in tables(carrier).items():
        for module in modules_of(carrier):
            monkeypatch.setattr(module, name, dict.fromkeys(table, Status.EXCEPTION), raising=False)
    assert ids_of(read_push(carrier, body.read_bytes())) == before


@every_sample
def test_the_order_in_which_a_sender_lists_things_does_not_matter(carrier: Carrier, body: Path) -> None:
    whole = json.loads(body.read_bytes())
    there, back = read_push(carrier, body.read_bytes()), read_push(carrier, json.dumps(reversed_lists(whole)).encode())
    assert ids_of(there) == ids_of(back)
    assert statuses(there) == statuses(back)


def statuses(reading: Reading) -> dict[str | None, object]:
    return {report.tracking_number: decisive(report.facts) for report in reading.reports}
