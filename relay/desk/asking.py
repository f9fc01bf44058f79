"""A person who wants to know now."""

from datetime import datetime

from relay.carriers import all_carriers
from relay.database import Row, Tx
from relay.desk import Desk
from relay.desk.accounts import Asker, askers_of, nobody_to_ask, who_asks
from relay.desk.find import ById, one_shipment
from relay.errors import NotFound
from relay.store import asks as store


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
