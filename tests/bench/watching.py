"""What the watch costs, of fifty carriers and four hundred places: an hour of its rounds, and each check's look.

An hour has every check in it. Four thousand pushes came in each hour, and the counts of six weeks are there.
"""

import sqlite3
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final

from relay.database import Row, Tx
from relay.desk import Desk
from relay.intake.refused import Refused
from relay.model import to_text
from relay.silence.clocks import Clocks
from relay.store import traffic
from relay.store.traffic import UP, Hour
from relay.watch import EVERY_S, Watch
from relay.watch.alarms import Alarm, Check, Rounds
from relay.watch.checks import CHECKS
from relay.watch.clocks import ClockWatch
from tests.bench.figures import Figure, count
from tests.bench.filled import DUE_AT, filled

MANY, FEW, CARRIERS, PLACES = 100_000, 1_000, 50, 400
NOW: Final = DUE_AT + timedelta(hours=15)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MEASURED, WEEKS, PUSHES_AN_HOUR = HOUR, 6, 4_000
#: Of all parcels so many stand, as some always do; days since the last scan of the others.
LOST, USUAL_DAYS, MOST_DAYS = 0.03, 0.8, 13


def of_open_parcels() -> Iterator[Figure]:
    many, few = _measured(MANY), _measured(FEW)
    what = f"of one core, share of the watch with {count(MANY)} open parcels and {CARRIERS} carriers"
    yield Figure(what, many.share, "%", Figure(f"with {count(FEW)}", few.share, "%"))
    for kind, looks in sorted(many.looks.items()):
        same = Figure(f"with {count(FEW)}", statistics.median(few.looks[kind]), "ms")
        yield Figure(f"processor time of a look, {kind}", statistics.median(looks), "ms", same)


@dataclass
class Hours:
    """An hour of rounds: the processor's seconds of all, the milliseconds of each look by kind."""

    seconds: float = 0.0
    looks: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    @property
    def share(self) -> float:
        return 100 * self.seconds / MEASURED.total_seconds()

    def timed(self, check: Check) -> Check:
        def look(tx: Tx, desk: Desk, found: Mapping[str, Row], now: datetime) -> list[Alarm]:
            before = time.process_time()
            alarms = list(check.look(tx, desk, found, now))
            self.looks[check.kind].append((time.process_time() - before) * 1000)
            return alarms

        return Check(check.kind, check.every, look)


def _measured(parcels: int) -> Hours:
    """After a first round, which learns and counts what was before."""
    hours, now = Hours(), NOW
    with tempfile.TemporaryDirectory(dir=".") as folder:
        desk = filled(Path(folder), parcels)
        _spread(Path(folder))
        desk.database.write(_hear)
        rounds = Rounds([hours.timed(check) for check in CHECKS])
        clocks = ClockWatch(lambda at: Clocks(at, at.timestamp(), at.timestamp()))
        watch = Watch(desk, Refused(), lambda: now, rounds=rounds, clocks=clocks)
        watch.round()
        hours.looks.clear()
        before = time.process_time()
        while now < NOW + MEASURED:
            now += timedelta(seconds=EVERY_S)
            watch.round()
        hours.seconds = time.process_time() - before
        desk.database.close()
    return hours


# -- what there is to look at ------------------------------------------------------------------------------------------


def _hear(tx: Tx) -> None:
    """Each carrier pushes at all hours, and answers."""
    random, this_hour = Random(2), NOW.replace(minute=0, second=0, microsecond=0)
    rows = [Hour(*UP, to_text(this_hour - back * HOUR), slots=4095) for back in range(1, WEEKS * 168)]
    for index in range(CARRIERS):
        for back in range(1, WEEKS * 168):
            hour = this_hour - back * HOUR
            said = {"messages": 80, "events": 80, "news": 60, "parcels": 2_000, "asked": 4095}
            for via in ("push", "poll"):
                slots = random.getrandbits(12) | random.getrandbits(12)
                last_at = to_text(hour + timedelta(minutes=59))
                rows.append(Hour(f"c{index}", via, to_text(hour), **said, slots=slots, last_at=last_at))
    traffic.save(tx, rows)


def _spread(folder: Path) -> None:
    random = Random(1)
    with closing(sqlite3.connect(folder / "wismo.db")) as connection, connection:
        ids = [row[0] for row in connection.execute("SELECT track_id FROM tracks")]
        connection.executemany(
            "UPDATE tracks SET moved_at = ?, place = ?, carrier = ?, asked_at = ? WHERE track_id = ?",
            [(*_somewhere(random), to_text(NOW - timedelta(hours=3)), track_id) for track_id in ids],
        )
        connection.execute(
            "UPDATE shipments SET carrier = (SELECT carrier FROM tracks WHERE tracks.track_id = shipments.track_id)"
        )
        connection.executemany(
            "INSERT INTO pushes (push_id, slug, received_at, headers, body, action, reason, events) "
            "VALUES (?, ?, ?, '{}', X'00', 'apply', '', 1)",
            [
                (
                    f"b{index:031}",
                    f"c{random.randrange(CARRIERS)}",
                    to_text(NOW - timedelta(hours=random.uniform(-1, 24))),
                )
                for index in range(PUSHES_AN_HOUR * 25)
            ],
        )


def _somewhere(random: Random) -> tuple[str, str, str]:
    is_lost = random.random() < LOST
    days = random.uniform(3, MOST_DAYS) if is_lost else min(random.expovariate(1 / USUAL_DAYS), MOST_DAYS)
    return to_text(NOW - timedelta(days=days)), f"Place {random.randrange(PLACES)}", f"c{random.randrange(CARRIERS)}"
