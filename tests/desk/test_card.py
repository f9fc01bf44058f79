"""A card is read from what is stored: the same on both engines, in one snapshot, and it names no customer."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta

import orjson
import pytest

from relay.database import Database, Tx
from relay.desk.card import Card
from relay.desk.facets import Asked, GivenUp
from relay.desk.headline import Matter
from relay.model import Kind, Status
from relay.store import incidents, orders, outbox
from tests.bot import cards
from tests.bot.told import NOW
from tests.intake.conftest import emptied

MATTERS = {
    "on_its_way": Matter.ON_ITS_WAY,
    "announced": Matter.ON_ITS_WAY,
    "out_for_delivery": Matter.OUT_FOR_DELIVERY,
    "delivered": Matter.DELIVERED,
    "attempted": Matter.ATTEMPTED,
    "pickup": Matter.PICKUP,
    "exception": Matter.EXCEPTION,
    "returning": Matter.RETURNING,
    "returned": Matter.RETURNED,
    "cancelled": Matter.CANCELLED,
    "stuck": Matter.STUCK,
    "stuck_announced": Matter.STUCK,
    "late": Matter.LATE,
    "late_not_shipped": Matter.LATE,
    "not_shipped": Matter.NOT_SHIPPED,
    "numbered": Matter.NOT_SHIPPED,
    "given_up": Matter.GIVEN_UP,
    "expired": Matter.GIVEN_UP,
    "long_late": Matter.GIVEN_UP,
    "held": Matter.HELD,
    "contradicted": Matter.CONTRADICTED,
    "overridden": Matter.OVERRIDDEN,
    "unreachable": Matter.UNREACHABLE,
    "nobody": Matter.NOBODY,
    "unknown_carrier": Matter.NOBODY,
    "two_parcels": Matter.STUCK,
    "all_arrived": Matter.DELIVERED,
    "many_parcels": Matter.STUCK,
    "return_on_its_way": Matter.ON_ITS_WAY,
    "differs_in_shop": Matter.DELIVERED,
    "watched": Matter.ON_ITS_WAY,
}


@pytest.fixture(scope="module")
def told(corrected_sqlite: Database) -> Iterator[Database]:
    cards.tell_all(emptied(corrected_sqlite))
    yield corrected_sqlite
    emptied(corrected_sqlite)


@pytest.fixture(scope="module")
def told_postgresql(corrected_postgresql: Database) -> Iterator[Database]:
    cards.tell_all(emptied(corrected_postgresql))
    yield corrected_postgresql
    emptied(corrected_postgresql)


def test_every_kind_has_the_headline_that_is_meant(told: Database) -> None:
    assert {kind: cards.read_card(told, kind).headline.matter for kind in cards.KINDS} == MATTERS


def test_both_engines_read_the_same_cards(told: Database, told_postgresql: Database) -> None:
    for kind in cards.KINDS:
        assert settled(cards.read_card(told, kind)) == settled(cards.read_card(told_postgresql, kind))


def settled(card: Card) -> dict[str, object]:
    """Without what is made by chance: tokens and ids."""
    shown = asdict(card) | {"page_url": ""}
    shown["incidents"] = [one | {"incident_id": ""} for one in shown["incidents"]]
    shown["notices"] = [one | {"notice_id": ""} for one in shown["notices"]]
    return shown


def test_no_card_names_the_customer(told: Database) -> None:
    for kind in cards.KINDS:
        assert b"ana@example.com" not in orjson.dumps(asdict(cards.read_card(told, kind)))


def test_clocks_and_scans_are_those_of_the_parcel(told: Database) -> None:
    card = cards.read_card(told, "stuck")
    (parcel,) = card.parcels
    assert [event.place for event in parcel.events] == ["", "São Paulo, SP", "Cajamar, SP"]
    assert parcel.moved_at == NOW - timedelta(hours=75)
    assert parcel.asked_at == NOW - timedelta(hours=2)
    assert (parcel.asking.asked, parcel.asking.label, parcel.asking.is_stale) == (Asked.ANSWERED, "Correios", False)
    assert [mail.state for mail in parcel.told] == ["sent"]
    assert (card.promised, card.headline.place) == (NOW.date() - timedelta(days=1), "Cajamar, SP")


def test_an_override_says_what_it_tells_until_when_and_whether_the_carrier_agrees(told: Database) -> None:
    standing, contradicted = (
        cards.read_card(told, kind).parcels[0].override for kind in ("overridden", "contradicted")
    )
    assert standing is not None
    assert contradicted is not None
    assert (standing.tells, standing.until_word, standing.is_contradicted) == (True, "carrier", False)
    assert standing.effects_at == standing.at + timedelta(minutes=10)
    assert contradicted.is_contradicted


def test_a_carrier_that_is_failing_brings_its_incident_to_the_card(told: Database) -> None:
    card = cards.read_card(told, "unreachable")
    assert [(one.trouble.kind, one.trouble.figures["carrier"]) for one in card.incidents] == [("ask_failing", "DHL")]
    assert card.parcels[0].asking.failure == "timeout"
    assert cards.read_card(told, "on_its_way").incidents == ()


def test_an_incident_that_lists_the_order_comes_to_its_card(corrected_sqlite: Database, told: Database) -> None:
    def work(tx: Tx) -> str:
        row = orders.shipments_of(tx, "default", cards.order_of("late"))[0]
        incident = incidents.open_incident(
            tx, kind="untold", subject="customers", title="Not told", remedy="Decide", now=NOW
        )
        incidents.add_to_incident(tx, incident, row, "in_transit")
        return incident

    opened = told.write(work)
    assert [one.incident_id for one in cards.read_card(told, "late").incidents] == [opened]
    assert cards.read_card(told, "stuck").incidents == ()
    told.write(lambda tx: incidents.close_incident(tx, "untold", "customers", NOW))
    assert cards.read_card(told, "late").incidents == ()


def test_a_channel_that_is_down_is_on_every_card(told: Database) -> None:
    told.write(
        lambda tx: incidents.open_incident(
            tx, kind="channel_down", subject="email", title="Mail is down", remedy="Wait", now=NOW
        )
    )
    assert [one.trouble.kind for one in cards.read_card(told, "late").incidents] == ["channel_down"]
    told.write(lambda tx: incidents.close_incident(tx, "channel_down", "email", NOW))


def test_a_note_about_a_carrier_is_on_the_cards_of_its_parcels_on_their_way(told: Database) -> None:
    assert [notice.text for notice in cards.read_card(told, "nobody").notices] == ["Strike at UPS until Friday"]
    assert cards.read_card(told, "late").notices == ()


def test_who_watches_is_on_the_card(told: Database) -> None:
    assert cards.read_card(told, "watched").watchers == ("U0AGENT01",)


def test_what_the_shop_was_read_to_show_stands_beside_what_is_true(told: Database) -> None:
    shop = cards.read_card(told, "differs_in_shop").parcels[0].shop
    assert shop is not None
    assert (shop.is_finished, shop.lines, shop.drift) == (False, 1, "not_finished")
    assert cards.read_card(told, "delivered").parcels[0].shop is None


@pytest.mark.parametrize(
    ("kind", "why"), [("given_up", GivenUp.QUIET), ("expired", GivenUp.CARRIER), ("long_late", GivenUp.PROMISE)]
)
def test_a_parcel_is_given_up_for_the_reason_it_is_listed_for(told: Database, kind: str, why: GivenUp) -> None:
    assert cards.read_card(told, kind).parcels[0].given_up is why


def test_a_return_is_told_apart_from_the_sale(told: Database) -> None:
    card = cards.read_card(told, "return_on_its_way")
    assert [parcel.kind for parcel in card.parcels] == [Kind.OUTBOUND, Kind.RETURN]
    assert card.main_parcel is card.parcels[1]


def test_a_carrier_that_neither_told_nor_answered_for_long_makes_a_card_stale(told: Database) -> None:
    later = NOW + timedelta(hours=12)
    assert cards.read_card(told, "on_its_way", later).parcels[0].asking.is_stale
    assert not cards.read_card(told, "delivered", later).parcels[0].asking.is_stale


def test_an_order_without_parcels_has_a_card(told: Database) -> None:
    card = cards.read_card(told, "cancelled")
    assert (card.status, card.parcels, card.main_parcel) == (Status.CANCELLED, (), None)


def test_what_keeps_mails_back_is_on_the_card(told: Database) -> None:
    told.write(lambda tx: outbox.pause(tx, "email", "ana", NOW))
    assert cards.read_card(told, "late").mail_mode == "paused"
    told.write(lambda tx: outbox.resume(tx, "email"))
    assert cards.read_card(told, "late").mail_mode == "send"
