"""Tokens: one login serves every process and outlives a restart.

They are stored sealed with what the account logs in with. So a copy of the database is no key to the account, and with
other credentials the old token is none: one logs in anew.
"""

import asyncio
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

import orjson
from cryptography.fernet import Fernet, InvalidToken

from relay.carriers import SHAPE_ERRORS, read_answer
from relay.database import Database, Row, Tx
from relay.desk.accounts import Asker
from relay.intake.failures import Failure
from relay.model import Account, Answer, Ask, Outcome, Reading, Token, from_text
from relay.poll.far import Far, NoAnswer
from relay.store import accounts, ledger

#: So long one process may take to log in; whoever began may have died.
LOGIN_LEASE = timedelta(minutes=1)
#: The part of its life after which a token is renewed.
RENEWED_AFTER = 0.9


class LoginRefused(Exception):
    """The far side gave no token, and said why."""

    def __init__(self, answer: Answer, reading: Reading) -> None:
        super().__init__(reading.reason)
        self.answer = answer
        self.reading = reading


class LoggingIn(Exception):
    """Another process is at it; its token serves us as well."""


Login = Callable[[Account], Ask]
ReadLogin = Callable[[Answer], Token]


class Kept(NamedTuple):
    text: str
    refresh: str
    renew_at: datetime


@dataclass(frozen=True, slots=True)
class Logins:
    database: Database
    far: Far
    now: Callable[[], datetime]
    holder: str = field(default_factory=lambda: secrets.token_hex(6))
    _one_at_a_time: dict[str, asyncio.Lock] = field(default_factory=dict)

    async def token(self, asker: Asker, *, but: str = "") -> str:
        """A token of the account, and not the one that was refused; "" where it needs none.

        Raises LoginRefused, LoggingIn or NoAnswer.
        """
        login, read = asker.asks.login, asker.asks.parse_login
        if login is None or read is None or not asker.logs_in:
            return ""
        async with self._one_at_a_time.setdefault(asker.slug, asyncio.Lock()):
            return self._valid(asker, but) or await self._log_in(asker, login, read, but)

    def _valid(self, asker: Asker, but: str) -> str:
        kept = self._kept(asker)
        return kept.text if kept and kept.text != but and self.now() < kept.renew_at else ""

    def _kept(self, asker: Asker) -> Kept | None:
        with self.database.read() as tx:
            row = accounts.token(tx, asker.slug)
        return _unsealed(asker, row) if row else None

    async def _log_in(self, asker: Asker, login: Login, read: ReadLogin, but: str) -> str:
        now, name = self.now(), f"login {asker.slug}"
        if not self.database.write(lambda tx: ledger.take_lease(tx, name, self.holder, now, LOGIN_LEASE)):
            raise LoggingIn
        if renewed := self._valid(asker, but):  # by whoever had the lease before
            return renewed
        kept = self._kept(asker)
        account = Account(asker.values, refresh=kept.refresh if kept else "")
        reply = await self.far.send(asker.slug, asker.api_url, login(account))
        token = given_token(asker, read, Answer(reply.status, reply.body, self.now(), reply.headers))
        self.database.write(lambda tx: _keep(tx, asker, token, token.refresh or account.refresh, self.now()))
        return token.text


def given_token(asker: Asker, read: ReadLogin, answer: Answer) -> Token:
    """The token in an answer. Raises LoginRefused or NoAnswer."""
    reading = read_answer(asker.carrier, answer)
    if reading.outcome in {Outcome.AUTH_ERROR, Outcome.THROTTLED, Outcome.BAD_REQUEST}:
        raise LoginRefused(answer, reading)
    try:
        return read(answer)
    except SHAPE_ERRORS:
        why = f"the login was not answered with a token (HTTP {answer.status})"
        raise NoAnswer(Failure.UNREADABLE, why) from None


def _keep(tx: Tx, asker: Asker, token: Token, refresh: str, now: datetime) -> None:
    sealed = _seal(asker).encrypt(orjson.dumps([token.text, refresh])).decode()
    accounts.keep_token(tx, asker.slug, sealed, now + token.lasts * RENEWED_AFTER)


def _unsealed(asker: Asker, row: Row) -> Kept | None:
    try:
        text, refresh = orjson.loads(_seal(asker).decrypt(row["sealed"]))
    except InvalidToken:
        return None
    return Kept(text, refresh, from_text(row["renew_at"]))


def _seal(asker: Asker) -> Fernet:
    said = "\x1f".join((asker.slug, asker.api_url, *(asker.values[name] for name in asker.asks.login_with)))
    return Fernet(urlsafe_b64encode(sha256(said.encode("utf-8", "surrogatepass")).digest()))
