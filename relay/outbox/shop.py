"""What a shop is told of a package: one message each, which always tells the present."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from relay.database import Tx
from relay.desk.care import shop_mode
from relay.desk.shop import after_writing, shipment_of, shop_view
from relay.errors import SendFailed
from relay.model import OutboxMessage, Receipt
from relay.outbox._route import Mode
from relay.settings import Settings
from relay.shops import ShopView
from relay.store import drifts, orders, writes
from relay.store import outbox as store


@dataclass(frozen=True, slots=True)
class ShopRoute:
    settings: Settings
    would: str = "would have written:"

    def mode(self, tx: Tx) -> Mode:
        return Mode(shop_mode(tx, self.settings))

    def together(self, tx: Tx, lead: OutboxMessage, _now: datetime, _until: datetime) -> Sequence[OutboxMessage]:
        shipment = orders.shipment(tx, lead.shipment_id)
        if shipment is None or shipment["superseded_at"]:
            store.settle(tx, lead, "superseded", receipt="the parcel is gone from its order")
            return ()
        return (lead,)

    def is_overtaken(self, tx: Tx, messages: Sequence[OutboxMessage], _now: datetime) -> bool:
        """Whether there is something newer to tell: a correction among it waits for the time in which it is undone."""
        row = writes.message(tx, messages[0].message_id)
        return row is None or row["revision"] != messages[0].revision

    def view(self, tx: Tx, messages: Sequence[OutboxMessage], _now: datetime) -> ShopView:
        return shop_view(tx, self.settings, messages[0])

    def may_reach(self, _view: ShopView) -> bool:
        return True

    def after(self, tx: Tx, messages: Sequence[OutboxMessage], receipt: Receipt, now: datetime) -> None:
        after_writing(tx, messages[0], receipt, now)

    def failed(self, tx: Tx, messages: Sequence[OutboxMessage], error: SendFailed, now: datetime) -> None:
        if error.drift:
            drifts.open_drift(tx, shipment_of(tx, messages[0].shipment_id), error.drift, error.what, now)
