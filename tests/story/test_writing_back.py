"""What a shop shows stays true, or is listed: whatever happens to a parcel, its order or its shop around a writing."""

import orjson

from relay.desk import care, keeping
from relay.intake.refused import Refused
from relay.outbox import LEASE
from relay.outbox.shop import ShopRoute
from relay.sandbox.vtex import FOREVER, Invoice, Route
from relay.store import keeping as keeping_store
from relay.store import orders, outbox
from relay.watch import Watch
from tests.story.conftest import Story, replace_live
from tests.story.test_story import override, shipped


def nights(story: Story, number: int = 1) -> None:
    """So many nightly readings."""
    for _ in range(number):
        story.world.turn(story.world.clock.hours + 24, rounds=2)
        story.send()


# -- what the nightly reading looks at ---------------------------------------------------------------------------------


def test_a_delivery_that_was_held_back_in_a_pause_is_listed(story: Story) -> None:
    shipped(story)
    nights(story, 5)
    care.pause(story.world.desk, "shop", "ana", story.world.clock.now())
    story.hear("delivered")
    story.send()
    care.resume(story.world.desk, "shop", "ana", story.world.clock.now())
    nights(story)
    assert story.drift() == ["not_written"]


def test_a_delivery_that_the_shop_lost_is_written_again(story: Story) -> None:
    order_id = shipped(story)
    nights(story, 5)
    story.hear("delivered")
    story.send()
    assert story.status(order_id)["finished"]
    package = story.world.vtex.store.package(order_id, "24382")
    package["courierStatus"] = {"status": None, "finished": False, "deliveredDate": None, "data": []}
    story.world.vtex.store.set_tracking(order_id, "24382", {})
    nights(story)
    assert story.status(order_id)["finished"]


def test_a_drift_of_a_parcel_that_ended_closes_when_the_shop_is_put_right(story: Story) -> None:
    story.world.vtex.quirks.refused_signs = {"/": 404}
    story.world.connect("hook")
    order_id = story.world.ship(invoice="24/382")
    story.ways_in("hook")
    nights(story, 5)
    story.hear("in_transit")
    story.send()
    story.world.clock.hours += 2
    story.hear("delivered")
    story.send()
    assert story.drift() == ["odd_invoice"]
    nights(story)
    assert story.drift() == ["odd_invoice"]
    nights(story, 25)
    wanted = {"finished": True, "deliveredDate": "2026-03-07T11:00:00", "data": []}
    package = story.world.vtex.store.package(order_id, "24/382")
    events = [("On its way", "2026-03-07"), ("Delivered", "2026-03-07")]
    wanted["data"] = [
        {"lastChange": f"{day}T00:00:00", "createDate": f"{day}T00:00:00", "city": "", "state": "", "description": text}
        for text, day in events
    ]
    package["courierStatus"] = package["courierStatus"] | wanted
    story.world.vtex.store.set_tracking(order_id, "24/382", {})
    nights(story)
    assert story.drift() == []
    assert (story.message()["state"], story.message()["last_error"]) == ("sent", None)


# -- packages that go --------------------------------------------------------------------------------------------------


def test_a_package_that_is_gone_from_its_order_differs_from_nothing(story: Story) -> None:
    story.world.vtex.quirks.refused_signs = {"/": 404}
    story.world.connect("hook")
    order_id = story.world.ship(invoice="24/382")
    story.ways_in("hook")
    story.world.clock.hours = 1
    story.hear("in_transit")
    story.send()
    assert story.drift() == ["odd_invoice"]
    order = story.world.vtex.store.order(order_id)
    order["packageAttachment"]["packages"].clear()
    story.world.vtex.store.invoice(order_id, Invoice("24383", courier="UPS", tracking_number="1Z999AA10000000002"))
    nights(story)
    assert story.world.parcels(order_id) == [("24383", "1Z999AA10000000002")]
    assert story.drift() == []


def test_a_package_that_goes_while_it_is_written_differs_from_nothing(story: Story) -> None:
    order_id = shipped(story)
    story.world.clock.hours = 2
    story.hear("out_for_delivery")
    story.world.vtex.store.order(order_id)["packageAttachment"]["packages"].clear()
    story.send()
    assert story.drift() == ["invoice_not_found"]
    nights(story)
    assert story.drift() == []


def test_a_shop_that_called_an_order_off_is_not_told_so(story: Story) -> None:
    story.world.connect("hook")
    order_id = story.world.ship()
    story.ways_in("hook")
    story.world.clock.hours = 1
    story.world.vtex.store.cancel(order_id)
    story.ways_in("hook")
    story.send(at=2)
    assert (story.written(), story.lines(order_id), story.drift()) == (0, [], [])


# -- notes -------------------------------------------------------------------------------------------------------------


def test_a_key_that_may_write_no_notes_holds_up_nothing(story: Story) -> None:
    order_id = shipped(story)
    story.world.vtex.faults.missing_roles.add(Route.INTERACTIONS)
    override(story, "delivered", write_shop=True)
    story.send(at=1.5)
    assert story.status(order_id)["finished"]
    assert story.world.incidents() == []
    assert story.drift() == []
    assert story.message()["state"] == "sent"
    assert "note" in story.message()["receipt"]


