"""The calls of the OMS: orders are read, listed, and told where their parcels are."""

from flask import Flask, Response, request

from relay.sandbox.vtex import listing
from relay.sandbox.vtex.answers import json_answer, oms_fault
from relay.sandbox.vtex.faults import Route
from relay.sandbox.vtex.pretend import PretendVtex
from relay.sandbox.vtex.tracking import read_link

ORDERS = "/api/oms/pvt/orders"
REFUSALS = {400: "Bad Request", 404: "Invoice Not Found"}


def add_order_routes(app: Flask, vtex: PretendVtex) -> None:
    @app.get(f"{ORDERS}/<order_id>", endpoint=Route.ORDER.name)
    def order(order_id: str) -> Response:
        with vtex.store.lock:
            return json_answer(vtex.store.shown(order_id))

    @app.get(ORDERS, endpoint=Route.LIST.name)
    def orders() -> Response:
        try:
            question = listing.read_question(request.args)
        except ValueError as error:
            return oms_fault(400, "1", str(error))
        with vtex.store.lock:
            entries = vtex.store.index.entries(vtex.now() - vtex.quirks.index_lag)
        return json_answer(listing.answer(entries, question))

    @app.patch(f"{ORDERS}/<order_id>/invoice/<path:number>", endpoint=Route.LINK.name)
    def link(order_id: str, number: str) -> Response:
        return _refusal(vtex, number) or _link(vtex, order_id, number)

    @app.put(f"{ORDERS}/<order_id>/invoice/<path:number>/tracking", endpoint=Route.TRACKING.name)
    def tracking(order_id: str, number: str) -> Response:
        if refusal := _refusal(vtex, number):
            return refusal
        return json_answer(vtex.store.write_tracking(order_id, number, request.get_json(silent=True)))


def _refusal(vtex: PretendVtex, number: str) -> Response | None:
    """What the real one makes of invoice numbers that hold certain signs, however they are encoded."""
    for sign, status in vtex.quirks.refused_signs.items():
        if sign in number:
            return oms_fault(status, "1", REFUSALS.get(status, "An error has occurred"))
    return None


def _link(vtex: PretendVtex, order_id: str, number: str) -> Response:
    vtex.store.set_tracking(order_id, number, read_link(request.get_json(silent=True)))
    return json_answer(vtex.store.receipt(_seller_id(vtex, order_id)))


def _seller_id(vtex: PretendVtex, order_id: str) -> str:
    """The receipt names the seller's copy, where there is one, whichever was written to."""
    twin = vtex.store.copy_of(order_id)
    return twin if twin and twin.startswith("00-") else order_id
