"""The calls about people: who the customer behind an alias is, and notes for the shop's own staff."""

import re

from flask import Flask, Response, request

from relay.sandbox.vtex.answers import json_answer, oms_fault
from relay.sandbox.vtex.faults import Route
from relay.sandbox.vtex.order_routes import ORDERS
from relay.sandbox.vtex.pretend import PretendVtex
from relay.sandbox.vtex.purchase import Mask, Purchase, profile_of
from relay.sandbox.vtex.shapes import Json

MASK_TYPES = {Mask.NONE: 0, Mask.HARD: 1, Mask.SOFT: 2}  # only 1 was ever seen; the others are guessed
MOST_DOCUMENTS = 100
_RANGE = re.compile(r"resources=(\d+)-(\d+)")


def add_people_routes(app: Flask, vtex: PretendVtex) -> None:
    @app.get(f"{ORDERS}/<order_id>/conversation-message", endpoint=Route.CONVERSATION.name)
    def conversation(order_id: str) -> Response:
        with vtex.store.lock:
            order = vtex.store.order(order_id)
            return json_answer([_confirmation(order, vtex.store.purchases[order["orderId"]])])

    @app.post(f"{ORDERS}/<order_id>/interactions", endpoint=Route.INTERACTIONS.name)
    def interactions(order_id: str) -> Response:
        body = request.get_json(silent=True)
        if not isinstance(body, dict) or not (body.get("source") and body.get("message")):
            return oms_fault(400, "1", "source and message are required")
        order = vtex.store.order(order_id)
        vtex.notes.append((order["orderId"], body))
        return json_answer(vtex.store.receipt(order["orderId"]))

    @app.get("/api/dataentities/CL/search", endpoint=Route.MASTER_DATA.name)
    def master_data() -> Response:
        return _search(vtex)


def _confirmation(order: Json, purchase: Purchase) -> Json:
    """The mail by which every conversation starts."""
    about = {"conversationRelatedTo": order["orderId"], "conversationSubject": "oms"}
    shop = {"email": "noreply@vtexcommerce.com.br", "emailAlias": order["followUpEmail"], "name": order["hostname"]}
    customer = {
        "email": purchase.email,
        "emailAlias": order["clientProfileData"]["email"],
        "aliasMaskType": MASK_TYPES[purchase.mask],
        "name": f"{purchase.first_name} {purchase.last_name}",
        "role": "Customer",
    }
    return {
        "id": f"{order['creationDate']}_{order['orderId']}",
        "from": {**about, **shop, "aliasMaskType": 0, "role": None},
        "to": [about | customer],
        "subject": f"Pedido {order['sequence']}",
        "firstWords": "Seu pedido foi recebido",
        "body": "<p>Seu pedido foi recebido</p>",
        "hasAttachment": False,
        "attachmentNames": [],
        "date": order["creationDate"],
    }


def _search(vtex: PretendVtex) -> Response:
    wanted = {name: text for name, text in request.args.items() if not name.startswith("_")}
    if not wanted or any("*" in text for text in wanted.values()):
        return Response("Service Unavailable", 503, mimetype="text/plain")  # what VTEX does with costly searches
    bounds = _RANGE.fullmatch(request.headers.get("REST-Range", "resources=0-10"))
    if not bounds or int(bounds[2]) - int(bounds[1]) > MOST_DOCUMENTS:
        return json_answer({"Message": f"REST-Range: at most {MOST_DOCUMENTS} resources"}, 400)
    with vtex.store.lock:
        documents = {purchase.email: _document(purchase) for purchase in vtex.store.purchases.values()}
    fields = request.args.get("_fields", "id").split(",")
    found = [one for one in documents.values() if all(one.get(name) == text for name, text in wanted.items())]
    rows = [{name: one[name] for name in fields if name in one} for one in found[int(bounds[1]) : int(bounds[2])]]
    answer = json_answer(rows)
    answer.headers["REST-Content-Range"] = f"resources {bounds[1]}-{bounds[2]}/{len(found)}"
    return answer


def _document(purchase: Purchase) -> Json:
    profile = profile_of(purchase.email)
    return {
        "id": profile,
        "userId": profile,
        "email": purchase.email,
        "firstName": purchase.first_name,
        "lastName": purchase.last_name,
        "locale": purchase.locale,
    }
