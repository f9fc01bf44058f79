"""What happens to a parcel after it was packed, and when: five stories, each a list of scans."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Step:
    """A scan as the carrier's scanner knows it; the codes are those of the carrier whose format it speaks."""

    after: timedelta  #: the packing
    kind: str
    code: str
    detail: str
    words: str
    city: str

    @property
    def is_end(self) -> bool:
        return self.kind in {"D", "RS"}


@dataclass(frozen=True, slots=True)
class Scan:
    """A step that has, or will have, a moment."""

    number: str
    at: datetime
    step: Step


class Journey(StrEnum):
    """The value is what people choose from."""

    STRAIGHT = "It arrives the next day"
    NOBODY_HOME = "Nobody is at home at first"
    PICKUP = "It waits at a pickup point"
    LOST = "It is lost on the way"
    RETURNED = "It goes back to the shop"


def _step(hours: float, codes: str, words: str, city: str) -> Step:
    kind, code, detail = codes.split("/")
    return Step(timedelta(hours=hours), kind, code, detail, words, city)


_LABEL = _step(0, "M/MP/003", "Shipper created a label, the package is not here yet", "Campinas")
_PICKED_UP = _step(3, "P/PU/038", "Picked up", "Campinas")
_DEPARTED = _step(8, "I/DP/005", "Departed from facility", "Campinas")
_ARRIVED = _step(20, "I/AR/005", "Arrived at facility", "São Paulo")
_AT_THE_DOOR = _step(26, "I/OT/021", "Out for delivery", "São Paulo")

STEPS = {
    Journey.STRAIGHT: (
        *(_LABEL, _PICKED_UP, _DEPARTED, _ARRIVED, _AT_THE_DOOR),
        _step(31, "D/FS/011", "Delivered", "São Paulo"),
    ),
    Journey.NOBODY_HOME: (
        *(_LABEL, _PICKED_UP, _DEPARTED, _ARRIVED, _AT_THE_DOOR),
        _step(31, "X/A1/", "Nobody was there to receive it; another attempt will be made", "São Paulo"),
        _step(50, "I/OT/021", "Out for delivery", "São Paulo"),
        _step(54, "D/FS/011", "Delivered", "São Paulo"),
    ),
    Journey.PICKUP: (
        *(_LABEL, _PICKED_UP, _DEPARTED, _ARRIVED),
        _step(27, "I/RP/", "Ready for pickup at an access point", "São Paulo"),
        _step(52, "D/FS/011", "Collected by the customer", "São Paulo"),
    ),
    Journey.LOST: (_LABEL, _PICKED_UP, _DEPARTED),
    Journey.RETURNED: (
        *(_LABEL, _PICKED_UP, _DEPARTED, _ARRIVED, _AT_THE_DOOR),
        _step(31, "X/RF/", "The receiver refused it", "São Paulo"),
        _step(48, "X/R1/", "The package is being returned to the sender", "São Paulo"),
        _step(70, "RS/R2/", "Returned to the sender", "Campinas"),
    ),
}


def scans_of(number: str, packed_at: datetime, journey: Journey) -> list[Scan]:
    return [Scan(number, packed_at + step.after, step) for step in STEPS[journey]]
