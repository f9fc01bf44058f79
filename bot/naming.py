"""A message that many read calls nobody who is merely named in it; Slack tells whoever a new message mentions."""

import re
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Final

from bot.blocks import shapes
from bot.values import Message
from bot.words import outside
from relay.desk.posts import Contradiction, News, WatchNews
from relay.desk.questions import Question
from relay.desk.watching import PERSON

if TYPE_CHECKING:
    from bot.app import Bot

#: As :func:`bot.words.outside.user` writes one; nobody else's text can look like it.
_MENTION: Final = re.compile(r"<@([UW][A-Z0-9]{2,20})>")


def named(bot: "Bot", message: Message, called: Collection[str] = ()) -> Message:
    """The message with people by what they are called, but for those who are told something by it."""
    people = mentioned(message).difference(called)
    if not people:
        return message
    names = bot.people.names(bot.client, people, bot.now())
    return with_names(message, {person: outside.mrkdwn(name, outside.PLACE) for person, name in names.items()})


def told_by(news: News | Question) -> frozenset[str]:
    """To whom it is addressed, and not only about."""
    match news:
        case WatchNews() | Question():
            return frozenset({news.by})
        case Contradiction():
            return frozenset(PERSON.findall(news.by))
    return frozenset()


def mentioned(message: Message) -> set[str]:
    return set(_MENTION.findall(message.text)).union(*(_in(block) for block in message.blocks))


def _in(value: object) -> set[str]:
    match value:
        case str():
            return set(_MENTION.findall(value))
        case Mapping():
            return set[str]().union(*map(_in, value.values()))
        case list() | tuple():
            return set[str]().union(*map(_in, value))
    return set()


def with_names(message: Message, names: Mapping[str, str]) -> Message:
    """``names`` are fit for a ``mrkdwn``; who is not among them stays mentioned."""
    return Message(_renamed(message.text, names), tuple(_drawn(block, names) for block in message.blocks))


def _drawn(value: Any, names: Mapping[str, str]) -> Any:  # noqa: ANN401 - whatever a block is made of
    match value:
        case str():
            return _renamed(value, names)
        case Mapping():
            return {key: _drawn(inner, names) for key, inner in value.items()}
        case list() | tuple():
            return [_drawn(inner, names) for inner in value]
    return value


def _renamed(text: str, names: Mapping[str, str]) -> str:
    """A text that becomes too long for its block by it is cut as every other."""
    renamed = _MENTION.sub(lambda found: names.get(found[1], found[0]), text)
    return renamed if len(renamed) <= len(text) else shapes.cut(renamed, max(len(text), shapes.SECTION))
