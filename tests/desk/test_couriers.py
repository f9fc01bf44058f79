"""What a shop calls its carriers: who is meant is said once, and every open parcel follows."""

from dataclasses import dataclass

import pytest

from relay.database import Database, Tx
from relay.desk import Desk, correct
from relay.desk.couriers import Corrected, Unmatched, in_words, listed, set_courier
from relay.errors import BadInput
from relay.intake import Policy, parcels
from relay.intake.matching import matched
from relay.intake.parcels import Parcel
from relay.model import Kind
from relay.settings import load_settings
from relay.shops import Package
from relay.store import ledger, orders, packages
from tests.conftest import NOON, fact
from tests.intake.steps import about, add_order, facts_on, hear, later, override, shipment, shown

RAPID = Package("24382", Kind.OUTBOUND, courier="Entrega Rápida", tracking_number="123")


@dataclass(frozen=True, slots=True)
class Shop:
    """A desk, and a shop that tells of packages."""

    desk: Desk

    def tell(self, order: str, package: Package = RAPID) -> None:
        """The package as an order brings it, and its carrier as its hints name it."""
        given = Parcel(
            package=package.invoice, tracking_number=package.tracking_number, tracking_url=package.tracking_url
        )

        def work(tx: Tx) -> None:
            _, row = parcels.record_order(tx, self.desk.policy, order, {}, given, NOON, shop="default")
            assert row is not None
            carrier, columns = matched(tx, "default", row, package)
            packages.save_told(tx, row, columns)
            if carrier:
                parcels.reassign(tx, self.desk.policy, row, carrier, package.tracking_number, NOON)

        self.desk.database.write(work)

    def set(self, text: str, carrier: str | None) -> Corrected:
        return set_courier(self.desk, text, carrier, "ana", later(1))

    def carrier(self, order: str) -> tuple[str | None, str | None]:
        row = shipment(self.desk.database, order)
        return row["carrier"], row["matched_by"]

    def words(self, order: str) -> str:
        with self.desk.database.read() as tx:
            return in_words(tx, orders.shipments_of(tx, "default", order)[0])

    def unmatched(self) -> list[Unmatched]:
        return list(listed(self.desk).unmatched)


@pytest.fixture
def shop(database: Database, policy: Policy) -> Shop:
    return Shop(Desk(database, load_settings({}, env_file=None), policy))


# -- the list ----------------------------------------------------------------------------------------------------------


def test_a_carrier_that_is_known_by_its_name_is_matched_and_the_card_says_by_what(shop: Shop) -> None:
    shop.tell("1", Package("1", Kind.OUTBOUND, courier="PAC Correios", tracking_number="AA123456785BR"))
    assert shop.carrier("1") == ("correios", "courier")
    assert shop.words("1") == "known by the courier on its invoice: PAC Correios"
    assert shop.unmatched() == []


def test_who_is_not_known_stands_on_the_list_with_how_many_wait_for_it(shop: Shop) -> None:
    for order in ("1", "2", "3"):
        shop.tell(order)
    shop.tell("4", Package("4", Kind.OUTBOUND, courier="Melhor Envio - Jadlog"))
    shop.tell("5", Package("5", Kind.OUTBOUND, courier_names=("Frota própria",)))
    shop.tell("6", Package("6", Kind.OUTBOUND, tracking_number="77"))
    override(shop.desk.database, shop.desk.policy, "delivered", until="lifted", order_id="3")
    assert shop.unmatched() == [
        Unmatched("Entrega Rápida", (), 2, "1"),
        Unmatched(None, (), 1, "6"),
        Unmatched("Frota própria", (), 1, "5"),
        Unmatched("Melhor Envio - Jadlog", ("jadlog", "melhor-envio"), 1, "4"),
    ]


def test_the_card_says_what_is_not_known_and_what_settles_it(shop: Shop) -> None:
    shop.tell("1")
    assert shop.words("1") == (
        'the shop says "Entrega Rápida": nobody knows who that is; '
        '`wismo couriers set "Entrega Rápida" SLUG` settles it for all'
    )
    shop.tell("2", Package("2", Kind.OUTBOUND, courier="Melhor Envio - Jadlog"))
    assert "may be jadlog or melhor-envio" in shop.words("2")
    shop.tell("3", Package("3", Kind.OUTBOUND, tracking_number="ME123456789BR"))
    assert shop.words("3") == "may be correios or melhor-envio; `wismo edit 3 --carrier SLUG` names it"
    shop.tell("4", Package("4", Kind.OUTBOUND))
    assert shop.words("4") == ""


# -- corrections -------------------------------------------------------------------------------------------------------


