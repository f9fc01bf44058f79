"""A real Wismo in a process of its own, a real SMTP server, real requests."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from relay import clock
from relay.sandbox.mailbox import Mailbox, open_mailbox

WISMO = [sys.executable, "-m", "relay"]
UPS_SECRET = "a secret of the tests"
DEADLINE_S = 20.0


def eventually(is_so: Callable[[], bool], what: str, within_s: float = DEADLINE_S) -> None:
    """Wait, a little at a time, until something holds."""
    end = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < end, f"never: {what}"
        time.sleep(0.02)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Relay:
    """``wismo up``, or another command that runs, in a folder of its own."""

    folder: Path
    environment: dict[str, str]
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, command: str = "up") -> None:
        with (self.folder / f"{command}.log").open("ab") as log:
            self.process = subprocess.Popen([*WISMO, command], cwd=self.folder, env=self._env(), stderr=log, stdout=log)
        eventually(self.is_live, "the relay answers")

    def is_live(self) -> bool:
        try:
            return httpx.get(f"{self.url}/live", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*WISMO, *arguments],
            cwd=self.folder,
            env=self._env(),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def workers(self) -> list[int]:
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()] if children.exists() else []

    def stop(self, number: int = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(15)

    def _env(self) -> dict[str, str]:
        here = str(Path(__file__).parents[2])
        return {"PATH": os.environ["PATH"], "PYTHONPATH": here, "WISMO_PORT": str(self.port)} | self.environment


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[Relay]:
    made = Relay(tmp_path, {"WISMO_UPS_PUSH_SECRETS": UPS_SECRET, "WISMO_MAIL_GAP_MINUTES": "0"})
    yield made
    if made.process is not None and made.process.poll() is None:
        made.stop(signal.SIGKILL)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with open_mailbox(clock.now) as opened:
        yield opened
