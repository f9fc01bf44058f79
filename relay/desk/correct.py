"""What a person may add and correct; every attempt is audited, refused ones too."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from email_validator import EmailNotValidError, validate_email

from relay import tracking
from relay.database import Row, Tx
from relay.desk import Desk
from relay.desk.find import one_shipment
from relay.errors import BadInput, NotFound, WismoError
from relay.intake import corrections, parcels
from relay.intake.parcels import Parcel
from relay.model import Override, Status, from_text, optional_text, to_text
from relay.settings import Settings
from relay.store import ledger, orders, outbox

SHORTEST_REASON = 10
LOCALES = {"pt-br": "pt-BR", "pt": "pt-BR", "es": "es", "en": "en"}
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
    order_id = _required("order", given.order)
    fields = {
        "email": checked_email(given.email),
        "customer_name": given.name,
        "locale": checked_locale(given.locale),
        "promised_at": checked_date("promised", given.promised),
        "ordered_at": checked_date("ordered", given.ordered),
    }
    parcel = Parcel(
        carrier=given.carrier,
        tracking_number=_checked_number(given.number),
        package=given.package,
        tracking_url=_checked_url(given.url),
    )
    if given.carrier and not (given.number or given.package):
        raise BadInput(
            "number", "a carrier without a parcel", "Add --number, or --package for one without a number yet"
        )
    order, shipment = desk.database.write(
        lambda tx: parcels.record_order(tx, desk.policy, order_id, fields, parcel, now, shop=SHOP)
    )
    desk.wake()
    return order, shipment


def edit(
    desk: Desk, query: str, *, carrier: str | None, number: str | None, which: str | None, by: str, now: datetime
) -> Row:
    """Correct a parcel's carrier or number; what is known of the new track applies at once."""
    if not carrier and not number:
        raise BadInput("carrier", "nothing to correct was given", "Give --carrier SLUG or --number N")
    wanted = _checked_number(number)

    def work(tx: Tx) -> Row:
        shipment = one_shipment(tx, query, which)
        new_carrier = carrier or shipment["carrier"]
        new_number = wanted or shipment["tracking_number"]
        parcels.reassign(tx, desk.policy, shipment["shipment_id"], new_carrier, new_number, now)
        detail = f"{shipment['carrier']}/{shipment['tracking_number']} -> {new_carrier}/{new_number}"
        _audit(tx, shipment, by, "edit", "done", detail, now)
        return orders.shipment(tx, shipment["shipment_id"]) or shipment

    corrected = desk.database.write(work)
    desk.wake()
    return corrected


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


def preview(desk: Desk, query: str, wanted: WantedOverride, which: str | None, now: datetime) -> Preview:
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
        writes_shop="no",
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


def override(desk: Desk, query: str, wanted: WantedOverride, which: str | None, now: datetime) -> Preview:
    """Set a status over the carrier's word; what it tells leaves after the time for *Undo*.

    Raises BadInput, NotFound or Ambiguous; a refused attempt is audited like one that succeeds.
    """

    def work(tx: Tx) -> Preview:
        checked = _checked_override(desk.settings, wanted, now)
        shipment = one_shipment(tx, query, which)
        seen = _preview(tx, desk, shipment, checked, now)
        corrections.record_override(tx, desk.policy, shipment, checked, now)
        _audit(tx, shipment, wanted.by, "override", "done", f"{seen.before} -> {checked.status}: {checked.reason}", now)
        return seen

    try:
        done = desk.database.write(work)
    except (BadInput, NotFound) as fault:
        _audit_refused(desk, query, which, wanted, fault, now)
        raise
    desk.wake()
    return done


