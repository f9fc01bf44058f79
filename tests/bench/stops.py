"""Everything that can stop, stopped on a clock that is stepped: how long until somebody is told, and by what way.

Each runs a few times, from seeds: at another moment of the hour, and with loops that turn at other moments. The far
sides are real servers, and so are the database, Slack's messages and the operator's mails. What it prints stands in
docs/silence.md.
"""

import math
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from tests.bench import silencing, stopping
from tests.bench.figures import Figure
from tests.bench.stepping import DAY, HOUR, MINUTE

TWO_MINUTES: Final = 2 * MINUTE


@dataclass(frozen=True, slots=True)
class Stop:
    what: str
    evidence: str
    stopped: Callable[[str], float | None]  #: from a seed, the seconds until somebody is told; None: nobody is
    promised: timedelta
    told_by: str = "Slack"
    runs: int = 3


STOPS: Final[Sequence[Stop]] = (
    Stop("a loop of Wismo's own (`loop_stopped`)", "no beat for 90 seconds", stopping.a_loop, TWO_MINUTES, runs=6),
    Stop(
        "the watch itself (`loop_stopped`)",
        "the heart misses its beat, and looks in its place",
        stopping.the_watch,
        TWO_MINUTES,
    ),
    Stop("what tells Slack (`loop_stopped`)", "no beat for 90 seconds", stopping.slacks_writer, TWO_MINUTES, "mail"),
    Stop(
        "what has incidents told (`loop_stopped`)",
        "no beat for 90 seconds",
        stopping.the_teller,
        TWO_MINUTES,
        "heartbeat",
    ),
    Stop("the whole process", "no loop beats; no ping comes either", stopping.all_of_it, TWO_MINUTES, "`/health`"),
    Stop(
        "the mail server, of a shop that mails once a minute (`channel_down`)",
        "the next mail",
        stopping.mail,
        TWO_MINUTES,
    ),
    Stop("Slack (`channel_down`)", "the next message to the team", stopping.slack, TWO_MINUTES, "mail"),
    Stop(
        "Slack's token or channel (`slack_lost`)",
        "Slack's own word, once an hour",
        stopping.slacks_token,
        65 * MINUTE,
        "mail",
    ),
    Stop(
        "Slack and the mail server (`channel_down`)",
        "the next message, then the next mail",
        stopping.every_way,
        5 * MINUTE,
        "heartbeat",
    ),
    Stop(
        "the heartbeat's service (`heartbeat_down`)",
        "it takes no ping for five minutes",
        stopping.the_service,
        7 * MINUTE,
    ),
    Stop(
        "the pushes of a carrier that sends 100 an hour (`mute_carrier`)",
        "none comes",
        silencing.mute(100),
        20 * MINUTE,
        runs=5,
    ),
    Stop(
        "the pushes of a carrier that sends 20 an hour (`mute_carrier`)", "none comes", silencing.mute(20), HOUR, runs=5
    ),
    Stop(
        "a carrier's taking of our key, asked once a minute (`ask_refused`)",
        "the next answer",
        silencing.carriers_key,
        TWO_MINUTES,
    ),
    Stop(
        "a carrier's API, asked once a minute (`ask_failing`)",
        "three failures over five minutes",
        silencing.carriers_api,
        20 * MINUTE,
    ),
    Stop(
        "a carrier's format, pushed once a minute (`schema_changed`)",
        "five bodies in a row that cannot be read",
        silencing.unreadable,
        HOUR,
    ),
    Stop(
        "half of a carrier's pushes, of 20 an hour (`missed_pushes`)",
        "news that come only by asking",
        silencing.missed,
        DAY,
    ),
    Stop(
        "two thirds of what answers tell, of three parcels an hour (`poorer_answers`)",
        "scans, of twenty parcels",
        silencing.poorer,
        DAY,
    ),
    Stop(
        "a hub of a carrier of 60 parcels a day (`stuck_cohort`)",
        "its parcels stand for three working days",
        silencing.a_hub,
        5 * DAY,
        runs=1,
    ),
    Stop("the shop's taking of our key (`shop_refused`)", "the next call", silencing.the_shops_key, TWO_MINUTES),
    Stop(
        "the shop's API, of a shop that invoices an order every ten minutes (`shop_down`)",
        "ten minutes without a usable answer",
        silencing.the_shops_api,
        30 * MINUTE,
    ),
    Stop(
        "the shop's API while nobody buys (`shop_job`)",
        "an hour without its feed",
        silencing.the_idle_shops_api,
        90 * MINUTE,
    ),
    Stop(
        "the shop's hook, deleted (`shop_hook`)",
        "a look once in three hours; it is made again",
        silencing.the_hook,
        3 * HOUR,
    ),
    Stop(
        "the shop's feed, deleted (`shop_hook`)",
        "the next lot, once a minute; it is made again",
        silencing.the_feed,
        TWO_MINUTES,
    ),
    Stop(
        "the public address (`canary`)",
        "a push of our own, once an hour, three times in vain",
        stopping.the_door,
        70 * MINUTE,
    ),
    Stop("a wave of mails: the brake (`mail_brake`)", "the 51st mail of an hour", stopping.a_wave, TWO_MINUTES),
    Stop("room on the disk (`disk`)", "a look once a minute", stopping.the_disk, TWO_MINUTES),
    Stop("the nightly backup (`backup`)", "it cannot be written", stopping.the_backup, 5 * MINUTE),
)


@dataclass(frozen=True, slots=True)
class Measured:
    stop: Stop
    seconds: Sequence[float]  #: of each run; infinite: nobody was told

    @property
    def longest(self) -> float:
        return max(self.seconds)

    def line(self) -> str:
        one = self.stop
        promised = _time(one.promised.total_seconds())
        median = _time(statistics.median(self.seconds))
        return f"| {one.what} | {one.evidence} | {one.told_by} | {median} | {_time(self.longest)} | {promised} |"

    @property
    def is_kept(self) -> bool:
        return self.longest <= self.stop.promised.total_seconds()


def of_all() -> Iterator[Figure]:
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    found = [measured(stop) for stop in STOPS]
    print("\n\n| what stops | evidence | told by | median | longest | at most |\n|---|---|---|---:|---:|---:|")
    print("\n".join(one.line() for one in found))
    left = stopping.certificate_left("certificate")
    print(f"\nThat a certificate ends is told {_time(left)} before.\n")
    yield Figure("things that stop, told later than promised", sum(not one.is_kept for one in found), "")
    yield Figure("a loop of our own that stops, told, longest", found[0].longest, "s")


def measured(stop: Stop, runs: int = 0) -> Measured:
    """``runs``: how many; 0: as many as it says itself."""
    seconds = [stop.stopped(f"{stop.what}/{run}") for run in range(runs or stop.runs)]
    return Measured(stop, [math.inf if one is None else one for one in seconds])


def _time(seconds: float | None) -> str:
    if seconds is None or math.isinf(seconds):
        return "never"
    minutes, hours = seconds / 60, seconds / 3600
    if seconds < 180:
        return f"{seconds:.0f} s"
    if minutes < 120:
        return f"{minutes:.0f} min"
    return f"{hours:.1f} h" if hours < 72 else f"{hours / 24:.1f} days"
