"""What is kept, for how long, and how it goes. Every statement touches few rows: a push waits for none of them."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from relay.database import Row, Tx
from relay.model import from_text, to_text
from relay.store._many import among

Order = tuple[str, str]  #: shop and order id

_ITS_SHIPMENTS = "SELECT shipment_id FROM shipments WHERE shop = :shop AND order_id = :order_id"

#: What stands in the place of words that may name somebody.
ERASED = "(erased)"

# -- pushes and answers as received ------------------------------------------------------------------------------------

_OLD_PUSHES = """
    body IS NOT NULL AND received_at < :before AND (action <> 'unreadable'
        OR (COALESCE(repeated_at, '') < :before AND COALESCE(replayed_at, '') < :before))
"""


def drop_old_pushes(tx: Tx, before: datetime, limit: int) -> list[Row]:
    """Let go of what was received before a moment; of the unread, what was neither repeated nor replayed since.

    Slug and action of each. The row stays, so that a repeat is still recognised.
    """
    return tx.rows(
        f"""
        UPDATE pushes SET body = NULL, headers = '{{}}', reason = ''
        WHERE push_id IN (SELECT push_id FROM pushes WHERE {_OLD_PUSHES} ORDER BY received_at LIMIT :limit)
          AND body IS NOT NULL
        RETURNING slug, action
        """,  # noqa: S608 - our own text
        before=to_text(before),
        limit=limit,
    )


def drop_old_answers(tx: Tx, before: datetime, limit: int) -> int:
    return len(
        tx.rows(
            """
            UPDATE answers SET body = NULL, asked = '[]', reason = '' WHERE answer_id IN (
                SELECT answer_id FROM answers WHERE body IS NOT NULL AND asked_at < :before
                ORDER BY asked_at LIMIT :limit)
              AND body IS NOT NULL
            RETURNING answer_id
            """,
            before=to_text(before),
            limit=limit,
        )
    )


def count_old_raw(tx: Tx, before: datetime) -> int:
    """How many pushes and answers :func:`drop_old_pushes` and :func:`drop_old_answers` would let go."""
    found = tx.rows(
        f"""
        SELECT (SELECT COUNT(*) FROM pushes WHERE {_OLD_PUSHES})
            + (SELECT COUNT(*) FROM answers WHERE body IS NOT NULL AND asked_at < :before) AS n
        """,  # noqa: S608 - our own text
        before=to_text(before),
    )
    return int(found[0]["n"])


def raw_of(tx: Tx, track_ids: Collection[str]) -> list[str]:
    """The pushes and answers that brought the facts of these tracks."""
    return [
        row["raw_id"]
        for keys, params in among(track_ids)
        for row in tx.rows(
            f"SELECT DISTINCT raw_id FROM facts WHERE track_id IN {keys} AND raw_id IS NOT NULL",  # noqa: S608
            **params,
        )
    ]


def kept_bodies(tx: Tx, after: tuple[str, str], limit: int) -> list[Row]:
    """Pushes as received, compressed, oldest first; ``after`` names the last one seen."""
    return tx.rows(
        """
        SELECT push_id AS raw_id, received_at AS at, body FROM pushes
        WHERE body IS NOT NULL AND received_at >= :at AND (received_at > :at OR push_id > :id)
        ORDER BY received_at, push_id LIMIT :limit
        """,
        at=after[0],
        id=after[1],
        limit=limit,
    )


def kept_answers(tx: Tx, after: tuple[str, str], limit: int) -> list[Row]:
    """The same of answers, each with what was asked."""
    return tx.rows(
        """
        SELECT answer_id AS raw_id, asked_at AS at, body, asked FROM answers
        WHERE body IS NOT NULL AND asked_at >= :at AND (asked_at > :at OR answer_id > :id)
        ORDER BY asked_at, answer_id LIMIT :limit
        """,
        at=after[0],
        id=after[1],
        limit=limit,
    )


def erase_raw(tx: Tx, raw_ids: Collection[str], now: datetime) -> int:
    """Let go of pushes and answers that are about somebody; a repeat does not bring them back."""
    erased = 0
    for keys, params in among(raw_ids):
        for table, key, rest in (
            ("pushes", "push_id", "headers = '{}'"),
            ("answers", "answer_id", "asked = '[]'"),
        ):
            erased += len(
                tx.rows(
                    f"""
                    UPDATE {table} SET body = NULL, {rest}, reason = '', erased_at = :now
                    WHERE {key} IN {keys} AND erased_at IS NULL RETURNING {key}
                    """,  # noqa: S608 - our own names
                    now=to_text(now),
                    **params,
                )
            )
    return erased


def raw(tx: Tx, raw_ids: Collection[str]) -> tuple[list[Row], list[Row]]:
    """Pushes and answers as they are kept."""
    pushes: list[Row] = []
    answers: list[Row] = []
    for keys, params in among(raw_ids):
        pushes += tx.rows(f"SELECT * FROM pushes WHERE push_id IN {keys}", **params)  # noqa: S608 - our own names
        answers += tx.rows(f"SELECT * FROM answers WHERE answer_id IN {keys}", **params)  # noqa: S608 - the same
    return pushes, answers


# -- orders that ended -------------------------------------------------------------------------------------------------

#: Every parcel has its last word, or is silent since its give-up; an order without parcels was not touched since.
_ENDED = """
    SELECT orders.* FROM orders
    WHERE orders.erased_at IS NULL AND orders.created_at < :before
      AND (orders.updated_at < :before OR EXISTS (
        SELECT 1 FROM shipments
        WHERE shipments.shop = orders.shop AND shipments.order_id = orders.order_id AND superseded_at IS NULL))
      AND NOT EXISTS (
        SELECT 1 FROM shipments LEFT JOIN tracks ON tracks.track_id = shipments.track_id
        WHERE shipments.shop = orders.shop AND shipments.order_id = orders.order_id AND superseded_at IS NULL
          AND NOT CASE
            WHEN shown_status IN ('delivered', 'returned', 'cancelled')
              THEN COALESCE(changed_at, shipments.known_at) < :before
            WHEN give_up_at IS NOT NULL
              THEN give_up_at < :before AND COALESCE(heard_at, '') < :before AND COALESCE(changed_at, '') < :before
            ELSE shipments.known_at < :silent_before AND COALESCE(heard_at, '') < :silent_before
              AND COALESCE(changed_at, '') < :silent_before
          END)
