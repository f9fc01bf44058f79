"""The OpenAPI document, made once of the declared routes."""

from functools import cache
from hashlib import sha256
from typing import Any

import orjson
from flask import Response, make_response, request
from flask_openapi3.models.info import Info
from flask_openapi3.models.license import License
from flask_openapi3.models.server import Server
from flask_openapi3.openapi import OpenAPI

from relay.web.api.answers import Problem
from relay.web.api.doors import Scope
from relay.web.api.problems import refuse_shape
from relay.web.api.routes import KEY, Routes

INTRODUCTION = """\
Ask and tell Wismo about parcels. Every request shows a key: `Authorization: Bearer KEY`, made with
`wismo keys create --scope read|write|carrier:<slug>`. The scope that an operation wants stands in its `security`.

A key may ask 600 times a minute. Writes may be repeated: orders, parcels and events are known again by what they say.
"""


def open_app(name: str) -> OpenAPI:
    """An app that knows the document, and shows none of the library's own pages."""
    return OpenAPI(
        name,
        static_folder=None,
        doc_ui=False,
        info=Info(title="Wismo", version="1", description=INTRODUCTION, license=License(name="MIT", identifier="MIT")),
        servers=[Server(url="/")],
        security_schemes={KEY: {"type": "http", "scheme": "bearer", "description": "A key of `wismo keys create`."}},
        validation_error_callback=refuse_shape,
        validation_error_model=Problem,
    )


def add_document(routes: Routes, app: OpenAPI) -> None:
    @cache
    def written() -> tuple[bytes, str]:
        document: dict[str, Any] = app.api_doc
        body = orjson.dumps(document)
        return body, sha256(body).hexdigest()[:16]

    @routes.blueprint.get("/openapi.json", doc_ui=False)
    def show_document() -> Response:
        body, mark = written()
        response = make_response(body)
        response.content_type = "application/json"
        response.headers["Cache-Control"] = "public, max-age=3600"
        response.set_etag(mark)
        response.make_conditional(request)
        return response

    routes.needed["api.show_document"] = Scope.ANYBODY
