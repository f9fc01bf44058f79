"""Whom we did not tell: listed with why and how to tell them, until they hear something newer or somebody ticks it."""

import json
import shlex
from collections.abc import Iterator
from contextlib import chdir
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from relay import clock
from relay.cli import main
from relay.cli.wiring import policy_of, ready_database
from relay.database import Database
from relay.desk import brake, care, untold
from relay.desk.keeping import forget
from relay.errors import NotFound
from relay.intake import Policy
from relay.model import Because
from relay.settings import load_settings
from tests.brake.mailing import DAY, HOUR, MINUTE, Shop, live


@pytest.fixture
def shop(database: Database, policy: Policy) -> Shop:
    return live(database, policy, mail_brake=5)


@pytest.fixture
def one(sqlite: Database, policy: Policy) -> Shop:
    return live(sqlite, policy, mail_brake=5)


def listed(shop: Shop) -> list[tuple[str, str, Because]]:
    return [(entry.order_id, entry.status.value, entry.because) for entry in untold.untold_list(shop.desk, 99).entries]


def late(shop: Shop) -> str:
    """An order whose delivery is learnt three days late."""
    (order,) = shop.ship()
    shop.send()
    shop.pass_by(4 * DAY)
    shop.hear(order, "delivered", ago=3 * DAY)
    return order


def test_each_entry_says_why_since_when_and_how_to_tell(shop: Shop) -> None:
    order = late(shop)
    (entry,) = untold.untold_list(shop.desk, 9).entries
    assert entry.as_json() == {
        "order_id": order,
        "shipment_id": entry.shipment_id,
        "number": "1Zo0",
        "carrier": "UPS",
        "status": "delivered",
        "shown_status": "delivered",
        "why": "late",
        "since": "2026-03-06T12:00:00.000+00:00",
        "tell": "wismo override o0 delivered --reason 'not told before' --tell --number 1Zo0",
    }


def test_what_a_pause_sets_aside_is_listed_before_during_and_at_its_end(shop: Shop) -> None:
    before = shop.ship(2)
    care.pause(shop.desk, "mail", "ana", shop.now)
    shop.pass_by(HOUR)
    during = shop.ship()
    shop.send()
    assert sorted(listed(shop)) == [(order, "in_transit", Because.PAUSE) for order in before + during]
    last = shop.ship()
    care.resume(shop.desk, "mail", "ana", shop.now)
    assert [order for order, _status, _why in sorted(listed(shop))] == before + during + last
    (incident,) = shop.open("untold")
    assert incident["parcels"] == 4


def test_a_pause_of_the_shop_alone_lists_nobody(one: Shop) -> None:
    one.ship()
    care.pause(one.desk, "shop", "ana", one.now)
    assert listed(one) == []


@pytest.mark.parametrize("why", [Because.DROPPED, Because.STALE])
def test_what_the_brake_lets_not_leave_is_listed(one: Shop, why: Because) -> None:
    one.ship(7)
    one.send()
    held = one.held()
    if why is Because.DROPPED:
        brake.drop(one.desk, "ana", one.now)
    else:
        brake.tend(one.desk, one.now + 3 * DAY)
    assert sorted(listed(one)) == [(order, "in_transit", why) for order in held]


def test_who_hears_something_newer_leaves_the_list_and_the_last_one_ends_the_incident(shop: Shop) -> None:
    orders = shop.ship(2)
    care.pause(shop.desk, "mail", "ana", shop.now)
    care.resume(shop.desk, "mail", "ana", shop.now)
    for order in orders:
        shop.pass_by(MINUTE)
        shop.hear(order, "out_for_delivery")
        assert (order, "in_transit", Because.PAUSE) in listed(shop)
        shop.send()
        assert (order, "in_transit", Because.PAUSE) not in listed(shop)
    shop.look()
    assert (listed(shop), shop.open("untold")) == ([], [])


def test_who_is_sent_what_was_set_aside_leaves_the_list(one: Shop) -> None:
    one.ship()
    care.pause(one.desk, "mail", "ana", one.now)
    care.resume(one.desk, "mail", "ana", one.now)
    care.retry_message(one.desk, one.rows()[0]["message_id"], one.now)
    one.send()
    assert listed(one) == []


def test_an_order_is_ticked_once_by_whatever_names_it_and_all_at_once(shop: Shop) -> None:
    orders = shop.ship(3)
    care.pause(shop.desk, "mail", "ana", shop.now)
    assert untold.tick(shop.desk, "1ZO0", "bo", shop.now) == 1
    for gone in (orders[0], "no such order"):
        with pytest.raises(NotFound):
            untold.tick(shop.desk, gone, "bo", shop.now)
    assert untold.tick(shop.desk, "all", "bo", shop.now) == 2
    with pytest.raises(NotFound, match="not on the list"):
        untold.tick(shop.desk, "all", "bo", shop.now)
    assert (listed(shop), shop.open("untold")) == ([], [])
    assert [row for row in shop.audit() if row[0] == "bo"] == [("bo", "untold done", "done")] * 2


