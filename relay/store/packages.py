"""The shop's side of orders and their packages: whose they are, what it told of them, and which are gone."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from relay.database import Row, Tx
from relay.model import optional_text
from relay.store.drifts import close_drift


def hold_shop(tx: Tx, shop: str) -> None:
    """Let nobody else record an order of this shop until the end of the transaction: one may be a copy of another."""
    tx.rows("UPDATE shops SET created_at = created_at WHERE shop = :shop", shop=shop)


# -- orders ------------------------------------------------------------------------------------------------------------


def set_origin(
    tx: Tx,
    shop: str,
    order_id: str,
    *,
    affiliate: str | None,
    copy_of: str | None,
    is_mailed: bool,
    is_whole: bool,
) -> None:
    """Where an order came from, of which other one it may be a copy, whether its customer is ours to tell.

    And whether each of its items is in a package.
    """
    tx.rows(
        """
        UPDATE orders SET affiliate = :affiliate, copy_of = :copy_of, is_mailed = :is_mailed, is_whole = :is_whole
        WHERE shop = :shop AND order_id = :order_id
          AND (is_mailed <> :is_mailed OR is_whole <> :is_whole
               OR COALESCE(affiliate, '') <> COALESCE(CAST(:affiliate AS TEXT), '')
               OR COALESCE(copy_of, '') <> COALESCE(CAST(:copy_of AS TEXT), ''))
        """,
        shop=shop,
        order_id=order_id,
        affiliate=affiliate,
        copy_of=copy_of,
        is_mailed=int(is_mailed),
        is_whole=int(is_whole),
    )


def copies_of(tx: Tx, shop: str, order_id: str, seller_id: str) -> list[Row]:
    """Known orders that are copies of this one: they say so, or bear the seller's id of it."""
    return tx.rows(
        """
        SELECT * FROM orders WHERE shop = :shop AND (copy_of = :order_id OR order_id = :seller_id)
        ORDER BY order_id
        """,
        shop=shop,
        order_id=order_id,
        seller_id=seller_id,
    )


def point_lookups(tx: Tx, shop: str, copy_id: str, order_id: str) -> None:
    """Let all under which a copy is found lead to the one order that counts."""
    tx.rows(
        """
        INSERT INTO lookups (kind, key, shop, order_id)
        SELECT kind, key, shop, CAST(:order_id AS TEXT) FROM lookups WHERE shop = :shop AND order_id = :copy_id
        ON CONFLICT DO NOTHING
        """,
        shop=shop,
        copy_id=copy_id,
        order_id=order_id,
    )
    tx.rows("DELETE FROM lookups WHERE shop = :shop AND order_id = :copy_id", shop=shop, copy_id=copy_id)


def retire_copy(tx: Tx, shop: str, order_id: str) -> None:
    """A copy has no customer of its own, and is no second order, for whose mail the first would wait."""
    tx.rows(
        """
        UPDATE orders SET group_id = order_id, customer_name = NULL, email = NULL, is_mailed = 0
        WHERE shop = :shop AND order_id = :order_id AND (group_id <> order_id OR email IS NOT NULL OR is_mailed = 1)
        """,
        shop=shop,
        order_id=order_id,
    )


# -- shipments ---------------------------------------------------------------------------------------------------------


def all_of(tx: Tx, shop: str, order_id: str) -> list[Row]:
    """An order's shipments, those that are gone as well."""
    # Not ordered by SQL, as in :func:`relay.store.orders.shipments_of`.
    found = tx.rows("SELECT * FROM shipments WHERE shop = :shop AND order_id = :order_id", shop=shop, order_id=order_id)
    return sorted(found, key=lambda row: (row["known_at"], row["package"]))


def set_superseded(tx: Tx, shipment_ids: Iterable[str], at: datetime | None) -> None:
    """Packages that are gone from their order, of which nothing differs any more; with None, that are there again."""
    for shipment_id in shipment_ids:
        tx.rows(
            """
            UPDATE shipments SET superseded_at = :at, revision = revision + 1 WHERE shipment_id = :shipment_id
            """,
            shipment_id=shipment_id,
            at=optional_text(at),
        )
        if at:
            close_drift(tx, shipment_id, at)


def save_told(tx: Tx, shipment: Row, told: Mapping[str, object]) -> None:
    """What the shop tells of a package, column by column, where that is new."""
    if all(shipment[name] == value for name, value in told.items()):
        return
    assignments = ", ".join(f"{name} = :{name}" for name in told)
    tx.rows(
        f"UPDATE shipments SET {assignments} WHERE shipment_id = :shipment_id",  # noqa: S608 - our own names
        shipment_id=shipment["shipment_id"],
        **told,
    )


def move(tx: Tx, shipment_id: str, order: Row) -> None:
    """Give a shipment to another order, with all that was told and found about it."""
    given = {"shipment_id": shipment_id, "order_id": order["order_id"]}
    tx.rows(
        """
        UPDATE shipments SET order_id = :order_id, revision = revision + 1 WHERE shipment_id = :shipment_id
        """,
        **given,
    )
    tx.rows(
        "UPDATE outbox SET order_id = :order_id, group_id = :group_id WHERE shipment_id = :shipment_id",
        group_id=order["group_id"],
        **given,
    )
    for table in ("drifts", "incident_orders", "audit"):
        tx.rows(f"UPDATE {table} SET order_id = :order_id WHERE shipment_id = :shipment_id", **given)  # noqa: S608


def withdraw(tx: Tx, message_id: str, told_as: str) -> None:
    """What waits under this id was told already, as another message."""
    tx.rows(
        """
        UPDATE outbox SET state = 'superseded', superseded_by = :told_as, lease_until = NULL
        WHERE message_id = :message_id AND state = 'due'
        """,
        message_id=message_id,
        told_as=told_as,
    )


def consider_anew(tx: Tx, shipment_id: str) -> None:
    """Nothing of a shipment counts as considered: its customer could not be told so far."""
    tx.rows(
        """
        UPDATE shipments SET considered_status = NULL, considered_round = NULL, considered_fact = NULL
        WHERE shipment_id = :shipment_id
        """,
        shipment_id=shipment_id,
    )
