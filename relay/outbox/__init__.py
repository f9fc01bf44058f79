"""Effects out: claim under a lease, send the present truth, keep the receipt, retry, give up loudly.

mail   what is particular to mails         shop   … to what a shop is told
slack  … to what the team is told          times  … and what it is told because it is time
alert  … to incidents that are told by mail brake  how many mails may leave in an hour
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog

from relay import clock, tracking
from relay.channels import Channel
from relay.database import Database, Tx
from relay.desk.care import set_aside
from relay.errors import SendFailed, Unavailable
from relay.model import OutboxMessage, Receipt, optional_moment
from relay.outbox._route import Claimed, Done, Mode, Route
from relay.outbox.alert import AlertRoute
from relay.outbox.brake import Gate, MailBrake, OpenGate
from relay.outbox.mail import MailRoute
from relay.outbox.shop import ShopRoute
from relay.outbox.slack import SlackRoute
from relay.settings import Settings
from relay.store import incidents
from relay.store import outbox as store

#: A claim lasts this long; whoever holds it may have died.
LEASE = timedelta(seconds=60)
#: A channel that is down is tried again this often.
PROBE_EVERY = timedelta(minutes=1)
#: Longest pause between two looks at the queue, in seconds; commits wake it earlier.
IDLE_S = 5.0

ROUTES: Mapping[str, Callable[[Settings], Route[Any]]] = {
    "email": MailRoute,
    "shop": ShopRoute,
    "slack": SlackRoute,
    "alert": AlertRoute,
}

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Outbox:
    database: Database
    settings: Settings
    channels: Mapping[str, Channel[Any]]
    now: Callable[[], datetime] = clock.now
    alive: Callable[[], None] = lambda: None  #: called between two messages: a queue of thousands is one round
    _routes: Mapping[str, Route[Any]] = field(init=False)
    _gates: Mapping[str, Gate] = field(init=False)

    def __post_init__(self) -> None:
        routes = {name: ROUTES[name](self.settings) for name in self.channels}
        gates = {name: MailBrake(self.settings) if name == "email" else OpenGate() for name in self.channels}
        object.__setattr__(self, "_routes", routes)
        object.__setattr__(self, "_gates", gates)

    def send_due(self) -> float:
        """Send what is due on every channel; the seconds until there is something to do again."""
        return min((self._send_channel(name) for name in self.channels), default=IDLE_S)

    def _send_channel(self, name: str) -> float:
        while self.database.write(lambda tx: self._may_send(tx, name)):
            self.alive()
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

    def _claim(self, tx: Tx, name: str) -> Claimed | None:
        now, route, gate = self.now(), self._routes[name], self._gates[name]
        mode = route.mode(tx)
        if mode is Mode.PAUSED:
            set_aside(tx, [name], now)
            return None
        if not gate.admits(tx, mode, now):
            return None
        while lead := store.claim_lead(tx, name, now, now + LEASE):
            together = route.together(tx, lead, now, now + LEASE)
            if together:
                claimed = Claimed(tuple(together), mode, now)
                gate.leaves(tx, claimed)
                return claimed
        return None

    # -- send ----------------------------------------------------------------------------------------------------------

    def _deliver(self, name: str, claimed: Claimed) -> bool:
        """Send what was claimed and record what became of it; whether the channel may go on."""
        try:
            done = self._hand_over(name, claimed)
        except SendFailed as error:
            failed = error
        except Unavailable:
            raise
        except Exception as error:
            # One message that cannot be made must neither hold up the others nor disappear: it is given up loudly.
            log.exception("message cannot be made", channel=name, message_id=claimed.messages[0].message_id)
            failed = SendFailed(f"Wismo cannot make this message ({type(error).__name__}); the log says more")
        else:
            if done is None:
                self.database.write(lambda tx: self._overtaken(tx, name, claimed))
                return True
            self.database.write(lambda tx: self._done(tx, name, claimed, done))
            self._log(name, claimed, done.state)
            return True
        self.database.write(lambda tx: self._failed(tx, name, claimed, failed))
        self._log(name, claimed, "channel down" if failed.channel_down else "failed", error=str(failed))
        return not failed.channel_down

    def _overtaken(self, tx: Tx, name: str, claimed: Claimed) -> None:
        """Due again at once: the next claim withdraws what is not true any more and sends the rest."""
        self._gates[name].stayed(tx, claimed)
        for message in claimed.messages:
            store.put_back(tx, message, self.now(), "", count_try=False)

    def _hand_over(self, name: str, claimed: Claimed) -> Done | None:
        """None if news has overtaken the message since it was claimed: it would tell the newer under its own id."""
        route, channel = self._routes[name], self.channels[name]
        with self.database.read() as tx:
            if route.is_overtaken(tx, claimed.messages, self.now()):
                return None
            view = route.view(tx, claimed.messages, self.now())
        if claimed.mode is Mode.SHADOW or not route.may_reach(view):
            return Done("shadow", Receipt(f"{route.would} {channel.preview(view)}"))
        receipt = channel.send(view)
        return Done("drift" if receipt.drift else "sent", receipt, self.now())

    def _done(self, tx: Tx, name: str, claimed: Claimed, done: Done) -> None:
        now = self.now()
        for message in claimed.messages:
            settled = store.settle(
                tx, message, done.state, sent_at=done.sent_at, receipt=done.receipt.text, error=done.receipt.drift
            )
            if not settled:  # it was made due again meanwhile, with something newer to tell
                store.put_back(tx, message, now, "", count_try=False)
        if done.sent_at is None:
            self._gates[name].kept(tx, claimed)
            return
        self._routes[name].after(tx, claimed.messages, done.receipt, done.sent_at)
        if store.channel(tx, name)["down_since"] is not None:
            store.mark_up(tx, name)
            incidents.close_incident(tx, "channel_down", name, done.sent_at)

    def _failed(self, tx: Tx, name: str, claimed: Claimed, error: SendFailed) -> None:
        now = self.now()
        self._gates[name].stayed(tx, claimed)
        if error.channel_down:
            pause = max(PROBE_EVERY, timedelta(seconds=error.retry_after_s or 0))
            store.mark_down(tx, name, error.what, now, now + pause)
            _open_channel_incident(tx, name, error, now)
        self._routes[name].failed(tx, claimed.messages, error, now)
        for message in claimed.messages:
            self._retry_or_give_up(tx, message, error, now)

    def _retry_or_give_up(self, tx: Tx, message: OutboxMessage, error: SendFailed, now: datetime) -> None:
        delay = _delay(message, error)
        if delay is not None:
            store.put_back(tx, message, now + delay, error.what, count_try=not error.channel_down)
            return
        if not store.settle(tx, message, "dead", error=error.what):
            # Its route settled it, or it was made due again meanwhile, with something newer to tell.
            store.put_back(tx, message, now, "", count_try=False)
            return
        incident = incidents.open_incident(
            tx,
            kind="dead_message",
            subject=message.channel,
            title=f"Messages could not be sent and were given up ({message.channel})",
            remedy="See `wismo outbox --state dead`; `wismo outbox retry ID` sends one again",
            figures={"channel": message.channel},
            now=now,
            shop=message.shop,
        )
        shipment = {"shop": message.shop, "order_id": message.order_id, "shipment_id": message.shipment_id}
        incidents.add_to_incident(tx, incident, shipment, f"{message.status}: {error.what}"[:300])

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


def _open_channel_incident(tx: Tx, name: str, error: SendFailed, now: datetime) -> None:
    usual = "Nothing is lost: it is tried every minute and goes on by itself; check the server and the settings"
    incidents.open_incident(
        tx,
        kind="channel_down",
        subject=name,
        title=f"The {name} channel is down: {error.what}"[:300],
        remedy=error.remedy or usual,
        figures={
            "channel": name,
            "what": error.what[:300],
            "advice": error.remedy,
            "unreachable": int(error.unreachable),
        },
        now=now,
    )
