"""What is wrong with a request, in the words of JSON's fields: from pydantic, from the desk, from the store."""

from collections.abc import Mapping, Sequence
from typing import NoReturn

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from relay.errors import BadInput, NotFound
from relay.web.errors import API, NOTHING, PROBLEM, HttpFault, answered

#: What the desk calls a field, and how it stands in JSON.
FIELDS: Mapping[str, str] = {
    "order": "order_id",
    "number": "tracking_number",
    "promised": "promised_at",
    "ordered": "ordered_at",
    "url": "tracking_url",
    "write-shop": "write_shop",
}
#: By what pydantic calls a fault.
REMEDIES: Mapping[str, str] = {
    "missing": "Give it",
    "extra_forbidden": f"Leave it out, or correct its name: {API}/openapi.json lists what there is",
    "string_type": "Write it as text, in quotation marks",
    "bool_type": "Write true or false, without quotation marks",
    "timezone_aware": "Add Z or an offset; in an address + is written %2B",
    "datetime_from_date_parsing": "Write 2026-03-02T12:00:00Z; in an address + is written %2B",
}
#: Where pydantic's own words would be strange to a person.
FAULTS: Mapping[str, str] = {"missing": "it is missing", "extra_forbidden": "it is not known here"}
SEE = f"See {API}/openapi.json"
#: So many faults are listed; a body may have thousands.
LISTED = 50


def invalid(faults: Sequence[BadInput]) -> HttpFault:
    """422, naming every field."""
    errors = [{"field": _json_name(one), "fault": one.fault, "remedy": one.remedy or SEE} for one in faults]
    return _invalid(errors)


def _json_name(fault: BadInput) -> str:
    return FIELDS.get(fault.field, fault.field)


def _invalid(errors: Sequence[Mapping[str, str]]) -> HttpFault:
    first = errors[0]
    rest = f"; and {len(errors) - 1} more" if len(errors) > 1 else ""
    why = f"{first['field']}: {first['fault']}{rest}" if first["field"] else f"{first['fault']}{rest}"
    return HttpFault(422, "this cannot be taken", why, first["remedy"], more={"errors": errors})


def refuse_shape(error: ValidationError) -> NoReturn:
    """What pydantic finds. It quotes no value: that may be somebody's address."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    raise _invalid([_fault(one) for one in found[:LISTED]])


def _fault(found: ErrorDetails) -> Mapping[str, str]:
    fault = FAULTS.get(found["type"]) or _lower(found["msg"].removeprefix("Value error, "))
    return {"field": _path(found["loc"]), "fault": fault, "remedy": REMEDIES.get(found["type"], SEE)}


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _path(where: Sequence[int | str]) -> str:
    """As a person writes it: ``events[0].status``."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{part[:80]}" for part in where]
    return "".join(parts).removeprefix(".")


def conflict(fault: NotFound) -> HttpFault:
    """What was asked for is there, but not in a state in which this can be done."""
    return HttpFault(409, "this cannot be done now", fault.what, fault.remedy or SEE)


def register_problems(blueprint: APIBlueprint) -> None:
    @blueprint.errorhandler(BadInput)
    def bad_input(error: BadInput) -> Response:
        return answered(invalid([error]))

    @blueprint.errorhandler(NotFound)
    def not_found(error: NotFound) -> Response:
        return answered(HttpFault(404, "this is not here", error.what, error.remedy or SEE))


def problem(means: str, *, headers: Mapping[str, str] = NOTHING) -> dict[str, object]:
    """A problem as it stands in the document; ``headers`` with their meaning."""
    described = {name: {"description": text, "schema": {"type": "string"}} for name, text in headers.items()}
    content = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": means, "content": content, **({"headers": described} if described else {})}
