"""Which incidents Slack is told of, anew or again. One message each, edited in its place."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from relay.database import Row, Tx
from relay.model import Status, from_text, optional_moment
from relay.settings import Settings
from relay.silence.telling import Standing, Told, Why, may_reply, why_told
from relay.store import incidents, watches

#: What is told of an incident, in the order in which it is told.
_ORDER = ("incident", "over")


@dataclass(frozen=True, slots=True)
class Due:
    """An incident that is to be told."""

    row: Row
    stands: Standing
    why: Why


def incidents_go_to(settings: Settings) -> str:
    """The channel where incidents are told; "" where there is none."""
    return settings.slack_ops_channel or settings.slack_channel


def is_asleep(row: Row, now: datetime) -> bool:
    """Whether somebody wants nothing to remind of it now."""
    return bool(row["known_by"]) or bool(row["snoozed_until"] and from_text(row["snoozed_until"]) > now)


def standing(row: Row, now: datetime) -> Standing:
    """What a message about it says now."""
    sleeps_until = row["snoozed_until"] if is_asleep(row, now) else None
    figures = incidents.figures_of(row)
    return Standing(
        is_closed=row["closed_at"] is not None,
        hands=_digest(row["owner"], sleeps_until, row["known_by"]),
        case=_digest(figures.get("case")),
        part_of=row["part_of"] or "-",
        weight=row["parcels"],
    )


def due(tx: Tx, now: datetime) -> list[Due]:
    """Those that are not told as they stand."""
    found = ((row, standing(row, now)) for row in incidents.to_tell(tx))
    return [Due(row, stands, why) for row, stands in found if (why := _why(row, stands, now))]


def _why(row: Row, stands: Standing, now: datetime) -> Why | None:
    if row["part_of"] and not row["thread"] and not row["closed_at"]:
        return None  # what it is part of speaks for it
    is_quiet = is_asleep(row, now)
    return why_told(_told(row), stands, from_text(row["opened_at"]), now, is_quiet=is_quiet)


def _told(row: Row) -> Told | None:
    at = optional_moment(row["told_at"])
    return Told(Standing.read(row["told"]), at, row["posts"]) if row["told"] and at else None


def tell_due(tx: Tx, now: datetime) -> int:
    """Have each of them told; how many there were."""
    found = due(tx, now)
    for one in found:
        _tell(tx, one, now)
    return len(found)


def tell_again(tx: Tx, settings: Settings, row: Row, now: datetime) -> None:
    """Have its message show at once what somebody did with it, if it has one or is to have one."""
    if incidents_go_to(settings) and row["told"]:
        _tell(tx, Due(row, standing(row, now), Why.TAKEN), now)


def _tell(tx: Tx, one: Due, now: datetime) -> None:
    row, posts = one.row, one.row["posts"] + (one.why is not Why.TAKEN)
    _put(tx, row, "incident", now)
    if one.why is Why.OVER and _has_reply(row, posts, now):
        _put(tx, row, "over", now)
        posts += 1
    incidents.mark_told(tx, row["incident_id"], str(one.stands), posts, now)


def _has_reply(row: Row, posts: int, now: datetime) -> bool:
    """A thread has one where its message stands; what was part of another incident ended with that."""
    return bool(row["thread"]) and not row["part_of"] and may_reply(posts, from_text(row["opened_at"]), now)


def _put(tx: Tx, row: Row, what: str, now: datetime) -> None:
    # Of what is due in the same moment, the smaller id leaves first: the message before the reply in its thread.
    key = f"{_digest(row['incident_id'], length=31)}{_ORDER.index(what)}"
    subject = f"{what}/{row['incident_id']}"
    watches.tell(tx, key, subject, shop=row["shop"], status=Status.UNKNOWN.value, now=now)


def _digest(*parts: object, length: int = 12) -> str:
    return sha256("\x1f".join(map(str, parts)).encode("utf-8", "surrogatepass")).hexdigest()[:length]
