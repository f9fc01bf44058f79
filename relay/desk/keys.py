"""Who asks, by the key that was shown."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from relay.desk import Desk
from relay.desk.care import key_hash
from relay.errors import Unavailable
from relay.model import carrier_slug, from_text
from relay.store import ledger

#: The use of a key is written down no more often: a write is a hundred times dearer than the look.
REMEMBER_EVERY = timedelta(minutes=1)
CARRIER = "carrier:"


@dataclass(frozen=True, slots=True)
class Holder:
    """Whoever has a valid key."""

    key_id: str
    scope: str
    label: str

    @property
    def reads(self) -> bool:
        return self.scope in {"read", "write"}

    @property
    def writes(self) -> bool:
        return self.scope == "write"

    @property
    def carrier(self) -> str:
        """The slug of the carrier that this is, or ""."""
        return carrier_slug(self.scope.removeprefix(CARRIER)) if self.scope.startswith(CARRIER) else ""

    @property
    def who(self) -> str:
        """For the audit; labels may be the same."""
        return f"api: {self.label} ({self.key_id})" if self.label else f"api: {self.key_id}"


def holder_of(desk: Desk, key: str, now: datetime) -> Holder | None:
    """Whose key this is; None if nobody's, or no more. Raises Unavailable."""
    with desk.database.read() as tx:
        row = ledger.valid_key(tx, key_hash(key))
    if row is None:
        return None
    if row["used_at"] is None or now - from_text(row["used_at"]) >= REMEMBER_EVERY:
        with suppress(Unavailable):  # a full disk is no reason to refuse a question
            desk.database.write(lambda tx: ledger.use_key(tx, row["key_id"], now))
    return Holder(row["key_id"], row["scope"], row["label"])
