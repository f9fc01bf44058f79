"""What VTEX was asked, and how often at most."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from relay.sandbox.vtex.faults import Route

#: Documented for reading orders, in any minute.
ORDERS_A_MINUTE = 6000
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Call:
    at: datetime
    method: str
    path: str  #: as it came over the wire, percent signs and all
    query: str
    route: Route | None  #: None: there is no such call here
    status: int
    body: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Calls:
    made: list[Call] = field(default_factory=list)  #: oldest first

    def of(self, *routes: Route) -> list[Call]:
        return [call for call in self.made if call.route in routes]

    def busiest_minute(self, *routes: Route) -> int:
        """The most calls, of these routes or of any, within 60 seconds of this VTEX's clock; refused ones count too."""
        busiest, within = 0, deque[datetime]()
        for at in sorted(call.at for call in (self.of(*routes) if routes else self.made)):
            within.append(at)
            while at - within[0] >= MINUTE:
                within.popleft()
            busiest = max(busiest, len(within))
        return busiest
