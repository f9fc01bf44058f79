"""What is looked at, and how often."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from relay.watch.alarms import Check
from relay.watch.expiry import expiring
from relay.watch.held import held_too_often
from relay.watch.loops import stopped_loops
from relay.watch.missed import missed_pushes
from relay.watch.mute import MuteCarriers
from relay.watch.poorer import poorer_answers
from relay.watch.schema import schema_changed
from relay.watch.storm import storms
from relay.watch.stuck import stuck_cohorts

CHECKS: Final[Sequence[Check]] = (
    Check("loop_stopped", timedelta(0), stopped_loops),  # in each round: two minutes are not long
    Check("outside_down", timedelta(0), storms),  # at once: what it explains is not told by itself
    Check("expiring", timedelta(hours=1), expiring),
    Check("held_rule", timedelta(minutes=1), held_too_often),
    Check("mute_carrier", timedelta(minutes=1), MuteCarriers()),
    Check("stuck_cohort", timedelta(minutes=30), stuck_cohorts),
    Check("schema_changed", timedelta(seconds=30), schema_changed),
    Check("missed_pushes", timedelta(minutes=10), missed_pushes),
    Check("poorer_answers", timedelta(minutes=10), poorer_answers),
)
