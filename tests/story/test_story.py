"""From the shop's word to the shop's truth: whichever way an order comes in, each news is written and told once."""

from itertools import permutations

import pytest

from relay.desk import care, correct
from relay.desk.shop import page_words
from relay.desk.wanted import WantedOverride
from relay.sandbox.vtex import FOREVER, EventsMode, Invoice
from relay.store import incidents
from tests.orders.conftest import NUMBER
from tests.story.conftest import Story


def number(index: int) -> str:
    return f"1Z999AA1000000{index:04}"


def follow(story: Story, order_id: str) -> None:
    """A parcel's life, and that each news of it was written and told once."""
    story.world.clock.hours = 1
    story.hear("in_transit")
    story.send()
    assert story.lines(order_id) == ["On its way"]
    story.world.clock.hours = 5
    story.hear("out_for_delivery")
    story.send()
    story.world.clock.hours = 8
    story.hear("delivered")
    story.send()
    assert story.lines(order_id) == ["On its way", "Out for delivery", "Delivered"]
    assert story.status(order_id)["finished"]
    assert story.told() == ["in_transit", "out_for_delivery", "delivered"]
    assert story.written() == 3
    assert story.message()["state"] == "sent"
    assert "delivered" in story.message()["receipt"]
    assert story.drift() == []


@pytest.mark.parametrize("ways", [("hook",), ("feed",), ("sweep",), *permutations(("hook", "feed", "sweep"))])
def test_each_way_in_and_all_in_any_order_three_times_over_is_one_truth(story: Story, ways: tuple[str, ...]) -> None:
    story.world.connect(*(way for way in ways if way != "sweep"))
    order_id = story.world.ship()
    for _ in range(3):
        story.ways_in(*ways)
    assert story.world.parcels(order_id) == [("24382", NUMBER)]
    follow(story, order_id)
    story.ways_in(*ways)
    story.send(at=9)
    assert story.written() == 3, "what is shown already is not written again"


def test_what_the_carrier_said_before_the_order_came_is_written_with_it(story: Story) -> None:
    story.world.connect("hook")
    order_id = story.world.vtex.store.place()
    story.hear("in_transit")
    story.world.clock.hours = 1
    story.world.vtex.store.invoice(order_id, Invoice("24382", courier="UPS", tracking_number=NUMBER))
    story.ways_in("hook")
    story.send()
    assert story.lines(order_id) == ["On its way"]
    assert story.written() == 1


def test_a_shop_that_adds_is_told_once_and_then_only_what_is_new(story: Story) -> None:
    story.world.connect("hook")
    story.world.vtex.quirks.events_mode = EventsMode.APPEND
    first, second = story.world.ship(), story.world.ship("1Z999AA10000000002", "24383")
    story.ways_in("hook")
    for hours, status in enumerate(("in_transit", "out_for_delivery", "attempted", "delivered"), 1):
        story.world.clock.hours = hours
        story.hear(status)
        story.hear(status, "1Z999AA10000000002")
        story.send()
    shown = sorted([story.lines(first), story.lines(second, "24383")], key=len)
    assert shown[0] == ["On its way", "Out for delivery", "Delivery attempted", "Delivered"]
    assert shown[1] == ["On its way", *shown[0]], "by which it was found out"
    assert story.world.incidents() == [("shop_adds", "default")]
    with story.world.database.read() as tx:
        assert [row["times"] for row in incidents.incidents(tx, only_open=True)] == [1]
    story.world.clock.hours += 24
    story.ways_in("sweep")
    assert story.drift() == [], "what is there twice is known"


def test_in_shadow_and_paused_nothing_is_written_and_all_is_known(story: Story) -> None:
    story.is_live = False
    story.world.connect("hook")
    order_id = story.world.ship()
    story.ways_in("hook")
    story.world.clock.hours = 1
    story.hear("in_transit")
    story.send()
    assert (story.lines(order_id), story.written()) == ([], 0)
    assert story.message()["state"] == "shadow"
    assert story.message()["receipt"] == "would have written: in_transit, 1 line, to invoice 24382"
    story.is_live = True
    care.go_live(story.world.desk, "ana", story.world.clock.now())
    story.ways_in("sweep")
    story.send(at=2)
    assert story.written() == 0, "what was held back is never sent later"
    assert story.drift() == ["not_written"]
    story.hear("out_for_delivery")
    story.send()
    assert story.lines(order_id) == ["On its way", "Out for delivery"], "the next news brings it"
    assert story.drift() == []
    care.pause(story.world.desk, "shop", "ana", story.world.clock.now())
    story.world.clock.hours = 3
    story.hear("attempted")
    story.send()
    assert story.message()["state"] == "paused"
    assert story.written() == 1


def test_what_somebody_changed_in_the_shop_is_told_anew_by_the_nightly_reading(story: Story) -> None:
    story.world.connect("hook")
    order_id = story.world.ship()
    story.ways_in("hook")
    story.world.clock.hours = 1
    story.hear("in_transit")
    story.send()
    story.world.vtex.store.package(order_id, "24382")["courierStatus"]["data"].clear()
    story.world.vtex.store.set_tracking(order_id, "24382", {})
    story.world.clock.hours = 26
    story.ways_in("sweep")
    story.send()
    assert story.lines(order_id) == ["On its way"]
    assert story.drift() == []


