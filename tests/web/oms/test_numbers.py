"""A carrier gives a package its number, its page and its dispatch, whenever the shop tells of the package."""

import pytest

from relay.desk.keeping import erase, orders_of, traces
from relay.retention.purge import purge
from tests.intake.steps import later
from tests.web.oms.conftest import EVENTS, INVOICE, NUMBER, ORDER, Door, address, as_sent, said

MORE = {
    "trackingUrl": "https://carrier.example/t/OM265512653BR",
    "courier": "Jadlog .Package",
    "dispatchedDate": "2026-02-27T09:00:00.1234567+00:00",
}
TAKEN = ("https://carrier.example/t/OM265512653BR", "Jadlog .Package", "2026-02-27T09:00:00.123+00:00")


def link_of(door: Door) -> tuple[object, ...]:
    row = door.parcel()
    return row["tracking_url"], row["courier"], row["dispatched_at"]


def test_a_number_is_taken_and_answered_as_vtex_answers(door: Door) -> None:
    door.add(number=None)
    answer = door.link(door.key("carrier:jadlog"), **MORE)
    assert (answer.status_code, set(said(answer))) == (200, {"date", "orderId", "receipt"})
    assert door.state() == ("jadlog", NUMBER, "pending")
    assert link_of(door) == TAKEN


def test_an_invoice_is_taken_byte_for_byte(sqlite_door: Door) -> None:
    sqlite_door.add(invoice="1//2 ", number=None)
    assert sqlite_door.link(sqlite_door.key("carrier:jadlog"), invoice="1//2 ").status_code == 200
    assert sqlite_door.state()[1] == NUMBER


def test_it_is_asked_about_from_then_on(door: Door) -> None:
    door.add(number=None)
    door.link(door.key("carrier:jadlog"))
    with door.desk.database.read() as tx:
        asked = tx.rows("SELECT tracking_number FROM tracks WHERE ask_at IS NOT NULL")
    assert asked == [{"tracking_number": NUMBER}]


def test_what_comes_before_the_order_waits_for_it(door: Door) -> None:
    door.link(door.key("carrier:jadlog"), **MORE)
    door.add(number=None)
    assert door.state() == ("jadlog", NUMBER, "pending")
    assert link_of(door) == TAKEN


def test_what_the_shop_tells_later_is_not_overwritten(door: Door) -> None:
    door.link(door.key("carrier:jadlog"), **MORE)
    door.add(number="SHOPS-1", url="https://shop.example/t")
    assert door.state()[:2] == ("jadlog", "SHOPS-1")
    assert link_of(door)[0] == "https://shop.example/t"


def test_a_new_number_takes_what_was_told_with_it(door: Door) -> None:
    key = door.key("carrier:jadlog")
    door.add(number=None)
    door.link(key, "OLD-1")
    door.tell(key)
    door.link(key, "NEW-2")
    assert door.state() == ("jadlog", "NEW-2", "out_for_delivery")
    door.tell(key)
    assert len(door.events()) == 2


def test_the_same_again_changes_nothing_but_a_count(door: Door) -> None:
    key = door.key("carrier:jadlog")
    door.add()
    receipts = {said(door.link(key, **MORE))["receipt"] for _ in range(3)}
    assert len(receipts) == 1
    assert len(door.kept()) == 1
    assert link_of(door) == TAKEN


def test_another_carriers_parcel_keeps_its_number_until_it_is_corrected(door: Door) -> None:
    door.add(carrier="correios", number="AA123456785BR")
    assert door.link(door.key("carrier:jadlog"), "JD1", **MORE).status_code == 403
    assert door.state()[:2] == ("correios", "AA123456785BR")
    assert door.parcel()["tracking_url"] is None
    door.refused.write_down(door.desk.database, later(1))
    with door.desk.database.read() as tx:
        assert tx.rows("SELECT label FROM tallies WHERE name = 'other_carrier'") == [{"label": "jadlog"}]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "POST"])
def test_every_method_that_carriers_were_told_is_taken(sqlite_door: Door, method: str) -> None:
    key = sqlite_door.key("carrier:jadlog")
    sqlite_door.add(number=None)
    body = {"trackingNumber": NUMBER}
    assert sqlite_door.client.open(address(), method=method, json=body, headers=key).status_code == 200
    assert sqlite_door.state()[1] == NUMBER


@pytest.mark.parametrize("number", [None, "", " - ", 7, "x" * 201, "\0"])
def test_without_a_number_it_is_refused_by_name_and_kept(sqlite_door: Door, number: object) -> None:
    sqlite_door.add(carrier="jadlog")
    answer = sqlite_door.link(sqlite_door.key("carrier:jadlog"), number)
    assert answer.status_code == 400
    assert said(answer)["error"]["message"].startswith("trackingNumber: ")
    assert [row["action"] for row in sqlite_door.kept()] == ["unreadable"]
    assert sqlite_door.state()[1] == NUMBER


def test_what_is_odd_beside_the_number_is_named_and_left_out(sqlite_door: Door) -> None:
    sqlite_door.add(number=None)
    odd = {"trackingUrl": "javascript:alert(1)", "dispatchedDate": "27/02/2026", "courier": "  "}
    assert sqlite_door.link(sqlite_door.key("carrier:jadlog"), **odd).status_code == 200
    assert sqlite_door.state()[1] == NUMBER
    assert link_of(sqlite_door) == (None, None, None)
    assert sqlite_door.kept()[0]["reason"] == "dispatchedDate: not a moment; trackingUrl: no web address"


def test_a_dispatch_without_a_zone_is_on_the_shops_clock(sqlite_door: Door) -> None:
    sqlite_door.add()
    sqlite_door.link(sqlite_door.key("carrier:jadlog"), dispatchedDate="2026-02-27 06:00")
    assert sqlite_door.parcel()["dispatched_at"] == "2026-02-27T09:00:00.000+00:00"


# -- how long it waits, and who is forgotten ---------------------------------------------------------------------------


def test_what_nobody_ever_tells_of_goes_after_thirty_days(door: Door) -> None:
    key = door.key("carrier:jadlog")
    door.link(key, **MORE)
    door.tell(key)
    for days, left in ((29, 1), (31, 0)):
        purge(door.desk.database, door.desk.settings, later(24 * days))
        with door.desk.database.read() as tx:
            assert len(tx.rows("SELECT package FROM awaited")) == left
            assert len(tx.rows("SELECT track_id FROM tracks")) == left


def test_who_is_forgotten_is_forgotten_here_too(door: Door) -> None:
    key = door.key("carrier:jadlog")
    door.add(number=None)
    door.tell(key, {**EVENTS, "events": [{"description": "Entregue a Ana", "date": "2026-03-01"}]})
    door.add("another", "7", number=None, carrier="correios")
    door.link(key, order="another", invoice="7", **MORE)
    for order in (ORDER, "another"):
        seen = traces(door.desk.database, door.desk.settings, orders_of(door.desk, order))
        erase(door.desk.database, seen, later(1), lambda _tx, _order: True)
    assert [event["description"] for event in door.events()] == [""]
    assert b"Ana" not in as_sent([dict(row, body="") for row in door.kept()])
    with door.desk.database.read() as tx:
        assert tx.rows("SELECT tracking_url FROM awaited") == [{"tracking_url": None}]
    door.link(key, order=ORDER, invoice=INVOICE, **MORE)
    assert door.parcel()["tracking_url"] is None
