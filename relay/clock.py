"""The only place that asks the machine for the time."""

import time
from datetime import UTC, datetime

#: On Linux a clock that also runs while the machine sleeps; elsewhere sleep cannot be told from a clock that was set.
_BOOT = getattr(time, "CLOCK_BOOTTIME", None)


def now() -> datetime:
    return datetime.now(UTC)


def since_boot() -> float:
    """Seconds that run on whatever the clock is set to, also while the machine sleeps."""
    return time.clock_gettime(_BOOT) if _BOOT is not None else time.monotonic()


def awake() -> float:
    """Seconds that run on whatever the clock is set to, but not while the machine sleeps."""
    return time.monotonic()
