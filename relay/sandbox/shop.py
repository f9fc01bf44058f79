"""A pretend shop: people order at a pretend VTEX, and its warehouse packs and invoices what they ordered."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from relay.errors import NotFound
from relay.sandbox.faults import VtexFault
from relay.sandbox.journeys import Journey
from relay.sandbox.vtex import FOREVER, EventsMode, Invoice, Line, Mask, PretendVtex, Purchase, Route

LANGUAGES = {"pt-BR": "Português", "es": "Español", "en": "English"}
COURIER = "UPS"
FIRST_INVOICE = 24382
PROMISED_WITHIN = timedelta(days=3)
TRY_AGAIN_S = 600
#: What waits in its feed is fetched within this.
FETCHED_WITHIN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Ordered:
    order_id: str  #: as the shop's API names it
    number: str  #: as people name it
    invoice: str
    name: str
    locale: str
    journey: Journey
    tracking_number: str


@dataclass(slots=True)
class PretendShop:
    now: Callable[[], datetime]
    vtex: PretendVtex
    fault: VtexFault = VtexFault.NONE
    orders: list[Ordered] = field(default_factory=list)  #: the newest last
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def numbers(self) -> Mapping[str, str]:
        """As people name orders, by their ids."""
        return {ordered.order_id: ordered.number for ordered in self.orders}

    def place(self, name: str, locale: str, journey: Journey) -> Ordered:
        """Take an order, pack it and write its invoice, with the number under which the carrier will have it."""
        with self._lock:
            index, store = len(self.orders), self.vtex.store
            order_id = store.place(self._purchase(f"customer-{index + 1}@example.com", name, locale))
            number = str(store.order(order_id)["sequence"])
            ordered = Ordered(
                order_id=order_id,
                number=number,
                invoice=f"{FIRST_INVOICE + index}{'/1' if self.fault is VtexFault.SLASH else ''}",
                name=name,
                locale=locale,
                journey=journey,
                tracking_number=f"1Z999AA1{number:0>10}",
            )
            store.invoice(order_id, Invoice(ordered.invoice, courier=COURIER, tracking_number=ordered.tracking_number))
            self.orders.append(ordered)
        return ordered

    def _purchase(self, email: str, name: str, locale: str) -> Purchase:
        line = Line(promised_at=self.now() + PROMISED_WITHIN)
        return Purchase(
            email=email,
            first_name=name,
            last_name="",
            locale=locale,
            mask=Mask.NONE,
            lines=(line,),
            courier_name=COURIER,
        )

    def mark_delivered(self, number: str) -> Ordered:
        """As a person may in the Admin, whatever the carrier says. Raises NotFound."""
        for ordered in self.orders:
            if ordered.number == number:
                self.vtex.store.finish(ordered.order_id, ordered.invoice)
                return ordered
        raise NotFound(f"the shop has no order {number[:20]!r}")

    # -- what it tells -------------------------------------------------------------------------------------------------

    def tell_due(self) -> None:
        """Call Wismo about what changed; the feed is there to be called."""
        if self.fault is not VtexFault.HOOK_LOST:
            self.vtex.hook.deliver_due()

    def next_told_at(self) -> datetime | None:
        """When Wismo hears next of an order."""
        calls_at = None if self.fault is VtexFault.HOOK_LOST else self.vtex.hook.next_due_at()
        now = self.now()
        fetched_at = (since + FETCHED_WITHIN for since in self.vtex.feed.waiting_since())
        return min((at for at in (calls_at, *fetched_at) if at and at > now), default=None)

    def fail(self, fault: VtexFault) -> None:
        """From now on, in this way alone. An account that once added lines goes on to, as one in life would."""
        faults, quirks = self.vtex.faults, self.vtex.quirks
        faults.clear()
        quirks.shows_writes = fault is not VtexFault.SHOWS_NOTHING
        match fault:
            case VtexFault.REFUSES:
                faults.rejects_key = True
            case VtexFault.FORBIDS:
                faults.missing_roles |= {Route.LINK, Route.TRACKING}
            case VtexFault.THROTTLES:
                faults.throttle(FOREVER, retry_after_s=TRY_AGAIN_S)
            case VtexFault.DOWN:
                faults.fail(FOREVER, status=503)
            case VtexFault.ADDS:
                quirks.events_mode = EventsMode.APPEND
            case _:
                pass
        self.fault = fault
