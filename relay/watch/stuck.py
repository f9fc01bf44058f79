"""Parcels that stand still together: of one carrier, at one place, or of one day."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from relay.database import Row, Tx
from relay.desk import Desk
from relay.desk.view import carrier_label
from relay.model import from_text, to_text
from relay.silence import cohorts as rule
from relay.silence.cohorts import Cohort, Known, Standing
from relay.store import cohorts as store
from relay.store import incidents
from relay.watch.alarms import Alarm, Parcel
from relay.watch.standing import SHOP, Clocks, Limits, Names, add_arrived, clocks_of, fleets_of, usual_of

#: An incident lists so many of its parcels; its title tells how many there are.
LISTED: Final = 1000
#: Of a place's name so many letters are said.
LONGEST_NAME: Final = 60


def stuck_cohorts(tx: Tx, desk: Desk, found: Mapping[str, Row], now: datetime) -> Sequence[Alarm]:
    clocks = clocks_of(tx, desk, now)
    fleets = fleets_of(tx, clocks)
    usual = usual_of(tx, clocks)
    known = _known(tx, found, clocks)
    mute = {row["subject"].partition("/")[0] for row in incidents.open_of(tx, "mute_carrier")}
    carriers = sorted({*fleets, *known})
    usual = {carrier: {} if carrier in mute else usual.get(carrier, {}) for carrier in carriers}
    if any(rule.cohorts(fleets[carrier], usual[carrier], known[carrier]) for carrier in carriers):
        add_arrived(tx, fleets, clocks)
    return [
        _alarm(carrier, cohort, found.get(f"{carrier}/{cohort.cohort}"), desk)
        for carrier in carriers
        for cohort in rule.cohorts(fleets[carrier], usual[carrier], known[carrier])
    ]


def _known(tx: Tx, found: Mapping[str, Row], clocks: Clocks) -> dict[str, list[Known]]:
    """What is open, by carrier."""
    known: defaultdict[str, list[Known]] = defaultdict(list)
    names = Names(clocks.zone)
    for subject, row in sorted(found.items()):
        carrier, _, cohort = subject.partition("/")
        listed = store.listed(tx, row["incident_id"])
        still = [
            Standing(
                one["shipment_id"],
                one["order_id"],
                names.of(one["place"], one["dispatched"]),
                from_text(one["moved_at"]),
                one["place"],
            )
            for one in listed
            if one["is_open"] and one["moved_at"] and _stands(clocks.limits(carrier, one["place"], is_asked=True), one)
        ]
        known[carrier].append(Known(cohort, frozenset(one["shipment_id"] for one in listed), still))
    return known


def _stands(limits: Limits, one: Row) -> bool:
    return one["shown_status"] in limits and one["moved_at"] <= limits[one["shown_status"]][0]


# -- in words ----------------------------------------------------------------------------------------------------------


def _alarm(carrier: str, cohort: Cohort, row: Row | None, desk: Desk) -> Alarm:
    label, since = carrier_label(carrier), cohort.since.astimezone(ZoneInfo(desk.settings.timezone))
    kind, _, name = cohort.cohort.partition("/")
    figures: dict[str, str | int] = {
        "case": "several" if cohort.parts else kind,
        "still": len(cohort.standing),
        "there": cohort.there,
        "usual": cohort.usual,
        "carrier": label,
        "slug": carrier,
        "since_at": to_text(cohort.since.astimezone(UTC)),
    }
    there = " there"
    if cohort.parts:
        figures["places"] = len(cohort.parts)
        where = f"at {len(cohort.parts)} places"
    elif kind == rule.PLACE:
        figures["place"] = _as_written(cohort)
        where = f"in {figures['place']}"
    else:
        figures |= {"day": name} if name else {}
        where, there = (f"dispatched on {name}", " of that day") if name else ("", "")
    stand = f"{len(cohort.standing)} parcels of {label} {where}".rstrip()
    return Alarm(
        subject=f"{carrier}/{cohort.cohort}",
        title=f"{stand} stand still since {since:%A, %d %B} (of {cohort.there}{there}; usually {cohort.usual})",
        remedy=(
            f"Ask {label} what is wrong; `/track notice {carrier} TEXT until DATE` tells it on every card, "
            "and in the reply to a customer"
        ),
        figures=figures,
        parcels=_parcels(cohort, row),
    )


def _as_written(cohort: Cohort) -> str:
    """The place's name as most write it. Others' text: it moves no cursor."""
    written = Counter(one.place for one in cohort.standing).most_common(1)[0][0]
    return "".join(sign for sign in " ".join(written.split()) if sign.isprintable())[:LONGEST_NAME]


def _parcels(cohort: Cohort, row: Row | None) -> list[Parcel]:
    """All that stand, if there are more than are listed already."""
    if row is not None and row["parcels"] >= min(LISTED, len(cohort.standing)):
        return []
    return [
        Parcel(SHOP, one.order_id, one.shipment_id, f"last scan {to_text(one.moved_at)}")
        for one in cohort.standing[:LISTED]
    ]
