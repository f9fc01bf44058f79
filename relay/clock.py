"""The only place that asks the machine for the time."""

from datetime import UTC, datetime


def now() -> datetime:
    return datetime.now(UTC)
