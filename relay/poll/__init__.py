"""Asks carriers about quiet parcels: due by their clocks, claimed under a lease, within each account's budget.

far  HTTP to a carrier, bounded in size and time
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from math import ceil

import schedule
import structlog

from relay import clock
from relay.carriers import SHAPE_ERRORS, Carrier, all_carriers, read_answer
from relay.database import Row, Tx
from relay.desk import Desk
from relay.desk.accounts import Asker, askers_of
from relay.intake.answers import record_answer, record_silence, replan
from relay.model import Account, Action, Answer, Ask, Outcome, Reading, Token, Wanted
from relay.poll.far import Far, NoAnswer
from relay.store import asks as store
from relay.store import ledger, outbox

#: A claim lasts this long; an answer takes at most half of it.
LEASE = timedelta(minutes=2)
#: Tracks that are looked at together at most.
LOOK_AT = 200
TICK_S = 1
#: Waits between tries of an account that was refused; the last one lasts.
REFUSED = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 15))
#: The pause of an account that was throttled without a word about how long.
THROTTLED = timedelta(minutes=1)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Claim:
    """One request's parcels, leased."""

    wanted: Sequence[Wanted]
    is_registration: bool = False


@dataclass(slots=True)
class Poll:
    """Belongs to one thread."""

    desk: Desk
    now: Callable[[], datetime] = clock.now
    carriers: Mapping[str, Carrier] = field(default_factory=all_carriers)
    _runner: asyncio.Runner = field(default_factory=asyncio.Runner, init=False)
    _far: Far = field(default_factory=Far, init=False)
    _tokens: dict[str, tuple[Token, datetime]] = field(default_factory=dict, init=False)
    _schedule: schedule.Scheduler = field(default_factory=schedule.Scheduler, init=False)

    def __post_init__(self) -> None:
        self._schedule.every(TICK_S).seconds.do(self.ask_due)

    def round(self) -> float:
        """Run what is due; the seconds until the next round."""
        self._schedule.run_pending()
        return max(self._schedule.idle_seconds or 0.0, 0.1)

    def close(self) -> None:
        self._runner.run(self._far.close())
        self._runner.close()

    def ask_due(self) -> int:
        """Ask about everything that is due and that the budgets allow; the number of requests."""
        return self._runner.run(self._ask_all(askers_of(self.desk.settings, self.carriers)))

    async def _ask_all(self, askers: Sequence[Asker]) -> int:
        own = {asker.slug for asker in askers}
        return sum(await asyncio.gather(*(self._ask_account(asker, own) for asker in askers)))

    async def _ask_account(self, asker: Asker, own: set[str]) -> int:
        """One account; its failure is no other's."""
        try:
            claims = self._claim(asker, own)
            await asyncio.gather(*(self._ask(asker, claim) for claim in claims))
        except Exception:
            log.exception("asking failed", carrier=asker.slug)
            return 0
        return len(claims)

    # -- claim ---------------------------------------------------------------------------------------------------------

    def _claim(self, asker: Asker, own: set[str]) -> list[Claim]:
        now = self.now()
        with self.desk.database.read() as tx:
            if not _due(tx, asker, own, now, limit=1) or _is_paused(tx, asker.slug, now):
                return []
        return self.desk.database.write(lambda tx: self._claim_due(tx, asker, own, now))

    def _claim_due(self, tx: Tx, asker: Asker, own: set[str], now: datetime) -> list[Claim]:
        looked_at = _due(tx, asker, own, now, limit=LOOK_AT)
        ready = [row for row in looked_at if (moment := replan(tx, row, now)) is not None and moment <= now]
        granted = store.take_budget(
            tx,
            asker.slug,
            ceil(len(ready) / asker.asks.batch),
            now,
            per_second=asker.budget.per_second,
            per_day=asker.budget.per_day,
        )
        chosen = {row["track_id"]: row for row in ready[: granted * asker.asks.batch]}
        taken = store.lease(tx, list(chosen), now, now + LEASE)
        known = store.references(tx, asker.slug, taken)
        wanted = [
            (Wanted(row["carrier"], row["tracking_number"], known.get(key)), key)
            for key, row in chosen.items()
            if key in taken
        ]
        if asker.asks.register is None:
            return _in_batches([one for one, _ in wanted], asker.asks.batch)
        strangers = [one for one, key in wanted if key not in known]
        friends = [one for one, key in wanted if key in known]
        return [
            *_in_batches(strangers, asker.asks.batch, is_registration=True),
            *_in_batches(friends, asker.asks.batch),
        ]

    # -- ask -----------------------------------------------------------------------------------------------------------

    async def _ask(self, asker: Asker, claim: Claim) -> None:
        try:
            answer, reading = await self._answered(asker, claim)
        except NoAnswer as fault:
            record_silence(self.desk.database, claim.wanted, self.now())
            self._log(asker, claim, "no answer", str(fault))
            return
        except SHAPE_ERRORS:
            # An adapter that cannot build its request: a failure of this asking like any other, which backs off.
            log.exception("the request cannot be made", carrier=asker.slug)
            record_silence(self.desk.database, claim.wanted, self.now())
            return
        match reading.outcome:
            case Outcome.AUTH_ERROR:
                self.desk.database.write(lambda tx: self._refused(tx, asker, claim, reading))
            case Outcome.THROTTLED:
                self.desk.database.write(lambda tx: self._throttled(tx, asker, claim, answer))
            case _:
                self._record(asker, claim, answer, reading)
        self._log(asker, claim, reading.outcome.value, reading.reason)

    async def _answered(self, asker: Asker, claim: Claim) -> tuple[Answer, Reading]:
        """The answer and what it says, or those of a login that is refused. A refused token is renewed once."""
        build = asker.asks.register if claim.is_registration and asker.asks.register else asker.asks.ask
        for is_last in (False, True):
            token, refusal = await self._token(asker)
            if refusal:
                return refusal
            answer, reading = await self._sent(asker, build(Account(asker.values, token), claim.wanted), claim.wanted)
            if reading.outcome is not Outcome.AUTH_ERROR or asker.asks.login is None or is_last:
                break
            self._tokens.pop(asker.slug, None)
        return answer, reading

    async def _sent(self, asker: Asker, ask: Ask, wanted: Sequence[Wanted] = ()) -> tuple[Answer, Reading]:
        reply = await self._far.send(asker.slug, asker.api_url, ask)
        answer = Answer(reply.status, reply.body, self.now(), reply.headers, wanted)
        return answer, read_answer(asker.carrier, answer)

    async def _token(self, asker: Asker) -> tuple[str, tuple[Answer, Reading] | None]:
        """A token for the account, renewed at nine tenths of its life; else the answer that refused one."""
        login, read = asker.asks.login, asker.asks.parse_login
        if login is None or read is None:
            return "", None
        kept = self._tokens.get(asker.slug)
        if kept and self.now() < kept[1]:
            return kept[0].text, None
        answer, reading = await self._sent(asker, login(Account(asker.values)))
        if reading.outcome in {Outcome.AUTH_ERROR, Outcome.THROTTLED}:
            return "", (answer, reading)
        try:
            token = read(answer)
        except SHAPE_ERRORS as fault:
            raise NoAnswer(f"the login was not answered with a token (HTTP {answer.status})") from fault
        self._tokens[asker.slug] = token, self.now() + token.lasts * 0.9
        return token.text, None

    def _record(self, asker: Asker, claim: Claim, answer: Answer, reading: Reading) -> None:
        asked = record_answer(
            self.desk.database,
            self.desk.policy,
            asker.slug,
            answer,
            reading,
            is_registration=claim.is_registration,
        )
        if reading.action is not Action.UNREADABLE and reading.outcome is not Outcome.SERVER_ERROR:
            self._works_again(asker)
        if asked.messages:
            self.desk.wake()

    # -- accounts that may not be asked --------------------------------------------------------------------------------

    def _refused(self, tx: Tx, asker: Asker, claim: Claim, reading: Reading) -> None:
        """The account, not the parcel: it is tried again by itself, and the team is told."""
        now = self.now()
        down_since = outbox.channel(tx, _pause_name(asker.slug))["down_since"]
        passed = now - datetime.fromisoformat(down_since) if down_since else timedelta(0)
        outbox.mark_down(tx, _pause_name(asker.slug), reading.reason, now, now + refused_pause(passed))
        store.release(tx, claim.wanted)
        ledger.open_incident(
            tx,
            kind="ask_refused",
            subject=asker.slug,
            title=f"{asker.carrier.label} refuses our key: nobody is asked about its parcels",
            remedy=f"Correct {', '.join(asker.setting(name) for name in asker.asks.needs)}; it goes on by itself",
            now=now,
        )

    def _throttled(self, tx: Tx, asker: Asker, claim: Claim, answer: Answer) -> None:
        now = self.now()
        pause = _retry_after(answer.headers.get("retry-after", ""), now) or THROTTLED
        outbox.mark_down(tx, _pause_name(asker.slug), "throttled", now, now + pause)
        store.release(tx, claim.wanted)

    def _works_again(self, asker: Asker) -> None:
        with self.desk.database.read() as tx:
            if outbox.channel(tx, _pause_name(asker.slug))["down_since"] is None:
                return

        def work(tx: Tx) -> None:
            outbox.mark_up(tx, _pause_name(asker.slug))
            ledger.close_incident(tx, "ask_refused", asker.slug, self.now())

        self.desk.database.write(work)

    def _log(self, asker: Asker, claim: Claim, outcome: str, reason: str) -> None:
        log.info(
            "ask",
            carrier=asker.slug,
            outcome=outcome,
            tracking_number=[wanted.number for wanted in claim.wanted[:3]],
            parcels=len(claim.wanted),
            registration=claim.is_registration,
            reason=reason or None,
        )


