"""Hook and feed: ours are made and kept, everybody else's are left alone."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from relay.errors import BadPayload, ShopFault
from relay.sandbox.vtex import Fault, Invoice, PretendVtex, Route
from relay.shops import Notice
from relay.shops.vtex import Vtex
from relay.shops.vtex.hooks import (
    SECRET_HEADER,
    STATUSES,
    FeedConfig,
    HookConfig,
    Owner,
    feed_body,
    read_feed,
    read_notice,
    whose,
    whose_feed,
)
from tests.shops.conftest import Hand, says, talking
from tests.shops.samples import ANYTHING, Json

OURS = "https://track.shop.example/shop/vtex/hook"
FOREIGN = "https://erp.example/vtex?key=hidden"
NOTICE = {
    "Domain": "Fulfillment",
    "OrderId": "v502556abc-01",
    "State": "invoiced",
    "LastState": "invoice",
    "LastChange": "2026-02-09T10:17:39.2550122Z",
    "CurrentChange": "2026-02-09T10:17:40.0965893Z",
    "Origin": {"Account": "mystore", "Key": "vtexappkey-mystore-ABCDEF"},
}


@contextmanager
def listening() -> Iterator[str]:
    """Our own door, for VTEX to try."""
    with talking(says("200 OK")) as url:
        yield f"{url}/shop/vtex/hook"


# -- hook --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "owner"),
    [
        (OURS, "ours"),
        (f"{OURS}/", "ours"),
        ("HTTPS://Track.Shop.example/shop/vtex/hook", "ours"),
        ("https://track.shop.example/shop/vtex/hook?x=1", "foreign"),
        ("http://track.shop.example/shop/vtex/hook", "foreign"),
        ("https://track.shop.example/other", "foreign"),
        ("https://track.shop.example.evil.example/shop/vtex/hook", "foreign"),
        (FOREIGN, "foreign"),
        ("https://[broken", "foreign"),
        ("", "foreign"),
    ],
)
def test_only_the_hook_that_calls_our_address_is_ours(url: str, owner: Owner) -> None:
    assert whose(HookConfig(url, STATUSES), OURS) == owner


def test_no_hook_is_nobodys() -> None:
    assert whose(None, OURS) == "none"


def test_a_hook_is_made_read_renewed_and_dropped(shop: Vtex, far: PretendVtex) -> None:
    assert shop.hook() is None
    with listening() as url:
        shop.make_hook(url, "long-random")
        shop.make_hook(url, "rotated")
        config = shop.hook()
        assert config == HookConfig(url, STATUSES)
        assert config.is_current
        assert json.loads(far.calls.of(Route.HOOK)[-2].body)["hook"]["headers"] == {SECRET_HEADER: "rotated"}
        shop.drop_hook(url)
    assert shop.hook() is None
    shop.drop_hook(OURS)


def test_a_hook_that_does_not_tell_all_is_not_current() -> None:
    assert not HookConfig(OURS, ("invoiced",)).is_current
    assert HookConfig(OURS, (*STATUSES, "payment-approved")).is_current


def test_a_foreign_hook_is_named_by_its_host_and_stays(shop: Vtex, far: PretendVtex) -> None:
    far.hook.install({"filter": {"type": "FromWorkflow", "status": ["invoiced"]}, "hook": {"url": FOREIGN}})
    changes: list[Callable[[], None]] = [lambda: shop.make_hook(OURS, "secret"), lambda: shop.drop_hook(OURS)]
    for change in changes:
        with pytest.raises(ShopFault) as caught:
            change()
        assert caught.value.kind == "refused"
        assert "erp.example" in str(caught.value)
        assert "hidden" not in str(caught.value)
    assert {call.method for call in far.calls.of(Route.HOOK)} == {"GET"}


def test_an_address_that_does_not_answer_is_refused_in_vtexs_words(shop: Vtex) -> None:
    with pytest.raises(ShopFault) as caught:
        shop.make_hook("http://127.0.0.1:9/shop/vtex/hook", "secret")
    assert "Unable to check address" in str(caught.value)


@pytest.mark.parametrize("body", ["", "{}", '{"filter": null, "hook": {}}'])
def test_an_answer_that_names_no_hook_says_that_there_is_none(shop: Vtex, far: PretendVtex, body: str) -> None:
    far.faults.plan(Fault(200, body=body), 1, Route.HOOK)
    assert shop.hook() is None


# -- feed --------------------------------------------------------------------------------------------------------------


def test_a_feed_is_told_by_what_only_ours_has() -> None:
    ours = read_feed(json.dumps(feed_body() | {"quantity": 3}).encode())
    assert ours
    assert (whose_feed(ours), ours.waiting) == ("ours", 3)
    assert read_feed(b"{}") is None
    assert whose_feed(FeedConfig(STATUSES, 240, 0)) == "foreign"
    assert whose_feed(FeedConfig(("invoiced",), ours.visibility_s, 0)) == "foreign"
    assert whose_feed(None) == "none"


def test_without_a_feed_taking_says_so(shop: Vtex) -> None:
    assert shop.feed() is None
    with pytest.raises(ShopFault) as caught:
        shop.take_notices()
    assert caught.value.kind == "not_found"


def test_a_foreign_feed_stays_as_it_is(shop: Vtex, far: PretendVtex) -> None:
    far.feed.configure({"filter": {"type": "FromWorkflow", "status": ["invoiced"]}, "queue": {}})
    with pytest.raises(ShopFault):
        shop.make_feed()
    assert {call.method for call in far.calls.of(Route.FEED_CONFIG)} == {"GET"}


def test_what_is_taken_comes_again_until_it_is_forgotten(shop: Vtex, far: PretendVtex, hand: Hand) -> None:
    shop.make_feed()
    order_ids = [far.store.place() for _ in range(12)]
    for order_id in order_ids:
        far.store.invoice(order_id, Invoice("1"))
    assert far.feed.config()["quantity"] == 24  # type: ignore[index]  # it is configured
    taken = [*shop.take_notices(), *shop.take_notices(), *shop.take_notices()]
    assert len(taken) == 24
    assert {notice.order_id for notice in taken} == set(order_ids)
    assert {notice.state for notice in taken} == {"invoice", "invoiced"}
    assert shop.take_notices() == []
    hand.step(minutes=5)
    again = [*shop.take_notices(), *shop.take_notices(), *shop.take_notices()]
    assert sorted(one.order_id for one in again) == sorted(one.order_id for one in taken)
    shop.forget_notices(again)
    hand.step(minutes=5)
    assert shop.take_notices() == []
    shop.forget_notices([])


def test_one_bad_notice_spoils_only_itself(shop: Vtex, far: PretendVtex) -> None:
    shop.make_feed()
    lot = '[null, {"state": "invoiced"}, {"orderId": "v1-01", "handle": "h", "state": null, "currentChange": "?"}]'
    far.faults.plan(Fault(200, body=lot), 1, Route.FEED)
    with capture_logs() as lines:
        assert shop.take_notices() == [Notice("v1-01", None, None, "h")]
    assert lines[0]["faults"] == 3


# -- notices -----------------------------------------------------------------------------------------------------------


def test_a_notice_of_the_hook_is_read() -> None:
    assert read_notice(json.dumps(NOTICE).encode()) == Notice(
        "v502556abc-01", "invoiced", "2026-02-09T10:17:40.096+00:00"
    )


def test_the_older_moment_serves_where_the_newer_is_missing() -> None:
    told = {key: value for key, value in NOTICE.items() if key != "CurrentChange"}
    notice = read_notice(json.dumps(told).encode())
    assert notice is not None
    assert notice.changed_at == "2026-02-09T10:17:39.255+00:00"


def test_a_ping_is_no_notice() -> None:
    assert read_notice(b'{"hookConfig": "ping"}') is None


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"OrderId": ""}', b'{"OrderId": ["v1-01"]}', b'{"orderId": "v1"}']
)
def test_what_names_no_order_is_unreadable(body: bytes) -> None:
    with pytest.raises(BadPayload):
        read_notice(body)


@given(st.dictionaries(st.sampled_from(list(NOTICE)), ANYTHING))
def test_whatever_the_hook_is_called_with_it_is_a_notice_or_unreadable(fields: Json) -> None:
    try:
        notice = read_notice(json.dumps({**NOTICE, **fields}).encode())
    except BadPayload:
        return
    assert notice is not None
    assert notice.order_id
