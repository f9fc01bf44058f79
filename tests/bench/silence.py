"""How often the watch cries wolf over mute carriers, and how soon it notices real ones: simulated weeks, from seeds."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random

from relay.silence.calendar import A_DAY, ALL_SLOTS, AN_HOUR, SLOT_S, Grid, hour_of, moment_of
from relay.silence.mute import silence
from relay.silence.rates import LEARNT, Past, Profile, learn
from tests.bench.figures import Figure
from tests.bench.shapes import FIRST, SHAPES, WEEKS, Shape, steady

#: What is learnt is learnt anew so often; the watch does so every hour.
RELEARN_HOURS = 6


@dataclass(slots=True)
class Run:
    """Sixteen weeks of a carrier. All of it lies in memory; the rule is shown what was known at each moment."""

    shape: Shape
    moments: Sequence[float]
    past: Past
    grid: Grid
    first_hour: int

    @classmethod
    def of(cls, shape: Shape, seed: int) -> "Run":
        random = Random(f"{shape.name}/{seed}")
        first_hour = hour_of(datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=shape.calendar.zone)) - 1
        hours = range(first_hour, first_hour + WEEKS * 168)
        up = {hour: _up(shape, hour - first_hour) for hour in hours}
        counted = {hour: up[hour] & _answered(shape, random) for hour in hours}
        said = [at for at in shape.moments(random) if _is_heard(at, up if shape.answers_in == 1 else counted)]
        spoke: Counter[int] = Counter()
        for slot in {int(at) // SLOT_S for at in said}:
            spoke[slot // AN_HOUR] |= 1 << slot % AN_HOUR
        grid = Grid.of(shape.calendar, first_hour - LEARNT // AN_HOUR, len(hours) + 2 * (LEARNT // AN_HOUR))
        return cls(shape, said, Past(spoke, counted, up), grid, first_hour)

    def profile(self, at: float) -> Profile:
        return learn(self.past, self.grid, int(self.heard_before(at)) // SLOT_S + 1)

    def heard_before(self, at: float) -> float:
        low, high = 0, len(self.moments)
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if self.moments[middle] <= at else (low, middle)
        return self.moments[low - 1] if low else 0.0

    def false_alarms(self, weeks: int = 12) -> int:
        """Silences that were told as such, and ended by themselves."""
        found: set[float] = set()
        start = self.first_hour + (WEEKS - 12) * 168
        for hour in range(start, start + weeks * 168):
            if (hour - start) % RELEARN_HOURS == 0:
                profile = self.profile(hour * 3600)
            for slot in range(hour * AN_HOUR, (hour + 1) * AN_HOUR):
                at = slot * SLOT_S + SLOT_S - 1
                heard = self.heard_before(at)
                if self.past.up[hour] and heard and self._is_alarm(profile, heard, at):
                    found.add(heard)
        return len(found)

    def _is_alarm(self, profile: Profile, heard: float, at: float) -> bool:
        day = int((at / SLOT_S - self.first_hour * AN_HOUR) // A_DAY)
        share = min(self.shape.parcels(day - back) for back in range(3))
        now, heard_at = moment_of(at / SLOT_S), moment_of(heard / SLOT_S)
        return share > 0 and silence(profile, self.past, self.grid, heard_at, now, share=share) is not None

    def noticed(self, at: float) -> timedelta | None:
        """How long after it goes mute for good that is noticed, by a watch that looks each minute, later each hour."""
        heard, hour = self.heard_before(at), int(at) // 3600
        until = self.past.spoke.get(hour, 0) & (1 << int(at) // SLOT_S % AN_HOUR + 1) - 1
        spoke = {one: mask for one, mask in self.past.spoke.items() if one < hour} | {hour: until}
        past = Past(spoke, self.past.counted, self.past.up)
        profile = learn(past, self.grid, int(heard) // SLOT_S + 1)
        for minutes in (*range(1, 180), *range(180, 24 * 60, 10), *range(24 * 60, 14 * 24 * 60, 60)):
            now = moment_of((at + minutes * 60) / SLOT_S)
            if silence(profile, past, self.grid, moment_of(heard / SLOT_S), now) is not None:
                return timedelta(minutes=minutes)
        return None


def _up(shape: Shape, hour: int) -> int:
    is_down = any(start * 24 <= hour < end * 24 for start, end in shape.gaps)
    return 0 if is_down else ALL_SLOTS


def _answered(shape: Shape, random: Random) -> int:
    if shape.answers_in == 1:
        return ALL_SLOTS
    return sum(1 << bit for bit in range(AN_HOUR) if random.random() < shape.answers_in)


def _is_heard(at: float, listened: Mapping[int, int]) -> bool:
    hour, slot = int(at) // 3600, int(at) // SLOT_S % AN_HOUR
    return bool(listened.get(hour, 0) >> slot & 1)


# -- the tables and the picture ----------------------------------------------------------------------------------------

SEEDS, STOPS = 3, 20
RATES = (200.0, 100.0, 50.0, 20.0, 10.0, 5.0, 2.0, 1.0, 0.3)
PICTURE = Path("docs/silence.png")


@dataclass(frozen=True, slots=True)
class Detection:
    per_hour: float
    minutes: Sequence[float]  #: sorted; of those that were noticed within two weeks
    stops: int

    def share_of(self, part: float) -> float:
        """The minutes within which so large a part was noticed."""
        index = math.ceil(part * self.stops) - 1
        return self.minutes[index] if index < len(self.minutes) else math.inf


def of_mute_carriers() -> Iterator[Figure]:
    alarms = {name: [Run.of(shape, seed).false_alarms() for seed in range(SEEDS)] for name, shape in SHAPES.items()}
    print("\n\n| ordinary weeks | false alarms in 12 weeks, of each carrier |\n|---|---|")
    for name, counts in alarms.items():
        print(f"| {name} | {', '.join(map(str, counts))} |")
    detections = [detection(rate) for rate in RATES]
    print("\n| messages an hour | noticed after, median | nine of ten | all | noticed |\n|---:|---:|---:|---:|---:|")
    for one in detections:
        times = " | ".join(_time(one.share_of(part)) for part in (0.5, 0.9, 1.0))
        print(f"| {one.per_hour:g} | {times} | {len(one.minutes)} of {one.stops} |")
    draw(detections, PICTURE)
    total = [count for counts in alarms.values() for count in counts]
    yield Figure("false alarms over mute carriers, a carrier in 12 weeks", sum(total) / len(total), "")
    yield Figure("a carrier of 100 an hour that goes mute, noticed, longest", detections[1].share_of(1), "min")
    yield Figure("a carrier of 20 an hour that goes mute, noticed, longest", detections[3].share_of(1), "min")


def detection(per_hour: float, stops: int = STOPS) -> Detection:
    """Carriers that speak at random all day and go mute at a random moment."""
    run = Run.of(Shape(f"steady, {per_hour:g}", partial(steady, per_hour)), seed=0)
    random = Random(f"stops/{per_hour:g}")
    begin = (run.first_hour + 6 * 168) * 3600
    found = [run.noticed(begin + random.random() * 6 * 168 * 3600) for _ in range(stops)]
    return Detection(per_hour, sorted(one.total_seconds() / 60 for one in found if one), stops)


def _time(minutes: float) -> str:
    if math.isinf(minutes):
        return "later"
    return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.1f} h"


def draw(detections: Sequence[Detection], path: Path) -> None:
    from matplotlib.figure import Figure as Sheet  # noqa: PLC0415 - it takes a second to load, and only the picture needs it

    sheet = Sheet(figsize=(7.5, 4), dpi=90, layout="constrained")
    axes = sheet.subplots()
    for part, label, style in ((0.5, "half are noticed", "o-"), (0.9, "nine of ten", "s--"), (1.0, "all", "^:")):
        seen = [(one.per_hour, one.share_of(part)) for one in detections if math.isfinite(one.share_of(part))]
        axes.loglog([rate for rate, _ in seen], [minutes for _, minutes in seen], style, label=label, markersize=4)
    axes.plot([100, 20], [20, 60], "kx", label="promised: 20 min, 1 h")
    axes.set_xticks([one.per_hour for one in detections], [f"{one.per_hour:g}" for one in detections])
    axes.set_yticks([10, 20, 60, 300, 1440, 4320], ["10 min", "20 min", "1 h", "5 h", "1 day", "3 days"])
    axes.minorticks_off()
    axes.set_xlabel("messages an hour before it went mute")
    axes.set_title("How soon a mute carrier is noticed")
    axes.grid(alpha=0.3)
    axes.legend()
    sheet.savefig(path)
