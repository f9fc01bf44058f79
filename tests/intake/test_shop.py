"""A shop's order in: whatever the order of reading, one shipment a package, and one mail for its news."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from relay.database import Database, Row, Tx
from relay.desk.view import order_json
from relay.intake import Policy, parcels
from relay.intake.shop import Taken, record_shop_order
from relay.model import Kind, to_text
from relay.settings import Settings
from relay.shops import Package, ShopEvent, ShopOrder, Shown
from relay.shops.shown import from_json
from relay.store import couriers, keeping, ledger, orders, packages, reads
from tests.conftest import NOON, fact
from tests.intake.conftest import emptied
from tests.intake.steps import add_order, due_at, later, mails, mark_sent, told, waiting

X, COPY = "v1001abc-01", "00-v1001abc-01"


def order(*parcels: Package, at: float = 0, order_id: str = X, **more: object) -> ShopOrder:
    """An order as of ``at`` hours after noon."""
    given: dict[str, object] = {
        "group_id": "v1001abc",
        "short_number": "1001",
        "status": "invoiced",
        "origin": "Marketplace",
        "customer_name": "Ana Souza",
        "email": "ana@example.com",
        "ordered_at": to_text(NOON - timedelta(days=2)),
        "changed_at": to_text(later(at)),
        "packages": parcels,
    }
    return ShopOrder(order_id, **(given | more))  # type: ignore[arg-type]  # a dict of the dataclass's own fields


def package(invoice: str = "24382", number: str | None = "1Z999", **more: object) -> Package:
    given: dict[str, object] = {
        "kind": Kind.OUTBOUND,
        "courier": "UPS",
        "tracking_number": number,
        "issued_at": to_text(NOON - timedelta(days=1)),
    }
    return Package(invoice, **(given | more))  # type: ignore[arg-type]  # a dict of the dataclass's own fields


def copy(*parcels: Package, at: float = 0, **more: object) -> ShopOrder:
    """The seller's copy of the same purchase."""
    return order(*parcels, at=at, order_id=COPY, **({"origin": "Fulfillment", "copy_of": X} | more))


def take(database: Database, policy: Policy, one: ShopOrder, *, at: float = 0, quiet: bool = False) -> Taken:
    quiet_before = later(at) if quiet else None
    return database.write(
        lambda tx: record_shop_order(tx, policy, one, later(at), shop="default", quiet_before=quiet_before)
    )


def all_of(database: Database, order_id: str = X) -> list[Row]:
    with database.read() as tx:
        return packages.all_of(tx, "default", order_id)


def living(database: Database, order_id: str = X) -> list[Row]:
    with database.read() as tx:
        return orders.shipments_of(tx, "default", order_id)


def header(database: Database, order_id: str = X) -> Row:
    with database.read() as tx:
        return orders.order(tx, "default", order_id)


def found(database: Database, key: str) -> set[str]:
    with database.read() as tx:
        return {row["order_id"] for row in orders.look_up(tx, parcels.lookup_key(key))}


def numbers(rows: Sequence[Row]) -> list[tuple[str, str | None]]:
    return [(row["package"], row["tracking_number"]) for row in rows]


# -- headers and packages ----------------------------------------------------------------------------------------------


def test_a_header_is_kept_before_there_is_a_package(database: Database, policy: Policy) -> None:
    take(database, policy, order(status="handling"))
    row = header(database)
    assert (row["shop_status"], row["email"], row["group_id"], row["is_mailed"]) == (
        "handling",
        "ana@example.com",
        "v1001abc",
        1,
    )
    assert living(database) == []
    assert found(database, "1001") == {X}


def test_each_invoice_is_a_shipment_with_what_its_shop_says_of_it(database: Database, policy: Policy) -> None:
    take(database, policy, order(package("1", "1Z1", promised_at="2026-03-09"), package("2/a ", None, courier=None)))
    first, second = sorted(living(database), key=lambda row: row["package"])
    assert (first["carrier"], first["tracking_number"], first["matched_by"]) == ("ups", "1Z1", "courier")
    assert (first["promised_at"], first["dispatched_at"]) == ("2026-03-09", to_text(NOON - timedelta(days=1)))
    assert (second["package"], second["carrier"], second["tracking_number"]) == ("2/a ", None, None)


