"""What a check says becomes incidents.

A check says all that is wrong of its kind, as of now. What it says for the first time is opened; what it says in other
words is told anew; what it says no more is over, for the check is the evidence.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from relay.database import Row, Tx
from relay.desk import Desk
from relay.errors import Unavailable
from relay.store import incidents
from relay.store.incidents import Figures

#: The kind of the incident that a check itself fails.
BLIND = "watch_blind"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Parcel:
    """One that is behind an alarm."""

    shop: str
    order_id: str
    shipment_id: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Alarm:
    """One thing that is wrong."""

    subject: str  #: what it is about: the same subject is the same incident
    title: str  #: in a sentence with its figure
    remedy: str
    figures: Figures = field(default_factory=dict)  #: of the title, by name, for those who read it in another language
    parcels: Sequence[Parcel] = ()
    parts: Sequence[str] = ()  #: ids of open incidents of the same cause: this one speaks for them


#: All that is wrong of a kind. What is open already, by subject, so that an end may want more than a beginning.
Look = Callable[[Tx, Desk, Mapping[str, Row], datetime], Sequence[Alarm]]


@dataclass(frozen=True, slots=True)
class Check:
    """What is looked at, in a snapshot that nothing is written to."""

    kind: str
    every: timedelta
    look: Look


@dataclass(slots=True)
class Rounds:
    """Belongs to one thread; each check in its own time."""

    checks: Sequence[Check]
    _looked_at: dict[str, datetime] = field(default_factory=dict)

    def look(self, desk: Desk, now: datetime, alive: Callable[[], None] = lambda: None) -> None:
        """Every check that is due. One that fails is an incident, and keeps no other from looking.

        ``alive`` is called after each. Raises Unavailable: without a database there is nothing to look at.
        """
        for check in self.checks:
            looked_at = self._looked_at.get(check.kind)
            if looked_at is None or not timedelta(0) <= now - looked_at < check.every:
                self._looked_at[check.kind] = now
                _look(check, desk, now)
                alive()


def _look(check: Check, desk: Desk, now: datetime) -> None:
    try:
        with desk.database.read() as tx:
            found = _open(tx, check.kind)
            alarms = check.look(tx, desk, found, now)
            is_blind = incidents.is_open(tx, BLIND, check.kind)
        if is_blind or _differs(alarms, found):
            desk.database.write(lambda tx: _settle(tx, check, alarms, now))
    except Unavailable:
        raise
    except Exception as error:
        log.exception("a check failed", check=check.kind)
        fault = type(error).__name__
        desk.database.write(lambda tx: _say_blind(tx, check, fault, now))


def _open(tx: Tx, kind: str) -> dict[str, Row]:
    return {row["subject"]: row for row in incidents.open_of(tx, kind)}


def _differs(alarms: Sequence[Alarm], found: Mapping[str, Row]) -> bool:
    """A write is on the way of every push, so none is made to say the same again."""
    said = {alarm.subject: alarm for alarm in alarms}
    return said.keys() != found.keys() or any(_is_news(alarm, found[subject]) for subject, alarm in said.items())


def _is_news(alarm: Alarm, row: Row) -> bool:
    is_larger = row["parcels"] < len({one.shipment_id for one in alarm.parcels}) or row["parts"] < len(alarm.parts)
    return bool(row["title"] != alarm.title or is_larger)


def _settle(tx: Tx, check: Check, alarms: Sequence[Alarm], now: datetime) -> None:
    found = _open(tx, check.kind)
    for alarm in alarms:
        if alarm.subject not in found or _is_news(alarm, found[alarm.subject]):
            _say(tx, check.kind, alarm, now)
    for subject in found.keys() - {alarm.subject for alarm in alarms}:
        incidents.close_incident(tx, check.kind, subject, now)
    incidents.close_incident(tx, BLIND, check.kind, now)


def _say(tx: Tx, kind: str, alarm: Alarm, now: datetime) -> None:
    incident_id = incidents.open_incident(
        tx,
        kind=kind,
        subject=alarm.subject,
        title=alarm.title[:300],
        remedy=alarm.remedy,
        figures=alarm.figures,
        now=now,
    )
    for parcel in alarm.parcels:
        shipment = {"shop": parcel.shop, "order_id": parcel.order_id, "shipment_id": parcel.shipment_id}
        incidents.add_to_incident(tx, incident_id, shipment, parcel.detail)
    for part in alarm.parts:
        incidents.make_part(tx, part, incident_id)


def _say_blind(tx: Tx, check: Check, fault: str, now: datetime) -> None:
    incidents.open_incident(
        tx,
        kind=BLIND,
        subject=check.kind,
        title=f"Wismo cannot look after {check.kind.replace('_', ' ')} ({fault})",
        remedy="The log has the traceback; report it. Nothing else is held up",
        figures={"check": check.kind, "fault": fault},
        now=now,
    )
