"""VTEX's list of orders, by the time in which they were made or invoiced. Pure.

The list lags a few minutes behind, may be inconsistent and shows no packages: it is for a first import and a daily
sweep. It gives 30 pages of 100; of more than that a time is cut in two.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final, Literal

from relay.carriers._tree import Node
from relay.shops import Listed, Page
from relay.shops.vtex import _reading as reading

PER_PAGE, PAGES = 100, 30
MOST: Final = PER_PAGE * PAGES

Moment = Literal["creationDate", "invoicedDate"]
#: An order may be made long before it is invoiced, and a part of it may be shipped though it never is as a whole.
MOMENTS: Final[tuple[Moment, ...]] = ("creationDate", "invoicedDate")


def query(moment: Moment, since: datetime, until: datetime, page: int) -> Mapping[str, str | int]:
    """Both ends are inside."""
    between = f"{moment}:[{_utc(since)} TO {_utc(until)}]"
    return {f"f_{moment}": between, "orderBy": "creationDate,asc", "page": page, "per_page": PER_PAGE}


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"


def read_page(body: bytes) -> Page:
    """Raises ShopFault."""
    told = reading.root(body, "the list of orders")
    rows = reading.each(told, "list", _listed)
    paging = reading.child(told, "paging")
    total = reading.kept(paging, lambda: paging.integer("total"), None) or len(rows)
    pages = reading.kept(paging, lambda: paging.integer("pages"), None) or 1
    return Page(tuple(rows), total, min(pages, PAGES), tuple(told.faults))


def _listed(row: Node) -> Listed:
    return Listed(
        order_id=row.required("orderId"), status=reading.name(row, "status"), changed_at=reading.utc(row, "lastChange")
    )


def joined(pages: Iterable[Page]) -> Page:
    """One page of several queries. ``total`` is that of the largest: it says whether a time is to be cut."""
    pages = list(pages)
    orders = {order.order_id: order for page in pages for order in page.orders}
    return Page(
        tuple(orders.values()),
        max(page.total for page in pages),
        max(page.pages for page in pages),
        tuple(fault for page in pages for fault in page.faults),
    )
