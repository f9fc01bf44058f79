"""The orders of an account, and what happens to them: what a shop's people, its ERP and our calls do."""

import threading
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from itertools import count

from relay.sandbox.vtex.faults import Quirks
from relay.sandbox.vtex.listing import Index
from relay.sandbox.vtex.moments import order_text, read_moment
from relay.sandbox.vtex.notices import Change, Listener
from relay.sandbox.vtex.purchase import PLAIN, Invoice, Names, Origin, Purchase
from relay.sandbox.vtex.shapes import Json, copy_of, is_wholly_invoiced, order_json, package_json
from relay.sandbox.vtex.templates import Mail, Template, templates_due
from relay.sandbox.vtex.tracking import connector_fault, read_write, shown_after

FIRST_SEQUENCE = 502556


class NoSuchOrder(LookupError): ...


class NoSuchInvoice(LookupError): ...


class NoTrackingNumber(Exception): ...


@dataclass(slots=True)
class Store:
    """Every function may be called from any thread; orders are named by their id."""

    account: str
    now: Callable[[], datetime]
    quirks: Quirks
    listeners: Sequence[Listener] = ()
    orders: dict[str, Json] = field(default_factory=dict)
    purchases: dict[str, Purchase] = field(default_factory=dict)
    index: Index = field(default_factory=Index)
    mails: list[Mail] = field(default_factory=list)  #: VTEX's own to customers
    repeats: int = 0  #: tracking calls that said what the one before had said
    connector_faults: list[tuple[str, str]] = field(default_factory=list)  #: order and why its marketplace was not told
    lock: threading.RLock = field(default_factory=threading.RLock)
    _shown_instead: dict[str, Json] = field(default_factory=dict)
    _twins: dict[str, str] = field(default_factory=dict)
    _last_writes: dict[tuple[str, str], object] = field(default_factory=dict)
    _sequences: "count[int]" = field(default_factory=lambda: count(FIRST_SEQUENCE))
    _receipts: "count[int]" = field(default_factory=lambda: count(1))

    # -- reading -------------------------------------------------------------------------------------------------------

    def order(self, order_id: str) -> Json:
        """The order itself, also found as ``seq502556``. Raises NoSuchOrder."""
        with self.lock:
            if order_id in self.orders:
                return self.orders[order_id]
            for order in self.orders.values():
                if f"seq{order['sequence']}" == order_id:
                    return order
        raise NoSuchOrder(order_id)

    def shown(self, order_id: str) -> Json:
        """The order as a call reads it. Raises NoSuchOrder."""
        with self.lock:
            order = self.order(order_id)
            return order | self._shown_instead.get(order["orderId"], {})

    def package(self, order_id: str, number: str) -> Json:
        """Found by its invoice number byte for byte. Raises NoSuchInvoice, or NoSuchOrder."""
        for package in self.order(order_id)["packageAttachment"]["packages"]:
            if package["invoiceNumber"] == number:
                return package  # type: ignore[no-any-return]  # JSON
        raise NoSuchInvoice(number)

    def copy_of(self, order_id: str) -> str | None:
        """The other order of the same purchase: the seller's for a marketplace's, and the other way round."""
        return self._twins.get(order_id)

    # -- what people and their ERP do ----------------------------------------------------------------------------------

    def place(self, purchase: Purchase = PLAIN) -> str:
        """The order's id. It is paid for and waits for the warehouse."""
        with self.lock:
            names = self._names(purchase.group)
            self._keep(order_json(purchase, names, self.account, self.now()), purchase)
            if purchase.has_copy:
                copy = copy_of(self.orders[names.order_id])
                self._twins |= {names.order_id: copy["orderId"], copy["orderId"]: names.order_id}
                self._keep(copy, purchase)
            self.set_status(names.order_id, "ready-for-handling")
            return names.order_id

    def set_status(self, order_id: str, status: str) -> None:
        """Of both orders, where a purchase has two; every change of a status is told."""
        with self.lock:
            for one in self._both(order_id):
                stays = self.quirks.marketplace_copy_stays and one["orderId"] in self._twins
                if stays and status == "invoiced" and one["origin"] != Origin.FULFILLMENT:
                    continue
                if status == "invoiced":
                    self._become_invoiced(one)
                self._touch(one, status)

    def invoice(self, order_id: str, invoice: Invoice) -> Json:
        """The package; the order is ``invoiced`` once its whole value is. The same number again changes nothing."""
        with self.lock:
            order = self.order(order_id)
            try:
                return self.package(order_id, invoice.number)
            except NoSuchInvoice:
                package = package_json(order, invoice, "Output", self.now())
            order["packageAttachment"]["packages"].append(package)
            self._mail(order_id, package | {"trackingNumber": None, "trackingUrl": None}, package)
            if order["status"] == "invoiced":
                self._touch_both(order_id)
                return package
            self.set_status(order_id, "invoice")
            if is_wholly_invoiced(order):
                self.set_status(order_id, "invoiced")
            return package

    def add_input_invoice(self, order_id: str, invoice: Invoice) -> Json:
        """A return: the status of the order stays."""
        with self.lock:
            order = self.order(order_id)
            package = package_json(order, invoice, "Input", self.now())
            order["packageAttachment"]["packages"].append(package)
            self._touch_both(order_id)
            return package

    def set_tracking(self, order_id: str, number: str, fields: Mapping[str, str | None]) -> None:
        """Some of ``trackingNumber``, ``trackingUrl``, ``courier`` and ``dispatchedDate``; no status changes."""
        with self.lock:
            package = self.package(order_id, number)
            before = deepcopy(package)
            package.update(fields)
            self._mail(order_id, before, package)
            self._touch_both(order_id)

    def finish(self, order_id: str, number: str) -> None:
        """Somebody else says that it was delivered: a person in the Admin, or another system."""
        with self.lock:
            package = self.package(order_id, number)
            before = deepcopy(package)
            package["courierStatus"]["finished"] = True
            self._mail(order_id, before, package)
            self._touch_both(order_id)

    def cancel(self, order_id: str) -> None:
        self.set_status(order_id, "cancel")
        self.set_status(order_id, "canceled")

    def replace(self, order_id: str) -> str:
        """The customer changed the order: another takes its place, and of that VTEX mails no "invoiced"."""
        with self.lock:
            old = self.order(order_id)
            new_id = self.place(self.purchases[old["orderId"]])
            for one in self._both(new_id):
                one["changesAttachment"] = {"id": "changeAttachment", "changesData": [{"reason": "changed"}]}
            self.set_status(old["orderId"], "replaced")
            return new_id

    def show_instead(self, order_id: str, fields: Json) -> None:
        """From now on whoever reads this order sees these fields, however odd, in the place of its own."""
        with self.lock:
            order = self.order(order_id)
            self._shown_instead.setdefault(order["orderId"], {}).update(fields)
            self._touch(order, order["status"])

    # -- what our calls do ---------------------------------------------------------------------------------------------

    def write_tracking(self, order_id: str, number: str, body: object) -> Json:
        """The receipt. Raises NoSuchOrder, NoSuchInvoice, NoTrackingNumber or BadWrite."""
        with self.lock:
            package = self.package(order_id, number)
            if not package["trackingNumber"]:
                raise NoTrackingNumber(number)
            write = read_write(body)
            self.repeats += self._last_writes.get((order_id, number)) == body
            self._last_writes[order_id, number] = body
            if self.quirks.shows_writes:
                before = deepcopy(package)
                package["courierStatus"] = shown_after(package["courierStatus"], write, self.quirks.events_mode)
                self._mail(order_id, before, package)
                self._pass_on(order_id, package)
                self._touch_both(order_id)
            return self.receipt(order_id)

    def receipt(self, order_id: str) -> Json:
        digest = sha256(f"{order_id}/{next(self._receipts)}".encode()).hexdigest()
        return {"date": order_text(self.now()), "orderId": order_id, "receipt": digest[:32]}

    # ------------------------------------------------------------------------------------------------------------------

    def _names(self, group: str | None) -> Names:
        """Orders of one purchase share group and sequence."""
        siblings = [one for one in self.orders.values() if group and one["orderGroup"] == group]
        if group and siblings:
            own = sum(one["orderId"].startswith(group) for one in siblings)
            return Names(f"{group}-{own + 1:02}", group, siblings[0]["sequence"])
        sequence = str(next(self._sequences))
        group = group or f"v{sequence}abc"
        return Names(f"{group}-01", group, sequence)

    def _keep(self, order: Json, purchase: Purchase) -> None:
        self.orders[order["orderId"]] = order
        self.purchases[order["orderId"]] = purchase

    def _both(self, order_id: str) -> list[Json]:
        order = self.order(order_id)
        twin = self._twins.get(order["orderId"])
        return [order, self.orders[twin]] if twin else [order]

    def _touch_both(self, order_id: str) -> None:
        for one in self._both(order_id):
            self._touch(one, one["status"])

    def _touch(self, order: Json, status: str) -> None:
        now, before = self.now(), read_moment(order["lastChange"])
        change = Change(order["orderId"], order["origin"], status, order["status"], before, now)
        order["status"], order["lastChange"] = status, order_text(now)
        self.index.note(order, now)
        self._tell(change)

    def _tell(self, change: Change) -> None:
        if self.quirks.lost_notices > 0:
            self.quirks.lost_notices -= 1
            return
        for listener in self.listeners:
            listener.hear(change)

    def _become_invoiced(self, order: Json) -> None:
        order["invoicedDate"] = order_text(self.now())
        if order["changesAttachment"] is None:
            self._send(Template.INVOICED, order, None)

    def _mail(self, order_id: str, before: Json, after: Json) -> None:
        for template in templates_due(before, after):
            for one in self._both(order_id):
                self._send(template, one, after["invoiceNumber"])

    def _send(self, template: Template, order: Json, invoice: str | None) -> None:
        """A seller mails nobody: the marketplace does."""
        if order["origin"] != Origin.FULFILLMENT:
            self.mails.append(Mail(template, order["orderId"], invoice, self.now()))

    def _pass_on(self, order_id: str, package: Json) -> None:
        """To the external marketplace whose order it is."""
        for one in self._both(order_id):
            why = connector_fault(package, self.now()) if one["affiliateId"] else ""
            if why:
                self.connector_faults.append((one["orderId"], why))
