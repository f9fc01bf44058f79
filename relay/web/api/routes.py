"""How a route of the API is declared: its address, the scope it wants, and what it answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPMethod
from types import MappingProxyType
from typing import TypeVar

from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel

from relay.desk import Desk
from relay.web.api.doors import Scope
from relay.web.api.problems import problem

View = TypeVar("View", bound=Callable[..., object])

#: The name of the security scheme in the document.
KEY = "key"
NO_MORE: Mapping[str, object] = MappingProxyType({})
RETRY = {"Retry-After": "Seconds until it may be tried again."}
PROBLEMS: Mapping[int, dict[str, object]] = {
    400: problem("The body is not one JSON object."),
    401: problem("No valid key was shown.", headers={"WWW-Authenticate": "Bearer"}),
    403: problem("The key has another scope; that and the needed one are named."),
    404: problem("This is not here."),
    409: problem("It is there, but this cannot be done with it now."),
    411: problem("The body has no Content-Length."),
    413: problem("The body is larger than 2 MiB."),
    415: problem("The body is not application/json."),
    422: problem("The request cannot be taken; every fault is named with its field and a remedy."),
    429: problem("Asked too often.", headers=RETRY),
    500: problem("Wismo failed at this; its log says more."),
    503: problem("The database cannot take this now.", headers=RETRY),
}
ALWAYS = (401, 403, 422, 429, 500, 503)
OF_BODIES = (400, 411, 413, 415)


@dataclass(frozen=True, slots=True)
class Routes:
    """What every family of routes needs, and where it declares them."""

    desk: Desk
    now: Callable[[], datetime]
    blueprint: APIBlueprint
    needed: dict[str, Scope] = field(default_factory=dict)  #: by endpoint
    bodies: set[str] = field(default_factory=set)  #: endpoints that take a JSON object

    def add(
        self,
        method: HTTPMethod,
        rule: str,
        scope: Scope,
        answers: Mapping[int, type[BaseModel]],
        problems: Sequence[int] = (),
        operation: Mapping[str, object] = NO_MORE,
    ) -> Callable[[View], View]:
        """Declare the view that follows; ``operation`` is what its types do not say to the document."""
        blueprint = self.blueprint
        declare = {
            HTTPMethod.GET: blueprint.get,
            HTTPMethod.POST: blueprint.post,
            HTTPMethod.PUT: blueprint.put,
            HTTPMethod.PATCH: blueprint.patch,
            HTTPMethod.DELETE: blueprint.delete,
        }[method]

        def register(view: View) -> View:
            endpoint = f"{blueprint.name}.{view.__name__}"
            self.needed[endpoint] = scope
            has_body = "body" in view.__annotations__
            if has_body:
                self.bodies.add(endpoint)
            known = sorted({*ALWAYS, *problems, *(OF_BODIES if has_body else ())})
            declare(
                rule,
                operation_id=view.__name__,
                security=[{KEY: [scope.value]}],
                responses=dict(answers) | {status: PROBLEMS[status] for status in known},
                openapi_extensions=dict(operation),
            )(view)
            return view

        return register
