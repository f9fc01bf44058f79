"""The ``shop`` channel: what is true of a package is written to its shop, and read back.

A shop accepts things that it does not show, so the receipt is not its answer but what is read after it. What differs
then is a drift with a reason of :mod:`relay.shops.drift`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil

from relay.errors import SendFailed, ShopFault
from relay.model import Kind, Receipt
from relay.settings import VtexWrite
from relay.shops import Dialect, Link, Package, Shop, ShopOrder, ShopView, Shown, Truth, Written
from relay.shops.drift import ADDS, ODD_INVOICE
from relay.shops.shown import to_json

#: A shop that shows nothing new right after a writing is looked at again so often, before that is called a drift.
PATIENCE = 3
#: What is refused for the order or its invoice alone, and for good.
FOR_GOOD = {
    "not_found": "order_not_found",
    "no_invoice": "invoice_not_found",
    "bad_invoice": ODD_INVOICE,
    "refused": "refused",
}


@dataclass(frozen=True, slots=True)
class ShopChannel:
    api: Shop
    dialect: Dialect
    writes: VtexWrite
    now: Callable[[], datetime]
    name: str = "shop"

    def send(self, view: ShopView) -> Receipt:
        try:
            return self._brought(view)
        except ShopFault as fault:
            reason = FOR_GOOD.get(fault.kind)
            if reason:
                return Receipt(str(fault), drift=reason)
            raise _failed(fault) from fault

    def preview(self, view: ShopView) -> str:
        written = self.dialect.written(view.truth)
        state = f"delivered {written.delivered_at}" if written.is_delivered else view.truth.status.value
        return f"{state}, {_lines(len(written.events))}, to invoice {view.invoice}"

    # -- one writing ---------------------------------------------------------------------------------------------------

    def _brought(self, view: ShopView) -> Receipt:
        wanted = self.dialect.written(view.truth)
        order = self.api.order(view.order_id)
        package = _package(order, view.invoice)
        reason, why = self._refusal(view, order, package, wanted)
        if reason:
            return Receipt(why, drift=reason, shown=to_json(package.shown))
        self._link(view, package)
        if not self._differences(view, wanted, package.shown):
            return self._noted(view, Receipt(f"already shown: {_told(package.shown)}", shown=to_json(package.shown)))
        if not _has_number(package) and not (view.number and self._fills(package)):
            return Receipt("the shop's invoice has no tracking number", drift="no_number", shown=to_json(package.shown))
        told = self.dialect.missing(wanted, package.shown) if view.is_delta else wanted
        number = self.api.write_tracking(view.order_id, view.invoice, told)
        return self._read_back(view, wanted, package.shown, number)

    def _read_back(self, view: ShopView, wanted: Written, before: Shown, number: str) -> Receipt:
        order = self.api.order(view.order_id)
        shown = _package(order, view.invoice).shown
        if shown == before and view.tries <= PATIENCE:
            raise SendFailed(f"the shop took it ({number}) and does not show it yet")
        found = self._differences(view, wanted, shown)
        if found:
            drift = ADDS if ADDS in found else found[0]
            return Receipt(f"receipt {number}; reads {_told(shown)}", drift=drift, shown=to_json(shown))
        unseen = self.dialect.page_fault(order, self.now()) if wanted.is_delivered else None
        if unseen:
            return self._noted(view, Receipt(unseen, drift="my_orders_differs", shown=to_json(shown)))
        return self._noted(view, Receipt(f"receipt {number}; reads {_told(shown)}", shown=to_json(shown)))

    def _noted(self, view: ShopView, receipt: Receipt) -> Receipt:
        """With the note for the shop's people, whose refusal takes nothing from what was written."""
        if not view.note:
            return receipt
        try:
            self.api.add_note(view.order_id, view.note)
        except ShopFault as fault:
            return replace(receipt, text=f"{receipt.text}; without the note: {fault.what}")
        return replace(receipt, note=view.note)

    def _differences(self, view: ShopView, wanted: Written, shown: Shown) -> Sequence[str]:
        """What is there twice cannot be taken back from a shop that only adds, and is known."""
        return [reason for reason in self.dialect.differences(wanted, shown) if not (view.is_delta and reason == ADDS)]

    def _refusal(self, view: ShopView, order: ShopOrder, package: Package, wanted: Written) -> tuple[str, str]:
        """What must not be written at all: the reason, and the facts of it; or "" twice.

        Raises SendFailed for a delivery that is to come, by a clock of the carrier's that is ahead: it will have been.
        """
        if package.shown.is_finished and not wanted.is_delivered:
            return "finished_in_shop", f"the shop says delivered, the carrier {view.truth.status}"
        fault = self.dialect.date_fault(view.truth, order, package, self.now())
        ahead_s = _ahead_s(view.truth, self.now())
        if fault and ahead_s:
            raise SendFailed(fault, retry_after_s=ahead_s, drift="refused_date")
        return ("refused_date", fault) if fault else ("", "")

    def _fills(self, package: Package) -> bool:
        is_empty = package.is_labelled or not package.tracking_url
        return self.writes == "always" or (self.writes == "if-empty" and is_empty)

    def _link(self, view: ShopView, package: Package) -> None:
        """Lead the shop's customers to our page, where the setting wants it; what others filled in stays as read."""
        url = package.tracking_url
        if self._fills(package):
            url = view.page_url
        number = package.tracking_number or view.number
        if url == package.tracking_url or not url or not number:
            return
        link = Link(number, url, package.courier, package.dispatched_at)
        self.api.write_link(view.order_id, view.invoice, link)


def _has_number(package: Package) -> bool:
    return bool(package.tracking_number) and not package.is_labelled


def _ahead_s(truth: Truth, now: datetime) -> int:
    return max(0, ceil((truth.delivered_at - now).total_seconds())) if truth.delivered_at else 0


def _package(order: ShopOrder, invoice: str) -> Package:
    """Raises ShopFault if the order has no such invoice any more."""
    for package in order.packages:
        if package.invoice == invoice and package.kind is Kind.OUTBOUND:
            return package
    raise ShopFault("no_invoice", f"order {order.order_id} has no invoice {invoice!r} now")


def _told(shown: Shown) -> str:
    state = f"delivered {shown.delivered_at or ''}".strip() if shown.is_finished else "on its way"
    return f"{state}, {_lines(len(shown.events))}"


def _lines(count: int) -> str:
    return f"{count} line{'' if count == 1 else 's'}"


def _failed(fault: ShopFault) -> SendFailed:
    return SendFailed(
        fault.what,
        remedy=fault.remedy,
        retry_after_s=fault.retry_after_s,
        channel_down=fault.is_of_account,
        unreachable=fault.kind == "no_answer",
        drift="no_rights" if fault.kind == "forbidden" else None,
    )
