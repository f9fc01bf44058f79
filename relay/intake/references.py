"""Parcels that a sender knows by its own reference alone: what it tells of that is remembered, to be asked by later."""

from collections.abc import Sequence

from relay.carriers import asked_by_reference
from relay.database import Tx
from relay.intake.told import Told
from relay.store import asks, facts


def learn(tx: Tx, told: Sequence[Told], track_ids: Sequence[str]) -> set[str]:
    """Remember whose each reference is; the tracks that got the facts which waited under theirs until now."""
    learnt: dict[str, dict[str, str]] = {}
    for one, track_id in zip(told, track_ids, strict=True):
        if one.number and one.report.reference and asked_by_reference(one.source):
            learnt.setdefault(one.source, {})[one.report.reference] = track_id
    return {
        tracks[reference]
        for source, tracks in learnt.items()
        for reference in asks.register(tx, source, tracks)
        if facts.move_facts(tx, waiting_under(source, reference), tracks[reference])
    }


def waiting_under(source: str, reference: str) -> str:
    """The track of what was told of a reference before anybody knew its number."""
    return facts.track_key("", f"@{source}/{reference}")
