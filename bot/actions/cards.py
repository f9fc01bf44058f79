"""The card of an order as it is now, whatever an older one showed."""

from dataclasses import replace
from typing import TYPE_CHECKING

from bot import blocks, naming
from bot.actions import answers
from bot.actions.press import Place
from bot.values import Message, Reader
from relay.desk.card import Card, card_of
from relay.desk.parcels import SHOP, check_known

if TYPE_CHECKING:
    from bot.app import Bot


def read(bot: "Bot", order_id: str) -> Card:
    """Raises NotFound if the order is gone, or the button was made up."""
    with bot.desk.database.read() as tx:
        check_known(tx, order_id)
        return card_of(tx, bot.desk, SHOP, order_id, bot.now())


def drawn(bot: "Bot", order_id: str, reader: Reader) -> Message:
    """As one message: a card fits one."""
    return blocks.card(read(bot, order_id), reader, bot.now())


def redraw(bot: "Bot", place: Place, order_id: str, reader: Reader) -> bool:
    """The card where it stands, for those who see it there; whether that was possible."""
    if place.is_private:
        return answers.redraw(bot, place, drawn(bot, order_id, reader))
    return answers.redraw(bot, place, naming.named(bot, drawn(bot, order_id, everybody(bot))))


def everybody(bot: "Bot") -> Reader:
    """Whoever reads a channel. What only some may press is shown to all of them, and checked when it is pressed."""
    return Reader("", locale=bot.settings.locale, zone=bot.settings.timezone, may_correct=True)


def main_parcel(card: Card, shipment_id: str | None) -> Card:
    """The card told from the side of one of its parcels, where one is meant."""
    found = [headline for headline in card.headlines if headline.shipment_id == shipment_id]
    return replace(card, headline=found[0]) if found else card