def test_the_same_order_read_again_changes_nothing(database: Database, policy: Policy) -> None:
    one = order(package(), package("2", None))
    take(database, policy, one)
    told(database, policy, fact("in_transit"))
    before = (header(database), all_of(database))
    for at in (1, 2, 3):
        take(database, policy, one, at=at)
    same = [row | {"shop_read_at": None} for row in all_of(database)]
    assert (header(database), same) == (before[0], [row | {"shop_read_at": None} for row in before[1]])
    assert len(mails(database)) == 1


def test_an_older_copy_never_overwrites_a_newer_one(database: Database, policy: Policy) -> None:
    copies = [
        order(at=0, status="handling"),
        order(package("1", None), at=1, status="invoice"),
        order(package("1", "1Z1"), package("2", "1Z2"), at=2, status="invoiced"),
    ]
    for sequence in permutations(copies):
        order_id = f"p-{'-'.join(one.status or '' for one in sequence)}"
        for one in sequence:
            take(database, policy, _renamed(one, order_id))
        rows = living(database, order_id)
        assert numbers(rows) == [("1", "1Z1"), ("2", "1Z2")], sequence
        assert header(database, order_id)["shop_status"] == "invoiced"


def _renamed(one: ShopOrder, order_id: str) -> ShopOrder:
    return order(*one.packages, order_id=order_id, status=one.status, changed_at=one.changed_at)


def test_a_number_that_comes_later_belongs_to_the_same_parcel(database: Database, policy: Policy) -> None:
    take(database, policy, order(package(number=None)))
    told(database, policy, fact("in_transit", 1), at=1)
    take(database, policy, order(package(number="1Z999"), at=2), at=2)
    (row,) = all_of(database)
    assert (row["tracking_number"], row["status"]) == ("1Z999", "in_transit")
    assert [status for status, _ in waiting(database)] == ["in_transit"]


def test_a_changed_number_moves_the_parcel(database: Database, policy: Policy) -> None:
    take(database, policy, order(package(number="1Z111")))
    told(database, policy, fact("in_transit"), number="1Z111")
    take(database, policy, order(package(number="1Z999"), at=1), at=1)
    (row,) = all_of(database)
    assert (row["tracking_number"], row["status"]) == ("1Z999", "pending")


def test_what_a_person_corrected_stays_until_the_shop_says_something_new(database: Database, policy: Policy) -> None:
    take(database, policy, order(package(number="1Z-wrong")))
    correct(database, policy, "correios", "AA123456785BR")
    take(database, policy, order(package(number="1Z-wrong"), at=1), at=1)
    (row,) = living(database)
    assert (row["carrier"], row["tracking_number"]) == ("correios", "AA123456785BR")
    take(database, policy, order(package(number="1Z-new"), at=2), at=2)
    (row,) = living(database)
    assert row["tracking_number"] == "1Z-new"


def correct(database: Database, policy: Policy, carrier: str, number: str) -> None:
    def work(tx: Tx) -> None:
        row = orders.shipments_of(tx, "default", X)[0]
        parcels.reassign(tx, policy, row, carrier, number, NOON)
        couriers.mark_matched(tx, row["shipment_id"], None)

    database.write(work)


def test_a_carrier_that_somebody_named_is_not_matched_again(database: Database, policy: Policy) -> None:
    take(database, policy, order(package(courier=None)))
    correct(database, policy, "jadlog", "1Z999")
    take(database, policy, order(package(courier="Correios", number="1Z-new"), at=1), at=1)
    (row,) = living(database)
    assert (row["carrier"], row["courier"]) == ("jadlog", "Correios")


# -- packages that vanish, change and come back ------------------------------------------------------------------------


def test_a_package_that_vanishes_is_superseded_and_its_mail_withdrawn(database: Database, policy: Policy) -> None:
    take(database, policy, order(package("1", "1Z1"), package("2", "1Z2")))
    take(database, policy, order(package("2", "1Z2"), at=1), at=1)
    assert numbers(living(database)) == [("2", "1Z2")]
    (gone,) = [row for row in all_of(database) if row["superseded_at"]]
    assert gone["package"] == "1"


