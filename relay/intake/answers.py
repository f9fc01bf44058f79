"""An answer in: kept, applied, and the clocks of what was asked about moved, in one transaction."""

import secrets
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import orjson

from relay import tracking
from relay.database import Database, Row, Tx
from relay.intake import failures
from relay.intake.apply import Brought, apply
from relay.intake.failures import Failure
from relay.intake.policy import Policy
from relay.intake.told import Told, scans_in, understood
from relay.model import Action, Answer, Outcome, Reading, Report, Status, Via, Wanted, normalise_number, optional_moment
from relay.silence.shares import should_have_been_pushed
from relay.store import asks, facts, orders, richness
from relay.store.asks import KeptAnswer
from relay.tracking import Clocks


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of one asking."""

    failures: tuple[Failure, ...]  #: of which parcels were asked about in vain
    is_usable: bool  #: something in it was
    messages: int = 0


def record_answer(
    database: Database, policy: Policy, slug: str, answer: Answer, reading: Reading, *, is_registration: bool = False
) -> Asked:
    """Keep what came back and apply what it says; durable when it returns. Raises Unavailable."""
    now = answer.received_at
    kept = _kept(slug, answer, reading, is_registration=is_registration)
    about = About.of(answer, reading, is_registration=is_registration)
    told = understood(slug, kept.answer_id, replace(reading, reports=about.reports), now, Via.POLL)
    told = [one for one in told if one.facts]
    found = [about.failure(wanted) for wanted in answer.asked]
    failed = tuple(sorted({failure for failure in found if failure}))
    is_usable = None in found

    def work(tx: Tx) -> Asked:
        brought = apply(tx, policy, told, now) if told else []
        tracks = _settle_all(tx, slug, dict(zip(answer.asked, found, strict=True)), about, now)
        news = sum(len(one.scans) for one in brought)
        asks.keep_answer(tx, kept._replace(news=news, missed=_missed(told, brought, tracks, now)))
        failures.note(tx, slug, failed, now, is_usable=is_usable)
        return Asked(failed, is_usable, sum(one.messages for one in brought))

    return database.write(work)


def record_failure(database: Database, slug: str, asked: Sequence[Wanted], failure: Failure, now: datetime) -> None:
    """Nothing usable came back: only the last attempt moves, and the next one waits longer."""

    def work(tx: Tx) -> None:
        for wanted in asked:
            settle(tx, wanted, failure, now)
        failures.note(tx, slug, [failure], now, is_usable=False)

    database.write(work)


def _settle_all(
    tx: Tx, slug: str, found: Mapping[Wanted, Failure | None], about: "About", now: datetime
) -> dict[str, Row]:
    """Settle each parcel that was asked about, and measure how much is said of it; the tracks by their ids."""
    tracks: dict[str, Row] = {}
    measures = []
    for wanted, failure in found.items():
        if about.is_registration and failure is None and about.is_registered(wanted):
            asks.register(tx, slug, about.registration(wanted))
            asks.plan(tx, facts.track_key(wanted.carrier, wanted.number), now, None)
            continue
        track, parcels = settle(tx, wanted, failure, now)
        tracks[track["track_id"]] = track
        if failure is None and parcels and richness.is_first_of_day(track, now):
            measures.append(richness.measure(slug, about.report(wanted), parcels[0]["status"], track, now))
    richness.add(tx, measures)
    return tracks


def _missed(told: Sequence[Told], brought: Sequence[Brought], tracks: Mapping[str, Row], now: datetime) -> int:
    """How many of the new scans somebody who pushes should have pushed long ago."""
    missed = 0
    for one, new in zip(told, brought, strict=True):
        track = tracks.get(facts.track_key(one.report.carrier or "", one.number))
        if track and not track["push_stopped_at"]:
            known_at = datetime.fromisoformat(track["known_at"])
            missed += sum(should_have_been_pushed(scan.occurred_at, known_at, now) for scan in new.scans)
    return missed


def _kept(slug: str, answer: Answer, reading: Reading, *, is_registration: bool) -> KeptAnswer:
    events, unknown = scans_in(reading)
    return KeptAnswer(
        answer_id=secrets.token_hex(16),
        slug=slug,
        asked_at=answer.received_at,
        http_status=answer.status,
        body=zlib.compress(answer.body, 1),
        outcome=(Outcome.SERVER_ERROR if reading.action is Action.UNREADABLE else reading.outcome).value,
        reason=reading.reason,
        action=reading.action.value,
        asked=orjson.dumps([(one.carrier, one.number, one.reference) for one in answer.asked]).decode(),
        is_registration=int(is_registration),
        events=events,
        unknown=unknown,
    )


# -- of whom it speaks -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class About:
    """What an answer says of each parcel that was asked about."""

    reports: tuple[Report, ...]  #: those about the asked bear their carrier and number
    whole: Outcome
    unread: Failure | None
    has_strangers: bool  #: it tells news of somebody else's parcel
    is_registration: bool

    @classmethod
    def of(cls, answer: Answer, reading: Reading, *, is_registration: bool) -> "About":
        reports, has_strangers = _about_the_asked(reading.reports, answer.asked)
        unread = failures.unreadable(reading, answer)
        return cls(reports, reading.outcome, unread, has_strangers, is_registration)

    def failure(self, wanted: Wanted) -> Failure | None:
        """Why the parcel was asked about in vain. That it was not found is an answer, unless others were."""
        outcome = self._outcome(wanted)
        if self.unread or outcome is not Outcome.NOT_FOUND:
            return self.unread or failures.failure_of(outcome)
        if self.is_registration:
            return None if self.is_registered(wanted) else Failure.NOT_REGISTERED
        return Failure.ANOTHER_PARCEL if self.has_strangers else None

    def is_registered(self, wanted: Wanted) -> bool:
        """Of a registration that did not fail: also what has no news yet may have a reference by now."""
        report, outcome = self.report(wanted), self._outcome(wanted)
        if outcome is Outcome.NOT_FOUND:
            return report is not None and report.reference is not None
        return outcome is not Outcome.INVALID_NUMBER

    def registration(self, wanted: Wanted) -> dict[str, str]:
        """The reference under which the parcel is known there, and its track."""
        report = self.report(wanted)
        reference = (report.reference if report else None) or wanted.number
        return {reference: facts.track_key(wanted.carrier, wanted.number)}

    def _outcome(self, wanted: Wanted) -> Outcome:
        report = self.report(wanted)
        if report:
            return report.outcome
        return Outcome.NOT_FOUND if self.whole is Outcome.OK else self.whole

    def report(self, wanted: Wanted) -> Report | None:
        number = normalise_number(wanted.number)
        return next((one for one in self.reports if normalise_number(one.tracking_number or "") == number), None)


def _about_the_asked(reports: Sequence[Report], asked: Sequence[Wanted]) -> tuple[tuple[Report, ...], bool]:
    """A report under the number or the reference that was asked about is about that parcel, whatever it calls it.

    So is one without either, if it is the answer about a single parcel. Any other is about somebody else's; also
    returned is whether one of those tells news.
    """
    by_number = {normalise_number(wanted.number): wanted for wanted in asked}
    by_reference = {wanted.reference: wanted for wanted in asked if wanted.reference}
    completed, has_strangers = [], False
    for report in reports:
        number = normalise_number(report.tracking_number or "")
        wanted = by_number.get(number) or by_reference.get(report.reference or "")
        if wanted is None and not number and not report.reference and len(asked) == 1:
            wanted = asked[0]
        has_strangers = has_strangers or (wanted is None and bool(report.facts))
        completed.append(_as_asked(report, wanted) if wanted else report)
    return tuple(completed), has_strangers


def _as_asked(report: Report, wanted: Wanted) -> Report:
    return replace(report, carrier=wanted.carrier or report.carrier, tracking_number=wanted.number)


def settle(tx: Tx, wanted: Wanted, failure: Failure | None, now: datetime) -> tuple[Row, Sequence[Row]]:
    """Move the clocks of what was asked about, and plan its next time; the track, and its parcels."""
    track = asks.mark_tried(tx, facts.track_key(wanted.carrier, wanted.number), now, failure)
    parcels = orders.shipments_on(tx, [track["track_id"]])
    _plan(tx, track, parcels, now)
    return track, parcels


# -- when to ask next --------------------------------------------------------------------------------------------------


def replan(tx: Tx, track: Row, now: datetime) -> datetime | None:
    """Plan a track's next asking by its parcels and clocks; None: nobody wants to know, or nobody will."""
    return _plan(tx, track, orders.shipments_on(tx, [track["track_id"]]), now)


