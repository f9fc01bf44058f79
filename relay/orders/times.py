"""When an order is read again. Pure."""

from datetime import datetime, timedelta

from relay.intake.cancelled import CALLED_OFF
from relay.model import Kind, optional_moment
from relay.shops import Package, ShopOrder

#: A number that is added to a package is no change of which a shop tells, so it is looked for; the last wait repeats.
REREADS = (timedelta(minutes=15), timedelta(minutes=45), timedelta(hours=6))
#: No longer than this after the invoice.
LOOKED_FOR = timedelta(days=60)
#: Waits after a failure of the shop at one order; the last repeats until it has been tried for two weeks.
RETRIES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360))
TRIES = 60
#: Waits of an account that is refused or does not answer, by how long it has been so; the last repeats.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 15))


def next_reread(order: ShopOrder, rereads: int, now: datetime) -> datetime | None:
    """None: no package of it waits for its number, or only since too long."""
    if order.status in CALLED_OFF or not any(_waits(package, order, now) for package in order.packages):
        return None
    return now + REREADS[min(rereads, len(REREADS) - 1)]


def _waits(package: Package, order: ShopOrder, now: datetime) -> bool:
    if package.kind is Kind.RETURN or package.tracking_number or package.is_pickup or package.shown.is_finished:
        return False
    return now - (optional_moment(package.issued_at or order.ordered_at) or now) < LOOKED_FOR


def retry_at(failures: int, now: datetime) -> datetime | None:
    """None: it is given up until somebody tells of it again."""
    return now + RETRIES[min(failures, len(RETRIES)) - 1] if failures <= TRIES else None


def pause(passed: timedelta) -> timedelta:
    """How long an account waits that has been failing for so long."""
    tried_at = timedelta(0)
    for wait in PAUSES:
        if passed <= tried_at:
            return wait
        tried_at += wait
    return PAUSES[-1]
