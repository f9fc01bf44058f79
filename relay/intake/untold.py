"""The list of whom we did not tell, and its incident."""

from datetime import datetime
from typing import Final

from relay.database import Row, Tx
from relay.model import Because, optional_text
from relay.store import incidents, untold
from relay.tracking import News

KIND: Final = "untold"
SUBJECT: Final = "customers"


def list_late(tx: Tx, shipment: Row, news: News, now: datetime) -> None:
    untold.add(tx, shipment, news.slot.value, news.round, Because.LATE, now)
    incidents.add_to_incident(tx, _incident(tx, now), shipment, f"{news.status} of {optional_text(news.at)}")


def list_waiting(tx: Tx, now: datetime) -> None:
    """Before the mails that wait are set aside by a pause."""
    if untold.add_waiting(tx, Because.PAUSE, now):
        untold.put_behind(tx, _incident(tx, now), Because.PAUSE, now)


def list_held(tx: Tx, because: Because, now: datetime, before: datetime | None = None) -> None:
    """Before the mails that the brake holds are dropped."""
    if untold.add_held(tx, because, now, before):
        untold.put_behind(tx, _incident(tx, now), because, now)


def _incident(tx: Tx, now: datetime) -> str:
    return incidents.open_incident(
        tx,
        kind=KIND,
        subject=SUBJECT,
        title="Customers were not told of some news",
        remedy="`wismo untold` lists whom, of what and why; `wismo override ORDER STATUS --tell` tells one",
        now=now,
    )
