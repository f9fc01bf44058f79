"""Which parcels stand still together: laws over any fleet, and the cases a shop knows."""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from relay.silence.cohorts import ALL, Cohort, Fleet, Known, Standing, cohorts, cohorts_of, usual_shares
from tests.conftest import NOON

USUAL = {ALL: 0.06}
PLACES = ("", "Cajamar, SP", "Curitiba - PR", "Recife", "Manaus", "Belém")
DAYS = ("", "2026-02-20", "2026-02-21")

Group = tuple[str, str, int, int]  #: place, day, how many stand, how many move


def fleet(*groups: Group) -> Fleet:
    made = Fleet()
    for number, (place, day, still, moving) in enumerate(groups):
        names = cohorts_of(place, day)
        made.standing += [parcel(f"{number}-{index:03}", place, day) for index in range(still)]
        made.moving.update(dict.fromkeys(names, moving))
    return made


def parcel(shipment_id: str, place: str, day: str = "") -> Standing:
    return Standing(shipment_id, f"order {shipment_id}", cohorts_of(place, day), NOON - timedelta(days=4), place)


def found(made: Fleet, usual: Mapping[str, float] = USUAL) -> dict[str, int]:
    return {one.cohort: len(one.standing) for one in cohorts(made, usual)}


def open_again(made: Fleet, one: Cohort, *, still: int) -> Known:
    """The incident that was opened of a cohort, of which only some stand yet."""
    return Known(one.cohort, {each.shipment_id for each in one.standing}, list(one.standing)[:still])


# -- laws --------------------------------------------------------------------------------------------------------------

groups = st.lists(
    st.tuples(st.sampled_from(PLACES), st.sampled_from(DAYS), st.integers(0, 14), st.integers(0, 8)), max_size=7
)
shares = st.fixed_dictionaries(
    {ALL: st.floats(0, 1)}, optional={"place/cajamar sp": st.floats(0, 1), "place/recife": st.floats(0, 1)}
)


@st.composite
def with_incidents(draw: st.DrawFn) -> tuple[Fleet, list[Known]]:
    """A fleet, and incidents that were opened of an earlier one, of which some parcels stand yet."""
    made = fleet(*draw(groups))
    opened = [one for one in cohorts(made, USUAL) if draw(st.booleans())]
    known = [open_again(made, one, still=draw(st.integers(0, len(one.standing)))) for one in opened]
    more = fleet(*draw(groups))
    made.standing += [one._replace(shipment_id=f"more {one.shipment_id}") for one in more.standing]
    made.moving.update(more.moving)
    return made, known


@given(with_incidents(), shares)
def test_no_parcel_is_in_two_incidents(case: tuple[Fleet, list[Known]], usual: dict[str, float]) -> None:
    made, known = case
    opened = cohorts(made, usual, known)
    counted = Counter(one.shipment_id for cohort in opened for one in cohort.standing)
    assert not [shipment_id for shipment_id, times in counted.items() if times > 1]
    subjects = [one.cohort for one in opened]
    assert len(subjects) == len(set(subjects))
    listed = {one: incident.cohort for incident in known for one in incident.listed}
    assert all(
        listed.get(one.shipment_id, cohort.cohort) == cohort.cohort for cohort in opened for one in cohort.standing
    )


@given(with_incidents(), shares, st.randoms(use_true_random=False))
def test_the_order_of_parcels_does_not_matter(
    case: tuple[Fleet, list[Known]], usual: dict[str, float], disorder: Random
) -> None:
    made, known = case
    before = cohorts(made, usual, known)
    shuffled = Fleet(disorder.sample(made.standing, len(made.standing)), made.moving)
    assert sorted(cohorts(shuffled, usual, disorder.sample(known, len(known))), key=lambda one: one.cohort) == sorted(
        before, key=lambda one: one.cohort
    )


@given(groups, shares, st.sampled_from(PLACES), st.sampled_from(DAYS))
def test_a_parcel_that_moves_creates_no_cohort(
    some: list[Group], usual: dict[str, float], place: str, day: str
) -> None:
    without, with_it = fleet(*some), fleet(*some, (place, day, 0, 1))
    if not cohorts(without, usual):
        assert cohorts(with_it, usual) == []
    assert set(found(with_it, usual)) <= {*found(without, usual), *_qualifying(without, usual)}


def _qualifying(made: Fleet, usual: Mapping[str, float]) -> set[str]:
    """Every cohort that would be one if nothing else explained its parcels."""
    names = {name for one in made.standing for name in one.cohorts}
    alone = {name: [one for one in made.standing if name in one.cohorts] for name in names}
    return {
        name
        for name, standing in alone.items()
        if cohorts(Fleet([one._replace(cohorts=(ALL,)) for one in standing], Counter({ALL: made.moving[name]})), usual)
    } | {ALL}


@given(groups, shares)
def test_few_or_usual_ones_are_no_cohort(some: list[Group], usual: dict[str, float]) -> None:
    made = fleet(*some)
    for one in cohorts(made, usual):
        assert len(one.standing) >= 8
        assert len(one.standing) > one.usual
    assert cohorts(made, {ALL: 1.0}) == [] or all(not made.moving[one.cohort] for one in cohorts(made, {ALL: 1.0}))
    assert cohorts(made, {}) == []


# -- what a shop knows -------------------------------------------------------------------------------------------------


def test_a_place_that_stands_is_one_incident_for_all_its_parcels() -> None:
    (one,) = cohorts(fleet(("Cajamar, SP", "", 41, 11), ("Recife", "", 3, 200)), USUAL)
    assert (one.cohort, len(one.standing), one.there, one.usual) == ("place/cajamar sp", 41, 52, 3)


