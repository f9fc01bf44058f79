"""Orders, their shipments, and the one table through which each is found."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from relay.database import Row, Tx
from relay.errors import Stale
from relay.model import ParcelState, Status, optional_text, to_text
from relay.store._many import among

#: The fields of an order that a shop or a person gives; the rest is ours.
ORDER_FIELDS = (
    "group_id",
    "short_number",
    "customer_name",
    "email",
    "locale",
    "promised_at",
    "ordered_at",
    "origin",
    "shop_status",
)


def add_shop(tx: Tx, shop: str, now: datetime) -> None:
    tx.rows(
        "INSERT INTO shops (shop, created_at) VALUES (:shop, :now) ON CONFLICT DO NOTHING", shop=shop, now=to_text(now)
    )


def set_baseline(tx: Tx, shop: str, now: datetime) -> None:
    """Make the present the baseline: nothing that happened before is news."""
    tx.rows("UPDATE shops SET announce_from = :now WHERE shop = :shop", shop=shop, now=to_text(now))


# -- orders ------------------------------------------------------------------------------------------------------------


def save_order(tx: Tx, shop: str, order_id: str, page_token: str, now: datetime, **fields: str | None) -> Row:
    """Add or complete an order: what is given replaces what was known, what is not given stays."""
    given: dict[str, str | None] = dict.fromkeys(ORDER_FIELDS) | fields
    return tx.rows(
        """
        INSERT INTO orders (shop, order_id, page_token, created_at, updated_at, group_id, short_number, customer_name,
            email, locale, promised_at, ordered_at, origin, shop_status)
        VALUES (:shop, :order_id, :page_token, :now, :now, COALESCE(:group_id, :order_id), :short_number,
            :customer_name, :email, :locale, :promised_at, :ordered_at, :origin, :shop_status)
        ON CONFLICT (shop, order_id) DO UPDATE SET
            updated_at = excluded.updated_at,
            group_id = COALESCE(:group_id, orders.group_id),
            short_number = COALESCE(excluded.short_number, orders.short_number),
            customer_name = COALESCE(excluded.customer_name, orders.customer_name),
            email = COALESCE(excluded.email, orders.email),
            locale = COALESCE(excluded.locale, orders.locale),
            promised_at = COALESCE(excluded.promised_at, orders.promised_at),
            ordered_at = COALESCE(excluded.ordered_at, orders.ordered_at),
            origin = COALESCE(excluded.origin, orders.origin),
            shop_status = COALESCE(excluded.shop_status, orders.shop_status)
        RETURNING *
        """,
        shop=shop,
        order_id=order_id,
        page_token=page_token,
        now=to_text(now),
        **given,
    )[0]


def order(tx: Tx, shop: str, order_id: str) -> Row:
    """The order and its shop's ``baseline``."""
    return tx.rows(
        """
        SELECT orders.*, shops.announce_from AS baseline FROM orders JOIN shops USING (shop)
        WHERE shop = :shop AND order_id = :order_id
        """,
        shop=shop,
        order_id=order_id,
    )[0]


def order_of_page(tx: Tx, token: str) -> Row | None:
    found = tx.rows("SELECT shop, order_id FROM orders WHERE page_token = :token", token=token)
    return found[0] if found else None


def orders_among(tx: Tx, shop: str, order_ids: Collection[str]) -> dict[str, Row]:
    """Those of the orders that are known, by their ids."""
    return {
        row["order_id"]: row
        for keys, params in among(order_ids)
        for row in tx.rows(f"SELECT * FROM orders WHERE shop = :shop AND order_id IN {keys}", shop=shop, **params)  # noqa: S608 - our own names
    }


def has_siblings(tx: Tx, shop: str, group_id: str) -> bool:
    """Whether the group has more than one order."""
    found = tx.rows(
        "SELECT order_id FROM orders WHERE shop = :shop AND group_id = :group_id LIMIT 2", shop=shop, group_id=group_id
    )
    return len(found) > 1


def add_lookups(tx: Tx, shop: str, order_id: str, keys: Iterable[tuple[str, str]]) -> None:
    """Make an order findable under ``(kind, key)``."""
    for kind, key in keys:
        tx.rows(
            """
            INSERT INTO lookups (kind, key, shop, order_id) VALUES (:kind, :key, :shop, :order_id)
            ON CONFLICT DO NOTHING
            """,
            kind=kind,
            key=key,
            shop=shop,
            order_id=order_id,
        )


