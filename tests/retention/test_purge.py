"""What is over its time goes, what is not stays, and nothing of what went comes back."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

import pytest

from relay.database import Database, SQLite, Tx, open_database
from relay.errors import NotFound
from relay.intake import Policy
from relay.intake.parcels import Parcel
from relay.intake.record import replay_push
from relay.model import to_text
from relay.retention import due
from relay.retention.purge import ROWS_AT_ONCE
from relay.store import asks, incidents, ledger, orders, outbox
from relay.store import facts as fact_store
from relay.store.asks import KeptAnswer
from tests.conftest import NOON, fact, settle
from tests.intake import steps
from tests.intake.steps import TRACK, about, facts_on, hear, shown, told, waiting
from tests.retention.steps import bodies, day, deliver, everything, hear_body, purge_on, pushes, settings

if TYPE_CHECKING:
    from relay.database.postgres import Postgres

DELIVERED = (fact("in_transit", -20), fact("delivered", -1, description="Signed by: ANA S", place="Olinda, PE"))
LONG = "1Z999AA10123"
T = TypeVar("T")


def unread(database: Database) -> int:
    with database.read() as tx:
        return fact_store.count_unread(tx)


# -- as received -------------------------------------------------------------------------------------------------------


def test_pushes_go_after_thirty_days_and_what_they_said_stays(database: Database, policy: Policy) -> None:
    said = (fact("in_transit"), fact("out_for_delivery", 5))
    steps.add_order(database, policy)
    told(database, policy, said[0])
    told(database, policy, said[1], at=10 * 24)
    assert purge_on(database, 30).raw == 0
    assert purge_on(database, 30.1).raw == 1
    old, young = pushes(database)
    assert (old["body"], old["headers"], old["reason"]) == (None, "{}", "")
    assert (old["slug"], old["received_at"], old["action"]) == ("ups", to_text(NOON), "apply")
    assert young["body"] is not None
    assert len(facts_on(database)) == 2
    assert purge_on(database, 30.2).raw == 0


def test_a_repeat_of_a_push_that_went_is_still_recognised(database: Database, policy: Policy) -> None:
    steps.add_order(database, policy)
    told(database, policy, fact("in_transit"))
    purge_on(database, 31)
    again = told(database, policy, fact("in_transit"), at=32 * 24)
    assert not again.is_first
    assert bodies(database) == []
    assert len(facts_on(database)) == 1


def test_raw_days_is_a_setting_and_never_longer_than_the_retention(database: Database, policy: Policy) -> None:
    told(database, policy, fact("in_transit"))
    assert purge_on(database, 8, raw_days="365").raw == 0
    assert purge_on(database, 8, raw_days="365", retention_days="7").raw == 1


def test_answers_go_with_the_same_age(database: Database) -> None:
    def keep(tx: Tx) -> None:
        for days in (0, 20):
            asked = '[["ups", "1Z999", null]]'
            asks.keep_answer(tx, KeptAnswer(f"a{days}", "ups", day(days), 200, b"x", "ok", "", "apply", asked, 0))

    database.write(keep)
    assert purge_on(database, 31).raw == 1
    with database.read() as tx:
        kept = tx.rows("SELECT * FROM answers ORDER BY 1")
    assert [(row["answer_id"], row["body"] is None, row["asked"] == "[]") for row in kept] == [
        ("a0", True, True),
        ("a20", False, False),
    ]


def test_the_unread_wait_from_their_last_receipt_or_replay(database: Database, policy: Policy) -> None:
    replayed = hear_body(database, policy, b"replayed").push_id
    hear_body(database, policy, b"repeated")
    hear_body(database, policy, b"left alone")
    hear_body(database, policy, b"repeated", days=20)
    replay_push(database, policy, replayed, day(25), announce=False)
    assert purge_on(database, 31).unread == 1
    assert sorted(bodies(database)) == [b"repeated", b"replayed"]
    assert unread(database) == 2
    purge_on(database, 51)
    assert bodies(database) == [b"replayed"]
    purge_on(database, 56)
    assert bodies(database) == []
    assert unread(database) == 0
    with database.read() as tx:
        lost = {(row["name"], row["label"]): row["times"] for row in ledger.tallies(tx, NOON)}
    assert lost == {("dropped_unread", "ups"): 3}


def test_what_was_never_read_and_is_sent_again_is_kept_again(database: Database, policy: Policy) -> None:
    hear_body(database, policy, b"who can read this")
    purge_on(database, 31)
    assert not hear_body(database, policy, b"who can read this", days=40).is_first
    assert bodies(database) == [b"who can read this"]
    assert unread(database) == 1


# -- orders ------------------------------------------------------------------------------------------------------------


def is_erased(database: Database, order_id: str = "1001") -> bool:
    with database.read() as tx:
        return orders.order(tx, "default", order_id)["erased_at"] is not None


def test_an_order_is_erased_ninety_days_after_its_end(database: Database, policy: Policy) -> None:
    deliver(database, policy, *DELIVERED)
    assert (purge_on(database, 89.9).orders, is_erased(database)) == (0, False)
    assert due(database, settings(), day(90.1)).orders == 1
    assert (purge_on(database, 90.1).orders, is_erased(database)) == (1, True)
    assert purge_on(database, 91).orders == 0


def test_retention_days_is_a_setting(database: Database, policy: Policy) -> None:
    deliver(database, policy, *DELIVERED)
    assert purge_on(database, 8, retention_days="7").orders == 1


def test_one_parcel_on_its_way_keeps_the_order(database: Database, policy: Policy) -> None:
    deliver(database, policy, *DELIVERED)
    steps.add_order(database, policy, parcel=Parcel("ups", "1Z555", "second"))
    told(database, policy, fact("in_transit"), number="1Z555")
    told(database, policy, fact("in_transit", 80 * 24), number="1Z555", at=80 * 24)
    assert purge_on(database, 150).orders == 0
    assert purge_on(database, 80 + 12.5 + 90.1).orders == 1


@pytest.mark.parametrize(("silent_since", "due_after"), [(None, 90.1 + 12.5), (30, 30 + 90.1 + 12.5)])
def test_a_parcel_that_never_ends_ends_with_its_silence(
    database: Database, policy: Policy, silent_since: float | None, due_after: float
) -> None:
    steps.add_order(database, policy)
    if silent_since:
        told(database, policy, fact("in_transit"), at=silent_since * 24)
    assert purge_on(database, due_after - 0.2).orders == 0
    assert purge_on(database, due_after).orders == 1


def test_where_a_parcel_was_given_up_that_moment_counts(database: Database, policy: Policy) -> None:
    steps.add_order(database, policy)
    database.write(lambda tx: asks.plan(tx, TRACK, None, day(3)))
    assert purge_on(database, 92.9).orders == 0
    assert purge_on(database, 93.1).orders == 1


def test_an_order_without_parcels_ends_with_its_last_update(database: Database, policy: Policy) -> None:
    steps.add_order(database, policy, parcel=Parcel())
    steps.add_order(database, policy, parcel=Parcel(), at=50 * 24)
    assert purge_on(database, 139).orders == 0
    assert purge_on(database, 141).orders == 1


def test_erasure_leaves_nothing_that_says_who_it_was(database: Database, policy: Policy) -> None:
    deliver(database, policy, *DELIVERED, number=LONG)
    steps.add_order(database, policy, parcel=Parcel("ups", LONG, tracking_url="https://ups.example/?who=Ana"))
    hear_body(database, policy, b'{"tracking": "1z 999 aa1 0123", "signer": "Ana S"}', days=70)
    hear_body(database, policy, b'{"mail": "Ana@Example.com"}', days=70)
    hear_body(database, policy, b'{"tracking": "1Z999AA101239", "signer": "Rui"}', days=70)
    steps.override(database, policy, "returned", until="lifted")

    def more(tx: Tx) -> None:
        row = orders.shipments_of(tx, "default", "1001")[0]
        tx.rows("UPDATE outbox SET state = 'dead', last_error = 'no such user ana@example.com', receipt = 'for Ana'")
        tx.rows("UPDATE overrides SET reason = 'Ana called'")
        for detail in ("x -> y: Ana called", "asked by ana@example.com"):
            ledger.write_audit(tx, NOON, "rui", "override", detail, about=row)
        ledger.write_audit(tx, NOON, "rui", "find", "no ANA@example.com", outcome="refused")
        incident = incidents.open_incident(tx, kind="dead", subject="x", title="x", remedy="", now=NOON)
        for detail in ("to Ana", "to Ana again"):
            incidents.add_to_incident(tx, incident, row, detail)

    database.write(more)
    token = page_token(database)
    purge_on(database, 95)
    text = everything(database)
    assert is_erased(database)
    for words in ("ana@", "ana s", "ana c", "to ana", "for ana", "who=ana", token):
        assert words.casefold() not in text.casefold(), words
    assert bodies(database) == [b'{"tracking": "1Z999AA101239", "signer": "Rui"}']
    assert [one.description for one in facts_on(database, f"ups/{LONG}")] == ["", ""]


def page_token(database: Database) -> str:
    with database.read() as tx:
        return str(orders.order(tx, "default", "1001")["page_token"])


def test_what_a_statistic_needs_survives(database: Database, policy: Policy) -> None:
    deliver(database, policy, *DELIVERED)
    purge_on(database, 91)
    with database.read() as tx:
        order = orders.order(tx, "default", "1001")
        assert orders.count_by_status(tx) == {"delivered": 1}
        assert [row["order_id"] for row in orders.look_up(tx, "1001")] == ["1001"]
    assert order["locale"] == "pt-BR"
    assert sorted((one.status, one.place) for one in facts_on(database)) == [
        ("delivered", "Olinda, PE"),
        ("in_transit", ""),
    ]


def test_what_another_order_waits_for_stays_until_that_ends(database: Database, policy: Policy) -> None:
    deliver(database, policy, *DELIVERED)
    late = fact("in_transit", 80 * 24)
    told(database, policy, late, at=80 * 24)
    steps.add_order(database, policy, "2002", at=85 * 24)
    assert purge_on(database, 91).orders == 1
    assert len(bodies(database)) == 1
    assert [one.description for one in facts_on(database) if one.status == "delivered"] == ["Signed by: ANA S"]


# -- it does not come back ---------------------------------------------------------------------------------------------


def erased(database: Database, policy: Policy) -> None:
    deliver(database, policy, *DELIVERED, number=LONG)
    purge_on(database, 91)


def nobody(database: Database) -> bool:
    with database.read() as tx:
        order = orders.order(tx, "default", "1001")
        found = tx.rows("SELECT kind FROM lookups WHERE kind IN ('email', 'page')")
        urls = tx.rows("SELECT shipment_id FROM shipments WHERE tracking_url IS NOT NULL")
    return not (order["email"] or order["customer_name"] or found or urls)


def test_an_order_that_was_erased_is_added_again_without_its_customer(database: Database, policy: Policy) -> None:
    erased(database, policy)
    parcel = Parcel("ups", "1Z555", "second", tracking_url="https://ups.example/?who=Ana")
    steps.add_order(database, policy, parcel=parcel, customer_name="Ana Souza", at=92 * 24)
    assert nobody(database)
    told(database, policy, fact("in_transit", 92 * 24), number="1Z555", at=92 * 24)
    with database.read() as tx:
        parcels = {row["package"]: row["shown_status"] for row in orders.shipments_of(tx, "default", "1001")}
    assert parcels["second"] == "in_transit"
    assert waiting(database) == []


def test_a_database_that_knows_the_tombstone_alone_keeps_no_customer(database: Database, policy: Policy) -> None:
    erased(database, policy)

    def gone(tx: Tx) -> None:
        for table in ("lookups", "outbox", "shipments", "orders"):
            tx.rows(f"DELETE FROM {table}")  # noqa: S608 - our own names

    database.write(gone)
    steps.add_order(database, policy, customer_name="Ana Souza", at=92 * 24)
    assert nobody(database)
    assert is_erased(database)


def test_another_order_of_the_same_customer_is_served(database: Database, policy: Policy) -> None:
    erased(database, policy)
    steps.add_order(database, policy, "2002", number="1Z777", at=92 * 24)
    told(database, policy, fact("in_transit", 92 * 24), number="1Z777", at=92 * 24)
    assert waiting(database) == [("in_transit", "0")]


def test_neither_a_repeat_nor_a_replay_brings_a_push_back(database: Database, policy: Policy) -> None:
    body = b'{"tracking": "1Z999AA10123", "signer": "Ana S"}'
    erased_id = hear_body(database, policy, body, days=70).push_id
    erased(database, policy)
    hear_body(database, policy, body, days=92)
    assert bodies(database) == []
    with pytest.raises(NotFound):
        replay_push(database, policy, erased_id, day(93), announce=False)


def test_a_mail_that_waits_is_withdrawn(database: Database, policy: Policy) -> None:
    deliver(database, policy, *DELIVERED)
    assert waiting(database)
    purge_on(database, 91)
    with database.read() as tx:
        assert {(row["state"], row["receipt"]) for row in outbox.listed(tx, None, 9)} == {
            ("superseded", "(erased)")
        } | {("superseded", None)}


# -- not ours ----------------------------------------------------------------------------------------------------------


def track_ids(database: Database) -> list[str]:
    with database.read() as tx:
        return [row["track_id"] for row in tx.rows("SELECT track_id FROM tracks ORDER BY track_id")]


def test_what_is_not_ours_goes_after_thirty_days(database: Database, policy: Policy) -> None:
    steps.add_order(database, policy)
    told(database, policy, fact("in_transit"))
    told(database, policy, fact("in_transit"), number="1ZALIEN")
    told(database, policy, fact("in_transit"), number="1ZTALKS")
    told(database, policy, fact("out_for_delivery", 20 * 24), number="1ZTALKS", at=20 * 24)
    database.write(lambda tx: asks.register(tx, "17track", {"ref": "ups/1ZALIEN"}))
    assert purge_on(database, 29.9).tracks == 0
    gone = purge_on(database, 30.1)
    assert (gone.tracks, gone.facts) == (1, 2)
    assert track_ids(database) == [TRACK, "ups/1ZTALKS"]
    assert [one.status for one in facts_on(database, "ups/1ZTALKS")] == ["out_for_delivery"]
    assert len(facts_on(database)) == 1
    assert purge_on(database, 50.1).tracks == 1
    assert track_ids(database) == [TRACK]


def test_a_parcel_may_still_come_after_its_facts_went(database: Database, policy: Policy) -> None:
    told(database, policy, fact("in_transit"))
    purge_on(database, 31)
    steps.add_order(database, policy, at=31 * 24)
    told(database, policy, fact("out_for_delivery", 31 * 24), at=31 * 24)
    assert shown(database) == "out_for_delivery"


# -- small transactions ------------------------------------------------------------------------------------------------


class Watched(SQLite):
    """How many rows each transaction changed."""

    def write(self, work: Callable[[Tx], T]) -> T:
        def counted(tx: Tx) -> T:
            before = tx.rows("SELECT total_changes() AS n")[0]["n"]
            try:
                return work(tx)
            finally:
                self.changes.append(tx.rows("SELECT total_changes() AS n")[0]["n"] - before)

        return super().write(counted)

    changes: list[int]


def test_no_transaction_changes_many_rows(tmp_path: Path, policy: Policy) -> None:
    database = Watched(tmp_path / "wismo.db", create=True)
    database.changes = []
    database.migrate()
    database.write(settle)
    for n in range(60):
        number = f"1Z{n:06}"
        steps.add_order(database, policy, str(n), number=number)
        hear(database, policy, about(*(fact("in_transit", hour) for hour in range(10)), number=number))
        told(database, policy, fact("delivered", 11), number=number, at=12)
        hear(database, policy, about(*(fact("in_transit", hour) for hour in range(10)), number=f"ALIEN{n:05}"))
    for n in range(300):
        hear_body(database, policy, b"unread %d" % n)
    database.changes.clear()
    done = purge_on(database, 100)
    assert (done.raw, done.orders, done.tracks) == (480, 60, 60)
    assert max(database.changes) <= 2 * ROWS_AT_ONCE
    assert len(database.changes) > 15
    database.close()


def beside(database: Database) -> Database:
    """The same database as another process has it."""
    return open_database(f"sqlite:{database.path}" if isinstance(database, SQLite) else cast("Postgres", database).url)


def test_two_purges_and_an_import_do_not_meet(database: Database, policy: Policy) -> None:
    """Two processes purge while parcels come that the very same tracks waited for: nothing breaks or counts twice."""
    for n in range(30):
        told(database, policy, fact("in_transit"), number=f"ALIEN{n}")

    def add_all() -> None:
        for n in reversed(range(30)):
            steps.add_order(database, policy, str(n), number=f"ALIEN{n}", at=40 * 24)

    other = beside(database)
    with ThreadPoolExecutor(3) as pool:
        purges = [pool.submit(purge_on, one, 40) for one in (database, other)]
        orders_come = pool.submit(add_all)
        gone = [one.result() for one in purges]
        orders_come.result()
    other.close()
    assert sum(one.raw for one in gone) == 30
    with database.read() as tx:
        assert len(tx.rows("SELECT shipment_id FROM shipments JOIN tracks USING (track_id)")) == 30
