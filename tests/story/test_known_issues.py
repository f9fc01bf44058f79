"""The shop platform's twenty known issues, by their numbers in docs/vtex.md: what Wismo does about each."""

import re
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from relay.desk.view import order_json, parcel_view
from relay.mail import words
from relay.sandbox.vtex import Invoice, Line, Purchase
from relay.settings import Settings
from relay.store import orders
from tests.conftest import NOON
from tests.orders.conftest import NUMBER
from tests.story.conftest import Story

DOCS = Path(__file__).parents[2] / "docs" / "vtex.md"


def shipped(story: Story, number: str = "24382", purchase: Purchase | None = None, **more: object) -> str:
    """An invoiced order that Wismo knows."""
    story.world.connect("hook")
    order_id = story.world.vtex.store.place(purchase or Purchase())
    given = {"courier": "UPS", "tracking_number": NUMBER} | more
    story.world.vtex.store.invoice(order_id, Invoice(number, **given))  # type: ignore[arg-type]  # its own fields
    story.ways_in("hook")
    return order_id


def live(story: Story, *statuses: str, every: float = 3) -> None:
    """The carrier tells these, some hours apart, and what is due leaves."""
    for status in statuses:
        story.world.clock.hours += every
        story.hear(status)
        story.send()


def test_issue_1_updates_that_stop_are_told_at_once(story: Story) -> None:
    shipped(story)
    story.world.vtex.faults.rejects_key = True
    live(story, "in_transit")
    assert ("channel_down", "shop") in story.world.incidents()
    assert story.message()["state"] == "due"
    story.world.vtex.faults.clear()
    story.send(at=story.world.clock.hours + 0.1)
    assert story.message()["state"] == "sent"
    assert story.world.incidents() == []


def test_issue_2_a_delivery_by_correios_reaches_the_shop(story: Story) -> None:
    order_id = shipped(story, courier="PAC Correios", tracking_number="AA123456785BR")
    for status in ("in_transit", "delivered"):
        story.world.clock.hours += 3
        story.hear(status, "AA123456785BR", carrier="correios")
        story.send()
    assert story.status(order_id)["finished"]


def test_issue_3_the_first_update_is_mailed_and_an_identical_one_is_not(story: Story) -> None:
    shipped(story)
    live(story, "in_transit")
    assert story.told() == ["in_transit"]
    story.hear("in_transit")
    story.send()
    assert story.told() == ["in_transit"]


@pytest.mark.parametrize(
    ("issue", "number", "signs"),
    [(4, "24/382", {"/": 404}), (5, "24 382", {" ": 500}), (6, "24382 ", {" ": 500}), (7, "24#382", {"#": 404})],
)
def test_issues_4_to_7_an_odd_number_is_kept_as_it_is_tried_once_and_listed(
    story: Story, issue: int, number: str, signs: dict[str, int]
) -> None:
    story.world.vtex.quirks.refused_signs = signs
    order_id = shipped(story, number)
    assert story.world.parcels(order_id) == [(number, NUMBER)], f"issue {issue}: byte for byte"
    live(story, "in_transit")
    assert story.drift() == ["odd_invoice"]
    story.ways_in("sweep")
    live(story, "out_for_delivery")
    story.pass_time(24, step=6)
    assert story.drift() == ["odd_invoice"], "a reading does not know better"
    assert story.written() <= 1, "tried once"
    assert story.told() == ["in_transit", "out_for_delivery"], "the customer is told all the same"


def test_issue_7_an_odd_number_that_the_shop_takes_is_written(story: Story) -> None:
    order_id = shipped(story, "24#382")
    live(story, "in_transit")
    assert story.lines(order_id, "24#382") == ["On its way"]
    assert story.drift() == []


def test_issue_8_a_delivery_as_the_first_word_is_held_and_the_shop_is_not_told_of_it(story: Story) -> None:
    order_id = shipped(story)
    live(story, "delivered")
    assert not story.status(order_id)["finished"]
    assert story.lines(order_id) == []
    with story.world.database.read() as tx:
        shipment = order_json(tx, story.world.desk.settings, "default", order_id)["shipments"][0]  # type: ignore[index]
    assert shipment["held"]["status"] == "delivered"


def test_issue_9_a_delivery_that_my_orders_does_not_show_is_listed_with_the_step_that_it_shows(story: Story) -> None:
    lines = (Line("1"), Line("2"))
    shipped(story, purchase=Purchase(lines=lines), items=(("1", 1),), value=2 * Line().price)
    live(story, "in_transit", "delivered")
    assert story.drift() == ["my_orders_differs"]
    story.ways_in("sweep")
    assert story.drift() == ["my_orders_differs"], "it stays listed as long as it is so"


def test_issue_10_what_the_order_itself_shows_as_delivered_is_not_sent_again(story: Story) -> None:
    shipped(story)
    live(story, "in_transit", "delivered")
    written = story.written()
    for _ in range(3):
        story.world.clock.hours += 24
        story.ways_in("sweep")
        story.send()
    assert story.written() == written


