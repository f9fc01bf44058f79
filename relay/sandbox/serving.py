"""A web server in a few threads, which end with it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler

LOOPBACK = "127.0.0.1"
#: Few, and always the same: each thread that reads the database keeps a connection.
THREADS = 8
LOOK_FOR_END_S = 0.05

Waiting = tuple[socket.socket, tuple[str, int]]


class Quiet(WSGIRequestHandler):
    """One request for each connection. A browser's that asks nothing is let go, so that it holds no thread."""

    timeout = 3.0
    protocol_version = "HTTP/1.0"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None: ...

    def log_error(self, format: str, *args: object) -> None: ...  # noqa: A002 - the library's name


class Threaded(BaseWSGIServer):
    """Makes no thread for each request, as the library would."""

    multithread = True

    def __init__(self, app: Flask, bound: socket.socket) -> None:
        host, port = bound.getsockname()[:2]
        super().__init__(host, port, app, Quiet, fd=bound.fileno())
        self._waiting: SimpleQueue[Waiting | None] = SimpleQueue()
        for number in range(THREADS):
            threading.Thread(target=self._work, name=f"{app.name}-{number}", daemon=True).start()

    def process_request(self, request: socket.socket, client_address: tuple[str, int]) -> None:  # type: ignore[override]
        self._waiting.put((request, client_address))

    def end(self) -> None:
        """Begin nothing more; what was begun may go on, and whoever hangs is not waited for."""
        self.shutdown()
        for _ in range(THREADS):
            self._waiting.put(None)

    def _work(self) -> None:
        while waiting := self._waiting.get():
            request, address = waiting
            try:
                self.finish_request(request, address)
            except OSError:
                pass  # who asked is gone, which is no matter of ours
            finally:
                self.shutdown_request(request)


@contextmanager
def served(app: Flask, host: str = LOOPBACK, port: int = 0) -> Iterator[int]:
    """The app, answering; the port it was given."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family) as bound:
        server = Threaded(app, bound)
    thread = threading.Thread(target=server.serve_forever, args=(LOOK_FOR_END_S,), name=app.name, daemon=True)
    thread.start()
    try:
        yield server.port
    finally:
        server.end()
        thread.join()