def test_a_package_that_comes_back_is_the_same_shipment(database: Database, policy: Policy) -> None:
    take(database, policy, order(package()))
    (first,) = living(database)
    take(database, policy, order(at=1), at=1)
    told(database, policy, fact("in_transit", 2), at=2)
    assert (living(database), waiting(database)) == ([], [])
    take(database, policy, order(package(), at=3), at=3)
    (again,) = living(database)
    assert (again["shipment_id"], again["status"]) == (first["shipment_id"], "in_transit")
    assert [status for status, _ in waiting(database)] == ["in_transit"]


def test_an_order_of_which_a_part_is_unreadable_loses_no_package(database: Database, policy: Policy) -> None:
    take(database, policy, order(package("1", "1Z1"), package("2", "1Z2")))
    take(database, policy, order(package("2", "1Z2"), at=1, faults=("packages[0]: not an object",)), at=1)
    assert len(living(database)) == 2


def test_a_parcel_added_by_hand_is_not_the_shops_to_take_away(database: Database, policy: Policy) -> None:
    add_order(database, policy, X, number="1Z777")
    take(database, policy, order(package("1", "1Z1")))
    take(database, policy, order(at=1), at=1)
    assert numbers(living(database)) == [("1Z777", "1Z777")]


def test_a_parcel_known_by_its_number_becomes_the_package_of_its_invoice(database: Database, policy: Policy) -> None:
    add_order(database, policy, X)
    told(database, policy, fact("in_transit"))
    mark_sent(database)
    take(database, policy, order(package(), at=1), at=1)
    assert numbers(all_of(database)) == [("24382", "1Z999")]
    assert len(mails(database)) == 1


def test_an_invoice_that_got_another_number_is_the_same_parcel_and_nobody_is_told_twice(
    database: Database, policy: Policy
) -> None:
    take(database, policy, order(package("1")))
    told(database, policy, fact("in_transit"))
    mark_sent(database)
    (before,) = all_of(database)
    take(database, policy, order(package("2"), at=1), at=1)
    (after,) = all_of(database)
    assert (after["shipment_id"], after["package"]) == (before["shipment_id"], "2")
    assert len(mails(database)) == 1
    assert found(database, "1") == found(database, "2") == {X}


def test_an_order_of_200_packages_is_taken_and_taken_again(sqlite: Database, policy: Policy) -> None:
    many = order(*(package(str(index), f"1Z{index}") for index in range(200)))
    take(sqlite, policy, many)
    before = all_of(sqlite)
    take(sqlite, policy, many)
    assert len(before) == 200
    assert [row["revision"] for row in all_of(sqlite)] == [row["revision"] for row in before]


# -- returns and orders that are called off ----------------------------------------------------------------------------


def test_a_return_is_followed_as_one_and_tells_the_customer_nothing(database: Database, policy: Policy) -> None:
    take(database, policy, order(package("7", "1Z999", kind=Kind.RETURN)))
    told(database, policy, fact("in_transit"), fact("delivered", 5), at=5)
    (row,) = living(database)
    assert (row["kind"], row["status"]) == ("return", "delivered")
    assert mails(database) == []


def test_a_return_with_the_number_of_its_sale_is_told_apart(database: Database, policy: Policy) -> None:
    both = order(package("7", "1Z2", kind=Kind.RETURN), package("7", "1Z1"))
    for at in (0, 1):
        take(database, policy, both, at=at)
    rows = {row["package"]: (row["kind"], row["tracking_number"]) for row in living(database)}
    assert rows == {"7": ("outbound", "1Z1"), "7/Input": ("return", "1Z2")}


def test_a_parcel_that_never_moved_is_cancelled_with_its_order(database: Database, policy: Policy) -> None:
    take(database, policy, order(package("1", "1Z1"), package("2", None)))
    called_off = order(package("1", "1Z1"), package("2", None), at=1, status="canceled")
    for at in (1, 2):
        take(database, policy, called_off, at=at)
    (row,) = living(database)
    assert (row["package"], row["status"]) == ("1", "cancelled")
    assert mails(database) == []


