"""An answer in: kept, applied, and the clocks of what was asked about moved, in one transaction."""

import secrets
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from relay import tracking
from relay.database import Database, Row, Tx
from relay.intake.apply import apply
from relay.intake.state import Policy
from relay.intake.told import understood
from relay.model import (
    Action,
    Answer,
    Outcome,
    Reading,
    Report,
    Status,
    Via,
    Wanted,
    normalise_number,
    optional_moment,
)
from relay.store import asks, facts, orders
from relay.tracking import Clocks

#: What an answer is good for even if it brings nothing: the carrier was asked, and spoke.
USABLE = frozenset({Outcome.OK, Outcome.NOT_FOUND, Outcome.INVALID_NUMBER, Outcome.ALREADY_REGISTERED})


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of one asking."""

    outcome: Outcome
    reason: str
    messages: int = 0


def record_answer(
    database: Database, policy: Policy, slug: str, answer: Answer, reading: Reading, *, is_registration: bool = False
) -> Asked:
    """Keep what came back and apply what it says; durable when it returns. Raises Unavailable."""
    answer_id = secrets.token_hex(16)
    now = answer.received_at
    outcome = Outcome.SERVER_ERROR if reading.action is Action.UNREADABLE else reading.outcome
    reports = _about_the_asked(reading.reports, answer.asked)
    body = zlib.compress(answer.body, 1)

    def work(tx: Tx) -> Asked:
        asks.keep_answer(
            tx,
            answer_id=answer_id,
            slug=slug,
            asked_at=now,
            http_status=answer.status,
            body=body,
            outcome=outcome.value,
            reason=reading.reason,
        )
        told = understood(slug, answer_id, replace(reading, reports=reports), now, Via.POLL)
        messages = sum(apply(tx, policy, [one for one in told if one.facts], now)) if told else 0
        for wanted in answer.asked:
            if is_registration:
                _remember(tx, slug, wanted, reports, outcome, now)
            else:
                _settle(tx, wanted, _outcome_of(wanted, reports, outcome), now)
        return Asked(outcome, reading.reason, messages)

    return database.write(work)


def record_silence(database: Database, asked: Sequence[Wanted], now: datetime) -> None:
    """Nothing usable came back: only the last attempt moves, and the next one waits longer."""

    def work(tx: Tx) -> None:
        for wanted in asked:
            _settle(tx, wanted, Outcome.SERVER_ERROR, now)

    database.write(work)


def _about_the_asked(reports: Sequence[Report], asked: Sequence[Wanted]) -> tuple[Report, ...]:
    """A report under the number or the reference that was asked about is about that parcel, whatever it calls it.

    So is one without either, if it is the answer about a single parcel. Any other is about somebody else's.
    """
    by_number = {normalise_number(wanted.number): wanted for wanted in asked}
    by_reference = {wanted.reference: wanted for wanted in asked if wanted.reference}
    completed = []
    for report in reports:
        number = normalise_number(report.tracking_number or "")
        wanted = by_number.get(number) or by_reference.get(report.reference or "")
        if wanted is None and not number and not report.reference and len(asked) == 1:
            wanted = asked[0]
        completed.append(_as_asked(report, wanted) if wanted else report)
    return tuple(completed)


def _as_asked(report: Report, wanted: Wanted) -> Report:
    return replace(report, carrier=wanted.carrier or report.carrier, tracking_number=wanted.number)


def _report_about(wanted: Wanted, reports: Sequence[Report]) -> Report | None:
    number = normalise_number(wanted.number)
    return next((one for one in reports if normalise_number(one.tracking_number or "") == number), None)


def _outcome_of(wanted: Wanted, reports: Sequence[Report], whole: Outcome) -> Outcome:
    about = _report_about(wanted, reports)
    if about:
        return about.outcome
    return Outcome.NOT_FOUND if whole is Outcome.OK else whole


def _settle(tx: Tx, wanted: Wanted, outcome: Outcome, now: datetime) -> None:
    """Move the clocks of what was asked about, and plan its next time."""
    track = asks.mark_tried(tx, facts.track_key(wanted.carrier, wanted.number), now, is_answered=outcome in USABLE)
    replan(tx, track, now)


def _remember(tx: Tx, slug: str, wanted: Wanted, reports: Sequence[Report], whole: Outcome, now: datetime) -> None:
    """What was made known at ``slug`` is asked about at once; what was not is tried again later."""
    outcome = _outcome_of(wanted, reports, Outcome.ALREADY_REGISTERED if whole is Outcome.OK else whole)
    if outcome not in USABLE - {Outcome.INVALID_NUMBER}:
        _settle(tx, wanted, outcome, now)
        return
    track_id, report = facts.track_key(wanted.carrier, wanted.number), _report_about(wanted, reports)
    asks.register(tx, slug, {track_id: (report.reference if report else None) or wanted.number})
    asks.plan(tx, track_id, now, None)


# -- when to ask next --------------------------------------------------------------------------------------------------


def replan(tx: Tx, track: Row, now: datetime) -> datetime | None:
    """Plan a track's next asking by its parcels and clocks; None: nobody wants to know, or nobody will."""
    parcels = orders.shipments_on(tx, [track["track_id"]])
    clocks = clocks_of(track)
    moments = [tracking.next_ask(Status(parcel["status"]), clocks) for parcel in parcels]
    ask_at = min(filter(None, moments), default=None)
    is_open = any(not Status(parcel["status"]).is_final for parcel in parcels)
    if ask_at is None or ask_at > now:
        asks.plan(tx, track["track_id"], ask_at, tracking.give_up_at(clocks) if is_open else None)
    return ask_at


def clocks_of(track: Row) -> Clocks:
    return Clocks(
        known_at=datetime.fromisoformat(track["known_at"]),
        asked_at=optional_moment(track["asked_at"]),
        heard_at=optional_moment(track["heard_at"]),
        news_at=optional_moment(track["news_at"]),
        tried_at=optional_moment(track["tried_at"]),
        failures=track["failures"],
        wanted_at=optional_moment(track["wanted_at"]),
    )
