"""An incident's one message: what is wrong, what it means for customers, what to do, and who does it. Pure."""

from collections.abc import Iterator
from datetime import datetime

import orjson

from bot.blocks import brake, shapes
from bot.values import Block, Message, Reader
from bot.words import _, moments, outside, say, states, troubles
from bot.words.outside import as_mrkdwn
from relay.desk.consequences import Consequences
from relay.desk.incidents import Hands, Until
from relay.desk.posts import IncidentNews, IncidentOver

#: So many incidents of one cause are named.
PARTS = 10
#: Where the operator reads on; each kind has a section of its name.
GUIDE = "docs/operations.md"
UNTIL = {Until.HOUR: _("in 1 h"), Until.TOMORROW: _("tomorrow, 9:00"), Until.MONDAY: _("Monday, 9:00")}


def message(news: IncidentNews, reader: Reader, now: datetime) -> Message:
    speak, hands = say(reader.locale), news.hands
    title = states.capital(troubles.title(news.trouble, reader, now))
    state = speak(_("Over")) if hands.closed_at else speak(_("Open incident"))
    mark = ":white_check_mark:" if hands.closed_at else ":rotating_light:"
    blocks = [shapes.section(f"{mark} *{state}:* {title}")]
    blocks += _closed(news, reader) if hands.closed_at else _open(news, reader, now)
    if news.parts:
        blocks.append(shapes.section("\n".join(_parts(news, reader, now))))
    blocks.append(shapes.context(*_facts(news, reader, now)))
    if not hands.closed_at and not news.part_of:
        blocks.append(_buttons(hands, news.means.held, reader, now))
    return Message(f"{state}: {title}", tuple(blocks))


def over(news: IncidentOver, reader: Reader) -> Message:
    """In the thread of its message."""
    lasted = say(reader.locale)(_("Over after %(time)s.")) % {"time": moments.span(news.lasted, reader)}
    text = " ".join([lasted, *_came_of_it(news.means, reader)])
    return Message(text, (shapes.section(text),))


# -- what it says ------------------------------------------------------------------------------------------------------


def _closed(news: IncidentNews, reader: Reader) -> Iterator[Block]:
    said = list(_came_of_it(news.means, reader))
    if said:
        yield shapes.section(" ".join(said))


def _came_of_it(means: Consequences, reader: Reader) -> Iterator[str]:
    speak = say(reader.locale)
    counts = (
        (_("Parcels behind it: %(count)s."), means.parcels),
        (_("Customers not told: %(count)s."), means.not_told),
        (_("Mails that left late: %(count)s."), means.waiting),
    )
    yield from (speak(text) % {"count": count} for text, count in counts if count)


def _open(news: IncidentNews, reader: Reader, now: datetime) -> Iterator[Block]:
    speak = say(reader.locale)
    if news.part_of:
        whole = troubles.title(news.part_of, reader, now)
        yield shapes.section(speak(_("It is part of another one, which tells the rest: %(title)s.")) % {"title": whole})
        return
    remedy = troubles.remedy(news.trouble, reader, now)
    if remedy:
        yield shapes.section(f"*{speak(_('Next step'))}:* {remedy}")
    if meant := list(_means(news.means, reader)):
        yield shapes.section(f"*{speak(_('For customers'))}:* {' '.join(meant)}")


def _means(means: Consequences, reader: Reader) -> Iterator[str]:
    speak = say(reader.locale)
    counts = (
        (_("Parcels with this carrier: %(count)s; they keep what they show."), means.with_carrier),
        (_("Mails that wait: %(count)s; they leave by themselves."), means.waiting),
        (_("Mails that are held: %(count)s; they wait for somebody to let them go."), means.held),
    )
    yield from (speak(text) % {"count": count} for text, count in counts if count)


def _parts(news: IncidentNews, reader: Reader, now: datetime) -> Iterator[str]:
    speak = say(reader.locale)
    yield f"*{speak(_('Seen by'))}:*"
    said = dict.fromkeys(troubles.title(part, reader, now, outside.LINE) for part in news.parts)
    yield from (f"• {states.capital(title)}" for title in list(said)[:PARTS])
    if len(said) > PARTS:
        yield speak(_("And %(count)s more")) % {"count": len(said) - PARTS}


def _facts(news: IncidentNews, reader: Reader, now: datetime) -> Iterator[str]:
    speak, hands = say(reader.locale), news.hands
    yield speak(_("Since %(moment)s")) % {"moment": moments.moment(news.opened_at, now, reader)}
    if hands.closed_at:
        time = moments.span(hands.closed_at - news.opened_at, reader)
        moment = moments.moment(hands.closed_at, now, reader)
        yield speak(_("over since %(moment)s, after %(time)s")) % {"moment": moment, "time": time}
    if news.order_ids:
        named = ", ".join(outside.mrkdwn(order_id, outside.PLACE) for order_id in news.order_ids)
        text = _("%(count)s parcels (orders %(orders)s)")
        if len(news.order_ids) == 1:
            text = (
                _("1 parcel (order %(orders)s)")
                if news.means.parcels == 1
                else _("%(count)s parcels (order %(orders)s)")
            )
        yield speak(text) % {"count": news.means.parcels, "orders": named}
    yield from _whose(hands, reader, now)
    yield f"`{GUIDE}#{news.trouble.kind}`"


def _whose(hands: Hands, reader: Reader, now: datetime) -> Iterator[str]:
    speak, owner = say(reader.locale), as_mrkdwn(outside.user(hands.owner))
    if hands.closed_at:
        yield from [speak(_("Taken by %(who)s")) % {"who": owner}] if hands.owner else []
        return
    yield speak(_("%(who)s is on it")) % {"who": owner} if hands.owner else speak(_("Nobody has taken it yet"))
    if hands.known_by:
        yield speak(_("Known, says %(who)s")) % {"who": as_mrkdwn(outside.user(hands.known_by))}
    elif hands.snoozed_until and hands.snoozed_until > now:
        moment = moments.moment(hands.snoozed_until, now, reader)
        who = as_mrkdwn(outside.user(hands.snoozed_by))
        yield speak(_("Quiet until %(moment)s, says %(who)s")) % {"moment": moment, "who": who}


# -- what is done with it ----------------------------------------------------------------------------------------------


def _buttons(hands: Hands, held: int, reader: Reader, now: datetime) -> Block:
    """Everybody is shown all of them; who may press which is asked when one is pressed."""
    speak, about = say(reader.locale), orjson.dumps({"i": hands.incident_id}).decode()
    is_asleep = bool(hands.known_by) or bool(hands.snoozed_until and hands.snoozed_until > now)
    first = (_("Give back"), "incident.give_back") if hands.owner else (_("I take it"), "incident.take")
    elements = [*brake.buttons(hands.incident_id, held, reader), shapes.button(speak(first[0]), first[1], about)]
    if is_asleep:
        elements.append(shapes.button(speak(_("Remind again")), "incident.wake", about))
    if not is_asleep:
        options = [(speak(label), until.value) for until, label in UNTIL.items()]
        elements.append(shapes.menu(speak(_("Remind me later")), "incident.snooze", options))
        elements.append(shapes.button(speak(_("Known")), "incident.known", about))
    return {**shapes.actions(elements), "block_id": about}
