"""What Slack draws, made of values of the desk. Pure: nothing here asks Slack or the database.

card      an order, whole: the sentence, the next step, the rest   parcel   one parcel of it
buttons   those that do something now                              answers  a choice, a miss, help, a refusal, a note
why       which facts, by which rule                               health   is every promise kept, in ten lines
correcting  what an override will do, and what it did              replies  words for the customer, to be pasted
news      changes, incidents, the morning list                     team     what a person should look at
incident  an incident's one message, and its buttons
brake     mails that are held                              untold   whom we did not tell
digest    what last week was like, with a chart
pages     a long message in parts that Slack takes                 shapes   Block Kit, piece by piece

Outside text goes in only through :mod:`bot.words.outside`. An overflow's option is a word (``why``, ``share``, …); the
order and parcel it is about are the ``block_id`` of its row, the same JSON as a button's value.
"""

from bot.blocks.answers import choices, help, missed, note, refused, said  # noqa: A004 - what people type
from bot.blocks.card import card
from bot.blocks.correcting import confirmation, preview, undone
from bot.blocks.health import health
from bot.blocks.pages import pages
from bot.blocks.replies import not_received, not_received_text, reply, reply_text
from bot.blocks.why import why

__all__ = [
    "card",
    "choices",
    "confirmation",
    "health",
    "help",
    "missed",
    "not_received",
    "not_received_text",
    "note",
    "pages",
    "preview",
    "refused",
    "reply",
    "reply_text",
    "said",
    "undone",
    "why",
]
