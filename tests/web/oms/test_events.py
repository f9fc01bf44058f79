"""What a carrier tells of an invoice is known of the parcel, whenever the shop tells of it, and never twice."""

import re

import pytest

from relay.desk import care
from relay.intake.record import replay_push
from tests.conftest import NOON
from tests.intake.steps import clock_of, later, mails, override
from tests.web.oms.conftest import (
    DELIVERED,
    EVENTS,
    NUMBER,
    ON_THE_WAY,
    ORDER,
    Door,
    address,
    said,
)

RECEIPT = {"date", "orderId", "receipt"}
TRACK = f"jadlog/{NUMBER}"


def test_a_carrier_that_calls_vtex_is_answered_as_vtex_answers(door: Door) -> None:
    door.add(carrier="jadlog")
    answer = door.tell(door.key("carrier:jadlog"))
    assert (answer.status_code, set(said(answer))) == (200, RECEIPT)
    assert re.fullmatch(r"2026-03-02T12:00:00\.0000000\+00:00", said(answer)["date"])
    assert said(answer)["orderId"] == ORDER
    assert re.fullmatch("[0-9a-f]{32}", said(answer)["receipt"])
    assert answer.headers["Wismo-Push-Id"] == said(answer)["receipt"]


def test_what_it_tells_is_a_fact_of_the_parcel(door: Door) -> None:
    door.add(carrier="jadlog")
    door.tell(door.key("carrier:jadlog"))
    assert door.state() == ("jadlog", NUMBER, "out_for_delivery")
    assert door.events()[1] == {
        "occurred_at": "2026-03-02T11:10:00.000+00:00",
        "local_time": "2026-03-02T08:10:00",
        "zone_assumed": True,
        "status": "out_for_delivery",
        "code": "",
        "description": "Saiu para entrega",
        "place": "Campinas, SP",
        "source": "shop",
        "via": "shop",
    }
    assert clock_of(door.desk.database, "heard_at", TRACK) == NOON
    assert ("out_for_delivery", "0", "due") in mails(door.desk.database)


def test_the_flag_says_that_it_was_delivered_and_its_date_when(door: Door) -> None:
    door.add(carrier="jadlog")
    door.tell(door.key("carrier:jadlog"), DELIVERED)
    row = door.parcel()
    assert (row["shown_status"], row["delivered_at"], row["held_since"]) == (
        "delivered",
        "2026-03-02T11:55:00.000+00:00",
        None,
    )


def test_the_same_again_is_harmless_and_is_heard(door: Door) -> None:
    door.add(carrier="jadlog")
    key = door.key("carrier:jadlog")
    first = door.tell(key)
    before = mails(door.desk.database)
    door.wait(2)
    second = door.tell(key)
    assert said(second)["receipt"] == said(first)["receipt"]
    assert (len(door.events()), len(door.kept()), mails(door.desk.database)) == (2, 1, before)
    assert clock_of(door.desk.database, "heard_at", TRACK) == later(2)


def test_a_longer_history_adds_only_what_is_new(door: Door) -> None:
    door.add(carrier="jadlog")
    key = door.key("carrier:jadlog")
    door.tell(key, {**EVENTS, "events": [ON_THE_WAY]})
    door.tell(key)
    assert [event["description"] for event in door.events()] == ["Em trânsito", "Saiu para entrega"]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "POST"])
@pytest.mark.parametrize("end", ["/tracking", "/tracking/"])
def test_every_method_that_carriers_were_told_is_taken(sqlite_door: Door, method: str, end: str) -> None:
    sqlite_door.add(carrier="jadlog")
    key = sqlite_door.key("carrier:jadlog")
    answer = sqlite_door.client.open(address() + end, method=method, json=EVENTS, headers=key)
    assert answer.status_code == 200
    assert sqlite_door.state()[2] == "out_for_delivery"


@pytest.mark.parametrize("invoice", ["1/2", "1//2", "24382 ", " 1", "nº 7", "a/tracking", "%2F", "é?#&", "12-3", "🚚"])
def test_an_invoice_is_taken_byte_for_byte(door: Door, invoice: str) -> None:
    door.add(invoice=invoice, carrier="jadlog")
    door.add("another", invoice.replace("-", "") + "x", number="1", carrier="jadlog")
    assert door.tell(door.key("carrier:jadlog"), invoice=invoice).status_code == 200
    assert door.state()[2] == "out_for_delivery"
    assert door.state("another")[2] == "pending"


@pytest.mark.parametrize(
    ("date", "occurred_at"),
    [
        ("2026-03-01", "2026-03-01T03:00:00.000+00:00"),
        ("2026-03-01 08:10", "2026-03-01T11:10:00.000+00:00"),
        ("2026-03-01 08:10:59", "2026-03-01T11:10:59.000+00:00"),
        ("2026-03-01T08:10:59", "2026-03-01T11:10:59.000+00:00"),
        ("2026-03-01T08:10:59.1234567", "2026-03-01T11:10:59.123+00:00"),
        ("2026-03-01T08:10:59.1234567+00:00", "2026-03-01T08:10:59.123+00:00"),
        ("2026-03-01T08:10:59.1234567Z", "2026-03-01T08:10:59.123+00:00"),
        ("2026-03-01T08:10:59-03:00", "2026-03-01T11:10:59.000+00:00"),
    ],
)
def test_moments_are_read_as_carriers_write_them(sqlite_door: Door, date: str, occurred_at: str) -> None:
    sqlite_door.add(carrier="jadlog")
    sqlite_door.tell(sqlite_door.key("carrier:jadlog"), {"events": [{"description": "Coletado", "date": date}]})
    (event,) = sqlite_door.events()
    assert (event["occurred_at"], event["place"], event["status"]) == (occurred_at, "", "in_transit")
    assert event["zone_assumed"] is not ("+" in date or "Z" in date or date.endswith("-03:00"))


# -- shadow, pause, corrections, replay --------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["shadow", "pause"])
def test_in_shadow_and_paused_the_fact_is_kept_too(door: Door, mode: str) -> None:
    (care.shadow if mode == "shadow" else lambda *a: care.pause(a[0], "all", *a[1:]))(door.desk, "ana", NOON)
    door.add(carrier="jadlog")
    assert door.tell(door.key("carrier:jadlog")).status_code == 200
    assert door.state()[2] == "out_for_delivery"


def test_a_persons_word_stands_over_it(door: Door) -> None:
    door.add(carrier="jadlog")
    override(door.desk.database, door.desk.policy, "exception", until="lifted", order_id=ORDER)
    door.tell(door.key("carrier:jadlog"), DELIVERED)
    assert door.state()[2] == "exception"
    assert door.parcel()["status"] == "delivered"


def test_what_is_kept_is_read_again_the_same(door: Door) -> None:
    door.add(carrier="jadlog")
    receipt = said(door.tell(door.key("carrier:jadlog"), DELIVERED))["receipt"]
    before = door.events()
    door.desk.database.write(lambda tx: tx.rows("DELETE FROM facts"))
    replayed = replay_push(door.desk.database, door.desk.policy, receipt, later(1), announce=False)
    assert (replayed.action, replayed.messages) == ("apply", 0)
    assert door.events() == before


def test_no_secret_is_kept(door: Door) -> None:
    key = door.key("carrier:jadlog")
    door.tell(key)
    (row,) = door.kept()
    assert key["X-VTEX-API-AppToken"] not in row["headers"]
    assert "vtexappkey" not in row["headers"]
