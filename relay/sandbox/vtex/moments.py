"""How VTEX writes time: seven fractional digits, with ``+00:00``, with ``Z``, or cut short. Pure."""

from datetime import UTC, datetime


def order_text(moment: datetime) -> str:
    """As in an order: ``2026-02-09T10:17:40.5322681+00:00``. The seventh digit is never 0, so none may be lost."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}1+00:00"


def hook_text(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}1Z"


def feed_text(moment: datetime) -> str:
    """As the feed writes it, ``…T10:17:39.25Z``: zeros at the end are left out, and the point with them."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}".rstrip("0").rstrip(".") + "Z"


def event_text(written: str) -> str:
    """As a package's history shows what was written without a zone. Raises ValueError."""
    moment = datetime.fromisoformat(written)
    in_utc = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    return in_utc.isoformat(timespec="seconds")


def read_moment(written: str) -> datetime:
    """Raises ValueError."""
    moment = datetime.fromisoformat(written)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
