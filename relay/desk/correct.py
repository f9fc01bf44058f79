"""What a person may add and correct; every attempt is audited, refused ones too."""

import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from relay import tracking
from relay.database import Row, Tx
from relay.desk import Desk
from relay.desk.find import ById, one_shipment
from relay.desk.shop import shop_is_told
from relay.desk.typed import checked_carrier, checked_entry, checked_key, checked_status
from relay.errors import BadInput, NotFound, WismoError
from relay.intake import corrections, parcels
from relay.model import Override, Status, carrier_slug, from_text, optional_text
from relay.settings import Settings
from relay.store import couriers, ledger, orders, outbox

T = TypeVar("T")

SHORTEST_REASON = 10
LONGEST_OVERRIDE = timedelta(days=366)
SHOP = "default"

# -- add and edit ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NewParcel:
    """An order and perhaps a parcel as typed or imported; the names are those of ``wismo add``'s options."""

    order: str
    carrier: str | None = None
    number: str | None = None
    package: str | None = None
    email: str | None = None
    name: str | None = None
    locale: str | None = None
    promised: str | None = None
    url: str | None = None
    ordered: str | None = None


def add(desk: Desk, given: NewParcel, now: datetime) -> tuple[Row, Row | None]:
    """Add or complete an order and its parcel. Raises BadInput naming the field; then nothing is stored."""
    entry, faults = checked_entry({name: text for name, text in asdict(given).items() if text is not None})
    if entry is None:
        raise faults[0]
    order, shipment = desk.database.write(
        lambda tx: parcels.record_order(tx, desk.policy, entry.order_id, entry.fields, entry.parcel, now, shop=SHOP)
    )
    desk.wake()
    return order, shipment


def edit(
    desk: Desk, query: str | ById, *, carrier: str | None, number: str | None, which: str | None, by: str, now: datetime
) -> Row:
    """Correct a parcel's carrier or number; what is known of the new track applies at once."""

    def work(tx: Tx) -> Row:
        if carrier is None and number is None:
            raise BadInput("carrier", "nothing to correct was given", "Give --carrier SLUG or --number N")
        new_carrier = carrier_slug(checked_carrier(carrier)) if carrier is not None else None
        new_number = checked_key("number", number) if number is not None else None
        shipment = one_shipment(tx, query, which)
        new_carrier, new_number = new_carrier or shipment["carrier"], new_number or shipment["tracking_number"]
        parcels.reassign(tx, desk.policy, shipment, new_carrier, new_number, now)
        if carrier is not None:  # a person's word is not matched again
            couriers.mark_matched(tx, shipment["shipment_id"], None)
        detail = f"{shipment['carrier']}/{shipment['tracking_number']} -> {new_carrier}/{new_number}"
        ledger.write_audit(tx, now, by, "edit", detail, about=shipment)
        return orders.shipment(tx, shipment["shipment_id"]) or shipment

    return _attempt(desk, Attempt("edit", by, query, which), work, now)


# -- overrides ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WantedOverride:
    status: str
    reason: str
    by: str
    until: str = "carrier"
    tell: bool = False
    write_shop: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """What an override would change, made by the rules that will run."""

    order_id: str
    tracking_number: str | None
    before: Status
    after: Status
    carrier_status: Status
    until: str
    tells: str
    writes_shop: str
    effects_at: datetime


def preview(desk: Desk, query: str | ById, wanted: WantedOverride, which: str | None, now: datetime) -> Preview:
    override = _checked_override(desk.settings, wanted, now)
    with desk.database.read() as tx:
        return _preview(tx, desk, one_shipment(tx, query, which), override, now)


def _preview(tx: Tx, desk: Desk, shipment: Row, override: Override, now: datetime) -> Preview:
    return Preview(
        order_id=shipment["order_id"],
        tracking_number=shipment["tracking_number"],
        before=Status(shipment["shown_status"]),
        after=override.status,
        carrier_status=Status(shipment["status"]),
        until=optional_text(override.until) or override.until_word,
        tells=_who_is_told(tx, desk, shipment, override, now),
        writes_shop=shop_is_told(tx, desk, shipment, override),
        effects_at=now + tracking.undo_window(override.status),
    )


def _who_is_told(tx: Tx, desk: Desk, shipment: Row, override: Override, now: datetime) -> str:
    if not override.tell:
        return "nobody (not asked to)"
    if not shipment["email"]:
        return "nobody: the order has no e-mail address"
    day = now.astimezone(desk.policy.zone).date().isoformat()
    rounds = tracking.round_of(override.status, shipment["rounds"], day)
    message_id = tracking.message_id(shipment["shipment_id"], "email", override.status, rounds)
    known = [row for row in outbox.messages_of(tx, shipment["shipment_id"]) if row["message_id"] == message_id]
    if known and not (known[0]["state"] == "superseded" and known[0]["superseded_by"] is None):
        return "nobody: this was told already"
    return "the customer, by e-mail"


