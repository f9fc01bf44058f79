"""Which of a shop's orders are to be read, and how often the shop told us of any."""

from collections.abc import Mapping
from datetime import datetime

from relay.database import Row, Tx
from relay.model import optional_text, to_text

#: Under these names the install remembers where the sweep of the shop's list is, as of when it was last finished, and
#: that one is wanted at once.
SWEEP, SWEPT, SWEEP_WANTED = "orders_sweep", "orders_swept_at", "orders_sweep_wanted"
#: Who had an order read, in the order in which they are served; all others come between.
URGENCY = {"desk": 0, "sweep": 2}

# -- who wants what ----------------------------------------------------------------------------------------------------


def want(
    tx: Tx,
    shop: str,
    order_id: str,
    now: datetime,
    *,
    told_by: str,
    changed_at: str | None = None,
    quiet_before: datetime | None = None,
) -> None:
    """Have an order read: one row each, whoever tells of it and however often.

    What was read as of ``changed_at`` or later need not be read again, and one that fails waits for its turn. An order
    of which a hook or a feed tells is news, also where a sweep had found it first.
    """
    tx.rows(
        """
        INSERT INTO shop_reads (shop, order_id, due_at, told_at, told_by, quiet_before)
        VALUES (:shop, :order_id, :now, :now, :told_by, :quiet_before)
        ON CONFLICT (shop, order_id) DO UPDATE SET
            times = shop_reads.times + 1, told_at = excluded.told_at,
            told_by = CASE WHEN shop_reads.due_at <= excluded.due_at AND excluded.told_by = 'sweep'
                           THEN shop_reads.told_by ELSE excluded.told_by END,
            rereads = CASE WHEN excluded.told_by IN ('hook', 'feed') THEN 0 ELSE shop_reads.rereads END,
            quiet_before = CASE WHEN excluded.told_by IN ('hook', 'feed') THEN NULL ELSE shop_reads.quiet_before END,
            due_at = CASE
                WHEN shop_reads.failures > 0 AND shop_reads.due_at IS NOT NULL THEN shop_reads.due_at
                WHEN CAST(:changed_at AS TEXT) <= shop_reads.changed_at AND shop_reads.fault IS NULL
                    THEN shop_reads.due_at
                WHEN shop_reads.due_at <= excluded.due_at THEN shop_reads.due_at
                ELSE excluded.due_at END
        """,
        shop=shop,
        order_id=order_id,
        now=to_text(now),
        told_by=told_by,
        changed_at=changed_at,
        quiet_before=optional_text(quiet_before),
    )


def plan(tx: Tx, shop: str, order_id: str, due_at: datetime | None, rereads: int) -> None:
    """When an order is read again by itself; sooner if somebody wants it sooner."""
    tx.rows(
        """
        UPDATE shop_reads SET rereads = :rereads,
            due_at = CASE WHEN due_at IS NOT NULL AND (CAST(:due_at AS TEXT) IS NULL OR due_at <= :due_at) THEN due_at
                          ELSE :due_at END
        WHERE shop = :shop AND order_id = :order_id
        """,
        shop=shop,
        order_id=order_id,
        due_at=optional_text(due_at),
        rereads=rereads,
    )


def read_row(tx: Tx, shop: str, order_id: str) -> Row | None:
    found = tx.rows(
        "SELECT * FROM shop_reads WHERE shop = :shop AND order_id = :order_id", shop=shop, order_id=order_id
    )
    return found[0] if found else None


def asked_since(tx: Tx, shop: str, since: datetime) -> int:
    """Of how many orders that nobody knew a person asked since a moment."""
    found = tx.rows(
        "SELECT COUNT(*) AS n FROM shop_reads WHERE shop = :shop AND told_by = 'desk' AND told_at > :since",
        shop=shop,
        since=to_text(since),
    )
    return int(found[0]["n"])


# -- reading them ------------------------------------------------------------------------------------------------------


