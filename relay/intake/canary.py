"""The canary: a push of our own, signed with a secret of this installation's, about a parcel that is nobody's.

Its carrier is reserved: nothing but a canary can be about it, and a canary about nothing else. So what it brings stands
on tracks that no order has, and is taken away when it has been looked at.
"""

import secrets
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import orjson

from relay.carriers import carrier_named, read_push
from relay.carriers.standard import SLUG as STANDARD
from relay.carriers.standard import TYPE, signed_headers
from relay.database import Database, Tx
from relay.errors import BadSignature
from relay.intake.record import push_id
from relay.model import CANARY, Push, Reading, Status, to_text
from relay.store import canary as store
from relay.store import ledger

#: Name of the install's secret that canaries are signed with.
SECRET: Final = "canary_secret"  # noqa: S105 - a name, not a secret
#: How the ids of their messages begin, by which the door knows whose signature to look for.
ID_PREFIX: Final = "canary_"
PATH: Final = f"/push/{STANDARD}"


@dataclass(frozen=True, slots=True)
class Sent:
    """One canary."""

    number: str
    body: bytes
    headers: Mapping[str, str]

    @property
    def push_id(self) -> str:
        """Under which it is kept."""
        return push_id(CANARY, self.body)


def make(secret: str, now: datetime) -> Sent:
    number = f"CANARY{secrets.token_hex(8).upper()}"
    event = {"status": Status.IN_TRANSIT.value, "occurred_at": to_text(now), "description": "A push of our own"}
    body = orjson.dumps({"type": TYPE, "carrier": CANARY, "tracking_number": number, "events": [event]})
    return Sent(number, body, signed_headers(f"{ID_PREFIX}{secrets.token_hex(12)}", now, body, secret))


def secret_of(database: Database) -> str:
    """The one of this installation, made when it is wanted for the first time."""
    with database.read() as tx:
        known = ledger.install(tx).get(SECRET)
    return known or database.write(_make_secret)


def _make_secret(tx: Tx) -> str:
    ledger.set_install_once(tx, SECRET, f"whsec_{b64encode(secrets.token_bytes(32)).decode()}")
    return ledger.install(tx)[SECRET]


# -- at the door -------------------------------------------------------------------------------------------------------


def may_be_one(slug: str, headers: Mapping[str, str]) -> bool:
    """Whether a push says that it is a canary; whether it is, its signature says."""
    return slug == STANDARD and headers.get("webhook-id", "").startswith(ID_PREFIX)


def as_canary(database: Database, push: Push) -> tuple[Push, Reading] | None:
    """What an authentic canary says, under the name that it is kept by; None: it is none.

    One without our signature, too old, or about another carrier's parcel is none.
    """
    with database.read() as tx:
        secret = ledger.install(tx).get(SECRET)
    if not secret:
        return None
    try:
        carrier_named(STANDARD).verify(push, secret)
    except BadSignature:
        return None
    reading = read_push(carrier_named(STANDARD), push.body)
    if not reading.reports or not all(report.carrier == CANARY for report in reading.reports):
        return None
    return replace(push, slug=CANARY), reading


def names_canary(reading: Reading) -> bool:
    """Whether a message that is no canary is about the reserved carrier."""
    return any(report.carrier == CANARY for report in reading.reports)


# -- afterwards --------------------------------------------------------------------------------------------------------


def remove_all(database: Database) -> int:
    """Take away what canaries brought, also those that were left when a process died; how many tracks that was."""
    with database.read() as tx:
        track_ids = store.tracks(tx)
    return database.write(lambda tx: store.drop(tx, track_ids)) if track_ids else 0
