"""What Wismo writes down about itself: audit, overrides, leases, beats, counters, keys, the install."""

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from relay.database import Row, Tx
from relay.errors import Stale
from relay.model import Override, Status, from_text, optional_moment, optional_text, to_text

# -- corrections -------------------------------------------------------------------------------------------------------


def save_override(tx: Tx, shipment_id: str, override: Override) -> None:
    """Raises Stale if the same one was saved meanwhile, as by a second press of one button."""
    saved = tx.rows(
        """
        INSERT INTO overrides (override_id, shipment_id, status, reason, by_whom, by_name, at, until_word, until_at,
            tell, write_shop)
        VALUES (:override_id, :shipment_id, :status, :reason, :by, :by_name, :at, :until_word, :until, :tell,
            :write_shop)
        ON CONFLICT DO NOTHING RETURNING override_id
        """,
        override_id=override.override_id,
        shipment_id=shipment_id,
        status=override.status.value,
        reason=override.reason,
        by=override.by,
        by_name=override.by_name,
        at=to_text(override.at),
        until_word=override.until_word,
        until=optional_text(override.until),
        tell=int(override.tell),
        write_shop=int(override.write_shop),
    )
    if not saved:
        raise Stale(f"the override {override.override_id} was saved by somebody else meanwhile")


def override(tx: Tx, override_id: str | None) -> Override | None:
    if override_id is None:
        return None
    row = tx.rows("SELECT * FROM overrides WHERE override_id = :id", id=override_id)[0]
    return Override(
        override_id=row["override_id"],
        status=Status(row["status"]),
        reason=row["reason"],
        by=row["by_whom"],
        by_name=row["by_name"],
        at=from_text(row["at"]),
        until_word=row["until_word"],
        until=optional_moment(row["until_at"]),
        tell=bool(row["tell"]),
        write_shop=bool(row["write_shop"]),
    )


def end_override(tx: Tx, override_id: str, because: str, now: datetime) -> None:
    tx.rows(
        """
        UPDATE overrides SET ended_at = :now, ended_because = :because
        WHERE override_id = :id AND ended_at IS NULL
        """,
        id=override_id,
        because=because,
        now=to_text(now),
    )


def mark_contradicted(tx: Tx, override_id: str, now: datetime) -> bool:
    """Whether this is the first time that the carrier contradicts the override."""
    return bool(
        tx.rows(
            """
            UPDATE overrides SET contradicted_at = :now
            WHERE override_id = :id AND contradicted_at IS NULL RETURNING override_id
            """,
            id=override_id,
            now=to_text(now),
        )
    )


def write_audit(
    tx: Tx,
    now: datetime,
    actor: str,
    action: str,
    detail: str = "",
    *,
    outcome: str = "done",
    about: Row | None = None,
    audit_id: str | None = None,
) -> None:
    """Write down who did what, and to which order or shipment. With ``audit_id``, only once."""
    of = about or {}
    tx.rows(
        """
        INSERT INTO audit (audit_id, at, actor, action, shop, order_id, shipment_id, outcome, detail)
        VALUES (:audit_id, :at, :actor, :action, :shop, :order_id, :shipment_id, :outcome, :detail)
        ON CONFLICT (audit_id) DO NOTHING
        """,
        audit_id=audit_id or secrets.token_hex(10),
        at=to_text(now),
        actor=actor,
        action=action,
        shop=of.get("shop"),
        order_id=of.get("order_id"),
        shipment_id=of.get("shipment_id"),
        outcome=outcome,
        detail=detail,
    )


def audit_of(tx: Tx, shop: str, order_id: str) -> list[Row]:
    return tx.rows(
        "SELECT * FROM audit WHERE shop = :shop AND order_id = :order_id ORDER BY at, audit_id",
        shop=shop,
        order_id=order_id,
    )


# -- the install -------------------------------------------------------------------------------------------------------


def install(tx: Tx) -> dict[str, str]:
    return {row["key"]: row["value"] for row in tx.rows("SELECT key, value FROM install")}


def set_install(tx: Tx, key: str, value: str) -> None:
    tx.rows(
        """
        INSERT INTO install (key, value) VALUES (:key, :value)
        ON CONFLICT (key) DO UPDATE SET value = excluded.value
        """,
        key=key,
        value=value,
    )