def test_a_note_that_a_failing_shop_did_not_take_is_no_drift(story: Story) -> None:
    shipped(story)
    override(story, "delivered", write_shop=True)
    story.world.vtex.faults.fail(1, status=400, route=Route.INTERACTIONS)
    story.send(at=1.5)
    assert (story.message()["state"], story.drift()) == ("sent", [])


def test_a_note_reaches_the_shop_also_where_it_shows_the_correction_already(story: Story) -> None:
    order_id = shipped(story)
    override(story, "delivered", write_shop=True)
    story.world.vtex.faults.lose_answers(1, status=502, route=Route.TRACKING)
    story.send(at=1.5)
    story.send(at=1.6)
    assert story.status(order_id)["finished"]
    assert len(story.world.vtex.notes) == 1
    nights(story)
    assert len(story.world.vtex.notes) == 1


# -- moments -----------------------------------------------------------------------------------------------------------


def test_a_delivery_that_is_dated_ahead_is_written_when_its_moment_has_come(story: Story) -> None:
    order_id = shipped(story)
    story.world.clock.hours = 6
    story.hear("out_for_delivery")
    story.hear("delivered", ahead=3)
    story.send()
    assert not story.status(order_id)["finished"]
    assert story.drift() == ["refused_date"]
    nights(story)
    assert story.status(order_id)["finished"]
    assert story.drift() == []


# -- who is forgotten --------------------------------------------------------------------------------------------------


def test_of_a_customer_who_is_forgotten_nothing_is_written_or_listed_any_more(story: Story) -> None:
    order_id = shipped(story)
    with story.world.database.read() as tx:
        assert "On its way" in orders.shipments_of(tx, "default", order_id)[0]["shop_shows"]
    story.world.vtex.store.finish(order_id, "24382")
    nights(story)
    assert story.drift() == ["finished_in_shop"]
    keeping.forget(story.world.desk, order_id, "ana", story.world.clock.now())
    assert story.drift() == []
    story.hear("out_for_delivery")
    story.send()
    nights(story, 2)
    assert (story.written(), story.lines(order_id), story.drift()) == (1, ["On its way"], [])
    with story.world.database.read() as tx:
        row = orders.shipments_of(tx, "default", order_id)[0]
        kept = tx.rows("SELECT detail, closed_at FROM drifts")
    assert (row["shown_status"], row["shop_shows"]) == ("out_for_delivery", None)
    assert all(one["detail"] == keeping_store.ERASED and one["closed_at"] for one in kept)


def test_what_is_exported_of_an_order_says_where_its_shop_differed(story: Story) -> None:
    order_id = shipped(story)
    story.world.vtex.store.finish(order_id, "24382")
    nights(story)
    exported = orjson.loads(
        orjson.dumps(keeping.export(story.world.desk, order_id, "ana", story.world.clock.now()), default=str)
    )
    (order,) = exported["orders"]
    assert [drift["reason"] for drift in order["drifts"]] == ["finished_in_shop"]
    assert order["shop_read"]["order_id"] == order_id


# -- races and what is made up for -------------------------------------------------------------------------------------


def test_a_correction_between_claim_and_writing_keeps_its_time_to_be_undone(story: Story) -> None:
    order_id = shipped(story)
    story.world.clock.hours = 2
    story.hear("out_for_delivery")
    now = story.world.clock.now()
    claimed = story.world.database.write(lambda tx: outbox.claim_lead(tx, "shop", now, now + LEASE))
    assert claimed
    override(story, "delivered", write_shop=True)
    with story.world.database.read() as tx:
        assert ShopRoute(replace_live(story.is_live)).is_overtaken(tx, [claimed], now), "it would write the correction"
    story.send(at=2 + 9 / 60)
    assert not story.status(order_id)["finished"]
    story.send(at=2 + 11 / 60)
    assert story.status(order_id)["finished"]


def test_a_package_that_was_gone_for_a_while_is_told_what_it_missed(story: Story) -> None:
    order_id = shipped(story)
    packages = story.world.vtex.store.order(order_id)["packageAttachment"]["packages"]
    (package,) = packages
    packages.clear()
    story.world.clock.hours = 2
    story.hear("out_for_delivery")
    nights(story)
    assert (story.world.parcels(order_id), story.message()["state"]) == ([], "superseded")
    packages.append(package)
    story.world.vtex.store.set_tracking(order_id, "24382", {})
    nights(story)
    assert story.lines(order_id) == ["On its way", "Out for delivery"]
    assert story.drift() == []


def test_what_was_given_up_and_told_after_all_is_no_incident_any_more(story: Story) -> None:
    order_id = shipped(story)
    story.world.clock.hours = 2
    story.hear("out_for_delivery")
    story.world.vtex.faults.fail(FOREVER, status=500, route=Route.TRACKING)
    for _ in range(9):
        story.send(story.world.clock.hours + 11)
    assert story.message()["state"] == "dead"
    watch = Watch(story.world.desk, Refused(), story.world.clock.now)
    watch.round()
    assert ("dead_message", "shop") in story.world.incidents()
    story.world.vtex.faults.clear()
    nights(story)
    assert story.lines(order_id) == ["On its way", "Out for delivery"]
    watch.round()
    assert ("dead_message", "shop") not in story.world.incidents()
