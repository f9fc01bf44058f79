"""A pretend carrier: scans parcels by the clock, pushes each scan, answers about any parcel, and fails on demand."""

import secrets
import threading
from base64 import b64encode
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx
import orjson
from flask import Flask, Response, request

from relay.sandbox import ups_format
from relay.sandbox.faults import AnswerFault, PushFault
from relay.sandbox.journeys import Journey, Scan, scans_of
from relay.sandbox.serving import LOOPBACK, served

SLUG = "ups"
TOKEN_LASTS = timedelta(hours=4)
TRY_AGAIN_S = 600
STRANGER = "1Z999AA19999999999"
KEPT_WORDS = 100
PUSH_TIMEOUT_S = 5.0
FAILED_HERE = 500  #: the first status by which the other side says that it is at fault


@dataclass(frozen=True, slots=True)
class Account:
    """What the carrier and its customer agreed on."""

    client_id: str = "the-demo"
    client_secret: str = field(default_factory=lambda: secrets.token_hex(16))
    push_secret: str = field(default_factory=lambda: secrets.token_hex(16))

    @property
    def basic(self) -> str:
        return "Basic " + b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()


@dataclass(frozen=True, slots=True)
class Said:
    """Something that went between the carrier and Wismo, in words."""

    at: datetime
    is_push: bool
    number: str
    words: str
    outcome: str


@dataclass(slots=True)
class Packed:
    """A parcel, and how many of its scans were dealt with."""

    scans: Sequence[Scan]
    told: int = 0