def unset_install(tx: Tx, key: str) -> None:
    tx.rows("DELETE FROM install WHERE key = :key", key=key)


def set_install_once(tx: Tx, key: str, value: str) -> None:
    tx.rows("INSERT INTO install (key, value) VALUES (:key, :value) ON CONFLICT DO NOTHING", key=key, value=value)


# -- leases, beats, counters -------------------------------------------------------------------------------------------


def take_lease(tx: Tx, name: str, holder: str, now: datetime, lasts: timedelta) -> bool:
    """Whether ``holder`` has the lease now: it was free, had run out, or was its own.

    One that ends later than any could is of a clock that was put back since, and holds nobody up.
    """
    return bool(
        tx.rows(
            """
            INSERT INTO leases (name, holder, until) VALUES (:name, :holder, :until)
            ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
            WHERE leases.holder = excluded.holder OR leases.until <= :now OR leases.until > :beyond
            RETURNING name
            """,
            name=name,
            holder=holder,
            now=to_text(now),
            until=to_text(now + lasts),
            beyond=to_text(now + 2 * lasts),
        )
    )


def beat(tx: Tx, name: str, now: datetime) -> None:
    tx.rows(
        "INSERT INTO beats (name, at) VALUES (:name, :now) ON CONFLICT (name) DO UPDATE SET at = excluded.at",
        name=name,
        now=to_text(now),
    )


def beats(tx: Tx) -> dict[str, datetime]:
    return {row["name"]: from_text(row["at"]) for row in tx.rows("SELECT name, at FROM beats")}


def add_tallies(tx: Tx, counts: Mapping[tuple[str, str], int], now: datetime) -> None:
    for (name, label), times in counts.items():
        tx.rows(
            """
            INSERT INTO tallies (name, label, day, times) VALUES (:name, :label, :day, :times)
            ON CONFLICT (name, label, day) DO UPDATE SET times = tallies.times + excluded.times
            """,
            name=name,
            label=label,
            day=to_text(now)[:10],
            times=times,
        )


def tallies(tx: Tx, since: datetime) -> list[Row]:
    return tx.rows(
        """
        SELECT name, label, SUM(times) AS times FROM tallies WHERE day >= :day
        GROUP BY name, label ORDER BY name, label
        """,
        day=to_text(since)[:10],
    )


# -- keys --------------------------------------------------------------------------------------------------------------


def add_key(tx: Tx, *, key_id: str, key_hash: str, scope: str, label: str, now: datetime) -> None:
    tx.rows(
        """
        INSERT INTO keys (key_id, key_hash, scope, label, created_at)
        VALUES (:key_id, :key_hash, :scope, :label, :now)
        """,
        key_id=key_id,
        key_hash=key_hash,
        scope=scope,
        label=label,
        now=to_text(now),
    )


def keys(tx: Tx) -> list[Row]:
    return tx.rows("SELECT key_id, scope, label, created_at, used_at, revoked_at FROM keys ORDER BY created_at, key_id")


def valid_key(tx: Tx, key_hash: str) -> Row | None:
    found = tx.rows(
        "SELECT key_id, scope, label, used_at FROM keys WHERE key_hash = :hash AND revoked_at IS NULL", hash=key_hash
    )
    return found[0] if found else None


def use_key(tx: Tx, key_id: str, now: datetime) -> None:
    """Remember when a key was last used."""
    tx.rows("UPDATE keys SET used_at = :now WHERE key_id = :id", id=key_id, now=to_text(now))


def revoke_key(tx: Tx, key_id: str, now: datetime) -> bool:
    return bool(
        tx.rows(
            "UPDATE keys SET revoked_at = :now WHERE key_id = :id AND revoked_at IS NULL RETURNING key_id",
            id=key_id,
            now=to_text(now),
        )
    )


def tombstones(tx: Tx, keys_: Iterable[str]) -> set[str]:
    """Which of the given keys were erased and must not come back."""
    return {key for key in keys_ if tx.rows("SELECT key FROM tombstones WHERE key = :key", key=key)}
