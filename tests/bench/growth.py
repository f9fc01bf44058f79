"""What a push, the due query and a timeline cost at 10 thousand, 100 thousand and a million facts.

As an exponent: a cost that grows as ``n ** 0`` does not grow, as ``n ** 1`` it grows as the database does.
"""

import math
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random

import orjson

from relay.carriers import carrier_named, read_push
from relay.desk.view import order_json
from relay.intake.record import record_push
from relay.model import Push, Reading
from relay.store import asks
from tests.bench.figures import Figure, Measurement, alternating, count
from tests.bench.filled import DUE, DUE_AT, FACTS_A_TRACK, Parcel, filled, parcels

FACTS = (10_000, 100_000, 1_000_000)
ROUNDS, PUSHES, QUESTIONS, WAITING = 7, 88, 25, 16
CARRIER = "ups"


def of_facts() -> Iterator[Figure]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir="."))).resolve()
        sizes = {facts: stack.enter_context(closing(Size(folder / str(facts), facts))) for facts in FACTS}
        yield from _growing("CPU of a push", {facts: size.push for facts, size in sizes.items()})
        yield from _growing(f"due query, {DUE} due", {facts: size.due for facts, size in sizes.items()})
        yield from _growing("timeline of an order", {facts: size.timeline for facts, size in sizes.items()})


def _growing(name: str, measurements: Mapping[int, Measurement]) -> Iterator[Figure]:
    for warm_up in measurements.values():
        warm_up()
    found = alternating({str(facts): measure for facts, measure in measurements.items()}, ROUNDS)
    costs = {facts: found[str(facts)] for facts in measurements}
    least, most = min(costs), max(costs)
    yield Figure(f"{name}, {count(most)} facts", costs[most], "µs", Figure(f"with {count(least)}", costs[least], "µs"))
    yield Figure(f"{name}, growth with the number of facts", exponent(costs), "exponent")


def exponent(costs: Mapping[int, float]) -> float:
    """The ``e`` for which cost ∝ n ** e fits best, by least squares over the logarithms."""
    sizes, logs = zip(*((math.log(size), math.log(cost)) for size, cost in costs.items()), strict=True)
    return statistics.linear_regression(sizes, logs).slope


class Size:
    """A database of so many facts, and parcels in it taken at random, none twice."""

    def __init__(self, folder: Path, facts: int) -> None:
        folder.mkdir()
        tracks = facts // FACTS_A_TRACK
        self._desk = filled(folder, tracks)
        found = [parcel for parcel in parcels(tracks) if parcel.carrier == CARRIER]
        self._pushed = iter(Random(facts).sample(found, (ROUNDS + 1) * PUSHES))
        self._asked_about = iter(Random(facts).sample(found, (ROUNDS + 1) * QUESTIONS))

    # -- a push --------------------------------------------------------------------------------------------------------

    def push(self) -> float:
        """Microseconds of CPU for each of many that wait at once and share commits."""
        ready = [self._read(parcel) for parcel in islice(self._pushed, PUSHES)]
        threads = [threading.Thread(target=self._record, args=(ready[own::WAITING],)) for own in range(WAITING)]
        before = time.process_time()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return (time.process_time() - before) / PUSHES * 1e6

    def _read(self, parcel: Parcel) -> tuple[Push, Reading]:
        push = Push(CARRIER, "POST", f"/push/{CARRIER}", {}, alert(parcel, DUE_AT - timedelta(hours=1)), DUE_AT)
        return push, read_push(carrier_named(CARRIER), push.body)

    def _record(self, ready: Sequence[tuple[Push, Reading]]) -> None:
        for push, reading in ready:
            assert record_push(self._desk.database, self._desk.policy, push, reading).is_first

    # -- questions -----------------------------------------------------------------------------------------------------

    def due(self) -> float:
        whose = asks.Whose(CARRIER)
        with self._desk.database.read() as tx:
            return repeated(lambda: len(whose.due(tx, DUE_AT, DUE * 2)) == DUE)

    def timeline(self) -> float:
        """Of another order each time, as the next question is."""
        with self._desk.database.read() as tx:
            return repeated(
                lambda: bool(order_json(tx, self._desk.settings, "default", next(self._asked_about).order_id))
            )

    def close(self) -> None:
        self._desk.database.close()


def repeated(question: Callable[[], bool]) -> float:
    """Microseconds of CPU of each."""
    before = time.process_time()
    for _ in range(QUESTIONS):
        assert question()
    return (time.process_time() - before) / QUESTIONS * 1e6


def alert(parcel: Parcel, at: datetime) -> bytes:
    """One scan that is new, as UPS pushes it."""
    return orjson.dumps(
        {
            "trackingNumber": parcel.number,
            "localActivityDate": f"{at - timedelta(hours=3):%Y%m%d}",
            "localActivityTime": f"{at - timedelta(hours=3):%H%M%S}",
            "activityLocation": {"city": "Campinas", "stateProvince": "SP", "postalCode": "", "country": "BR"},
            "activityStatus": {
                "type": "I",
                "code": "AR",
                "description": "Arrived at facility",
                "descriptionCode": "005",
            },
            "scheduledDeliveryDate": "20260404",
            "actualDeliveryDate": "",
            "actualDeliveryTime": "",
            "gmtActivityDate": f"{at:%Y%m%d}",
            "gmtActivityTime": f"{at:%H%M%S}",
            "gmtOffset": "-03.00",
        }
    )
