"""A clock that runs like the machine's and can be put forward."""

import threading
from datetime import datetime, timedelta

from relay import clock


class SteppedClock:
    """One for everybody who shall live in the same time: hand on :meth:`now`."""

    def __init__(self) -> None:
        self._ahead = timedelta(0)
        self._lock = threading.Lock()

    def now(self) -> datetime:
        return clock.now() + self._ahead

    def step_to(self, moment: datetime) -> None:
        """Only forward: what was written down must not lie in the future."""
        with self._lock:
            self._ahead = max(self._ahead, moment - clock.now())
