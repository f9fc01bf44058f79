"""Slack's side of Socket Mode: takes connections, sends envelopes, and waits for what acknowledges them."""

import socketserver
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import orjson

from relay.sandbox.serving import LOOPBACK
from relay.sandbox.slack.frames import Frame, Hungup, Opcode, accept_key, read_message, written
from relay.sandbox.slack.workspace import APP_ID

CONNECTIONS_LIMIT = 10
LOOK_FOR_END_S = 0.05
HEAD_LIMIT = 16_384


@dataclass(slots=True)
class Awaited:
    """An envelope that was sent, and its acknowledgement once that is there."""

    payload: Any = None
    done: threading.Event = field(default_factory=threading.Event)


class Line(socketserver.StreamRequestHandler):
    """One connection of the app."""

    server: "SocketServer"

    def setup(self) -> None:
        super().setup()
        self._sending = threading.Lock()

    def handle(self) -> None:
        mode = self.server.mode
        if not self._shake_hands():
            return
        mode.add(self)
        try:
            while True:
                self._take(read_message(self.rfile))  # type: ignore[arg-type]  # a stream, which the library calls BufferedIOBase
        except (Hungup, OSError):
            pass  # the app went away, which it may
        finally:
            mode.remove(self)

    def _shake_hands(self) -> bool:
        head = self.rfile.readline(HEAD_LIMIT)
        fields = b""
        while (line := self.rfile.readline(HEAD_LIMIT)).strip():
            fields += line
        ticket = parse_qs(urlsplit(head.split()[1].decode()).query).get("ticket", [""])[0]
        if not self.server.mode.take_ticket(ticket):
            self.wfile.write(b"HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n")
            return False
        accept = accept_key(str(message_from_bytes(fields)["Sec-WebSocket-Key"]))
        self.wfile.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept.encode() + b"\r\n\r\n"
        )
        return True

    def _take(self, frame: Frame) -> None:
        match frame.opcode:
            case Opcode.PING:
                self._write(Opcode.PONG, frame.data)
            case Opcode.CLOSE:
                self._write(Opcode.CLOSE, frame.data[:2])
                raise Hungup
            case Opcode.TEXT:
                self.server.mode.acknowledge(orjson.loads(frame.data))
            case _:
                pass  # a pong, or what Socket Mode does not use

    def send(self, message: Mapping[str, Any]) -> None:
        """Raises OSError."""
        self._write(Opcode.TEXT, orjson.dumps(message))

    def ask_to_leave(self, reason: str = "refresh_requested") -> None:
        """As Slack does every few hours; the line stays until the app leaves it."""
        with suppress(OSError):
            self.send({"type": "disconnect", "reason": reason, "debug_info": {"host": "pretend"}})

    def hang_up(self) -> None:
        """Without a word, as a network does."""
        with suppress(OSError):
            self.connection.shutdown(2)

    def _write(self, opcode: Opcode, data: bytes) -> None:
        with self._sending:
            self.wfile.write(written(opcode, data))


class SocketServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, mode: "SocketMode") -> None:
        self.mode = mode
        super().__init__((LOOPBACK, 0), Line)


def newest(lines: Sequence[Line]) -> Line:
    return lines[-1]


