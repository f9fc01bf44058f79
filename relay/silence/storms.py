"""When several far sides that have nothing to do with each other are lost at once: then it is ourselves."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

#: So many far sides, of so many kinds, are no chance if they were lost within this time of each other.
SIDES, KINDS, WITHIN = 3, 2, timedelta(minutes=10)
#: A storm is over when at most one of them is lost still, and none came back or was lost for so long.
LEFT, CALM = 1, timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Side:
    """A far side that said nothing at all."""

    incident_id: str
    kind: str  #: those of one kind may fail together for a reason of theirs
    name: str  #: the same far side, the same name
    lost_at: datetime
    back_at: datetime | None = None  #: None: it is lost still


def begins(lost: Sequence[Side]) -> Sequence[Side]:
    """Those of the lost ones that a storm explains: all of the first that came close enough; empty: there is none."""
    return next((group for group in _groups(lost) if _is_no_chance(group)), ())


def _groups(lost: Sequence[Side]) -> Iterator[Sequence[Side]]:
    """Of each one, it and all that were lost soon after."""
    ordered = sorted(lost, key=lambda side: (side.lost_at, side.incident_id))
    for place, first in enumerate(ordered):
        yield [side for side in ordered[place:] if side.lost_at - first.lost_at <= WITHIN]


def _is_no_chance(group: Sequence[Side]) -> bool:
    return len({side.name for side in group}) >= SIDES and len({side.kind for side in group}) >= KINDS


def goes_on(parts: Sequence[Side], now: datetime) -> bool:
    """Whether a storm with these parts is not over. A clock that was put back ends none."""
    if sum(side.back_at is None for side in parts) > LEFT:
        return True
    moments = [side.back_at or side.lost_at for side in parts]
    return any(now - moment < CALM for moment in moments)
