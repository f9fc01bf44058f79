"""What a parcel's facts amount to: the state, which facts are whose, what is held, and why."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from relay.model import Fact, Held, Kind, ParcelState, Status

#: Numbers are recycled: what happened longer before the order than this was another parcel.
BEFORE_ORDER = timedelta(days=30)
#: The same, counted from when the shipment was known, where the date of the order is not.
BEFORE_KNOWN = timedelta(days=45)
#: No parcel is dispatched and delivered within this.
DISPATCH_TO_DOOR = timedelta(minutes=30)
#: A moment this far past its receipt is a fault of the carrier's clock, not of a zone (at most 14 h).
FUTURE = timedelta(hours=26)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known of a shipment beside its facts."""

    known_at: datetime
    ordered_at: datetime | None = None
    dispatched_at: datetime | None = None  #: dispatch or invoice
    kind: Kind = Kind.OUTBOUND


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one fact, and by which rule; the answer to *why*."""

    fact: Fact
    used: bool
    rule: str


# -- state -------------------------------------------------------------------------------------------------------------


def state_of(facts: Iterable[Fact], circumstances: Circumstances) -> ParcelState:
    """What the facts amount to; neither their order of arrival nor their repetition matters."""
    usable = _in_order(belonging(facts, circumstances))
    return _state(usable, doubted(usable, circumstances))


def decisive(facts: Iterable[Fact]) -> Fact | None:
    """The fact that decides among ``facts`` alone, with nothing known of the shipment."""
    return _fold(_in_order(facts))[0]


def _state(usable: Sequence[Fact], doubts: dict[str, str]) -> ParcelState:
    deciding, rounds = _fold(usable)
    held = None
    if deciding is not None and deciding.fact_id in doubts:
        held = Held(Status.DELIVERED, doubts[deciding.fact_id], deciding.received_at or deciding.at)
        deciding, rounds = _fold([fact for fact in usable if fact.fact_id not in doubts])
    believed = [fact for fact in usable if fact.fact_id not in doubts]
    status = deciding.status if deciding else Status.PENDING
    return ParcelState(
        status=status,
        decisive=deciding,
        round=rounds,
        held=held,
        delivered_at=delivered_at(believed, deciding) if deciding and status is Status.DELIVERED else None,
        estimated_at=estimate(usable),
    )


def _fold(ordered: Iterable[Fact]) -> tuple[Fact | None, int]:
    """The deciding fact, and how often a final status was taken back on the way to it."""
    deciding: Fact | None = None
    rounds = 0
    for fact in ordered:
        if fact.status is Status.UNKNOWN:
            continue
        if deciding is None or replaces(fact, deciding):
            rounds += deciding is not None and deciding.status.is_final and not fact.status.is_final
            deciding = fact
    return deciding, rounds


def replaces(fact: Fact, deciding: Fact) -> bool:
    """Whether ``fact``, which :func:`precedence` puts after ``deciding``, takes its place.

    A final status yields only to another final one, to a newer summary, or to a later scan that contradicts it:
    carriers do take back a false "delivered", but a late "in transit" is merely late. A summary fixes the state up to
    its moment, so it also beats the scans of the same moment and source.
    """
    if fact.at == deciding.at and fact.source != deciding.source:
        return _strength(fact) > _strength(deciding)
    if fact.status.is_final or not deciding.status.is_final:
        return True
    return fact.is_summary or (fact.at > deciding.at and fact.status.contradicts_final)


def precedence(fact: Fact) -> tuple[datetime, bool, bool, bool, int, str]:
    return fact.at, fact.is_own, fact.is_summary, fact.status.is_final, fact.status.rank, fact.fact_id


def _strength(fact: Fact) -> tuple[bool, bool, int]:
    return fact.is_own, fact.status.is_final, fact.status.rank


def _in_order(facts: Iterable[Fact]) -> list[Fact]:
    return sorted(facts, key=precedence)


def delivered_at(ordered: Sequence[Fact], deciding: Fact) -> datetime:
    """The first delivery scan since the state was last reopened, else the newest one, else the summary's moment."""
    scans = [fact.at for fact in ordered if fact.status is Status.DELIVERED and not fact.is_summary]
    reopened = max((fact.at for fact in ordered if fact.status.contradicts_final), default=None)
    current = [at for at in scans if reopened is None or at >= reopened]
    return min(current) if current else max(scans, default=deciding.at)


def estimate(facts: Iterable[Fact]) -> str | None:
    """The newest estimate; of one moment's, the one its sender updated last."""
    said = [fact for fact in facts if fact.estimated_at]
    newest = max(said, key=lambda fact: (fact.at, fact.told_at or fact.at, fact.estimated_at), default=None)
    return newest.estimated_at if newest else None


# -- which facts are this shipment's -----------------------------------------------------------------------------------


def belonging(facts: Iterable[Fact], circumstances: Circumstances) -> list[Fact]:
    """The facts that are about this shipment and not about another parcel of the same number."""
    known = list(facts)
    return [fact for fact, reason in zip(known, _foreigners(known, circumstances), strict=True) if not reason]


def _foreigners(known: Sequence[Fact], circumstances: Circumstances) -> list[str]:
    """Of each fact why it is about another parcel, or ""."""
    earliest = _earliest(circumstances)
    newest = _newest_parcel(fact for fact in known if not _foreign(fact, fact.parcel_id, earliest))
    return [_foreign(fact, newest, earliest) for fact in known]


def _earliest(circumstances: Circumstances) -> datetime:
    if circumstances.ordered_at:
        return circumstances.ordered_at - BEFORE_ORDER
    return circumstances.known_at - BEFORE_KNOWN