def look_up(tx: Tx, key: str) -> list[Row]:
    """Every order that is known under ``key``, newest first, with the kinds of key that matched."""
    return tx.rows(
        """
        SELECT DISTINCT lookups.kind, orders.shop, orders.order_id, orders.created_at
        FROM lookups JOIN orders ON orders.shop = lookups.shop AND orders.order_id = lookups.order_id
        WHERE lookups.key = :key ORDER BY orders.created_at DESC, orders.order_id
        """,
        key=key,
    )


# -- shipments ---------------------------------------------------------------------------------------------------------


#: A shipment with what the rules need of its order, its shop and its track.
_SHIPMENT = """
    SELECT shipments.*, orders.group_id, orders.email, orders.is_mailed, orders.ordered_at, orders.erased_at,
        shops.announce_from AS baseline, tracks.ask_at
    FROM shipments JOIN orders USING (shop, order_id) JOIN shops USING (shop) LEFT JOIN tracks USING (track_id)
"""


def save_shipment(
    tx: Tx,
    *,
    shipment_id: str,
    shop: str,
    order_id: str,
    package: str,
    kind: str,
    known_at: datetime,
    announce_from: datetime | None = None,
) -> Row:
    """The shipment of this package, made if it is not there; one that is there keeps its ``announce_from``."""
    return tx.rows(
        """
        INSERT INTO shipments (shipment_id, shop, order_id, package, kind, known_at, announce_from)
        VALUES (:shipment_id, :shop, :order_id, :package, :kind, :known_at, :announce_from)
        ON CONFLICT (shop, order_id, package) DO UPDATE SET revision = shipments.revision + 1
        RETURNING *
        """,
        shipment_id=shipment_id,
        shop=shop,
        order_id=order_id,
        package=package,
        kind=kind,
        known_at=to_text(known_at),
        announce_from=optional_text(announce_from),
    )[0]


def assign(tx: Tx, shipment: Row, carrier: str | None, number: str | None, track_id: str | None) -> None:
    _save(tx, shipment, {"carrier": carrier, "tracking_number": number, "track_id": track_id})


def name_package(tx: Tx, shipment: Row, package: str) -> None:
    _save(tx, shipment, {"package": package})


def describe(tx: Tx, shipment_id: str, *, tracking_url: str | None, dispatched_at: str | None) -> None:
    tx.rows(
        """
        UPDATE shipments SET tracking_url = COALESCE(:tracking_url, tracking_url),
            dispatched_at = COALESCE(:dispatched_at, dispatched_at)
        WHERE shipment_id = :shipment_id
        """,
        shipment_id=shipment_id,
        tracking_url=tracking_url,
        dispatched_at=dispatched_at,
    )


def shipment(tx: Tx, shipment_id: str) -> Row | None:
    found = tx.rows(f"{_SHIPMENT} WHERE shipment_id = :shipment_id", shipment_id=shipment_id)
    return found[0] if found else None


def shipments_on(tx: Tx, track_ids: Collection[str]) -> list[Row]:
    """The shipments that point at one of the tracks."""
    return [
        row
        for keys, params in among(track_ids)
        for row in tx.rows(f"{_SHIPMENT} WHERE shipments.track_id IN {keys} AND superseded_at IS NULL", **params)
    ]


def shipments_of(tx: Tx, shop: str, order_id: str) -> list[Row]:
    # Not ordered by SQL: one index has that order, and for its sake SQLite would walk all shipments of the shop.
    found = tx.rows(
        f"{_SHIPMENT} WHERE shop = :shop AND order_id = :order_id AND superseded_at IS NULL",
        shop=shop,
        order_id=order_id,
    )
    return sorted(found, key=lambda row: (row["known_at"], row["package"]))


def shipments_among(tx: Tx, shop: str, order_ids: Collection[str]) -> dict[str, list[Row]]:
    """The shipments of the orders, by the ids of these."""
    found: dict[str, list[Row]] = {}
    for keys, params in among(order_ids):
        sql = f"SELECT * FROM shipments WHERE shop = :shop AND order_id IN {keys} AND superseded_at IS NULL"  # noqa: S608 - our own names
        for row in tx.rows(sql, shop=shop, **params):
            found.setdefault(row["order_id"], []).append(row)
    return found


def be_quiet_until(tx: Tx, shipment_id: str, now: datetime) -> None:
    """What happened before ``now`` is no news of this shipment."""
    tx.rows(
        "UPDATE shipments SET announce_from = :now WHERE shipment_id = :shipment_id",
        shipment_id=shipment_id,
        now=to_text(now),
    )