def test_a_place_is_the_same_however_it_is_written() -> None:
    made = fleet(("São José dos Pinhais/PR", "", 5, 1), ("SAO JOSE DOS PINHAIS - PR", "", 5, 1))
    assert found(made) == {"place/sao jose dos pinhais pr": 10}


def test_a_lorry_that_is_lost_is_a_day_of_dispatch() -> None:
    made = fleet(*((place, "2026-02-20", 3, 0) for place in PLACES), ("Recife", "2026-02-21", 2, 90))
    assert found(made) == {"day/2026-02-20": 18}


def test_a_carrier_that_stands_everywhere_is_one_incident() -> None:
    assert found(fleet(*((place, "", 20, 2) for place in PLACES))) == {ALL: 120}


def test_a_strike_in_many_places_is_one_incident_though_the_carrier_works_elsewhere() -> None:
    made = fleet(*((place, "", 20, 2) for place in PLACES[1:]), ("São Paulo", "", 4, 400))
    (one,) = cohorts(made, USUAL)
    assert (one.cohort, len(one.standing), one.there, len(one.parts)) == (ALL, 100, 110, 5)


def test_single_parcels_that_were_lost_are_nobody_elses() -> None:
    assert found(fleet(("Cajamar, SP", "", 30, 5), ("Recife", "", 7, 0), ("Manaus", "", 2, 50))) == {
        "place/cajamar sp": 30
    }


def test_eight_are_enough_and_seven_are_not() -> None:
    assert found(fleet(("Recife", "", 8, 5), ("Manaus", "", 1, 90))) == {"place/recife": 8}
    assert found(fleet(("Recife", "", 7, 0), ("Manaus", "", 1, 90))) == {}
    assert found(fleet(("Recife", "", 8, 6), ("Manaus", "", 1, 90))) == {}


def test_a_place_where_parcels_always_stand_is_no_alarm_and_nor_is_a_slow_carrier() -> None:
    customs = fleet(("Aduana Curitiba", "", 30, 5), ("Recife", "", 1, 90))
    assert found(customs, {ALL: 0.1, "place/aduana curitiba": 0.85}) == {}
    assert found(customs, {ALL: 0.1}) == {"place/aduana curitiba": 30}
    assert found(fleet(("", "", 70, 30)), {ALL: 0.6}) == {}
    assert found(fleet(("", "", 85, 15)), {ALL: 0.6}) == {ALL: 85}


def test_nothing_is_told_of_a_carrier_of_which_nothing_is_known_yet() -> None:
    days = [{ALL: (2, 38)}] * 17
    assert usual_shares(days) == {}
    assert usual_shares([*days, {ALL: (2, 38), "place/recife": (4, 1)}]) == {ALL: 0.05, "place/recife": 0.0}


def test_a_bad_week_is_not_what_is_usual_and_two_are() -> None:
    bad, good = {ALL: (90, 10), "place/recife": (30, 0)}, {ALL: (5, 95)}
    assert usual_shares([bad] * 7 + [good] * 21) == {ALL: 0.05, "place/recife": 0.0}
    assert usual_shares([good] * 14 + [bad] * 14) == {ALL: 0.9, "place/recife": 1.0}


def test_parcels_of_many_days_at_a_place_that_does_not_stand_yet_are_no_cohorts_of_their_days() -> None:
    """The place is not told yet, because others were scanned there; nor is each of the days."""
    days = [f"2026-02-{day}" for day in range(16, 21)]
    assert found(fleet(*(("Cajamar, SP", day, 10, 0) for day in days), ("Cajamar, SP", "", 0, 60))) == {}
    assert found(fleet(("Cajamar, SP", days[0], 10, 0), ("Cajamar, SP", "", 0, 60))) == {"day/2026-02-16": 10}


# -- how an incident goes on -------------------------------------------------------------------------------------------


def test_an_incident_grows_with_what_comes_to_stand_and_keeps_its_name() -> None:
    made = fleet(("Cajamar, SP", "", 12, 3))
    (one,) = cohorts(made, USUAL)
    made.standing += [parcel(f"new {index}", "CAJAMAR SP") for index in range(5)]
    (again,) = cohorts(made, USUAL, [open_again(made, one, still=12)])
    assert (again.cohort, len(again.standing)) == ("place/cajamar sp", 17)


def test_it_ends_when_less_than_half_of_its_parcels_stand() -> None:
    made = fleet(("Cajamar, SP", "", 12, 30))
    (one,) = cohorts(fleet(("Cajamar, SP", "", 12, 3)), USUAL)
    assert len(cohorts(made, USUAL, [open_again(made, one, still=6)])) == 1
    assert cohorts(made, USUAL, [open_again(made, one, still=5)]) == []


def test_a_place_that_stands_already_is_not_told_again_when_the_whole_carrier_does() -> None:
    here = fleet(("Cajamar, SP", "", 30, 3))
    (one,) = cohorts(here, USUAL)
    everywhere = fleet(("Cajamar, SP", "", 30, 3), *((place, "", 20, 2) for place in PLACES[2:]))
    both = cohorts(everywhere, USUAL, [open_again(here, one, still=30)])
    assert {each.cohort: len(each.standing) for each in both} == {"place/cajamar sp": 30, ALL: 80}


def test_a_carrier_that_stands_as_a_whole_does_not_become_ten_incidents() -> None:
    made = fleet(*((place, "", 20, 2) for place in PLACES))
    (one,) = cohorts(made, USUAL)
    half = fleet(*((place, "", 20, 2) for place in PLACES[:3]), *((place, "", 0, 40) for place in PLACES[3:]))
    kept = cohorts(half, USUAL, [Known(ALL, {each.shipment_id for each in one.standing}, half.standing)])
    assert [each.cohort for each in kept] == [ALL]