def override(desk: Desk, query: str | ById, wanted: WantedOverride, which: str | None, now: datetime) -> Preview:
    """Set a status over the carrier's word; what it tells leaves after the time for *Undo*.

    Raises BadInput, NotFound or Ambiguous; a refused attempt is audited like one that succeeds.
    """

    def work(tx: Tx) -> Preview:
        checked = _checked_override(desk.settings, wanted, now)
        shipment = one_shipment(tx, query, which)
        seen = _preview(tx, desk, shipment, checked, now)
        corrections.record_override(tx, desk.policy, shipment, checked, now)
        detail = f"{seen.before} -> {checked.status}: {checked.reason}"
        ledger.write_audit(tx, now, wanted.by, "override", detail, about=shipment)
        return seen

    return _attempt(desk, Attempt("override", wanted.by, query, which, wanted.status), work, now)


def lift(desk: Desk, query: str | ById, which: str | None, by: str, now: datetime) -> tuple[Row, int]:
    """End an override; the parcel as it now stands, and how many untold messages were withdrawn."""

    def work(tx: Tx) -> tuple[Row, int]:
        shipment = one_shipment(tx, query, which)
        if shipment["override_id"] is None:
            raise NotFound(f"order {shipment['order_id']} has no override to lift")
        withdrawn = corrections.end_override(tx, desk.policy, shipment, f"lifted by {by}", now)
        ledger.write_audit(tx, now, by, "lift", f"{withdrawn} messages withdrawn", about=shipment)
        return orders.shipment(tx, shipment["shipment_id"]) or shipment, withdrawn

    return _attempt(desk, Attempt("lift", by, query, which), work, now)


def _checked_override(settings: Settings, wanted: WantedOverride, now: datetime) -> Override:
    if len(wanted.reason.strip()) < SHORTEST_REASON:
        raise BadInput("reason", f"it has fewer than {SHORTEST_REASON} characters", "Say what you know and from whom")
    if wanted.write_shop and not settings.vtex_account:
        raise BadInput("write-shop", "no shop is configured", "Set WISMO_VTEX_ACCOUNT, or leave it out")
    if not wanted.by.strip():
        raise BadInput("by", "nobody is named", "Say who decides this")
    word, moment = _checked_until(settings, wanted.until, now)
    return Override(
        override_id=secrets.token_hex(10),
        status=checked_status(wanted.status),
        reason=wanted.reason.strip(),
        by=wanted.by,
        at=now,
        until_word=word,
        until=moment,
        tell=wanted.tell,
        write_shop=wanted.write_shop,
    )


def _checked_until(settings: Settings, until: str, now: datetime) -> tuple[str, datetime | None]:
    if until in {"carrier", "lifted"}:
        return until, None
    try:
        moment = from_text(until)
    except (ValueError, OverflowError):
        remedy = "Write 2026-12-24, 2026-12-24T18:00, carrier or lifted"
        raise BadInput("until", f"{until!r} is no moment", remedy) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(settings.timezone))
    if moment <= now:
        raise BadInput("until", f"{until} is past", "Give a moment in the future")
    if moment > now + LONGEST_OVERRIDE:
        raise BadInput("until", f"{until} is more than a year ahead", "Use lifted for one that stays")
    return "moment", moment.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What somebody tries to correct."""

    action: str
    by: str
    query: str | ById
    which: str | None
    wish: str = ""


def _attempt(desk: Desk, attempt: Attempt, work: Callable[[Tx], T], now: datetime) -> T:
    """Do it, or leave a trace of who was refused what, and why."""
    try:
        done = desk.database.write(work)
    except (BadInput, NotFound) as fault:
        refusal = fault
        desk.database.write(lambda tx: _audit_refused(tx, attempt, refusal, now))
        raise
    desk.wake()
    return done


def _audit_refused(tx: Tx, attempt: Attempt, fault: WismoError, now: datetime) -> None:
    try:
        shipment: Row | None = one_shipment(tx, attempt.query, attempt.which)
    except WismoError:
        shipment = None
    reason = str(fault) if "@" not in str(attempt.query) else type(fault).__name__  # an audit names no addresses
    detail = ": ".join(filter(None, (attempt.wish[:40], reason)))
    ledger.write_audit(tx, now, attempt.by, attempt.action, detail, outcome="refused", about=shipment)
