"""Switches: what goes wrong with calls, and how this VTEX behaves where the real one is not documented or odd."""

import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from relay.sandbox.vtex.tracking import EventsMode

FOREVER = sys.maxsize


class Route(StrEnum):
    """A call, named for what it does; the value is the role resource that the key needs for it."""

    ORDER = "OMS: View order"
    LIST = "OMS: List Orders"
    LINK = "OMS: Notify invoice (tracking number)"
    TRACKING = "OMS: Notify invoice (tracking events)"
    CONVERSATION = "Checkout: Orders Full Access (conversation)"
    INTERACTIONS = "Checkout: Orders Full Access (interactions)"
    MASTER_DATA = "Dynamic Storage: Read only documents"
    HOOK = "OMS: Feed v3 and Hook Admin (hook)"
    FEED_CONFIG = "OMS: Feed v3 and Hook Admin (feed configuration)"
    FEED = "OMS: Feed v3 and Hook Admin (feed)"


@dataclass(frozen=True, slots=True)
class Fault:
    """What a call meets."""

    status: int | None = None  #: answered instead
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    wait_s: float = 0
    is_cut: bool = False  #: half of the answer is missing
    takes_effect: bool = False  #: the call does what it should, and only its answer is another


class Faults:
    """Each is for the next ``calls``, of one route or of any; what was asked for first comes first."""

    def __init__(self) -> None:
        self.rejects_key = False
        self.missing_roles: set[Route] = set()
        self._planned: list[tuple[Fault, Route | None, int]] = []
        self._lock = threading.Lock()

    def throttle(self, calls: int = 1, *, retry_after_s: int | None = None, route: Route | None = None) -> None:
        headers = {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}
        self.plan(Fault(429, headers, "Too many requests"), calls, route)

    def fail(self, calls: int = 1, *, status: int = 500, route: Route | None = None) -> None:
        self.plan(Fault(status, {}, '{"message":"An error has occurred"}'), calls, route)

    def lose_answers(self, calls: int = 1, *, status: int = 502, route: Route | None = None) -> None:
        """The call takes effect, and its caller is told that it did not."""
        self.plan(Fault(status, {}, "Bad Gateway", takes_effect=True), calls, route)

    def be_slow(self, seconds: float, calls: int = 1, *, route: Route | None = None) -> None:
        """Real seconds, whatever the clock says."""
        self.plan(Fault(wait_s=seconds), calls, route)

    def answer_html(self, calls: int = 1, *, status: int = 200, route: Route | None = None) -> None:
        page = "<!doctype html><title>VTEX</title><h1>Maintenance</h1>"
        self.plan(Fault(status, {"Content-Type": "text/html; charset=utf-8"}, page), calls, route)

    def cut_answers(self, calls: int = 1, *, route: Route | None = None) -> None:
        self.plan(Fault(is_cut=True), calls, route)

    def plan(self, fault: Fault, calls: int = 1, route: Route | None = None) -> None:
        with self._lock:
            self._planned.append((fault, route, calls))

    def clear(self) -> None:
        with self._lock:
            self._planned.clear()
        self.rejects_key = False
        self.missing_roles.clear()

    def take(self, route: Route | None) -> Fault | None:
        """What the present call meets."""
        with self._lock:
            for index, (fault, wanted, calls) in enumerate(self._planned):
                if wanted in {None, route}:
                    self._planned[index : index + 1] = [(fault, wanted, calls - 1)] if calls > 1 else []
                    return fault
        return None


@dataclass(slots=True)
class Quirks:
    """May be changed at any time."""

    events_mode: EventsMode = EventsMode.REPLACE
    shows_writes: bool = True  #: False: a tracking call is answered 200 and changes nothing
    index_lag: timedelta = timedelta(0)  #: by which the list is late; about 4 minutes in life
    marketplace_copy_stays: bool = False  #: the marketplace's copy of an order never becomes ``invoiced``
    #: What an invoice number must not contain, and the status of the refusal.
    refused_signs: dict[str, int] = field(default_factory=lambda: {" ": 500, "/": 404})
    takes_http: bool = True  #: False: a hook's URL must be https also on this machine
    lost_notices: int = 0  #: so many of the next changes reach neither hook nor feed
    sends_twice: bool = False  #: every notice
    sends_backwards: bool = False  #: the newest notice first
    ignores_filter: bool = False  #: states that nobody subscribed to are sent as well
