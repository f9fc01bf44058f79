"""Doing something to see what comes of it, and taking it back."""

from collections.abc import Callable
from typing import TypeVar

from relay.database import Tx

T = TypeVar("T")


def rehearse(tx: Tx, work: Callable[[], T]) -> T:
    """What ``work`` on this transaction comes to; nothing of it stays.

    Not by failing: what shares the commit would have to run again, each piece in a commit of its own.
    """
    tx.rows("SAVEPOINT rehearsal")
    outcome = work()
    tx.rows("ROLLBACK TO SAVEPOINT rehearsal")
    tx.rows("RELEASE SAVEPOINT rehearsal")
    return outcome
