"""What Wismo notes about itself: each lease has one holder."""

from datetime import timedelta

from relay.database import Database
from relay.store import ledger
from tests.conftest import NOON

MINUTE = timedelta(minutes=1)


def test_a_lease_has_one_holder_until_it_runs_out(database: Database) -> None:
    def take(holder: str, minutes: int) -> bool:
        return database.write(lambda tx: ledger.take_lease(tx, "watch", holder, NOON + minutes * MINUTE, 2 * MINUTE))

    assert [take("a", 0), take("b", 1), take("a", 1), take("b", 2), take("b", 3), take("a", 4)] == [
        True,
        False,
        True,
        False,
        True,
        False,
    ]


def test_counts_add_up_by_day(database: Database) -> None:
    for days in (0, 0, 1):
        at = NOON + timedelta(days=days)
        database.write(lambda tx, at=at: ledger.add_tallies(tx, {("forged", "ups"): 2, ("unknown", "x"): 1}, at))  # type: ignore[misc]  # a default binds it
    with database.read() as tx:
        everything = [(row["name"], row["label"], row["times"]) for row in ledger.tallies(tx, NOON)]
        last_day = [row["times"] for row in ledger.tallies(tx, NOON + timedelta(days=1))]
    assert (everything, last_day) == ([("forged", "ups", 6), ("unknown", "x", 3)], [2, 1])
