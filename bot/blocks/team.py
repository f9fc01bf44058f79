"""What a person of the team should look at: the morning list, ``/track list``, and a part of App Home. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

import orjson
from babel.dates import format_skeleton

from bot.blocks import shapes
from bot.values import Block, Message, Reader
from bot.words import _, catalogue_of, incidents, moments, outside, say, states, steps, troubles
from bot.words.outside import as_mrkdwn
from relay.desk.posts import Morning
from relay.desk.team import MOST, Item, Kind, TeamList
from relay.model import Kind as Way

#: So many of each kind are shown; five kinds fit one message.
SHOWN: Final = 6
#: Characters of outside text, so that a full list of them fits as well; and of orders without a line of their own.
ABOUT, REMEDY, ORDER, NAMED, SHORT = 110, 120, 40, 12, 24
NAMES: Final[Mapping[Kind, str]] = {
    Kind.INCIDENT: _("Open incidents"),
    Kind.DEAD: _("Messages that could not be sent"),
    Kind.HELD: _("Deliveries that wait for a person"),
    Kind.GIVEN_UP: _("Parcels given up on"),
    Kind.DRIFT: _("The shop shows something else"),
}
#: What to do where the item itself does not say.
REMEDIES: Final[Mapping[Kind, str]] = {
    Kind.DEAD: _("`wismo outbox --state dead` says why; it can be sent again or dropped there"),
    Kind.HELD: _("open its card and say whether it arrived"),
    Kind.GIVEN_UP: _("ask the carrier by phone, then correct or override it"),
}


def team(of: TeamList, reader: Reader, now: datetime) -> Message:
    """As it stands now."""
    return Message(_summary(of, reader), tuple(blocks(of, reader, now)))


def morning(news: Morning, reader: Reader, now: datetime) -> Message:
    """A day's list, with what was done of it."""
    speak = say(reader.locale)
    day = str(format_skeleton("MMMEd", news.day, locale=catalogue_of(reader.locale)))
    text = f"{states.capital(day)}: {_summary(news.team, reader)}"
    done = speak(_("Done since the morning: %(count)s.")) % {"count": news.done}
    if not news.team.items:
        text = f"{text} {done}" if news.done else text
        return Message(text, (shapes.section(text),))
    footer = [shapes.context(done)] if news.done else []
    return Message(text, (shapes.header(text), *_kinds(news.team, reader, now), *footer))


def blocks(of: TeamList, reader: Reader, now: datetime) -> Iterator[Block]:
    yield shapes.section(f"*{_summary(of, reader)}*")
    yield from _kinds(of, reader, now)


def _summary(of: TeamList, reader: Reader) -> str:
    speak, count = say(reader.locale), len(of.items)
    if not count:
        return speak(_("Nothing to look at: every parcel and every message is in order."))
    free = sum(not item.taken_by for item in of.items)
    if count == 1:
        return speak(_("1 thing to look at, nobody on it.")) if free else speak(_("1 thing to look at, taken."))
    text = _("%(count)s things to look at, %(free)s of them taken by nobody.")
    if free in {0, count}:
        text = (
            _("%(count)s things to look at, nobody on any of them.")
            if free
            else _("%(count)s things to look at, all taken.")
        )
    return speak(text) % {"count": count, "free": free}


def _kinds(of: TeamList, reader: Reader, now: datetime) -> Iterator[Block]:
    for kind, count in of.counts.items():
        items = [item for item in of.items if item.kind is kind]
        at_least = "≥ " if count >= MOST else ""
        yield shapes.section(f"*{say(reader.locale)(NAMES[kind])} ({at_least}{count})*{_remedy(kind, reader)}")
        yield from _items(items[:SHOWN], reader, now)
        if count > SHOWN:
            yield shapes.context(_rest(items[SHOWN:], reader))


def _remedy(kind: Kind, reader: Reader) -> str:
    return f"\n{states.capital(say(reader.locale)(REMEDIES[kind]))}" if kind in REMEDIES else ""


def _items(items: Sequence[Item], reader: Reader, now: datetime) -> Iterator[Block]:
    for item in items:
        line = " · ".join(_line(item, reader, now))
        button = _button(item, reader)
        yield shapes.with_button(line, button) if button else shapes.section(line)


def _button(item: Item, reader: Reader) -> shapes.Element | None:
    """A channel is shown every button; who may give back is checked when it is pressed."""
    speak, is_channel = say(reader.locale), not reader.user_id
    if not item.taken_by:
        return shapes.button(speak(_("I take it")), "list.take", _value(item.key))
    if is_channel or reader.may_correct or reader.user_id == item.taken_by:
        return shapes.button(speak(_("Give back")), "list.give_back", _value(item.key))
    return None


def _value(key: str) -> str:
    return orjson.dumps({"i": key}).decode()


def _line(item: Item, reader: Reader, now: datetime) -> Iterator[str]:
    speak = say(reader.locale)
    if item.order_id:
        yield f"*{outside.mrkdwn(item.order_id, ORDER)}*"
    yield _about(item, reader, now)
    if item.since:
        yield moments.ago(item.since, now, reader)
    if item.taken_by:
        yield speak(_("%(who)s is on it")) % {"who": as_mrkdwn(outside.user(item.taken_by))}
    if remedy := _remedy_of(item, reader, now):
        yield f"_{remedy}_"


def _remedy_of(item: Item, reader: Reader, now: datetime) -> str:
    if item.trouble:
        return troubles.remedy(item.trouble, reader, now, REMEDY)
    if item.kind is Kind.DRIFT and item.about in steps.OF_DRIFT:
        return say(reader.locale)(steps.OF_DRIFT[item.about])
    return outside.mrkdwn(item.remedy, REMEDY)


def _about(item: Item, reader: Reader, now: datetime) -> str:
    speak = say(reader.locale)
    match item.kind:
        case Kind.DEAD:
            channel = (
                speak(incidents.CHANNELS[item.about])
                if item.about in incidents.CHANNELS
                else outside.mrkdwn(item.about, ABOUT)
            )
            status = states.status(item.status, Way.OUTBOUND, reader) if item.status and item.order_id else ""
            return f"{channel}: {status}" if status else channel
        case Kind.HELD:
            return states.told(item.about[:ABOUT], states.HELD, reader)
        case Kind.DRIFT:
            return states.told(item.about[:ABOUT], states.DRIFTS, reader)
        case Kind.INCIDENT:
            return states.capital(troubles.title(item.trouble, reader, now, ABOUT)) if item.trouble else ""
        case Kind.GIVEN_UP:
            return outside.mrkdwn(item.about, ABOUT)


def _rest(items: Sequence[Item], reader: Reader) -> str:
    """What has no line of its own, at least by its order."""
    named = [outside.mrkdwn(item.order_id, SHORT) for item in items if item.order_id][:NAMED]
    more = say(reader.locale)(_("And %(count)s more")) % {"count": len(items)}
    return f"{more}: {', '.join(named)}" if named else more
