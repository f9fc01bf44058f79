"""One order for every kind of card in a real database, made by what carriers, shops and people say of it."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import orjson

from relay.database import Database, Tx
from relay.desk.card import Card, card_of
from relay.desk.noticing import NewNotice, set_notice
from relay.desk.watching import Thread, watch
from relay.store import asks, drifts, incidents, orders, writes
from tests.bot.several import all_arrived, many_parcels, return_on_its_way, two_parcels
from tests.bot.told import CORREIOS, NOW, Told, before_now, desk_of, scan
from tests.intake.conftest import emptied, installed
from tests.intake.steps import POLICY, override

Happened = Callable[[Told], None]


def on_its_way(told: Told) -> None:
    told.ordered()
    told.scanned(
        scan("info_received", 60, ""),
        scan("in_transit", 30, words="Objeto postado"),
        scan("in_transit", 3, "Indaiatuba, SP", "Objeto em transferência"),
    )
    told.answered()
    told.mailed()


def announced(told: Told) -> None:
    told.ordered()
    told.scanned(scan("info_received", 20, ""))
    told.answered()


def out_for_delivery(told: Told) -> None:
    told.ordered()
    told.scanned(
        scan("in_transit", 30), scan("out_for_delivery", 2, "Campinas, SP", "Objeto saiu para entrega ao destinatário")
    )
    told.answered(0.5)
    told.mailed()


def delivered(told: Told) -> None:
    told.ordered()
    told.scanned(
        scan("in_transit", 50),
        scan("out_for_delivery", 26),
        scan("delivered", 20, "Campinas, SP", "Objeto entregue ao destinatário"),
    )
    told.answered()
    told.mailed()


def attempted(told: Told) -> None:
    told.ordered()
    told.scanned(
        scan("in_transit", 50),
        scan("out_for_delivery", 8, "Campinas, SP"),
        scan("attempted", 4, "Campinas, SP", "Destinatário ausente"),
    )
    told.answered(0.4)


def pickup(told: Told) -> None:
    told.ordered(promised="2026-03-09")
    told.scanned(
        scan("in_transit", 80),
        scan("available_for_pickup", 28, "Agência Centro, Campinas, SP", "Objeto aguardando retirada"),
    )
    told.answered()
    told.mailed()


def exception(told: Told) -> None:
    told.ordered()
    told.scanned(scan("in_transit", 50), scan("exception", 6, "Campinas, SP", "Endereço incorreto"))
    told.answered()


def returning(told: Told) -> None:
    told.ordered(promised="2026-03-10")
    told.scanned(
        scan("in_transit", 90),
        scan("attempted", 50),
        scan("returning", 12, "Campinas, SP", "Objeto em devolução ao remetente"),
    )
    told.answered()


def returned(told: Told) -> None:
    told.ordered(promised="2026-03-10")
    told.scanned(scan("in_transit", 90), scan("returning", 40), scan("returned", 5, "São Paulo, SP"))
    told.answered()


def cancelled(told: Told) -> None:
    told.without_parcel(2, shop_status="canceled")


def stuck(told: Told) -> None:
    told.ordered(promised="2026-03-11")
    told.scanned(
        scan("info_received", 130, ""),
        scan("in_transit", 100, "São Paulo, SP"),
        scan("in_transit", 75, "Cajamar, SP", "Objeto em transferência"),
    )
    told.answered(2)
    told.mailed()


def stuck_announced(told: Told) -> None:
    told.ordered()
    told.scanned(scan("info_received", 90, ""))
    told.answered()


def late(told: Told) -> None:
    told.ordered(promised="2026-03-11")
    told.scanned(
        scan("in_transit", 60),
        scan("in_transit", 20, "Campinas, SP", "Objeto em transferência", estimated_at="2026-03-13"),
    )
    told.answered()


def late_not_shipped(told: Told) -> None:
    told.without_parcel(5, promised="2026-03-10")


def not_shipped(told: Told) -> None:
    told.without_parcel()


def numbered(told: Told) -> None:
    told.ordered(days_ago=0.3)
    told.answered(0.2)


def given_up(told: Told) -> None:
    told.ordered(days_ago=20, promised=None)
    told.scanned(scan("in_transit", 24 * 14, "Cajamar, SP"))
    told.answered(10)

    def work(tx: Tx) -> None:
        asks.plan(tx, f"{CORREIOS}/{told.number}", NOW + timedelta(hours=14), NOW - timedelta(days=1.5))

    told.database.write(work)


def expired(told: Told) -> None:
    told.ordered(days_ago=9, promised=None)
    told.scanned(scan("in_transit", 24 * 8), scan("expired", 20, ""))
    told.answered()


def long_late(told: Told) -> None:
    told.ordered(days_ago=9, promised="2026-03-05")
    told.scanned(scan("in_transit", 60), scan("in_transit", 12))
    told.answered()


def held(told: Told) -> None:
    told.ordered()
    told.scanned(scan("delivered", 2, "Campinas, SP", "Objeto entregue"))


def contradicted(told: Told) -> None:
    told.ordered()
    told.scanned(scan("in_transit", 50))
    override(told.database, POLICY, "delivered", until="lifted", at=before_now(30), order_id=told.order_id)
    told.scanned(scan("returning", 4, "Campinas, SP", "Objeto em devolução"))
    told.answered()


def overridden(told: Told) -> None:
    told.ordered()
    told.scanned(scan("in_transit", 50))
    override(told.database, POLICY, "delivered", until="carrier", at=before_now(0.1), order_id=told.order_id, tell=True)
    told.answered()


def unreachable(told: Told) -> None:
    told.ordered(carrier="dhl-unified")
    told.scanned(scan("in_transit", 30, "Leipzig"), carrier="dhl-unified")

    def work(tx: Tx) -> None:
        asks.mark_tried(tx, f"dhl-unified/{told.number}", NOW - timedelta(minutes=20), "timeout")
        incidents.open_incident(
            tx,
            kind="ask_failing",
            subject="dhl-unified",
            title="DHL gives no usable answer: it does not answer in time",
            remedy="It is tried again by itself",
            figures={"case": "timeout", "carrier": "DHL", "failure": "timeout"},
            now=NOW - timedelta(hours=2),
        )

    told.database.write(work)


def nobody(told: Told) -> None:
    told.ordered(carrier="ups")


def unknown_carrier(told: Told) -> None:
    told.ordered(carrier=None)


def differs_in_shop(told: Told) -> None:
    delivered(told)

    def work(tx: Tx) -> None:
        row = orders.shipments_of(tx, "default", told.order_id)[0]
        shown = {
            "events": [{"date": "2026-03-10", "description": "A caminho"}],
            "is_finished": False,
            "delivered_at": None,
        }
        writes.show(tx, row["shipment_id"], orjson.dumps(shown).decode(), NOW - timedelta(minutes=30))
        drifts.open_drift(tx, row, "not_finished", "", NOW - timedelta(minutes=30))

    told.database.write(work)


def watched(told: Told) -> None:
    on_its_way(told)
    desk = desk_of(told.database)
    watch(desk, told.order_id, Thread("C0123456789", "1773316800.000100"), "U0AGENT01", NOW)


KINDS: Final[Mapping[str, Happened]] = {
    happened.__name__: happened
    for happened in (
        on_its_way,
        announced,
        out_for_delivery,
        delivered,
        attempted,
        pickup,
        exception,
        returning,
        returned,
        cancelled,
        stuck,
        stuck_announced,
        late,
        late_not_shipped,
        not_shipped,
        numbered,
        given_up,
        expired,
        long_late,
        held,
        contradicted,
        unreachable,
        nobody,
        unknown_carrier,
        two_parcels,
        all_arrived,
        many_parcels,
        return_on_its_way,
        differs_in_shop,
        watched,
        overridden,  # its mail is still to leave: nothing is mailed after it
    )
}


def tell_all(database: Database) -> None:
    """Every kind, each an order of its own."""
    for number, happened in enumerate(KINDS.values()):
        happened(Told(database, f"{2001 + number}", f"AA{123456700 + number}BR"))
    desk = desk_of(database)
    set_notice(desk, NewNotice("Strike at UPS until Friday", "2026-03-13", "U0AGENT01", carrier="ups"), NOW)


def order_of(kind: str) -> str:
    return f"{2001 + list(KINDS).index(kind)}"


def read_card(database: Database, kind: str, now: datetime = NOW) -> Card:
    with database.read() as tx:
        return card_of(tx, desk_of(database), "default", order_of(kind), now)


def told_to(path: Path) -> Iterator[Database]:
    """A file to which every kind was told."""
    for database in installed(f"sqlite:{path / 'cards.db'}"):
        tell_all(emptied(database))
        yield database
