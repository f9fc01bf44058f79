"""Each thing that can stop is told of within what is promised; what takes hours on its clock takes seconds on ours."""

import pytest

from tests.bench.stepping import DAY, HOUR, MINUTE, SECOND
from tests.bench.stopping import certificate_left
from tests.bench.stops import STOPS, Stop, measured

#: What may take longer is simulated with the slow tests.
QUICK = 10 * MINUTE


def _is_slow(stop: Stop) -> bool:
    return stop.promised > QUICK


@pytest.mark.parametrize(
    "stop", [pytest.param(stop, marks=[pytest.mark.slow] * _is_slow(stop), id=stop.what) for stop in STOPS]
)
def test_what_stops_is_told_of_as_soon_as_promised(stop: Stop) -> None:
    found = measured(stop, runs=1)
    assert found.is_kept, found.seconds


@pytest.mark.slow
def test_a_certificate_is_spoken_of_three_weeks_before_its_end() -> None:
    assert 21 * DAY - 2 * HOUR <= certificate_left("certificate") * SECOND <= 21 * DAY
