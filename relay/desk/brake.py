"""The brake on customers' mails: more than an hour may bear are held until somebody lets them go, or drops them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from relay.database import Row, Tx
from relay.desk import Desk
from relay.desk.care import mail_mode
from relay.errors import Changed, NotFound
from relay.intake.untold import list_held
from relay.model import Because, optional_moment
from relay.settings import Settings
from relay.silence import brake as rule
from relay.silence.brake import HELD_FOR, HISTORY, HOUR, Usual
from relay.store import brake as store
from relay.store import incidents, keeping, ledger

KIND: Final = "mail_brake"
SUBJECT: Final = store.EMAIL
#: What is claimed leaves within this time, so that it is counted from before the hour.
LEAVES_WITHIN: Final = timedelta(seconds=60)
#: Clocks of several machines differ by less.
CLOCKS_DIFFER: Final = timedelta(minutes=2)
#: So long the minutes are kept; a little longer than they are looked at.
KEPT: Final = HISTORY + timedelta(days=1)
EXAMPLES: Final = 5
REMEDY: Final = (
    "`wismo brake` shows them; `wismo brake send` lets them go, `wismo brake drop` does not. After 48 h they drop"
)


class Case(StrEnum):
    """Where the limit comes from."""

    USUAL = "usual"
    YOUNG = "young"  # two weeks are not known yet
    SET = "set"  # by WISMO_MAIL_BRAKE
    RAISED = "raised"  # by somebody who let mails go


@dataclass(frozen=True, slots=True)
class Held:
    order_id: str
    status: str
    held_at: datetime


@dataclass(frozen=True, slots=True)
class Brake:
    """How it stands."""

    limit: int | None  #: mails that may leave in an hour; None: any number
    case: Case
    usual: int  #: mails of the busiest hour of the last two weeks
    gone: int  #: mails that left in the last hour
    held: int
    examples: Sequence[Held]
    incident_id: str = ""  #: that tells of them

    @property
    def title(self) -> str:
        return title_of(self.limit or 0, self.usual, self.case)


# -- before a mail is claimed ------------------------------------------------------------------------------------------


def applies(tx: Tx, settings: Settings) -> bool:
    """A folder and shadow let nothing leave, so there is nothing to hold."""
    is_off = settings.mail_brake == "off" or settings.mail_url.scheme == "file"
    return not is_off and mail_mode(tx, settings) == "send"


def admits(tx: Tx, settings: Settings, now: datetime) -> bool:
    """Whether one more mail may leave now; if not, all that is due is held.

    Claims of mails are one after the other, on any number of processes: that is what the lock is for.
    """
    if not applies(tx, settings) or not store.is_any_due(tx, now):
        return True
    row = store.lock(tx)
    is_holding = store.is_any_held(tx)
    usual = row["usual"] if is_holding else _looked_at_hourly(tx, row, now)
    limit = _limit(settings, usual, row, now)
    if limit is None or _gone(tx, now) < limit:
        return True
    _hold(tx, limit, usual, _case(tx, settings, limit, row, now), now)
    return False


def _looked_at_hourly(tx: Tx, row: Row, now: datetime) -> int:
    """What is usual; while mails are held it stays, so that a wave does not allow itself more and more."""
    if rule.is_same_hour(optional_moment(row["looked_at"]), now):
        return int(row["usual"])
    usual = rule.busiest_of(store.hours(tx, now - HISTORY), now)
    store.note_usual(tx, usual, now, now - KEPT)
    return usual


def _limit(settings: Settings, usual: int, row: Row, now: datetime) -> int | None:
    return rule.limit_of(settings.mail_brake, Usual(usual, _raised(row, now)))


def _raised(row: Row, now: datetime) -> int:
    return rule.still_raised(row["raised"], optional_moment(row["raised_at"]), now)


def _gone(tx: Tx, now: datetime) -> int:
    return store.gone_between(tx, now - HOUR - LEAVES_WITHIN, now + CLOCKS_DIFFER)


def _case(tx: Tx, settings: Settings, limit: int | None, row: Row, now: datetime) -> Case:
    if limit is not None and limit == _raised(row, now):
        return Case.RAISED
    if settings.mail_brake != "auto":
        return Case.SET
    return Case.YOUNG if now - keeping.installed_at(tx) < HISTORY else Case.USUAL


def _hold(tx: Tx, limit: int, usual: int, case: Case, now: datetime) -> None:
    store.hold_due(tx, now)
    incident_id = incidents.open_incident(
        tx,
        kind=KIND,
        subject=SUBJECT,
        title=title_of(limit, usual, case),
        remedy=REMEDY,
        figures={"case": case.value, "nth": limit + 1, "limit": limit, "usual": usual},
        now=now,
    )
    store.put_behind(tx, incident_id, now)


def title_of(limit: int, usual: int, case: Case) -> str:
    because = {
        Case.USUAL: f"usually at most {usual} an hour",
        Case.YOUNG: f"so far at most {usual} an hour",
        Case.SET: f"WISMO_MAIL_BRAKE allows {limit} an hour",
        Case.RAISED: f"after mails were let go, {limit} an hour are allowed",
    }
    return f"The {_nth(limit + 1)} mail of this hour is held: {because[case]}"


def _nth(number: int) -> str:
    ending = "th" if number % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


# -- as it stands ------------------------------------------------------------------------------------------------------


def mail_state(tx: Tx, settings: Settings) -> str:
    """``send``, ``shadow``, ``paused``, or ``braked`` while mails are held."""
    mode = mail_mode(tx, settings)
    return "braked" if mode == "send" and store.is_any_held(tx) else mode


def look(desk: Desk, now: datetime) -> Brake:
    with desk.database.read() as tx:
        return look_at(tx, desk.settings, now)


def look_at(tx: Tx, settings: Settings, now: datetime) -> Brake:
    row, held = store.known(tx), store.count_held(tx)
    usual = row["usual"] if held else rule.busiest_of(store.hours(tx, now - HISTORY), now)
    limit = _limit(settings, usual, row, now) if applies(tx, settings) else None
    examples = [
        Held(one["order_id"], one["status"], datetime.fromisoformat(one["held_at"]))
        for one in store.listed_held(tx, EXAMPLES)
    ]
    opened = next((one["incident_id"] for one in incidents.open_of(tx, KIND)), "")
    return Brake(limit, _case(tx, settings, limit, row, now), usual, _gone(tx, now), held, examples, opened)


# -- what a person decides ---------------------------------------------------------------------------------------------


def send(desk: Desk, by: str, now: datetime, *, seen: int | None = None) -> int:
    """Let all that is held leave, and as many more in the next hours as that makes usual.

    Raises NotFound, and Changed if more are held than were ``seen`` by whoever decides.
    """

    def work(tx: Tx) -> int:
        row, held = _held(tx, seen)
        store.raise_limit(tx, max(rule.raised_by(_gone(tx, now), held), _raised(row, now)), now)
        store.release(tx)
        _over(tx, "brake send", held, by, now)
        return held

    released = desk.database.write(work)
    desk.wake()
    return released


def drop(desk: Desk, by: str, now: datetime, *, seen: int | None = None) -> int:
    """Let nothing that is held leave; whom that leaves untold is listed. Raises as :func:`send`."""

    def work(tx: Tx) -> int:
        _row, held = _held(tx, seen)
        list_held(tx, Because.DROPPED, now)
        store.drop(tx, f"held by the brake, dropped by {by}")
        _over(tx, "brake drop", held, by, now)
        return held

    return desk.database.write(work)


def _held(tx: Tx, seen: int | None) -> tuple[Row, int]:
    row, held = store.lock(tx), store.count_held(tx)
    if not held:
        raise NotFound("the brake holds no mail", "`wismo brake` says how it stands")
    if seen is not None and held > seen:
        raise Changed("more mails are held by now", [f"{held} instead of {seen}"])
    return row, held


def _over(tx: Tx, action: str, held: int, by: str, now: datetime) -> None:
    incidents.close_incident(tx, KIND, SUBJECT, now)
    ledger.write_audit(tx, now, by, action, f"{held} mails")


# -- what time decides -------------------------------------------------------------------------------------------------


def tend(desk: Desk, now: datetime) -> None:
    """Let go what no brake applies to any more, list what is no news any more, and end what is over.

    Read first: a write is on the way of every push.
    """
    with desk.database.read() as tx:
        is_open = incidents.is_open(tx, KIND, SUBJECT)
        is_any = store.is_any_held(tx)
        is_due = is_any and (not applies(tx, desk.settings) or store.is_any_held(tx, now - HELD_FOR))
    if is_due or (is_open and not is_any):
        desk.database.write(lambda tx: _tend(tx, desk.settings, now))
        desk.wake()


def _tend(tx: Tx, settings: Settings, now: datetime) -> None:
    store.lock(tx)
    if not applies(tx, settings):
        store.release(tx)
    list_held(tx, Because.STALE, now, now - HELD_FOR)
    store.drop(tx, "held by the brake for 48 hours: no news any more", now - HELD_FOR)
    if not store.is_any_held(tx):
        incidents.close_incident(tx, KIND, SUBJECT, now)
