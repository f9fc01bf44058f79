"""What one message in Slack tells.

The outbox says that something must be told about a subject (``watch/<id>``, ``override/<id>``, ``incident/<id>``,
``over/<id>``, ``morning/<day>``, ``digest/<week>``, ``lost/<watch>``, ``asked/<id>``); here that becomes the present
truth.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from relay import tracking
from relay.database import Row, Tx
from relay.desk.consequences import Consequences, consequences_of
from relay.desk.facets import Trouble
from relay.desk.incident_news import incidents_go_to
from relay.desk.incidents import Hands, hands_of
from relay.desk.questions import Question, question_of
from relay.desk.report import Report, week_report
from relay.desk.team import TeamList, asleep, team_list_of
from relay.desk.view import carrier_label, event_view, trouble_of
from relay.desk.watching import PERSON, Thread, is_over, shown_of
from relay.intake.state import circumstances
from relay.model import EventView, Kind, OutboxMessage, Status, from_text, optional_moment
from relay.settings import Settings
from relay.store import asked, incidents, ledger, mornings, orders, watches
from relay.store import facts as fact_store

#: So many orders behind an incident are named.
ORDERS_SHOWN = 10
#: How the reason begins of a watch whose thread cannot be written to.
LOST = "cannot write there: "


@dataclass(frozen=True, slots=True)
class Change:
    """A parcel that shows another status than was last told."""

    kind: Kind
    number: str  #: or its package, where it has none
    carrier_label: str
    before: Status | None  #: None: the parcel is new
    after: Status
    at: datetime | None
    latest: EventView | None
    corrected_by: str  #: whoever set it; "" where the carrier said so


@dataclass(frozen=True, slots=True)
class WatchNews:
    """What changed of a watched order."""

    order_id: str
    changes: Sequence[Change]
    parcels: int
    by: str  #: who watches
    is_over: bool = False  #: nothing more will come; the watch ends with this
    is_erased: bool = False  #: the order was erased


@dataclass(frozen=True, slots=True)
class Contradiction:
    """The carrier says otherwise than somebody did."""

    order_id: str
    kind: Kind
    number: str
    carrier_label: str
    by: str
    set_to: Status
    says: Status
    still_stands: bool
    latest: EventView | None


@dataclass(frozen=True, slots=True)
class IncidentNews:
    hands: Hands
    trouble: Trouble
    opened_at: datetime
    means: Consequences
    order_ids: Sequence[str] = ()
    parts: Sequence[Trouble] = ()  #: incidents of the same cause that are not told by themselves
    part_of: Trouble | None = None  #: the incident that tells of this one


@dataclass(frozen=True, slots=True)
class IncidentOver:
    """That it is over, said in the thread of its message."""

    trouble: Trouble
    lasted: timedelta
    means: Consequences


@dataclass(frozen=True, slots=True)
class Morning:
    """A day's list, as it stands now."""

    day: date
    team: TeamList
    done: int  #: of what stood on it first


@dataclass(frozen=True, slots=True)
class WatchLost:
    """A watch that ended because its thread cannot be written to any more; for whom it belonged to."""

    order_id: str
    by: str
    where: Thread
    because: str


News = WatchNews | Contradiction | IncidentNews | IncidentOver | Morning | Report | WatchLost


@dataclass(frozen=True, slots=True)
class Post:
    key: str  #: the same however often it is tried: this message with this to tell
    to: Thread  #: its ``ts`` is the thread that it answers in
    news: News | Question
    edits: str = ""  #: the message that it takes the place of
    told: str = ""  #: remembered once it was taken


# -- the present truth -------------------------------------------------------------------------------------------------


def post_of(tx: Tx, settings: Settings, message: OutboxMessage, now: datetime) -> Post | None:
    """What a message tells now; None: nothing any more."""
    kind, _, about = message.subject.partition("/")
    return _MAKERS[kind](tx, settings, about, f"{message.message_id}.{message.revision}", now)


def is_news(tx: Tx, settings: Settings, message: OutboxMessage, now: datetime) -> bool:
    """Whether there is anything to tell. What takes long to make is not made for it, on the way of a claim."""
    kind, _, about = message.subject.partition("/")
    match kind:
        case "morning" | "digest":
            return True
        case "incident" | "over":
            return _is_told(tx, settings, about)
    return post_of(tx, settings, message, now) is not None


def _watch_post(tx: Tx, _settings: Settings, watch_id: str, key: str, _now: datetime) -> Post | None:
    watch = watches.watch(tx, watch_id)
    if watch is None or watch["ended_at"]:
        return None
    shown = shown_of(tx, watch["shop"], watch["order_id"])
    changes = _changes(tx, watch, json.loads(watch["told"]), shown)
    is_erased = bool(orders.order(tx, watch["shop"], watch["order_id"])["erased_at"])
    if not changes and not is_erased:
        return None
    over = is_erased or is_over(shown)
    news = WatchNews(watch["order_id"], changes, len(shown), watch["by_whom"], over, is_erased)
    told = {"shown": shown, "is_over": over}
    return Post(key, Thread.read(watch["thread"]), news, told=json.dumps(told))


def _changes(tx: Tx, watch: Row, told: Mapping[str, str], shown: Mapping[str, str]) -> list[Change]:
    rows = {row["shipment_id"]: row for row in orders.shipments_of(tx, watch["shop"], watch["order_id"])}
    return [_change(tx, rows[key], told.get(key)) for key, status in shown.items() if told.get(key) != status]


