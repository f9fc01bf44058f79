"""Where slots lie in the week, by a wall clock that is put forward and back."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from relay.silence.calendar import A_DAY, A_WEEK, AN_HOUR, Calendar, Grid, hour_of, moment_of, slot_of

ZONES = ("America/Sao_Paulo", "America/New_York", "Asia/Kolkata", "Europe/Lisbon", "UTC")


@given(st.sampled_from(ZONES), st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1)), st.integers(0, 167))  # noqa: DTZ001 - made UTC below
def test_every_slot_is_where_the_wall_clock_puts_it(zone: str, moment: datetime, hours: int) -> None:
    first = hour_of(moment.replace(tzinfo=UTC))
    grid = Grid.of(Calendar(ZoneInfo(zone)), first, 168)
    for slot in range(grid.first + hours * AN_HOUR, grid.first + (hours + 1) * AN_HOUR):
        local = moment_of(slot).astimezone(ZoneInfo(zone))
        place = local.weekday() * A_DAY + (local.hour * 60 + local.minute) // 5
        assert (grid.places[slot - grid.first], grid.days[slot - grid.first]) == (place, local.toordinal())


def test_a_day_in_spring_is_an_hour_short_and_one_in_autumn_an_hour_long() -> None:
    for day, hours in ((datetime(2026, 3, 8, 5, tzinfo=UTC), 23), (datetime(2026, 11, 1, 4, tzinfo=UTC), 25)):
        grid = Grid.of(Calendar(ZoneInfo("America/New_York")), hour_of(day), 26)
        assert grid.days.count(day.toordinal()) == hours * AN_HOUR


def test_a_holiday_is_one_by_its_local_day() -> None:
    calendar = Calendar(ZoneInfo("America/Sao_Paulo"), lambda day: day.isoformat() == "2026-04-21")
    begin = datetime(2026, 4, 21, 3, tzinfo=UTC)
    grid = Grid.of(calendar, hour_of(begin) - 1, 26)
    assert grid.holidays == [False] * AN_HOUR + [True] * A_DAY + [False] * AN_HOUR


def test_slots_and_moments_are_each_other_s() -> None:
    assert moment_of(slot_of(datetime(2026, 4, 21, 3, 7, tzinfo=UTC))) == datetime(2026, 4, 21, 3, 5, tzinfo=UTC)
    assert timedelta(minutes=5) * A_WEEK == timedelta(weeks=1)