def _foreign(fact: Fact, newest_parcel: str | None, earliest: datetime) -> str:
    if fact.at <= earliest:
        return "recycled number: it happened too long before this order"
    if fact.parcel_id and fact.parcel_id != newest_parcel:
        return "recycled number: the carrier gives a newer parcel id"
    if fact.received_at is not None and fact.at > fact.received_at + FUTURE:
        return "dated in the future"
    return ""


def _newest_parcel(facts: Iterable[Fact]) -> str | None:
    named = [fact for fact in facts if fact.parcel_id]
    newest = max(named, key=lambda fact: (fact.at, fact.parcel_id), default=None)
    return newest.parcel_id if newest else None


# -- deliveries that cannot be true ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Past:
    """What was told of a parcel up to the moment of a delivery, other deliveries apart."""

    has_scan: bool = False
    newest: Fact | None = None  #: of those with a known status


def doubted(usable: Sequence[Fact], circumstances: Circumstances) -> dict[str, str]:
    """Ids of the "delivered" facts that wait for a second word, with the reason; empty once they are confirmed.

    ``usable`` is in the order of :func:`precedence`.
    """
    if circumstances.kind is Kind.RETURN:
        return {}
    doubtful = {
        fact.fact_id: (fact, reason)
        for fact, past in _deliveries(usable)
        if (reason := implausible(fact, past, circumstances.dispatched_at))
    }
    if not doubtful or _confirmed([fact for fact, _ in doubtful.values()], usable):
        return {}
    return {key: reason for key, (_, reason) in doubtful.items()}


def _deliveries(ordered: Sequence[Fact]) -> Iterator[tuple[Fact, Past]]:
    past, seen = Past(), 0
    for delivery in (fact for fact in ordered if fact.status is Status.DELIVERED):
        while seen < len(ordered) and ordered[seen].at <= delivery.at:
            past = _and(past, ordered[seen])
            seen += 1
        yield delivery, past


def _and(past: Past, fact: Fact) -> Past:
    if fact.status is Status.DELIVERED:
        return past
    newest = past.newest if fact.status is Status.UNKNOWN else fact
    return Past(past.has_scan or not fact.is_summary, newest)


def implausible(delivery: Fact, past: Past, dispatched_at: datetime | None) -> str:
    """Why a "delivered" cannot be true, or ""."""
    if dispatched_at is not None and delivery.at < dispatched_at:
        return "delivered before it was dispatched"
    if dispatched_at is not None and delivery.at < dispatched_at + DISPATCH_TO_DOOR:
        return "delivered within 30 minutes after dispatch"
    if not past.has_scan:
        return "delivered as the very first scan"
    if past.newest is not None and past.newest.status is Status.RETURNING and not delivery.to_recipient:
        return "delivered after it was returning, without saying at which door"
    return ""


def _confirmed(doubtful: Sequence[Fact], facts: Sequence[Fact]) -> bool:
    """A second independent fact: another source, a later delivery scan, or an answer that brought the history."""
    if len({fact.source for fact in doubtful}) > 1:
        return True
    if len({fact.at for fact in doubtful if not fact.is_summary}) > 1:
        return True
    has_history = any(fact.answered and not fact.is_summary and fact.status is not Status.DELIVERED for fact in facts)
    return has_history and any(fact.answered for fact in doubtful)


# -- the timeline ------------------------------------------------------------------------------------------------------


def timeline(facts: Iterable[Fact]) -> list[Fact]:
    """The scans of one source, oldest first: the carrier's own, else those of whoever tells most."""
    scans = [fact for fact in _in_order(facts) if not fact.is_summary]
    told: dict[tuple[bool, str], list[Fact]] = {}
    for scan in scans:
        told.setdefault((scan.is_own, scan.source), []).append(scan)
    best = max(told, key=lambda teller: (teller[0], len(told[teller]), teller[1]), default=None)
    return told[best] if best else []


# -- why ---------------------------------------------------------------------------------------------------------------


def verdicts(facts: Iterable[Fact], circumstances: Circumstances) -> list[Verdict]:
    """Every fact in the order of the rules, with the rule that used it or set it aside."""
    known = _in_order(facts)
    foreign = _foreigners(known, circumstances)
    usable = [fact for fact, reason in zip(known, foreign, strict=True) if not reason]
    doubts = doubted(usable, circumstances)
    state = _state(usable, doubts)
    return [_verdict(fact, reason, doubts, state) for fact, reason in zip(known, foreign, strict=True)]


def _verdict(fact: Fact, foreign: str, doubts: dict[str, str], state: ParcelState) -> Verdict:
    if foreign:
        return Verdict(fact, used=False, rule=foreign)
    if fact.status is Status.UNKNOWN:
        is_undated = fact.occurred_at is None and not fact.is_summary
        what = "its moment cannot be read" if is_undated else f"the code {fact.code!r} is not known"
        return Verdict(fact, used=False, rule=f"{what}: kept, changes nothing shown")
    if fact.fact_id in doubts and state.held:
        return Verdict(fact, used=False, rule=f"held: {doubts[fact.fact_id]}")
    if state.decisive is None or fact.fact_id == state.decisive.fact_id:
        return Verdict(fact, used=True, rule="decides: nothing newer replaces it")
    if precedence(fact) > precedence(state.decisive):
        return Verdict(fact, used=False, rule=f"late: it does not take back {state.status}")
    return Verdict(fact, used=True, rule="history: something newer replaced it")