@dataclass(slots=True)
class PretendCarrier:
    now: Callable[[], datetime]
    account: Account = field(default_factory=Account)
    push_url: str = ""  #: where it was told to push; "": nowhere
    push_fault: PushFault = PushFault.NONE
    answer_fault: AnswerFault = AnswerFault.NONE
    said: deque[Said] = field(default_factory=lambda: deque(maxlen=KEPT_WORDS))  #: the newest last
    port: int = 0
    closing: threading.Event = field(default_factory=threading.Event)
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    _parcels: dict[str, Packed] = field(default_factory=dict)
    _pushing: threading.Lock = field(default_factory=threading.Lock)
    _client: httpx.Client = field(default_factory=lambda: httpx.Client(trust_env=False, timeout=PUSH_TIMEOUT_S))

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def accept(self, number: str, journey: Journey) -> None:
        """Take a parcel that was just packed."""
        self._parcels[number] = Packed(scans_of(number, self.now().replace(microsecond=0), journey))

    def history(self, number: str) -> list[Scan]:
        """What happened so far, oldest first."""
        now = self.now()
        return [scan for scan in self._scans(number) if scan.at <= now]

    def next_scan_at(self, number: str) -> datetime | None:
        now = self.now()
        return next((scan.at for scan in self._scans(number) if scan.at > now), None)

    def ends_at(self, number: str) -> datetime | None:
        """When the parcel's journey ends; None: it never does."""
        last = self._scans(number)[-1]
        return last.at if last.step.is_end else None

    def _scans(self, number: str) -> Sequence[Scan]:
        return self._parcels[number].scans if number in self._parcels else ()

    def close(self) -> None:
        self.closing.set()
        self._client.close()

    # -- pushes --------------------------------------------------------------------------------------------------------

    def push_due(self) -> None:
        """Tell what was scanned and not yet told. What nobody took is told again later; what was refused is not."""
        with self._pushing:
            for number, parcel in list(self._parcels.items()):
                due = self.history(number)[parcel.told :]
                if self._waits(due, len(parcel.scans) - parcel.told):
                    continue
                if all(self._push(scan) for scan in self._in_order(due)):
                    parcel.told += len(due)

    def _waits(self, due: Sequence[Scan], left: int) -> bool:
        """In disorder a scan waits for the next one, to be told after it."""
        return self.push_fault is PushFault.DISORDER and len(due) == 1 and left > 1

    def _in_order(self, due: Sequence[Scan]) -> Sequence[Scan]:
        match self.push_fault:
            case PushFault.SILENT:
                return []
            case PushFault.DISORDER:
                return due[::-1]
            case PushFault.THRICE:
                return [scan for scan in due for _ in range(3)]
            case _:
                return due

    def _push(self, scan: Scan) -> bool:
        """Whether that is done with: taken, or refused."""
        if not self.push_url:
            return True
        secret = secrets.token_hex(16) if self.push_fault is PushFault.FORGED else self.account.push_secret
        try:
            answer = self._client.post(self.push_url, content=self._push_body(scan), headers={"credential": secret})
        except httpx.HTTPError as fault:
            self._note(scan.number, scan.step.words, type(fault).__name__, is_push=True)
            return False
        self._note(scan.number, scan.step.words, f"{answer.status_code} {answer.reason_phrase}", is_push=True)
        return answer.status_code < FAILED_HERE

    def _push_body(self, scan: Scan) -> bytes:
        body = orjson.dumps(ups_format.push_body(scan, ups_format.expected_day(scan)))
        return body[: len(body) // 2] if self.push_fault is PushFault.UNREADABLE else body

    # -- answers -------------------------------------------------------------------------------------------------------

    def answer_login(self, authorization: str) -> Response:
        if self.answer_fault is AnswerFault.REFUSES or authorization != self.account.basic:
            self._note("", "wants a token", "401 Unauthorized", is_push=False)
            return _json(ups_format.refused_body(), 401)
        return _json(ups_format.token_body(self.token, TOKEN_LASTS))

    def answer_about(self, number: str, authorization: str) -> Response:
        answer = self._answer(number, authorization)
        words = f"answers: {self.answer_fault.lower()}" if self.answer_fault is not AnswerFault.NONE else "answers"
        self._note(number, words, answer.status, is_push=False)
        return answer

    def _answer(self, number: str, authorization: str) -> Response:
        if authorization != f"Bearer {self.token}":
            return _json(ups_format.refused_body(), 401)
        match self.answer_fault:
            case AnswerFault.NONE:
                answer = self._history_of(number, named=number)
            case AnswerFault.STRANGER:
                answer = self._history_of(number, named=STRANGER)
            case AnswerFault.REFUSES:
                answer = _json(ups_format.refused_body(), 401)
            case AnswerFault.THROTTLES:
                answer = Response("{}", 429, {"Retry-After": str(TRY_AGAIN_S)}, mimetype="application/json")
            case AnswerFault.DOWN:
                answer = Response("<h1>Service Unavailable</h1>", 503)
            case AnswerFault.HANGS:
                answer = Response(self._drip(), mimetype="application/json")
            case AnswerFault.HTML:
                answer = Response("<!doctype html><title>Track</title><p>Please enable JavaScript.</p>")
        return answer

    def _history_of(self, number: str, *, named: str) -> Response:
        scans = self.history(number)
        if not scans:
            return _json(ups_format.not_found_body())
        return _json(ups_format.answer_body(named, scans, ups_format.expected_day(scans[-1])))

    def _drip(self) -> Iterator[bytes]:
        while self.answer_fault is AnswerFault.HANGS and not self.closing.wait(1.0):
            yield b" "

    def _note(self, number: str, words: str, outcome: str, *, is_push: bool) -> None:
        self.said.append(Said(self.now(), is_push, number, words, outcome))


def _json(body: object, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, mimetype="application/json")


def carrier_app(carrier: PretendCarrier) -> Flask:
    """The carrier's side of what is asked of it."""
    app = Flask("carrier")

    @app.post("/security/v1/oauth/token")
    def login() -> Response:
        return carrier.answer_login(request.headers.get("Authorization", ""))

    @app.get("/api/track/v1/details/<number>")
    def details(number: str) -> Response:
        return carrier.answer_about(number, request.headers.get("Authorization", ""))

    return app


@contextmanager
def open_carrier(now: Callable[[], datetime], account: Account) -> Iterator[PretendCarrier]:
    carrier = PretendCarrier(now, account)
    with served(carrier_app(carrier)) as carrier.port:
        try:
            yield carrier
        finally:
            carrier.close()
