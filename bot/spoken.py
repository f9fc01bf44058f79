"""An answer to a question that was kept, and how it is kept itself where what was asked for was done at once."""

from dataclasses import dataclass
from enum import StrEnum

import orjson

from bot.values import Message


class For(StrEnum):
    """Who reads it."""

    ALL = "all"  # where it was asked
    ASKER = "asker"  # by the address that came with the question, else in person
    STRANGER = "stranger"  # alone, in the channel: somebody who is not ours is not written to in person


@dataclass(frozen=True, slots=True)
class Spoken:
    message: Message
    reader: For = For.ALL

    def as_words(self) -> str:
        """What :func:`from_words` reads."""
        return orjson.dumps([self.reader, self.message.text, [*self.message.blocks]]).decode()


def from_words(words: str) -> Spoken:
    reader, text, blocks = orjson.loads(words)
    return Spoken(Message(text, tuple(blocks)), For(reader))
