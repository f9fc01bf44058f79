"""Reads the orders that are due: claimed under a lease, asked for by several threads, each recorded by itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from relay.database import Row, Tx
from relay.desk import Desk
from relay.errors import ShopFault
from relay.intake.shop import record_shop_order
from relay.orders.account import Account
from relay.orders.threads import Threads
from relay.orders.times import next_reread, retry_at
from relay.shops import Package, Shop, ShopOrder
from relay.store import reads

#: A claim lasts this long; an answer takes a fraction of it.
LEASE = timedelta(minutes=2)
#: Orders that are claimed together, and threads that ask for them.
CLAIMED, THREADS = 40, 8
#: Of a fault, so much is kept.
LONGEST_FAULT = 300

log = structlog.get_logger()


@dataclass(slots=True)
class Reader:
    desk: Desk
    shop: Shop
    account: Account
    now: Callable[[], datetime]
    name: str = "default"
    alive: Callable[[], None] = lambda: None  #: called after each order: a slow shop makes a round of minutes
    _threads: Threads = field(default_factory=lambda: Threads(THREADS, "orders"), init=False)

    def close(self) -> None:
        self._threads.close()

    def read_due(self) -> int:
        """Read what is due and the account allows; how many orders were claimed."""
        now, database = self.now(), self.desk.database
        with database.read() as tx:
            most = self.account.may_ask(tx, now, CLAIMED)
            if not most or not reads.is_any_due(tx, self.name, now):
                return 0
        claimed = database.write(lambda tx: reads.claim(tx, self.name, now, now + LEASE, most))
        if any(self._threads.each(self._read_one, claimed)):
            self.desk.wake()
        return len(claimed)

    def _read_one(self, claimed: Row) -> bool:
        has_changed = self._read(claimed)
        self.alive()
        return has_changed

    def _read(self, claimed: Row) -> bool:
        """Read one order, or write down why not; whether that may have made messages. Its failure is no other's."""
        try:
            if self._is_stopped():
                self.desk.database.write(lambda tx: reads.release(tx, claimed))
                return False
            order = self._fetched(claimed["order_id"])
            self.desk.database.write(lambda tx: self._record(tx, claimed, order))
        except ShopFault as fault:
            failed = fault
            self.desk.database.write(lambda tx: self._failed(tx, claimed, failed))
            log.info("order", order_id=claimed["order_id"], outcome=fault.kind, reason=fault.what)
            return False
        except Exception as fault:
            # One order that cannot be recorded must neither hold up the others nor be tried for ever.
            log.exception("order cannot be recorded", order_id=claimed["order_id"])
            broken = ShopFault("unreadable", f"Wismo cannot record it ({type(fault).__name__}); the log says more")
            self.desk.database.write(lambda tx: self._failed(tx, claimed, broken))
            return False
        return True

    def _is_stopped(self) -> bool:
        """Whether another thread learnt meanwhile that the account may not be asked."""
        with self.desk.database.read() as tx:
            return not self.account.may_ask(tx, self.now(), 1)

    def _fetched(self, order_id: str) -> ShopOrder:
        order = self.shop.order(order_id)
        address = self.shop.email_of(order)
        ours = f"{self.desk.settings.public_url}/t/"
        return replace(order, email=address, packages=tuple(_without_our_link(one, ours) for one in order.packages))

    def _record(self, tx: Tx, claimed: Row, order: ShopOrder) -> None:
        now = self.now()
        record_shop_order(
            tx,
            self.desk.policy,
            order,
            now,
            shop=self.name,
            quiet_before=datetime.fromisoformat(claimed["quiet_before"]) if claimed["quiet_before"] else None,
        )
        due_at = next_reread(order, claimed["rereads"], now)
        rereads = claimed["rereads"] + 1 if due_at else 0
        fault = _in_words(order.faults)
        if order.order_id != claimed["order_id"]:  # it was asked for by its number
            reads.settle_read(tx, claimed, due_at=None, rereads=0, fault=None, now=now)
            reads.plan(tx, self.name, order.order_id, due_at, rereads)
        else:
            reads.settle_read(tx, claimed, due_at=due_at, rereads=rereads, fault=fault, now=now)
        self.account.works_again(tx, now)

    def _failed(self, tx: Tx, claimed: Row, fault: ShopFault) -> None:
        now = self.now()
        self.account.failed(tx, fault, now)
        if fault.is_of_account:
            reads.release(tx, claimed)
            return
        failures = claimed["failures"] + 1 if fault.is_passing else 0
        due_at = retry_at(failures, now) if fault.is_passing else None
        reads.settle_failed(tx, claimed, due_at=due_at, failures=failures, fault=str(fault)[:LONGEST_FAULT])


def _without_our_link(package: Package, ours: str) -> Package:
    """The link to our own page, which the shop was given, is not the carrier's."""
    is_ours = (package.tracking_url or "").startswith(ours)
    return replace(package, tracking_url=None) if is_ours else package


def _in_words(faults: Sequence[str]) -> str | None:
    return f"parts of it cannot be read: {'; '.join(faults)}"[:LONGEST_FAULT] if faults else None
