"""The window in which a status is set by hand: what it asks, what was filled in, and where faults are shown."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from bot.actions import fields
from bot.blocks import shapes
from bot.blocks.parcel import until_in_words
from bot.values import Block, Reader
from bot.words import _, moments, outside, say, states
from bot.words.outside import as_mrkdwn
from relay.desk.parcels import Change, Parcel
from relay.errors import BadInput
from relay.model import Status, to_text

CALLBACK: Final = "override.submit"
LONGEST_REASON: Final = 1000
#: What may be set, the likeliest first.
STATUSES: Final = (
    Status.DELIVERED,
    Status.OUT_FOR_DELIVERY,
    Status.IN_TRANSIT,
    Status.ATTEMPTED,
    Status.AVAILABLE_FOR_PICKUP,
    Status.EXCEPTION,
    Status.RETURNING,
    Status.RETURNED,
    Status.CANCELLED,
    Status.INFO_RECEIVED,
    Status.PENDING,
    Status.EXPIRED,
)
UNTIL: Final = {
    "carrier": _("The carrier says otherwise, later than this"),
    "lifted": _("Somebody lifts it"),
    "moment": _("A moment"),
}
TELL, WRITE = "tell", "write"
#: Where a fault of the desk's is shown, and how it is worded there.
FAULTS: Final[Mapping[str, tuple[str, str]]] = {
    "reason": ("reason", _("At least 10 characters: what you know, and from whom.")),
    "status": ("status", _("Choose a status.")),
    "until": ("moment", _("Choose a moment in the future, at most a year ahead.")),
    "proof": ("proof", _("The number of this parcel ends otherwise. Is it the parcel you mean?")),
    "write-shop": ("effects", _("No shop is configured.")),
}


@dataclass(frozen=True, slots=True)
class Form:
    """What was filled in so far."""

    shipment_id: str
    status: Status | None = None
    reason: str = ""
    until_word: str = "carrier"
    until_at: datetime | None = None
    tell: bool = False
    write_shop: bool = False
    proof: str = ""

    @property
    def until(self) -> str:
        """As the desk reads it; "" while a moment is still to be chosen."""
        if self.until_word != "moment":
            return self.until_word
        return to_text(self.until_at) if self.until_at else ""

    @property
    def asks_proof(self) -> bool:
        return self.status is Status.DELIVERED


def read(state: fields.State, shipment_id: str) -> Form:
    """``shipment_id`` is the parcel that the window was about, where it asks for none."""
    status, moment = fields.chosen(state, "status"), fields.moment(state, "moment")
    effects = fields.all_chosen(state, "effects")
    return Form(
        shipment_id=fields.chosen(state, "parcel") or shipment_id,
        status=Status(status) if status in STATUSES else None,
        reason=fields.text(state, "reason"),
        until_word=fields.chosen(state, "until") or "carrier",
        until_at=datetime.fromtimestamp(moment, UTC) if moment else None,
        tell=TELL in effects,
        write_shop=WRITE in effects,
        proof=fields.text(state, "proof"),
    )


# -- drawing -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shown:
    """What the window shows beside what it asks."""

    parcels: Sequence[Parcel]  #: those of the order
    outlook: Sequence[Block]  #: what a submission would do
    changes: Sequence[str] = ()  #: what is not as it was when the window was drawn last
    has_shop: bool = False  #: whether there is a shop to be told


def view(form: Form, shown: Shown, metadata: str, reader: Reader, now: datetime) -> dict[str, Any]:
    speak = say(reader.locale)
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": metadata,
        "title": shapes.plain_text(speak(_("Set a status")), fields.TITLE),
        "submit": shapes.plain_text(speak(_("Set")), fields.TITLE),
        "close": shapes.plain_text(speak(_("Cancel")), fields.TITLE),
        "blocks": [*_blocks(form, shown, reader, now)],
    }


def _blocks(form: Form, shown: Shown, reader: Reader, now: datetime) -> Iterator[Block]:
    parcel = next(one for one in shown.parcels if one.shipment_id == form.shipment_id)
    if shown.changes:
        yield shapes.section(changed(shown.changes, reader))
    yield shapes.section("\n".join(present(parcel, reader, now)))
    if len(shown.parcels) > 1:
        yield _parcel(form, shown.parcels, reader)
    yield _status(form, parcel, reader)
    if form.asks_proof:
        yield _proof(form, parcel, reader)
    yield _reason(form, reader)
    yield _until(form, reader)
    if form.until_word == "moment":
        yield _moment(form, reader)
    yield _effects(form, shown, reader)
    yield shapes.divider()
    yield from shown.outlook


def present(parcel: Parcel, reader: Reader, now: datetime) -> Iterator[str]:
    """What the parcel shows now, and by whose word."""
    speak = say(reader.locale)
    yield speak(_("Order %(order)s, %(carrier)s %(number)s: “%(status)s”.")) % {
        "order": outside.mrkdwn(parcel.order_id, outside.PLACE),
        "carrier": outside.mrkdwn(parcel.carrier_label or speak(_("carrier unknown")), outside.PLACE),
        "number": outside.mrkdwn(parcel.tracking_number or parcel.package, outside.PLACE),
        "status": states.status(parcel.shown, parcel.kind, reader),
    }
    if parcel.override:
        override = parcel.override
        yield speak(_("%(who)s set it to “%(status)s” %(ago)s, %(until)s. Reason: “%(reason)s”")) % {
            "who": as_mrkdwn(outside.user(override.by)),
            "status": states.status(override.status, parcel.kind, reader),
            "ago": moments.ago(override.at, now, reader),
            "until": until_in_words(override.until, override.until_word, reader, now),
            "reason": outside.mrkdwn(override.reason, outside.LINE),
        }
        carrier = states.status(parcel.status, parcel.kind, reader)
        yield speak(_("The carrier says “%(carrier)s”.")) % {"carrier": carrier}
    if parcel.held:
        held = outside.mrkdwn(states.told(parcel.held, states.HELD, reader))
        yield speak(_("A delivery waits for a second word: %(why)s. What you set here settles it.")) % {"why": held}


CHANGES: Final = {
    Change.TRACK: _("it has another carrier or number"),
    Change.OVERRIDE: _("somebody set its status, or took that back"),
    Change.STATUS: _("the carrier says something else"),
    Change.HELD: _("a delivery began or ceased to wait for a second word"),
}


def changed(changes: Sequence[str], reader: Reader) -> str:
    speak = say(reader.locale)
    what = "; ".join(speak(CHANGES[Change(change)]) for change in changes)
    text = speak(_("This changed since you opened the window: %(what)s. Nothing was set. Look again, then decide."))
    return f"*{text % {'what': what}}*"


# -- what it asks ------------------------------------------------------------------------------------------------------


def _parcel(form: Form, parcels: Sequence[Parcel], reader: Reader) -> Block:
    options = [(_name(parcel, reader), parcel.shipment_id) for parcel in parcels[: fields.MOST_OPTIONS]]
    element = fields.select("override.parcel", options, form.shipment_id)
    return fields.asked("parcel", say(reader.locale)(_("Which parcel")), element, tells=True)


def _name(parcel: Parcel, reader: Reader) -> str:
    status = states.status(parcel.shown, parcel.kind, reader)
    return outside.plain(f"{parcel.carrier_label} {parcel.tracking_number or parcel.package}: {status}", shapes.OPTION)


def _status(form: Form, parcel: Parcel, reader: Reader) -> Block:
    options = [(states.capital(states.status(status, parcel.kind, reader)), status.value) for status in STATUSES]
    element = fields.select("override.status", options, form.status.value if form.status else "")
    return fields.asked("status", say(reader.locale)(_("Status")), element, tells=True)


def _proof(form: Form, parcel: Parcel, reader: Reader) -> Block:
    speak = say(reader.locale)
    label = _("Last 4 characters of the tracking number")
    if parcel.tracking_number is None:
        label = _("Last 4 characters of the invoice")
    element = fields.line("override.proof", form.proof, longest=40)
    hint = speak(_("So that no other parcel is meant. Type them from the label, the customer's message or the card."))
    return fields.asked("proof", speak(label), element, hint=hint)


def _reason(form: Form, reader: Reader) -> Block:
    speak = say(reader.locale)
    element = fields.lines("override.reason", form.reason, longest=LONGEST_REASON)
    return fields.asked("reason", speak(_("Reason")), element, hint=speak(_("What you know, and from whom.")))


def _until(form: Form, reader: Reader) -> Block:
    speak = say(reader.locale)
    options = [(speak(text), word) for word, text in UNTIL.items()]
    element = fields.select("override.until", options, form.until_word)
    return fields.asked("until", speak(_("Until")), element, tells=True)


def _moment(form: Form, reader: Reader) -> Block:
    at = int(form.until_at.timestamp()) if form.until_at else None
    element = {"type": "datetimepicker", "action_id": "override.moment"}
    label = say(reader.locale)(_("Until when"))
    return fields.asked("moment", label, element | ({"initial_date_time": at} if at else {}), tells=True)


def _effects(form: Form, shown: Shown, reader: Reader) -> Block:
    speak = say(reader.locale)
    options = [(speak(_("Tell the customer")), TELL)]
    if shown.has_shop:
        options.append((speak(_("Write to the shop")), WRITE))
    chosen = [word for word, is_on in ((TELL, form.tell), (WRITE, form.write_shop)) if is_on]
    element = fields.checkboxes("override.effects", options, chosen)
    return fields.asked("effects", speak(_("Also")), element, tells=True, optional=True)


def faults(fault: BadInput, form: Form, reader: Reader) -> Mapping[str, str]:
    """The fault at the input that it is about."""
    block, text = FAULTS.get(fault.field, ("reason", ""))
    if block == "moment" and form.until_word != "moment":
        block = "until"
    return {block: say(reader.locale)(text) if text else outside.plain(str(fault))}


def of_another(form: Form) -> Form:
    """Another parcel has another number."""
    return replace(form, proof="")
