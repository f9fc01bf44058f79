"""From what somebody typed to what they are shown: a card, a choice, a list, or what was looked for in vain."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot import blocks, typed
from bot.blocks import shapes
from bot.values import Block, Message, Reader
from bot.words import _, outside, say
from relay.desk import asking_shop
from relay.desk.asking_shop import ask_shop, ask_shop_and_follow
from relay.desk.card import Card, card_of
from relay.desk.find import Hit, meant
from relay.desk.nearest import nearest
from relay.desk.questions import Way

if TYPE_CHECKING:
    from bot.app import Bot
    from bot.asked import Asked


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found for one thing that somebody typed."""

    query: str
    hits: tuple[Hit, ...]


def look(bot: "Bot", queries: Sequence[str]) -> list[Looked]:
    """In one snapshot."""
    with bot.desk.database.read() as tx:
        return [Looked(query, tuple(meant(tx, typed.candidates(query)))) for query in queries]


def answer(bot: "Bot", text: str, reader: Reader, asked_in: "Asked | None" = None) -> Message:
    """Whatever fits what was typed; nothing typed is answered with help.

    What the shop alone can know is told later where it was ``asked_in``.
    """
    asked = typed.queries(text)
    if not asked:
        return blocks.help(reader)
    if len(asked) > typed.MOST:
        return blocks.note(
            _("At most %(most)s at once: these are %(count)s."), reader, most=typed.MOST, count=len(asked)
        )
    if len(asked) > 1 and (whole := _as_one(bot, text)):
        asked = [whole]
    looked = look(bot, asked)
    return _answer_to_one(bot, looked[0], reader, asked_in) if len(looked) == 1 else several(bot, looked, reader)


def _as_one(bot: "Bot", text: str) -> str:
    """A number that was written in groups, as on a label; "" where it is several."""
    whole = "".join(typed.words(text))
    return whole if len(whole) <= typed.LONGEST_NUMBER and look(bot, [whole])[0].hits else ""


def _answer_to_one(bot: "Bot", looked: Looked, reader: Reader, asked_in: "Asked | None" = None) -> Message:
    if not looked.hits:
        return missed(bot, looked.query, reader, asked_in)
    if len(looked.hits) > 1:
        return blocks.choices(looked.hits, reader)
    return show(bot, looked.hits[0], reader)


def one(bot: "Bot", text: str, reader: Reader) -> Hit | Message:
    """The one order that is meant; else what to say: help, a choice, a miss."""
    asked = typed.queries(text)
    if not asked:
        return blocks.help(reader)
    looked = look(bot, asked[:1])[0]
    return looked.hits[0] if len(looked.hits) == 1 else _answer_to_one(bot, looked, reader)


def show(bot: "Bot", hit: Hit, reader: Reader) -> Message:
    return blocks.card(read_cards(bot, [hit])[0], reader, bot.now())


def read_cards(bot: "Bot", hits: Sequence[Hit]) -> list[Card]:
    """In one snapshot."""
    with bot.desk.database.read() as tx:
        return [card_of(tx, bot.desk, hit.shop, hit.order_id, bot.now()) for hit in hits]


# -- nothing there -----------------------------------------------------------------------------------------------------

SHOP_SAYS = {
    asking_shop.Asked.NOW: _("The shop is asked about it now: try again in a moment."),
    asking_shop.Asked.ALREADY: _("The shop is being asked about it: try again in a moment."),
    asking_shop.Asked.IN_VAIN: _("The shop was asked about it, and does not know it either."),
    asking_shop.Asked.TOO_OFTEN: _("The shop was asked too often within the hour to be asked about this as well."),
}
FOLLOWS = {
    **SHOP_SAYS,
    asking_shop.Asked.NOW: _("The shop is asked about it now: what it says follows here."),
    asking_shop.Asked.ALREADY: _("The shop is being asked about it: what it says follows here."),
}


def missed(bot: "Bot", query: str, reader: Reader, asked_in: "Asked | None" = None) -> Message:
    """What was looked for and what comes near; the shop is asked about what it alone can know."""
    with bot.desk.database.read() as tx:
        near = nearest(tx, query)
    found = blocks.missed(query, (), [hit.order_id for hit in near], reader)
    said = _shop_asked(bot, query, asked_in)
    return Message(found.text, (*found.blocks, shapes.context(say(reader.locale)(said)))) if said else found


def _shop_asked(bot: "Bot", query: str, asked_in: "Asked | None") -> str:
    """What to say of it; "" where there is no shop, or none could know it under this."""
    if asked_in is None:
        return SHOP_SAYS.get(ask_shop(bot.desk, query, bot.now()).asked, "")
    question = asked_in.question(Way.SHOP, query, bot.now())
    return FOLLOWS.get(ask_shop_and_follow(bot.desk, question).asked, "")


# -- several things at once --------------------------------------------------------------------------------------------


def several(bot: "Bot", looked: Sequence[Looked], reader: Reader) -> Message:
    """A line for each, with a button to its card; at the end what was looked for in vain."""
    hits = list({(hit.shop, hit.order_id): hit for one in looked for hit in one.hits}.values())[: typed.MOST]
    missing = [one.query for one in looked if not one.hits]
    text = say(reader.locale)(_("%(count)s orders")) % {"count": len(hits)}
    return Message(text, (shapes.section(f"*{text}*"), *_lines(bot, hits, reader), *_missing(missing, reader)))


def _lines(bot: "Bot", hits: Sequence[Hit], reader: Reader) -> Iterator[Block]:
    speak, now = say(reader.locale), bot.now()
    for card in read_cards(bot, hits):
        order = speak(_("Order %(order)s")) % {"order": outside.mrkdwn(card.order_id, outside.PLACE)}
        sentence = blocks.card(card, reader, now).text
        button = shapes.button(speak(_("Show")), "choose.order", shapes.seen(card.order_id, None, None))
        yield shapes.with_button(f"*{order}*\n{sentence}", button)


def _missing(queries: Sequence[str], reader: Reader) -> Iterator[Block]:
    if queries:
        shown = ", ".join(outside.mrkdwn(query, outside.PLACE) for query in queries)
        yield shapes.section(say(reader.locale)(_("Nothing is known under: %(queries)s")) % {"queries": shown})
