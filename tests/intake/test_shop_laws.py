"""Laws of a shop's orders: neither the order of reading nor its repetition matters, and nobody is told twice."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relay.database import Database
from relay.intake import Policy
from relay.model import Kind
from relay.shops import ShopOrder
from relay.store import orders
from tests.conftest import fact
from tests.intake.conftest import emptied
from tests.intake.steps import mails, mark_sent, told
from tests.intake.test_shop import COPY, X, copy, living_of_a_copy, order, package, take

Step = Callable[[Database, Policy], object]

#: How one order grows: a header, a part of it, all of it with a return.
VERSIONS = (
    order(at=0, status="handling"),
    order(package("1", None), at=1, status="invoice"),
    order(package("1", "1Z999"), package("2", "1Z2"), at=2),
    order(package("1", "1Z999"), package("2", "1Z2"), package("2", "1Z3", kind=Kind.RETURN), at=3),
)
COPIES = (copy(at=0, status="handling"), copy(package("1", "1Z999"), package("2", "1Z2"), at=3))


def reading(one: ShopOrder) -> Step:
    return lambda database, policy: take(database, policy, one)


READINGS: Mapping[str, Step] = {
    f"{one.order_id}/{number}": reading(one) for many in (VERSIONS, COPIES) for number, one in enumerate(many)
}
#: What makes the end of every story the same.
NEWEST = (f"{X}/3", f"{COPY}/1")


def shape(database: Database) -> list[tuple[object, ...]]:
    names = ("package", "kind", "carrier", "tracking_number", "status", "shown_status")
    with database.read() as tx:
        return sorted(tuple(row[name] for name in names) for row in orders.shipments_of(tx, "default", X))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(sorted(READINGS)), max_size=8), st.permutations(NEWEST), st.integers(0, 9))
def test_whatever_is_read_in_whatever_order_the_end_is_that_of_a_clean_run(
    sqlite: Database, policy: Policy, before: list[str], last: list[str], scanned_after: int
) -> None:
    stories: dict[str, list[str]] = {"clean": [NEWEST[0]], "any": [*before, *last]}
    ends = {}
    for name, story in stories.items():
        emptied(sqlite)
        for index, step in enumerate(story):
            if index == min(scanned_after, len(story) - 1):
                told(sqlite, policy, fact("in_transit"))
            READINGS[step](sqlite, policy)
        told(sqlite, policy, fact("in_transit"))
        mark_sent(sqlite)
        ends[name] = shape(sqlite), [(status, state) for status, _, state in mails(sqlite)]
    assert ends["any"] == ends["clean"]
    assert living_of_a_copy(sqlite) == []


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(sorted(READINGS)), min_size=1, max_size=6))
def test_what_was_read_once_may_be_read_again(sqlite: Database, policy: Policy, story: list[str]) -> None:
    emptied(sqlite)
    for step in story:
        READINGS[step](sqlite, policy)
    before = revisions(sqlite)
    READINGS[story[-1]](sqlite, policy)
    assert revisions(sqlite) == before


def revisions(database: Database) -> list[tuple[object, ...]]:
    with database.read() as tx:
        rows = tx.rows("SELECT shipment_id, revision, superseded_at FROM shipments ORDER BY shipment_id")
        return [tuple(row.values()) for row in rows]


def test_listed_origins_change_nothing_but_who_is_told(sqlite: Database, policy: Policy) -> None:
    shapes = []
    for listed in (frozenset[str](), frozenset({"fulfillment"})):
        emptied(sqlite)
        for step in (f"{COPY}/1", f"{X}/3", f"{COPY}/1"):
            READINGS[step](sqlite, replace(policy, mail_origins=listed))
        told(sqlite, policy, fact("in_transit"))
        shapes.append((shape(sqlite), len(mails(sqlite))))
    assert shapes[0] == shapes[1]
