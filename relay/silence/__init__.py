"""The rules of silence. Pure; time is an argument.

quiet    when a silence of the shop's is no chance      overdue  when a loop of our own has stopped
telling  what of an incident is worth a message, and when it is told by another way
clocks   when the clock was set or the machine slept     pings    how a heartbeat's service is called
expiring how near the end of something is
shares   a share of bad ones that has risen              poorer   answers that tell less of like parcels
cohorts  which parcels stand still together            standing how long they do, in days on which carriers work
mute     when a carrier's silence is no chance    rates    what is usual of it, learnt from four weeks
chances  how likely something comes in a slot     calendar where a slot lies in its week, by the wall clock
"""

from relay.silence.quiet import (
    ENOUGH_WEEKS,
    EXPECTED_AT_LEAST,
    HOUR,
    WEEK,
    WEEKS,
    expected,
    has_gone_quiet,
    silent_since,
)

__all__ = [
    "ENOUGH_WEEKS",
    "EXPECTED_AT_LEAST",
    "HOUR",
    "WEEK",
    "WEEKS",
    "expected",
    "has_gone_quiet",
    "silent_since",
]
