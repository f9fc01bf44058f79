"""The pretend world around a real relay: its clock, its carrier, its shop and its mailbox."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from relay.desk import Desk, connecting
from relay.desk.care import SHOP
from relay.desk.view import order_json
from relay.errors import BadInput, ShopFault
from relay.model import Status, from_text
from relay.sandbox.carrier import Account, PretendCarrier, open_carrier
from relay.sandbox.journeys import Journey
from relay.sandbox.mailbox import Mailbox, open_mailbox
from relay.sandbox.shop import Ordered, PretendShop
from relay.sandbox.slack import PretendSlack, open_slack
from relay.sandbox.stepped import SteppedClock
from relay.sandbox.vtex import PretendVtex, open_vtex
from relay.shops.vtex import Vtex
from relay.shops.vtex import open_vtex as open_client
from relay.store import orders, reads

#: Has a loop of the relay run a whole round, within so many seconds; whether it did.
Turn = Callable[[float], bool]
#: The loops that have something to do at every moment of a step, in this order; the others run at its end. What the
#: first round of ``orders`` finds in the shop's feed, the second one reads.
PROMPT = ("orders", "orders", "poll", "outbox", "shop writer", "slack writer")
#: Who had the shop's hook and feed connected, for the audit.
BY = "the demo"
#: A loop that is busy for longer, because somebody hangs, is not waited for.
TURN_S = 3.0
#: A step that takes longer in real seconds goes to its end at once.
STEP_S = 15.0
LOOK_AROUND_S = 0.5
#: *Until delivered* goes on for so long after the last scan: time enough for Wismo to ask.
PATIENCE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class FarSide:
    """What Wismo talks to; running before it is, for it must be told the addresses."""

    clock: SteppedClock
    carrier: PretendCarrier
    mailbox: Mailbox
    vtex: PretendVtex
    slack: PretendSlack


@contextmanager
def open_far_side(clock: SteppedClock, account: Account) -> Iterator[FarSide]:
    with (
        open_mailbox(clock.now) as mailbox,
        open_carrier(clock.now, account) as carrier,
        open_vtex(clock.now) as vtex,
        open_slack(clock.now) as slack,
    ):
        yield FarSide(clock, carrier, mailbox, vtex, slack)


@dataclass(slots=True)
class Haste:
    """What keeps a step short, whatever hangs."""

    late: set[str] = field(default_factory=set)  #: loops that are not waited for any more
    until: float = field(default_factory=lambda: monotonic() + STEP_S)

    @property
    def is_over(self) -> bool:
        return monotonic() > self.until


@dataclass(slots=True)
class World:
    far: FarSide
    desk: Desk
    turns: Mapping[str, Turn]  #: of the relay's loops, by name
    shop: PretendShop = field(init=False)
    slack_notice: str = ""  #: what went wrong with the last thing done in Slack
    notice: str = ""  #: what the last thing done on the panel came to
    ways_in: tuple[str, ...] = ()  #: how the shop tells Wismo of its orders; none before it was connected
    _stepping: threading.Lock = field(default_factory=threading.Lock)
    _connecting: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.shop = PretendShop(self.now, self.far.vtex)

    def now(self) -> datetime:
        return self.far.clock.now()

    def place_order(self, name: str, locale: str, journey: Journey) -> Ordered:
        """Raises WismoError if the shop cannot tell of it."""
        self.connect()
        ordered = self.shop.place(name, locale, journey)
        self.settle(*PROMPT)
        self.far.carrier.accept(ordered.tracking_number, journey)
        self.settle(*PROMPT)
        return ordered

    def connect(self) -> None:
        """Have the shop tell of its orders, as ``wismo vtex connect`` does; once, and not before Wismo answers.

        Raises ShopFault.
        """
        with self._connecting:
            if not self.ways_in:
                with closing(open_client(self.desk.settings, self.now)) as account:
                    self.ways_in = self._connected(account)

    def _connected(self, account: Vtex) -> tuple[str, ...]:
        connecting.connect_feed(self.desk, account, BY, self.now())
        try:
            connecting.connect_hook(self.desk, account, connecting.hook_url(self.desk.settings), BY, self.now())
        except BadInput:  # a --host of the network has no https, and the feed needs none
            return ("feed",)
        return ("hook", "feed")

    # -- time ----------------------------------------------------------------------------------------------------------

    def round(self) -> float:
        """Carrier and shop look for what they have to tell; the seconds until they look again."""
        if not self.ways_in:
            with suppress(ShopFault):  # Wismo does not answer the shop yet
                self.connect()
        self.shop.tell_due()
        self.far.carrier.push_due()
        return LOOK_AROUND_S

    def step(self, by: timedelta) -> None:
        """Put the clock forward, and let happen on the way what happens on the way, each thing at its moment."""
        with self._stepping:
            self._walk_to(self.now() + by, Haste())

    def step_until_delivered(self) -> None:
        """Until every parcel that ends has ended, also in Wismo's eyes."""
        with self._stepping:
            ends = {ordered.order_id: self.far.carrier.ends_at(ordered.tracking_number) for ordered in self.shop.orders}
            open_orders = [ordered for ordered in self.shop.orders if ends[ordered.order_id]]
            last = max((moment for moment in ends.values() if moment), default=self.now()) + PATIENCE
            haste = Haste()
            while any(not self.is_final(ordered) for ordered in open_orders):
                moment = self._next_moment()
                if moment is None or moment > last or haste.is_over or self.far.carrier.closing.is_set():
                    return
                self._walk_to(moment, haste)

    def _walk_to(self, target: datetime, haste: Haste) -> None:
        self._settle(PROMPT, haste)
        while (moment := self._next_moment()) and moment < target and not haste.is_over:
            if self.far.carrier.closing.is_set():
                return
            self.far.clock.step_to(moment)
            self._settle(PROMPT, haste)
        self.far.clock.step_to(target)
        self._settle((*PROMPT, *(name for name in self.turns if name not in PROMPT)), haste)

    def settle(self, *names: str) -> None:
        """Let some of the relay's loops do what is due now."""
        self._settle(names, Haste())

    def _settle(self, names: Sequence[str], haste: Haste) -> None:
        """Let shop and carrier tell what they have to tell, and Wismo do what is due."""
        self.shop.tell_due()
        self.far.carrier.push_due()
        for name in names:
            if name not in haste.late and not self.turns[name](TURN_S):
                haste.late.add(name)

    def _next_moment(self) -> datetime | None:
        """When something happens next: a scan, a word of the shop, a question, a mail, a writing."""
        now = self.now()
        scans = [self.far.carrier.next_scan_at(ordered.tracking_number) for ordered in self.shop.orders]
        planned = [from_text(text) for ordered in self.shop.orders for text in self._planned(ordered)]
        moments = (*scans, *planned, self.shop.next_told_at())
        return min((moment for moment in moments if moment and moment > now), default=None)

    def _planned(self, ordered: Ordered) -> list[str]:
        """When Wismo asks the shop or the carrier about it, and when it tells somebody of it."""
        with self.desk.database.read() as tx:
            read = reads.read_row(tx, SHOP, ordered.order_id)
        parcel = self.parcel(ordered)
        due = [message["due_at"] for message in parcel["messages"] if message["state"] == "due"] if parcel else []
        texts = (read["due_at"] if read else None, parcel["next_ask_at"] if parcel else None, *due)
        return [text for text in texts if text]

    # -- what is known of it -------------------------------------------------------------------------------------------

    def parcel(self, ordered: Ordered) -> dict[str, Any] | None:
        """What Wismo knows, in the words of ``track --json``; None: it did not hear of the order yet."""
        with self.desk.database.read() as tx:
            if not orders.shipments_of(tx, SHOP, ordered.order_id):
                return None
            order: dict[str, Any] = order_json(tx, self.desk.settings, SHOP, ordered.order_id)
        parcel: dict[str, Any] = order["shipments"][0]
        return parcel

    def is_final(self, ordered: Ordered) -> bool:
        parcel = self.parcel(ordered)
        return parcel is not None and Status(parcel["status"]).is_final
