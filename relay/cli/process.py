"""One granian worker, loops, signals: how a process lives and ends."""

import ctypes
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing.util import Finalize
from typing import Any

import structlog
from granian.constants import Interfaces
from granian.server import Server

from relay.errors import WismoError

WSGIApplication = Callable[..., Any]
Load = Callable[[], tuple[WSGIApplication, Callable[[], None]]]

#: A worker that has not ended by then is killed; a stop takes less than 10 s in all.
KILL_AFTER_S = 8
#: The longest pause after a failed step, in seconds; the first is one second.
LONGEST_PAUSE_S = 60.0
#: A beat is a write to the disk, and some loops turn every second.
BEAT_EVERY_S = 30.0
PR_SET_PDEATHSIG = 1

log = structlog.get_logger()


def use_utc() -> None:
    """``schedule`` computes in naive local time, so the process has only one."""
    os.environ["TZ"] = "UTC"
    time.tzset()


# -- the web server ----------------------------------------------------------------------------------------------------


def serve(host: str, port: int, load: Load, *, threads: int = 16) -> int:
    """One granian worker; ``load`` runs inside it, after the fork, and returns the app and ``close``.

    A worker that dies is replaced; if that one dies within seconds as well, the process ends with exit code 1. After
    SIGTERM or SIGINT the exit code is 0.
    """
    multiprocessing.set_start_method("fork", force=True)  # granian hands ``load`` over, which cannot be pickled
    server = Server(
        "relay",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=threads,
        respawn_failed_workers=True,
        respawn_interval=0.1,
        workers_kill_timeout=KILL_AFTER_S,
        websockets=False,
        log_enabled=False,
    )
    parent = os.getpid()
    server.serve(target_loader=lambda: _load_in_worker(load, parent), wrap_loader=False)
    return 0


def _load_in_worker(load: Load, parent: int) -> WSGIApplication:
    die_with(parent)
    try:
        app, close = load()
    except WismoError as fault:
        sys.stderr.write(f"wismo: {fault}\n")
        sys.exit(1)
    # granian's worker ends without atexit; this is what multiprocessing runs at its end.
    Finalize(None, close, exitpriority=10)
    return app


def die_with(parent: int) -> None:
    """Let the kernel end this process with its parent, also when that is killed; on Linux."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def refuse_taken_port(host: str, port: int, remedy: str = "Stop what uses it, or set WISMO_PORT") -> None:
    """Granian shares a port with whoever has it (SO_REUSEPORT), so somebody else's is found out before."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise WismoError(f"cannot listen on {host}:{port} ({error.strerror})", remedy) from None


# -- processes without a web server ------------------------------------------------------------------------------------


def run_until_stopped(start: Callable[[], Callable[[], None]]) -> int:
    """Start the loops, wait for SIGTERM or SIGINT, stop them; the exit code."""
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    close = start()
    stopped.wait()
    close()
    return 0


class Loop:
    """A thread that repeats ``step``, which returns the seconds until its next round.

    A step that fails is logged and tried again after a growing pause; ``beat`` is called only after one that did not,
    and not after each.
    """

    def __init__(self, name: str, step: Callable[[], float], beat: Callable[[str], None] | None = None) -> None:
        self.name = name
        self._step = step
        self._beat = beat
        self._woken = threading.Event()
        self._stopping = False
        self._beat_at = 0.0
        self._rounds = threading.Condition()
        self._begun = self._ended = 0
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Run the next step at once."""
        self._woken.set()

    def turn(self, timeout_s: float) -> bool:
        """Have a whole round run that begins after this call, and beat; whether it was done in time."""
        with self._rounds:
            wanted = self._begun + 1
            self._beat_at = 0.0
            self._woken.set()
            return self._rounds.wait_for(lambda: self._ended >= wanted, timeout_s)

    def stop(self, timeout_s: float) -> None:
        """Let the running step finish and end."""
        self._stopping = True
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def _run(self) -> None:
        failures = 0
        while not self._stopping:
            self._woken.clear()
            with self._rounds:
                self._begun += 1
            try:
                pause = self._round()
                failures = 0
            except Exception:
                failures += 1
                self._beat_at = 0.0
                pause = min(2.0 ** (failures - 1), LONGEST_PAUSE_S)
                log.exception("loop failed", loop=self.name, failures=failures)
            with self._rounds:
                self._ended = self._begun
                self._rounds.notify_all()
            if not self._stopping:
                self._woken.wait(pause)

    def _round(self) -> float:
        pause = self._step()
        if self._beat is not None and time.monotonic() >= self._beat_at:
            self._beat_at = time.monotonic() + BEAT_EVERY_S
            self._beat(self.name)
        return pause
