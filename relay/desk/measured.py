"""What monitoring is told, as plain values; and under which names.

Names that others may invent, such as carriers', are told apart as far as they are known; the rest is ``other``.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final, TypeVar

from relay.carriers import all_carriers
from relay.carriers._oms import SOURCE as DOOR
from relay.intake.said import SCRIPT
from relay.model import from_text
from relay.tracking.known_carriers import NAMES

N = TypeVar("N", int, float, str)
Labels = tuple[str, ...]
Of = Mapping[Labels, float]  #: by the values of the labels

OTHER: Final = "other"
NONE: Final = "none"
#: What is turned away at the shop's hook is no carrier's.
HOOK: Final = "vtex-hook"


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits, and for how long the first of it does."""

    count: int
    age_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Parcels:
    by_status: Of  #: the open ones
    open_by_carrier: Of
    held: Waiting
    without_asker: int  #: open ones that nobody can be asked about
    overrides: int


@dataclass(frozen=True, slots=True)
class Asking:
    late_s: Of  #: by carrier, of those that somebody is asked about
    due: Of  #: the same
    failing_s: Of  #: by account; 0 while it works
    failed: Of  #: by carrier and reason


@dataclass(frozen=True, slots=True)
class Hearing:
    pushes: Of  #: by carrier and action
    answers: Of  #: by carrier and outcome
    news: Of  #: by carrier and via, as the next two
    unknown: Of
    heard_s: Of
    missed: Of  #: by carrier
    unread_pushes: Of
    unread_answers: Of
    lost: Of
    refused: Of  #: by sender and reason


@dataclass(frozen=True, slots=True)
class Telling:
    messages: Of  #: by channel and state, of which something is to come
    due_s: Of  #: by channel, as the next three
    held: Of
    is_up: Of
    is_paused: Of
    mail_mode: str
    shop_mode: str | None  #: None: nothing is written to a shop
    is_live: bool
    is_braked: bool


@dataclass(frozen=True, slots=True)
class Shop:
    reads: Waiting
    unreadable: int
    drifts: int
    routes: Of  #: by route and state; those that somebody connected


@dataclass(frozen=True, slots=True)
class Watching:
    is_well: bool
    open: Of  #: by kind, as all of incidents
    opened: Of
    nobodys: Of
    nobodys_s: Of
    beat_s: Of  #: by loop
    is_stopped: Of


@dataclass(frozen=True, slots=True)
class Machine:
    backup_s: float | None  #: None: there are to be none
    free_bytes: Of  #: by what lies on the disk
    database_bytes: int


@dataclass(frozen=True, slots=True)
class Slow:
    """What grows from year to year, or is dear to count, and changes slowly."""

    given_up: int
    ended: Of  #: parcels by status
    settled: Of  #: messages by channel and state


@dataclass(frozen=True, slots=True)
class Figures:
    parcels: Parcels
    asking: Asking
    hearing: Hearing
    telling: Telling
    shop: Shop | None  #: None: there is none
    watching: Watching
    machine: Machine
    slow: Slow | None  #: None: not counted yet


# -- labels ------------------------------------------------------------------------------------------------------------


@cache
def _known() -> frozenset[str]:
    return frozenset((*all_carriers(), *NAMES, SCRIPT, DOOR))


def carrier_label(slug: str | None) -> str:
    """A carrier's slug if it is one that we know: anybody may invent others."""
    if not slug:
        return NONE
    return slug if slug in _known() else OTHER


def sender_label(label: str) -> str:
    """The same of those who are turned away."""
    return label if label == HOOK else carrier_label(label)


def folded(rows: Iterable[tuple[Labels, N]], fold: Callable[[Iterable[N]], N]) -> dict[Labels, N]:
    """Values whose labels became the same, in one."""
    gathered: dict[Labels, list[N]] = {}
    for labels, value in rows:
        gathered.setdefault(labels, []).append(value)
    return {labels: fold(values) for labels, values in sorted(gathered.items())}


def sums(rows: Iterable[tuple[Labels, int]]) -> dict[Labels, int]:
    return folded(rows, sum)


def age_s(moment: str | None, now: datetime) -> float:
    """Never negative: what is still to come, and what a clock that was put back makes of the past, has no age."""
    return max((now - from_text(moment)).total_seconds(), 0.0) if moment else 0.0


def ages_s(moments: Mapping[Labels, str], now: datetime) -> Of:
    return {labels: age_s(moment, now) for labels, moment in moments.items()}
