"""A database with as many open parcels and facts as wanted, in seconds: rows of the real schema, not one push each.

A tenth of the parcels are of a carrier without an adapter and six tenths of one whose account is missing: an aggregator
is asked about those. The others have accounts of their own.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from relay.carriers import all_carriers
from relay.cli.wiring import policy_of
from relay.database import open_database
from relay.desk import Desk
from relay.desk.care import settle_in
from relay.model import to_text
from relay.settings import load_settings
from tests.bench.carrier import START

#: Of ten parcels.
CARRIERS = ("ups", "dhl-unified", "ups", "correios", "ups", "loggi", "ups", "dhl-unified", "ups", "ups")
FACTS_A_TRACK = 8
#: Of each carrier, whatever there is of it.
DUE = 50
#: When those are due; the others are up to six hours later.
DUE_AT = START + timedelta(days=30)
KNOWN_AT, FIRST_SCAN_AT, STEP = DUE_AT - timedelta(days=9), DUE_AT - timedelta(days=8), timedelta(hours=12)


class Parcel(NamedTuple):
    carrier: str
    number: str
    order_id: str
    digest: str  #: random as ids are, and the same in every run
    ask_at: str

    @property
    def track_id(self) -> str:
        return f"{self.carrier}/{self.number}"


def parcels(tracks: int) -> Iterator[Parcel]:
    """As many are due in a large database as in a small one, and as far apart as they can be."""
    each, seen = Counter(CARRIERS), Counter[str]()
    for index in range(tracks):
        carrier = CARRIERS[index % len(CARRIERS)]
        apart = each[carrier] * tracks // len(CARRIERS) // DUE
        is_due = seen[carrier] % apart == 0 and seen[carrier] < apart * DUE
        seen[carrier] += 1
        digest = sha256(str(index).encode()).hexdigest()
        later = timedelta(seconds=0 if is_due else 1 + int(digest[:8], 16) % (6 * 3600))
        yield Parcel(carrier, f"1Z{index:016}", f"V{index:09}01", digest, to_text(DUE_AT + later))


def filled(folder: Path, tracks: int) -> Desk:
    """Its database is in the folder, open."""
    slugs = {slug: carrier.secret_fault for slug, carrier in all_carriers().items()}
    settings = load_settings(_given(folder), None, slugs=slugs)
    database = open_database(settings.database_url, create=True)
    database.migrate()
    database.write(lambda tx: settle_in(tx, "a benchmark", START))
    with closing(sqlite3.connect(folder / "wismo.db", isolation_level=None)) as connection:
        _fill(connection, tracks)
    return Desk(database, settings, policy_of(settings))


def _given(folder: Path) -> Mapping[str, str]:
    return {
        "WISMO_DATABASE_URL": f"sqlite:{folder / 'wismo.db'}",
        "WISMO_MAIL_URL": f"file:{folder / 'mail'}",
        "WISMO_DHL_UNIFIED_API_KEY": "a key of the benchmark",
        "WISMO_DHL_UNIFIED_API_PER_SECOND": "9999",
        "WISMO_DHL_UNIFIED_API_PER_DAY": "100000",
        "WISMO_CORREIOS_USER": "a user of the benchmark",
        "WISMO_CORREIOS_ACCESS_CODE": "its code",
        "WISMO_CORREIOS_API_PER_SECOND": "9999",
        "WISMO_17TRACK_API_KEY": "a key of the benchmark",
        "WISMO_17TRACK_API_PER_SECOND": "9999",
    }


def _fill(connection: sqlite3.Connection, tracks: int) -> None:
    """What is lost if the machine stops now is made again; afterwards nothing is written like this."""
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("PRAGMA cache_size=-200000")
    connection.execute("BEGIN")
    connection.execute("CREATE TEMP TABLE parcels (carrier, number, order_id, digest, ask_at)")
    connection.executemany("INSERT INTO parcels VALUES (?, ?, ?, ?, ?)", parcels(tracks))
    connection.execute("CREATE TEMP TABLE scans (scan, at, local_time, moment_text, received_at)")
    connection.executemany("INSERT INTO scans VALUES (?, ?, ?, ?, ?)", map(_scan, range(FACTS_A_TRACK)))
    connection.execute("CREATE TEMP TABLE kinds (kind)")
    connection.executemany("INSERT INTO kinds VALUES (?)", zip(("order", "page", "email", "invoice", "number")))
    moments = {
        "known_at": to_text(KNOWN_AT),
        "give_up_at": to_text(DUE_AT + timedelta(days=8)),
        "moved_at": to_text(FIRST_SCAN_AT + (FACTS_A_TRACK - 1) * STEP),
    }
    for table, values in ROWS.items():
        rows, source = ", ".join(values.values()), SOURCES.get(table, "parcels")
        connection.execute(f"INSERT INTO {table} ({', '.join(values)}) SELECT {rows} FROM {source}", moments)  # noqa: S608 - our own names
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _scan(index: int) -> tuple[str, ...]:
    at = FIRST_SCAN_AT + index * STEP
    return str(index), to_text(at), f"{at:%Y-%m-%dT%H:%M:%S}", f"{at:%Y%m%d %H%M%S}", to_text(at + timedelta(minutes=2))


#: What SQL makes of a parcel, and of each of its scans.
_TRACK_ID, _PUSH_ID = "carrier || '/' || number", "substr(digest, 1, 31) || scan"
_SHIPMENT_ID, _PAGE = "substr(digest, 1, 20)", "substr(digest, 21, 22)"
_KEY = f"CASE kind WHEN 'order' THEN order_id WHEN 'page' THEN {_PAGE} WHEN 'email' THEN digest ELSE number END"

#: What there is more than one of for each parcel.
SOURCES = {"lookups": "parcels, kinds", "facts": "parcels, scans", "pushes": "parcels, scans"}
#: Of each table what stands in its columns; what is referred to comes first.
ROWS = {
    "orders": {
        "shop": "'default'",
        "order_id": "order_id",
        "group_id": "order_id",
        "customer_name": "'José Ávila'",
        "email": "order_id || '@example.com'",
        "locale": "'pt-BR'",
        "page_token": _PAGE,
        "created_at": ":known_at",
        "updated_at": ":known_at",
    },
    "lookups": {
        "kind": "kind",
        "key": _KEY,
        "shop": "'default'",
        "order_id": "order_id",
    },
    "tracks": {
        "track_id": _TRACK_ID,
        "carrier": "carrier",
        "tracking_number": "number",
        "asked_at": ":known_at",
        "tried_at": ":known_at",
        "heard_at": ":known_at",
        "ask_at": "ask_at",
        "give_up_at": ":give_up_at",
        "asks": "30",
        "known_at": ":known_at",
        "moved_at": ":moved_at",
        "place": "'Campinas, SP, BR'",
    },
    "shipments": {
        "shipment_id": _SHIPMENT_ID,
        "shop": "'default'",
        "order_id": "order_id",
        "package": "number",
        "kind": "'outbound'",
        "carrier": "carrier",
        "tracking_number": "number",
        "track_id": _TRACK_ID,
        "known_at": ":known_at",
        "status": "'in_transit'",
        "shown_status": "'in_transit'",
        "changed_at": ":known_at",
        "considered_status": "'in_transit'",
        "considered_round": "'0'",
        "considered_fact": "''",
    },
    "facts": {
        "track_id": _TRACK_ID,
        "fact_id": "substr(digest, 1 + scan, 31) || scan",
        "source": "carrier",
        "is_own": "1",
        "kind": "'scan'",
        "status": "'in_transit'",
        "code": "'DP'",
        "moment_text": "moment_text",
        "occurred_at": "at",
        "local_time": "local_time",
        "zone_assumed": "0",
        "description": "'Departed from facility'",
        "place": "'Campinas, SP, BR'",
        "to_recipient": "0",
        "via": "'push'",
        "answered": "0",
        "received_at": "received_at",
        "raw_id": _PUSH_ID,
    },
    # One for each fact. Their bodies are dropped: they would take most of the disk, and nothing looks at them.
    "pushes": {
        "push_id": _PUSH_ID,
        "slug": "carrier",
        "received_at": "received_at",
        "headers": """'{"content-type":"application/json","user-agent":"a carrier"}'""",
        "action": "'apply'",
        "reason": "''",
    },
    "outbox": {
        "message_id": "substr(digest, 1, 32)",
        "shop": "'default'",
        "shipment_id": _SHIPMENT_ID,
        "order_id": "order_id",
        "group_id": "order_id",
        "channel": "'email'",
        "status": "'in_transit'",
        "rounds": "'0'",
        "state": "'sent'",
        "due_at": ":known_at",
        "attempts": "1",
        "created_at": ":known_at",
        "sent_at": ":known_at",
    },
}
