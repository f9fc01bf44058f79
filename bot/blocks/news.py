"""What Slack is told without being asked: changes, contradictions, incidents, the morning list. Pure."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from bot.blocks import shapes, team
from bot.values import Block, Message, Reader
from bot.words import _, moments, outside, say, states
from bot.words.outside import as_mrkdwn
from relay.desk.posts import Change, Contradiction, IncidentNews, Morning, News, WatchLost, WatchNews
from relay.model import EventView

#: So many parcels of an order are told of one by one.
CHANGES = 10
TEXT = 600


def message(news: News, reader: Reader, now: datetime) -> Message:
    match news:
        case WatchNews():
            return _watch(news, reader, now)
        case Contradiction():
            return _contradiction(news, reader, now)
        case IncidentNews():
            return _incident(news, reader, now)
        case Morning():
            return team.morning(news, reader, now)
        case WatchLost():
            return _lost(news, reader)


# -- watches -----------------------------------------------------------------------------------------------------------


def _watch(news: WatchNews, reader: Reader, now: datetime) -> Message:
    speak = say(reader.locale)
    order = speak(_("Order %(order)s")) % {"order": outside.mrkdwn(news.order_id, outside.PLACE)}
    if news.is_erased:
        text = speak(_("%(order)s was erased. This watch ends here.")) % {"order": order}
        return Message(text, (shapes.section(text),))
    said = "; ".join(_changed(change, reader) for change in news.changes[:CHANGES])
    end = f" {speak(_('Nothing more is to come: this watch ends here.'))}" if news.is_over else ""
    text = shapes.cut(f"{order}: {said}.{end}", TEXT)
    return Message(text, tuple(_watch_blocks(news, order, end, reader, now)))


def _watch_blocks(news: WatchNews, order: str, end: str, reader: Reader, now: datetime) -> Iterator[Block]:
    yield shapes.section(
        f"*{order}*\n" + "\n".join(_line(change, news, reader, now) for change in news.changes[:CHANGES])
    )
    left = len(news.changes) - CHANGES
    if left > 0:
        yield shapes.context(say(reader.locale)(_("%(count)s more parcels changed.")) % {"count": left})
    watched = say(reader.locale)(_("Watched by %(who)s.")) % {"who": as_mrkdwn(outside.user(news.by))}
    yield shapes.context(f"{watched}{end}")


def _changed(change: Change, reader: Reader) -> str:
    """``out for delivery (before: on its way)``."""
    after = states.status(change.after, change.kind, reader)
    if change.before is None:
        return after
    before = states.status(change.before, change.kind, reader)
    return say(reader.locale)(_("%(after)s (before: %(before)s)")) % {"after": after, "before": before}


def _line(change: Change, news: WatchNews, reader: Reader, now: datetime) -> str:
    speak, about = say(reader.locale), []
    if news.parcels > 1:
        about.append(outside.mrkdwn(f"{change.carrier_label} {change.number}".strip(), outside.PLACE))
    if change.corrected_by:
        about.append(speak(_("set by %(who)s")) % {"who": as_mrkdwn(outside.user(change.corrected_by))})
    elif change.latest:
        about.append(_scan(change.latest, reader, now))
    elif change.at:
        about.append(moments.moment(change.at, now, reader))
    return " – ".join([states.capital(_changed(change, reader)), *about])


def _scan(scan: EventView, reader: Reader, now: datetime) -> str:
    parts = (
        moments.scan_moment(scan, now, reader),
        outside.mrkdwn(scan.place, outside.PLACE),
        outside.mrkdwn(scan.description, outside.LINE),
    )
    return ", ".join(part for part in parts if part)


LOST: Final[Mapping[str, str]] = {
    "channel_not_found": _("it is gone, or the app is not in it"),
    "not_in_channel": _("the app is not in it any more"),
    "is_archived": _("it is archived"),
}


def _why_lost(because: str, reader: Reader) -> str:
    """Slack's word for it is the last one."""
    word = because.rpartition(" ")[2]
    return say(reader.locale)(LOST[word]) if word in LOST else outside.mrkdwn(because, outside.PLACE)


def _lost(news: WatchLost, reader: Reader) -> Message:
    speak = say(reader.locale)
    text = speak(_("Your watch of order %(order)s ended: %(where)s takes nothing from the app any more (%(why)s)."))
    where = f"<#{news.where.channel}>" if news.where.channel.startswith(("C", "G")) else speak(_("that conversation"))
    shown = text % {
        "order": outside.mrkdwn(news.order_id, outside.PLACE),
        "where": where,
        "why": _why_lost(news.because, reader),
    }
    return Message(shown, (shapes.section(shown),))


# -- corrections -------------------------------------------------------------------------------------------------------


def _contradiction(news: Contradiction, reader: Reader, now: datetime) -> Message:
    speak = say(reader.locale)
    stands = _("The correction stands; lift it if the carrier is right.")
    ended = _("The correction ended with that, and the carrier's word is shown again.")
    text = speak(_("%(carrier)s says otherwise about order %(order)s: %(says)s. %(who)s had set it to %(set)s.")) % {
        "carrier": outside.mrkdwn(news.carrier_label, outside.PLACE) or speak(_("The carrier")),
        "order": outside.mrkdwn(news.order_id, outside.PLACE),
        "says": states.status(news.says, news.kind, reader),
        "who": as_mrkdwn(outside.user(_person(news.by))),
        "set": states.status(news.set_to, news.kind, reader),
    }
    scan = [_scan(news.latest, reader, now)] if news.latest else []
    number = [outside.mrkdwn(news.number, outside.PLACE)]
    blocks = shapes.section(text), shapes.section(speak(stands if news.still_stands else ended))
    return Message(text, (*blocks, shapes.context(" · ".join(number + scan))))


def _person(by: str) -> str:
    return by.rpartition(":")[2].strip("<@>")


# -- incidents ---------------------------------------------------------------------------------------------------------


def _incident(news: IncidentNews, reader: Reader, now: datetime) -> Message:
    speak = say(reader.locale)
    title = team.title(news.title, news.kind, news.label, reader)
    state = speak(_("Over")) if news.closed_at else speak(_("Open incident"))
    text = f"{state}: {title}"
    blocks = [shapes.section(f"{':white_check_mark:' if news.closed_at else ':rotating_light:'} *{state}:* {title}")]
    if not news.closed_at and news.remedy:
        blocks.append(shapes.section(f"*{speak(_('Next step'))}:* {outside.mrkdwn(news.remedy, outside.LONG)}"))
    blocks.append(shapes.context(*_facts(news, reader, now)))
    return Message(text, tuple(blocks))


def _facts(news: IncidentNews, reader: Reader, now: datetime) -> Iterator[str]:
    speak = say(reader.locale)
    yield speak(_("Since %(moment)s")) % {"moment": moments.moment(news.opened_at, now, reader)}
    if news.closed_at:
        yield speak(_("over since %(moment)s")) % {"moment": moments.moment(news.closed_at, now, reader)}
    elif news.times > 1:
        seen = moments.moment(news.last_seen_at, now, reader)
        yield speak(_("seen %(count)s times, last %(moment)s")) % {"count": news.times, "moment": seen}
    if news.order_ids:
        named = ", ".join(outside.mrkdwn(order_id, outside.PLACE) for order_id in news.order_ids)
        yield speak(_("parcels: %(count)s (orders %(orders)s)")) % {"count": news.parcels, "orders": named}
    if news.owner:
        yield speak(_("%(who)s is on it")) % {"who": as_mrkdwn(outside.user(news.owner))}
    elif not news.closed_at:
        yield speak(_("Nobody has taken it yet"))
