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
from contextlib import suppress
from multiprocessing.util import Finalize
from typing import Any

import structlog
from granian.constants import Interfaces
from granian.server import Server

from relay.errors import Unavailable, WismoError
from relay.silence.overdue import BEAT_EVERY

WSGIApplication = Callable[..., Any]
Load = Callable[[], tuple[WSGIApplication, Callable[[], None]]]

#: A worker that has not ended by then is killed; a stop takes less than 10 s in all.
KILL_AFTER_S = 8
#: The longest pause after a failed step, in seconds; the first is one second.
LONGEST_PAUSE_S = 60.0
#: A beat is a write to the disk, and some loops turn every second.
BEAT_EVERY_S = BEAT_EVERY.total_seconds()
#: A pause is cut into pieces of this length.
REST_S = 5.0
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


class Pulse:
    """The beats of a loop: of each round that succeeded, and of progress within a long one. Safe in every thread."""

    def __init__(self, name: str, write: Callable[[str], None]) -> None:
        self._name = name
        self._write = write
        self._due = 0.0

    def beat(self) -> None:
        """Write it down, if the last one is long enough ago. Raises Unavailable."""
        if time.monotonic() >= self._due:
            self._due = time.monotonic() + BEAT_EVERY_S
            self._write(self._name)

    def alive(self) -> None:
        """The same from within the work, which does not fail because of a beat."""
        with suppress(Unavailable):
            self.beat()

    def soon(self) -> None:
        """Let the next beat be written whenever the last one was."""
        self._due = 0.0


def resting(alive: Callable[[], None]) -> Callable[[float], None]:
    """A pause of some seconds, for whoever was asked to wait, which is no stop."""

    def rest(seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(left, REST_S))
            alive()

    return rest


class Loop:
    """A thread that repeats ``step``, which returns the seconds until its next round.

    A step that fails is logged and tried again after a growing pause; the loop beats only after one that did not, and
    while it then waits.
    """

    def __init__(self, name: str, step: Callable[[], float], pulse: Pulse | None = None) -> None:
        self.name = name
        self._step = step
        self._pulse = pulse or Pulse(name, lambda _name: None)
        self._woken = threading.Event()
        self._stopping = False
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
            self._pulse.soon()
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
                pause = self._step()
                self._pulse.beat()
                failures = 0
            except Exception:
                failures += 1
                self._pulse.soon()
                pause = min(2.0 ** (failures - 1), LONGEST_PAUSE_S)
                log.exception("loop failed", loop=self.name, failures=failures)
            with self._rounds:
                self._ended = self._begun
                self._rounds.notify_all()
            self._rest(pause, is_well=not failures)

    def _rest(self, pause: float, *, is_well: bool) -> None:
        """Wait, and beat meanwhile: whoever waits as planned has not stopped."""
        until = time.monotonic() + pause
        while not self._stopping:
            left = until - time.monotonic()
            if left <= 0 or self._woken.wait(min(left, BEAT_EVERY_S)):
                return
            if is_well:
                self._pulse.alive()
