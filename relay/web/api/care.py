"""What goes wrong, and what an adapter makes of a body."""

from collections.abc import Mapping
from http import HTTPMethod

from flask import Response, jsonify, request

from relay.carriers import carrier_named, read_answer, read_push
from relay.desk import health
from relay.desk.reading import describe
from relay.model import Answer, Wanted, normalise_number
from relay.web.api.answers import Incidents, Parsed
from relay.web.api.asked import AdapterPath, IncidentsQuery, ParseQuery
from relay.web.api.doors import Scope
from relay.web.api.routes import Routes

#: The body of any sender, in any format: only its adapter can tell.
ANY_BODY: Mapping[str, object] = {
    "requestBody": {
        "required": True,
        "description": "The body as the sender sends it.",
        "content": {
            "application/json": {
                "schema": {},
                "example": {"trackingNumber": "1Z204W4R0308071865", "activityStatus": {"type": "I", "code": "OT"}},
            },
            "application/octet-stream": {"schema": {}},
        },
    }
}


def add_care(routes: Routes) -> None:
    @routes.add(HTTPMethod.GET, "/incidents", Scope.READ, {200: Incidents})
    def list_incidents(query: IncidentsQuery) -> Response:
        """List what went wrong: since when, the orders behind it, and what to do."""
        return jsonify({"incidents": health.incidents(routes.desk, only_open=query.open)})

    @routes.add(HTTPMethod.POST, "/parse/<slug>", Scope.CARRIER_READS, {200: Parsed}, (404, 411, 413), ANY_BODY)
    def parse_body(path: AdapterPath, query: ParseQuery) -> Response:
        """Show what an adapter makes of a body. Stores nothing."""
        carrier, body = carrier_named(path.slug), request.get_data()
        if query.via == "push":
            return jsonify(describe(read_push(carrier, body)))
        asked = (Wanted("", normalise_number(query.number)),) if query.number else ()
        return jsonify(describe(read_answer(carrier, Answer(query.http_status, body, routes.now(), {}, asked))))
