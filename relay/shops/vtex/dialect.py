"""How VTEX is told what is true, and how what it shows is compared with it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final

from relay.model import Kind, Status, from_text
from relay.shops import Package, ShopOrder, Shown, Truth, Written
from relay.shops.vtex.my_orders import PICKED_UP, SHIPPED, order_bar
from relay.shops.vtex.tracking import Difference, delivery_fault, differences, events_of, not_yet_shown, written_of

#: Clocks differ.
SKEW: Final = timedelta(minutes=5)
#: The reason, of :mod:`relay.shops.drift`, for each way to differ. Lines of others beside ours are no fault.
REASONS: Final = {
    Difference.NOT_FINISHED: "not_finished",
    Difference.FINISHED_BY_OTHERS: "finished_in_shop",
    Difference.MISSING_EVENTS: "missing_events",
    Difference.OTHER_DATE: "read_back_differs",
    Difference.DOUBLED_EVENTS: "doubled_events",
}


@dataclass(frozen=True, slots=True)
class VtexDialect:
    zone: tzinfo  #: the shop's

    def written(self, truth: Truth) -> Written:
        """VTEX knows one end: what came back is a line of the history and no delivery."""
        events = events_of(truth.events, self.zone, lambda event: event.description)
        at = truth.delivered_at or max((event.occurred_at for event in truth.events), default=None)
        return written_of(events, at if truth.status is Status.DELIVERED else None, self.zone)

    def missing(self, written: Written, shown: Shown) -> Written:
        return not_yet_shown(written, shown)

    def differences(self, written: Written, shown: Shown) -> Sequence[str]:
        return [REASONS[found] for found in differences(written, shown) if found in REASONS]

    def date_fault(self, truth: Truth, order: ShopOrder, package: Package, now: datetime) -> str | None:
        """Marketplaces want invoice, dispatch ≤ delivery ≤ now; VTEX's own orders only that it is not to come."""
        if truth.status is not Status.DELIVERED or truth.delivered_at is None:
            return None
        left = [from_text(text) for text in (package.issued_at, package.dispatched_at) if text]
        left_at = max(left, default=None) if order.is_of_marketplace else None
        return delivery_fault(truth.delivered_at, left_at, now + SKEW)

    def page_words(self, order: ShopOrder, now: datetime) -> str | None:
        bar = order_bar(order, now.astimezone(self.zone).date())
        return bar.words if bar else None

    def page_fault(self, order: ShopOrder, now: datetime) -> str | None:
        """Where every package is finished and *My Orders* still shows an earlier step: an item is in no package."""
        sales = [package for package in order.packages if package.kind is Kind.OUTBOUND]
        shown = self.page_words(order, now)
        if shown in {None, SHIPPED, PICKED_UP} or not all(package.shown.is_finished for package in sales):
            return None
        return f"the customer's page shows “{shown}”"
