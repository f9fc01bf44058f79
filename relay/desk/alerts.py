"""The second route: which incidents are told by mail, and when, to those who look after Wismo.

Of Slack's own failure and the watch's at once; of a broken promise that nobody took for an hour; and where there is no
Slack, of every broken promise at once. Once for each incident, and once more when it is over.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final

from relay.database import Row, Tx
from relay.desk.health import BREAKING
from relay.desk.incident_news import incidents_go_to, is_asleep
from relay.desk.loops import STOPPED, TIMES, WATCH
from relay.desk.telling import SLACK_LOST
from relay.mail.alerts import AlertLine, AlertView
from relay.model import OutboxMessage, from_text, optional_moment
from relay.settings import Settings
from relay.silence.telling import is_nobodys_for_long
from relay.store import alerts as store
from relay.store import incidents

SLACK: Final = "slack"
MINUTE: Final = timedelta(minutes=1)
#: Kinds that mean, about these subjects, that Slack is told nothing.
OF_SLACK: Final = frozenset({("channel_down", SLACK), ("dead_message", SLACK), (STOPPED, TIMES)})
#: What means that nobody notices anything.
OF_THE_WATCH: Final = frozenset({(STOPPED, WATCH)})
BLIND: Final = "watch_blind"


class Stage(StrEnum):
    OPEN = "open"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Due:
    row: Row
    stage: Stage


def alerts_go_to(settings: Settings) -> tuple[str, ...]:
    return settings.alert_mail_to


def has_slack(settings: Settings) -> bool:
    return bool(settings.slack_bot_token.get_secret_value() and incidents_go_to(settings))


def due(tx: Tx, settings: Settings, now: datetime) -> list[Due]:
    """What nobody has been told of by mail, although somebody should be."""
    if not alerts_go_to(settings):
        return []
    rows = incidents.to_alert(tx)
    return [Due(row, Stage.OVER if row["closed_at"] else Stage.OPEN) for row in rows if _is_due(row, settings, now)]


def _is_due(row: Row, settings: Settings, now: datetime) -> bool:
    if row["closed_at"]:
        return True
    if row["part_of"] or is_asleep(row, now) or row["subject"] == store.ALERT:
        return False
    if _is_urgent(row) or (row["kind"] in BREAKING and not has_slack(settings)):
        return True
    slept_until = optional_moment(row["snoozed_until"])
    is_nobodys = row["owner"] is None and is_nobodys_for_long(from_text(row["opened_at"]), slept_until, now)
    return row["kind"] in BREAKING and is_nobodys


def _is_urgent(row: Row) -> bool:
    """Whether it is about the very ways by which it would be noticed or told."""
    kind, subject = row["kind"], row["subject"]
    if kind in {SLACK_LOST, BLIND} or (kind == STOPPED and subject.startswith(SLACK)):
        return True
    return (kind, subject) in OF_SLACK | OF_THE_WATCH


def alert_due(tx: Tx, settings: Settings, now: datetime) -> int:
    """Have each of them told; how many messages that makes. All of a minute share a mail, but loops wait for none."""
    end_of_minute = now.replace(second=0, microsecond=0) + MINUTE
    made = 0
    for one in due(tx, settings, now):
        due_at = now if _is_urgent(one.row) or one.row["kind"] == STOPPED else end_of_minute
        for address in _readers(tx, one, settings):
            subject = f"alert/{one.stage}/{one.row['incident_id']}/{_mark(address)}"
            store.put(tx, message_id(subject), subject, _mark(address), due_at=due_at, now=now)
            made += 1
        incidents.mark_alerted(tx, one.row["incident_id"], now)
    return made


def _readers(tx: Tx, one: Due, settings: Settings) -> Iterator[str]:
    """That it is over, those are told who were told that it is there."""
    for address in alerts_go_to(settings):
        first = message_id(f"alert/{Stage.OPEN}/{one.row['incident_id']}/{_mark(address)}")
        if one.stage is Stage.OPEN or store.was_sent(tx, first):
            yield address


def message_id(subject: str) -> str:
    return sha256(subject.encode()).hexdigest()[:32]


def _mark(address: str) -> str:
    """Stands for an address where it is not to be read."""
    return sha256(address.lower().encode()).hexdigest()[:12]


# -- what a mail tells -------------------------------------------------------------------------------------------------


def is_true(tx: Tx, settings: Settings, message: OutboxMessage) -> bool:
    """Whether it still is as the message says, and its reader still is to be told."""
    _, stage, incident_id, mark = message.subject.split("/")
    row = incidents.incident(tx, incident_id)
    is_closed = bool(row and row["closed_at"])
    return row is not None and is_closed == (stage == Stage.OVER) and mark in map(_mark, alerts_go_to(settings))


def alert_view(tx: Tx, settings: Settings, messages: Sequence[OutboxMessage]) -> AlertView:
    mark = messages[0].subject.rpartition("/")[2]
    to = next(address for address in alerts_go_to(settings) if _mark(address) == mark)
    rows = [incidents.incident(tx, message.subject.split("/")[2]) for message in messages]
    lines = sorted((_line(row) for row in rows if row), key=lambda line: (line.opened_at, line.title))
    return AlertView(to, tuple(message.message_id for message in messages), lines)


def _line(row: Row) -> AlertLine:
    return AlertLine(
        incident_id=row["incident_id"],
        kind=row["kind"],
        title=row["title"],
        remedy=row["remedy"],
        opened_at=from_text(row["opened_at"]),
        closed_at=optional_moment(row["closed_at"]),
        parcels=row["parcels"],
    )