def test_a_correction_moves_what_is_open_and_tells_what_is_known_of_it(shop: Shop) -> None:
    database, policy = shop.desk.database, shop.desk.policy
    hear(database, policy, about(fact("out_for_delivery", source="loggi"), carrier="loggi", number="123"), at=0)
    hear(database, policy, about(fact("in_transit", source="ups"), carrier="ups", number="123"), at=0)
    for order in ("1", "2"):
        shop.tell(order)
    override(database, policy, "delivered", until="lifted", order_id="2")
    assert shown(database, "1") == "pending"
    done = shop.set("ENTREGA  rapida", "Loggi")
    assert (done.courier, done.carrier, done.parcels) == ("entrega rapida", "loggi", 1)
    assert shop.carrier("1") == ("loggi", "courier")
    assert shown(database, "1") == "out_for_delivery"
    assert shop.carrier("2") == (None, None)
    assert shop.unmatched() == []
    assert len(facts_on(database, "loggi/123")) == 1


def test_what_comes_later_follows_the_table(shop: Shop) -> None:
    shop.set("Entrega Rápida", "jadlog")
    shop.tell("1")
    assert shop.carrier("1") == ("jadlog", "courier")


def test_a_second_correction_moves_what_the_first_one_moved(shop: Shop) -> None:
    shop.tell("1")
    assert shop.set("Entrega Rápida", "jadlog").parcels == 1
    assert shop.set("Entrega Rápida", "loggi").parcels == 1
    assert shop.set("Entrega Rápida", "loggi").parcels == 0
    assert shop.carrier("1") == ("loggi", "courier")


def test_a_name_that_is_removed_is_no_ones_again(shop: Shop) -> None:
    shop.tell("1")
    shop.set("Entrega Rápida", "jadlog")
    assert shop.set("Entrega Rápida", None).parcels == 1
    assert shop.carrier("1") == (None, None)
    assert [one.courier for one in shop.unmatched()] == ["Entrega Rápida"]
    assert listed(shop.desk).entries == []


def test_what_is_built_in_yields_to_the_shop(shop: Shop) -> None:
    shop.tell("1", Package("1", Kind.OUTBOUND, courier="Jadlog", tracking_number="9"))
    assert shop.set("jadlog", "own-fleet").parcels == 1
    assert shop.carrier("1") == ("own-fleet", "courier")


def test_a_page_names_its_carrier_too(shop: Shop) -> None:
    page = "https://rastreio.example.com/9"
    shop.tell("1", Package("1", Kind.OUTBOUND, tracking_number="9", tracking_url=page))
    assert shop.set("rastreio.example.com", "own-fleet").parcels == 1
    assert shop.carrier("1") == ("own-fleet", "url")
    assert shop.words("1") == f"known by its tracking page: {page}"


def test_a_persons_word_is_not_matched_again(shop: Shop) -> None:
    shop.tell("1", Package("1", Kind.OUTBOUND, courier="Jadlog", tracking_number="9"))
    correct.edit(shop.desk, "1", carrier="loggi", number=None, which=None, by="ana", now=NOON)
    assert shop.set("jadlog", "own-fleet").parcels == 0
    assert shop.carrier("1") == ("loggi", None)
    shop.tell("1", Package("1", Kind.OUTBOUND, courier="Jadlog", tracking_number="9"))
    assert shop.carrier("1") == ("loggi", None)


def test_nor_is_one_that_was_added_with_its_carrier(shop: Shop) -> None:
    add_order(shop.desk.database, shop.desk.policy, "1")
    assert shop.set("ups", "own-fleet").parcels == 0
    assert shop.carrier("1") == ("ups", None)


def test_many_parcels_follow_in_portions(shop: Shop) -> None:
    for order in range(120):
        shop.tell(str(order), Package("1", Kind.OUTBOUND, courier="Entrega Rápida", tracking_number=f"N{order}"))
    assert shop.set("Entrega Rápida", "jadlog").parcels == 120
    assert shop.unmatched() == []


def test_every_correction_is_audited(shop: Shop) -> None:
    shop.set("Entrega Rápida", "jadlog")
    shop.set("Entrega Rápida", "loggi")
    shop.set("Entrega Rápida", None)
    with shop.desk.database.read() as tx:
        rows = tx.rows("SELECT actor, detail FROM audit WHERE action = 'couriers' ORDER BY at, detail")
    assert sorted(row["detail"] for row in rows) == [
        "entrega rapida: - -> jadlog",
        "entrega rapida: jadlog -> loggi",
        "entrega rapida: loggi -> -",
    ]


@pytest.mark.parametrize("text", ["", "  ", "---", "x" * 501])
def test_what_is_no_name_is_refused_by_name(shop: Shop, text: str) -> None:
    with pytest.raises(BadInput, match=r"^courier: .*no name of a courier"):
        shop.set(text, "jadlog")
    with pytest.raises(BadInput, match=r"^carrier: "):
        shop.set("Entrega Rápida", "---")
    with shop.desk.database.read() as tx:
        assert ledger.audit_of(tx, "default", "1") == []