def test_one_that_was_ticked_and_is_withheld_again_is_listed_again(one: Shop) -> None:
    one.ship()
    care.pause(one.desk, "mail", "ana", one.now)
    untold.tick(one.desk, "all", "bo", one.now)
    care.resume(one.desk, "mail", "ana", one.now)
    care.retry_message(one.desk, one.rows()[0]["message_id"], one.now)
    care.pause(one.desk, "mail", "ana", one.now)
    assert len(listed(one)) == 1


def test_the_erased_are_on_no_list(one: Shop) -> None:
    order = late(one)
    forget(one.desk, order, "ana", one.now)
    assert listed(one) == []
    with one.database.read() as tx:
        assert tx.rows("SELECT * FROM untold") == []


def test_nobody_is_listed_who_was_not_to_be_told(one: Shop) -> None:
    one.policy = replace(one.policy, mails_customers=False)
    late(one)
    care.pause(one.desk, "mail", "ana", one.now)
    assert (listed(one), one.open("untold")) == ([], [])


# -- at the command line -----------------------------------------------------------------------------------------------

ENV = {
    "WISMO_DATABASE_URL": "sqlite:wismo.db",
    "WISMO_LIVE": "yes",
    "WISMO_MAIL_URL": "smtp://mail.example:25",
    "WISMO_MAIL_FROM": "shop@example.com",
    "WISMO_CUSTOMER_MAIL": "wismo",
    "WISMO_MAIL_BRAKE": "5",
}


@pytest.fixture
def typed(tmp_path: Path) -> Iterator[Shop]:
    """Seven orders now, of whose mails two are held; in a folder of their own, where commands find them."""
    with chdir(tmp_path):
        settings = load_settings(ENV, env_file=None)
        database = ready_database(settings)
        shop = Shop(database, policy_of(settings), settings, clock.now())
        shop.ship(7)
        shop.send()
        yield shop
        database.close()


def wismo(*words: str) -> Result:
    return CliRunner().invoke(main, list(words), env=ENV)


def test_wismo_brake_shows_and_decides(typed: Shop) -> None:
    shown = wismo("brake").output
    assert [line.split()[:2] for line in shown.splitlines()[:4]] == [
        ["limit", "5"],
        ["busiest", "hour"],
        ["this", "hour"],
        ["held", "2"],
    ]
    assert all(f"order {order}: in_transit, held since" in shown for order in typed.held())
    assert json.loads(wismo("brake", "--json").output)["held"] == 2
    assert "held by the brake" in wismo("outbox").output
    assert "is held by the brake beyond its limit" in wismo("health").output
    assert wismo("brake", "send").output == "2 mails leave now\n"
    again = wismo("brake", "drop")
    assert (again.exit_code, again.output) == (1, "wismo: the brake holds no mail. `wismo brake` says how it stands\n")


def test_wismo_doctor_names_the_brake(typed: Shop) -> None:
    lines = wismo("doctor").output
    assert "FAIL customers: mail is held by the brake" in lines
    assert "ok   brake: at 5 mails an hour; 5 left in the last one, 2 are held" in lines
    assert typed.held()


def test_wismo_untold_lists_and_ticks(typed: Shop) -> None:
    assert wismo("untold").output == "nobody: every customer was told, or ticked\n"
    held = typed.held()
    assert wismo("brake", "drop").exit_code == 0
    shown = wismo("untold").output
    assert all(order in shown for order in held)
    assert f"wismo override {held[0]} in_transit" in shown
    assert "example.com" not in shown
    assert [entry["order_id"] for entry in json.loads(wismo("untold", "--json").output)] == held
    assert wismo("untold", "done", held[0]).output == "1 taken from the list\n"
    assert wismo("untold", "done", held[0]).exit_code == 1
    assert wismo("untold", "done", "all").output == "1 taken from the list\n"


@pytest.mark.parametrize("because", list(Because))
def test_the_command_that_an_entry_names_tells_that_customer(typed: Shop, because: Because) -> None:
    not_told(typed, because)
    entry = next(one for one in untold.untold_list(typed.desk, 9).entries if one.because is because)
    told = wismo(*shlex.split(entry.tell)[1:])
    assert told.exit_code == 0, told.output
    typed.pass_by(2 * HOUR)
    typed.send()
    assert typed.server.taken[-1][1:] == (entry.order_id, entry.shown.value)
    assert entry not in untold.untold_list(typed.desk, 9).entries


def not_told(shop: Shop, because: Because) -> None:
    match because:
        case Because.LATE:
            shop.pass_by(-4 * DAY)
            (order,) = shop.ship()
            shop.send()
            shop.pass_by(4 * DAY)
            shop.hear(order, "delivered", ago=3 * DAY)
        case Because.PAUSE:
            care.pause(shop.desk, "mail", "ana", shop.now)
            care.resume(shop.desk, "mail", "ana", shop.now)
        case Because.DROPPED:
            brake.drop(shop.desk, "ana", shop.now)
        case Because.STALE:
            brake.tend(shop.desk, shop.now + 3 * DAY)