"""


def ended_orders(tx: Tx, before: datetime, silent_before: datetime, limit: int) -> list[Row]:
    """Orders whose shipments all ended before a moment, oldest first.

    A parcel without a last word ended when it was given up; where nobody gave it up, it is silent since
    ``silent_before``.
    """
    return tx.rows(
        f"{_ENDED} ORDER BY orders.created_at, orders.order_id LIMIT :limit",
        before=to_text(before),
        silent_before=to_text(silent_before),
        limit=limit,
    )


def kept_orders(tx: Tx, after: Order, limit: int) -> list[Row]:
    """Orders that are not erased, by their keys; ``after`` is the last one seen."""
    return tx.rows(
        """
        SELECT * FROM orders
        WHERE erased_at IS NULL AND shop >= :shop AND (shop > :shop OR order_id > :order_id)
        ORDER BY shop, order_id LIMIT :limit
        """,
        shop=after[0],
        order_id=after[1],
        limit=limit,
    )


def has_ended(tx: Tx, order: Row, before: datetime, silent_before: datetime) -> bool:
    return bool(
        tx.rows(
            f"{_ENDED} AND orders.shop = :shop AND orders.order_id = :order_id",
            before=to_text(before),
            silent_before=to_text(silent_before),
            shop=order["shop"],
            order_id=order["order_id"],
        )
    )


def sharers(tx: Tx, track_ids: Collection[str]) -> list[Row]:
    """Every order that points at one of the tracks, with its ``erased_at``."""
    return [
        row
        for keys, params in among(track_ids)
        for row in tx.rows(
            f"""
            SELECT shipments.track_id, orders.shop, orders.order_id, orders.erased_at
            FROM shipments JOIN orders ON orders.shop = shipments.shop AND orders.order_id = shipments.order_id
            WHERE shipments.track_id IN {keys}
            """,  # noqa: S608 - our own names
            **params,
        )
    ]


def all_shipments(tx: Tx, order: Order) -> list[Row]:
    """An order's shipments, those that were replaced as well."""
    return tx.rows(
        "SELECT * FROM shipments WHERE shop = :shop AND order_id = :order_id", shop=order[0], order_id=order[1]
    )


def messages(tx: Tx, order: Order) -> list[Row]:
    return tx.rows(
        f"SELECT * FROM outbox WHERE shipment_id IN ({_ITS_SHIPMENTS}) ORDER BY created_at, message_id",  # noqa: S608
        shop=order[0],
        order_id=order[1],
    )


def overrides(tx: Tx, order: Order) -> list[Row]:
    return tx.rows(
        """
        SELECT overrides.* FROM overrides JOIN shipments USING (shipment_id)
        WHERE shop = :shop AND order_id = :order_id ORDER BY at
        """,
        shop=order[0],
        order_id=order[1],
    )


