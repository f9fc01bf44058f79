"""What a carrier tells of a package that is not known yet, has no number, or is with another carrier, waits for it."""

from relay.desk.why import why_json
from relay.intake.apply import join_waiting
from tests.conftest import NOON, fact
from tests.intake.steps import about, clock_of, hear, later
from tests.web.oms.conftest import (
    DELIVERED,
    EVENTS,
    NUMBER,
    ON_THE_WAY,
    ORDER,
    Door,
    said,
)

TRACK = f"jadlog/{NUMBER}"
RECEIPT = {"date", "orderId", "receipt"}


# -- packages that are not known yet, or have no number ----------------------------------------------------------------


def test_what_comes_before_the_order_waits_for_it(door: Door) -> None:
    answer = door.tell(door.key("carrier:jadlog"))
    assert (answer.status_code, set(said(answer))) == (200, RECEIPT)
    door.wait(30)
    door.add()
    assert door.state() == ("jadlog", NUMBER, "out_for_delivery")
    assert clock_of(door.desk.database, "heard_at", TRACK) == NOON
    door.tell(door.key("carrier:jadlog"))
    assert len(door.events()) == 2


def test_the_later_word_of_two_is_when_it_was_heard(door: Door) -> None:
    door.tell(door.key("carrier:jadlog"))
    pushed = about(fact("in_transit", source="standard"), carrier="jadlog", number=NUMBER)
    hear(door.desk.database, door.desk.policy, pushed, at=2, source="standard")
    door.add()
    assert clock_of(door.desk.database, "heard_at", TRACK) == later(2)


def test_a_package_without_a_number_shows_what_is_told_of_it(door: Door) -> None:
    key = door.key("carrier:jadlog")
    door.add(number=None)
    door.tell(key, {**EVENTS, "events": [ON_THE_WAY]})
    assert door.state() == ("jadlog", None, "in_transit")
    with door.desk.database.read() as tx:
        assert tx.rows("SELECT track_id FROM tracks WHERE ask_at IS NOT NULL") == []
        assert "Em trânsito" in str(why_json(tx, door.desk.settings, "default", ORDER))
    door.add(number=None)
    assert door.state() == ("jadlog", None, "in_transit")
    door.add()
    assert door.state() == ("jadlog", NUMBER, "in_transit")
    door.tell(key)
    assert len(door.events()) == 2


def test_told_before_the_order_and_without_a_number_it_is_shown_too(door: Door) -> None:
    door.tell(door.key("carrier:jadlog"))
    door.add(number=None)
    assert door.state() == ("jadlog", None, "out_for_delivery")


def test_a_parcel_known_by_its_number_alone_learns_its_carrier(door: Door) -> None:
    door.add()
    door.tell(door.key("carrier:jadlog"))
    assert door.state() == ("jadlog", NUMBER, "out_for_delivery")


def test_what_was_told_of_a_package_goes_with_it_to_another_number(door: Door) -> None:
    door.add(carrier="jadlog", number="WRONG1")
    door.tell(door.key("carrier:jadlog"))
    door.add(carrier="jadlog", number=NUMBER)
    assert door.state() == ("jadlog", NUMBER, "out_for_delivery")


def test_one_that_shares_the_old_number_keeps_what_was_told_of_it(door: Door) -> None:
    door.add(carrier="jadlog", number="SHARED1")
    door.add("another", "7", number="SHARED1", carrier="jadlog")
    door.tell(door.key("carrier:jadlog"))
    door.add(carrier="jadlog", number=NUMBER)
    assert door.state("another") == ("jadlog", "SHARED1", "out_for_delivery")
    assert len(door.events("another")) == 2


def test_an_order_that_commits_at_the_same_time_is_found_by_and_by(door: Door) -> None:
    door.tell(door.key("carrier:jadlog"))
    database = door.desk.database
    rows = database.write(lambda tx: tx.rows("DELETE FROM awaited RETURNING *"))
    door.add()
    assert door.state()[2] == "pending"
    names = ", ".join(rows[0])
    values = ", ".join(f":{name}" for name in rows[0])
    database.write(lambda tx: tx.rows(f"INSERT INTO awaited ({names}) VALUES ({values})", **rows[0]))  # noqa: S608 - its own columns
    assert database.write(lambda tx: join_waiting(tx, door.desk.policy, later(1))) == 1
    assert door.state() == ("jadlog", NUMBER, "out_for_delivery")
    assert database.write(lambda tx: join_waiting(tx, door.desk.policy, later(1))) == 0


# -- another carrier's -------------------------------------------------------------------------------------------------


def test_another_carriers_parcel_is_refused_and_kept_until_it_is_corrected(door: Door) -> None:
    door.add(carrier="correios")
    answer = door.tell(door.key("carrier:jadlog"))
    assert (answer.status_code, said(answer)["error"]["exception"]) == (403, None)
    assert "not with jadlog" in said(answer)["error"]["message"]
    assert "correios" not in answer.text
    assert door.state() == ("correios", NUMBER, "pending")
    with door.desk.database.read() as tx:
        assert "jadlog speaks of it" in str(why_json(tx, door.desk.settings, "default", ORDER))
    door.add(carrier="jadlog")
    assert door.state() == ("jadlog", NUMBER, "out_for_delivery")
    assert door.tell(door.key("carrier:jadlog")).status_code == 200


def test_two_carriers_that_claim_an_unknown_package_wait_apart(door: Door) -> None:
    door.tell(door.key("carrier:jadlog"))
    door.tell(door.key("carrier:loggi"), DELIVERED)
    door.add()
    assert door.state() == (None, NUMBER, "pending")
    door.add(carrier="jadlog")
    assert door.state() == ("jadlog", NUMBER, "out_for_delivery")