def _due(tx: Tx, asker: Asker, own: set[str], now: datetime, *, limit: int) -> list[Row]:
    if asker.asks.is_aggregator:
        return store.due_of_others(tx, own - {asker.slug}, now, limit)
    return store.due_of_carrier(tx, asker.slug, now, limit)


def _in_batches(wanted: Sequence[Wanted], size: int, *, is_registration: bool = False) -> list[Claim]:
    return [Claim(wanted[start : start + size], is_registration) for start in range(0, len(wanted), size)]


def _pause_name(slug: str) -> str:
    return f"ask {slug}"


def _is_paused(tx: Tx, slug: str, now: datetime) -> bool:
    probe_at = outbox.channel(tx, _pause_name(slug))["probe_at"]
    return probe_at is not None and now < datetime.fromisoformat(probe_at)


def refused_pause(passed: timedelta) -> timedelta:
    """How long an account waits that has been refused for so long: 1, 2, 5, 10 and then every 15 minutes."""
    tried_at = timedelta(0)
    for pause in REFUSED:
        if passed <= tried_at:
            return pause
        tried_at += pause
    return REFUSED[-1]


def _retry_after(text: str, now: datetime) -> timedelta | None:
    """Seconds or an HTTP date (RFC 9110, 10.2.3); None: it says nothing."""
    if text.strip().isdigit():
        return timedelta(seconds=min(int(text), 24 * 3600))
    try:
        return max(parsedate_to_datetime(text) - now, timedelta(0))
    except (ValueError, TypeError):
        return None
