"""What the rooms of the bot hand to each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Block = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: everything that is said to somebody is said in their language and on their clock."""

    user_id: str
    team_id: str = ""
    locale: str = "en"  #: pt-BR, es or en
    zone: str = "UTC"  #: IANA name
    name: str = ""  #: what they are called in Slack
    may_correct: bool = False  #: whether to show what only some may press; checked again when it is pressed


@dataclass(frozen=True, slots=True)
class Message:
    """What is posted. ``text`` is the sentence of the notification and of a screen reader; it is never empty."""

    text: str
    blocks: Sequence[Block] = field(default=())

    @property
    def drawn(self) -> list[dict[str, Any]]:
        """The blocks as the SDK takes them."""
        return [{**block} for block in self.blocks]