@dataclass(slots=True)
class SocketMode:
    """``interruptions`` happen to a line once an envelope is on its way over it: the first one to the next envelope."""

    app_token: str
    port: int = 0
    lines: list[Line] = field(default_factory=list)
    choose: Callable[[Sequence[Line]], Line] = newest  #: over which of several an envelope goes
    interruptions: list[Callable[[Line], None]] = field(default_factory=list)
    repeated: list[Mapping[str, Any]] = field(default_factory=list)  #: what went over another line as well
    acknowledged: list[str] = field(default_factory=list)  #: the ids of envelopes, as their acknowledgements came
    _tickets: set[str] = field(default_factory=set)
    _awaited: dict[str, Awaited] = field(default_factory=dict)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    @property
    def url(self) -> str:
        return f"ws://{LOOPBACK}:{self.port}"

    def new_address(self) -> str:
        """Good for one connection."""
        ticket = uuid4().hex
        self._tickets.add(ticket)
        return f"{self.url}/link/?ticket={ticket}&app_id={APP_ID}"

    def take_ticket(self, ticket: str) -> bool:
        if ticket not in self._tickets or len(self.lines) >= CONNECTIONS_LIMIT:
            return False
        self._tickets.discard(ticket)
        return True

    def add(self, line: Line) -> None:
        line.send({"type": "hello", "num_connections": len(self.lines) + 1, "connection_info": {"app_id": APP_ID}})
        with self._changed:
            self.lines.append(line)
            self._changed.notify_all()

    def remove(self, line: Line) -> None:
        with self._changed:
            if line in self.lines:
                self.lines.remove(line)
            self._changed.notify_all()

    def wait_for_lines(self, count: int, within_s: float = 5.0) -> bool:
        """Whether the app holds so many connections."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self.lines) == count, within_s)

    def recycle(self, reason: str = "refresh_requested") -> None:
        """Ask the app to connect anew, as Slack does every few hours; the old lines stay until the app leaves them."""
        for line in list(self.lines):
            line.ask_to_leave(reason)

    def break_lines(self) -> None:
        for line in list(self.lines):
            line.hang_up()
            self.remove(line)

    def deliver(self, kind: str, payload: Mapping[str, Any], within_s: float, *, retry: int = 0) -> tuple[bool, Any]:
        """Whether it was acknowledged, and with what.

        It goes over one line; if that ends before the acknowledgement comes, the same envelope goes over another.
        """
        envelope_id, awaited = str(uuid4()), Awaited()
        self._awaited[envelope_id] = awaited
        while (line := self._next_line(within_s)) is not None:
            try:
                line.send(_envelope(envelope_id, kind, payload, retry))
            except OSError:
                self.remove(line)  # it broke unnoticed
                continue
            if self.interruptions:
                self.interruptions.pop(0)(line)
            if self._is_acknowledged(awaited, line, within_s):
                return True, awaited.payload
            if line in self.lines:
                break
            retry += 1
            self.repeated.append(payload)
        return False, None

    def _next_line(self, within_s: float) -> Line | None:
        with self._changed:
            self._changed.wait_for(lambda: bool(self.lines), within_s)
            return self.choose(self.lines) if self.lines else None

    def _is_acknowledged(self, awaited: Awaited, line: Line, within_s: float) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: awaited.done.is_set() or line not in self.lines, within_s)
        return awaited.done.is_set()

    def acknowledge(self, answer: Mapping[str, Any]) -> None:
        envelope_id = str(answer.get("envelope_id"))
        self.acknowledged.append(envelope_id)
        awaited = self._awaited.pop(envelope_id, None)
        if awaited is not None:
            awaited.payload = answer.get("payload")
            awaited.done.set()
            with self._changed:
                self._changed.notify_all()


def _envelope(envelope_id: str, kind: str, payload: Mapping[str, Any], retry: int) -> Mapping[str, Any]:
    envelope = {
        "envelope_id": envelope_id,
        "type": kind,
        "payload": payload,
        "accepts_response_payload": kind != "events_api",
    }
    if kind == "events_api":
        envelope |= {"retry_attempt": retry, "retry_reason": "timeout" if retry else ""}
    return envelope


@contextmanager
def open_socket_mode(app_token: str) -> Iterator[SocketMode]:
    mode = SocketMode(app_token)
    server = SocketServer(mode)
    mode.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(LOOK_FOR_END_S,), name="socket-mode", daemon=True)
    thread.start()
    try:
        yield mode
    finally:
        server.shutdown()
        mode.break_lines()
        server.server_close()
        thread.join()
