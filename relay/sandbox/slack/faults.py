"""Switches: what goes wrong with calls."""

import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

FOREVER = sys.maxsize


@dataclass(frozen=True, slots=True)
class Fault:
    """What a call meets."""

    status: int = 200
    error: str = ""  #: ``ok: false`` with this; "": the call does what it should, unless ``status`` says otherwise
    headers: Mapping[str, str] = field(default_factory=dict)
    wait_s: float = 0
    takes_effect: bool = False  #: the call does what it should, and only its answer is another


class Faults:
    """Each is for the next ``calls`` of one method, or of any; what was asked for first comes first."""

    def __init__(self) -> None:
        self.is_down = False  #: connections are taken and closed without a word
        self._planned: list[tuple[Fault, str, int]] = []
        self._lock = threading.Lock()

    def refuse(self, error: str, method: str = "", calls: int = FOREVER) -> None:
        """``ok: false``, as Slack answers most errors: with 200."""
        self.plan(Fault(error=error), method, calls)

    def throttle(self, method: str = "", calls: int = 1, *, retry_after_s: int = 1) -> None:
        self.plan(Fault(429, "ratelimited", {"Retry-After": str(retry_after_s)}), method, calls)

    def fail(self, method: str = "", calls: int = 1, *, status: int = 503) -> None:
        self.plan(Fault(status, "internal_error"), method, calls)

    def lose_answers(self, method: str = "", calls: int = 1) -> None:
        """The call takes effect, and its caller is told that it did not."""
        self.plan(Fault(500, "fatal_error", takes_effect=True), method, calls)

    def be_slow(self, seconds: float, method: str = "", calls: int = 1) -> None:
        """Real seconds, whatever the clock says."""
        self.plan(Fault(wait_s=seconds), method, calls)

    def plan(self, fault: Fault, method: str = "", calls: int = 1) -> None:
        with self._lock:
            self._planned.append((fault, method, calls))

    def clear(self) -> None:
        with self._lock:
            self._planned.clear()
        self.is_down = False

    def take(self, method: str) -> Fault:
        """What the present call meets."""
        with self._lock:
            for index, (fault, wanted, calls) in enumerate(self._planned):
                if wanted in {"", method}:
                    self._planned[index : index + 1] = [(fault, wanted, calls - 1)] if calls > 1 else []
                    return fault
        return Fault()
