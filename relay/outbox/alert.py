"""Incidents by mail: all that are due to one reader are one mail. It goes to the operator, so nothing holds it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from relay.database import Tx
from relay.desk.alerts import alert_view, is_true
from relay.errors import SendFailed
from relay.mail.alerts import AlertView
from relay.model import OutboxMessage, Receipt
from relay.outbox._route import Mode
from relay.settings import Settings
from relay.store import outbox as store


@dataclass(frozen=True, slots=True)
class AlertRoute:
    settings: Settings
    would: str = "would have mailed:"

    def mode(self, _tx: Tx) -> Mode:
        return Mode.SEND

    def together(self, tx: Tx, lead: OutboxMessage, now: datetime, lease_until: datetime) -> Sequence[OutboxMessage]:
        group = lead.subject.rpartition("/")[2]
        found = [lead, *store.claim_companions(tx, lead, group, now, lease_until)]
        return [one for one in found if self._still_true(tx, one)]

    def _still_true(self, tx: Tx, message: OutboxMessage) -> bool:
        is_so = is_true(tx, self.settings, message)
        if not is_so:
            store.settle(tx, message, "superseded", receipt="it is not so any more")
        return is_so

    def is_overtaken(self, tx: Tx, messages: Sequence[OutboxMessage], _now: datetime) -> bool:
        return not all(is_true(tx, self.settings, message) for message in messages)

    def view(self, tx: Tx, messages: Sequence[OutboxMessage], _now: datetime) -> AlertView:
        return alert_view(tx, self.settings, messages)

    def may_reach(self, _view: AlertView) -> bool:
        return True

    def after(self, _tx: Tx, _messages: Sequence[OutboxMessage], _receipt: Receipt, _now: datetime) -> None:
        """A server's answer says nothing more."""

    def failed(self, _tx: Tx, _messages: Sequence[OutboxMessage], _error: SendFailed, _now: datetime) -> None:
        """The outbox lists it."""
