"""A rule that holds too many deliveries of one carrier is the fault, and not the carrier."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from relay.database import Row, Tx
from relay.desk import Desk
from relay.desk.view import carrier_label
from relay.store import orders
from relay.watch.alarms import Alarm

#: A carrier with more than this share of its deliveries held points at a fault of the rule, not of the carrier…
HELD_SHARE = 0.2
#: … once there are enough of them to speak of a share, in this time.
HELD_AT_LEAST, HELD_WITHIN = 5, timedelta(days=7)


def held_too_often(tx: Tx, _desk: Desk, _found: Mapping[str, Row], now: datetime) -> Sequence[Alarm]:
    return [
        _alarm(row)
        for row in orders.held_share_by_carrier(tx, now - HELD_WITHIN)
        if row["deliveries"] >= HELD_AT_LEAST and row["held"] > HELD_SHARE * row["deliveries"]
    ]


def _alarm(row: Row) -> Alarm:
    figures = {"held": row["held"], "deliveries": row["deliveries"], "carrier": carrier_label(row["carrier"])}
    return Alarm(
        subject=row["carrier"],
        title=f"{row['held']} of {row['deliveries']} deliveries by {row['carrier']} are held",
        remedy="See `wismo health` for the parcels and `wismo why ORDER` for the rule",
        figures=figures,
    )
