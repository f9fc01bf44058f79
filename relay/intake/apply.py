"""What was told becomes stored facts, and these the state of every parcel they are about.

Everything goes through each step together: the messages that share a commit, the parcels of one answer. A statement
costs more than its rows, and on SQLite the threads change places at each.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from relay.database import Tx
from relay.intake import awaited, parcels, references
from relay.intake.policy import Policy
from relay.intake.state import recompute_tracks
from relay.intake.told import Told, heard_of, later, scans_of
from relay.model import Fact, Via
from relay.store import facts as store
from relay.store import orders
from relay.store.awaited import missed as missed_packages


class Brought(NamedTuple):
    """What came of one thing that was told."""

    messages: int
    scans: Sequence[Fact]  #: those that nobody had told before


def apply(tx: Tx, policy: Policy, told: Sequence[Told], now: datetime) -> list[Brought]:
    """Store the facts and recompute what depends on them; what each of ``told`` led to."""
    track_ids = match(tx, told, now, is_heard=True)
    completed = references.learn(tx, told, track_ids)
    known = store.facts_on(tx, track_ids)
    fresh: list[store.StoredFact] = []
    confirmed: list[store.StoredFact] = []
    scans: list[Sequence[Fact]] = []
    for track_id, one in zip(track_ids, told, strict=True):
        facts = known[track_id]
        new = one.as_received(key for key in one.facts if key not in facts)
        seen = list(_confirmed(facts, one)) if one.via is Via.POLL else []
        scans.append(scans_of(new))
        fresh += [(track_id, fact, one.raw_id) for fact in new]
        confirmed += [(track_id, fact, one.raw_id) for fact in seen]
        facts.update((fact.fact_id, fact) for fact in (*new, *seen))
    store.add_facts(tx, fresh)
    store.mark_answered(tx, confirmed)
    changed = dict.fromkeys([*(track_id for track_id, *_ in (*fresh, *confirmed)), *completed])
    messages = recompute_tracks(tx, policy, {key: list(known[key].values()) for key in changed}, now)
    return [Brought(messages.pop(track_id, 0), new) for track_id, new in zip(track_ids, scans, strict=True)]


def _confirmed(known: dict[str, Fact], one: Told) -> Iterable[Fact]:
    """Facts that we had, and that an answer contains for the first time."""
    for key in one.facts:
        if key in known and not known[key].answered:
            yield known[key]._replace(answered=True)


def reread(tx: Tx, policy: Policy, told: Sequence[Told], now: datetime, *, announce: bool) -> int:
    """Put today's reading of what was told in the place of the earlier one; how many messages that made.

    The clocks stay: the carrier said nothing now. Unless ``announce``, what comes of it is no news.
    """
    track_ids = match(tx, told, now, is_heard=False)
    references.learn(tx, told, track_ids)
    store.reread_facts(
        tx,
        [
            (track_id, fact, one.raw_id)
            for track_id, one in zip(track_ids, told, strict=True)
            for fact in one.as_received(one.facts)
        ],
    )
    if not announce:
        for shipment in orders.shipments_on(tx, track_ids):
            orders.be_quiet_until(tx, shipment["shipment_id"], now)
    store.settle_moves(tx, set(track_ids))
    known = store.facts_on(tx, track_ids)
    return sum(recompute_tracks(tx, policy, {key: list(known[key].values()) for key in known}, now).values())


# -- matching ----------------------------------------------------------------------------------------------------------


def match(tx: Tx, told: Sequence[Told], now: datetime, *, is_heard: bool) -> list[str]:
    """The track that each of ``told`` is about, held until the end of the transaction.

    By carrier and number; else by the reference under which we registered the parcel at the source; else by number
    alone if exactly one open track has it; else what was said waits under the number or the reference.
    """
    named = [_named(tx, one, now) for one in told]
    heard: dict[tuple[str, str], store.Heard | None] = {}
    for name, one in sorted(zip(named, told, strict=True), key=lambda pair: (pair[0], pair[1].received_at)):
        heard[name] = later(heard.get(name), heard_of(one) if is_heard else None)
    adopted: dict[tuple[str, str], tuple[str, str]] = {}
    for carrier, number in store.touch_tracks(tx, heard, now):
        if _adopt(tx, carrier, number):
            adopted["", number] = carrier, number
    return [store.track_key(*adopted.get(name, name)) for name in named]


def _named(tx: Tx, told: Told, now: datetime) -> tuple[str, str]:
    """Carrier and number; a carrier that nobody knows is ""."""
    if told.report.carrier and told.report.package:
        return awaited.find_track(tx, told.report.carrier, told.report.package, now)
    if told.report.carrier and told.number:
        return told.report.carrier, told.number
    number = told.number
    if told.report.reference:
        registered = store.registered_track(tx, told.source, told.report.reference)
        if registered and registered["carrier"]:
            return registered["carrier"], registered["tracking_number"]
        number = number or (registered["tracking_number"] if registered else "")
    if not number:
        return "", f"@{told.source}/{told.report.reference}"
    candidates = store.open_tracks(tx, number) or store.closed_tracks(tx, number, told.received_at)
    return (candidates[0]["carrier"] if len(candidates) == 1 else ""), number


def _adopt(tx: Tx, carrier: str, number: str) -> bool:
    """Shipments whose carrier nobody knew learn it from the first carrier that knows their number."""
    nameless, track_id = store.track_key("", number), store.track_key(carrier, number)
    if not orders.adopt_carrier(tx, old_track=nameless, new_track=track_id, carrier=carrier):
        return False
    store.move_facts(tx, nameless, track_id)
    return True


def join_waiting(tx: Tx, policy: Policy, now: datetime, limit: int = 50) -> int:
    """Join what waits for a carrier's name with the only parcel or carrier that is left; how many numbers that were.

    They miss each other when two transactions commit at once, or when the second candidate is corrected away.
    """
    joined = [
        *((row, False) for row in store.facts_that_fit_one_parcel(tx, limit)),
        *((row, True) for row in store.parcels_that_one_carrier_knows(tx, limit)),
    ]
    for row, is_adoption in joined:
        track_id = store.track_key(row["carrier"], row["tracking_number"])
        store.hold(tx, track_id)
        if is_adoption:
            _adopt(tx, row["carrier"], row["tracking_number"])
        else:
            store.move_facts(tx, store.track_key("", row["tracking_number"]), track_id)
        recompute_tracks(tx, policy, {track_id: store.facts_of(tx, track_id)}, now)
    return len(joined) + _join_packages(tx, policy, now, limit)


def _join_packages(tx: Tx, policy: Policy, now: datetime, limit: int) -> int:
    missed = [orders.shipment(tx, shipment_id) for shipment_id in missed_packages(tx, limit)]
    for shipment in filter(None, missed):
        parcels.reassign(tx, policy, shipment, shipment["carrier"], shipment["tracking_number"], now)
    return len(missed)
