"""One way in: a push becomes facts, a state and a message, on either engine."""

import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import permutations

import pytest

from relay.database import Database, Row, Tx
from relay.intake import Policy, corrections, parcels
from relay.intake.parcels import Parcel
from relay.intake.record import Recorded, record_push
from relay.model import Action, Fact, Override, Push, Reading, Report, Status
from relay.store import facts as fact_store
from relay.store import ledger, orders, outbox
from tests.conftest import NOON, fact

NUMBER = "1Z999"


def add_order(database: Database, policy: Policy, order_id: str = "1001", **more: str | None) -> None:
    given: dict[str, str | None] = {"email": "ana@example.com", "group_id": more.pop("group_id", None)}
    parcel = Parcel(carrier=more.get("carrier", "ups"), tracking_number=more.get("number", NUMBER))
    database.write(lambda tx: parcels.record_order(tx, policy, order_id, given, parcel, NOON, shop="default"))


def told(database: Database, policy: Policy, *facts: Fact, at: float = 0, **more: str | None) -> Recorded:
    """A push that tells ``facts``, received ``at`` hours after noon."""
    received_at = NOON + timedelta(hours=at)
    body = repr((facts, more)).encode()
    report = Report(more.get("carrier", "ups"), more.get("number", NUMBER), tuple(facts), more.get("reference"))
    push = Push("ups", "POST", "/push/ups", {"credential": "s3cret", "x-id": "1"}, body, received_at)
    return record_push(database, policy, push, Reading(Action.APPLY, (report,)))


def shipment(database: Database, order_id: str = "1001") -> Row:
    with database.read() as tx:
        return orders.shipments_of(tx, "default", order_id)[0]


def mails(database: Database) -> list[tuple[str, str, str]]:
    with database.read() as tx:
        return sorted((row["status"], row["rounds"], row["state"]) for row in outbox.listed(tx, None, 99))


def test_a_push_becomes_a_state_and_one_mail_and_its_repeat_nothing(database: Database, policy: Policy) -> None:
    add_order(database, policy)
    first = told(database, policy, fact("in_transit"))
    again = told(database, policy, fact("in_transit"), at=2)
    assert (first.messages, again.messages) == (1, 0)
    assert (first.is_first, again.is_first) == (True, False)
    assert shipment(database)["shown_status"] == "in_transit"
    assert mails(database) == [("in_transit", "0", "due")]


def test_a_repeated_push_still_moves_heard_at(database: Database, policy: Policy) -> None:
    add_order(database, policy)
    told(database, policy, fact("in_transit"))
    told(database, policy, fact("in_transit"), at=2)
    with database.read() as tx:
        track = fact_store.track(tx, f"ups/{NUMBER}")
    assert track is not None
    assert datetime.fromisoformat(track["heard_at"]) == NOON + timedelta(hours=2)


def test_secrets_in_headers_are_not_kept(database: Database, policy: Policy) -> None:
    recorded = told(database, policy, fact("in_transit"))
    with database.read() as tx:
        kept = fact_store.push(tx, recorded.push_id)
    assert kept is not None
    assert kept["headers"] == '{"x-id":"1"}'


def test_an_early_scan_waits_and_applies_when_the_order_comes(database: Database, policy: Policy) -> None:
    told(database, policy, fact("in_transit"))
    add_order(database, policy)
    assert shipment(database)["shown_status"] == "in_transit"
    assert mails(database) == [("in_transit", "0", "due")]


def test_a_scan_without_a_carrier_finds_the_only_open_parcel_of_its_number(database: Database, policy: Policy) -> None:
    add_order(database, policy)
    told(database, policy, fact("in_transit"), carrier=None)
    assert shipment(database)["shown_status"] == "in_transit"


def test_a_parcel_without_a_carrier_learns_it_from_the_first_that_knows_its_number(
    database: Database, policy: Policy
) -> None:
    add_order(database, policy, carrier=None)
    told(database, policy, fact("in_transit"))
    assert (shipment(database)["carrier"], shipment(database)["shown_status"]) == ("ups", "in_transit")


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_interleavings_of_pushes_and_the_order_end_alike(
    order: Sequence[int], tmp_path: object, policy: Policy, request: pytest.FixtureRequest
) -> None:
    from relay.database import open_database  # noqa: PLC0415 - one engine is enough for a law of the rules
    from tests.conftest import settle  # noqa: PLC0415

    database = open_database(f"sqlite:{tmp_path}/wismo.db", create=True)
    request.addfinalizer(database.close)
    database.migrate()
    database.write(settle)
    steps = [
        lambda: told(database, policy, fact("in_transit"), at=9),
        lambda: told(database, policy, fact("out_for_delivery", 4), at=9),
        lambda: told(database, policy, fact("in_transit"), fact("delivered", 6), at=9),
        lambda: add_order(database, policy),
    ]
    for step in order:
        steps[step]()  # type: ignore[no-untyped-call]  # a lambda without arguments
    row = shipment(database)
    assert (row["shown_status"], row["delivered_at"]) == ("delivered", "2026-03-02T18:00:00.000+00:00")
    assert [mail for mail in mails(database) if mail[2] == "due"] == [("delivered", "0", "due")]


