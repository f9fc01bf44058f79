"""A person who wants to know now."""

from datetime import datetime

from relay.carriers import all_carriers
from relay.database import Row, Tx
from relay.desk import Desk
from relay.desk.accounts import Asker, askers_of, nobody_to_ask, pause_name, who_asks
from relay.desk.find import ById, one_shipment
from relay.errors import NotFound
from relay.model import optional_moment
from relay.store import asks as store
from relay.store import outbox


def check_now(desk: Desk, query: str | ById, which: str | None, now: datetime) -> tuple[Row, Asker]:
    """Put a parcel first in the queue, within the budget of whoever is asked. Raises NotFound if nobody can be."""
    askers = askers_of(desk.settings, all_carriers())

    def work(tx: Tx) -> tuple[Row, Asker]:
        shipment = one_shipment(tx, query, which)
        if not shipment["tracking_number"]:
            raise NotFound(f"order {shipment['order_id']} has no tracking number to ask about yet")
        asker = who_asks(askers, shipment["carrier"])
        if asker is None:
            raise NotFound(f"nobody can be asked about {shipment['carrier']}", nobody_to_ask(shipment["carrier"]))
        store.ask_now(tx, shipment["track_id"], now)
        return shipment, asker

    return desk.database.write(work)


def stopped_until(desk: Desk, asker: Asker, now: datetime) -> tuple[datetime, str] | None:
    """Until when an account is asked about nothing, and why; None: it is asked."""
    with desk.database.read() as tx:
        pause = outbox.channel(tx, pause_name(asker.slug))
    until = optional_moment(pause["probe_at"])
    return (until, pause["reason"]) if until and until > now else None
