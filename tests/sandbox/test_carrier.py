"""The pretend carrier is read by the real adapter, and fails as its faults say."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx
import orjson
import pytest
from flask import Flask, Response, request

from relay.carriers import read_answer, read_push
from relay.carriers.ups import carrier as ups
from relay.errors import BadSignature
from relay.model import Account as Key
from relay.model import Action, Answer, Ask, Outcome, Push, Reading, Status, Wanted, fact_id
from relay.sandbox import ups_format
from relay.sandbox.carrier import STRANGER, Account, PretendCarrier, open_carrier
from relay.sandbox.faults import AnswerFault, PushFault
from relay.sandbox.journeys import Journey, scans_of
from relay.sandbox.serving import served
from tests.conftest import NOON

NUMBER = "1Z999AA10000001001"


@dataclass
class Receiver:
    """Where the carrier pushes to."""

    pushes: list[Push] = field(default_factory=list)
    answers: int = 200

    def verified(self, secret: str) -> list[bool]:
        return [_is_genuine(push, secret) for push in self.pushes]

    def words(self) -> list[str]:
        return [read_push(ups, push.body).reports[0].facts[0].description for push in self.pushes]


def _is_genuine(push: Push, secret: str) -> bool:
    try:
        ups.verify(push, secret)
    except BadSignature:
        return False
    return True


@dataclass
class Far:
    """A carrier that stands at an hour after noon, and who listens to it."""

    carrier: PretendCarrier
    receiver: Receiver
    hours: list[float]

    def at(self, hours: float) -> None:
        self.hours[0] = hours
        self.carrier.push_due()

    def asked(self) -> Reading:
        """As poll asks: a login, then the parcel."""
        assert ups.asks
        assert ups.asks.login
        assert ups.asks.parse_login
        values = {"CLIENT_ID": self.carrier.account.client_id, "CLIENT_SECRET": self.carrier.account.client_secret}
        login = self._sent(ups.asks.login(Key(values)))
        if login.status != 200:
            return read_answer(ups, login)
        token = ups.asks.parse_login(login).text
        return read_answer(ups, self._sent(ups.asks.ask(Key(values, token), [Wanted("ups", NUMBER)])))

    def _sent(self, ask: Ask) -> Answer:
        url, form = self.carrier.url + ask.path, dict(ask.form or {})
        answer = httpx.request(ask.method, url, headers=dict(ask.headers), data=form, trust_env=False)
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return Answer(answer.status_code, answer.content, NOON, headers, [Wanted("ups", NUMBER)])


@contextmanager
def listening(receiver: Receiver) -> Iterator[int]:
    app = Flask("receiver")

    @app.post("/push/ups")
    def take() -> Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        receiver.pushes.append(Push("ups", "POST", request.path, headers, request.get_data(), NOON))
        return Response(status=receiver.answers)

    with served(app) as port:
        yield port


@pytest.fixture
def far() -> Iterator[Far]:
    receiver, hours = Receiver(), [0.0]
    now: Callable[[], datetime] = lambda: NOON + timedelta(hours=hours[0])  # noqa: E731 - one line of a clock
    with listening(receiver) as port, open_carrier(now, Account()) as carrier:
        carrier.push_url = f"http://127.0.0.1:{port}/push/ups"
        carrier.accept(NUMBER, Journey.STRAIGHT)
        yield Far(carrier, receiver, hours)


# -- what it says ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("journey", list(Journey))
def test_a_scan_is_the_same_fact_whether_pushed_or_answered(journey: Journey) -> None:
    scans = scans_of(NUMBER, NOON, journey)
    day = ups_format.expected_day(scans[0])
    pushed = {_ids(read_push(ups, _bytes(ups_format.push_body(scan, day))))[0] for scan in scans}
    body = _bytes(ups_format.answer_body(NUMBER, scans, day))
    answered = read_answer(ups, Answer(200, body, NOON, asked=[Wanted("ups", NUMBER)]))
    assert set(_ids(answered)) == pushed
    assert len(pushed) == len(scans)


def _bytes(body: object) -> bytes:
    return orjson.dumps(body)


def _ids(reading: Reading) -> list[str]:
    """Of the scans."""
    assert reading.action is Action.APPLY, reading.reason
    (report,) = reading.reports
    return [fact_id("ups", NUMBER, fact) for fact in report.facts if not fact.is_summary]


@pytest.mark.parametrize(
    ("journey", "told"),
    [
        (Journey.STRAIGHT, "info_received in_transit in_transit in_transit out_for_delivery delivered"),
        (
            Journey.NOBODY_HOME,
            "info_received in_transit in_transit in_transit out_for_delivery attempted out_for_delivery delivered",
        ),
        (Journey.PICKUP, "info_received in_transit in_transit in_transit available_for_pickup delivered"),
        (Journey.LOST, "info_received in_transit in_transit"),
        (
            Journey.RETURNED,
            "info_received in_transit in_transit in_transit out_for_delivery exception returning returned",
        ),
    ],
)
def test_each_story_is_read_as_it_is_meant(journey: Journey, told: str) -> None:
    bodies = [_bytes(ups_format.push_body(scan, "20260303")) for scan in scans_of(NUMBER, NOON, journey)]
    facts = [read_push(ups, body).reports[0].facts[0] for body in bodies]
    assert [fact.status for fact in facts] == [Status(word) for word in told.split()]
    assert [fact.occurred_at for fact in facts] == [scan.at for scan in scans_of(NUMBER, NOON, journey)]


# -- pushes ------------------------------------------------------------------------------------------------------------


def test_each_scan_is_pushed_once_when_its_time_comes(far: Far) -> None:
    far.at(0)
    assert far.receiver.words() == ["Shipper created a label, the package is not here yet"]
    far.at(2.9)
    assert len(far.receiver.pushes) == 1
    far.at(8)
    far.at(8)
    assert far.receiver.words()[1:] == ["Picked up", "Departed from facility"]
    assert far.receiver.verified(far.carrier.account.push_secret) == [True] * 3


def test_what_was_not_taken_is_pushed_again(far: Far) -> None:
    far.receiver.answers = 503
    far.at(0)
    far.receiver.answers = 200
    far.at(0)
    far.at(0)
    assert len(far.receiver.pushes) == 2


def test_a_silent_carrier_never_tells_what_it_kept_to_itself(far: Far) -> None:
    far.carrier.push_fault = PushFault.SILENT
    far.at(5)
    far.carrier.push_fault = PushFault.NONE
    far.at(8)
    assert far.receiver.words() == ["Departed from facility"]


def test_a_push_may_come_three_times(far: Far) -> None:
    far.carrier.push_fault = PushFault.THRICE
    far.at(0)
    assert len({push.body for push in far.receiver.pushes}) == 1
    assert len(far.receiver.pushes) == 3


def test_in_disorder_the_later_scan_comes_first_and_none_is_lost(far: Far) -> None:
    far.carrier.push_fault = PushFault.DISORDER
    for hours in (0, 3, 8, 20, 26, 31):
        far.at(hours)
    moments = [read_push(ups, push.body).reports[0].facts[0].at for push in far.receiver.pushes]
    assert len(moments) == 6
    assert [later > earlier for later, earlier in zip(moments[::2], moments[1::2], strict=True)] == [True] * 3


def test_a_forged_push_has_another_secret(far: Far) -> None:
    far.carrier.push_fault = PushFault.FORGED
    far.at(0)
    assert far.receiver.verified(far.carrier.account.push_secret) == [False]


def test_a_push_that_is_cut_off_is_genuine_and_cannot_be_read(far: Far) -> None:
    far.carrier.push_fault = PushFault.UNREADABLE
    far.at(0)
    assert far.receiver.verified(far.carrier.account.push_secret) == [True]
    assert read_push(ups, far.receiver.pushes[0].body).action is Action.UNREADABLE


# -- answers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "outcome", "action"),
    [
        (AnswerFault.NONE, Outcome.OK, Action.APPLY),
        (AnswerFault.REFUSES, Outcome.AUTH_ERROR, Action.IGNORE),
        (AnswerFault.THROTTLES, Outcome.THROTTLED, Action.IGNORE),
        (AnswerFault.DOWN, Outcome.SERVER_ERROR, Action.IGNORE),
        (AnswerFault.HTML, Outcome.OK, Action.UNREADABLE),
    ],
)
def test_an_answer_is_taken_for_what_it_is(far: Far, fault: AnswerFault, outcome: Outcome, action: Action) -> None:
    far.carrier.answer_fault = fault
    reading = far.asked()
    assert (reading.outcome, reading.action) == (outcome, action)


def test_a_strangers_history_is_no_news_of_the_parcel(far: Far) -> None:
    far.carrier.answer_fault = AnswerFault.STRANGER
    reports = {report.tracking_number: report for report in far.asked().reports}
    assert reports[STRANGER].facts
    assert (reports[NUMBER].facts, reports[NUMBER].outcome) == ((), Outcome.NOT_FOUND)


def test_a_parcel_that_it_does_not_have_is_not_found(far: Far) -> None:
    far.hours[0] = -1
    (report,) = far.asked().reports
    assert report.outcome is Outcome.NOT_FOUND


def test_who_hangs_lets_go_when_the_fault_is_over(far: Far) -> None:
    far.carrier.answer_fault = AnswerFault.HANGS
    headers = {"Authorization": f"Bearer {far.carrier.token}"}
    url = f"{far.carrier.url}/api/track/v1/details/{NUMBER}"
    with httpx.stream("GET", url, headers=headers, timeout=10, trust_env=False) as answer:
        letters = answer.iter_bytes()
        assert next(letters) == b" "
        far.carrier.answer_fault = AnswerFault.NONE
        assert b"".join(letters).strip() == b""


def test_without_our_key_nothing_is_answered(far: Far) -> None:
    answer = httpx.get(f"{far.carrier.url}/api/track/v1/details/{NUMBER}", trust_env=False)
    login = httpx.post(f"{far.carrier.url}/security/v1/oauth/token", trust_env=False)
    assert (answer.status_code, login.status_code) == (401, 401)
