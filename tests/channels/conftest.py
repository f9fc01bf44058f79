"""Real mail servers, one of each kind for all tests, that answer as a test tells them to."""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "ana@loja.example", "p/a:s@s#"


@dataclass
class Mailbox:
    """A server's handler: keeps what came and answers what a test wants, by command; DROP and HANG are no answers."""

    answers: dict[str, str] = field(default_factory=dict)
    envelopes: list[Envelope] = field(default_factory=list)
    peers: set[object] = field(default_factory=set)

    async def handle_MAIL(  # noqa: N802 - the library's name and order
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.peers.add(session.peer)
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return await self._answer("MAIL", server)

    async def handle_RCPT(  # noqa: N802 - the library's name and order
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return await self._answer("RCPT", server)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - the library's
        answer = await self._answer("DATA", server)
        if answer.startswith("250"):
            self.envelopes.append(envelope)
        return answer

    async def _answer(self, command: str, server: SMTP) -> str:
        answer = self.answers.get(command, "250 2.0.0 queued as A1B2")
        if answer == "HANG":
            await asyncio.Event().wait()
        if answer == "DROP" and server.transport is not None:
            server.transport.close()
        return answer

    def forget(self) -> None:
        self.answers.clear()
        self.envelopes.clear()
        self.peers.clear()


class Server(Controller):
    """On a port of the system's choice, which the library asks for only to wake itself."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]  # the library's


@dataclass(frozen=True)
class Post:
    """A server that runs."""

    mailbox: Mailbox
    port: int


def run(
    *,
    ssl_context: ssl.SSLContext | None = None,
    tls_context: ssl.SSLContext | None = None,
    knows_smtputf8: bool = True,
) -> Iterator[Post]:
    """With ``tls_context`` the server wants STARTTLS and a login."""
    wants = {"require_starttls": True, "auth_required": True, "authenticator": admit} if tls_context else {}
    mailbox = Mailbox()
    server = Server(
        mailbox,
        hostname="127.0.0.1",
        port=0,
        ssl_context=ssl_context,
        tls_context=tls_context,
        enable_SMTPUTF8=knows_smtputf8,
        **wants,  # type: ignore[arg-type]  # the library passes them on
    )
    server.start()
    yield Post(mailbox, server.port)
    server.stop()


@contextmanager
def scripted(greeting: str, **answers: str) -> Iterator[int]:
    """The port of a server that serves one connection and says what no library's server would."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        actor = Thread(target=_act, args=(listening, greeting, answers))
        actor.start()
        yield listening.getsockname()[1]
        actor.join()


def _act(listening: socket.socket, greeting: str, answers: dict[str, str]) -> None:
    connection, _ = listening.accept()
    with connection, connection.makefile("rw", newline="\r\n", encoding="ascii") as lines:
        lines.write(f"{greeting}\n")
        lines.flush()
        for line in lines:
            lines.write(f"{answers.get(line[:4].strip().upper(), '250 ok')}\n")
            lines.flush()


def admit(server: SMTP, session: Session, envelope: Envelope, mechanism: str, login: object) -> AuthResult:
    known = isinstance(login, LoginPassword) and (login.login, login.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=known, handled=False)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[trustme.CA, Path]:
    authority = trustme.CA()
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return authority, path


@pytest.fixture(scope="session")
def certified(authority: tuple[trustme.CA, Path]) -> ssl.SSLContext:
    """A server's side of TLS, valid for 127.0.0.1 and not for localhost."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority[0].issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture
def _trusted(authority: tuple[trustme.CA, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """As an operator makes a private authority known."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority[1]))


@pytest.fixture(scope="session")
def plain_server() -> Iterator[Post]:
    yield from run()


@pytest.fixture(scope="session")
def ascii_server() -> Iterator[Post]:
    yield from run(knows_smtputf8=False)


@pytest.fixture(scope="session")
def starttls_server(certified: ssl.SSLContext) -> Iterator[Post]:
    yield from run(tls_context=certified)


@pytest.fixture(scope="session")
def smtps_server(certified: ssl.SSLContext) -> Iterator[Post]:
    yield from run(ssl_context=certified)


@pytest.fixture
def post(plain_server: Post) -> Iterator[Post]:
    yield plain_server
    plain_server.mailbox.forget()


@pytest.fixture
def ascii_post(ascii_server: Post) -> Iterator[Post]:
    yield ascii_server
    ascii_server.mailbox.forget()


@pytest.fixture
def starttls_post(starttls_server: Post) -> Iterator[Post]:
    yield starttls_server
    starttls_server.mailbox.forget()


@pytest.fixture
def smtps_post(smtps_server: Post) -> Iterator[Post]:
    yield smtps_server
    smtps_server.mailbox.forget()
