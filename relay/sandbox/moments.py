"""Moments and spans in words."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo


def clock_words(moment: datetime, timezone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(timezone)):%A %d %B %Y, %H:%M}"


def ago(passed: timedelta) -> str:
    return f"{in_words(passed)} ago" if passed >= timedelta(minutes=1) else "just now"


def in_words(span: timedelta) -> str:
    """The two largest units that say something."""
    minutes = int(span.total_seconds() // 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min"
