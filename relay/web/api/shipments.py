"""Shipments: list, create, read, correct, ask about."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPMethod
from urllib.parse import urlencode

from flask import Response, jsonify, request, url_for

from relay.desk import Desk, adding, asking, correct, listing
from relay.desk.adding import Added as AddedNow
from relay.desk.find import ById, shipment_with_id
from relay.desk.typed import checked_entry
from relay.desk.view import order_json, shipment_json
from relay.errors import NotFound
from relay.model import Kind, carrier_slug, to_text
from relay.web.api.answers import Added, Asked
from relay.web.api.asked import Correction, ListQuery, NewShipment, ShipmentPath
from relay.web.api.doors import Scope, whoever
from relay.web.api.parcels import Page, Shipment
from relay.web.api.problems import FIELDS, conflict, invalid
from relay.web.api.routes import Routes

#: Conditions of the list that may be wanted or unwanted.
EITHER_WAY: Mapping[str, tuple[str, str]] = {
    "open": ("open", "final"),
    "given_up": ("given_up", "not_given_up"),
    "held": ("held", "not_held"),
    "overridden": ("overridden", "not_overridden"),
}
#: Neither conditions nor values.
OF_THE_PAGE = {"limit", "cursor"}
ERASED = "The order's customer was erased: name and address are not kept, and no mail leaves"


def add_shipments(routes: Routes) -> None:
    desk, now = routes.desk, routes.now

    @routes.add(HTTPMethod.GET, "/shipments", Scope.READ, {200: Page})
    def list_shipments(query: ListQuery) -> Response:
        """List shipments by state and clock, newest first, without their events."""
        return _page(desk, query, now())

    @routes.add(HTTPMethod.POST, "/shipments", Scope.WRITE, {200: Added, 201: Added})
    def create_shipment(body: NewShipment) -> Response:
        """Add an order and its parcel, or complete what is known of them. Repeated it answers 200."""
        return _added(desk, body, now())

    @routes.add(HTTPMethod.GET, "/shipments/<shipment_id>", Scope.READ, {200: Shipment}, (404,))
    def read_shipment(path: ShipmentPath) -> Response:
        """Read one shipment, with its events and messages."""
        return _shown(desk, path.shipment_id)

    @routes.add(HTTPMethod.PATCH, "/shipments/<shipment_id>", Scope.WRITE, {200: Shipment}, (404,))
    def edit_shipment(path: ShipmentPath, body: Correction) -> Response:
        """Correct the carrier or the number; what is known of the new one applies at once."""
        parcel, number = ById(path.shipment_id), body.tracking_number
        correct.edit(desk, parcel, carrier=body.carrier, number=number, which=None, by=whoever(), now=now())
        return _shown(desk, path.shipment_id)

    @routes.add(HTTPMethod.POST, "/shipments/<shipment_id>/check", Scope.WRITE, {202: Asked}, (404, 409))
    def check_shipment(path: ShipmentPath) -> Response:
        """Ask the carrier next about this parcel, as soon as its budget allows. Takes no body."""
        return _asked(desk, path.shipment_id, now())


# -- the list ----------------------------------------------------------------------------------------------------------


def _page(desk: Desk, query: ListQuery, now: datetime) -> Response:
    conditions, values = _wanted(query)
    found = listing.page(desk, conditions, values, query.cursor, query.limit, now)
    response = jsonify({"shipments": found.shipments, "next": found.next})
    if found.next:
        rest = request.args.to_dict() | {"cursor": found.next}
        response.headers["Link"] = f'<{request.path}?{urlencode(rest)}>; rel="next"'
    return response


def _wanted(query: ListQuery) -> tuple[list[str], Mapping[str, str]]:
    """Which conditions must hold, and the values in them."""
    given = query.model_dump(exclude_none=True, exclude=OF_THE_PAGE)
    conditions = [EITHER_WAY[name][not value] if name in EITHER_WAY else name for name, value in given.items()]
    values = {name: _in_sql(value) for name, value in given.items() if name not in EITHER_WAY}
    if query.carrier:
        values["carrier"] = carrier_slug(query.carrier)
    return conditions, values


def _in_sql(value: str | datetime) -> str:
    return to_text(value) if isinstance(value, datetime) else value


# -- one ---------------------------------------------------------------------------------------------------------------


def _added(desk: Desk, body: NewShipment, now: datetime) -> Response:
    entry, faults = checked_entry(_typed(body))
    if entry is None:
        raise invalid(faults)
    added = adding.add_entry(desk, entry, Kind(body.kind) if body.kind else None, now)
    response = jsonify(_added_json(desk, added))
    response.status_code = 201 if added.is_new else 200
    response.headers["Location"] = (
        url_for("api.read_shipment", shipment_id=added.shipment["shipment_id"])
        if added.shipment
        else url_for("api.read_order", order_id=added.order["order_id"])
    )
    return response


def _typed(body: NewShipment) -> Mapping[str, str]:
    """What was given, under the names of ``wismo add``'s options."""
    options = {name: option for option, name in FIELDS.items()}
    given = body.model_dump(exclude_none=True, exclude={"kind"})
    return {options.get(name, name): text for name, text in given.items()}


def _added_json(desk: Desk, added: AddedNow) -> Mapping[str, object]:
    order = added.order
    with desk.database.read() as tx:
        return {
            "shipment_id": added.shipment["shipment_id"] if added.shipment else None,
            "is_new": added.is_new,
            "notice": ERASED if order["erased_at"] else "",
            "order": order_json(tx, desk.settings, order["shop"], order["order_id"]),
        }


def _shown(desk: Desk, shipment_id: str) -> Response:
    with desk.database.read() as tx:
        return jsonify(shipment_json(tx, desk.settings, shipment_with_id(tx, shipment_id)))


def _asked(desk: Desk, shipment_id: str, now: datetime) -> Response:
    with desk.database.read() as tx:
        shipment_with_id(tx, shipment_id)
    try:
        shipment, asker = asking.check_now(desk, ById(shipment_id), None, now)
    except NotFound as fault:
        raise conflict(fault) from None
    told = {"shipment_id": shipment_id, "asked": asker.slug, "tracking_number": shipment["tracking_number"]}
    response = jsonify(told)
    response.status_code = 202
    return response
