"""What a tick of the poll costs as the number of open parcels grows and what is due does not."""

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from relay.carriers import all_carriers
from relay.desk.accounts import Asker, askers_of
from relay.poll import Poll
from relay.poll.claims import Claim, claim_due, has_work, whose
from relay.store import asks
from relay.store.asks import Whose
from tests.bench.figures import AtMost, Figure, alternating, count
from tests.bench.filled import CARRIERS, DUE, DUE_AT, filled

FEW, MANY, ROUNDS, TICKS = 1_000, 100_000, 15, 5
ALL_DUE = DUE * len(set(CARRIERS))


def of_open_parcels() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(dir=".") as folder:
        few, many = (Ticking(Path(folder).resolve() / str(tracks), tracks) for tracks in (FEW, MANY))
        with closing(few), closing(many):
            ticks = alternating({"few": few.tick, "many": many.tick}, ROUNDS)
            claims = alternating({"few": few.claim, "many": many.claim}, ROUNDS)
    for name, found in (("tick, nothing due", ticks), (f"claim of {ALL_DUE} that are due", claims)):
        baseline = Figure(f"of {count(FEW)} open", found["few"], "ms")
        yield Figure(f"{name}, of {count(MANY)} open", found["many"], "ms", baseline, AtMost(1.5))


class Ticking:
    """Two accounts at carriers and one at an aggregator, none of which is reached."""

    def __init__(self, folder: Path, tracks: int) -> None:
        folder.mkdir()
        self._desk = filled(folder, tracks)
        self._poll = Poll(self._desk, lambda: DUE_AT - timedelta(minutes=1))

    def tick(self) -> float:
        return statistics.median(self._tick() for _ in range(TICKS))

    def _tick(self) -> float:
        before = time.perf_counter()
        asked = self._poll.ask_due()
        elapsed = time.perf_counter() - before
        assert asked == 0
        return elapsed * 1000

    def claim(self) -> float:
        """All accounts one after the other, as much as they may; what they took is let go again."""
        askers = askers_of(self._desk.settings, all_carriers())
        own = frozenset(asker.slug for asker in askers)
        before = time.perf_counter()
        claims = [claim for asker in askers for claim in self._claimed(asker, whose(asker, own))]
        elapsed = time.perf_counter() - before
        wanted = [one for claim in claims for one in claim.wanted]
        assert len(wanted) == ALL_DUE, f"{len(wanted)} were claimed"
        self._desk.database.write(lambda tx: asks.release(tx, wanted))
        return elapsed * 1000

    def _claimed(self, asker: Asker, whose_: Whose) -> list[Claim]:
        with self._desk.database.read() as tx:
            assert has_work(tx, asker, whose_, DUE_AT)
        return self._desk.database.write(lambda tx: claim_due(tx, asker, whose_, DUE_AT, requests=ALL_DUE))

    def close(self) -> None:
        self._poll.close()
        self._desk.database.close()
