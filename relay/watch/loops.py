"""Loops of our own that have stopped. Who watches the watch is the heart, by the same check."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from relay.database import Row, Tx
from relay.desk import Desk, loops
from relay.watch.alarms import Alarm


def stopped_loops(tx: Tx, desk: Desk, found: Mapping[str, Row], now: datetime) -> Sequence[Alarm]:
    """All but the watch, which this very look proves to run."""
    return [alarm for alarm in all_stopped_loops(tx, desk, found, now) if alarm.subject != loops.WATCH]


def all_stopped_loops(tx: Tx, desk: Desk, found: Mapping[str, Row], now: datetime) -> Sequence[Alarm]:
    """For whoever looks in the watch's place. After a gap nobody is missed anew, but only a beat ends what is open."""
    missed = {one.name for one in loops.stopped(tx, desk, now, loops.awake_since(tx))} | found.keys()
    told = [(one.name, loops.trouble_of(one, now)) for one in loops.stopped(tx, desk, now) if one.name in missed]
    return [Alarm(name, trouble.title, trouble.remedy, trouble.figures) for name, trouble in told]