def drifts(tx: Tx, order: Order) -> list[Row]:
    return tx.rows(
        f"SELECT * FROM drifts WHERE shipment_id IN ({_ITS_SHIPMENTS}) ORDER BY opened_at",  # noqa: S608 - our own text
        shop=order[0],
        order_id=order[1],
    )


def incidents(tx: Tx, order: Order) -> list[Row]:
    return tx.rows(
        """
        SELECT kind, title, opened_at, closed_at, detail FROM incident_orders JOIN incidents USING (incident_id)
        WHERE incident_orders.shop = :shop AND order_id = :order_id ORDER BY opened_at, detail
        """,
        shop=order[0],
        order_id=order[1],
    )


# -- erasing them ------------------------------------------------------------------------------------------------------


def erase_order(tx: Tx, order: Order, page_token: str, now: datetime) -> None:
    """Erase what says who an order's customer is; that the order and its parcels were, and when, stays."""
    forget_customer(tx, order, now)
    given = {"shop": order[0], "order_id": order[1]}
    tx.rows(
        "UPDATE orders SET page_token = :token WHERE shop = :shop AND order_id = :order_id", token=page_token, **given
    )
    tx.rows(
        """
        DELETE FROM lookups WHERE shop = :shop AND order_id = :order_id
          AND kind NOT IN ('order', 'short', 'invoice', 'number')
        """,
        **given,
    )
    tx.rows(
        """
        UPDATE shipments SET tracking_url = NULL, shop_shows = NULL WHERE shop = :shop AND order_id = :order_id
        """,
        **given,
    )
    tx.rows("UPDATE awaited SET tracking_url = NULL WHERE shop = :shop AND order_id = :order_id", **given)
    _erase_descriptions(tx, given)
    _erase_messages(tx, given)
    _erase_drifts(tx, given, now)
    tx.rows(
        f"UPDATE overrides SET reason = :erased WHERE shipment_id IN ({_ITS_SHIPMENTS})",  # noqa: S608 - our own text
        erased=ERASED,
        **given,
    )
    _erase_audit(tx, given)


def forget_customer(tx: Tx, order: Order, now: datetime) -> Row:
    """The order without its customer; it is marked as erased."""
    return tx.rows(
        """
        UPDATE orders SET customer_name = NULL, email = NULL, erased_at = COALESCE(erased_at, :now)
        WHERE shop = :shop AND order_id = :order_id RETURNING *
        """,
        shop=order[0],
        order_id=order[1],
        now=to_text(now),
    )[0]


def _erase_descriptions(tx: Tx, given: dict[str, str]) -> None:
    """A carrier's free text may say who signed. It stays while another order points at the same track."""
    tx.rows(
        """
        UPDATE facts SET description = '' WHERE description <> ''
          AND track_id IN (SELECT track_id FROM shipments WHERE shop = :shop AND order_id = :order_id)
          AND NOT EXISTS (
            SELECT 1 FROM shipments JOIN orders ON orders.shop = shipments.shop AND orders.order_id = shipments.order_id
            WHERE shipments.track_id = facts.track_id AND orders.erased_at IS NULL)
        """,
        **given,
    )


def _erase_messages(tx: Tx, given: dict[str, str]) -> None:
    """What waits is withdrawn; what servers said of the others goes, dead letters included."""
    tx.rows(
        f"""
        UPDATE outbox SET last_error = NULL,
            receipt = CASE WHEN state = 'due' THEN :erased ELSE NULL END, lease_until = NULL,
            state = CASE WHEN state = 'due' THEN 'superseded' ELSE state END
        WHERE shipment_id IN ({_ITS_SHIPMENTS})
        """,  # noqa: S608 - our own text
        erased=ERASED,
        **given,
    )
    tx.rows("DELETE FROM untold WHERE shop = :shop AND order_id = :order_id", **given)
    tx.rows(
        """
        INSERT INTO incident_orders (incident_id, shop, order_id, shipment_id, detail)
        SELECT DISTINCT incident_id, shop, order_id, shipment_id, CAST(:erased AS TEXT) FROM incident_orders
        WHERE shop = :shop AND order_id = :order_id
        ON CONFLICT DO NOTHING
        """,
        erased=ERASED,
        **given,
    )
    tx.rows(
        "DELETE FROM incident_orders WHERE shop = :shop AND order_id = :order_id AND detail <> :erased",
        erased=ERASED,
        **given,
    )


