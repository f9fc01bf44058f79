"""Mail to a server, over one connection for as long as mails follow each other."""

import smtplib
import socket
import ssl
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from time import monotonic
from typing import Self

from relay.channels._letter import Letter
from relay.channels._words import without_addresses
from relay.errors import SendFailed
from relay.settings import MailUrl

#: First digits of a server's answers: done; never.
DONE, NEVER = 2, 5
#: Longest time for one mail, from the connection to the last answer. A claim lasts 60 s: were it to end before we are
#: done, another process would send the same mail.
TIMEOUT_S = 45.0
#: A connection that rested longer is not trusted: a firewall may have forgotten it without telling either side.
REST = timedelta(seconds=30)
#: Answers about the whole channel, whatever was asked: closing down, log in first, bad login.
ABOUT_CHANNEL = frozenset({421, 530, 534, 535})


class Stage(StrEnum):
    """What the server was asked, in words."""

    SENDER = "the server refused the sender"
    RECIPIENT = "the server refused the recipient"
    CONTENT = "the server refused the mail"


@dataclass(frozen=True, slots=True)
class Patience:
    """What is left of the time for one mail."""

    until: float  #: by the monotonic clock

    @classmethod
    def of(cls, seconds: float) -> Self:
        return cls(monotonic() + seconds)

    @property
    def left_s(self) -> float:
        return max(self.until - monotonic(), 0.01)

    def bind(self, connection: smtplib.SMTP) -> smtplib.SMTP:
        """The connection, which waits no longer than is left for whatever is asked next."""
        if connection.sock is not None:
            connection.sock.settimeout(self.left_s)
        return connection


@dataclass(slots=True)
class SmtpOut:
    """Not to be shared between threads."""

    url: MailUrl
    timeout_s: float = TIMEOUT_S
    _connection: smtplib.SMTP | None = field(default=None, init=False)
    _used_at: datetime | None = field(default=None, init=False)

    def take(self, letter: Letter) -> str:
        patience = Patience.of(self.timeout_s)
        connection = self._open(letter.written_at, patience)
        try:
            return _hand_over(connection, letter, patience)
        except SendFailed as failed:
            if failed.channel_down:
                self.close()
            raise

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self, now: datetime, patience: Patience) -> smtplib.SMTP:
        if (
            self._connection is None
            or self._used_at is None
            or now - self._used_at > REST
            or not _answers(patience.bind(self._connection))
        ):
            self.close()
            self._connection = _connect(self.url, patience)
        self._used_at = now
        return self._connection


def connect(url: MailUrl, timeout_s: float = TIMEOUT_S) -> smtplib.SMTP:
    """A server that knows us and may be given mail. Raises SendFailed, always about the whole channel."""
    return _connect(url, Patience.of(timeout_s))


def _connect(url: MailUrl, patience: Patience) -> smtplib.SMTP:
    try:
        return _enter(_dial(url, patience), url, patience)
    except OSError as error:  # smtplib's errors and those of TLS are OSErrors too
        what = f"{url.host}:{url.port} {_reason(error)}"
        raise SendFailed(what, channel_down=True, unreachable=_is_silence(error)) from error


def _dial(url: MailUrl, patience: Patience) -> smtplib.SMTP:
    if url.scheme == "smtps":
        return smtplib.SMTP_SSL(
            url.host, url.port, _our_name(), timeout=patience.left_s, context=ssl.create_default_context()
        )
    return smtplib.SMTP(url.host, url.port, _our_name(), timeout=patience.left_s)


def _enter(connection: smtplib.SMTP, url: MailUrl, patience: Patience) -> smtplib.SMTP:
    try:
        if url.starttls:
            patience.bind(connection).starttls(context=ssl.create_default_context())
        patience.bind(connection).ehlo_or_helo_if_needed()
        if url.user:
            patience.bind(connection).login(url.user, url.password)
    except OSError:
        connection.close()
        raise
    return connection


def _our_name() -> str:
    """For the greeting. Not smtplib's own: it asks the DNS, for which no timeout holds."""
    name = socket.gethostname()
    return name if "." in name else "[127.0.0.1]"


def _answers(connection: smtplib.SMTP) -> bool:
    """Whether the connection still stands; what an earlier mail left half said is forgotten."""
    try:
        code, _ = connection.rset()
    except OSError:
        return False
    return code // 100 == DONE


def _hand_over(connection: smtplib.SMTP, letter: Letter, patience: Patience) -> str:
    try:
        options = ["SMTPUTF8", "BODY=8BITMIME"] if letter.is_international else []
        _accepted(Stage.SENDER, patience.bind(connection).mail(letter.sender, options), letter)
        _accepted(Stage.RECIPIENT, patience.bind(connection).rcpt(letter.to), letter)
    except smtplib.SMTPNotSupportedError as error:
        raise SendFailed("the server takes no addresses outside ASCII (SMTPUTF8)", permanent=True) from error
    except OSError as error:
        what = f"the server fell silent: {_reason(error)}"
        raise SendFailed(what, channel_down=True, unreachable=True) from error
    return _hand_over_content(patience.bind(connection), letter)


def _hand_over_content(connection: smtplib.SMTP, letter: Letter) -> str:
    """From here on silence is blamed on the mail: one that no server survives must not hold up all the others."""
    try:
        return _accepted(Stage.CONTENT, connection.data(letter.content), letter)
    except smtplib.SMTPResponseException as error:
        # Without its cause, whose text may name the customer.
        raise _refusal(Stage.CONTENT, error.smtp_code, error.smtp_error, letter) from None
    except OSError as error:
        connection.close()
        raise SendFailed(f"the server fell silent over the mail: {_reason(error)}") from error


def _accepted(stage: Stage, reply: tuple[int, bytes], letter: Letter) -> str:
    code, text = reply
    if code // 100 != DONE:
        raise _refusal(stage, code, text, letter)
    return f"{code} {_told(text, letter.to)}"


def _refusal(stage: Stage, code: int, text: bytes | str, letter: Letter) -> SendFailed:
    """4xx: later. 5xx: never for this mail; for the sender, never for any."""
    is_final = code // 100 == NEVER
    is_down = code in ABOUT_CHANNEL or (is_final and stage is Stage.SENDER)
    what = f"{stage}: {code} {_told(text, letter.to)}"
    return SendFailed(what, permanent=is_final and not is_down, channel_down=is_down)


def _is_silence(error: OSError) -> bool:
    """Whether it said nothing at all; what is said wrongly, or not trusted, was reached."""
    spoke = smtplib.SMTPResponseException | smtplib.SMTPNotSupportedError | ssl.SSLError
    return not isinstance(error, spoke)


def _reason(error: OSError) -> str:
    match error:
        case smtplib.SMTPResponseException():
            return f"says {error.smtp_code} {_told(error.smtp_error)}"
        case smtplib.SMTPNotSupportedError() if "STARTTLS" in str(error):
            return "offers no STARTTLS; if nobody can listen in on the way, add ?starttls=off to WISMO_MAIL_URL"
        case ssl.SSLCertVerificationError():
            return f"has a certificate that is not valid: {error.verify_message}"
        case TimeoutError():
            return "did not answer in time"
        case _:
            return without_addresses(error.strerror or str(error) or type(error).__name__)


def _told(text: bytes | str, recipient: str = "") -> str:
    return without_addresses(text.decode("utf-8", "replace") if isinstance(text, bytes) else text, recipient)
