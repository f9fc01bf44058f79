"""What nobody here knows, the shop is asked about; whoever asked is told what it says, once."""

from collections.abc import Iterator

import pytest

from relay.database import Database
from relay.intake import Policy
from relay.sandbox.slack import AGENT, LEAD, Answer, Posted
from tests.bot.counter import ShopCounter, open_shop_counter


@pytest.fixture
def shop(database: Database, policy: Policy) -> Iterator[ShopCounter]:
    with open_shop_counter(database, policy) as opened:
        yield opened


def asked_for(shop: ShopCounter, query: str) -> Answer:
    answer = shop.team.slack.command(f"/track {query}")
    assert answer.message
    assert "follows here" in answer.message.words
    return answer


def later(shop: ShopCounter) -> list[Posted]:
    """What the asker is told after the command was answered, in two more minutes."""
    for past in (0.1, 0.5, 1, 2):
        shop.team.send(at=shop.team.clock.past + past)
    return shop.alone()


def test_what_the_shop_knows_follows_once_where_it_was_asked(shop: ShopCounter) -> None:
    order_id = shop.vtex.store.place()
    asked_for(shop, order_id)
    shop.team.send()
    assert shop.alone() == []
    shop.restart()
    shop.read_shop()
    (told,) = later(shop)
    assert (told.only_for, told.via) == (AGENT, "response_url")
    assert order_id in told.words
    assert "What the shop says" in told.words
    assert len(later(shop)) == 1


def test_what_the_shop_does_not_know_either_is_said_once(shop: ShopCounter) -> None:
    asked_for(shop, "v999999zzz-01")
    shop.read_shop()
    (told,) = later(shop)
    assert "does not know it either" in told.words
    assert len(later(shop)) == 1
    assert "v999999zzz" not in str([row["text"] for row in shop.asked()])


def test_who_asks_twice_meanwhile_is_told_once_and_where_they_asked_last(shop: ShopCounter) -> None:
    order_id = shop.vtex.store.place()
    asked_for(shop, order_id)
    last = asked_for(shop, order_id)
    shop.read_shop()
    later(shop)
    (told,) = shop.alone()
    assert told in shop.team.slack.workspace.response_urls[last.sent.response_token].answered


def test_two_people_are_told_each(shop: ShopCounter) -> None:
    order_id = shop.vtex.store.place()
    asked_for(shop, order_id)
    shop.team.slack.command(f"/track {order_id}", user=LEAD)
    shop.read_shop()
    assert len(later(shop)) == len(shop.alone(LEAD)) == 1


def test_a_shop_that_does_not_answer_is_waited_for_no_longer_than_can_be_told(shop: ShopCounter) -> None:
    asked_for(shop, "v502556abc-01")
    for minute in range(30):
        shop.team.send(at=minute)
    (told,) = shop.alone()
    assert "has not answered" in told.words
    assert told.via == "response_url"


def test_what_follows_after_an_outage_comes_in_person(shop: ShopCounter) -> None:
    order_id = shop.vtex.store.place()
    asked_for(shop, order_id)
    shop.read_shop()
    shop.team.send(at=120)
    assert shop.alone() == []
    (told,) = shop.team.slack.posted(f"D{AGENT[1:]}")
    assert order_id in told.words
    assert "2\u00a0h ago" in told.words


def test_what_was_asked_in_a_thread_follows_there(shop: ShopCounter) -> None:
    order_id = shop.vtex.store.place()
    where = shop.team.thread()
    shop.mention(order_id, within=where.ts)
    shop.team.send()
    shop.read_shop()
    later(shop)
    first, second = shop.team.posted(where)
    assert "follows here" in first.words
    assert "What the shop says" in second.words
