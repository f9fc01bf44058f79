"""What a person may add and correct; every attempt is audited, refused ones too."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TypeVar

from relay import tracking
from relay.database import Row, Tx
from relay.desk import Desk
from relay.desk.effects import Effects, effects, mail_in_words, others_waiting, shop_in_words, waiting
from relay.desk.find import ById, one_shipment, shipment_with_id
from relay.desk.parcels import Change, Parcel, Seen, parcel_of
from relay.desk.typed import checked_carrier, checked_entry, checked_key
from relay.desk.wanted import WantedOverride, check_proof, check_reason, checked_override, override_of
from relay.errors import BadInput, Changed, NotFound, WismoError
from relay.intake import corrections, parcels
from relay.model import Kind, Override, Status, carrier_slug, optional_text
from relay.store import couriers, ledger, orders, watches
from relay.store.rehearsal import rehearse

T = TypeVar("T")

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
    desk: Desk,
    query: str | ById,
    *,
    carrier: str | None,
    number: str | None,
    which: str | None,
    by: str,
    now: datetime,
    seen: Seen | None = None,
) -> Row:
    """Correct a parcel's carrier or number; what is known of the new track applies at once.

    Raises Changed if these are not what was ``seen``.
    """

    def work(tx: Tx) -> Row:
        if carrier is None and number is None:
            raise BadInput("carrier", "nothing to correct was given", "Give --carrier SLUG or --number N")
        new_carrier = carrier_slug(checked_carrier(carrier)) if carrier is not None else None
        new_number = checked_key("number", number) if number is not None else None
        shipment = one_shipment(tx, query, which)
        if seen and Change.TRACK in parcel_of(tx, shipment).changes_since(seen):
            raise Changed(f"order {shipment['order_id']} is not as it was seen", [Change.TRACK])
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
class Preview:
    """What an override changes, found by making it: what was only previewed is taken back."""

    order_id: str
    tracking_number: str | None
    kind: Kind
    before: Status
    after: Status
    carrier_status: Status
    until: str
    effects: Effects
    effects_at: datetime  #: until then *Undo* costs nothing
    override_id: str = ""
    shipment_id: str = ""
    replaces: Override | None = None  #: an earlier one, which ends with it

    @property
    def tells(self) -> str:
        return mail_in_words(self.effects.mail)

    @property
    def writes_shop(self) -> str:
        return shop_in_words(self.effects.shop)


def preview(desk: Desk, query: str | ById, wanted: WantedOverride, which: str | None, now: datetime) -> Preview:
    override = checked_override(desk.settings, wanted, now)
    return _rehearsed(desk, query, override, which, now)


def outlook(desk: Desk, query: str | ById, wanted: WantedOverride, which: str | None, now: datetime) -> Preview:
    """The preview of an override whose reason is still to be given."""
    return _rehearsed(desk, query, override_of(desk.settings, wanted, now), which, now)


def _rehearsed(desk: Desk, query: str | ById, override: Override, which: str | None, now: datetime) -> Preview:
    def work(tx: Tx) -> Preview:
        shipment = one_shipment(tx, query, which)
        return rehearse(tx, lambda: _put_in_force(tx, desk, shipment, override, now))

    return desk.database.write(work)


def _put_in_force(tx: Tx, desk: Desk, shipment: Row, override: Override, now: datetime) -> Preview:
    waited = waiting(tx, shipment)
    replaced = ledger.override(tx, shipment["override_id"])
    corrections.record_override(tx, desk.policy, shipment, override, now)
    now_shown = orders.shipment(tx, shipment["shipment_id"]) or shipment
    return Preview(
        order_id=shipment["order_id"],
        tracking_number=shipment["tracking_number"],
        kind=Kind(shipment["kind"]),
        before=Status(shipment["shown_status"]),
        after=Status(now_shown["shown_status"]),
        carrier_status=Status(shipment["status"]),
        until=optional_text(override.until) or override.until_word,
        effects=effects(tx, desk, now_shown, override, waited),
        effects_at=now + tracking.undo_window(override.status),
        override_id=override.override_id,
        shipment_id=shipment["shipment_id"],
        replaces=replaced,
    )


def override(desk: Desk, query: str | ById, wanted: WantedOverride, which: str | None, now: datetime) -> Preview:
    """Set a status over the carrier's word; what it tells leaves after the time for *Undo*.

    Raises BadInput, NotFound, Ambiguous or Changed; a refused attempt is audited like one that succeeds.
    """

    def work(tx: Tx) -> Preview:
        checked = checked_override(desk.settings, wanted, now)
        shipment = one_shipment(tx, query, which)
        known = watches.override(tx, checked.override_id)  # after the parcel, so that what it shows is no news
        if known:
            return _as_done(tx, desk, known)
        _check_seen(parcel_of(tx, shipment), wanted)
        done = _put_in_force(tx, desk, shipment, checked, now)
        detail = f"{done.before} -> {checked.status}: {checked.reason}"
        ledger.write_audit(tx, now, wanted.by, "override", detail, about=shipment)
        if wanted.thread:
            watches.answer_override_in(tx, checked.override_id, wanted.thread)
        return done

    return _attempt(desk, Attempt("override", wanted.by, query, which, wanted.status), work, now)


def faults_in(desk: Desk, query: str | ById, wanted: WantedOverride, now: datetime) -> Sequence[BadInput]:
    """All that is wrong with a wish, of which :func:`override` raises the first. Raises NotFound."""
    with desk.database.read() as tx:
        parcel = parcel_of(tx, one_shipment(tx, query))
    checks: Sequence[Callable[[], object]] = (
        lambda: check_reason(wanted),
        lambda: override_of(desk.settings, wanted, now),
        lambda: check_proof(parcel, wanted),
    )
    found = {fault.field: fault for fault in map(_fault_of, checks) if fault}
    return list(found.values())


def _fault_of(check: Callable[[], object]) -> BadInput | None:
    try:
        check()
    except BadInput as fault:
        return fault
    return None


def _check_seen(parcel: Parcel, wanted: WantedOverride) -> None:
    """Raises Changed if the parcel is not as it was seen, BadInput if another one may be meant."""
    changes = parcel.changes_since(wanted.seen) if wanted.seen else ()
    if changes:
        raise Changed(f"order {parcel.order_id} is not as it was seen", changes)
    check_proof(parcel, wanted)


def _as_done(tx: Tx, desk: Desk, known: Row) -> Preview:
    """What an override did that is in force already."""
    shipment = shipment_with_id(tx, known["shipment_id"])
    standing = ledger.override(tx, known["override_id"])
    if standing is None:
        raise LookupError(known["override_id"])
    return Preview(
        order_id=shipment["order_id"],
        tracking_number=shipment["tracking_number"],
        kind=Kind(shipment["kind"]),
        before=Status(shipment["status"]),
        after=Status(shipment["shown_status"]),
        carrier_status=Status(shipment["status"]),
        until=optional_text(standing.until) or standing.until_word,
        effects=effects(tx, desk, shipment, standing, others_waiting(tx, shipment, standing)),
        effects_at=standing.at + tracking.undo_window(standing.status),
        override_id=standing.override_id,
        shipment_id=shipment["shipment_id"],
    )


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
    except (BadInput, NotFound, Changed) as fault:
        refusal: WismoError = fault
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


def refuse(desk: Desk, query: str | ById, action: str, by: str, why: str, now: datetime) -> None:
    """Leave a trace of somebody who may not do what they tried."""
    attempt = Attempt(action, by, query, None)
    desk.database.write(lambda tx: _audit_refused(tx, attempt, WismoError(why), now))


def note_missing(desk: Desk, query: str | ById, by: str, now: datetime) -> None:
    """Leave a trace that the customer says that what is shown as delivered did not reach them."""

    def work(tx: Tx) -> None:
        shipment = one_shipment(tx, query)
        if shipment["shown_status"] == Status.DELIVERED:
            ledger.write_audit(tx, now, by, "not received", "the customer did not receive it", about=shipment)

    desk.database.write(work)
