"""A status set over the carrier's word: previewed, set, lifted."""

from http import HTTPMethod

from flask import Response, jsonify

from relay.desk import correct
from relay.desk.correct import Preview as Seen
from relay.desk.find import ById
from relay.desk.wanted import WantedOverride
from relay.model import to_text
from relay.web.api.answers import Lifted, Preview
from relay.web.api.asked import ShipmentPath, WantedStatus
from relay.web.api.doors import Scope, whoever
from relay.web.api.routes import Routes

ADDRESS = "/shipments/<shipment_id>/override"


def add_overrides(routes: Routes) -> None:
    desk, now = routes.desk, routes.now

    @routes.add(HTTPMethod.PUT, ADDRESS, Scope.WRITE, {200: Preview}, (404,))
    def set_override(path: ShipmentPath, body: WantedStatus) -> Response:
        """Set a status over the carrier's word. What it tells leaves after 2 minutes, 10 for a final status."""
        decide = correct.preview if body.dry_run else correct.override
        seen = decide(desk, ById(path.shipment_id), _override(body), None, now())
        return jsonify({"dry_run": body.dry_run, **_seen_json(seen)})

    @routes.add(HTTPMethod.DELETE, ADDRESS, Scope.WRITE, {200: Lifted}, (404,))
    def lift_override(path: ShipmentPath) -> Response:
        """Let the carrier's word show again. What the override had not told yet is withdrawn."""
        shipment, withdrawn = correct.lift(desk, ById(path.shipment_id), None, whoever(), now())
        shown = {"shipment_id": shipment["shipment_id"], "status": shipment["shown_status"], "withdrawn": withdrawn}
        return jsonify(shown)


def _override(body: WantedStatus) -> WantedOverride:
    return WantedOverride(
        body.status, body.reason, whoever(), until=body.until, tell=body.tell, write_shop=body.write_shop
    )


def _seen_json(seen: Seen) -> dict[str, object]:
    return {
        "order_id": seen.order_id,
        "tracking_number": seen.tracking_number,
        "before": seen.before.value,
        "after": seen.after.value,
        "carrier_status": seen.carrier_status.value,
        "until": seen.until,
        "tells": seen.tells,
        "writes_shop": seen.writes_shop,
        "effects_at": to_text(seen.effects_at),
    }
