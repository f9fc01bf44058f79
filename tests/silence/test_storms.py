"""When several far sides are lost at once it is ourselves; when one is, it is that one."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from relay.silence.storms import CALM, WITHIN, Side, begins, goes_on
from tests.conftest import NOON

MINUTE = timedelta(minutes=1)


def side(name: str, minutes: float = 0, kind: str = "", back: float | None = None) -> Side:
    back_at = None if back is None else NOON + back * MINUTE
    return Side(f"{name}{minutes}", kind or name, name, NOON + minutes * MINUTE, back_at)


UPS, DHL, POST = (side(name, place, "carrier") for place, name in enumerate(("UPS", "DHL", "Correios")))
MAIL, SHOP = side("mail server", 4), side("shop", 9)


def test_three_far_sides_of_several_kinds_within_ten_minutes_are_a_storm_in_whatever_order_they_come() -> None:
    for order in permutations([UPS, MAIL, SHOP]):
        assert set(begins(order)) == {UPS, MAIL, SHOP}


def test_carriers_alone_may_fail_together_for_a_reason_of_their_own() -> None:
    assert begins([UPS, DHL, POST]) == ()
    assert len(begins([UPS, DHL, POST, MAIL])) == 4


def test_two_far_sides_are_no_storm_however_often_each_is_lost() -> None:
    again = [replace(MAIL, incident_id=f"again {n}") for n in range(9)]
    assert begins([UPS, *again]) == ()


def test_what_was_lost_long_before_has_a_cause_of_its_own() -> None:
    old = side("heartbeat", -30)
    assert old not in begins([old, UPS, MAIL, SHOP])
    assert begins([old, UPS, replace(SHOP, lost_at=UPS.lost_at + WITHIN + MINUTE)]) == ()


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.integers(0, 60)), max_size=12))
def test_one_more_that_is_lost_ends_no_storm(lost: list[tuple[str, int]]) -> None:
    sides = [side(name, minutes) for name, minutes in lost]
    if begins(sides):
        assert begins([*sides, side("f", 30)])


def test_a_storm_goes_on_while_two_are_lost_and_until_nothing_moved_for_some_minutes() -> None:
    back = [side("UPS", 0, "carrier", back=50), side("shop", 0, back=60)]
    now = NOON + 60 * MINUTE
    assert goes_on([*back, side("mail server", 0), side("Slack", 0)], now + timedelta(days=9))
    assert goes_on([*back, side("mail server", 0)], now)
    assert goes_on([*back, side("mail server", 0)], now + CALM - MINUTE)
    assert not goes_on([*back, side("mail server", 0)], now + CALM)
    assert not goes_on(back, now + CALM)
    assert goes_on(back, now - MINUTE)
