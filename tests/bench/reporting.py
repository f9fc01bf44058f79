"""What a digest costs: a week and the four before it, of as many parcels as a large shop has in that time."""

import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from relay.desk import Desk
from relay.desk.periods import iso_week, week_before
from relay.desk.report import week_report
from tests.bench.figures import Figure, alternating, count
from tests.bench.filled import DUE_AT, filled

ZONE: Final = "America/Sao_Paulo"
SMALL, LARGE = 1_000, 100_000
ROUNDS: Final = 3


def of_a_week() -> Iterator[Figure]:
    with TemporaryDirectory() as small, TemporaryDirectory() as large:
        desks = {SMALL: filled(Path(small), SMALL), LARGE: filled(Path(large), LARGE)}
        found = alternating({str(size): lambda desk=desk: _seconds(desk) for size, desk in desks.items()}, ROUNDS)  # type: ignore[misc]  # each its own
        for desk in desks.values():
            desk.database.close()
    baseline = Figure(f"of {count(SMALL)}", found[str(SMALL)], "s")
    yield Figure(f"processor time of a digest, of {count(LARGE)} parcels", found[str(LARGE)], "s", baseline)


def _seconds(desk: Desk) -> float:
    """All of its parcels became known in the last two weeks, and are open."""
    started = time.process_time()
    with desk.database.read() as tx:
        found = week_report(tx, iso_week(week_before(DUE_AT.date(), ZONE)), ZONE, DUE_AT)
    assert found.now.parcels.open
    return time.process_time() - started