def _plan(tx: Tx, track: Row, parcels: Sequence[Row], now: datetime) -> datetime | None:
    plans = [plan_of(track, parcel) for parcel in parcels]
    ask_at = min(filter(None, (plan.ask_at for plan in plans)), default=None)
    if ask_at is None or ask_at > now:
        asks.plan(tx, track["track_id"], ask_at, min(filter(None, (plan.give_up_at for plan in plans)), default=None))
    return ask_at


@dataclass(frozen=True, slots=True)
class Plan:
    ask_at: datetime | None
    give_up_at: datetime | None


def plan_of(track: Row, parcel: Row) -> Plan:
    """What its clocks say of a parcel: the columns of the track may be older, for a push does not touch them."""
    status, clocks = Status(parcel["status"]), _clocks_of(track, parcel)
    return Plan(tracking.next_ask(status, clocks), None if status.is_final else tracking.give_up_at(clocks))


def _clocks_of(track: Row, parcel: Row) -> Clocks:
    is_shown = parcel["status"] == parcel["shown_status"]
    return Clocks(
        known_at=datetime.fromisoformat(track["known_at"]),
        asked_at=optional_moment(track["asked_at"]),
        heard_at=optional_moment(track["heard_at"]),
        news_at=optional_moment(track["news_at"]),
        changed_at=optional_moment(parcel["changed_at"]) if is_shown else None,
        tried_at=optional_moment(track["tried_at"]),
        failures=track["failures"],
        wanted_at=optional_moment(track["wanted_at"]),
    )
