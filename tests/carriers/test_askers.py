"""Laws that every adapter keeps that is asked. Adapters and samples are found: a new carrier adds files and no test."""

import json
from collections.abc import Sequence
from urllib.parse import unquote

import orjson
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relay.carriers import Asks, Carrier, read_answer
from relay.cli.facts import parse
from relay.desk.reading import describe
from relay.errors import BadPayload
from relay.model import Action, Answer, Ask, Outcome, Reading, Status, Via, Wanted, fact_id, normalise_number
from relay.tracking import decisive
from tests.carriers.mutations import any_json, changed, places, reversed_lists
from tests.carriers.samples import ASKERS, NOW, Sample, answers, asking, bodies, folder_of, modules_of, tables

SAMPLES = [sample for carrier in ASKERS for sample in answers(carrier)]
#: Outcomes that are about the account or the sender, and about no parcel.
OF_THE_ACCOUNT = {
    401: Outcome.AUTH_ERROR,
    403: Outcome.AUTH_ERROR,
    429: Outcome.THROTTLED,
    500: Outcome.SERVER_ERROR,
    503: Outcome.SERVER_ERROR,
}
HTML = b"<!doctype html><html><body>Bad gateway</body></html>"
#: Numbers as a mistyped setting or a hostile shop may hold them.
STRANGE_NUMBERS = ("..", ".", "A/B?C#D&E=F", "A B", "\N{SNOWMAN}1", "\udc801")
every_asker = pytest.mark.parametrize("carrier", ASKERS, ids=lambda carrier: carrier.slug)
every_answer = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.id)
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def asks_of(carrier: Carrier) -> Asks:
    assert carrier.asks
    return carrier.asks


def default_asked(carrier: Carrier) -> Sequence[Wanted]:
    return asking(carrier).asked[""]


def requests(carrier: Carrier, wanted: Sequence[Wanted]) -> list[Ask]:
    asks, account = asks_of(carrier), asking(carrier).account
    made = [asks.ask(account, wanted)]
    if asks.register:
        made.append(asks.register(account, wanted))
    if asks.login:
        made.append(asks.login(account))
    return made


def richest(carrier: Carrier) -> Sample:
    return max(answers(carrier), key=lambda sample: sample.path.stat().st_size)


def ids_of(reading: Reading) -> set[str]:
    return {
        fact_id("any", normalise_number(report.tracking_number or report.reference or ""), fact)
        for report in reading.reports
        for fact in report.facts
    }


# -- asking ------------------------------------------------------------------------------------------------------------


@every_asker
def test_it_says_what_it_needs_and_how_often_it_may_be_asked(carrier: Carrier) -> None:
    asks = asks_of(carrier)
    assert asks.needs
    assert set(asks.needs) <= asking(carrier).account.values.keys()
    assert asks.api_url.startswith("https://") or "API_URL" in asks.needs
    assert asks.budget.per_second > 0
    assert asks.batch >= 1
    assert (asks.login is None) == (asks.parse_login is None)


@every_asker
def test_secrets_travel_in_headers_or_forms_only(carrier: Carrier) -> None:
    for request in requests(carrier, default_asked(carrier)):
        visible = unquote(f"{request.path} {dict(request.params)} {request.json}")
        assert not [secret for secret in asking(carrier).secrets if secret in visible]
        hidden = f"{dict(request.headers)} {request.form}"
        assert hidden != "{} None", "a request without any credential"
        assert not [secret for secret in asking(carrier).secrets if secret in repr(request)]


@every_asker
def test_the_same_question_is_the_same_request(carrier: Carrier) -> None:
    assert requests(carrier, default_asked(carrier)) == requests(carrier, default_asked(carrier))


@every_asker
def test_a_whole_batch_is_asked_about_in_one_request(carrier: Carrier) -> None:
    asks = asks_of(carrier)
    wanted = [Wanted(carrier.slug, f"QX{index:09}BR", f"ref-{index}") for index in range(asks.batch)]
    request = asks.ask(asking(carrier).account, wanted)
    said = f"{request.path} {dict(request.params)} {request.json}"
    assert all(one.number in said or (one.reference or "") in said for one in wanted)


@every_asker
@pytest.mark.parametrize("number", STRANGE_NUMBERS)
def test_no_number_leads_to_another_path(carrier: Carrier, number: str) -> None:
    asks, account = asks_of(carrier), asking(carrier).account
    plain, strange = (asks.ask(account, [Wanted(carrier.slug, one)]) for one in ("QX1", number))
    path, query = strange.path.partition("?")[::2]
    assert path.count("/") == plain.path.count("/")
    assert query.count("&") == plain.path.partition("?")[2].count("&")
    assert "#" not in strange.path
    assert ".." not in path.split("/")


# -- answers -----------------------------------------------------------------------------------------------------------