def is_any_due(tx: Tx, shop: str, now: datetime) -> bool:
    return bool(
        tx.rows(
            """
            SELECT order_id FROM shop_reads
            WHERE shop = :shop AND due_at <= :now AND (lease_until IS NULL OR lease_until <= :now) LIMIT 1
            """,
            shop=shop,
            now=to_text(now),
        )
    )


def claim(tx: Tx, shop: str, now: datetime, lease_until: datetime, limit: int) -> list[Row]:
    """Orders that are due, leased: what a person waits for first, what a sweep found last."""
    claimed = tx.rows(
        """
        UPDATE shop_reads SET lease_until = :lease_until
        WHERE shop = :shop AND due_at <= :now AND (lease_until IS NULL OR lease_until <= :now)
          AND order_id IN (
            SELECT order_id FROM shop_reads
            WHERE shop = :shop AND due_at <= :now AND (lease_until IS NULL OR lease_until <= :now)
            ORDER BY CASE told_by WHEN 'desk' THEN 0 WHEN 'sweep' THEN 2 ELSE 1 END, due_at, order_id LIMIT :limit)
        RETURNING *
        """,
        shop=shop,
        now=to_text(now),
        lease_until=to_text(lease_until),
        limit=limit,
    )
    return sorted(claimed, key=lambda row: (URGENCY.get(row["told_by"], 1), row["due_at"], row["order_id"]))


def release(tx: Tx, claimed: Row) -> None:
    """Let an order go that was claimed and not read; it is still due."""
    tx.rows(
        """
        UPDATE shop_reads SET lease_until = NULL
        WHERE shop = :shop AND order_id = :order_id AND lease_until = :lease_until
        """,
        shop=claimed["shop"],
        order_id=claimed["order_id"],
        lease_until=claimed["lease_until"],
    )


def settle_read(
    tx: Tx, claimed: Row, *, due_at: datetime | None, rereads: int, fault: str | None, now: datetime
) -> None:
    """An order was read; what was told of it meanwhile has it read again at once."""
    tx.rows(
        """
        UPDATE shop_reads SET lease_until = NULL, failures = 0, fault = :fault, rereads = :rereads, quiet_before = NULL,
            due_at = CASE WHEN times = :times THEN :due_at ELSE :now END
        WHERE shop = :shop AND order_id = :order_id AND lease_until = :lease_until
        """,
        shop=claimed["shop"],
        order_id=claimed["order_id"],
        lease_until=claimed["lease_until"],
        times=claimed["times"],
        due_at=optional_text(due_at),
        rereads=rereads,
        fault=fault,
        now=to_text(now),
    )


def settle_failed(tx: Tx, claimed: Row, *, due_at: datetime | None, failures: int, fault: str) -> None:
    """An order could not be read; with ``due_at`` it is tried again then, else only when somebody tells of it again."""
    tx.rows(
        """
        UPDATE shop_reads SET lease_until = NULL, failures = :failures, fault = :fault, due_at = :due_at
        WHERE shop = :shop AND order_id = :order_id AND lease_until = :lease_until
        """,
        shop=claimed["shop"],
        order_id=claimed["order_id"],
        lease_until=claimed["lease_until"],
        due_at=optional_text(due_at),
        failures=failures,
        fault=fault,
    )


def mark_read(tx: Tx, shop: str, order_id: str, changed_at: str | None, now: datetime) -> bool:
    """Remember as of when an order is known; False: a newer copy of it is."""
    return bool(
        tx.rows(
            """
            INSERT INTO shop_reads (shop, order_id, told_at, told_by, read_at, changed_at)
            VALUES (:shop, :order_id, :now, 'read', :now, :changed_at)
            ON CONFLICT (shop, order_id) DO UPDATE SET read_at = excluded.read_at,
                changed_at = COALESCE(excluded.changed_at, shop_reads.changed_at)
            WHERE shop_reads.changed_at IS NULL OR excluded.changed_at IS NULL
               OR excluded.changed_at >= shop_reads.changed_at
            RETURNING order_id
            """,
            shop=shop,
            order_id=order_id,
            now=to_text(now),
            changed_at=changed_at,
        )
    )