def test_newer_news_replaces_a_mail_that_still_waits(database: Database, policy: Policy) -> None:
    add_order(database, policy)
    told(database, policy, fact("in_transit"))
    told(database, policy, fact("out_for_delivery", 1), at=1)
    assert mails(database) == [("in_transit", "0", "superseded"), ("out_for_delivery", "0", "due")]


def test_a_reopened_parcel_is_told_again(database: Database, policy: Policy) -> None:
    add_order(database, policy)
    told(database, policy, fact("in_transit"), fact("delivered", 1), at=1)
    told(database, policy, fact("out_for_delivery", 3), at=3)
    told(database, policy, fact("delivered", 5), at=5)
    assert ("delivered", "1", "due") in mails(database)


def test_stale_news_is_not_told_but_listed(database: Database, policy: Policy) -> None:
    add_order(database, policy)
    told(database, policy, fact("in_transit"), at=49)
    assert mails(database) == []
    with database.read() as tx:
        (incident,) = ledger.incidents(tx, only_open=True)
        assert [row["order_id"] for row in ledger.incident_orders(tx, incident["incident_id"])] == ["1001"]


def test_nothing_before_the_baseline_is_told(database: Database, policy: Policy) -> None:
    add_order(database, policy)
    database.write(lambda tx: orders.set_baseline(tx, "default", NOON + timedelta(hours=1)))
    told(database, policy, fact("in_transit"), at=1)
    assert mails(database) == []
    told(database, policy, fact("out_for_delivery", 2), at=2)
    assert ("out_for_delivery", "0", "due") in mails(database)


def test_a_held_delivery_shows_nothing_and_asks_at_once(database: Database, policy: Policy) -> None:
    add_order(database, policy)
    told(database, policy, fact("delivered", 1), at=1)
    row = shipment(database)
    assert (row["shown_status"], row["held_status"]) == ("pending", "delivered")
    assert mails(database) == []
    told(database, policy, fact("in_transit"), at=2)
    assert shipment(database)["shown_status"] == "delivered"


def override(database: Database, policy: Policy, status: str, *, tell: bool, until: str = "carrier") -> None:
    def work(tx: Tx) -> None:
        row = orders.shipments_of(tx, "default", "1001")[0]
        wanted = Override(f"o-{status}", Status(status), "seen by the neighbour", "ana", NOON, until, tell=tell)
        corrections.record_override(tx, policy, row, wanted, NOON)

    database.write(work)


def test_an_override_shows_until_the_carrier_contradicts_and_its_mail_waits_for_undo(
    database: Database, policy: Policy
) -> None:
    add_order(database, policy)
    override(database, policy, "delivered", tell=True)
    with database.read() as tx:
        (mail,) = [row for row in outbox.listed(tx, None, 9) if row["state"] == "due"]
    assert datetime.fromisoformat(mail["due_at"]) == NOON + timedelta(minutes=10)
    assert shipment(database)["shown_status"] == "delivered"
    told(database, policy, fact("out_for_delivery", 1), at=1)
    assert shipment(database)["shown_status"] == "out_for_delivery"


def test_lifting_an_override_withdraws_what_it_had_not_told(database: Database, policy: Policy) -> None:
    add_order(database, policy)
    override(database, policy, "delivered", tell=True)

    def lift(tx: Tx) -> int:
        row = orders.shipments_of(tx, "default", "1001")[0]
        return corrections.end_override(tx, policy, row, "lifted", NOON)

    assert database.write(lift) == 1
    assert shipment(database)["shown_status"] == "pending"
    told(database, policy, fact("in_transit", 1), fact("delivered", 2), at=2)
    assert ("delivered", "0", "due") in mails(database)


def test_an_override_that_tells_nobody_leaves_the_carriers_own_news_to_be_told(
    database: Database, policy: Policy
) -> None:
    add_order(database, policy)
    override(database, policy, "delivered", tell=False)
    assert mails(database) == []
    told(database, policy, fact("in_transit", 1), fact("delivered", 2), at=2)
    assert ("delivered", "0", "due") in mails(database)


def test_orders_of_one_group_wait_for_each_other(database: Database, policy: Policy) -> None:
    add_order(database, policy, "1001", group_id="g")
    add_order(database, policy, "1002", group_id="g", number="1Z888")
    told(database, policy, fact("in_transit"))
    told(database, policy, fact("in_transit"), number="1Z888", at=0.2)
    with database.read() as tx:
        due = {row["due_at"] for row in outbox.listed(tx, None, 9)}
    assert due == {"2026-03-02T12:30:00.000+00:00"}


def test_four_threads_that_tell_the_same_things_lose_and_double_nothing(database: Database, policy: Policy) -> None:
    add_order(database, policy)
    said = [fact("in_transit", hours / 10) for hours in range(20)]
    faults: list[BaseException] = []

    def work(offset: int) -> None:
        try:
            for index in range(20):
                told(database, policy, said[(index + offset) % 20], at=3)
        except BaseException as fault:  # noqa: BLE001 - a thread's fault must reach the test
            faults.append(fault)

    threads = [threading.Thread(target=work, args=(offset,)) for offset in (0, 5, 10, 15)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    with database.read() as tx:
        assert len(fact_store.facts_of(tx, f"ups/{NUMBER}")) == 20
    assert mails(database) == [("in_transit", "0", "due")]
