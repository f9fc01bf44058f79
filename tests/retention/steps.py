"""What tests of retention do and look at."""

import zlib
from datetime import datetime, timedelta
from pathlib import Path

from relay.database import Database, Row
from relay.desk import Desk
from relay.desk.care import settle_in
from relay.intake import Policy
from relay.intake.record import Recorded, record_push
from relay.model import Action, Push, Reading
from relay.retention import Purged, purge
from relay.settings import Settings, load_settings
from relay.store import incidents
from tests.conftest import NOON
from tests.intake import steps
from tests.intake.steps import about

__all__ = ["about"]


def day(days: float) -> datetime:
    return NOON + timedelta(days=days)


def settings(**given: str) -> Settings:
    return load_settings({f"WISMO_{name.upper()}": text for name, text in given.items()}, env_file=None)


def purge_on(database: Database, days: float, **given: str) -> Purged:
    return purge(database, settings(**given), day(days))


def desk_of(database: Database, policy: Policy, **given: str) -> Desk:
    database.write(lambda tx: settle_in(tx, database.identity() if database.engine == "sqlite" else "one", NOON))
    return Desk(database, settings(**given), policy)


def hear_body(
    database: Database, policy: Policy, body: bytes, reading: Reading | None = None, *, days: float = 0
) -> Recorded:
    """A push with this body; unless somebody can read it, unread."""
    push = Push("ups", "POST", "/push/ups", {"x-id": "1"}, body, day(days))
    return record_push(database, policy, push, reading or Reading(Action.UNREADABLE, reason="KeyError('Ana')"))


def pushes(database: Database) -> list[Row]:
    with database.read() as tx:
        return tx.rows("SELECT * FROM pushes ORDER BY received_at, push_id")


def bodies(database: Database) -> list[bytes]:
    """What is kept as it was received, oldest first."""
    return [zlib.decompress(row["body"]) for row in pushes(database) if row["body"] is not None]


def everything(database: Database) -> str:
    """All that the database knows, bodies unpacked, as one text."""
    told = []
    with database.read() as tx:
        for table in TABLES:
            for row in tx.rows(f"SELECT * FROM {table}"):  # noqa: S608 - our own names
                told += [zlib.decompress(one).decode() if isinstance(one, bytes) else str(one) for one in row.values()]
    return "\n".join(told)


TABLES = ("orders", "lookups", "shipments", "outbox", "overrides", "audit", "incident_orders", "pushes", "answers")


def open_incidents(database: Database) -> dict[str, str]:
    """Kind and title of what is wrong."""
    with database.read() as tx:
        return {row["kind"]: row["title"] for row in incidents.incidents(tx, only_open=True)}


def deliver(
    database: Database, policy: Policy, *facts: object, order_id: str = "1001", number: str = steps.NUMBER
) -> None:
    """An order of Ana's whose parcel was delivered at noon."""
    steps.add_order(database, policy, order_id, number=number, customer_name="Ana Souza", locale="pt-BR")
    steps.told(database, policy, *facts, number=number)  # type: ignore[arg-type]  # facts by the tests' own maker


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())
