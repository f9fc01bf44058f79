"""The sub-words that do something: what they may is checked here, what they did is written down by the desk."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from bot import blocks, lookup
from bot.actions import answers, buttons
from bot.actions.override import open_window, refuse
from bot.actions.press import About
from bot.asked import Answer, Asked
from bot.rights import may_correct
from bot.values import Message
from bot.words import _
from bot.words.outside import user
from relay.desk import care, hearing, watching
from relay.desk.find import Hit
from relay.desk.watching import Begun, Thread
from relay.errors import BadInput, NotFound

if TYPE_CHECKING:
    from bot.app import Bot


def check(bot: "Bot", asked: Asked) -> Answer:
    """Each parcel of the order comes first in the queue of whoever is asked about it."""
    hit = lookup.one(bot, asked.text, asked.reader)
    if not isinstance(hit, Hit):
        return Answer(hit)
    about = About(hit.order_id)
    return Answer(buttons.check(bot, asked.press(about), about))


def override(bot: "Bot", asked: Asked) -> Answer:
    """The window where one parcel is meant; else the card, whose parcels have a button each."""
    hit = lookup.one(bot, asked.text, asked.reader)
    if not isinstance(hit, Hit):
        return Answer(hit)
    right = may_correct(bot, asked.reader)
    if not right.allowed:
        return Answer(refuse(bot, asked.reader, About(hit.order_id), right))
    card = lookup.read_cards(bot, [hit])[0]
    if len(card.parcels) != 1 or not asked.trigger_id:
        return Answer(blocks.card(card, asked.reader, bot.now()))
    press = asked.press(About(hit.order_id, card.parcels[0].shipment_id))
    return Answer(None, lambda: open_window(bot, press))


# -- watching ----------------------------------------------------------------------------------------------------------

WATCHED: Final = _("%(who)s watches order %(order)s: each change is told in this thread.")
BEGUN: Final = {
    Begun.YES: _("Each change of order %(order)s is told there, until it has ended."),
    Begun.ALREADY: _("Order %(order)s is watched there already."),
    Begun.OVER: _("Order %(order)s has ended: nothing is to come, so there is nothing to watch."),
}


def watch(bot: "Bot", asked: Asked) -> Answer:
    """In the thread where it was asked; a command stands in none, and so begins one."""
    hit = lookup.one(bot, asked.text, asked.reader)
    if not isinstance(hit, Hit):
        return Answer(hit)
    if asked.thread_ts:
        return Answer(_begun(bot, hit, asked, asked.thread_ts))
    with bot.desk.database.read() as tx:
        is_over = watching.is_over(watching.shown_of(tx, hit.shop, hit.order_id))
    if is_over:
        return Answer(blocks.note(BEGUN[Begun.OVER], asked.reader, order=hit.order_id))
    return Answer(None, lambda: _watch_in_new_thread(bot, hit, asked))


def _begun(bot: "Bot", hit: Hit, asked: Asked, thread_ts: str) -> Message:
    thread = Thread(asked.channel, thread_ts)
    begun = watching.watch(bot.desk, hit.order_id, thread, asked.reader.user_id, bot.now())
    return blocks.note(BEGUN[begun], asked.reader, order=hit.order_id)


def _watch_in_new_thread(bot: "Bot", hit: Hit, asked: Asked) -> None:
    """The channel sees who watches what; where the app may not post, nothing is watched, and the error says why.

    Over a socket, what was not acknowledged in time comes once more: it begins one thread.
    """
    if asked.trigger_id and not hearing.is_new(bot.desk, f"watch {asked.trigger_id}", bot.now()):
        return
    said = blocks.note(WATCHED, asked.reader, who=user(asked.reader.user_id), order=hit.order_id)
    posted = bot.client.chat_postMessage(channel=asked.channel, text=said.text, blocks=said.drawn)
    answers.privately(bot, asked.press(), _begun(bot, hit, asked, str(posted["ts"])))


# -- what leaves -------------------------------------------------------------------------------------------------------

DONE: Final = {
    "pause": _("%(what)s is paused: nothing leaves until it is resumed. %(count)s waiting messages stay untold."),
    "resume": _("%(what)s goes on from now. %(count)s messages of the time of the pause stay untold."),
}
USAGE: Final = _("Say what: mail, shop or all.")
NOT_PAUSED: Final = _("%(what)s is not paused.")


def pause(bot: "Bot", asked: Asked) -> Answer:
    return _switched(bot, asked, "pause", lambda what, by: care.pause(bot.desk, what, by, bot.now()))


def resume(bot: "Bot", asked: Asked) -> Answer:
    return _switched(bot, asked, "resume", lambda what, by: care.resume(bot.desk, what, by, bot.now()))


def _switched(bot: "Bot", asked: Asked, action: str, switch: Callable[[str, str], int]) -> Answer:
    """Who may correct may also hold back; every attempt is audited, refused ones too."""
    right = may_correct(bot, asked.reader)
    if not right.allowed:
        care.refuse(bot.desk, action, asked.text, asked.reader.user_id, bot.now())
        return Answer(blocks.refused(right, asked.reader))
    what = asked.text.casefold()
    try:
        count = switch(what, asked.reader.user_id)
    except BadInput:
        return Answer(blocks.note(USAGE, asked.reader))
    except NotFound:
        return Answer(blocks.note(NOT_PAUSED, asked.reader, what=what))
    return Answer(blocks.note(DONE[action], asked.reader, what=what, count=count))