def save_state(
    tx: Tx,
    shipment: Row,
    state: ParcelState,
    *,
    shown: Status,
    changed_at: str | None,
    override_id: str | None,
    recheck_at: datetime | None,
    considered: tuple[str | None, str | None, str | None],
) -> None:
    """Save what is new in the state of a shipment. Raises Stale if somebody changed it after it was read."""
    columns = {
        "status": state.status.value,
        "shown_status": shown.value,
        "rounds": state.round,
        "held_status": state.held.status.value if state.held else None,
        "held_reason": state.held.reason if state.held else None,
        "held_since": to_text(state.held.since) if state.held else None,
        "delivered_at": optional_text(state.delivered_at),
        "estimated_at": state.estimated_at,
        "changed_at": changed_at,
        "override_id": override_id,
        "recheck_at": optional_text(recheck_at),
        "considered_status": considered[0],
        "considered_round": considered[1],
        "considered_fact": considered[2],
    }
    if all(shipment[name] == value for name, value in columns.items()):
        return
    _save(tx, shipment, columns)


def set_override(tx: Tx, shipment: Row, override_id: str | None) -> Row:
    """The shipment under another override, or none. Raises Stale if somebody changed it after it was read."""
    _save(tx, shipment, {"override_id": override_id})
    return shipment | {"override_id": override_id, "revision": shipment["revision"] + 1}


def _save(tx: Tx, shipment: Row, columns: Mapping[str, object]) -> None:
    assignments = ", ".join(f"{name} = :{name}" for name in columns)
    saved = tx.rows(
        f"""
        UPDATE shipments SET revision = revision + 1, {assignments}
        WHERE shipment_id = :shipment_id AND revision = :revision RETURNING shipment_id
        """,  # noqa: S608 - our own names
        shipment_id=shipment["shipment_id"],
        revision=shipment["revision"],
        **columns,
    )
    if not saved:
        raise Stale(f"shipment {shipment['shipment_id']} was changed by somebody else meanwhile")


def due_for_recheck(tx: Tx, now: datetime, limit: int) -> list[str]:
    """Shipments whose state changes by time alone, such as the end of an override."""
    found = tx.rows(
        "SELECT shipment_id FROM shipments WHERE recheck_at <= :now ORDER BY recheck_at LIMIT :limit",
        now=to_text(now),
        limit=limit,
    )
    return [row["shipment_id"] for row in found]


def adopt_carrier(tx: Tx, *, old_track: str, new_track: str, carrier: str) -> bool:
    """Shipments that knew only their number learn their carrier from the first fact that names one."""
    return bool(
        tx.rows(
            """
            UPDATE shipments SET carrier = :carrier, track_id = :new_track, revision = revision + 1
            WHERE track_id = :old_track RETURNING shipment_id
            """,
            carrier=carrier,
            new_track=new_track,
            old_track=old_track,
        )
    )


def held_since_before(tx: Tx, moment: datetime) -> list[Row]:
    return tx.rows(
        """
        SELECT shop, order_id, shipment_id, held_reason, held_since FROM shipments
        WHERE held_since <= :moment ORDER BY held_since LIMIT 100
        """,
        moment=to_text(moment),
    )


def held_share_by_carrier(tx: Tx, since: datetime) -> list[Row]:
    """Per carrier: how many deliveries changed since a moment, and how many of them wait for a second word."""
    return tx.rows(
        """
        SELECT carrier, COUNT(*) AS deliveries, SUM(CASE WHEN held_since IS NULL THEN 0 ELSE 1 END) AS held
        FROM shipments
        WHERE carrier IS NOT NULL AND (held_since >= :since OR (status = 'delivered' AND changed_at >= :since))
        GROUP BY carrier
        """,
        since=to_text(since),
    )


def count_by_status(tx: Tx) -> dict[str, int]:
    found = tx.rows(
        "SELECT shown_status, COUNT(*) AS n FROM shipments WHERE superseded_at IS NULL GROUP BY shown_status"
    )
    return {row["shown_status"]: row["n"] for row in found}


def carriers_in_use(tx: Tx) -> list[str]:
    found = tx.rows("SELECT DISTINCT carrier FROM shipments WHERE carrier IS NOT NULL AND superseded_at IS NULL")
    return sorted(row["carrier"] for row in found)
