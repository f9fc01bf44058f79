"""What Slack is told without being asked: changes, contradictions, incidents, the morning list. Pure."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from bot.blocks import digest, incident, shapes, team
from bot.values import Block, Message, Reader
from bot.words import _, moments, outside, say, states
from bot.words.outside import as_mrkdwn
from relay.desk.posts import Change, Contradiction, IncidentNews, IncidentOver, Morning, News, WatchLost, WatchNews
from relay.desk.report import Report
from relay.model import EventView

#: So many parcels of an order are told of one by one.
CHANGES = 10
TEXT = 600


def message(news: News, reader: Reader, now: datetime) -> Message:  # noqa: PLR0911 - one for each kind of news
    match news:
        case WatchNews():
            return _watch(news, reader, now)
        case Contradiction():
            return _contradiction(news, reader, now)
        case IncidentNews():
            return incident.message(news, reader, now)
        case IncidentOver():
            return incident.over(news, reader)
        case Morning():
            return team.morning(news, reader, now)
        case WatchLost():
            return _lost(news, reader)
        case Report():
            return digest.message(news, reader)


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
    channel = outside.channel(news.where.channel)
    where = channel.text if channel else speak(_("that conversation"))
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
