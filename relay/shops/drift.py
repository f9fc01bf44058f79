"""Why a shop shows something else than what is true, from a closed list, each with what to do."""

from collections.abc import Mapping

#: What is there twice after it was written once: the shop adds instead of replacing.
ADDS = "doubled_events"
#: An invoice's number does not become another by waiting: it is tried once.
ODD_INVOICE = "odd_invoice"
#: For people: each remedy is a whole sentence.
REMEDIES: Mapping[str, str] = {
    ODD_INVOICE: "The shop's API cannot take this invoice's number: enter the tracking in its Admin by hand",
    "order_not_found": "The shop does not know the order any more: it is older than two years, or of another account",
    "invoice_not_found": "The shop's order has no such invoice: it was replaced, or its number changed",
    "no_number": "The shop's invoice has no tracking number: enter it there; with WISMO_VTEX_WRITE=if-empty, here",
    "no_rights": "The shop's key may not write: give its role the resource that `wismo doctor` names",
    "refused": "The shop refused what it was told: read its answer beside this line, and tell us",
    "refused_date": "The dates of invoice, dispatch and delivery contradict each other: correct the one that is wrong",
    "read_back_differs": "The shop shows something else than it took; the next news, or `wismo outbox retry`, mends it",
    "missing_events": "The shop shows fewer lines than it took; the next news, or `wismo outbox retry`, mends it",
    ADDS: "The shop adds lines instead of replacing them: from now on it is told only what is new",
    "finished_in_shop": "The shop says delivered and cannot take it back: settle it with the customer and in its Admin",
    "not_finished": "The shop took a delivery and does not show it: `wismo outbox retry`, else look in its Admin",
    "my_orders_differs": "The shop has it, but its customer page shows another step, for another package of the order",
    "not_written": "It was held back: the next news brings it, and what a pause held back `wismo outbox retry` too",
    "off": "Writing to the shop is off (WISMO_VTEX_WRITE)",
}


def remedy(reason: str) -> str:
    return REMEDIES[reason]
