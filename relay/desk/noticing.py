"""Notes that the team leaves on every card of a carrier or a region until a day: "strike until Friday"."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from relay.carriers import all_carriers
from relay.database import Row, Tx
from relay.desk import Desk
from relay.desk.view import carrier_label
from relay.errors import BadInput, NotFound
from relay.model import carrier_slug, from_text
from relay.settings import Settings
from relay.store import ledger, notices, orders

SHOP = "default"
LONGEST_NOTICE, LONGEST_TEXT, LONGEST_REGION = timedelta(days=366), 300, 60


@dataclass(frozen=True, slots=True)
class Notice:
    """A note on every parcel of a carrier, or of a region, until a moment: "strike until Friday"."""

    notice_id: str
    carrier: str  #: slug; "": it is about the region
    carrier_label: str
    region: str
    text: str
    until: datetime  #: the last moment of its last day, or any other
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class NewNotice:
    """A note as typed."""

    text: str
    until: str  #: an ISO date, which lasts to its end, or a moment
    by: str
    carrier: str = ""
    region: str = ""


def set_notice(desk: Desk, given: NewNotice, now: datetime) -> Notice:
    """Raises BadInput naming the field."""
    text = " ".join(given.text.split())
    if not 1 <= len(text) <= LONGEST_TEXT:
        raise BadInput("text", f"it has {len(text)} characters", f"Write 1 to {LONGEST_TEXT}")
    region = " ".join(given.region.split())
    if region and not (any(map(str.isalnum, _plain(region))) and len(region) <= LONGEST_REGION):
        raise BadInput("region", "it is no name of a place", f"Write letters, at most {LONGEST_REGION}")
    until = _checked_end(desk.settings, given.until, now)

    def work(tx: Tx) -> Notice:
        carrier = _checked_carrier(tx, given.carrier) if not region else ""
        add = {"carrier": carrier, "region": region, "text": text}
        notice_id = notices.add(tx, shop=SHOP, **add, until=until, by=given.by, now=now)
        ledger.write_audit(tx, now, given.by, "notice", f"{carrier or region}: {text}")
        return Notice(notice_id, carrier, carrier_label(carrier or None), region, text, until, given.by, now)

    return desk.database.write(work)


def _checked_carrier(tx: Tx, name: str) -> str:
    """A carrier that we have an adapter or a parcel for: a note on another would stand nowhere."""
    slug = carrier_slug(name)
    in_use = orders.carriers_in_use(tx)
    by_label = {carrier_slug(adapter.label): key for key, adapter in all_carriers().items()}
    if slug in all_carriers() or slug in in_use:
        return slug
    if slug in by_label:
        return by_label[slug]
    known = ", ".join(sorted({*all_carriers(), *in_use}))
    raise BadInput("carrier", f"{name[:40]!r} is no carrier of ours", f"Use one of: {known}; or region:NAME")


def _checked_end(settings: Settings, until: str, now: datetime) -> datetime:
    try:
        moment = _end_of(until.strip(), ZoneInfo(settings.timezone))
    except (ValueError, OverflowError):
        raise BadInput("until", f"{until[:40]!r} is no date", "Write 2026-12-24 or 2026-12-24T18:00") from None
    if moment <= now:
        raise BadInput("until", f"{until} is past", "Give a date in the future")
    if moment > now + LONGEST_NOTICE:
        raise BadInput("until", f"{until} is more than a year ahead", "Give a nearer date")
    return moment


def _end_of(text: str, zone: ZoneInfo) -> datetime:
    """The moment, or the last one of the day."""
    if len(text) == len("2026-03-02"):
        midnight = datetime.combine(date.fromisoformat(text) + timedelta(days=1), time(), zone)
        return midnight.astimezone(UTC) - timedelta(milliseconds=1)
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def end_notice(desk: Desk, notice_id: str, by: str, now: datetime) -> None:
    """Raises NotFound."""

    def work(tx: Tx) -> None:
        if not notices.end(tx, notice_id, now):
            raise NotFound(f"no note in force has the id {notice_id[:20]!r}", "`/track notice` lists them")
        ledger.write_audit(tx, now, by, "notice", f"ended {notice_id}")

    desk.database.write(work)


def notices_in_force(desk: Desk, now: datetime) -> Sequence[Notice]:
    with desk.database.read() as tx:
        return [_notice(row) for row in notices.in_force(tx, SHOP, now)]


def notices_for(
    tx: Tx, carrier: str | None, now: datetime, *, places: Sequence[str] = (), shop: str = SHOP
) -> Sequence[Notice]:
    """What is to be said on a card of a parcel that ``carrier`` moves and that was seen in ``places``."""
    found = [_notice(row) for row in notices.in_force(tx, shop, now)]
    here = [_plain(place) for place in places]
    return [
        notice
        for notice in found
        if (notice.carrier and notice.carrier == carrier)
        or (notice.region and any(_plain(notice.region) in place for place in here))
    ]


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().casefold()


def _notice(row: Row) -> Notice:
    return Notice(
        notice_id=row["notice_id"],
        carrier=row["carrier"],
        carrier_label=carrier_label(row["carrier"] or None),
        region=row["region"],
        text=row["text"],
        until=from_text(row["until_at"]),
        by=row["by_whom"],
        at=from_text(row["at"]),
    )
