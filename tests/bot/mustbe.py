"""What must have been told by the end of a day: a small model, made of what happened and of nothing of ours.

Moments are seconds since the day began.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

#: What changes within this time is told together.
GATHERS = 60
FINAL = frozenset({"delivered", "returned", "cancelled"})

#: By parcel: the status before, and after.
Changes = tuple[tuple[str, str], ...]


@dataclass
class Correction:
    status: str
    until: str  #: ``carrier`` or ``lifted``
    is_contradicted: bool = False


@dataclass
class Parcel:
    """``said`` is the carrier's last word."""

    said: str = "pending"
    correction: Correction | None = None

    @property
    def shown(self) -> str:
        return self.correction.status if self.correction else self.said


@dataclass
class Watch:
    order_id: str
    thread: str
    by: str
    told: dict[str, str]
    due: int | None = None
    is_on: bool = True
    replies: list[tuple[Changes, bool]] = field(default_factory=list)  #: what each must say, and whether it is the last


@dataclass
class Expected:
    orders: dict[str, dict[str, Parcel]]  #: parcels by their numbers
    watches: list[Watch] = field(default_factory=list)
    contradictions: dict[str, int] = field(default_factory=dict)  #: by order
    corrections: int = 0

    def shown(self, order_id: str) -> dict[str, str]:
        return {number: parcel.shown for number, parcel in self.orders[order_id].items()}

    def is_over(self, order_id: str) -> bool:
        return set(self.shown(order_id).values()) <= FINAL

    def open_orders(self) -> list[str]:
        return [order_id for order_id in self.orders if not self.is_over(order_id)]

    def watching(self, order_id: str) -> Iterator[Watch]:
        return (watch for watch in self.watches if watch.is_on and watch.order_id == order_id)

    # -- what happens --------------------------------------------------------------------------------------------------

    def watch(self, order_id: str, thread: str, by: str) -> str:
        """``yes``, ``already`` or ``over``."""
        if self.is_over(order_id):
            return "over"
        if any(watch.thread == thread for watch in self.watching(order_id)):
            return "already"
        self.watches.append(Watch(order_id, thread, by, self.shown(order_id)))
        return "yes"

    def says(self, order_id: str, number: str, status: str, at: int) -> None:
        """The carrier, something new."""
        parcel = self.orders[order_id][number]
        before, parcel.said = parcel.shown, status
        standing = parcel.correction
        if standing and standing.status != status:
            if not standing.is_contradicted:
                self.contradictions[order_id] = self.contradictions.get(order_id, 0) + 1
            standing.is_contradicted = True
            if standing.until == "carrier":
                parcel.correction = None
        self._changed(order_id, before, parcel.shown, at)

    def corrects(self, order_id: str, status: str, until: str, at: int) -> None:
        ((_number, parcel),) = self.orders[order_id].items()
        before, parcel.correction = parcel.shown, Correction(status, until)
        self.corrections += 1
        self._changed(order_id, before, parcel.shown, at)

    def lifts(self, order_id: str, at: int) -> None:
        ((_number, parcel),) = self.orders[order_id].items()
        before, parcel.correction = parcel.shown, None
        self._changed(order_id, before, parcel.shown, at)

    def _changed(self, order_id: str, before: str, after: str, at: int) -> None:
        if before == after:
            return
        for watch in self.watching(order_id):
            watch.due = min(at + GATHERS, at + GATHERS if watch.due is None else watch.due)

    def sent(self, at: int) -> None:
        """All that was due by then has been told, as it is now; what is as it was told before is not told."""
        for watch in self.watches:
            if watch.is_on and watch.due is not None and watch.due <= at:
                self._tell(watch)

    def _tell(self, watch: Watch) -> None:
        shown, watch.due = self.shown(watch.order_id), None
        changes = tuple(
            (watch.told[number], status) for number, status in shown.items() if watch.told[number] != status
        )
        if changes:
            watch.replies.append((changes, self.is_over(watch.order_id)))
            watch.told, watch.is_on = shown, not self.is_over(watch.order_id)
