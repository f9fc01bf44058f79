"""Words for the customer, framed so that an agent copies them as they are."""

from bot.blocks import shapes
from bot.values import Message, Reader
from bot.words import _, outside, replies, say
from relay.desk.card import Card


def reply(card: Card, reader: Reader) -> Message:
    """The reply text of an order, with a line for the agent above it."""
    return _framed(_("For the customer of order %(order)s, ready to paste:"), reply_text(card), card, reader)


def not_received(card: Card, reader: Reader) -> Message:
    """What to tell a customer who did not get the parcel, and what to do meanwhile."""
    speak = say(reader.locale)
    text = _framed(_("For the customer of order %(order)s, ready to paste:"), not_received_text(card), card, reader)
    todo = speak(
        _(
            "Then ask the carrier for the proof of delivery (name, place, signature). If it has none, open a claim "
            "and set the status by hand, so that everybody sees it."
        )
    )
    return Message(text.text, (*text.blocks, shapes.section(f"*{speak(_('Next step'))}:* {todo}")))


def reply_text(card: Card) -> str:
    """Plain text in the customer's language."""
    return replies.reply(card)


def not_received_text(card: Card) -> str:
    return replies.not_received(card)


def _framed(opening: str, text: str, card: Card, reader: Reader) -> Message:
    shown = say(reader.locale)(opening) % {"order": outside.mrkdwn(card.order_id, outside.PLACE)}
    return Message(shown, (shapes.section(shown), shapes.to_copy(text)))
