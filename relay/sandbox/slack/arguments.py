"""What a call is given: as JSON or as a form, in which lists and objects are JSON in a text."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from flask import Request

from relay.sandbox.slack.workspace import Refused

#: What is JSON, also where it comes in a form.
STRUCTURED = frozenset({"blocks", "attachments", "view", "metadata", "unfurls", "files", "user_auth_blocks"})


@dataclass(frozen=True, slots=True)
class Arguments:
    given: Mapping[str, Any]

    def text(self, name: str) -> str:
        value = self.given.get(name)
        return "" if value is None else str(value)

    def needed(self, name: str) -> str:
        """Raises Refused."""
        if not self.text(name):
            raise Refused("invalid_arguments", [f"[ERROR] missing required field: {name}"])
        return self.text(name)

    def flag(self, name: str) -> bool:
        return self.text(name).lower() in {"1", "true"}


def arguments_of(request: Request) -> Arguments:
    """Raises Refused."""
    if request.is_json and request.get_data():
        body = request.get_json(silent=True)
        if not isinstance(body, dict):
            raise Refused("invalid_json")
        return Arguments({name: _structured(name, value) for name, value in body.items()})
    return Arguments({name: _structured(name, value) for name, value in request.values.items()})


def _structured(name: str, value: object) -> object:
    if name not in STRUCTURED or not isinstance(value, str):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        raise Refused("invalid_arguments", [f"[ERROR] {name} is no JSON"]) from None