def test_of_a_parcel_on_its_way_the_carriers_word_stands(database: Database, policy: Policy) -> None:
    take(database, policy, order(package()))
    told(database, policy, fact("in_transit"))
    take(database, policy, order(package(), at=1, status="canceled"), at=1)
    assert living(database)[0]["status"] == "in_transit"


def test_a_number_that_another_order_shares_is_not_cancelled(database: Database, policy: Policy) -> None:
    add_order(database, policy, "other")
    take(database, policy, order(package()))
    take(database, policy, order(package(), at=1, status="canceled"), at=1)
    assert living(database, "other")[0]["status"] == "pending"


# -- who mails ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("origin", "affiliate", "listed", "is_mailed"),
    [
        ("Marketplace", None, (), 1),
        ("Chain", None, (), 1),
        (None, None, (), 1),
        ("Fulfillment", None, (), 0),
        ("Marketplace", "MGZ", (), 0),
        ("Fulfillment", None, ("fulfillment",), 1),
        ("Fulfillment", "MGZ", ("mgz",), 1),
        ("Fulfillment", "MGZ", ("b2w",), 0),
    ],
)
def test_who_sold_it_decides_who_mails(
    sqlite: Database, policy: Policy, origin: str | None, affiliate: str | None, listed: tuple[str, ...], is_mailed: int
) -> None:
    asked = replace(policy, mail_origins=frozenset(listed))
    take(sqlite, asked, order(package(), origin=origin, affiliate=affiliate))
    told(sqlite, asked, fact("in_transit"))
    assert header(sqlite)["is_mailed"] == is_mailed
    assert len(mails(sqlite)) == is_mailed


def test_what_a_sweep_finds_first_is_no_news_and_what_happens_then_is(database: Database, policy: Policy) -> None:
    told(database, policy, fact("in_transit", -2), at=-1)
    take(database, policy, order(package()), quiet=True)
    assert mails(database) == []
    told(database, policy, fact("out_for_delivery", 1), at=1)
    assert [status for status, _ in waiting(database)] == ["out_for_delivery"]


# -- copies ------------------------------------------------------------------------------------------------------------


def test_copies_of_one_purchase_are_one_truth_whichever_comes_first(sqlite: Database, policy: Policy) -> None:
    steps: Sequence[Callable[[], object]] = (
        lambda: take(sqlite, policy, order(package())),
        lambda: take(sqlite, policy, copy(package())),
        lambda: told(sqlite, policy, fact("in_transit")),
        lambda: mark_sent(sqlite),
    )
    for sequence in permutations(steps):
        emptied(sqlite)
        for step in sequence:
            step()
        (row,) = living(sqlite)
        assert (row["package"], row["status"]) == ("24382", "in_transit")
        assert living_of_a_copy(sqlite) == []
        assert found(sqlite, COPY) == found(sqlite, X) == found(sqlite, "1001") == found(sqlite, "1Z999") == {X}
        assert len(mails(sqlite)) == 1


def living_of_a_copy(database: Database) -> list[Row]:
    with database.read() as tx:
        return [row for row in packages.all_of(tx, "default", COPY) if row["superseded_at"] is None]


def test_a_package_that_only_the_copy_shows_is_followed_under_the_order(database: Database, policy: Policy) -> None:
    take(database, policy, order(status="handling"))
    take(database, policy, copy(package()))
    told(database, policy, fact("in_transit"))
    assert numbers(living(database)) == [("24382", "1Z999")]
    take(database, policy, order(at=1, status="handling"), at=1)  # the marketplace's never learns of the invoice
    assert numbers(living(database)) == [("24382", "1Z999")]
    take(database, policy, copy(at=2), at=2)
    assert living(database) == []


def test_where_both_show_a_package_the_orders_own_word_counts(database: Database, policy: Policy) -> None:
    take(database, policy, order(package(number="1Z-right"), at=2))
    for late in (copy(package(number="1Z-stale"), at=1), copy(at=3)):
        take(database, policy, late, at=3)
        assert numbers(living(database)) == [("24382", "1Z-right")]


