"""The API as its callers use it; every answer is held against the document."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import unquote

from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

from relay.desk import Desk, care
from relay.intake.refused import Refused
from relay.web import create_app
from tests.conftest import NOON

API = "/api/v1"
SCOPES = ("read", "write", "carrier:ups", "carrier:correios")
#: Whatever JSON holds; and whatever the client of werkzeug takes.
Json = Any


@dataclass
class Api:
    desk: Desk
    app: Flask = field(init=False)
    client: FlaskClient = field(init=False)
    keys: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.app = create_app(self.desk, Refused(), lambda: NOON)
        self.client = self.app.test_client()
        for scope in SCOPES:
            self.keys[scope] = self.new_key(scope)

    def new_key(self, scope: str) -> str:
        return care.create_key(self.desk, scope, f"the {scope} key", NOON).key

    def new_keys(self) -> None:
        """Callers who never asked before."""
        self.keys = {scope: self.new_key(scope) for scope in self.keys}

    @cached_property
    def document(self) -> Json:
        return self.client.get(f"{API}/openapi.json").get_json()

    @cached_property
    def _components(self) -> Json:
        return {"components": strict(self.document["components"])}

    @cached_property
    def operations(self) -> Mapping[str, tuple[str, str, Json]]:
        """Method, address and description, by the operation's id."""
        return {
            operation["operationId"]: (method.upper(), address, operation)
            for address, methods in self.document["paths"].items()
            for method, operation in methods.items()
        }

    def call(self, method: str, path: str, scope: str = "write", **options: Json) -> TestResponse:
        return self.call_with({"Authorization": f"Bearer {self.keys[scope]}"}, method, path, **options)

    def call_with(self, headers: Mapping[str, str], method: str, path: str, **options: Json) -> TestResponse:
        answer = self.client.open(f"{API}{path}", method=method, headers=headers, **options)
        self._hold_against_document(method, f"{API}{path}", answer)
        return answer

    def _hold_against_document(self, method: str, path: str, answer: TestResponse) -> None:
        operation = self._operation(method, path)
        kind = answer.content_type
        assert kind in {"application/json", "application/problem+json"}
        if operation is None:
            schema = {"$ref": "#/components/schemas/Problem"}
        else:
            described = operation["responses"]
            assert str(answer.status_code) in described, (answer.status_code, answer.get_data(as_text=True))
            schema = described[str(answer.status_code)]["content"][kind]["schema"]
        Draft202012Validator({**strict(schema), **self._components}).validate(answer.get_json())

    def _operation(self, method: str, path: str) -> Json | None:
        adapter, bare = self.app.url_map.bind("localhost"), unquote(path.partition("?")[0])
        if not adapter.test(bare, method):
            return None
        endpoint, _ = adapter.match(bare, method)
        return self.operations[str(endpoint).removeprefix("api.")][2]


def check(schema: Json, document: Json, value: Json) -> None:
    """Raises unless ``value`` fits and says nothing that the document does not know."""
    whole = {**strict(schema), "components": strict(document["components"])}
    Draft202012Validator(whole).validate(value)


def strict(schema: Json) -> Json:
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {"additionalProperties": False} if schema.get("type") == "object" and "properties" in schema else {}
    return {name: strict(one) for name, one in schema.items()} | closed


def examples(document: Json) -> list[tuple[str, Json, Json]]:
    """Of each operation with a body: its id, the schema and the example."""
    return [
        (operation["operationId"], content.get("schema"), content.get("example"))
        for methods in document["paths"].values()
        for operation in methods.values()
        if "requestBody" in operation
        for kind, content in operation["requestBody"]["content"].items()
        if kind == "application/json"
    ]


def filled(address: str, **values: str) -> str:
    """An address of the document with its parameters filled in, as callers write it."""
    return re.sub(r"{(\w+)}", lambda found: values[found[1]], address).removeprefix(API)
