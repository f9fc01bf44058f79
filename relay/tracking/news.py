"""What of a state is news, when it is told, and how long it is tried; and how long a person's word stands."""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from hashlib import sha256

from relay.model import Override, ParcelState, Status

#: What is older than this when we learn it is no news.
NEWS_LASTS = timedelta(hours=48)
#: Orders of one group whose news falls into this share a mail.
GROUP_WINDOW = timedelta(minutes=30)
#: How long an override's effects wait for *Undo*; longer where the status is final.
UNDO, UNDO_FINAL = timedelta(minutes=2), timedelta(minutes=10)


# -- overrides ---------------------------------------------------------------------------------------------------------


def contradicts(state: ParcelState, override: Override) -> bool:
    """Whether the carrier says otherwise, and says it later than the agent did."""
    if state.decisive is None or state.status is override.status:
        return False
    return min(state.decisive.at, state.decisive.received_at or state.decisive.at) > override.at


def ended_because(override: Override, state: ParcelState, now: datetime) -> str:
    """Why an override no longer stands, or ""."""
    if override.until is not None and now >= override.until:
        return "its time was over"
    if override.until_word == "carrier" and contradicts(state, override):
        return f"the carrier says {state.status}"
    return ""


# -- news --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class News:
    """A status worth telling: once per status and round."""

    status: Status
    round: str
    fact_id: str
    at: datetime

    @property
    def slot(self) -> Status:
        """The status under which it is told: "info received" and the first movement share one mail."""
        return Status.IN_TRANSIT if self.status is Status.INFO_RECEIVED else self.status


def news_of(state: ParcelState, zone: tzinfo) -> News | None:
    """What the state would have us tell. Every day of attempts is a round of its own, and so is each reopening."""
    fact = state.decisive
    if fact is None:
        return None
    day = fact.local_time[:10] if fact.local_time else fact.at.astimezone(zone).date().isoformat()
    return News(state.status, round_of(state.status, state.round, day), fact.fact_id, fact.at)


def round_of(status: Status, reopened: int, local_day: str) -> str:
    return f"{reopened}/{local_day}" if status is Status.ATTEMPTED else str(reopened)


def is_new(news: News, status: str | None, rounds: str | None, fact: str | None) -> bool:
    """Whether ``news`` differs from what was last considered: another status or round, and by another fact.

    A late scan may add a round to the past without a word about the present; that is not news.
    """
    return (news.status, news.round) != (status, rounds) and news.fact_id != fact


def untold_because(news: News, announce_from: datetime | None, now: datetime) -> str:
    """Why something is not told although it is new: it is history, or it is stale. Empty when it is told."""
    if announce_from is not None and news.at < announce_from:
        return "before"
    if now - news.at > NEWS_LASTS:
        return "late"
    return ""


def passed_over(news: News) -> bool:
    """Whether the first movement counts as told with this: what comes after it implies it."""
    return news.slot is not Status.IN_TRANSIT and news.status.rank > Status.IN_TRANSIT.rank


def mail_due_at(
    now: datetime, last_sent_at: datetime | None, gap: timedelta, *, group_due_at: datetime | None, is_group: bool
) -> datetime:
    """When a customer's mail leaves: the first at once, the next not within ``gap`` of the last.

    Orders bought together wait for each other: until the mail that waits already, else for :data:`GROUP_WINDOW`.
    """
    due = max(now, last_sent_at + gap) if last_sent_at else now
    if group_due_at is not None:
        return max(due, group_due_at)
    return max(due, now + GROUP_WINDOW) if is_group else due


def undo_window(status: Status) -> timedelta:
    return UNDO_FINAL if status.is_final else UNDO


def message_id(shipment_id: str, channel: str, status: Status, rounds: str) -> str:
    """The idempotency key of a message: one per shipment, channel, status and round."""
    return sha256(f"{shipment_id}\x1f{channel}\x1f{status}\x1f{rounds}".encode()).hexdigest()[:32]


def retry_delay(attempts: int) -> timedelta | None:
    """How long to wait after the given number of failed tries; None: give up."""
    return RETRIES[attempts - 1] if attempts <= len(RETRIES) else None


RETRIES = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=10),
)