@every_asker
def test_it_has_samples_of_an_unknown_code_of_not_found_and_of_a_malformed_body(carrier: Carrier) -> None:
    found = {sample.name: read_answer(carrier, sample.answer()) for sample in answers(carrier)}
    unknown = [
        fact for report in found["unknown-code"].reports for fact in report.facts if fact.status is Status.UNKNOWN
    ]
    assert unknown
    assert found["not-found"].outcome is Outcome.NOT_FOUND
    assert found["malformed"].action is Action.UNREADABLE
    assert ": expected " in found["malformed"].reason


@every_answer
def test_it_reads_its_answers_as_expected(sample: Sample) -> None:
    assert sample.expectation.exists(), (
        f"after a look at it: wismo parse {sample.carrier.slug} {sample.path} --via poll"
    )
    got = describe(read_answer(sample.carrier, sample.answer()))
    assert got == json.loads(sample.expectation.read_bytes())


@every_answer
def test_the_command_says_the_same(sample: Sample) -> None:
    if len(sample.asked) != 1 or sample.asked[0].reference:
        pytest.skip("the command asks about one number")
    (one,) = sample.asked
    arguments = [sample.carrier.slug, str(sample.path), "--via", "poll", "--http-status", str(sample.status)]
    done = CliRunner().invoke(parse, [*arguments, "--number", one.number])
    assert json.loads(done.stdout) == json.loads(sample.expectation.read_bytes())


@every_asker
def test_what_it_says_came_by_an_answer(carrier: Carrier) -> None:
    readings = [read_answer(carrier, sample.answer()) for sample in answers(carrier)]
    facts = [fact for reading in readings for report in reading.reports for fact in report.facts]
    assert facts
    assert {(fact.source, fact.via, fact.answered) for fact in facts} == {(carrier.slug, Via.POLL, True)}


@every_asker
def test_a_push_and_an_answer_that_tell_the_same_scans_are_the_same_facts(carrier: Carrier) -> None:
    if not carrier.pushes:
        pytest.skip("it does not push")
    answered = [fact for sample in answers(carrier) if sample.name == "as-pushed" for fact in scans_answered(sample)]
    pushed = [
        fact
        for body in bodies(carrier)
        if body.name.startswith("as-answered")
        for fact in scans_pushed(carrier, body.read_bytes())
    ]
    assert answered, f"{folder_of(carrier)}/as-pushed.answer.json is missing"
    assert set(pushed) == set(answered)


def scans_answered(sample: Sample) -> list[str]:
    return scan_ids(read_answer(sample.carrier, sample.answer()))


def scans_pushed(carrier: Carrier, body: bytes) -> list[str]:
    return scan_ids(carrier.parse_push(body))


def scan_ids(reading: Reading) -> list[str]:
    return [
        fact_id("any", normalise_number(report.tracking_number or ""), fact)
        for report in reading.reports
        for fact in report.facts
        if not fact.is_summary
    ]