def _erase_drifts(tx: Tx, given: dict[str, str], now: datetime) -> None:
    """That the shop showed something else stays; its words go, and nothing of this order is looked for any more."""
    tx.rows(
        f"""
        UPDATE drifts SET detail = :erased, closed_at = COALESCE(closed_at, :now)
        WHERE shipment_id IN ({_ITS_SHIPMENTS})
        """,  # noqa: S608 - our own text
        erased=ERASED,
        now=to_text(now),
        **given,
    )


def _erase_audit(tx: Tx, given: dict[str, str]) -> None:
    """Who did what, when and to which order stays; a person's reason for it is free text and goes."""
    rows = tx.rows(
        """
        SELECT audit_id, action, detail FROM audit WHERE shop = :shop AND order_id = :order_id
          AND outcome IN ('done', 'refused') AND (action = 'override' OR detail LIKE '%@%')
        """,
        **given,
    )
    for row in rows:
        head, colon, _ = row["detail"].partition(":")
        kept = f"{head}: {ERASED}" if row["action"] == "override" and colon and "@" not in head else ERASED
        erase_audit_detail(tx, row["audit_id"], kept)


def erase_audit_detail(tx: Tx, audit_id: str, kept: str = ERASED) -> None:
    tx.rows("UPDATE audit SET detail = :detail WHERE audit_id = :id", detail=kept, id=audit_id)


def audit_with_addresses(tx: Tx) -> list[Row]:
    """Entries of any order, or none, in which an address may stand."""
    return tx.rows("SELECT audit_id, detail FROM audit WHERE detail LIKE '%@%'")


def add_tombstones(tx: Tx, keys: Iterable[str], now: datetime) -> None:
    for key in keys:
        tx.rows(
            "INSERT INTO tombstones (key, at) VALUES (:key, :now) ON CONFLICT DO NOTHING", key=key, now=to_text(now)
        )


def installed_at(tx: Tx) -> datetime:
    return from_text(tx.rows("SELECT MIN(created_at) AS at FROM shops")[0]["at"])


# -- not ours yet ------------------------------------------------------------------------------------------------------

_WAITED_TOO_LONG = """
    known_at < :before AND lease_until IS NULL
    AND NOT EXISTS (SELECT 1 FROM shipments WHERE shipments.track_id = tracks.track_id)
"""


def stale_tracks(tx: Tx, before: datetime, limit: int) -> list[str]:
    """Tracks without a shipment of which something is older than a moment. Reads them all: not within a write."""
    found = tx.rows(
        f"""
        SELECT track_id FROM tracks WHERE {_WAITED_TOO_LONG}
          AND (COALESCE(heard_at, '') < :before
            OR EXISTS (SELECT 1 FROM facts WHERE facts.track_id = tracks.track_id AND received_at < :before))
        LIMIT :limit
        """,  # noqa: S608 - our own text
        before=to_text(before),
        limit=limit,
    )
    return [row["track_id"] for row in found]


def drop_stale(tx: Tx, track_ids: Sequence[str], before: datetime, limit: int) -> tuple[int, int]:
    """Drop old facts of tracks that still have no shipment, and the tracks that are left empty; how many of each."""
    facts = tracks = 0
    for keys, params in among(track_ids):
        # Held until the end of the transaction: a shipment that comes meanwhile waits, and makes the track anew.
        tx.rows(f"UPDATE tracks SET failures = failures WHERE track_id IN {keys} RETURNING track_id", **params)  # noqa: S608
        facts += len(
            tx.rows(
                f"""
                DELETE FROM facts WHERE (track_id, fact_id) IN (
                    SELECT track_id, fact_id FROM facts WHERE track_id IN {keys} AND received_at < :before
                      AND NOT EXISTS (SELECT 1 FROM shipments WHERE shipments.track_id = facts.track_id)
                    LIMIT :limit)
                RETURNING fact_id
                """,  # noqa: S608 - our own text
                before=to_text(before),
                limit=limit,
                **params,
            )
        )
        tracks += len(_drop_empty(tx, keys, params, before))
    return facts, tracks


def _drop_empty(tx: Tx, keys: str, params: dict[str, str], before: datetime) -> list[Row]:
    empty = f"""
        SELECT track_id FROM tracks WHERE track_id IN {keys} AND {_WAITED_TOO_LONG} AND COALESCE(heard_at, '') < :before
          AND NOT EXISTS (SELECT 1 FROM facts WHERE facts.track_id = tracks.track_id)
    """  # noqa: S608 - our own text
    moment = to_text(before)
    tx.rows(f"DELETE FROM registrations WHERE track_id IN ({empty})", before=moment, **params)  # noqa: S608 - the same
    return tx.rows(f"DELETE FROM tracks WHERE track_id IN ({empty}) RETURNING track_id", before=moment, **params)  # noqa: S608
