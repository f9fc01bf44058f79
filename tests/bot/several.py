"""Orders of several parcels, for the cards' tests."""

from relay.intake.parcels import Parcel
from relay.model import Kind
from tests.bot.told import CORREIOS, Told, before_now, scan
from tests.intake.steps import POLICY, add_order


def two_parcels(told: Told) -> None:
    told.ordered(promised="2026-03-11", package="F1")
    told.scanned(scan("in_transit", 80), scan("delivered", 20, "Campinas, SP"))
    second = Parcel(CORREIOS, f"{told.number}B", "F2")
    add_order(told.database, POLICY, told.order_id, second, at=before_now(100))
    told.scanned(scan("in_transit", 76, "Cajamar, SP"), number=f"{told.number}B")


def all_arrived(told: Told) -> None:
    told.ordered(package="F1")
    told.scanned(scan("in_transit", 80), scan("delivered", 50, "Campinas, SP"))
    add_order(told.database, POLICY, told.order_id, Parcel(CORREIOS, f"{told.number}B", "F2"), at=before_now(100))
    told.scanned(scan("in_transit", 76), scan("delivered", 4, "Campinas, SP"), number=f"{told.number}B")


def many_parcels(told: Told) -> None:
    told.ordered()
    told.scanned(scan("in_transit", 80))
    for place in range(30):
        number = f"{told.number}X{place:02}"
        add_order(told.database, POLICY, told.order_id, Parcel(CORREIOS, number), at=before_now(100))


def return_on_its_way(told: Told) -> None:
    told.ordered(promised=None)
    back = Parcel(CORREIOS, f"{told.number}R", kind=Kind.RETURN)
    told.scanned(scan("in_transit", 150), scan("delivered", 120, "Campinas, SP"))
    add_order(told.database, POLICY, told.order_id, back, at=before_now(30))
    told.scanned(scan("in_transit", 10, "Campinas, SP"), number=f"{told.number}R")