def lift(desk: Desk, query: str, which: str | None, by: str, now: datetime) -> tuple[Row, int]:
    """End an override; the parcel as it now stands, and how many untold messages were withdrawn."""

    def work(tx: Tx) -> tuple[Row, int]:
        shipment = one_shipment(tx, query, which)
        if shipment["override_id"] is None:
            raise BadInput("query", f"order {shipment['order_id']} has no override to lift")
        withdrawn = corrections.end_override(tx, desk.policy, shipment, f"lifted by {by}", now)
        _audit(tx, shipment, by, "lift", "done", f"{withdrawn} messages withdrawn", now)
        return orders.shipment(tx, shipment["shipment_id"]) or shipment, withdrawn

    done = desk.database.write(work)
    desk.wake()
    return done


def _checked_override(settings: Settings, wanted: WantedOverride, now: datetime) -> Override:
    if len(wanted.reason.strip()) < SHORTEST_REASON:
        raise BadInput("reason", f"it has fewer than {SHORTEST_REASON} characters", "Say what you know and from whom")
    if wanted.write_shop and not settings.vtex_account:
        raise BadInput("write-shop", "no shop is configured", "Set WISMO_VTEX_ACCOUNT, or leave --write-shop out")
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
    except ValueError:
        remedy = "Write 2026-12-24, 2026-12-24T18:00, carrier or lifted"
        raise BadInput("until", f"{until!r} is no moment", remedy) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(settings.timezone))
    if moment <= now:
        raise BadInput("until", f"{until} is past", "Give a moment in the future")
    return "moment", moment


def _audit(tx: Tx, shipment: Row | None, by: str, action: str, outcome: str, detail: str, now: datetime) -> None:
    ledger.write_audit(
        tx,
        audit_id=secrets.token_hex(10),
        at=now,
        actor=by,
        action=action,
        outcome=outcome,
        detail=detail,
        shipment=shipment,
    )


def _audit_refused(
    desk: Desk, query: str, which: str | None, wanted: WantedOverride, fault: WismoError, now: datetime
) -> None:
    reason = str(fault) if "@" not in query else type(fault).__name__  # an audit names no addresses

    def work(tx: Tx) -> None:
        try:
            shipment: Row | None = one_shipment(tx, query, which)
        except WismoError:
            shipment = None
        _audit(tx, shipment, wanted.by, "override", "refused", f"{wanted.status[:40]}: {reason}", now)

    desk.database.write(work)


# -- what people type --------------------------------------------------------------------------------------------------


def checked_status(text: str) -> Status:
    plain = text.strip().lower().replace("-", "_").replace(" ", "_")
    known = [status.value for status in Status if status is not Status.UNKNOWN]
    if plain not in known:
        raise BadInput("status", f"{text!r} is no status", f"Use one of: {', '.join(known)}")
    return Status(plain)


def checked_email(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError as fault:
        raise BadInput("email", f"{text!r} is no e-mail address ({fault})") from None


def checked_locale(text: str | None) -> str | None:
    if text is None:
        return None
    plain = text.replace("_", "-").lower()
    found = LOCALES.get(plain) or LOCALES.get(plain.partition("-")[0])
    if not found:
        raise BadInput("locale", f"{text!r} is not a language of Wismo", "Use pt-BR, es or en")
    return found


def checked_date(field: str, text: str | None) -> str | None:
    """A date as it is, a moment in UTC."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    try:
        moment = from_text(text)
    except ValueError:
        raise BadInput(field, f"{text!r} is no date", "Write 2026-12-24 or 2026-12-24T18:00:00-03:00") from None
    if moment.tzinfo is None:
        raise BadInput(field, f"{text!r} has no UTC offset", "Add one, such as -03:00, or give the date alone")
    return to_text(moment)


def _checked_number(text: str | None) -> str | None:
    if text is None:
        return None
    if not parcels.lookup_key(text):
        raise BadInput("number", "it is empty", "Leave the option out while there is no tracking number")
    return text.strip()


def _checked_url(text: str | None) -> str | None:
    if text is not None and not text.startswith(("https://", "http://")):
        raise BadInput("url", f"{text!r} is no web address", "It starts with https://")
    return text


def _required(field: str, text: str) -> str:
    if not text.strip():
        raise BadInput(field, "it is empty")
    return text.strip()
