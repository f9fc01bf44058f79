"""What a benchmark found, and the one table of it."""

import math
import statistics
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

#: What is measured once more, and what it costs.
Measurement = Callable[[], float]


@dataclass(frozen=True, slots=True)
class AtMost:
    limit: float

    def __str__(self) -> str:
        return f"≤ {self.limit:g}"

    def is_met(self, found: float) -> bool:
        return found <= self.limit


@dataclass(frozen=True, slots=True)
class Figure:
    name: str
    value: float
    unit: str
    baseline: "Figure | None" = None  #: measured in the same run
    goal: AtMost | None = None  #: of the ratio

    @property
    def ratio(self) -> float | None:
        return self.value / self.baseline.value if self.baseline else None

    def as_json(self) -> dict[str, object]:
        return {
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "baseline": {"name": self.baseline.name, "value": self.baseline.value} if self.baseline else None,
            "ratio": self.ratio,
            "goal": str(self.goal) if self.goal else None,
        }


def alternating(contenders: Mapping[str, Measurement], rounds: int) -> dict[str, float]:
    """The median of each one's measurements, all in turn, so that what disturbs the machine disturbs them alike."""
    found: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, measure in contenders.items():
            found[name].append(measure())
    return {name: statistics.median(values) for name, values in found.items()}


# -- the table ---------------------------------------------------------------------------------------------------------

HEAD = ("what", "figure", "unit", "baseline", "ratio", "goal of the ratio")


def table(figures: Iterable[Figure]) -> Iterator[str]:
    """Lines of Markdown whose columns stand under each other."""
    rows = [HEAD, *map(_cells, figures)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    yield _line(HEAD, widths)
    yield f"|{'|'.join('-' * (width + 2) for width in widths)}|"
    yield from (_line(row, widths) for row in rows[1:])


def _cells(figure: Figure) -> Sequence[str]:
    baseline, ratio, goal = figure.baseline, figure.ratio, figure.goal
    return (
        figure.name,
        _number(figure.value),
        figure.unit,
        f"{_number(baseline.value)} {baseline.name}" if baseline else "",
        f"{ratio:.{2 if ratio >= 0.1 else 3}f}" if ratio is not None else "",
        f"{goal}: {'met' if goal.is_met(ratio) else 'missed'}" if goal and ratio is not None else "",
    )


def _number(value: float) -> str:
    """Three digits that count; a benchmark knows no more."""
    if abs(value) >= 1000:
        return count(round(value, 2 - int(math.log10(abs(value)))))
    places = next((places for places, least in enumerate((100, 10)) if abs(value) >= least), 2)
    return f"{value:.{places}f}"


def count(number: float) -> str:
    """As people read it: ``100 000``."""
    return f"{number:,.0f}".replace(",", " ")


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [
        cell.rjust(width) if name in {"figure", "ratio"} else cell.ljust(width)
        for name, cell, width in zip(HEAD, cells, widths, strict=True)
    ]
    return f"| {' | '.join(padded)} |"
