"""Far sides over real sockets: a carrier's server that answers, keeps waiting, floods, or breaks off."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

Reply = tuple[int, dict[str, str], bytes]
#: What a far side does with the connection itself, instead of a reply.
Wire = Callable[[BaseHTTPRequestHandler], None]


class Seen(NamedTuple):
    """A request as the far side saw it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@contextmanager
def site(answer: Callable[[Seen], Reply | Wire]) -> Iterator[str]:
    """A server, by its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # or head and body wait for each other

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = answer(Seen(self.command, self.path, headers, body))
            if not isinstance(reply, tuple):
                self.close_connection = True
                reply(self)
                return
            status, headers, body = reply
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST  # noqa: N815 - the library's name

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class FarSide:
    """The server of a carrier of the tests. It knows the scans of each number, and does what a test wants instead."""

    scans: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)  #: numbers, in the order of asking
    instead: Callable[[list[str]], Reply | Wire] | None = None
    url: str = ""

    def __call__(self, seen: Seen) -> Reply | Wire:
        return self.answer(json.loads(seen.body))

    def answer(self, numbers: list[str]) -> Reply | Wire:
        self.asked += numbers
        if self.instead:
            return self.instead(numbers)
        known = {number: self.scans[number] for number in numbers if number in self.scans}
        return 200, {}, json.dumps(known).encode()


# -- what a connection is put through ----------------------------------------------------------------------------------


def hold(until: threading.Event) -> Wire:
    """Say nothing until the test lets go, then that nothing is known."""

    def wire(handler: BaseHTTPRequestHandler) -> None:
        until.wait(20)
        with suppress(OSError):
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    return wire


def drip(until: threading.Event) -> Wire:
    """One byte after the other, so that no single step is slow."""

    def wire(handler: BaseHTTPRequestHandler) -> None:
        with suppress(OSError):
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            while not until.wait(0.02):
                handler.wfile.write(b" ")

    return wire


def flood(sent: list[int], megabytes: int) -> Wire:
    """Far more than anybody asked for; ``sent`` is how much of it was taken, in MB."""

    def wire(handler: BaseHTTPRequestHandler) -> None:
        with suppress(OSError):
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in range(megabytes):
                handler.wfile.write(b"f4240\r\n" + b" " * 1_000_000 + b"\r\n")
                sent.append(1)
            handler.wfile.write(b"0\r\n\r\n")

    return wire


def raw(data: bytes) -> Wire:
    """These bytes, and the end of the connection."""
    return lambda handler: void(handler.wfile.write(data))


def void(_: object) -> None: ...


def eventually(is_so: Callable[[], bool]) -> None:
    """Wait, a little at a time, until something holds."""
    end = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < end, "never"
        time.sleep(0.005)
