"""What is asked about next: due by its clocks, within the budget, under a lease, at the door first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from relay.carriers import Asks
from relay.database import Row, Tx
from relay.desk.accounts import Asker
from relay.intake.answers import replan
from relay.model import Wanted
from relay.store import accounts
from relay.store import asks as store
from relay.store.accounts import Limits
from relay.store.asks import Whose
from relay.store.facts import track_key

#: A claim lasts this long; an answer takes at most half of it.
LEASE = timedelta(minutes=2)
#: Tracks that are looked at together at most.
LOOK_AT = 200
#: A failing account is tried again at least so often, though its parcels wait longer each time.
PROBE_EVERY = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Claim:
    """One request's parcels, leased."""

    wanted: Sequence[Wanted]
    is_registration: bool = False

    @property
    def track_ids(self) -> list[str]:
        return [track_key(one.carrier, one.number) for one in self.wanted]


def whose(asker: Asker, own: frozenset[str]) -> Whose:
    """An aggregator is asked about parcels of carriers that have no account of their own."""
    return Whose(but=own - {asker.slug}) if asker.asks.is_aggregator else Whose(asker.slug)


def limits(asker: Asker) -> Limits:
    return Limits(asker.budget.per_second, asker.budget.per_day)


def has_work(tx: Tx, asker: Asker, whose_: Whose, now: datetime) -> bool:
    return accounts.budget_left(tx, asker.slug, limits(asker), now) > 0 and whose_.has_due(tx, now)


def to_probe(tx: Tx, asker: Asker, whose_: Whose, now: datetime) -> str | None:
    """The track by which a failing account shows whether it works again, where none is due."""
    is_time = accounts.has_failed_before(tx, asker.slug, now - PROBE_EVERY)
    return whose_.soonest(tx) if is_time and not has_work(tx, asker, whose_, now) else None


def claim_due(tx: Tx, asker: Asker, whose_: Whose, now: datetime, requests: int) -> list[Claim]:
    """Lease what at most so many requests ask about, and write these down as made."""
    may = min(requests, accounts.hold_budget(tx, asker.slug, limits(asker), now))
    if may <= 0:
        return []
    ready = _ready(tx, whose_, now, may * asker.asks.batch)
    known = store.references(tx, asker.slug, [row["track_id"] for row in ready])
    chosen = _requests(asker.asks, ready, known)[:may]
    taken = store.lease(tx, [key for claim in chosen for key in claim.track_ids], now, now + LEASE)
    claims = [claim for claim in (_only(claim, taken) for claim in chosen) if claim.wanted]
    accounts.spend(tx, asker.slug, len(claims), limits(asker), now)
    return claims


def _ready(tx: Tx, whose_: Whose, now: datetime, wanted: int) -> list[Row]:
    """What is due by its clocks. What was heard of since it was planned is not, and is planned anew."""
    while True:
        looked_at = whose_.due(tx, now, min(LOOK_AT, wanted))
        ready = [row for row in looked_at if (moment := replan(tx, row, now)) is not None and moment <= now]
        if len(ready) == len(looked_at):
            return ready


def _requests(asks: Asks, ready: Sequence[Row], known: Mapping[str, str]) -> list[Claim]:
    """In batches, what comes first in the first one; what must be made known there is not asked about with the rest."""
    requests: list[tuple[bool, list[Wanted]]] = []
    filling: dict[bool, list[Wanted]] = {}
    for row in ready:
        is_registration = asks.register is not None and row["track_id"] not in known
        batch = filling.get(is_registration)
        if batch is None or len(batch) == asks.batch:
            batch = filling[is_registration] = []
            requests.append((is_registration, batch))
        batch.append(Wanted(row["carrier"], row["tracking_number"], known.get(row["track_id"])))
    return [Claim(batch, is_registration) for is_registration, batch in requests]


def _only(claim: Claim, taken: set[str]) -> Claim:
    """The claim without what another process took meanwhile."""
    kept = [one for one, key in zip(claim.wanted, claim.track_ids, strict=True) if key in taken]
    return Claim(kept, claim.is_registration)
