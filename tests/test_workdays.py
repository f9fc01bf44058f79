"""Working days are those of the country that the shop's time zone lies in."""

from datetime import date, timedelta

import pytest

from relay.workdays import country_of, is_working_day

SAO_PAULO = "America/Sao_Paulo"


@pytest.mark.parametrize(
    ("day", "zone", "is_one"),
    [
        (date(2026, 4, 20), SAO_PAULO, True),
        (date(2026, 4, 21), SAO_PAULO, False),  # Tiradentes
        (date(2026, 4, 21), "Europe/Lisbon", True),
        (date(2026, 6, 10), "Europe/Lisbon", False),  # the day of Portugal
        (date(2026, 12, 25), "America/Argentina/Buenos_Aires", False),
        (date(2026, 3, 1), SAO_PAULO, False),  # a Sunday
        (date(2026, 3, 1), "Asia/Jerusalem", True),
    ],
)
def test_a_holiday_and_the_weekend_of_the_shops_country_are_no_working_days(day: date, zone: str, is_one: bool) -> None:
    assert is_working_day(day, zone) is is_one


@pytest.mark.parametrize("zone", ["UTC", "Etc/GMT+3", "Antarctica/Troll", "Europe/Nowhere", ""])
def test_where_the_zone_names_no_country_only_the_weekend_is_free(zone: str) -> None:
    assert country_of(zone) is None
    week = [date(2026, 12, 21) + timedelta(days=days) for days in range(7)]
    assert [is_working_day(day, zone) for day in week] == [True] * 5 + [False] * 2


@pytest.mark.parametrize(("zone", "country"), [("Brazil/East", "BR"), ("Asia/Calcutta", "IN"), (SAO_PAULO, "BR")])
def test_an_older_name_of_a_zone_is_as_good_as_its_present_one(zone: str, country: str) -> None:
    assert country_of(zone) == country


def test_each_year_has_its_own_easter() -> None:
    assert not is_working_day(date(2026, 4, 3), SAO_PAULO)
    assert not is_working_day(date(2027, 3, 26), SAO_PAULO)
    assert is_working_day(date(2027, 4, 2), SAO_PAULO)
