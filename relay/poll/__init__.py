"""Asks carriers about quiet parcels: due by their clocks, claimed under a lease, within each account's budget.

claims    what is asked about next       logins  tokens, shared by all processes
accounts  those that may not be asked    far     HTTP to a carrier, bounded in size and time
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

import schedule
import structlog

from relay import clock
from relay.carriers import Carrier, all_carriers, read_answer
from relay.database import Tx
from relay.desk import Desk
from relay.desk.accounts import Asker, askers_of
from relay.errors import Unavailable
from relay.intake import failures
from relay.intake.answers import record_answer, record_failure
from relay.intake.failures import Failure
from relay.model import Account, Answer, Outcome, Reading, Wanted
from relay.poll import accounts
from relay.poll.claims import LEASE, Claim, claim_due, has_work, to_probe, whose
from relay.poll.far import CONNECTIONS, Far, NoAnswer
from relay.poll.logins import LoggingIn, LoginRefused, Logins
from relay.store import asks as store
from relay.store.asks import Whose

__all__ = ["LEASE", "Poll"]

TICK_S = 1
#: Requests of one account that are on their way or wait for a connection. So few that each is made within its lease.
AHEAD = 4 * CONNECTIONS

log = structlog.get_logger()


@dataclass(slots=True)
class Poll:
    """Belongs to one thread."""

    desk: Desk
    now: Callable[[], datetime] = clock.now
    carriers: Mapping[str, Carrier] = field(default_factory=all_carriers)
    far: Far = field(default_factory=Far)
    _runner: asyncio.Runner = field(default_factory=asyncio.Runner, init=False)
    _logins: Logins = field(init=False)
    _at_work: dict[str, asyncio.Task[None]] = field(default_factory=dict, init=False)
    _begun: int = field(default=0, init=False)
    _schedule: schedule.Scheduler = field(default_factory=schedule.Scheduler, init=False)

    def __post_init__(self) -> None:
        self._logins = Logins(self.desk.database, self.far, self.now)
        self._schedule.every(TICK_S).seconds.do(self.ask_due)

    def round(self) -> float:
        """Look at what is due, also if woken before the second is over; the seconds until the next round."""
        self._schedule.run_all()
        return min(max(self._schedule.idle_seconds or 0.0, 0.1), TICK_S)

    def close(self) -> None:
        self._runner.run(self.far.close())
        self._runner.close()

    def ask_due(self, wait_s: float = TICK_S) -> int:
        """Ask about everything that is due and that the budgets allow; how many requests that began.

        It waits so long for what was begun. What is slower goes on with the next call, and holds up no other account.
        """
        before = self._begun
        self._runner.run(self._turn(wait_s))
        self._watch_mute()
        return self._begun - before

    def _watch_mute(self) -> None:
        """Also who is not asked at all, because it waits, is missed in time."""
        now = self.now()
        with self.desk.database.read() as tx:
            mute = failures.newly_mute(tx, now)
        if mute:
            self.desk.database.write(lambda tx: failures.report_mute(tx, mute, now))

    async def _turn(self, wait_s: float) -> None:
        askers = askers_of(self.desk.settings, self.carriers)
        own = frozenset(asker.slug for asker in askers)
        self._at_work = {slug: task for slug, task in self._at_work.items() if not task.done()}
        for asker in askers:
            if asker.slug not in self._at_work:
                self._at_work[asker.slug] = asyncio.create_task(self._work(asker, whose(asker, own)))
        if self._at_work:
            await asyncio.wait(self._at_work.values(), timeout=wait_s)

    async def _work(self, asker: Asker, whose_: Whose) -> None:
        """One account, until nothing of it is due or on its way; its failure is no other's."""
        on_their_way: set[asyncio.Task[None]] = set()
        try:
            while True:
                if len(on_their_way) <= AHEAD // 2:  # not one by one: a claim is a write to the disk
                    claims = await self._claims(asker, whose_, AHEAD - len(on_their_way))
                    on_their_way |= {asyncio.create_task(self._ask(asker, claim)) for claim in claims}
                if not on_their_way:
                    return
                done, on_their_way = await asyncio.wait(
                    on_their_way, timeout=TICK_S, return_when=asyncio.FIRST_COMPLETED
                )
                for task in done:
                    task.result()
        except Exception:
            log.exception("asking failed", carrier=asker.slug)
            with suppress(Unavailable):
                self.desk.database.write(lambda tx: accounts.wait(tx, asker, Failure.OUR_FAULT, self.now()))
        finally:
            await asyncio.gather(*on_their_way, return_exceptions=True)

    async def _claims(self, asker: Asker, whose_: Whose, requests: int) -> Sequence[Claim]:
        """What may be asked about now; nobody claims what it has no token for."""
        now = self.now()
        with self.desk.database.read() as tx:
            probe = None if accounts.is_paused(tx, asker.slug, now) else to_probe(tx, asker, whose_, now)
            if probe is None and (accounts.is_paused(tx, asker.slug, now) or not has_work(tx, asker, whose_, now)):
                return []
        if probe:
            self.desk.database.write(lambda tx: store.ask_now(tx, probe, now))
        try:
            await self._logins.token(asker)
        except LoggingIn:
            return []
        except LoginRefused as refusal:
            self._stop(asker, refusal.answer, refusal.reading, ())
            return []
        except NoAnswer as fault:
            failure = fault.failure
            self._log(asker, Claim(()), failure, f"the login: {fault}")
            self.desk.database.write(lambda tx: accounts.wait(tx, asker, failure, self.now()))
            return []
        return self.desk.database.write(lambda tx: claim_due(tx, asker, whose_, self.now(), requests))

    # -- ask -----------------------------------------------------------------------------------------------------------

    async def _ask(self, asker: Asker, claim: Claim) -> None:
        """One request, and what came of it. Whatever goes wrong with it has a name, and its parcels wait longer."""
        self._begun += 1
        try:
            async with asyncio.timeout(LEASE.total_seconds() / 2):
                answer, reading = await self._answered(asker, claim)
            self._record(asker, claim, answer, reading)
        except LoggingIn:
            self.desk.database.write(lambda tx: store.release(tx, claim.wanted))
        except LoginRefused as refusal:
            self._stop(asker, refusal.answer, refusal.reading, claim.wanted)
        except NoAnswer as fault:
            self._fail(asker, claim, fault.failure, str(fault))
        except TimeoutError:
            self._fail(asker, claim, Failure.TIMEOUT, "no whole answer in time")
        except Exception:
            # An adapter that cannot build its request, or facts that cannot be stored: no reason to ask no more.
            log.exception("an ask failed", carrier=asker.slug)
            self._fail(asker, claim, Failure.OUR_FAULT, "see above")

    async def _answered(self, asker: Asker, claim: Claim) -> tuple[Answer, Reading]:
        """A token that is refused is renewed once."""
        token = await self._logins.token(asker)
        answer, reading = await self._sent(asker, claim, token)
        if reading.outcome is Outcome.AUTH_ERROR and token:
            return await self._sent(asker, claim, await self._logins.token(asker, but=token))
        return answer, reading

    async def _sent(self, asker: Asker, claim: Claim, token: str) -> tuple[Answer, Reading]:
        build = asker.asks.register if claim.is_registration and asker.asks.register else asker.asks.ask
        reply = await self.far.send(asker.slug, asker.api_url, build(Account(asker.values, token), claim.wanted))
        answer = Answer(reply.status, reply.body, self.now(), reply.headers, claim.wanted)
        return answer, read_answer(asker.carrier, answer)

    # -- what came of it -----------------------------------------------------------------------------------------------

    def _record(self, asker: Asker, claim: Claim, answer: Answer, reading: Reading) -> None:
        if reading.outcome in {Outcome.AUTH_ERROR, Outcome.THROTTLED}:
            self._stop(asker, answer, reading, claim.wanted)
            return
        database = self.desk.database
        asked = record_answer(
            database, self.desk.policy, asker.slug, answer, reading, is_registration=claim.is_registration
        )
        if asked.is_usable:
            self._works(asker)
        if asked.messages:
            self.desk.wake()
        self._log(asker, claim, ", ".join(asked.failures) or reading.outcome.value, reading.reason)

    def _works(self, asker: Asker) -> None:
        with self.desk.database.read() as tx:
            if not accounts.is_down(tx, asker.slug):
                return
        self.desk.database.write(lambda tx: accounts.works_again(tx, asker.slug, self.now()))

    def _stop(self, asker: Asker, answer: Answer, reading: Reading, wanted: Sequence[Wanted]) -> None:
        """The account, not the parcels: these stay due."""
        is_throttled = reading.outcome is Outcome.THROTTLED

        def work(tx: Tx) -> None:
            store.release(tx, wanted)
            if is_throttled:
                accounts.throttle(tx, asker, answer, self.now())
            else:
                accounts.refuse(tx, asker, reading, self.now())

        self.desk.database.write(work)
        self._log(asker, Claim(wanted), reading.outcome.value, reading.reason)

    def _fail(self, asker: Asker, claim: Claim, failure: Failure, why: str) -> None:
        record_failure(self.desk.database, asker.slug, claim.wanted, failure, self.now())
        self._log(asker, claim, failure.value, why)

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
