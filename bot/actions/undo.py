"""An override taken back: that of a confirmation, or the one that a card showed; and none that was set since."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from slack_bolt import Ack, BoltContext

from bot import blocks
from bot.actions import answers, buttons, cards
from bot.actions.origins import Origins, origin_of
from bot.actions.override import Body, refuse
from bot.actions.press import About, Press, press_of
from bot.rights import may_correct
from bot.values import Message
from bot.words import _
from relay.desk import undo
from relay.desk.parcels import parcel
from relay.errors import NotFound

if TYPE_CHECKING:
    from bot.app import Bot

STALE: Final = _("The parcel changed since this card was drawn. It is drawn anew; press again if you still want to.")
NONE: Final = _("There is no override to take back.")


def undoes(bot: "Bot", kept: Origins, take_back: buttons.Work) -> Callable[..., None]:
    """A listener that takes an override back, says what that withdrew, and draws the card anew."""

    def listen(ack: Ack, body: Body, context: BoltContext) -> None:
        press = press_of(bot, body, context)
        message = buttons.answer_of(bot, take_back, press)
        ack()
        _tell(bot, press, message, body)
        _redraw(bot, kept, press, body)

    return listen


def _tell(bot: "Bot", press: Press, message: Message, body: Body) -> None:
    """In the window where it was pressed, in the place of what stood there; else privately."""
    if press.place.view_type != "modal":
        answers.privately(bot, press, message)
        return
    origin = {"private_metadata": body["view"].get("private_metadata") or ""}
    bot.client.views_update(view_id=press.place.view_id, view=answers.window(message.blocks, press.reader) | origin)


def _redraw(bot: "Bot", kept: Origins, press: Press, body: Body) -> None:
    if press.about is None:
        return
    place = press.place
    if place.view_type == "modal" and body["view"].get("private_metadata"):
        place = kept.place(place.view_id, origin_of(body["view"]["private_metadata"]).place, bot.now())
    try:
        cards.redraw(bot, place, press.about.order_id, press.reader)
    except NotFound:  # whoever pressed was told
        return


def undo_seen(bot: "Bot", press: Press, about: About) -> Message:
    """While nothing of it has left; else what has, and how to end it all the same."""
    right = may_correct(bot, press.reader)
    if not right.allowed:
        return refuse(bot, press.reader, about, right)
    override_id = about.override_id
    if not override_id:
        found = parcel(bot.desk, about.shipment_id or "")
        if found.override is None:
            return blocks.note(NONE, press.reader)
        if found.seen.revision != about.revision:
            return blocks.note(STALE, press.reader)
        override_id = found.override.override_id
    came = undo.undo(bot.desk, override_id, press.reader.user_id, bot.now())
    return blocks.undone(came, press.reader, bot.now())


def end_it(bot: "Bot", press: Press, about: About) -> Message:
    """By somebody who was told what has left."""
    right = may_correct(bot, press.reader)
    if not right.allowed:
        return refuse(bot, press.reader, about, right)
    came = undo.end(bot.desk, about.override_id, press.reader.user_id, bot.now())
    return blocks.undone(came, press.reader, bot.now())
