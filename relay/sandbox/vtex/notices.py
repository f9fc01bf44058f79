"""What VTEX tells of by itself, and to whom: the filter that hook and feed share. Pure, but for the filter's memory."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from relay.sandbox.vtex.shapes import Json

FROM_WORKFLOW, FROM_ORDERS = "FromWorkflow", "FromOrders"


@dataclass(frozen=True, slots=True)
class Change:
    """An order changed; perhaps only its document."""

    order_id: str
    domain: str
    state: str
    last_state: str
    last_change: datetime
    current_change: datetime

    @property
    def is_status(self) -> bool:
        return self.state != self.last_state


class Listener(Protocol):
    """A hook or a feed."""

    def hear(self, change: Change) -> None: ...


class Refused(Exception):
    """A configuration that VTEX does not take."""

    def __init__(self, status: int, field_name: str, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.field_name = field_name


@dataclass(frozen=True, slots=True)
class Filter:
    """An expression of ``FromOrders`` is not evaluated: every change fits it."""

    kind: str
    statuses: frozenset[str] = frozenset()
    fires_once: bool = False  #: for each order
    _fired: set[str] = field(default_factory=set, compare=False)

    def wants(self, change: Change) -> bool:
        if self.kind == FROM_WORKFLOW:
            return change.is_status and change.state in self.statuses
        if self.fires_once and change.order_id in self._fired:
            return False
        self._fired.add(change.order_id)
        return True


def read_filter(config: Json) -> Filter:
    """Raises Refused."""
    given = config.get("filter")
    if not isinstance(given, dict):
        raise Refused(400, "Filter", "required")
    workflow, orders = "status" in given, {"expression", "disableSingleFire"} & set(given)
    if workflow and orders:
        raise Refused(409, "Filter", "keys of FromWorkflow and FromOrders do not mix")
    match given.get("type"):
        case "FromWorkflow" if workflow and _are_texts(given["status"]):
            return Filter(FROM_WORKFLOW, statuses=frozenset(given["status"]))
        case "FromOrders" if "expression" in given:
            return Filter(FROM_ORDERS, fires_once=not given.get("disableSingleFire", False))
        case "FromWorkflow" | "FromOrders":
            raise Refused(400, "Filter", "a list of status, or an expression, is required")
        case _:
            raise Refused(400, "Filter.Type", "FromWorkflow or FromOrders")


def _are_texts(given: object) -> bool:
    return isinstance(given, list) and bool(given) and all(isinstance(one, str) for one in given)
