"""A service that waits for signs of life, over a real socket."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread


@dataclass
class Service:
    """What it heard, and how it answers."""

    heard: list[tuple[str, str, str]] = field(default_factory=list)  #: method, path, body
    status: int = 200
    hangs: Event | None = None  #: it answers when this is set
    date: Callable[[], float] = time.time
    url: str = ""

    def take(self) -> list[tuple[str, str, str]]:
        """What it heard since it was last asked."""
        heard, self.heard = self.heard, []
        return heard


@contextmanager
def open_service() -> Iterator[Service]:
    service = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
            service.heard.append((self.command, self.path, body))
            if service.hangs is not None:
                service.hangs.wait(10)
            self.send_response(service.status)
            self.send_header("content-length", "0")
            self.end_headers()

        do_POST = do_HEAD = do_GET  # noqa: N815 - the library's names

        def date_time_string(self, timestamp: float | None = None) -> str:
            return super().date_time_string(int(timestamp or service.date()))

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield service
    finally:
        if service.hangs is not None:
            service.hangs.set()
        server.shutdown()
        server.server_close()
        thread.join()
