from typing import Any

import httpx
import pytest

from relay.sandbox.vtex import Invoice, PretendVtex
from tests.sandbox.vtex.conftest import Hours

FEED = "/api/orders/feed"
CONFIG: dict[str, Any] = {
    "filter": {"type": "FromWorkflow", "status": ["invoiced"]},
    "queue": {"visibilityTimeoutInSeconds": 240, "MessageRetentionPeriodInSeconds": 345_600},
}


@pytest.fixture
def feed(vtex: PretendVtex, client: httpx.Client) -> httpx.Client:
    assert client.post(f"{FEED}/config", json=CONFIG).status_code == 200
    return client


def invoiced(vtex: PretendVtex) -> str:
    order_id = vtex.store.place()
    vtex.store.invoice(order_id, Invoice("24382"))
    return order_id


def take(client: httpx.Client, most: int = 10) -> list[dict[str, Any]]:
    answer = client.get(FEED, params={"maxlot": most})
    assert answer.status_code == 200
    taken: list[dict[str, Any]] = answer.json()
    return taken


def commit(client: httpx.Client, notices: list[dict[str, Any]]) -> None:
    handles = [notice["handle"] for notice in notices]
    assert client.post(FEED, json={"handles": handles}).status_code == 200


def test_without_a_configuration_there_is_no_feed(client: httpx.Client) -> None:
    assert client.get(FEED, params={"maxlot": 10}).status_code == 404
    assert client.get(f"{FEED}/config").status_code == 404


def test_a_configuration_tells_the_backlog_in_other_letters(
    vtex: PretendVtex, feed: httpx.Client, hours: Hours
) -> None:
    invoiced(vtex)
    hours.past = 1
    told = feed.get(f"{FEED}/config").json()
    assert told == {
        "filter": CONFIG["filter"],
        "queue": {"visibilityTimeoutInSeconds": 240, "messageRetentionPeriodInSeconds": 345_600},
        "quantity": 1,
        "approximateAgeOfOldestMessageInSeconds": 3600,
    }


@pytest.mark.parametrize(
    "queue", [None, {"messageRetentionPeriodInSeconds": 60}, {"visibilityTimeoutInSeconds": "long"}]
)
def test_a_wrong_queue_is_refused(client: httpx.Client, queue: object) -> None:
    answer = client.post(f"{FEED}/config", json=CONFIG | {"queue": queue})
    assert answer.status_code == 400
    assert answer.json()["title"] == "One or more validation errors occurred."


def test_a_notice_comes_again_until_it_is_committed(vtex: PretendVtex, feed: httpx.Client, hours: Hours) -> None:
    order_id = invoiced(vtex)
    first = take(feed)
    assert [(notice["orderId"], notice["state"]) for notice in first] == [(order_id, "invoiced")]
    assert first[0]["currentChange"] == "2026-03-02T12:00:00Z"
    assert take(feed) == []
    hours.past = 0.1
    second = take(feed)
    assert second[0]["eventId"] == first[0]["eventId"]
    commit(feed, first)
    hours.past = 0.2
    third = take(feed)
    assert len(third) == 1
    commit(feed, third)
    hours.past = 0.3
    assert take(feed) == []
    assert [change.order_id for change in vtex.feed.committed] == [order_id]


def test_at_most_ten_come_at_once(vtex: PretendVtex, feed: httpx.Client) -> None:
    placed = [invoiced(vtex) for _ in range(12)]
    taken = take(feed) + take(feed)
    assert [notice["orderId"] for notice in taken] == placed
    assert feed.get(FEED, params={"maxlot": 11}).status_code == 400
    assert feed.post(FEED, json={"handles": []}).status_code == 400


def test_a_feed_forgets_after_its_retention_and_ends_when_nothing_comes(
    vtex: PretendVtex, feed: httpx.Client, hours: Hours
) -> None:
    invoiced(vtex)
    hours.past = 95
    invoiced(vtex)
    hours.past = 97
    assert feed.get(f"{FEED}/config").json()["quantity"] == 1
    hours.past = 95 + 96
    assert feed.get(f"{FEED}/config").status_code == 404


def test_a_new_configuration_keeps_what_waits(vtex: PretendVtex, feed: httpx.Client) -> None:
    invoiced(vtex)
    feed.post(f"{FEED}/config", json=CONFIG)
    assert len(take(feed)) == 1
    assert feed.delete(f"{FEED}/config").status_code == 200
    assert feed.get(FEED).status_code == 404


def test_notices_can_be_doubled_and_reversed(vtex: PretendVtex, feed: httpx.Client) -> None:
    vtex.quirks.sends_twice = vtex.quirks.sends_backwards = True
    placed = [invoiced(vtex) for _ in range(2)]
    assert [notice["orderId"] for notice in take(feed)] == [placed[1], placed[1], placed[0], placed[0]]
