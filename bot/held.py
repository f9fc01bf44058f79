"""``/track brake`` and ``/track untold``: what customers were not told, and why."""

from typing import TYPE_CHECKING

from bot.actions import brake as deciding
from bot.actions import untold as settling
from bot.asked import Answer, Asked
from bot.blocks import brake as blocks
from bot.typed import first_word
from relay.desk import brake as desk

if TYPE_CHECKING:
    from bot.app import Bot


def brake(bot: "Bot", asked: Asked) -> Answer:
    word = asked.text.strip().casefold()
    if word in deciding.DECISIONS:
        return Answer(deciding.decide(bot, word, asked.reader))
    return Answer(blocks.brake(desk.look(bot.desk, bot.now()), asked.reader, bot.now()))


def untold(bot: "Bot", asked: Asked) -> Answer:
    word, rest = first_word(asked.text)
    if word == "done" and rest:
        return Answer(settling.settle(bot, asked.reader, rest))
    return Answer(settling.listed(bot, asked.reader))
