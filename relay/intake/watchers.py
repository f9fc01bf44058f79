"""That Slack must be told of a parcel, because somebody watches it or corrected it."""

from datetime import datetime, timedelta
from hashlib import sha256

from relay.database import Row, Tx
from relay.model import Override, ParcelState, Status
from relay.store import watches

#: What changes within this time is told together.
GATHERS = timedelta(minutes=1)


def tell_watchers(tx: Tx, shipment: Row, shown: Status, now: datetime) -> None:
    """Have whoever watches the order see that a parcel of it shows another status; one statement if nobody does."""
    watches.tell_watchers(tx, shipment, shown.value, due_at=now + GATHERS, now=now)


def tell_contradicted(tx: Tx, shipment: Row, override: Override, state: ParcelState, now: datetime) -> None:
    """Tell whoever set an override that the carrier says otherwise, where it is known how to reach them."""
    row = watches.override(tx, override.override_id)
    if row is None or row["thread"] is None:
        return
    watches.tell(
        tx,
        sha256(f"{override.override_id}\x1fcontradicted".encode()).hexdigest()[:32],
        f"override/{override.override_id}",
        shop=shipment["shop"],
        order_id=shipment["order_id"],
        status=state.status.value,
        now=now,
    )
