"""VTEX is asked less often than it allows, and not at all while it says that it was too often."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.errors import ShopFault
from relay.sandbox.vtex import FOREVER, PretendVtex
from relay.shops.vtex import Vtex
from relay.shops.vtex.answers import retry_after_s
from relay.shops.vtex.pace import Pace, Rest
from tests.conftest import NOON
from tests.shops.conftest import Hand


def test_after_a_429_nothing_is_asked_until_the_time_is_over(far: PretendVtex, shop: Vtex, hand: Hand) -> None:
    order_id = far.store.place()
    far.faults.throttle(retry_after_s=7)
    told = []
    for _ in range(3):
        with pytest.raises(ShopFault) as caught:
            shop.order(order_id)
        told.append((caught.value.kind, caught.value.retry_after_s))
        hand.step(seconds=2.5)
    assert told == [("throttled", 7), ("throttled", 5), ("throttled", 3)]
    assert len(far.calls.made) == 1
    hand.step(seconds=1)
    assert shop.order(order_id).order_id == order_id


def test_without_a_time_it_is_a_minute_and_longer_each_time(far: PretendVtex, shop: Vtex, hand: Hand) -> None:
    order_id = far.store.place()
    far.faults.throttle(FOREVER)
    rests = []
    for _ in range(9):
        with pytest.raises(ShopFault) as caught:
            shop.order(order_id)
        rests.append(caught.value.retry_after_s or 0)
        hand.step(seconds=rests[-1])
    assert rests == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    far.faults.clear()
    assert shop.order(order_id).order_id == order_id
    far.faults.throttle()
    with pytest.raises(ShopFault) as caught:
        shop.order(order_id)
    assert caught.value.retry_after_s == 60


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        (" 5 ", 5),
        ("0", 0),
        ("999999999", 86400),
        ("Mon, 02 Mar 2026 12:01:00 GMT", 61),
        ("Mon, 02 Mar 2026 11:00:00 GMT", 0),
        ("Mon, 02 Mar 2026 12:01:00 -0000", 61),
        ("soon", None),
        ("-5", None),
        ("", None),
        ("1e3", None),
    ],
)
def test_a_wish_to_wait_is_seconds_or_a_moment(text: str, seconds: int | None) -> None:
    assert retry_after_s(text, NOON) == seconds


@given(st.lists(st.floats(0, 200), min_size=1, max_size=300))
def test_no_minute_ever_sees_more_calls_than_the_quota(wanted: list[float]) -> None:
    pace, at = Pace(per_second=40, burst=10), sorted(wanted)
    left = [pace.take(one) for one in at]
    assert all(later - earlier >= -1e-9 for earlier, later in pairwise(left))
    assert all(leaves >= wants for leaves, wants in zip(left, at, strict=True))
    for first, eleventh in zip(left, left[10:], strict=False):
        assert eleventh - first >= 1 / 40 - 1e-9


def test_a_burst_leaves_at_once_and_the_rest_evenly() -> None:
    pace = Pace(per_second=40, burst=10)
    left = [pace.take(1000.0) for _ in range(50)]
    assert left[:10] == [1000.0] * 10
    assert left[49] == pytest.approx(1001.0)


def test_refusals_of_calls_that_left_together_are_one() -> None:
    rest = Rest()
    assert [rest.refused(None, NOON).retry_after_s for _ in range(10)] == [60] * 10
    assert rest.refused(None, NOON + timedelta(minutes=1)).retry_after_s == 120
