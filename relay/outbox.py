"""Effects out: claim under a lease, send the present truth, keep the receipt, retry, give up loudly."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import structlog

from relay import clock, tracking
from relay.channels import Channel
from relay.database import Database, Row, Tx
from relay.desk.care import mail_mode
from relay.desk.view import mail_view
from relay.errors import SendFailed, Unavailable
from relay.model import OutboxMessage, Receipt, Status, optional_moment
from relay.settings import Settings
from relay.store import ledger, orders
from relay.store import outbox as store

#: A claim lasts this long; whoever holds it may have died.
LEASE = timedelta(seconds=60)
#: A channel that is down is tried again this often.
PROBE_EVERY = timedelta(minutes=1)
#: Longest pause between two looks at the queue, in seconds; commits wake it earlier.
IDLE_S = 5.0

log = structlog.get_logger()


class Mode(StrEnum):
    """What becomes of a message that is due."""

    SEND = "send"
    SHADOW = "shadow"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Claimed:
    """Messages that share one mail, leased, and what is to become of it."""

    messages: tuple[OutboxMessage, ...]
    mode: Mode


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a mail."""

    state: str
    receipt: Receipt
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Outbox:
    database: Database
    settings: Settings
    channels: Mapping[str, Channel]
    now: Callable[[], datetime] = clock.now

    def send_due(self) -> float:
        """Send what is due on every channel; the seconds until there is something to do again."""
        return min((self._send_channel(name) for name in self.channels), default=IDLE_S)

    def _send_channel(self, name: str) -> float:
        while self.database.write(lambda tx: self._may_send(tx, name)):
            claimed = self.database.write(lambda tx: self._claim(tx, name))
            if claimed is None:
                break
            if not self._deliver(name, claimed):
                break
        return self._idle_s(name)

    def _may_send(self, tx: Tx, name: str) -> bool:
        """Whether the channel works, or it is our turn to try one that is down."""
        now = self.now()
        if store.channel(tx, name)["down_since"] is None:
            return True
        return store.take_probe(tx, name, now, now + PROBE_EVERY)

    def _idle_s(self, name: str) -> float:
        with self.database.read() as tx:
            due_at = optional_moment(store.next_due_at(tx, name))
        return min(max((due_at - self.now()).total_seconds(), 0.05), IDLE_S) if due_at else IDLE_S

    # -- claim ---------------------------------------------------------------------------------------------------------

    def _claim(self, tx: Tx, name: str) -> Claimed | None:
        now = self.now()
        mode = Mode(mail_mode(tx, self.settings))
        if mode is Mode.PAUSED:
            store.shelve(tx, [name], "paused")
            return None
        while lead := store.claim_lead(tx, name, now, now + LEASE):
            order = orders.order(tx, lead.shop, lead.order_id)
            companions = store.claim_companions(tx, lead, order["group_id"], now, now + LEASE)
            messages = [one for one in (lead, *companions) if self._still_true(tx, one)]
            same = _of_one_recipient(tx, messages, now)
            if same:
                return Claimed(tuple(same), mode)
        return None

    def _still_true(self, tx: Tx, message: OutboxMessage) -> bool:
        """Whether the parcel still is where the message says; if not, the message is withdrawn."""
        shipment = orders.shipment(tx, message.shipment_id)
        reason = _withdrawn_because(shipment, message)
        if reason:
            store.settle(tx, message, "superseded", receipt=reason)
        return not reason

    # -- send ----------------------------------------------------------------------------------------------------------

    def _deliver(self, name: str, claimed: Claimed) -> bool:
        """Send one mail and record what became of it; whether the channel may go on."""
        try:
            done = self._hand_over(self.channels[name], claimed)
        except SendFailed as error:
            failed = error
        except Unavailable:
            raise
        except Exception as error:
            # One mail that cannot be made must neither hold up the others nor disappear: it is given up loudly.
            log.exception("mail cannot be made", channel=name, message_id=claimed.messages[0].message_id)
            failed = SendFailed(f"Wismo cannot make this mail ({type(error).__name__}); the log says more")
        else:
            if done is None:
                self.database.write(lambda tx: self._overtaken(tx, claimed))
                return True
            self.database.write(lambda tx: self._done(tx, name, claimed, done))
            self._log(name, claimed, done.state)
            return True
        self.database.write(lambda tx: self._failed(tx, name, claimed, failed))
        self._log(name, claimed, "channel down" if failed.channel_down else "failed", error=str(failed))
        return not failed.channel_down

    def _overtaken(self, tx: Tx, claimed: Claimed) -> None:
        """Due again at once: the next claim withdraws what is not true any more and sends the rest."""
        for message in claimed.messages:
            store.put_back(tx, message, self.now(), "", count_try=False)

    def _hand_over(self, channel: Channel, claimed: Claimed) -> Done | None:
        """None if news has overtaken the mail since it was claimed: it would tell the newer status under its own id."""
        with self.database.read() as tx:
            if any(_withdrawn_because(orders.shipment(tx, one.shipment_id), one) for one in claimed.messages):
                return None
            view = mail_view(tx, self.settings, claimed.messages)
        if claimed.mode is Mode.SHADOW or not self._may_reach(view.to):
            return Done("shadow", Receipt(f"would have mailed: {channel.preview(view)}"))
        receipt = channel.send(view)
        return Done("drift" if receipt.drift else "sent", receipt, self.now())

    def _may_reach(self, address: str) -> bool:
        """Whether a trial is on that keeps mails from everybody else."""
        allowed = self.settings.mail_only_to
        return not allowed or not allowed.isdisjoint({address.lower(), address.rpartition("@")[2].lower()})

    def _done(self, tx: Tx, name: str, claimed: Claimed, done: Done) -> None:
        for message in claimed.messages:
            store.settle(
                tx, message, done.state, sent_at=done.sent_at, receipt=done.receipt.text, error=done.receipt.drift
            )
        if done.sent_at and store.channel(tx, name)["down_since"] is not None:
            store.mark_up(tx, name)
            ledger.close_incident(tx, "channel_down", name, done.sent_at)

    def _failed(self, tx: Tx, name: str, claimed: Claimed, error: SendFailed) -> None:
        now = self.now()
        if error.channel_down:
            store.mark_down(tx, name, error.what, now, now + PROBE_EVERY)
            _open_channel_incident(tx, name, error.what, now)
        for message in claimed.messages:
            self._retry_or_give_up(tx, message, error, now)

    def _retry_or_give_up(self, tx: Tx, message: OutboxMessage, error: SendFailed, now: datetime) -> None:
        delay = _delay(message, error)
        if delay is not None:
            store.put_back(tx, message, now + delay, error.what, count_try=not error.channel_down)
            return
        store.settle(tx, message, "dead", error=error.what)
        incident = ledger.open_incident(
            tx,
            kind="dead_message",
            subject=message.channel,
            title=f"Messages could not be sent and were given up ({message.channel})",
            remedy="See `wismo outbox --state dead`; `wismo outbox retry ID` sends one again",
            now=now,
            shop=message.shop,
        )
        shipment = {"shop": message.shop, "order_id": message.order_id, "shipment_id": message.shipment_id}
        ledger.add_to_incident(tx, incident, shipment, f"{message.status}: {error.what}"[:300])

    def _log(self, name: str, claimed: Claimed, outcome: str, **more: str) -> None:
        for message in claimed.messages:
            log.info(
                "message",
                channel=name,
                outcome=outcome,
                order_id=message.order_id,
                status=message.status.value,
                message_id=message.message_id,
                attempts=message.attempts,
                **more,
            )


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


def _delay(message: OutboxMessage, error: SendFailed) -> timedelta | None:
    """How long a failed message waits; None: it is given up."""
    if error.channel_down:
        return timedelta(0)
    if error.permanent:
        return None
    planned = tracking.retry_delay(message.attempts)
    if planned is None or error.retry_after_s is None:
        return planned
    return max(planned, timedelta(seconds=error.retry_after_s))


def _open_channel_incident(tx: Tx, name: str, reason: str, now: datetime) -> None:
    ledger.open_incident(
        tx,
        kind="channel_down",
        subject=name,
        title=f"The {name} channel is down: {reason}"[:300],
        remedy="Nothing is lost: it is tried every minute and goes on by itself; check the server and the settings",
        now=now,
    )
