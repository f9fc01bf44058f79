"""Working days, by the public holidays of the shop's country: then people read lists, and carriers move. Pure.

The country is that of the shop's time zone: ``America/Sao_Paulo`` is Brazil. A zone of no country, such as ``UTC``, has
no holidays; then all but Saturday and Sunday are working days. Only what the whole country keeps counts: in which state
or city a shop is, a time zone does not tell.
"""

from datetime import date
from functools import cache
from typing import Final

from babel.core import get_global
from holidays import HolidayBase, country_holidays, list_supported_countries

SATURDAY: Final = 5


def is_working_day(day: date, zone: str) -> bool:
    """Neither a holiday nor of the weekend, as that country has it."""
    country = country_of(zone)
    return _calendar(country, day.year).is_working_day(day) if country else day.weekday() < SATURDAY


@cache
def country_of(zone: str) -> str | None:
    """By its two letters, if its holidays are known; older names of a zone are as good as its present one."""
    known = get_global("zone_territories")
    country: str | None = known.get(zone) or known.get(get_global("zone_aliases").get(zone, ""))
    return country if country in list_supported_countries() else None


@cache
def _calendar(country: str, year: int) -> HolidayBase:
    """It does not grow with what it is asked: several threads ask it."""
    return country_holidays(country, years=year, expand=False)
