"""When the clock was set, and when the machine slept. Pure; the clocks are read elsewhere."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

#: What is less is put right by the system all the time.
ENOUGH = timedelta(minutes=2)


class Jump(StrEnum):
    FORWARD = "forward"
    BACK = "back"
    SLEPT = "slept"


@dataclass(frozen=True, slots=True)
class Clocks:
    """The clocks of a machine, read at one moment."""

    wall: datetime
    boot_s: float  #: runs on whatever the wall clock is set to, also while the machine sleeps
    awake_s: float  #: the same, but stands while it sleeps


def jump_between(before: Clocks, after: Clocks) -> tuple[Jump, timedelta] | None:
    """What happened between two readings, and how far it went; None: time passed."""
    passed = timedelta(seconds=after.boot_s - before.boot_s)
    step = after.wall - before.wall - passed
    if abs(step) > ENOUGH:
        return (Jump.FORWARD if step > timedelta(0) else Jump.BACK), abs(step)
    slept = passed - timedelta(seconds=after.awake_s - before.awake_s)
    return (Jump.SLEPT, slept) if slept > ENOUGH else None
