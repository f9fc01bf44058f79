"""More mails than an hour bears wait for a person, and no others do. On either engine."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relay.database import Database, open_database
from relay.desk import brake, care
from relay.desk.health import health
from relay.errors import NotFound, SendFailed
from relay.intake import Policy
from relay.outbox import Outbox
from relay.settings import MailUrl, Settings
from relay.store import brake as store
from tests.brake.mailing import DAY, HOUR, MINUTE, SECOND, Shop, live
from tests.conftest import settle
from tests.intake.conftest import emptied


@pytest.fixture
def shop(database: Database, policy: Policy) -> Shop:
    return live(database, policy, mail_brake=5)


@pytest.fixture
def one(sqlite: Database, policy: Policy) -> Shop:
    """On one engine, for what no engine has a part in."""
    return live(sqlite, policy, mail_brake=5)


# -- what is held ------------------------------------------------------------------------------------------------------


def test_what_goes_beyond_the_limit_is_held_as_one_incident_that_says_the_limit(shop: Shop) -> None:
    orders = shop.ship(7)
    shop.send()
    assert len(shop.server.taken) == 5
    assert shop.held() == sorted(set(orders) - set(shop.server.orders()))
    (incident,) = shop.open("mail_brake")
    assert incident["title"] == "The 6th mail of this hour is held: WISMO_MAIL_BRAKE allows 5 an hour"
    assert incident["parcels"] == 2
    shop.pass_by(MINUTE)
    shop.ship(2)
    shop.send()
    (incident,) = shop.open("mail_brake")
    assert (len(shop.held()), incident["parcels"]) == (4, 4)
    assert {row["last_error"] for row in shop.rows() if row["state"] == "due"} == {"held by the brake"}


def test_usually_twelve_an_hour_the_fifty_first_is_held_and_told_so(sqlite: Database, policy: Policy) -> None:
    shop = live(sqlite, policy)
    shop.installed(30 * DAY)
    shop.usual(12)
    shop.ship(51)
    shop.send()
    assert len(shop.server.taken) == 50
    assert shop.titles() == ["The 51st mail of this hour is held: usually at most 12 an hour"]


def test_a_young_installation_has_the_floor_and_what_its_shadow_showed(sqlite: Database, policy: Policy) -> None:
    shop = live(sqlite, policy)
    shop.settings = replace_settings(shop, live=False)
    shop.ship(20)
    shop.send()
    shop.pass_by(HOUR)
    shop.settings = replace_settings(shop, live=True)
    shop.ship(65)
    shop.send()
    assert len(shop.server.taken) == 60
    assert shop.titles() == ["The 61st mail of this hour is held: so far at most 20 an hour"]


def replace_settings(shop: Shop, **more: object) -> Settings:
    return shop.settings.model_copy(update=more)


def test_the_hour_rolls_and_begins_with_no_clock_hour(one: Shop) -> None:
    one.pass_by(40 * MINUTE)
    one.ship(4)
    one.send()
    one.pass_by(30 * MINUTE)  # another clock hour, the same sixty minutes
    one.ship(3)
    one.send()
    assert (len(one.server.taken), len(one.held())) == (5, 2)


def test_what_is_held_waits_for_a_person_also_when_there_is_room_again(one: Shop) -> None:
    one.ship(7)
    one.send()
    held = one.held()
    one.pass_by(2 * HOUR)
    later = one.ship(2)
    one.send()
    assert sorted(one.server.orders()[5:]) == later
    assert one.held() == held


def test_orders_that_share_a_mail_are_one(one: Shop) -> None:
    one.ship(8, group_id="g", email="ana@example.com")
    one.pass_by(31 * MINUTE)
    one.send()
    assert (len(one.server.taken), one.held()) == (8, [])


def test_newer_news_takes_the_place_of_what_is_held(one: Shop) -> None:
    one.ship(6)
    one.send()
    (order,) = one.held()
    one.pass_by(2 * HOUR)
    one.hear(order, "delivered")
    one.send()
    assert (one.server.taken[-1][1:], one.held()) == ((order, "delivered"), [])
    assert sorted(row["state"] for row in one.rows() if row["order_id"] == order) == ["sent", "superseded"]
    one.look()
    assert one.titles() == []


def test_a_mail_that_did_not_leave_takes_no_room(one: Shop) -> None:
    one.ship(3)
    one.server.fault = SendFailed("refused", channel_down=True)
    for _ in range(20):
        one.send()
        one.pass_by(MINUTE)
    one.server.fault = None
    one.ship(2)
    one.send()
    assert (len(one.server.taken), one.held()) == (5, [])


def test_the_limit_of_a_wave_does_not_grow_with_it(sqlite: Database, policy: Policy) -> None:
    shop = live(sqlite, policy)
    shop.ship(51)
    shop.send()
    shop.pass_by(61 * MINUTE + HOUR)
    shop.ship(60)
    shop.send()
    assert (len(shop.server.taken), len(shop.held())) == (100, 11)


@pytest.mark.parametrize(
    "more", [{"live": False}, {"mail_brake": "off"}, {"mail_url": MailUrl("file", folder=Path("mail"))}]
)
def test_nothing_is_held_where_nothing_leaves_or_the_brake_is_off(one: Shop, more: dict[str, object]) -> None:
    one.settings = replace_settings(one, **more)
    one.ship(9)
    one.send()
    assert (one.held(), one.titles()) == ([], [])
    assert set(one.states().values()) == {"shadow" if "live" in more else "sent"}


# -- what a person decides ---------------------------------------------------------------------------------------------


def test_send_lets_all_go_at_once_and_the_next_brake_is_higher(shop: Shop) -> None:
    orders = shop.ship(9)
    shop.send()
    assert brake.send(shop.desk, "ana", shop.now) == 4
    shop.send()
    assert (sorted(shop.server.orders()), shop.titles()) == (orders, [])
    shop.ship(20)
    shop.send()
    assert (len(shop.server.taken), len(shop.held())) == (27, 2)
    assert shop.titles() == ["The 28th mail of this hour is held: after mails were let go, 27 an hour are allowed"]
    assert ("ana", "brake send", "done") in shop.audit()


def test_drop_lets_nothing_held_leave_lists_whom_and_later_news_is_told(shop: Shop) -> None:
    shop.ship(7)
    shop.send()
    held = shop.held()
    assert brake.drop(shop.desk, "ana", shop.now) == 2
    assert (shop.held(), shop.titles()) == ([], [])
    receipts = {row["order_id"]: row["receipt"] for row in shop.rows() if row["state"] == "superseded"}
    assert receipts == dict.fromkeys(held, "held by the brake, dropped by ana")
    assert shop.open("untold")[0]["parcels"] == 2
    shop.pass_by(2 * HOUR)
    for order in held:
        shop.hear(order, "out_for_delivery")
    shop.send()
    assert sorted(shop.server.taken[5:]) == [(shop.now, order, "out_for_delivery") for order in held]
    shop.look()
    assert shop.open("untold") == []


def test_the_second_of_two_who_decide_is_told_that_nothing_is_held(shop: Shop) -> None:
    shop.ship(6)
    shop.send()
    brake.send(shop.desk, "ana", shop.now)
    for decide in (brake.send, brake.drop):
        with pytest.raises(NotFound, match="holds no mail"):
            decide(shop.desk, "bo", shop.now)
    shop.send()
    assert len(shop.server.taken) == 6


def test_what_is_held_for_two_days_is_no_news_any_more(shop: Shop) -> None:
    shop.ship(6)
    shop.send()
    shop.pass_by(2 * DAY - MINUTE)
    shop.look()
    assert len(shop.held()) == 1
    shop.pass_by(2 * MINUTE)
    shop.look()
    assert (shop.held(), shop.titles(), len(shop.open("untold"))) == ([], [], 1)
    shop.send()
    assert len(shop.server.taken) == 5


@pytest.mark.parametrize(("more", "state"), [({"mail_brake": "off"}, "sent"), ({"live": False}, "shadow")])
def test_what_is_held_goes_its_way_when_no_brake_applies_any_more(
    one: Shop, more: dict[str, object], state: str
) -> None:
    one.ship(6)
    one.send()
    (order,) = one.held()
    one.settings = replace_settings(one, **more)
    one.look()
    one.send()
    assert (one.states()[order], one.held(), one.titles()) == (state, [], [])


def test_a_pause_sets_aside_what_is_held_as_well(one: Shop) -> None:
    one.ship(6)
    one.send()
    (order,) = one.held()
    care.pause(one.desk, "mail", "ana", one.now)
    one.look()
    assert (one.states()[order], one.titles(), one.open("untold")[0]["parcels"]) == ("paused", [], 1)
    care.resume(one.desk, "mail", "ana", one.now)
    message = next(row["message_id"] for row in one.rows() if row["order_id"] == order)
    one.pass_by(2 * HOUR)
    care.retry_message(one.desk, message, one.now)
    one.send()
    assert one.server.orders()[-1] == order


def test_one_that_is_held_is_not_sent_behind_the_brakes_back(one: Shop) -> None:
    one.ship(6)
    one.send()
    message = next(row["message_id"] for row in one.rows() if row["held_at"])
    with pytest.raises(NotFound, match="no message that could be sent"):
        care.retry_message(one.desk, message, one.now)
    care.drop_message(one.desk, message)
    one.look()
    assert (one.held(), one.titles()) == ([], [])


def test_health_says_that_mails_are_held_and_it_is_a_broken_promise(one: Shop) -> None:
    one.ship(6)
    one.send()
    found = health(one.desk, one.now)
    assert found.detail["mail"] == "braked"
    assert "The 6th mail of this hour is held: WISMO_MAIL_BRAKE allows 5 an hour" in found.reasons


def test_how_it_stands_is_read_without_a_claim(one: Shop) -> None:
    assert brake.look(one.desk, one.now) == brake.Brake(5, brake.Case.SET, 0, 0, 0, [])
    one.ship(9)
    one.send()
    found = brake.look(one.desk, one.now)
    assert (found.limit, found.gone, found.held, len(found.examples)) == (5, 5, 4, 4)


# -- laws --------------------------------------------------------------------------------------------------------------

STEPS = st.lists(st.tuples(st.integers(0, 45), st.integers(0, 6), st.booleans(), st.integers(0, 50)), max_size=14)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_in_no_sixty_minutes_more_than_the_limit_leave_none_is_lost_and_none_leaves_twice(
    sqlite: Database, policy: Policy, steps: Sequence[tuple[int, int, bool, int]]
) -> None:
    shop = live(emptied(sqlite), policy, mail_brake=5)
    made: list[str] = []
    for minutes, count, is_refused, seconds in steps:
        shop.pass_by(minutes * MINUTE)
        made += shop.ship(count)
        shop.server.fault = SendFailed("451 later") if is_refused else None
        shop.server.takes = partial(shop.pass_by, seconds * SECOND)
        shop.send()
    shop.server.fault = None
    shop.pass_by(6 * MINUTE)
    shop.send()
    assert most_in_an_hour(shop.server.taken) <= 5
    waits = [row["order_id"] for row in shop.rows() if row["state"] == "due"]
    assert sorted(shop.server.orders() + waits) == sorted(made)
    for _ in range(6):
        if shop.held():
            brake.send(shop.desk, "ana", shop.now)
        shop.send()
        shop.pass_by(11 * HOUR)  # longer than any pause between two tries
    assert sorted(shop.server.orders()) == sorted(made)


def most_in_an_hour(taken: Sequence[tuple[datetime, str, str]]) -> int:
    moments = [at for at, _order, _status in taken]
    return max((sum(first <= at < first + HOUR for at in moments) for first in moments), default=0)


def test_several_processes_share_one_limit(several: list[Database], policy: Policy) -> None:
    shop = live(several[0], policy, mail_brake=11)
    orders = shop.ship(40)
    senders = [Outbox(one, shop.settings, {"email": shop.server}, lambda: shop.now) for one in several]
    threads = [Thread(target=sender.send_due) for sender in senders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (len(shop.server.taken), len(set(shop.server.orders()))) == (11, 11)
    assert sorted([*shop.server.orders(), *shop.held()]) == sorted(orders)
    assert len(shop.open("mail_brake")) == 1


@pytest.fixture
def several(database_url: str) -> Iterator[list[Database]]:
    """One database, opened as by processes of their own."""
    first = open_database(database_url, create=True)
    first.migrate()
    first.write(settle)
    opened = [first, *(open_database(database_url) for _ in range(3))]
    yield opened
    for one in opened:
        one.close()


def test_an_hour_is_counted_once_and_minutes_are_forgotten(one: Shop) -> None:
    one.usual(4, ago=20 * DAY)
    one.usual(30, ago=DAY)
    one.settings = replace_settings(one, mail_brake="auto")
    one.ship(1)
    one.send()
    with one.database.read() as tx:
        assert store.known(tx)["usual"] == 30
        assert len(tx.rows("SELECT 1 AS one FROM mail_minutes")) == 2
    one.usual(90, ago=2 * HOUR)  # the same hour does not look again
    one.ship(1)
    one.send()
    with one.database.read() as tx:
        assert store.known(tx)["usual"] == 30