def test_issue_11_a_return_is_followed_and_neither_told_nor_written(story: Story) -> None:
    story.world.connect("hook")
    store = story.world.vtex.store
    order_id = store.place()
    store.invoice(order_id, Invoice("1", courier="UPS", tracking_number="1Z999AA10000000002"))
    store.add_input_invoice(order_id, Invoice("2", courier="UPS", tracking_number=NUMBER))
    story.ways_in("hook", "sweep")
    live(story, "in_transit", "delivered")
    with story.world.database.read() as tx:
        (back,) = (row for row in orders.shipments_of(tx, "default", order_id) if row["kind"] == "return")
    assert back["shown_status"] == "delivered"
    assert (story.told(), story.written(), story.lines(order_id, "2")) == ([], 0, [])


def test_issue_12_an_order_that_never_becomes_invoiced_is_followed_by_its_packages(story: Story) -> None:
    story.world.vtex.quirks.marketplace_copy_stays = True
    story.world.connect("hook")
    order_id = story.world.vtex.store.place(Purchase(has_copy=True))
    story.world.vtex.store.invoice(order_id, Invoice("24382", courier="UPS", tracking_number=NUMBER))
    story.ways_in("hook", "sweep")
    assert story.world.vtex.store.order(order_id)["status"] != "invoiced"
    live(story, "in_transit")
    assert story.lines(order_id) == ["On its way"]
    assert story.told() == ["in_transit"]


def test_issue_13_an_order_that_was_changed_is_followed_as_its_successor_is(story: Story) -> None:
    story.world.connect("hook")
    store = story.world.vtex.store
    old = store.place()
    story.ways_in("hook")
    new = store.replace(old)
    store.invoice(new, Invoice("24382", courier="UPS", tracking_number=NUMBER))
    story.ways_in("hook")
    live(story, "in_transit")
    assert [mail.template.value for mail in store.mails if "invoiced" in mail.template.value] == []
    assert story.told() == ["in_transit"], "our mail does not wait for theirs"
    assert story.lines(new) == ["On its way"]


def test_issue_14_a_package_is_promised_for_the_latest_of_its_items(story: Story) -> None:
    lines = (Line("1", promised_at=NOON + timedelta(days=2)), Line("2", promised_at=NOON + timedelta(days=9)))
    order_id = shipped(story, purchase=Purchase(lines=lines))
    with story.world.database.read() as tx:
        assert orders.order(tx, "default", order_id)["promised_at"] == "2026-03-11"


@pytest.mark.parametrize("issue", [15, 16])
def test_issues_15_and_16_the_hook_listens_to_the_workflow_and_what_is_skipped_is_swept(
    story: Story, issue: int
) -> None:
    story.world.connect("hook")
    assert story.world.vtex.hook.config()["filter"]["type"] == "FromWorkflow", issue  # type: ignore[index]
    story.world.vtex.quirks.lost_notices = 99
    order_id = story.world.ship()
    story.pass_time(25, step=5)
    assert story.world.parcels(order_id) == [("24382", NUMBER)]


def test_issue_17_what_is_in_a_package_is_told_to_nobody(story: Story) -> None:
    order_id = shipped(story, purchase=Purchase(lines=(Line("1"), Line("1"))))
    with story.world.database.read() as tx:
        told = order_json(tx, story.world.desk.settings, "default", order_id)
    assert not re.search(r"sku|item", repr(told), re.IGNORECASE)


def test_issue_18_a_marketplace_is_told_no_delivery_that_it_would_refuse(story: Story) -> None:
    order_id = shipped(story, purchase=Purchase(affiliate="MGZ"))
    live(story, "in_transit", "delivered")
    assert story.status(order_id)["finished"]
    assert story.world.vtex.store.connector_faults == []


def test_issue_19_number_and_address_are_filled_together(story: Story) -> None:
    order_id = shipped(story)
    story.writes = "if-empty"
    live(story, "in_transit")
    package = story.world.vtex.store.package(order_id, "24382")
    assert package["trackingNumber"] == NUMBER
    assert "/t/" in package["trackingUrl"]


def test_issue_20_the_carriers_date_is_believed_before_the_shops(story: Story) -> None:
    order_id = shipped(story)
    live(story, "in_transit")
    with story.world.database.read() as tx:
        (shipment,) = orders.shipments_of(tx, "default", order_id)
        order = orders.order(tx, "default", order_id)
        settings = Settings()
        shop_says = parcel_view(tx, settings, order, shipment)
        carrier_says = parcel_view(tx, settings, order, shipment | {"estimated_at": "2026-03-20"})
    zone = str(ZoneInfo("America/Sao_Paulo"))
    assert "March 6" in words.expected(shop_says, "en", zone, NOON)
    assert "March 20" in words.expected(carrier_says, "en", zone, NOON)


def test_the_documentation_names_all_twenty() -> None:
    section = DOCS.read_text(encoding="utf-8").partition("## Known issues of VTEX")[2]
    told = {int(number) for number in re.findall(r"^\| (\d+) \|", section, re.MULTILINE)}
    assert told == set(range(1, 21))
