"""What a card says first: always one thing, the weightiest that is so."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.desk.facets import Asked, Asking, Correction, GivenUp, ParcelCard
from relay.desk.headline import OF_STATUS, STUCK_AFTER, WEIGHT, Headline, Matter, headline_of, is_stuck, weightiest
from relay.model import EventView, Held, Kind, Status
from tests.conftest import NOON

ZONE = "America/Sao_Paulo"
TODAY = NOON.date()
MOMENTS = st.integers(-43200, 43200).map(lambda minutes: NOON + timedelta(minutes=minutes))
DAYS = st.dates(date(2026, 2, 1), date(2026, 4, 1))
EVENTS = st.builds(
    EventView,
    occurred_at=MOMENTS,
    local_time=st.none(),
    zone_assumed=st.booleans(),
    status=st.sampled_from(Status),
    code=st.just("x"),
    description=st.text(max_size=5),
    place=st.text(max_size=5),
    source=st.just("ups"),
    via=st.just("push"),
)
CORRECTIONS = st.builds(
    Correction,
    status=st.sampled_from(Status),
    reason=st.just("seen by the neighbour"),
    by=st.just("ana"),
    at=MOMENTS,
    until=st.none() | MOMENTS,
    until_word=st.sampled_from(["moment", "carrier", "lifted"]),
    tells=st.booleans(),
    writes_shop=st.booleans(),
    effects_at=MOMENTS,
    is_contradicted=st.booleans(),
)
PARCELS = st.builds(
    ParcelCard,
    shipment_id=st.just("s1"),
    package=st.just("F1"),
    kind=st.sampled_from(Kind),
    revision=st.integers(0, 9),
    carrier=st.sampled_from([None, "ups"]),
    carrier_label=st.just("UPS"),
    tracking_number=st.sampled_from([None, "1Z9"]),
    status=st.sampled_from(Status),
    carrier_status=st.sampled_from(Status),
    asking=st.builds(Asking, asked=st.sampled_from(Asked)),
    heard_at=st.none() | MOMENTS,
    changed_at=st.none() | MOMENTS,
    moved_at=st.none() | MOMENTS,
    expected=st.none() | DAYS,
    events=st.lists(EVENTS, max_size=3).map(tuple),
    override=st.none() | CORRECTIONS,
    held=st.none() | st.builds(Held, st.just(Status.DELIVERED), st.just("first scan"), MOMENTS),
    given_up=st.none() | st.sampled_from(GivenUp),
)
PROMISES = st.none() | DAYS


def parcel(status: Status, **more: object) -> ParcelCard:
    """One that moves as it should: heard an hour ago, its carrier answers."""
    moved_at = NOON - timedelta(hours=1)
    usual = ParcelCard(
        "s1", "F1", Kind.OUTBOUND, 1, "ups", "UPS", "1Z9", status, status, Asking(Asked.ANSWERED, "UPS"),
        heard_at=moved_at, moved_at=moved_at,
    )  # fmt: skip
    return replace(usual, **more)  # type: ignore[arg-type]  # the dataclass's own fields


def matter_of(one: ParcelCard, promised: date | None = None) -> Matter:
    return headline_of(one, promised, ZONE, NOON).matter


# -- laws --------------------------------------------------------------------------------------------------------------


@given(PARCELS, PROMISES, MOMENTS)
def test_every_parcel_has_one_headline_and_always_the_same(
    one: ParcelCard, promised: date | None, now: datetime
) -> None:
    assert headline_of(one, promised, ZONE, now) == headline_of(one, promised, ZONE, now)


@given(PARCELS, PROMISES, MOMENTS)
def test_a_held_delivery_outweighs_everything_and_a_persons_word_the_rest(
    one: ParcelCard, promised: date | None, now: datetime
) -> None:
    matter = headline_of(one, promised, ZONE, now).matter
    assert (matter is Matter.HELD) == (one.held is not None)
    by_hand = {Matter.CONTRADICTED, Matter.OVERRIDDEN}
    assert (matter in by_hand) == (one.held is None and one.override is not None)


@given(PARCELS, PROMISES, MOMENTS)
def test_what_is_added_to_what_is_so_never_makes_it_lighter(
    one: ParcelCard, promised: date | None, now: datetime
) -> None:
    bare = replace(one, held=None, override=None, given_up=None)
    for more in (one, replace(bare, given_up=GivenUp.QUIET)):
        heavier, lighter = (headline_of(each, promised, ZONE, now).matter for each in (more, bare))
        assert WEIGHT[heavier] <= WEIGHT[lighter]


@given(PARCELS, PROMISES, MOMENTS)
def test_what_has_ended_is_neither_stuck_nor_late_nor_given_up(
    one: ParcelCard, promised: date | None, now: datetime
) -> None:
    ended = replace(one, held=None, override=None, status=Status.DELIVERED)
    assert headline_of(ended, promised, ZONE, now).matter is Matter.DELIVERED


@given(PARCELS, MOMENTS)
def test_a_return_is_late_for_nobody(one: ParcelCard, now: datetime) -> None:
    back = replace(one, kind=Kind.RETURN, expected=None)
    assert headline_of(back, now.date() - timedelta(days=9), ZONE, now).matter is not Matter.LATE


@given(st.lists(st.sampled_from(Matter), min_size=1))
def test_an_order_is_called_by_its_weightiest_parcel(matters: list[Matter]) -> None:
    found = weightiest([Headline(matter) for matter in matters])
    assert found is not None
    assert found.matter == min(matters, key=lambda matter: WEIGHT[matter])


def test_an_order_without_parcels_has_no_weightiest() -> None:
    assert weightiest([]) is None


def test_the_weights_are_those_that_were_agreed_on() -> None:
    agreed = [
        *(Matter.HELD, Matter.CONTRADICTED, Matter.OVERRIDDEN, Matter.RETURNED, Matter.RETURNING, Matter.EXCEPTION),
        *(Matter.ATTEMPTED, Matter.GIVEN_UP, Matter.STUCK, Matter.LATE, Matter.PICKUP, Matter.UNREACHABLE),
        *(Matter.NOBODY, Matter.NOT_SHIPPED, Matter.OUT_FOR_DELIVERY, Matter.ON_ITS_WAY),
        *(Matter.CANCELLED, Matter.DELIVERED),
    ]
    assert all(WEIGHT[one] < WEIGHT[other] for one, other in pairwise(agreed))
    assert set(agreed) == set(Matter)


# -- cases -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", Status)
def test_a_status_alone_says_what_it_is(status: Status) -> None:
    assert matter_of(parcel(status)) is OF_STATUS[status]


@pytest.mark.parametrize("status", STUCK_AFTER)
def test_a_moving_parcel_is_stuck_from_the_moment_that_is_written_down(status: Status) -> None:
    limit = STUCK_AFTER[status]
    assert is_stuck(parcel(status, moved_at=NOON - limit), NOON)
    assert not is_stuck(parcel(status, moved_at=NOON - limit + timedelta(seconds=1)), NOON)
    assert not is_stuck(parcel(status, moved_at=None), NOON)


@pytest.mark.parametrize("status", [Status.PENDING, Status.ATTEMPTED, Status.AVAILABLE_FOR_PICKUP, Status.DELIVERED])
def test_what_waits_for_a_person_is_not_stuck(status: Status) -> None:
    assert not is_stuck(parcel(status, moved_at=NOON - timedelta(days=30)), NOON)


def test_a_parcel_is_late_from_the_day_after_the_promised_one_by_the_shops_calendar() -> None:
    """At one in the morning, UTC, it is still the day before in São Paulo."""
    night = datetime(2026, 3, 3, 1, tzinfo=UTC)
    one = parcel(Status.IN_TRANSIT, moved_at=night)
    assert headline_of(one, date(2026, 3, 2), ZONE, night).matter is Matter.ON_ITS_WAY
    assert headline_of(one, date(2026, 3, 2), ZONE, night + timedelta(hours=3)).matter is Matter.LATE


def test_where_nothing_was_promised_the_carriers_own_day_counts() -> None:
    yesterday = TODAY - timedelta(days=1)
    assert matter_of(parcel(Status.IN_TRANSIT, expected=yesterday)) is Matter.LATE
    assert matter_of(parcel(Status.IN_TRANSIT, expected=yesterday), TODAY) is Matter.ON_ITS_WAY


def test_what_waits_at_a_pickup_point_is_not_late() -> None:
    one = parcel(Status.AVAILABLE_FOR_PICKUP, given_up=GivenUp.PROMISE)
    assert matter_of(one, TODAY - timedelta(days=9)) is Matter.PICKUP


def test_a_carrier_that_cannot_be_asked_is_said_while_a_parcel_moves() -> None:
    assert matter_of(parcel(Status.IN_TRANSIT, asking=Asking(Asked.FAILING))) is Matter.UNREACHABLE
    assert matter_of(parcel(Status.DELIVERED, asking=Asking(Asked.FAILING))) is Matter.DELIVERED


def test_nobody_to_ask_is_said_of_a_parcel_that_was_never_heard_of() -> None:
    asking = Asking(Asked.NOBODY)
    assert matter_of(parcel(Status.PENDING, asking=asking, heard_at=None)) is Matter.NOBODY
    assert matter_of(parcel(Status.IN_TRANSIT, asking=asking)) is Matter.ON_ITS_WAY
    assert matter_of(parcel(Status.PENDING, asking=asking, heard_at=None, tracking_number=None)) is Matter.NOT_SHIPPED


def test_of_a_delivered_order_and_its_return_that_arrived_the_return_is_the_later_story() -> None:
    sale, back = Headline(Matter.DELIVERED, shipment_id="sale"), Headline(Matter.DELIVERED, shipment_id="return")
    assert weightiest([sale, back]) == back
