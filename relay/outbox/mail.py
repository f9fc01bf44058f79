"""Mails: those of one group's orders to one reader are one, and what is not true any more does not leave."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from relay.database import Row, Tx
from relay.desk.care import mail_mode
from relay.desk.view import mail_view
from relay.errors import SendFailed
from relay.model import MailView, OutboxMessage, Receipt, Status
from relay.outbox._route import Mode
from relay.settings import Settings
from relay.store import orders, untold
from relay.store import outbox as store


@dataclass(frozen=True, slots=True)
class MailRoute:
    settings: Settings
    would: str = "would have mailed:"

    def mode(self, tx: Tx) -> Mode:
        return Mode(mail_mode(tx, self.settings))

    def together(self, tx: Tx, lead: OutboxMessage, now: datetime, lease_until: datetime) -> Sequence[OutboxMessage]:
        order = orders.order(tx, lead.shop, lead.order_id)
        companions = store.claim_companions(tx, lead, order["group_id"], now, lease_until)
        return _of_one_recipient(tx, [one for one in (lead, *companions) if _still_true(tx, one)], now)

    def is_overtaken(self, tx: Tx, messages: Sequence[OutboxMessage], _now: datetime) -> bool:
        return any(_withdrawn_because(orders.shipment(tx, one.shipment_id), one) for one in messages)

    def view(self, tx: Tx, messages: Sequence[OutboxMessage], _now: datetime) -> MailView:
        return mail_view(tx, self.settings, messages)

    def may_reach(self, view: MailView) -> bool:
        """Whether no trial is on that keeps mails from everybody else."""
        allowed = self.settings.mail_only_to
        return not allowed or not allowed.isdisjoint({view.to.lower(), view.to.rpartition("@")[2].lower()})

    def after(self, tx: Tx, messages: Sequence[OutboxMessage], _receipt: Receipt, now: datetime) -> None:
        """Whoever was not told of something else of these parcels is up to date now."""
        untold.told(tx, [message.shipment_id for message in messages], now)

    def failed(self, _tx: Tx, _messages: Sequence[OutboxMessage], _error: SendFailed, _now: datetime) -> None:
        """The outbox lists it."""


def _still_true(tx: Tx, message: OutboxMessage) -> bool:
    """Whether the parcel still is where the message says; if not, the message is withdrawn."""
    reason = _withdrawn_because(orders.shipment(tx, message.shipment_id), message)
    if reason:
        store.settle(tx, message, "superseded", receipt=reason)
    return not reason


def _withdrawn_because(shipment: Row | None, message: OutboxMessage) -> str:
    if shipment is None or shipment["superseded_at"]:
        return "the parcel is gone from its order"
    shown = Status(shipment["shown_status"])
    slot = Status.IN_TRANSIT if shown is Status.INFO_RECEIVED else shown
    return "" if slot is message.status else f"the parcel is {shown} now"


def _of_one_recipient(tx: Tx, messages: Sequence[OutboxMessage], now: datetime) -> list[OutboxMessage]:
    """The messages to the first one's recipient; the others of the group are due again at once, in a mail of theirs."""
    emails = {message.message_id: orders.order(tx, message.shop, message.order_id)["email"] for message in messages}
    for message in messages:
        if not emails[message.message_id]:
            store.settle(tx, message, "superseded", receipt="the order has no e-mail address any more")
    reachable = [message for message in messages if emails[message.message_id]]
    same = [message for message in reachable if emails[message.message_id] == emails[reachable[0].message_id]]
    for message in reachable:
        if message not in same:
            store.put_back(tx, message, now, "", count_try=False)
    return same
