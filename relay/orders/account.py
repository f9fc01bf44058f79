"""Whether the shop's account may be asked now: what it refuses as a whole pauses all of our asking, and is told."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from relay.database import Tx
from relay.errors import ShopFault
from relay.model import from_text, optional_moment
from relay.orders.times import pause
from relay.store import incidents, outbox

#: A shop that gives no usable answer for so long is an incident; a moment of a bad network is none.
LASTING = timedelta(minutes=10)
REFUSALS = frozenset({"unauthorized", "forbidden"})
#: What pauses everything, although it may be about one order alone: each order also waits for its own turn.
FAILING = frozenset({"throttled", "unavailable", "no_answer", "server_error"})


@dataclass(frozen=True, slots=True)
class Account:
    """Shared by every process: it is kept among the channels."""

    name: str = "shop orders"

    def may_ask(self, tx: Tx, now: datetime, most: int) -> int:
        """How many calls may be made: none in a pause, and one where the last ones failed."""
        row = outbox.channel(tx, self.name)
        if row["down_since"] is None:
            return most
        probe_at = optional_moment(row["probe_at"])
        return 1 if probe_at is None or probe_at <= now else 0

    def is_down(self, tx: Tx) -> bool:
        return outbox.channel(tx, self.name)["down_since"] is not None

    def failed(self, tx: Tx, fault: ShopFault, now: datetime) -> None:
        """Pause, unless it is the fault of one order."""
        if fault.kind not in REFUSALS | FAILING:
            return
        since = from_text(outbox.channel(tx, self.name)["down_since"] or now.isoformat())
        wish = None if fault.retry_after_s is None else timedelta(seconds=fault.retry_after_s)
        wait = pause(now - since) if wish is None else wish
        outbox.mark_down(tx, self.name, fault.what[:300], now, now + wait)
        if fault.kind in REFUSALS:
            title = f"The shop refuses us: no order is read ({fault.what})"
            _tell(tx, "shop_refused", title, fault, fault.remedy, now)
        elif now - since >= LASTING:
            title = f"The shop gives no usable answer: no order is read ({fault.what})"
            _tell(tx, "shop_down", title, fault, fault.remedy or "It is tried again by itself; nothing is lost", now)

    def works_again(self, tx: Tx, now: datetime) -> None:
        if not self.is_down(tx):
            return
        outbox.mark_up(tx, self.name)
        for kind in ("shop_refused", "shop_down"):
            incidents.close_incident(tx, kind, "orders", now)


def _tell(tx: Tx, kind: str, title: str, fault: ShopFault, remedy: str, now: datetime) -> None:
    is_silent = int(fault.kind == "no_answer")
    figures: incidents.Figures = {"what": fault.what, "advice": fault.remedy, "unreachable": is_silent}
    incidents.open_incident(tx, kind=kind, subject="orders", title=title[:300], remedy=remedy, figures=figures, now=now)
