"""The accounts that carriers are asked with: how often they may ask, what fails, and the tokens they were given."""

from datetime import datetime, timedelta
from typing import NamedTuple

from relay.database import Row, Tx
from relay.model import from_text, to_text

# -- budgets -----------------------------------------------------------------------------------------------------------


class Limits(NamedTuple):
    per_second: float
    per_day: int | None  #: of UTC; None: any number

    @property
    def burst(self) -> int:
        """How many requests may leave together."""
        return max(int(self.per_second), 1)

    @property
    def rest(self) -> timedelta:
        """How long after them nothing leaves."""
        return timedelta(seconds=max(self.burst / self.per_second, 1.0))


class _Spent(NamedTuple):
    today: int
    together: int  #: since the last rest


def budget_left(tx: Tx, account: str, limits: Limits, now: datetime) -> int:
    """How many requests an account may make now. Nothing is held: another process may take them first."""
    found = tx.rows("SELECT * FROM budgets WHERE account = :account", account=account)
    return _left(_spent(found[0], limits, now) if found else _Spent(0, 0), limits)


def hold_budget(tx: Tx, account: str, limits: Limits, now: datetime) -> int:
    """The same, held until the end of the transaction for :func:`spend`."""
    (kept,) = tx.rows(
        """
        INSERT INTO budgets (account, day, used, burst, spent_at) VALUES (:account, :day, 0, 0, :now)
        ON CONFLICT (account) DO UPDATE SET account = excluded.account RETURNING *
        """,
        account=account,
        day=to_text(now)[:10],
        now=to_text(now),
    )
    return _left(_spent(kept, limits, now), limits)


def spend(tx: Tx, account: str, requests: int, limits: Limits, now: datetime) -> None:
    """Write down requests before they are made, so that a restart forgets none."""
    if not requests:
        return
    (kept,) = tx.rows("SELECT * FROM budgets WHERE account = :account", account=account)
    spent = _spent(kept, limits, now)
    tx.rows(
        "UPDATE budgets SET day = :day, used = :used, burst = :burst, spent_at = :now WHERE account = :account",
        account=account,
        day=to_text(now)[:10],
        used=spent.today + requests,
        burst=spent.together + requests,
        now=to_text(now),
    )


def _spent(kept: Row, limits: Limits, now: datetime) -> _Spent:
    """A burst is over when nothing left for a while, so that no second that anybody counts has more than one."""
    is_rested = now - from_text(kept["spent_at"]) >= limits.rest
    return _Spent(kept["used"] if kept["day"] == to_text(now)[:10] else 0, 0 if is_rested else kept["burst"])


def _left(spent: _Spent, limits: Limits) -> int:
    together = limits.burst - spent.together
    return max(together if limits.per_day is None else min(together, limits.per_day - spent.today), 0)


# -- failures ----------------------------------------------------------------------------------------------------------


def mark_failing(tx: Tx, account: str, failure: str, now: datetime) -> Row:
    """One more failure in a row; the account as it then is."""
    return tx.rows(
        """
        INSERT INTO accounts (account, failures, failing_since, failure, failed_at)
        VALUES (:account, 1, :now, :failure, :now)
        ON CONFLICT (account) DO UPDATE SET failures = accounts.failures + 1, failure = excluded.failure,
            failing_since = COALESCE(accounts.failing_since, excluded.failing_since), failed_at = excluded.failed_at
        RETURNING *
        """,
        account=account,
        failure=failure,
        now=to_text(now),
    )[0]


def mark_working(tx: Tx, account: str) -> bool:
    """Whether the account was failing until now."""
    return bool(
        tx.rows(
            """
            UPDATE accounts SET failures = 0, failing_since = NULL WHERE account = :account AND failures > 0
            RETURNING account
            """,
            account=account,
        )
    )


def has_failed_before(tx: Tx, account: str, moment: datetime) -> bool:
    """Whether its last ask failed, at a moment or before."""
    return bool(
        tx.rows(
            """
            SELECT 1 FROM accounts WHERE account = :account AND failing_since IS NOT NULL AND failed_at <= :moment
            """,
            account=account,
            moment=to_text(moment),
        )
    )


def failing_since(tx: Tx, before: datetime) -> list[Row]:
    """Accounts of which nothing usable came since a moment or longer."""
    return tx.rows("SELECT * FROM accounts WHERE failing_since <= :before ORDER BY account", before=to_text(before))


# -- tokens ------------------------------------------------------------------------------------------------------------


def keep_token(tx: Tx, account: str, sealed: str, renew_at: datetime) -> None:
    tx.rows(
        """
        INSERT INTO tokens (account, sealed, renew_at) VALUES (:account, :sealed, :renew_at)
        ON CONFLICT (account) DO UPDATE SET sealed = excluded.sealed, renew_at = excluded.renew_at
        """,
        account=account,
        sealed=sealed,
        renew_at=to_text(renew_at),
    )


def token(tx: Tx, account: str) -> Row | None:
    found = tx.rows("SELECT sealed, renew_at FROM tokens WHERE account = :account", account=account)
    return found[0] if found else None
