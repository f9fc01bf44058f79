"""What happens to an order of the cards' tests, in one line each: ordered, scanned, answered about, mailed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from relay.database import Database, Tx
from relay.desk import Desk
from relay.intake.parcels import Parcel
from relay.model import Fact
from relay.settings import Settings
from relay.store import asks, outbox
from tests.conftest import NOON, fact
from tests.intake.steps import POLICY, about, add_order, hear, later

#: A Thursday morning in São Paulo, ten days after the noon that the facts are counted from.
NOW: Final = datetime.fromisoformat("2026-03-12T12:00:00+00:00")
HOURS: Final = (NOW - NOON) / timedelta(hours=1)
SETTINGS: Final = Settings(
    public_url="https://track.shop.example",
    adapters={
        "correios": {"USER": "shop", "ACCESS_CODE": "code"},
        "dhl-unified": {"API_KEY": "key"},
    },
)
CORREIOS: Final = "correios"


def before_now(hours: float) -> float:
    """Hours after noon, as the facts are counted."""
    return HOURS - hours


def scan(status: str, ago: float, place: str = "Cajamar, SP", words: str = "", **more: object) -> Fact:
    at = NOW - timedelta(hours=ago)
    own = {"source": CORREIOS, "place": place, "description": words, "code": "BDE"}
    return fact(status, before_now(ago), **{**own, "received_at": at, **more})


@dataclass(frozen=True)
class Told:
    """Everything that happened to one order."""

    database: Database
    order_id: str
    number: str

    def ordered(
        self,
        days_ago: float = 6,
        promised: str | None = "2026-03-14",
        carrier: str | None = CORREIOS,
        package: str | None = None,
    ) -> None:
        ordered = (NOW - timedelta(days=days_ago + 1)).date().isoformat()
        parcel = Parcel(carrier, self.number, package)
        given = {"short_number": f"9{self.order_id}", "promised_at": promised, "ordered_at": ordered}
        add_order(self.database, POLICY, self.order_id, parcel, at=before_now(days_ago * 24), **given)

    def without_parcel(self, days_ago: float = 1, promised: str = "2026-03-14", shop_status: str | None = None) -> None:
        given = {"promised_at": promised, "shop_status": shop_status}
        add_order(self.database, POLICY, self.order_id, Parcel(), at=before_now(days_ago * 24), **given)

    def scanned(self, *facts: Fact, carrier: str = CORREIOS, number: str = "") -> None:
        """Each told as it happened."""
        for one in facts:
            ago = (NOW - (one.occurred_at or NOW)) / timedelta(hours=1)
            report = about(one._replace(source=carrier), carrier=carrier, number=number or self.number)
            hear(self.database, POLICY, report, at=before_now(ago) + 0.01, source=carrier)

    def answered(self, hours_ago: float = 1, carrier: str = CORREIOS) -> None:
        track, at = f"{carrier}/{self.number}", NOW - timedelta(hours=hours_ago)

        def work(tx: Tx) -> None:
            asks.mark_tried(tx, track, at, None)
            asks.plan(tx, track, at + timedelta(hours=6), at + timedelta(days=12))

        self.database.write(work)

    def mailed(self) -> None:
        """What waits has left, each when it was due."""

        def work(tx: Tx) -> None:
            while message := outbox.claim_lead(tx, "email", later(9999), later(10000)):
                row = next(
                    row
                    for row in outbox.messages_of(tx, message.shipment_id)
                    if row["message_id"] == message.message_id
                )
                outbox.settle(tx, message, "sent", sent_at=datetime.fromisoformat(row["due_at"]), receipt="250 taken")

        self.database.write(work)


def desk_of(database: Database) -> Desk:
    return Desk(database, SETTINGS, POLICY)
