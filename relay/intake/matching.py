"""Who moves a parcel by what its shop says of it, and again when a shop's table of couriers changes."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import orjson

from relay.database import Row, Tx
from relay.intake import parcels
from relay.intake.policy import Policy
from relay.shops import Package
from relay.store import couriers
from relay.tracking.matching import Hints, match


def matched(tx: Tx, shop: str, shipment: Row, package: Package) -> tuple[str | None, dict[str, object]]:
    """The carrier that a shop's hints name, and the columns of the shipment in which they are remembered.

    None: nobody can be named, or somebody who knows better has named the carrier: a person, or the carrier itself.
    """
    told: dict[str, object] = {"courier": package.courier, "courier_hints": _to_json(package)}
    if is_settled(shipment):
        return None, told
    found = match(_of_package(package), couriers.table(tx, shop))
    if found.carrier is None or found.matched_by is None:
        return None, told
    return found.carrier, told | {"matched_by": found.matched_by.value}


def match_again(tx: Tx, policy: Policy, shipment: Row, table: Mapping[str, str], now: datetime) -> bool:
    """Let a parcel be with the carrier that its hints name now; whether that is another one than before.

    One that they no longer name is let go. Raises Stale if somebody changed the shipment after it was read.
    """
    if not is_to_change(shipment, table):
        return False
    found = match(hints_of(shipment), table)
    parcels.reassign(tx, policy, shipment, found.carrier, shipment["tracking_number"], now)
    couriers.mark_matched(tx, shipment["shipment_id"], found.matched_by.value if found.matched_by else None)
    return True


def is_settled(shipment: Row) -> bool:
    """Whether the carrier does not follow from hints."""
    return shipment["carrier"] is not None and shipment["matched_by"] is None


def is_to_change(shipment: Row, table: Mapping[str, str]) -> bool:
    """Whether the hints now name another carrier, or none any more."""
    return not is_settled(shipment) and match(hints_of(shipment), table).carrier != shipment["carrier"]


# -- what a shop said --------------------------------------------------------------------------------------------------


def hints_of(shipment: Row) -> Hints:
    """What is known of a parcel from which its carrier may follow."""
    return replace(
        said_by_shop(shipment), tracking_url=shipment["tracking_url"], tracking_number=shipment["tracking_number"]
    )


def said_by_shop(shipment: Row) -> Hints:
    """What of that are words."""
    told = orjson.loads(shipment["courier_hints"] or "{}")
    return Hints(shipment["courier"], tuple(told.get("ids", ())), tuple(told.get("names", ())))


def _of_package(package: Package) -> Hints:
    return Hints(
        courier=package.courier,
        courier_ids=package.courier_ids,
        courier_names=package.courier_names,
        tracking_url=package.tracking_url,
        tracking_number=package.tracking_number,
    )


def _to_json(package: Package) -> str | None:
    told = {"ids": package.courier_ids, "names": package.courier_names}
    return orjson.dumps(told).decode() if any(told.values()) else None
