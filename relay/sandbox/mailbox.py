"""A real mail server on this machine that keeps what it takes and sends nothing on."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, TypeVar

from aiosmtpd.smtp import SMTP, Envelope, Session

from relay.sandbox.serving import LOOPBACK

T = TypeVar("T")
END_WITHIN_S = 5.0


@dataclass(frozen=True, slots=True)
class Mail:
    number: int  #: in the order of arrival, from 1
    taken_at: datetime
    message: EmailMessage

    @property
    def subject(self) -> str:
        return str(self.message["Subject"] or "")

    @property
    def to(self) -> str:
        return str(self.message["To"] or "")

    @property
    def sender(self) -> str:
        return str(self.message["From"] or "")

    @property
    def text(self) -> str:
        return self._part("plain")

    @property
    def html(self) -> str:
        return self._part("html")

    def _part(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        return str(part.get_content()) if part else ""


@dataclass  # without slots: aiosmtpd looks at all that it has, which fails with them before Python 3.11.3
class Mailbox:
    now: Callable[[], datetime]
    port: int = 0
    mails: list[Mail] = field(default_factory=list)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        message = message_from_bytes(envelope.original_content or b"", policy=default)
        self.mails.append(Mail(len(self.mails) + 1, self.now(), message))
        return "250 2.0.0 taken"


@contextmanager
def open_mailbox(now: Callable[[], datetime], port: int = 0) -> Iterator[Mailbox]:
    """A mailbox that takes mail until the end of the block."""
    mailbox, loop = Mailbox(now), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="mailbox", daemon=True)
    thread.start()
    server = _run(loop, loop.create_server(lambda: _protocol(mailbox), LOOPBACK, port))
    mailbox.port = server.sockets[0].getsockname()[1]
    try:
        yield mailbox
    finally:
        server.close()
        _run(loop, _end_tasks())
        loop.call_soon_threadsafe(loop.stop)
        thread.join(END_WITHIN_S)
        loop.close()


def _protocol(mailbox: Mailbox) -> SMTP:
    return SMTP(mailbox, hostname="mailbox.example", enable_SMTPUTF8=True)


def _run(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run_coroutine_threadsafe(work, loop).result(END_WITHIN_S)


async def _end_tasks() -> None:
    """Of the connections that clients keep open."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
