"""What stands before a server, so that it can be unreachable for a while: nobody listens then."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Thread

LOOPBACK = "127.0.0.1"


@dataclass
class Gate:
    """Passes on what comes, connection by connection."""

    to_port: int
    port: int = 0
    _listener: socket.socket | None = None

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def open(self) -> None:
        """At the port where it was before."""
        self._listener = socket.create_server((LOOPBACK, self.port))
        self.port = self._listener.getsockname()[1]
        Thread(target=self._take, args=(self._listener,), daemon=True).start()

    def close(self) -> None:
        if self._listener is not None:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None

    def _take(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                Thread(target=_both_ways, args=(near, self.to_port), daemon=True).start()


def _both_ways(near: socket.socket, to_port: int) -> None:
    with near, socket.create_connection((LOOPBACK, to_port)) as far:
        back = Thread(target=_pass_on, args=(far, near), daemon=True)
        back.start()
        _pass_on(near, far)
        back.join()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while said := source.recv(65536):
            target.sendall(said)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@contextmanager
def open_gate(to_port: int) -> Iterator[Gate]:
    gate = Gate(to_port)
    gate.open()
    try:
        yield gate
    finally:
        gate.close()
