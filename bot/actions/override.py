"""A status set by hand: the window is opened, drawn anew as it is filled in, and checked again when it is submitted."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import structlog
from slack_bolt import Ack, BoltContext
from slack_sdk.errors import SlackApiError

from bot import blocks
from bot.actions import answers, cards, form
from bot.actions.buttons import GONE, OLD
from bot.actions.form import Form, Shown
from bot.actions.origins import Origin, Origins, origin_of
from bot.actions.press import About, Place, Press, press_of
from bot.blocks import shapes
from bot.people import said
from bot.reader import reader_of
from bot.rights import Right, may_correct
from bot.values import Block, Message, Reader
from bot.words import _, say
from relay.desk import correct
from relay.desk.correct import Preview
from relay.desk.find import ById
from relay.desk.parcels import Parcel, parcel, parcels_of
from relay.desk.wanted import WantedOverride
from relay.desk.watching import Thread
from relay.errors import BadInput, Changed, NotFound, Unavailable
from relay.model import Status

if TYPE_CHECKING:
    from bot.app import Bot

Body = Mapping[str, Any]
View = dict[str, Any]
log = structlog.get_logger()

CHOOSE: Final = _("Choose a status to see what would happen.")
CHOOSE_MOMENT: Final = _("Choose until when, a moment in the future, to see what would happen.")
NO_OUTLOOK: Final = _("What would happen cannot be said at the moment; it is checked again when you submit.")
NO_PARCEL: Final = _("Order %(order)s has no parcel yet whose status could be set.")


# -- opening -----------------------------------------------------------------------------------------------------------


def opens(bot: "Bot", kept: Origins, status_of: Callable[[Parcel], Status | None]) -> Callable[..., None]:
    """A listener that opens the window, with the status that the button is about."""

    def listen(ack: Ack, body: Body, context: BoltContext) -> None:
        press = press_of(bot, body, context)
        opened = opening(bot, press, status_of)
        ack()
        show(bot, kept, press, opened)

    return listen


def open_window(bot: "Bot", press: Press) -> None:
    """For a command, which is acknowledged before; there is no card then that were to be drawn anew."""
    show(bot, Origins(), press, opening(bot, press, chosen_by_none))


def chosen_by_none(_parcel: Parcel) -> Status | None:
    return None


def opening(bot: "Bot", press: Press, status_of: Callable[[Parcel], Status | None]) -> View | Message:
    """The window, or why there is none."""
    if press.about is None:
        return blocks.note(OLD, press.reader)
    right = may_correct(bot, press.reader)
    if not right.allowed:
        return refuse(bot, press.reader, press.about, right)
    try:
        parcels = parcels_of(bot.desk, press.about.order_id)
    except NotFound:
        return blocks.note(GONE, press.reader)
    if not parcels:
        return blocks.note(NO_PARCEL, press.reader, order=press.about.order_id)
    meant = next((one for one in parcels if one.shipment_id == press.about.shipment_id), parcels[0])
    filled = Form(meant.shipment_id, status_of(meant))
    return draw(bot, press.reader, filled, parcels, press.place)


def refuse(bot: "Bot", reader: Reader, about: About, right: Right) -> Message:
    """Say who may, and leave a trace of who tried."""
    meant = ById(about.shipment_id) if about.shipment_id else about.order_id
    correct.refuse(bot.desk, meant, "override", reader.user_id, "no right to correct", bot.now())
    return blocks.refused(right, reader)


def show(bot: "Bot", kept: Origins, press: Press, opened: View | Message) -> None:
    if isinstance(opened, Message):
        answers.privately(bot, press, opened)
        return
    call = bot.client.views_push if press.place.view_type == "modal" else bot.client.views_open
    shown = call(trigger_id=press.trigger_id, view=opened)
    kept.keep(str(shown["view"]["id"]), press.place.response_url, bot.now())


# -- drawing -----------------------------------------------------------------------------------------------------------


def draw(
    bot: "Bot",
    reader: Reader,
    filled: Form,
    parcels: Sequence[Parcel],
    place: Place,
    changes: Sequence[str] = (),
) -> View:
    meant = next(one for one in parcels if one.shipment_id == filled.shipment_id)
    origin = Origin(meant.order_id, meant.seen, meant.shipment_id, place)
    shown = Shown(parcels, outlook(bot, reader, filled), changes, has_shop=bool(bot.settings.vtex_account))
    return form.view(filled, shown, origin.as_text(), reader, bot.now())


def outlook(bot: "Bot", reader: Reader, filled: Form) -> Sequence[Block]:
    """What a submission would do, found by doing it and taking it back."""
    if filled.status is None:
        return [shapes.section(say(reader.locale)(CHOOSE))]
    wanted = wish(filled, reader, "", "")
    try:
        seen = correct.outlook(bot.desk, ById(filled.shipment_id), wanted, None, bot.now())
    except BadInput:
        return [shapes.section(say(reader.locale)(CHOOSE_MOMENT))]
    except Unavailable:
        return [shapes.section(say(reader.locale)(NO_OUTLOOK))]
    return blocks.preview(seen, reader, bot.now())


def wish(filled: Form, reader: Reader, key: str, thread: str) -> WantedOverride:
    return WantedOverride(
        status=filled.status.value if filled.status else "",
        reason=filled.reason,
        by=reader.user_id,
        by_name=reader.name,
        until=filled.until,
        tell=filled.tell,
        write_shop=filled.write_shop,
        proof=filled.proof,
        key=key,
        thread=thread,
    )


def redraws(bot: "Bot") -> Callable[..., None]:
    """A listener that draws the window anew with what was filled in so far."""

    def listen(ack: Ack, body: Body, context: BoltContext) -> None:
        view = body["view"]
        reader = reader_of(bot, context.user_id or "", context.team_id or "")
        shown = _anew(bot, reader, view)
        ack()
        try:
            bot.client.views_update(view_id=view["id"], hash=view["hash"], view=shown)
        except SlackApiError as error:
            if said(error) != "hash_conflict":
                raise
            log.debug("a newer choice draws the window")

    return listen


def _anew(bot: "Bot", reader: Reader, view: Body) -> View:
    origin = origin_of(view["private_metadata"])
    filled = form.read(view["state"]["values"], origin.shipment_id)
    if filled.shipment_id != origin.shipment_id:
        return _about(bot, reader, form.of_another(filled), origin)
    changes = parcel(bot.desk, filled.shipment_id).changes_since(origin.seen)
    return _about(bot, reader, filled, origin, changes)


def _about(bot: "Bot", reader: Reader, filled: Form, origin: Origin, changes: Sequence[str] = ()) -> View:
    return draw(bot, reader, filled, parcels_of(bot.desk, origin.order_id), origin.place, changes)


# -- submitting --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Done:
    """What a submission is answered with."""

    answer: Mapping[str, Any]  #: for Slack: errors at their inputs, or another window
    preview: Preview | None = None  #: what was set, where something was


def submits(bot: "Bot", kept: Origins) -> Callable[..., None]:
    """A listener that sets the status, answers in the window, and then draws the card anew."""

    def listen(ack: Ack, body: Body, context: BoltContext) -> None:
        view = body["view"]
        reader = reader_of(bot, context.user_id or "", context.team_id or "")
        origin = origin_of(view["private_metadata"])
        done = submit(bot, reader, view, origin)
        ack(**done.answer)
        if done.preview:
            cards.redraw(bot, kept.place(view["id"], origin.place, bot.now()), origin.order_id, reader)

    return listen


def submit(bot: "Bot", reader: Reader, view: Body, origin: Origin) -> Done:
    filled = form.read(view["state"]["values"], origin.shipment_id)
    right = may_correct(bot, reader)
    if not right.allowed:
        about = About(origin.order_id, filled.shipment_id)
        return Done(replaced(answers.window(refuse(bot, reader, about, right).blocks, reader)))
    try:
        done = _set(bot, reader, view, filled, origin)
    except Changed as change:
        return Done(replaced(_about(bot, reader, filled, origin, change.changes)))
    except BadInput as fault:
        return Done(_faults(bot, reader, view, filled, origin, fault))
    except NotFound:
        return Done(replaced(answers.window(blocks.note(GONE, reader).blocks, reader)))
    shown = blocks.confirmation(done, reader, bot.now())
    return Done(replaced(answers.window(shown.blocks, reader) | {"private_metadata": origin.as_text()}), done)


def _set(bot: "Bot", reader: Reader, view: Body, filled: Form, origin: Origin) -> Preview:
    """Once for each window, however often it is submitted."""
    wanted = wish(filled, reader, f"slack/{reader.team_id}/{view['id']}", _thread(reader, origin.place))
    if filled.shipment_id == origin.shipment_id:
        wanted = replace(wanted, seen=origin.seen)
    return correct.override(bot.desk, ById(filled.shipment_id), wanted, None, bot.now())


def _thread(reader: Reader, place: Place) -> str:
    """Where whoever sets it is told when the carrier says otherwise: in the thread, else in person."""
    return str(Thread(place.channel, place.thread) if place.channel and place.thread else Thread(reader.user_id))


def _faults(bot: "Bot", reader: Reader, view: Body, filled: Form, origin: Origin, fault: BadInput) -> Mapping[str, Any]:
    """Each at the input that it is about; where the window has not got that yet, it is drawn anew with it."""
    found = correct.faults_in(bot.desk, ById(filled.shipment_id), wish(filled, reader, "", ""), bot.now())
    errors = {block: text for one in found or [fault] for block, text in form.faults(one, filled, reader).items()}
    there = {block["block_id"] for block in view["blocks"]}
    if errors.keys() <= there:
        return {"response_action": "errors", "errors": errors}
    return replaced(_about(bot, reader, filled, origin))


def replaced(view: View) -> Mapping[str, Any]:
    return {"response_action": "update", "view": view}
