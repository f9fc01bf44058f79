"""The pretend shop speaks as a VTEX does, and fails in one way at a time."""

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from relay.errors import NotFound
from relay.sandbox.faults import VTEX_EFFECTS, VtexFault
from relay.sandbox.journeys import Journey
from relay.sandbox.shop import Ordered, PretendShop
from relay.sandbox.vtex import PretendVtex, open_vtex
from relay.shops.vtex.hooks import feed_body, hook_body
from relay.tracking.matching import Hints, match
from tests.sandbox.vtex.conftest import ORDERS, Hours


@dataclass
class Counter:
    """A shop, and somebody who asks it with the right key."""

    shop: PretendShop
    hours: Hours

    def order(self) -> Ordered:
        return self.shop.place("Ana", "es", Journey.STRAIGHT)

    def asked(self, method: str, path: str, body: object = None) -> httpx.Response:
        vtex = self.shop.vtex
        return httpx.request(method, vtex.url + path, json=body, headers=vtex.key.headers, trust_env=False)

    def write(self, ordered: Ordered, *lines: str) -> httpx.Response:
        events = [{"description": line, "date": "2026-02-09", "city": "", "state": ""} for line in lines]
        body = {"isDelivered": False, "deliveredDate": None, "events": events}
        return self.asked("PUT", f"{ORDERS}/{ordered.order_id}/invoice/{ordered.invoice}/tracking", body)

    def lines(self, ordered: Ordered) -> list[str]:
        shown = self.shop.vtex.store.package(ordered.order_id, ordered.invoice)["courierStatus"]
        return [line["description"] for line in shown["data"]]


@pytest.fixture
def counter() -> Iterator[Counter]:
    hours = Hours()
    with open_vtex(hours.now) as vtex:
        yield Counter(PretendShop(hours.now, vtex), hours)


def listen(vtex: PretendVtex) -> None:
    vtex.feed.configure(feed_body())


def test_an_order_is_invoiced_with_a_number_by_which_its_carrier_is_known(counter: Counter) -> None:
    ordered = counter.order()
    told = counter.asked("GET", f"{ORDERS}/{ordered.order_id}").json()
    (package,) = told["packageAttachment"]["packages"]
    assert (told["status"], told["sequence"], package["invoiceNumber"]) == ("invoiced", ordered.number, ordered.invoice)
    assert told["clientProfileData"]["email"] == "customer-1@example.com"
    assert told["clientPreferencesData"]["locale"] == "es"
    assert match(Hints(package["courier"], tracking_number=package["trackingNumber"]), {}).carrier == "ups"


def test_it_tells_of_what_waits_in_its_feed_within_a_minute(counter: Counter) -> None:
    assert counter.shop.next_told_at() is None
    listen(counter.shop.vtex)
    counter.order()
    moment = counter.shop.next_told_at()
    assert moment is not None
    assert (moment - counter.hours.now()).total_seconds() == 60
    counter.hours.past = 1
    assert counter.shop.next_told_at() is None, "who did not fetch it by then is late"


def test_calls_that_do_not_get_through_wait_until_they_do(counter: Counter) -> None:
    vtex = counter.shop.vtex
    vtex.hook.install(hook_body("http://127.0.0.1:9/nobody", "a secret"))
    counter.shop.fail(VtexFault.HOOK_LOST)
    counter.order()
    counter.shop.tell_due()
    assert (vtex.hook.posts, counter.shop.next_told_at()) == ([], None)
    counter.shop.fail(VtexFault.NONE)
    counter.shop.tell_due()
    assert [post.body["State"] for post in vtex.hook.posts] == ["invoice", "invoiced"]


def test_a_fault_takes_the_place_of_the_one_before(counter: Counter) -> None:
    ordered = counter.order()
    answers = {}
    for fault in VtexFault:
        counter.shop.fail(fault)
        answers[fault] = counter.asked("GET", f"{ORDERS}/{ordered.order_id}"), counter.write(ordered, "A")
    found = {fault: (read.status_code, written.status_code) for fault, (read, written) in answers.items()}
    refused = {
        VtexFault.REFUSES: (401, 401),
        VtexFault.FORBIDS: (200, 403),
        VtexFault.THROTTLES: (429, 429),
        VtexFault.DOWN: (503, 503),
    }
    assert found == dict.fromkeys(VtexFault, (200, 200)) | refused
    assert answers[VtexFault.THROTTLES][0].headers["Retry-After"] == "600"
    assert set(VTEX_EFFECTS) == set(VtexFault)


def test_what_it_takes_is_replaced_not_shown_or_added_as_the_fault_says(counter: Counter) -> None:
    ordered = counter.order()
    counter.write(ordered, "A")
    counter.write(ordered, "A", "B")
    assert counter.lines(ordered) == ["A", "B"]
    counter.shop.fail(VtexFault.SHOWS_NOTHING)
    assert counter.write(ordered, "C").status_code == 200
    assert counter.lines(ordered) == ["A", "B"]
    counter.shop.fail(VtexFault.ADDS)
    counter.write(ordered, "A")
    assert counter.lines(ordered) == ["A", "B", "A"]
    counter.shop.fail(VtexFault.NONE)
    counter.write(ordered, "D")
    assert counter.lines(ordered) == ["A", "B", "A", "D"], "an account stays what it is"


def test_an_invoice_with_a_slash_takes_no_news(counter: Counter) -> None:
    counter.shop.fail(VtexFault.SLASH)
    ordered = counter.order()
    assert "/" in ordered.invoice
    assert counter.write(ordered, "A").status_code == 404
    counter.shop.fail(VtexFault.NONE)
    assert "/" not in counter.order().invoice


def test_somebody_says_delivered_in_the_admin(counter: Counter) -> None:
    ordered = counter.order()
    counter.shop.mark_delivered(ordered.number)
    assert counter.shop.vtex.store.package(ordered.order_id, ordered.invoice)["courierStatus"]["finished"]
    with pytest.raises(NotFound, match="the shop has no order '9'"):
        counter.shop.mark_delivered("9")