# -- looking at them ---------------------------------------------------------------------------------------------------


def backlog(tx: Tx, shop: str, now: datetime) -> Row:
    """How many orders wait to be read, and for how long the oldest of them does."""
    return tx.rows(
        "SELECT COUNT(*) AS orders, MIN(due_at) AS since FROM shop_reads WHERE shop = :shop AND due_at <= :now",
        shop=shop,
        now=to_text(now),
    )[0]


def faulty(tx: Tx, shop: str, limit: int) -> list[Row]:
    """Orders that could not be read, or not wholly, newest first; not those that a person only guessed."""
    return tx.rows(
        """
        SELECT order_id, fault, failures, told_at, due_at FROM shop_reads
        WHERE shop = :shop AND fault IS NOT NULL AND told_by <> 'desk'
        ORDER BY told_at DESC, order_id LIMIT :limit
        """,
        shop=shop,
        limit=limit,
    )


def unsettled_orders(
    tx: Tx, shop: str, since: datetime, ended_since: datetime, read_before: datetime, after: str, limit: int
) -> list[str]:
    """Orders that something is still to come of, or that ended lately, last read before a moment.

    Those of which the shop shows something else are among them however old they are. ``after`` is the last id seen.
    """
    found = tx.rows(
        """
        SELECT order_id FROM shop_reads
        WHERE shop = :shop AND order_id > :after AND read_at < :read_before AND (
            order_id IN (SELECT order_id FROM drifts WHERE shop = :shop AND closed_at IS NULL)
            OR EXISTS (
                SELECT 1 FROM orders WHERE orders.shop = shop_reads.shop AND orders.order_id = shop_reads.order_id
                  AND orders.created_at >= :since AND COALESCE(shop_status, '') NOT IN ('canceled', 'replaced')
                  AND (NOT EXISTS (
                         SELECT 1 FROM shipments WHERE shipments.shop = orders.shop
                           AND shipments.order_id = orders.order_id AND superseded_at IS NULL)
                       OR EXISTS (
                         SELECT 1 FROM shipments WHERE shipments.shop = orders.shop
                           AND shipments.order_id = orders.order_id AND superseded_at IS NULL
                           AND (shown_status NOT IN ('delivered', 'returned', 'cancelled')
                                OR changed_at >= :ended_since)))))
        ORDER BY order_id LIMIT :limit
        """,
        shop=shop,
        after=after,
        since=to_text(since),
        ended_since=to_text(ended_since),
        read_before=to_text(read_before),
        limit=limit,
    )
    return [row["order_id"] for row in found]


# -- how often the shop tells ------------------------------------------------------------------------------------------


def count_notices(tx: Tx, shop: str, route: str, now: datetime, times: int) -> None:
    tx.rows(
        """
        INSERT INTO shop_notices (shop, route, hour, times) VALUES (:shop, :route, :hour, :times)
        ON CONFLICT (shop, route, hour) DO UPDATE SET times = shop_notices.times + excluded.times
        """,
        shop=shop,
        route=route,
        hour=hour_of(now),
        times=times,
    )


def notices(tx: Tx, shop: str, route: str, since: datetime) -> Mapping[datetime, int]:
    """How often a route told something, by the beginnings of the hours in which it did."""
    found = tx.rows(
        "SELECT hour, times FROM shop_notices WHERE shop = :shop AND route = :route AND hour >= :since",
        shop=shop,
        route=route,
        since=hour_of(since),
    )
    return {datetime.fromisoformat(row["hour"]): row["times"] for row in found}


def drop_notices(tx: Tx, before: datetime) -> None:
    tx.rows("DELETE FROM shop_notices WHERE hour < :before", before=hour_of(before))


def drop_reads(tx: Tx, before: datetime) -> None:
    """Forget orders of which nothing is to be read and nobody told for long."""
    tx.rows("DELETE FROM shop_reads WHERE due_at IS NULL AND told_at < :before", before=to_text(before))


def hour_of(moment: datetime) -> str:
    return to_text(moment.replace(minute=0, second=0, microsecond=0))
