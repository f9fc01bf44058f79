"""How long a parcel stands still, in time in which it could have moved."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from relay.silence.standing import counted_back

SP, NEW_YORK = ZoneInfo("America/Sao_Paulo"), ZoneInfo("America/New_York")
DAY = timedelta(days=1)


def weekend(day: date) -> bool:
    return day.weekday() > 4


def never(_day: date) -> bool:
    return False


def at(text: str, zone: ZoneInfo = SP) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def test_a_weekend_does_not_count() -> None:
    assert counted_back(at("2026-03-03T12:00"), 3 * DAY, weekend, SP) == at("2026-02-26T12:00")
    assert counted_back(at("2026-03-08T12:00"), DAY, weekend, SP) == at("2026-03-06T00:00")


def test_a_holiday_counts_as_little_as_a_sunday() -> None:
    def rests_on(day: date) -> bool:
        return weekend(day) or day == date(2026, 4, 3)

    assert counted_back(at("2026-04-06T12:00"), DAY, rests_on, SP) == at("2026-04-02T12:00")


def test_a_night_in_which_the_clock_was_changed_is_as_long_as_it_was() -> None:
    now = at("2026-03-09T00:00", NEW_YORK)
    assert now - counted_back(now, 2 * DAY, never, NEW_YORK) == 2 * DAY


def test_who_never_works_is_not_looked_after() -> None:
    now = at("2026-03-09T00:00")
    assert counted_back(now, DAY, lambda _: True, SP) == now - timedelta(days=60)


moments = st.datetimes(datetime(2026, 1, 20), datetime(2026, 3, 20), timezones=st.just(UTC))  # noqa: DTZ001 - zoned beside it
durations = st.timedeltas(timedelta(hours=1), 5 * DAY)


@given(moments, durations, durations)
def test_more_time_goes_further_back_and_so_do_days_of_rest(now: datetime, one: timedelta, more: timedelta) -> None:
    found = counted_back(now, one, weekend, SP)
    assert found <= counted_back(now, one, never, SP) == now - one
    assert counted_back(now, one + more, weekend, SP) <= found
    assert counted_back(now, one, weekend, SP) <= counted_back(now + more, one, weekend, SP)
