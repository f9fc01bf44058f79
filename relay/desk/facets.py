"""What a card is made of: one order, its parcels, and all that an agent may want to know of them, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from relay.model import EventView, Held, Kind, Status


class Asked(StrEnum):
    """Whether a parcel's carrier can be asked, and what came of it."""

    NO_NUMBER = "no_number"  # there is nothing to ask about yet
    NOBODY = "nobody"  # no account is set up
    FAILING = "failing"  # an incident is open: no usable answer
    NOT_YET = "not_yet"
    TRIED = "tried"  # the last ask failed, which may be chance
    ANSWERED = "answered"


class GivenUp(StrEnum):
    """Why a parcel is on the give-up list."""

    QUIET = "quiet"  # nothing new for 12.5 days
    CARRIER = "carrier"  # the carrier says that it has no news any more
    PROMISE = "promise"  # five days past its promised day


@dataclass(frozen=True, slots=True)
class Asking:
    """The state of asking about one parcel."""

    asked: Asked
    label: str = ""  #: who is asked: the carrier, or an aggregator in its place
    failure: str | None = None  #: a name of :class:`relay.intake.failures.Failure`
    remedy: str = ""  #: where nobody can be asked: which setting
    next_at: datetime | None = None
    is_stale: bool = False  #: neither heard nor answered for twice as long as it should be: what is shown may be old


@dataclass(frozen=True, slots=True)
class Correction:
    """An override that stands."""

    status: Status
    reason: str
    by: str
    at: datetime
    until: datetime | None
    until_word: str  #: moment, carrier or lifted
    tells: bool
    writes_shop: bool
    effects_at: datetime  #: until then its undoing costs nothing
    is_contradicted: bool  #: the carrier says otherwise, and said it later


@dataclass(frozen=True, slots=True)
class Told:
    """A mail to the customer: what it tells, and what became of it."""

    status: Status
    state: str  #: of :class:`relay.model.MessageState`, or ``braked``: due, and held by the brake
    at: datetime  #: when it left, else when it is or was due
    error: str | None = None


@dataclass(frozen=True, slots=True)
class ShopSide:
    """What the shop was last read to show of a parcel."""

    read_at: datetime
    lines: int  #: of its history
    is_finished: bool  #: it says delivered
    drift: str | None = None  #: why that is not what is true: a reason of :mod:`relay.shops.drift`


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong: by its kind and figures in any language, by title and remedy in English."""

    kind: str
    title: str
    remedy: str = ""
    figures: Mapping[str, str | int | float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IncidentView:
    """An open incident that touches an order."""

    incident_id: str
    trouble: Trouble
    opened_at: datetime
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class ParcelCard:
    """One parcel of an order."""

    shipment_id: str
    package: str
    kind: Kind
    revision: int  #: by which a button knows whether what it showed is still so
    carrier: str | None
    carrier_label: str
    tracking_number: str | None
    status: Status  #: shown
    carrier_status: Status
    asking: Asking
    asked_at: datetime | None = None
    tried_at: datetime | None = None
    heard_at: datetime | None = None
    changed_at: datetime | None = None
    moved_at: datetime | None = None  #: the newest moment that the carrier told of it
    delivered_at: datetime | None = None
    expected: date | None = None  #: by the carrier, at the door
    events: tuple[EventView, ...] = ()  #: oldest first
    override: Correction | None = None
    held: Held | None = None
    given_up: GivenUp | None = None
    told: tuple[Told, ...] = ()  #: mails, oldest first; what newer news replaced is left out
    shop: ShopSide | None = None  #: None: the shop was not read about it

    @property
    def last_scan(self) -> EventView | None:
        return self.events[-1] if self.events else None