def test_a_copy_that_was_told_itself_counts_as_told(database: Database, policy: Policy) -> None:
    listed = replace(policy, mail_origins=frozenset({"fulfillment"}))
    take(database, listed, copy(package()))
    told(database, listed, fact("in_transit"))
    mark_sent(database)
    take(database, listed, order(package(), at=1), at=1)
    take(database, listed, copy(package(), at=2), at=2)
    told(database, listed, fact("in_transit", 2), at=2)
    assert [state for *_, state in mails(database)] == ["sent"]
    told(database, listed, fact("out_for_delivery", 3), at=3)
    assert [status for status, _ in waiting(database)] == ["out_for_delivery"]


def test_a_copy_and_an_order_that_both_have_the_parcel_tell_once(database: Database, policy: Policy) -> None:
    listed = replace(policy, mail_origins=frozenset({"fulfillment"}))
    take(database, listed, copy(package()))
    told(database, listed, fact("in_transit"))
    mark_sent(database)
    add_order(database, listed, X, at=1)  # by hand, before the shop told of it
    take(database, listed, order(package(), at=2), at=2)
    states = sorted(state for *_, state in mails(database))
    assert states.count("due") == 0
    assert states.count("sent") == 1
    assert len(living(database)) == 1


def test_a_copy_is_no_sibling_for_whose_mail_the_order_waits(database: Database, policy: Policy) -> None:
    take(database, policy, copy(package()))
    take(database, policy, order(package(), at=1), at=1)
    told(database, policy, fact("in_transit", 1), at=1)
    assert due_at(database) == [later(1)]


def test_an_external_marketplaces_own_id_makes_no_copy(database: Database, policy: Policy) -> None:
    take(database, policy, order(package(), copy_of="MGZ-77", affiliate="MGZ"))
    assert numbers(living(database)) == [("24382", "1Z999")]


# -- together ----------------------------------------------------------------------------------------------------------


def test_hook_feed_and_sweep_at_once_make_one_shipment_a_package(database: Database, policy: Policy) -> None:
    one, other = order(package("1", "1Z1"), package("2", None)), copy(package("1", "1Z1"), package("2", None))
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda each: take(database, policy, each), [one, other] * 9))
    assert numbers(living(database)) == [("1", "1Z1"), ("2", None)]
    assert living_of_a_copy(database) == []


def test_what_the_shop_shows_is_kept_with_the_package(database: Database, policy: Policy) -> None:
    shown = Shown(is_finished=True, delivered_at="2026-03-01T16:15:00+00:00")
    take(database, policy, order(package(shown=shown)))
    (row,) = living(database)
    assert (from_json(row["shop_shows"]), row["shop_read_at"]) == (shown, to_text(NOON))


def test_an_order_that_was_erased_does_not_come_back_as_its_customer(database: Database, policy: Policy) -> None:
    take(database, policy, order(package()))
    erase(database)
    said = Shown(events=(ShopEvent("2026-03-01", "Delivered to Ana Souza"),))
    take(database, policy, order(package(tracking_url="https://c.example/ana", shown=said), at=1), at=1)
    row, (parcel,) = header(database), living(database)
    assert (row["customer_name"], row["email"], parcel["tracking_url"]) == (None, None, None)
    assert "Ana" not in str(parcel["shop_shows"])


def erase(database: Database) -> None:
    def work(tx: Tx) -> None:
        keeping.erase_order(tx, ("default", X), "another-token", NOON)
        secret = ledger.install(tx)[parcels.LOOKUP_SECRET]
        keeping.add_tombstones(tx, [parcels.tombstone(secret, "default", X)], NOON)

    database.write(work)


def test_a_copy_older_than_what_is_known_says_so(database: Database, policy: Policy) -> None:
    take(database, policy, order(package(), at=2))
    assert take(database, policy, order(at=1)).is_older
    with database.read() as tx:
        row = reads.read_row(tx, "default", X)
    assert row
    assert row["changed_at"] == to_text(later(2))


def test_an_order_called_off_before_there_was_a_parcel_is_cancelled(database: Database, policy: Policy) -> None:
    take(database, policy, order(status="canceled"))
    with database.read() as tx:
        assert order_json(tx, Settings(), "default", X)["status"] == "cancelled"
