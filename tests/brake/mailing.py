"""A shop whose parcels move, a mail server that takes everything, and a clock that a test moves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from relay.database import Database, Row, Tx
from relay.desk import Desk
from relay.errors import SendFailed
from relay.intake import Policy, parcels
from relay.intake.parcels import Parcel
from relay.intake.record import record_push
from relay.intake.refused import Refused
from relay.model import Action, Fact, MailView, Push, Reading, Receipt, Report
from relay.outbox import Outbox
from relay.settings import MailUrl, Settings
from relay.store import brake as store
from relay.store import incidents, outbox
from relay.watch import Watch
from relay.watch.alarms import Rounds
from tests.conftest import NOON, fact

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SMTP = MailUrl("smtp", host="mail.example", port=25)


@dataclass
class Server:
    """Where mails go: what it took, and when."""

    clock: Callable[[], datetime]
    name: str = "email"
    taken: list[tuple[datetime, str, str]] = field(default_factory=list)
    fault: SendFailed | None = None
    takes: Callable[[], None] = lambda: None  #: while a mail is on its way

    def send(self, view: MailView) -> Receipt:
        self.takes()
        if self.fault:
            raise self.fault
        self.taken += [(self.clock(), order, view.parcels[0].status.value) for order in view.order_ids]
        return Receipt("250 taken")

    def preview(self, view: MailView) -> str:
        return f"a mail about {', '.join(view.order_ids)}"

    def orders(self) -> list[str]:
        return [order for _at, order, _status in self.taken]


@dataclass
class Shop:
    database: Database
    policy: Policy
    settings: Settings
    now: datetime = NOON
    server: Server = field(init=False)
    _known: int = 0

    def __post_init__(self) -> None:
        self.server = Server(lambda: self.now)

    @property
    def desk(self) -> Desk:
        return Desk(self.database, self.settings, self.policy)

    def outbox(self) -> Outbox:
        return Outbox(self.database, self.settings, {"email": self.server}, lambda: self.now)

    def pass_by(self, span: timedelta) -> None:
        self.now += span

    # -- what happens --------------------------------------------------------------------------------------------------

    def ship(self, count: int = 1, **fields: str) -> list[str]:
        """New orders whose parcels move: each is news to a customer."""
        made = [f"o{self._known + one}" for one in range(count)]
        self._known += count

        def work(tx: Tx) -> None:
            for order in made:
                given = {"email": f"{order}@example.com"} | fields
                parcel = Parcel(carrier="ups", tracking_number=f"1Z{order}")
                parcels.record_order(tx, self.policy, order, given, parcel, self.now, shop="default")

        self.database.write(work)
        if made:
            self._push(made, fact("in_transit", (self.now - NOON) / HOUR))
        return made

    def hear(self, order: str, status: str, *, ago: timedelta = timedelta(0)) -> None:
        told = fact(status, (self.now - ago - NOON) / HOUR, received_at=self.now)
        self._push([order], told)

    def _push(self, orders: Sequence[str], told: Fact) -> None:
        push = Push("ups", "POST", "/", {}, f"{orders} {told}".encode(), self.now)
        reports = tuple(Report("ups", f"1Z{order}", (told,)) for order in orders)
        record_push(self.database, self.policy, push, Reading(Action.APPLY, reports))

    def send(self) -> None:
        self.outbox().send_due()

    def look(self) -> None:
        """A round of the watch, without its checks."""
        Watch(self.desk, Refused(), lambda: self.now, rounds=Rounds([])).round()

    def usual(self, mails: int, *, ago: timedelta = DAY) -> None:
        self.database.write(lambda tx: store.count_gone(tx, self.now - ago, mails))

    # -- what came of it -----------------------------------------------------------------------------------------------

    def rows(self) -> list[Row]:
        with self.database.read() as tx:
            return outbox.listed(tx, None, 10_000)

    def held(self) -> list[str]:
        return sorted(row["order_id"] for row in self.rows() if row["state"] == "due" and row["held_at"])

    def states(self) -> dict[str, str]:
        return {row["order_id"]: row["state"] for row in self.rows()}

    def open(self, kind: str) -> list[Row]:
        with self.database.read() as tx:
            return incidents.open_of(tx, kind)

    def titles(self) -> list[str]:
        return [row["title"] for row in self.open("mail_brake")]

    def audit(self) -> list[tuple[str, str, str]]:
        with self.database.read() as tx:
            rows = tx.rows("SELECT actor, action, detail, outcome FROM audit ORDER BY at, audit_id")
        return [(row["actor"], row["action"], row["outcome"]) for row in rows]

    def installed(self, ago: timedelta) -> None:
        at = (self.now - ago).isoformat(timespec="milliseconds")
        self.database.write(lambda tx: tx.rows("UPDATE shops SET created_at = :at", at=at))


def live(database: Database, policy: Policy, **more: object) -> Shop:
    return Shop(database, policy, Settings(live=True, mail_url=SMTP, **more))  # type: ignore[arg-type]  # a dict of its own fields
