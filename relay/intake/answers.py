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
            _settle(tx, slug, wanted, _outcome_of(wanted, reports, outcome), now, is_registration=is_registration)
        return Asked(outcome, reading.reason, messages)

    return database.write(work)


def record_silence(database: Database, asked: Sequence[Wanted], now: datetime) -> None:
    """Nothing usable came back: only the last attempt moves, and the next one waits longer."""

    def work(tx: Tx) -> None:
        for wanted in asked:
            _settle(tx, "", wanted, Outcome.SERVER_ERROR, now, is_registration=False)

    database.write(work)


def _about_the_asked(reports: Sequence[Report], asked: Sequence[Wanted]) -> tuple[Report, ...]:
    """Reports that name no carrier are about the one that was asked about; so is an answer without a number."""
    by_number = {normalise_number(wanted.number): wanted for wanted in asked}
    by_reference = {wanted.reference: wanted for wanted in asked if wanted.reference}
    return tuple(_completed(report, by_number, by_reference, asked) for report in reports)


def _completed(
    report: Report, by_number: dict[str, Wanted], by_reference: dict[str, Wanted], asked: Sequence[Wanted]
) -> Report:
    number = normalise_number(report.tracking_number or "")
    wanted = by_number.get(number) if number else by_reference.get(report.reference or "")
    if wanted is None and not number and len(asked) == 1:
        wanted = asked[0]
    if wanted is None or (report.carrier and wanted.carrier and report.carrier != wanted.carrier):
        return report
    return replace(report, carrier=wanted.carrier or report.carrier, tracking_number=wanted.number)


def _outcome_of(wanted: Wanted, reports: Sequence[Report], whole: Outcome) -> Outcome:
    if whole is not Outcome.OK:
        return whole
    about = [
        report
        for report in reports
        if normalise_number(report.tracking_number or "") == normalise_number(wanted.number)
        and (not wanted.carrier or report.carrier == wanted.carrier)
    ]
    return about[0].outcome if about else Outcome.NOT_FOUND


def _settle(tx: Tx, slug: str, wanted: Wanted, outcome: Outcome, now: datetime, *, is_registration: bool) -> None:
    track_id = facts.track_key(wanted.carrier, wanted.number)
    if is_registration and outcome in USABLE:
        asks.register(tx, slug, {track_id: wanted.reference or wanted.number})
        asks.plan(tx, track_id, now, None)
        return
    track = asks.mark_tried(tx, track_id, now, is_answered=outcome in USABLE)
    replan(tx, track, now)


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
