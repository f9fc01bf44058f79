"""Another carrier or number for a parcel: a window with what is known, and what became of the parcel by it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from slack_bolt import Ack, BoltContext

from bot import blocks
from bot.actions import answers, cards, fields, override
from bot.actions.buttons import GONE, OLD
from bot.actions.form import changed, present
from bot.actions.origins import Origin, Origins, origin_of
from bot.actions.override import Body, View
from bot.actions.press import About, Place, Press
from bot.blocks import shapes
from bot.reader import reader_of
from bot.rights import may_correct
from bot.values import Message, Reader
from bot.words import _, outside, say, states
from relay.desk import correct
from relay.desk.find import ById
from relay.desk.parcels import Parcel, parcel, parcels_of
from relay.errors import BadInput, Changed, NotFound

if TYPE_CHECKING:
    from bot.app import Bot

CALLBACK: Final = "correct.submit"
LONGEST: Final = 200
FAULTS: Final = {
    "carrier": _("Write a short name, such as ups or correios."),
    "number": _("Write the number alone, as it stands on the label."),
}
SAME: Final = _("Nothing was changed: this is what is known already.")
NO_PARCEL: Final = _("Order %(order)s has no parcel yet. Its shop, or wismo add, brings one.")


@dataclass(frozen=True, slots=True)
class Track:
    """What was filled in."""

    carrier: str
    number: str


def opening(bot: "Bot", press: Press) -> View | Message:
    """The window, or why there is none."""
    if press.about is None:
        return blocks.note(OLD, press.reader)
    right = may_correct(bot, press.reader)
    if not right.allowed:
        return override.refuse(bot, press.reader, press.about, right)
    try:
        parcels = parcels_of(bot.desk, press.about.order_id)
    except NotFound:
        return blocks.note(GONE, press.reader)
    if not parcels:
        return blocks.note(NO_PARCEL, press.reader, order=press.about.order_id)
    meant = next((one for one in parcels if one.shipment_id == press.about.shipment_id), parcels[0])
    return draw(bot, press.reader, meant, Track(meant.carrier or "", meant.tracking_number or ""), press.place)


def draw(bot: "Bot", reader: Reader, meant: Parcel, filled: Track, place: Place, changes: Sequence[str] = ()) -> View:
    speak = say(reader.locale)
    notice = [shapes.section(changed(changes, reader))] if changes else []
    hint = speak(_("What is known of the new number applies at once. The customer is told of news only."))
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": Origin(meant.order_id, meant.seen, meant.shipment_id, place).as_text(),
        "title": shapes.plain_text(speak(_("Correct a parcel")), fields.TITLE),
        "submit": shapes.plain_text(speak(_("Correct")), fields.TITLE),
        "close": shapes.plain_text(speak(_("Cancel")), fields.TITLE),
        "blocks": [
            *notice,
            shapes.section("\n".join(present(meant, reader, bot.now()))),
            _line("carrier", speak(_("Carrier")), filled.carrier, meant),
            _line("number", speak(_("Tracking number")), filled.number, meant),
            shapes.context(hint),
        ],
    }


def _line(name: str, label: str, value: str, meant: Parcel) -> shapes.Element:
    """Under another name once the parcel is another: what was not touched shows the present then."""
    element = fields.line(f"correct.{name}", value[:LONGEST], longest=LONGEST)
    return fields.asked(fields.renamed(name, meant.seen.revision), label, element, optional=True)


# -- submitting --------------------------------------------------------------------------------------------------------


def submits(bot: "Bot", kept: Origins) -> Callable[..., None]:
    """A listener that corrects the parcel, answers in the window, and then draws the card anew."""

    def listen(ack: Ack, body: Body, context: BoltContext) -> None:
        view = body["view"]
        reader = reader_of(bot, context.user_id or "", context.team_id or "")
        origin = origin_of(view["private_metadata"])
        ack(**submit(bot, reader, view, origin))
        cards.redraw(bot, kept.place(view["id"], origin.place, bot.now()), origin.order_id, reader)

    return listen


def submit(bot: "Bot", reader: Reader, view: Body, origin: Origin) -> Mapping[str, Any]:
    right = may_correct(bot, reader)
    if not right.allowed:
        refusal = override.refuse(bot, reader, About(origin.order_id, origin.shipment_id), right)
        return override.replaced(answers.window(refusal.blocks, reader))
    state = view["state"]["values"]
    filled = Track(fields.text(state, "carrier").strip(), fields.text(state, "number").strip())
    try:
        _correct(bot, reader, filled, origin)
    except Changed as change:
        now = parcel(bot.desk, origin.shipment_id)
        return override.replaced(draw(bot, reader, now, _touched(filled, origin, now), origin.place, change.changes))
    except BadInput as fault:
        text = FAULTS.get(fault.field)
        where = fields.block_of(state, fault.field if text else "number")
        return _at(where, say(reader.locale)(text or SAME))
    except NotFound:
        return override.replaced(answers.window(blocks.note(GONE, reader).blocks, reader))
    return override.replaced(answers.window(_done(bot, reader, origin).blocks, reader))


def _touched(filled: Track, origin: Origin, now: Parcel) -> Track:
    """What was filled in, and what nobody touched as it is now."""
    return Track(
        carrier=now.seen.carrier if filled.carrier == origin.seen.carrier else filled.carrier,
        number=now.seen.number if filled.number == origin.seen.number else filled.number,
    )


def _correct(bot: "Bot", reader: Reader, filled: Track, origin: Origin) -> None:
    """Raises BadInput about ``same`` where nothing is new; what was emptied stays as it is."""
    carrier = filled.carrier if filled.carrier and filled.carrier != origin.seen.carrier else None
    number = filled.number if filled.number and filled.number != origin.seen.number else None
    if carrier is None and number is None:
        raise BadInput("same", "nothing to correct was given")
    correct.edit(
        bot.desk,
        ById(origin.shipment_id),
        carrier=carrier,
        number=number,
        which=None,
        by=reader.user_id,
        now=bot.now(),
        seen=origin.seen,
    )


def _at(name: str, text: str) -> Mapping[str, Any]:
    return {"response_action": "errors", "errors": {name: text}}


def _done(bot: "Bot", reader: Reader, origin: Origin) -> Message:
    corrected = parcel(bot.desk, origin.shipment_id)
    return blocks.note(
        _("Order %(order)s: the parcel is %(carrier)s %(number)s now, “%(status)s”."),
        reader,
        order=corrected.order_id,
        carrier=corrected.carrier_label or outside.Own(say(reader.locale)(_("carrier unknown"))),
        number=corrected.tracking_number or corrected.package,
        status=states.status(corrected.shown, corrected.kind, reader),
    )