def _change(tx: Tx, shipment: Row, before: str | None) -> Change:
    override = ledger.override(tx, shipment["override_id"])
    return Change(
        kind=Kind(shipment["kind"]),
        number=shipment["tracking_number"] or shipment["package"],
        carrier_label=carrier_label(shipment["carrier"]),
        before=Status(before) if before else None,
        after=Status(shipment["shown_status"]),
        at=optional_moment(shipment["changed_at"]),
        latest=_latest(tx, shipment),
        corrected_by=override.by if override else "",
    )


def _latest(tx: Tx, shipment: Row) -> EventView | None:
    facts = tracking.belonging(fact_store.facts_of(tx, shipment["track_id"]), circumstances(shipment))
    scans = [scan for scan in tracking.timeline(facts) if scan.occurred_at]
    return event_view(scans[-1]) if scans else None


def _contradiction_post(tx: Tx, _settings: Settings, override_id: str, key: str, _now: datetime) -> Post | None:
    override = watches.override(tx, override_id)
    shipment = orders.shipment(tx, override["shipment_id"]) if override else None
    if override is None or shipment is None or override["thread"] is None:
        return None
    news = Contradiction(
        order_id=shipment["order_id"],
        kind=Kind(shipment["kind"]),
        number=shipment["tracking_number"] or shipment["package"],
        carrier_label=carrier_label(shipment["carrier"]),
        by=override["by_whom"],
        set_to=Status(override["status"]),
        says=Status(shipment["status"]),
        still_stands=override["ended_at"] is None,
        latest=_latest(tx, shipment),
    )
    return Post(key, Thread.read(override["thread"]), news)


def _is_told(tx: Tx, settings: Settings, incident_id: str) -> bool:
    """What is part of another incident is told by that, unless it had a message before."""
    row = incidents.incident(tx, incident_id)
    return bool(row and (row["thread"] or (incidents_go_to(settings) and not row["part_of"])))


def _incident_post(tx: Tx, settings: Settings, incident_id: str, key: str, now: datetime) -> Post | None:
    row = incidents.incident(tx, incident_id)
    if row is None:
        return None
    whole = incidents.incident(tx, row["part_of"]) if row["part_of"] else None
    news = IncidentNews(
        hands=hands_of(row),
        trouble=trouble_of(row),
        opened_at=from_text(row["opened_at"]),
        means=consequences_of(tx, row, now),
        order_ids=_order_ids(tx, incident_id),
        parts=[trouble_of(part) for part in incidents.parts_of(tx, incident_id)],
        part_of=trouble_of(whole) if whole else None,
    )
    return _edited(key, row["thread"], incidents_go_to(settings), news)


def _over_post(tx: Tx, _settings: Settings, incident_id: str, key: str, now: datetime) -> Post | None:
    row = incidents.incident(tx, incident_id)
    if row is None or not row["thread"] or not row["closed_at"]:
        return None
    lasted = from_text(row["closed_at"]) - from_text(row["opened_at"])
    return Post(key, Thread.read(row["thread"]), IncidentOver(trouble_of(row), lasted, consequences_of(tx, row, now)))


def _order_ids(tx: Tx, incident_id: str) -> list[str]:
    found = dict.fromkeys(row["order_id"] for row in incidents.incident_orders(tx, incident_id) if row["order_id"])
    return list(found)[:ORDERS_SHOWN]


def _morning_post(tx: Tx, _settings: Settings, day: str, key: str, now: datetime) -> Post | None:
    row = mornings.morning(tx, day)
    if row is None:
        return None
    team = team_list_of(tx, now)
    there = {item.key for item in team.items} | asleep(tx, now)
    done = sum(first not in there for first in json.loads(row["told"])["first"])
    return _edited(key, row["thread"], row["channel"], Morning(date.fromisoformat(day), team, done))


def _digest_post(tx: Tx, settings: Settings, week: str, key: str, now: datetime) -> Post | None:
    """Of a closed week: once it is told, it is not told anew."""
    channel = settings.slack_channel
    return Post(key, Thread(channel), week_report(tx, week, settings.timezone, now)) if channel else None


def _edited(key: str, posted: str | None, channel: str, news: News) -> Post | None:
    """In the place of what was posted; else anew, if there is a channel for it."""
    if posted:
        at = Thread.read(posted)
        return Post(key, Thread(at.channel), news, edits=at.ts)
    return Post(key, Thread(channel), news) if channel else None


def _lost_post(tx: Tx, settings: Settings, watch_id: str, key: str, _now: datetime) -> Post | None:
    watch = watches.watch(tx, watch_id)
    if watch is None:
        return None
    to = watch["by_whom"] if PERSON.fullmatch(watch["by_whom"]) else settings.slack_owner
    because = (watch["ended_because"] or "").removeprefix(LOST)
    news = WatchLost(watch["order_id"], watch["by_whom"], Thread.read(watch["thread"]), because)
    return Post(key, Thread(to), news) if to else None


def _answer_post(tx: Tx, _settings: Settings, asked_id: str, key: str, now: datetime) -> Post | None:
    row = asked.question(tx, asked_id)
    if row is None or row["answered_at"]:
        return None
    question = question_of(row, now)
    return Post(key, question.to, question)


_MAKERS: Mapping[str, Callable[[Tx, Settings, str, str, datetime], Post | None]] = {
    "watch": _watch_post,
    "override": _contradiction_post,
    "incident": _incident_post,
    "over": _over_post,
    "morning": _morning_post,
    "digest": _digest_post,
    "lost": _lost_post,
    "asked": _answer_post,
}