@every_answer
def test_identity_does_not_depend_on_our_tables(sample: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    reading = read_answer(sample.carrier, sample.answer())
    if reading.outcome is Outcome.NOT_FOUND:
        pytest.skip("that a word means nothing yet is our reading")
    before = ids_of(reading)
    for name, table in tables(sample.carrier).items():
        for module in modules_of(sample.carrier):
            monkeypatch.setattr(module, name, dict.fromkeys(table, Status.EXCEPTION), raising=False)
    assert ids_of(read_answer(sample.carrier, sample.answer())) == before


@every_answer
def test_the_order_in_which_a_sender_lists_things_does_not_matter(sample: Sample) -> None:
    if not sample.is_object:
        pytest.skip("it is no object")
    turned = json.dumps(reversed_lists(json.loads(sample.path.read_bytes()))).encode()
    there, back = (read_answer(sample.carrier, sample.answer(body)) for body in (None, turned))
    assert ids_of(there) == ids_of(back)
    assert statuses(there) == statuses(back)


def statuses(reading: Reading) -> dict[str | None, object]:
    return {report.tracking_number: decisive(report.facts) for report in reading.reports}


# -- of whom an answer speaks ------------------------------------------------------------------------------------------


@every_asker
def test_an_answer_about_another_parcel_is_kept_as_that_ones_and_the_asked_one_was_not_found(carrier: Carrier) -> None:
    [sample] = [sample for sample in answers(carrier) if sample.name == "delivered"]
    stranger = Wanted(carrier.slug, "QX999999999ZZ", "another-reference")
    reading = read_answer(carrier, Answer(200, sample.path.read_bytes(), NOW, {}, [stranger]))
    told = {report.tracking_number: report for report in reading.reports}
    assert told[stranger.number].outcome is Outcome.NOT_FOUND
    assert not told[stranger.number].facts
    others = [report for number, report in told.items() if number != stranger.number]
    assert any(report.facts for report in others)
    assert reading.outcome is Outcome.OK
    assert reading.reason


@every_asker
def test_every_parcel_asked_about_is_spoken_of_or_the_whole_has_an_outcome(carrier: Carrier) -> None:
    for sample in answers(carrier):
        reading = read_answer(carrier, sample.answer())
        told = {normalise_number(report.tracking_number or "") for report in reading.reports}
        known = {report.reference for report in reading.reports if report.reference}
        if reading.action is Action.APPLY:
            assert all(one.number in told or one.reference in known for one in sample.asked)
        else:
            assert reading.outcome is not Outcome.OK or reading.action is Action.UNREADABLE


# -- any body, any status ----------------------------------------------------------------------------------------------


def check(carrier: Carrier, answer: Answer) -> Reading:
    reading = read_answer(carrier, answer)
    assert reading == read_answer(carrier, answer)
    orjson.dumps(describe(reading))
    assert reading.reason or reading.action is Action.APPLY
    assert "\0" not in f"{reading}"
    if asks_of(carrier).parse_login:
        check_login(carrier, answer, reading)
    return reading


def check_login(carrier: Carrier, answer: Answer, reading: Reading) -> None:
    parse_login = asks_of(carrier).parse_login
    assert parse_login
    try:
        assert parse_login(answer).text
    except (BadPayload, LookupError, TypeError, ValueError, ArithmeticError):
        return
    assert reading.outcome is Outcome.TOKEN


@every_asker
@pytest.mark.parametrize(("status", "outcome"), OF_THE_ACCOUNT.items())
@pytest.mark.parametrize("body", [b"", HTML, b"{}", b"null", b"[]", b"[1]", b'{"errors": 7, "error": 7, "data": 7}'])
def test_a_refusal_has_the_outcome_of_its_status_whatever_came_with_it(
    carrier: Carrier, status: int, outcome: Outcome, body: bytes
) -> None:
    reading = check(carrier, Answer(status, body, NOW, {}, default_asked(carrier)))
    assert (reading.outcome, reading.reports) == (outcome, ())


@every_asker
@pytest.mark.parametrize("status", [302, 400, 404, 405])
def test_a_refusal_that_is_not_the_vendors_says_nothing_of_a_parcel(carrier: Carrier, status: int) -> None:
    for body in (b"", HTML):
        reading = check(carrier, Answer(status, body, NOW, {}, default_asked(carrier)))
        assert (reading.outcome, reading.reports) == (Outcome.BAD_REQUEST, ())


@every_asker
@pytest.mark.parametrize("body", [b"", b"  ", HTML, b"null", b"7", b"\xff", b"[" * 100_000, b'{"a":' * 100_000])
def test_success_with_what_is_no_answer_is_unreadable_and_named(carrier: Carrier, body: bytes) -> None:
    reading = check(carrier, Answer(200, body, NOW, {}, default_asked(carrier)))
    assert reading.action is Action.UNREADABLE
    assert reading.reason.startswith(f"{carrier.slug}: ")
    if body == HTML:
        assert "HTML" in reading.reason
    if not body.strip():
        assert "empty" in reading.reason


@patient
@given(body=st.binary() | any_json.map(lambda value: json.dumps(value).encode()), status=st.integers(0, 999))
@every_asker
def test_it_makes_one_outcome_of_any_body_and_any_status(carrier: Carrier, body: bytes, status: int) -> None:
    for asked in ((), default_asked(carrier)):
        check(carrier, Answer(status, body, NOW, {}, asked))
        check(carrier, Answer(200, body, NOW, {}, asked))


@patient
@given(data=st.data(), value=any_json, status=st.sampled_from([None, 400, 404, 500]))
@every_asker
def test_it_makes_one_outcome_of_an_answer_with_one_member_changed(
    carrier: Carrier, data: st.DataObject, value: object, status: int | None
) -> None:
    sample = data.draw(st.sampled_from([one for one in answers(carrier) if one.is_object]))
    whole = json.loads(sample.path.read_bytes())
    at = data.draw(st.sampled_from(places(whole)))
    body = json.dumps(changed(whole, at, value)).encode()
    check(carrier, Answer(status or sample.status, body, NOW, {}, sample.asked))


@pytest.mark.parametrize(
    "value",
    [
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "\ud800",
        "\0",
        "x" * 300,
        10**400,
        True,
        [],
        {},
        "",
        None,
        7,
        "7",
        [1],
    ],
    ids=lambda value: repr(value)[:12],
)
@every_asker
def test_no_strange_value_in_any_place_is_too_much(carrier: Carrier, value: object) -> None:
    others = [one for one in answers(carrier) if one.name in {"token", "not-found"} and one.is_object]
    for sample in (richest(carrier), *others):
        whole = json.loads(sample.path.read_bytes())
        for at in places(whole):
            check(carrier, sample.answer(json.dumps(changed(whole, at, value)).encode()))


# -- tokens ------------------------------------------------------------------------------------------------------------


@every_asker
def test_a_login_brings_a_token_and_its_life(carrier: Carrier) -> None:
    parse_login = asks_of(carrier).parse_login
    if parse_login is None:
        pytest.skip("it needs no login")
    [sample] = [sample for sample in answers(carrier) if sample.name == "token"]
    token = parse_login(sample.answer())
    assert token.text == json.loads(sample.path.read_bytes()).get("access_token", token.text)
    assert token.lasts.total_seconds() > 60
    assert token.text not in repr(token)
    assert read_answer(carrier, sample.answer()).outcome is Outcome.TOKEN
