"""A carrier whose answers tell less of the same parcels is told of, and learns nothing wrong from it."""

from datetime import timedelta

import pytest

from relay.database import Database
from relay.intake import Policy
from relay.model import Action, Fact, FactKind, Reading, Status
from relay.retention.purge import purge
from relay.store import richness
from relay.store.richness import Measure
from relay.watch.poorer import KIND
from tests.watch.sending import DAY, Far

RICH = "answers of UPS tell less than usual: 2 scans a parcel, usually 6"


@pytest.fixture
def far(database: Database, policy: Policy) -> Far:
    return Far(database, policy, KIND)


def _add(far: Far, measure: Measure) -> None:
    far.database.write(lambda tx: richness.add(tx, [measure]))


def told(far: Far, *, scans: int, parcels: int = 40, places: float = 1.0, days: int = 1) -> list[str]:
    """On each of the next days answers tell so much; what is open in the end."""
    titles = []
    for _ in range(days):
        day = f"{far.now:%Y-%m-%d}"
        whole = scans * parcels
        sums = (parcels, whole, scans**2 * parcels, round(places * whole), whole, whole, 0)
        _add(far, Measure("ups", "in_transit", 2, day, *sums))
        titles = far.titles()
        far.pass_by(days=1)
    return titles


def test_fewer_scans_are_told_of_on_the_first_day_and_end_with_the_first_rich_one(far: Far) -> None:
    assert told(far, scans=6, days=14) == []
    assert told(far, scans=2) == [RICH]
    assert told(far, scans=2, days=5) == [RICH]
    assert told(far, scans=6) == []


def test_poor_days_teach_nothing_while_it_lasts_nor_afterwards(far: Far) -> None:
    told(far, scans=6, days=14)
    told(far, scans=2, days=9)
    assert told(far, scans=6, days=2) == []
    assert told(far, scans=2) == [RICH]


def test_after_two_weeks_this_is_how_it_is(far: Far) -> None:
    told(far, scans=6, days=14)
    assert told(far, scans=2, days=14) == [RICH]
    assert told(far, scans=2, days=10) == []
    assert told(far, scans=1) == ["answers of UPS tell less than usual: 1 scans a parcel, usually 2"]


def test_places_that_are_gone_are_told_of(far: Far) -> None:
    told(far, scans=6, places=0.94, days=14)
    assert told(far, scans=6, places=0.12) == [
        "answers of UPS tell less than usual: 12 % of its scans with a place, usually 94"
    ]


@pytest.mark.parametrize("parcels", [3, 9])
def test_a_handful_of_parcels_is_no_matter(far: Far, parcels: int) -> None:
    told(far, scans=6, days=14, parcels=parcels)
    assert told(far, scans=1, days=3, parcels=parcels) == []


def test_a_week_must_be_known(far: Far) -> None:
    told(far, scans=6, days=6)
    assert told(far, scans=2) == []


def test_a_little_less_is_no_matter(far: Far) -> None:
    told(far, scans=6, days=14)
    assert told(far, scans=5) == []


# -- through the one way in --------------------------------------------------------------------------------------------


def scans(far: Far, index: int, many: int, *, place: str = "Recife") -> list[Fact]:
    moments = [far.now - timedelta(hours=number, minutes=index) for number in range(1, many + 1)]
    return [
        Fact("ups", True, FactKind.SCAN, Status.IN_TRANSIT, "DP", at.isoformat(), at, description="On", place=place)
        for at in moments
    ]


def know(far: Far, many: int) -> list[str]:
    numbers = [f"1Z{index}" for index in range(many)]
    far.know(numbers)
    return numbers


def kept(far: Far) -> list[Measure]:
    with far.database.read() as tx:
        return sorted(richness.measured(tx, far.now - 90 * DAY), key=lambda one: (one.day, one.age))


def test_answers_are_measured_before_they_are_compared_with_what_is_known(far: Far) -> None:
    numbers = know(far, 24)
    for _ in range(12):
        far.answer({number: scans(far, index, 6) for index, number in enumerate(numbers)})
        assert far.titles() == []
        far.pass_by(days=1)
    far.answer({number: scans(far, index, 2) for index, number in enumerate(numbers)})
    assert far.titles() == [RICH]


def test_each_parcel_counts_once_a_day_by_its_status_and_age(far: Far) -> None:
    numbers = know(far, 2)
    for _ in range(3):
        far.answer({numbers[0]: scans(far, 0, 3), numbers[1]: scans(far, 1, 5, place="")})
        far.pass_by(hours=1)
    far.pass_by(days=1)
    far.answer({numbers[0]: scans(far, 0, 1)})
    assert kept(far) == [
        Measure("ups", "in_transit", 2, "2026-04-11", 2, 8, 34, 3, 8, 8, 0),
        Measure("ups", "in_transit", 2, "2026-04-12", 1, 1, 1, 1, 1, 1, 0),
    ]


def test_what_teaches_nothing_any_more_goes(far: Far) -> None:
    for days in (55, 57):
        _add(far, Measure("ups", "in_transit", 2, f"{far.now - days * DAY:%Y-%m-%d}", *[1] * 7))
    purge(far.database, far.settings, far.now)
    assert [one.day for one in kept(far)] == [f"{far.now - 55 * DAY:%Y-%m-%d}"]


def test_a_parcel_that_is_left_out_of_an_answer_counts_as_told_nothing(far: Far) -> None:
    (number,) = know(far, 1)
    far.answer({number: scans(far, 0, 3)})
    far.pass_by(days=1)
    far.answer_body(b"{}", Reading(Action.APPLY), [number])
    assert [(one.status, one.parcels, one.scans) for one in kept(far)] == [("in_transit", 1, 3), ("in_transit", 1, 0)]
