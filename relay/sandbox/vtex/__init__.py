"""A pretend VTEX: a real HTTP server on this machine that knows orders, tells of them, and fails on demand.

open_vtex(now)   starts it; what it yields has
  .store         orders and what happens to them       .hook    calls us      .calls   what it was asked
  .faults        what goes wrong with calls            .feed    is called     .notes   written into orders' histories
  .quirks        how it behaves where the real one is odd or not documented

app              the gate     order_routes, people_routes, notice_routes   the calls     answers   its errors
purchase, shapes what was bought, as VTEX's JSON       tracking, templates what a write shows, and whom VTEX mails
listing          the late index                        notices             the filter    moments   its dates

Where VTEX documents nothing, this is what we assume: a hook is only sent by ``hook.deliver_due()``; dates that are
written without a zone are shown with ``+00:00``; ``finished`` is never taken back.
"""

from relay.sandbox.vtex.app import open_vtex
from relay.sandbox.vtex.calls import ORDERS_A_MINUTE, Call, Calls
from relay.sandbox.vtex.faults import FOREVER, Fault, Faults, Quirks, Route
from relay.sandbox.vtex.notices import Change
from relay.sandbox.vtex.pretend import Key, PretendVtex
from relay.sandbox.vtex.purchase import PLAIN, Channel, Invoice, Line, Mask, Origin, Purchase
from relay.sandbox.vtex.store import NoSuchInvoice, NoSuchOrder, Store
from relay.sandbox.vtex.templates import Mail, Template
from relay.sandbox.vtex.tracking import EventsMode

__all__ = [
    "FOREVER",
    "ORDERS_A_MINUTE",
    "PLAIN",
    "Call",
    "Calls",
    "Change",
    "Channel",
    "EventsMode",
    "Fault",
    "Faults",
    "Invoice",
    "Key",
    "Line",
    "Mail",
    "Mask",
    "NoSuchInvoice",
    "NoSuchOrder",
    "Origin",
    "PretendVtex",
    "Purchase",
    "Quirks",
    "Route",
    "Store",
    "Template",
    "open_vtex",
]
