"""How a question that was kept is answered: with what is true when it leaves, in the language of whoever asked."""

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from slack_sdk.errors import SlackApiError

from bot import blocks, commands, faults, lookup
from bot.actions import buttons, cards
from bot.asked import Asked
from bot.blocks import shapes
from bot.mentions import in_public, refusal_to
from bot.people import said
from bot.reader import reader_of
from bot.spoken import For, Spoken, from_words
from bot.values import Block, Message, Reader
from bot.words import _, moments, outside, say, sentences
from relay.desk.following import ShopSays, what_shop_says
from relay.desk.questions import Question, Way
from relay.errors import NotFound, SendFailed, Unavailable, WismoError

if TYPE_CHECKING:
    from bot.app import Bot

#: An answer that comes later says from when its question is.
LATE: Final = timedelta(minutes=10)
ASKED: Final = _("%(who)s asked this %(ago)s (%(moment)s). It could not be answered sooner.")
NOTHING: Final = _("I find no order in this message: no number in it is known.")
ALONE: Final = _(
    "The app is not in this channel, so only you see this. Invite it with /invite to answer in the thread."
)
NOT_POSTED: Final = _("Slack does not let the app post there, so only you see this.")
NOT_THERE: Final = frozenset({"not_in_channel", "channel_not_found"})
SHOP: Final = {
    ShopSays.KNOWN: _("What the shop says about “%(query)s”:"),
    ShopSays.IN_VAIN: _("The shop was asked about “%(query)s”, and does not know it either."),
    ShopSays.NOTHING: _(
        "The shop has not answered about “%(query)s” so far. It is still being asked: try /track again later."
    ),
}
#: While Slack does not say who asks, the answer waits for so long.
UNKNOWN_FOR: Final = timedelta(minutes=2)


def answer_to(bot: "Bot", question: Question) -> Spoken:
    """Raises SendFailed where it must wait, and Unavailable."""
    reader = reader_of(bot, question.by, question.team)
    try:
        spoken = _spoken(bot, question, reader)
    except (Unavailable, SendFailed):
        raise
    except WismoError as fault:
        spoken = Spoken(blocks.said(sentences.refusal(fault, reader)), For.ASKER)
    if bot.now() - question.at < LATE:
        return spoken
    message = Message(spoken.message.text, (_from_when(bot, question, reader), *spoken.message.blocks))
    return replace(spoken, message=message)


def _from_when(bot: "Bot", question: Question, reader: Reader) -> Block:
    shown = {
        "who": outside.as_mrkdwn(outside.user(question.by)),
        "ago": moments.ago(question.at, bot.now(), reader),
        "moment": moments.moment(question.at, bot.now(), reader),
    }
    return shapes.context(say(reader.locale)(ASKED) % shown)


def _spoken(bot: "Bot", question: Question, reader: Reader) -> Spoken:
    if question.words:
        return from_words(question.words)
    match question.way:
        case Way.MENTION:
            return _to_mention(bot, question, reader)
        case Way.MESSAGE:
            return _to_message(bot, question, reader)
        case Way.SHARE:
            return _card(bot, question, reader)
        case Way.SHOP:
            return _from_shop(bot, question, reader)


def _to_mention(bot: "Bot", question: Question, reader: Reader) -> Spoken:
    """For all who read there; a stranger is refused alone."""
    refusal = refusal_to(bot, reader)
    if refusal and refusal.is_for_now and bot.now() - question.at < UNKNOWN_FOR:
        raise SendFailed("Slack does not say who asks")
    if refusal:
        return refusal.spoken
    asked = Asked(question.text, in_public(reader), question.to.channel, question.to.ts)
    found = commands.answer_of(bot, asked).message
    return Spoken(found or blocks.help(reader))


def _to_message(bot: "Bot", question: Question, reader: Reader) -> Spoken:
    """The card of the order that a message names, or a line for each; where it names none, that."""
    looked = [one for one in lookup.look(bot, question.text.split()) if one.hits]
    orders = {(hit.shop, hit.order_id): hit for one in looked for hit in one.hits}
    if not orders:
        return Spoken(blocks.note(NOTHING, reader), For.ASKER)
    if len(orders) == 1:
        return Spoken(lookup.show(bot, next(iter(orders.values())), in_public(reader)))
    return Spoken(lookup.several(bot, looked, reader))


def _card(bot: "Bot", question: Question, reader: Reader) -> Spoken:
    try:
        return Spoken(cards.drawn(bot, question.text, cards.everybody(bot)))
    except NotFound:
        return Spoken(blocks.note(buttons.GONE, reader), For.ASKER)


def _from_shop(bot: "Bot", question: Question, reader: Reader) -> Spoken:
    is_public = bool(question.to.ts)
    with bot.desk.database.read() as tx:
        says = what_shop_says(tx, question.text)
    said_so = blocks.note(SHOP[says], reader, query=question.text)
    if says is ShopSays.KNOWN:
        found = lookup.answer(bot, question.text, in_public(reader) if is_public else reader)
        said_so = Message(found.text, (*said_so.blocks, *found.blocks))
    return Spoken(said_so, For.ALL if is_public else For.ASKER)


# -- where it cannot be posted -----------------------------------------------------------------------------------------


def elsewhere(bot: "Bot", question: Question, page: Message, failed: SendFailed) -> Message:
    """The same for whoever asked alone, with the reason; a card that was to be shared they have seen already."""
    reader = reader_of(bot, question.by, question.team)
    code = said(failed.__cause__) if isinstance(failed.__cause__, SlackApiError) else ""
    if question.way is Way.SHARE:
        return blocks.note(faults.REMEDIES.get(code, NOT_POSTED), reader)
    why = say(reader.locale)(ALONE if code in NOT_THERE else NOT_POSTED)
    return Message(page.text, (*page.blocks, shapes.context(why)))