def test_what_the_shop_calls_delivered_is_listed_and_left_until_the_carrier_agrees(story: Story) -> None:
    story.world.connect("hook")
    order_id = story.world.ship()
    story.ways_in("hook")
    story.world.clock.hours = 1
    story.hear("in_transit")
    story.send()
    story.world.vtex.store.finish(order_id, "24382")
    story.world.clock.hours = 26
    story.ways_in("sweep")
    assert story.drift() == ["finished_in_shop"]
    story.hear("exception")
    story.send()
    assert story.drift() == ["finished_in_shop"]
    assert story.written() == 1
    story.world.clock.hours = 30
    story.hear("delivered")
    story.send()
    assert story.drift() == []


# -- corrections -------------------------------------------------------------------------------------------------------


def override(story: Story, status: str, *, write_shop: bool) -> str:
    wanted = WantedOverride(status, "the customer confirmed by phone", "ana", write_shop=write_shop)
    return correct.override(story.world.desk, NUMBER, wanted, None, story.world.clock.now()).writes_shop


def shipped(story: Story) -> str:
    story.world.connect("hook")
    order_id = story.world.ship()
    story.ways_in("hook")
    story.world.clock.hours = 1
    story.hear("in_transit")
    story.send()
    return order_id


def test_a_correction_reaches_the_shop_only_when_chosen_and_after_the_time_to_undo(story: Story) -> None:
    order_id = shipped(story)
    assert override(story, "delivered", write_shop=False) == "no (not asked to)"
    story.send(at=1.5)
    assert not story.status(order_id)["finished"]
    assert override(story, "delivered", write_shop=True) == "yes: delivered, which the shop cannot take back"
    story.send(at=1.5 + 9 / 60)
    assert not story.status(order_id)["finished"]
    story.send(at=1.5 + 11 / 60)
    assert story.status(order_id)["finished"]
    assert story.lines(order_id) == ["On its way", "Delivered"]
    (note,) = story.world.vtex.notes
    assert note[1]["message"] == f"ana set parcel {NUMBER} to delivered: the customer confirmed by phone"


def test_what_is_undone_in_time_leaves_no_trace_in_the_shop(story: Story) -> None:
    order_id = shipped(story)
    override(story, "delivered", write_shop=True)
    story.world.clock.hours = 1 + 5 / 60
    correct.lift(story.world.desk, NUMBER, None, "ana", story.world.clock.now())
    story.send(at=2)
    assert not story.status(order_id)["finished"]
    assert story.lines(order_id) == ["On its way"]
    assert story.written() == 1
    assert story.world.vtex.notes == []
    assert story.drift() == []


# -- outages -----------------------------------------------------------------------------------------------------------


def test_after_a_day_without_the_shop_every_package_is_right_and_each_customer_was_told_once(story: Story) -> None:
    story.world.connect("hook", "feed")
    numbers = {story.world.ship(number(index), f"{index}"): f"1Z999AA1000000{index:04}" for index in range(5)}
    story.ways_in("hook")
    story.world.vtex.faults.fail(FOREVER, status=503)
    for hours, status in ((2, "in_transit"), (9, "out_for_delivery"), (14, "delivered")):
        story.pass_time(hours - story.world.clock.hours)
        for one in numbers.values():
            story.hear(status, one)
    story.pass_time(12)
    assert story.written() == 0
    story.world.vtex.faults.clear()
    story.pass_time(2, step=0.1)
    for index, order_id in enumerate(numbers):
        assert story.lines(order_id, str(index)) == ["On its way", "Out for delivery", "Delivered"]
        assert story.status(order_id, str(index))["finished"]
    assert story.drift() == []
    assert sorted(story.told()) == sorted(["in_transit", "out_for_delivery", "delivered"] * 5)
    assert story.world.vtex.store.repeats == 0
    assert story.world.incidents() == []


def test_after_a_day_without_its_hook_no_order_is_missing(story: Story) -> None:
    story.world.connect("hook", "feed")
    story.world.vtex.quirks.lost_notices = 6
    shipped_ = [story.world.ship(number(index), f"{index}") for index in range(3)]
    story.pass_time(26)
    for index, order_id in enumerate(shipped_):
        assert story.world.parcels(order_id) == [(str(index), f"1Z999AA1000000{index:04}")], (
            "found by the nightly sweep"
        )


def test_after_a_day_without_us_nothing_is_missing_and_nothing_told_twice(story: Story) -> None:
    story.world.connect("hook", "feed")
    order_id = story.world.ship()
    later = story.world.ship("1Z999AA10000000002", "24383")
    story.world.clock.hours = 24  # nobody read, nobody answered
    story.hear("in_transit")
    story.world.restarted("another")
    story.pass_time(3, step=0.25)
    assert story.world.parcels(order_id) == [("24382", NUMBER)]
    assert story.world.parcels(later) == [("24383", "1Z999AA10000000002")]
    assert story.lines(order_id) == ["On its way"]
    assert story.told() == ["in_transit"]
    assert story.written() == 1


def test_what_the_shops_customer_sees_is_known_and_follows_each_writing(story: Story) -> None:
    order_id = shipped(story)

    def seen() -> str | None:
        with story.world.database.read() as tx:
            return page_words(tx, story.world.desk, "default", order_id, story.world.clock.now())

    assert seen() == "Shipping order"
    story.world.clock.hours = 5
    story.hear("delivered")
    assert seen() == "Shipping order"
    story.send()
    assert seen() == "Order shipped"
