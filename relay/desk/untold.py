"""Whom we did not tell: listed until they hear something newer, or somebody says that it is settled."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from relay.database import Row, Tx
from relay.desk import Desk
from relay.desk.find import one_order
from relay.desk.view import carrier_label
from relay.errors import NotFound
from relay.intake.untold import KIND, SUBJECT
from relay.model import Because, Status, from_text, to_text
from relay.store import incidents, ledger
from relay.store import untold as store

ALL: Final = "all"
#: In English, for commands; Slack has words of its own.
WHY: Final[Mapping[Because, str]] = {
    Because.LATE: "older than 48 hours when it arrived",
    Because.PAUSE: "mails were paused",
    Because.DROPPED: "the brake held it, and somebody dropped it",
    Because.STALE: "the brake held it for 48 hours",
}


@dataclass(frozen=True, slots=True)
class Untold:
    """One piece of news that a customer did not get. Nothing in it names them."""

    shipment_id: str
    order_id: str
    number: str  #: tracking number, else the package's
    carrier_label: str
    status: Status  #: that was not told
    shown: Status  #: as the parcel stands now
    because: Because
    since: datetime

    @property
    def tell(self) -> str:
        """The command that tells this customer how the parcel stands."""
        number = f" --number {self.number}" if self.number else ""
        return f"wismo override {self.order_id} {self.shown} --reason 'not told before' --tell{number}"

    def as_json(self) -> dict[str, object]:
        return {
            "order_id": self.order_id,
            "shipment_id": self.shipment_id,
            "number": self.number,
            "carrier": self.carrier_label,
            "status": self.status.value,
            "shown_status": self.shown.value,
            "why": self.because.value,
            "since": to_text(self.since),
            "tell": self.tell,
        }


@dataclass(frozen=True, slots=True)
class UntoldList:
    count: int
    entries: Sequence[Untold]  #: the longest first, as many as were asked for


def untold_list(desk: Desk, limit: int) -> UntoldList:
    with desk.database.read() as tx:
        return UntoldList(store.count(tx), [_entry(row) for row in store.listed(tx, limit)])


def _entry(row: Row) -> Untold:
    return Untold(
        shipment_id=row["shipment_id"],
        order_id=row["order_id"],
        number=row["tracking_number"] or row["package"],
        carrier_label=carrier_label(row["carrier"]),
        status=Status(row["status"]),
        shown=Status(row["shown_status"]),
        because=Because(row["because"]),
        since=from_text(row["since"]),
    )


# -- settled -----------------------------------------------------------------------------------------------------------


def tick(desk: Desk, what: str, by: str, now: datetime) -> int:
    """Take an order, however it is named, or ``all`` from the list; how many entries those were. Raises NotFound."""

    def work(tx: Tx) -> int:
        if what.strip().casefold() == ALL:
            return _written(tx, ALL, store.tick_all(tx, by, now), {}, by, now)
        hit = one_order(tx, what)
        about = {"shop": hit.shop, "order_id": hit.order_id}
        return _written(tx, hit.order_id, store.tick_order(tx, hit.order_id, by, now), about, by, now)

    return _ticked(desk, work)


def tick_parcel(desk: Desk, shipment_id: str, by: str, now: datetime) -> int:
    """The same of one parcel."""

    def work(tx: Tx) -> int:
        return _written(tx, shipment_id, store.tick_parcel(tx, shipment_id, by, now), {}, by, now)

    return _ticked(desk, work)


def _ticked(desk: Desk, work: Callable[[Tx], int]) -> int:
    ticked = desk.database.write(work)
    desk.wake()
    return ticked


def _written(tx: Tx, what: str, ticked: int, about: Row, by: str, now: datetime) -> int:
    if not ticked:
        raise NotFound(f"{what} is not on the list of whom we did not tell", "`wismo untold` shows it")
    ledger.write_audit(tx, now, by, "untold done", f"{what}: {ticked}", about=about)
    if not store.is_any_open(tx):
        incidents.close_incident(tx, KIND, SUBJECT, now)
    return ticked
