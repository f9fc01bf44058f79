"""What last week was like: a sentence, a chart of it, and the same in words. Pure."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Final

from babel.dates import format_interval, format_skeleton
from babel.numbers import format_decimal, format_percent

from bot.blocks import shapes
from bot.values import Block, Message, Reader
from bot.words import _, catalogue_of, moments, outside, say, states
from bot.words.outside import as_mrkdwn
from relay.desk.figures import ENOUGH, Share
from relay.desk.report import Caught, Figures, OfCarrier, Report
from relay.model import Kind, Status

#: So many carriers and kinds of incidents are told one by one.
CARRIERS, KINDS = 10, 8
#: What Slack takes of a chart.
CHART: Final = "data_visualization"
TITLE, LABEL = 50, 20
DAY = timedelta(days=1)


def message(report: Report, reader: Reader) -> Message:
    speak, now = say(reader.locale), report.now
    week = speak(_("Week of %(days)s")) % {"days": _days(now, reader)}
    if now.is_empty:
        text = f"{week}: {speak(_('nothing moved, nothing was told, nothing went wrong.'))}"
        return Message(text, (shapes.section(text),))
    return Message(f"{week}: {_finding(report, reader)}", tuple(_blocks(report, week, reader)))


def _days(of: Figures, reader: Reader) -> str:
    locale = catalogue_of(reader.locale)
    text = format_interval(of.period.first, of.period.last, "MMMd", locale=locale)
    return str(text).replace("\u2009", " ").replace("\u202f", " ")


def _blocks(report: Report, week: str, reader: Reader) -> Iterator[Block]:
    speak = say(reader.locale)
    yield shapes.header(week)
    yield shapes.section(f"*{states.capital(_finding(report, reader))}*")
    if chart := _chart(report, reader):
        yield chart
    yield shapes.section("\n".join(f"{name}: *{value}*" for name, value in _counts(report, reader)))
    if report.now.carriers:
        yield shapes.section("\n".join(_carrier(one, reader) for one in report.now.carriers[:CARRIERS]))
    others = [*_mails(report.now, reader), *_shop(report.now, reader), *_corrections(report.now, reader)]
    if others:
        yield shapes.section("\n".join(others))
    yield shapes.section(_caught(report.now.caught, reader))
    yield shapes.context(speak(_FOOTNOTE))


_FOOTNOTE: Final = _(
    "Times are from the carrier's first scan to the delivery. Of fewer than 5 parcels neither percentages nor times "
    "are told. “Before” is the median of the four weeks before, as far as there were any."
)

# -- the finding -------------------------------------------------------------------------------------------------------


def _finding(report: Report, reader: Reader) -> str:
    """A notification shows this alone; it begins small enough to follow a colon."""
    speak, parcels = say(reader.locale), report.now.parcels
    if not parcels.in_time.of:
        text = speak(_("parcels delivered: %(count)s, none of them with a promised day."))
        return text % {"count": _number(parcels.delivered, reader)}
    usual = report.usual(lambda of: of.parcels.in_time.ratio)
    given = {
        "hits": _number(parcels.in_time.hits, reader),
        "of": _number(parcels.in_time.of, reader),
        "percent": _percent(parcels.in_time, reader),
    }
    if parcels.in_time.ratio is None:
        return speak(_("%(hits)s of %(of)s with a promised day came in time.")) % given
    if usual is None:
        return speak(_("%(hits)s of %(of)s with a promised day came in time (%(percent)s).")) % given
    given["before"] = _as_percent(usual, reader)
    return speak(_("%(hits)s of %(of)s with a promised day came in time (%(percent)s; before: %(before)s).")) % given


def _number(count: float, reader: Reader) -> str:
    return str(format_decimal(round(count, 1), locale=catalogue_of(reader.locale)))


def _percent(share: Share, reader: Reader) -> str:
    return "" if share.ratio is None else _as_percent(share.ratio, reader)


def _as_percent(ratio: float, reader: Reader) -> str:
    return str(format_percent(ratio, locale=catalogue_of(reader.locale)))


# -- the chart ---------------------------------------------------------------------------------------------------------


def _chart(report: Report, reader: Reader) -> Block | None:
    """Of each week, the oldest first, how many came in time, late, and without a promise; None: too few to draw."""
    speak, weeks = say(reader.locale), [*reversed(report.before), report.now]
    if sum(week.parcels.delivered for week in weeks) < ENOUGH:
        return None
    names = [_week(week, reader) for week in weeks]
    series = [
        (speak(_("In time")), [week.parcels.in_time.hits for week in weeks]),
        (speak(_("Too late")), [week.parcels.in_time.of - week.parcels.in_time.hits for week in weeks]),
        (speak(_("No promise")), [week.parcels.delivered - week.parcels.in_time.of for week in weeks]),
    ]
    return {
        "type": CHART,
        "title": shapes.cut(speak(_("Parcels delivered, by week")), TITLE),
        "chart": {
            "type": "bar",
            "series": [
                {
                    "name": shapes.cut(name, LABEL),
                    "data": [{"label": week, "value": count} for week, count in zip(names, counts, strict=True)],
                }
                for name, counts in series
                if any(counts)
            ],
            "axis_config": {
                "categories": names,
                "x_label": shapes.cut(speak(_("Week that begins on")), TITLE),
                "y_label": shapes.cut(speak(_("Parcels")), TITLE),
            },
        },
    }


def _week(of: Figures, reader: Reader) -> str:
    return shapes.cut(str(format_skeleton("MMMd", of.period.first, locale=catalogue_of(reader.locale))), LABEL)


# -- parcels -----------------------------------------------------------------------------------------------------------

Number = Callable[[Figures], int]
#: Always told, compared with what is usual.
COUNTS: Final[dict[str, Number]] = {
    _("Dispatched"): lambda of: of.parcels.dispatched,
    _("Delivered"): lambda of: of.parcels.delivered,
    _("Open at the end"): lambda of: of.parcels.open,
    _("Of those late"): lambda of: of.parcels.late,
}
#: Told where there are any.
MORE: Final[dict[str, Number]] = {
    _("Not scanned for 3 days"): lambda of: of.parcels.still,
    _("Deliveries held, now"): lambda of: of.parcels.held,
    _("Returned"): lambda of: of.parcels.returned,
    _("Not received, customers say"): lambda of: of.not_received,
}


def _counts(report: Report, reader: Reader) -> Iterator[tuple[str, str]]:
    speak = say(reader.locale)
    for name, number in COUNTS.items():
        yield speak(name), _beside(number(report.now), report.usual(number), reader)
    for name, number in MORE.items():
        if count := number(report.now):
            yield speak(name), _number(count, reader)


def _beside(count: int, usual: float | None, reader: Reader) -> str:
    if usual is None:
        return _number(count, reader)
    text = say(reader.locale)(_("%(count)s (before: %(before)s)"))
    return text % {"count": _number(count, reader), "before": _number(usual, reader)}


def _carrier(one: OfCarrier, reader: Reader) -> str:
    speak, parcels = say(reader.locale), one.parcels
    name = outside.mrkdwn(one.label, outside.PLACE) or speak(_("Carrier unknown"))
    said = [speak(_("delivered: %(count)s")) % {"count": _number(parcels.delivered, reader)}]
    if parcels.in_time.ratio is not None:
        said.append(speak(_("in time: %(percent)s")) % {"percent": _percent(parcels.in_time, reader)})
    if parcels.transit.median is not None and parcels.transit.p90 is not None:
        days = [_number(hours / 24, reader) for hours in (parcels.transit.median, parcels.transit.p90)]
        said.append(
            speak(_("half within %(median)s days, 9 of 10 within %(p90)s")) % dict(zip(_SPEEDS, days, strict=True))
        )
    if parcels.late:
        said.append(speak(_("late: %(count)s")) % {"count": _number(parcels.late, reader)})
    if one.silent:
        said.append(speak(_("told us nothing for %(lasts)s")) % {"lasts": moments.span(one.silent, reader)})
    return f"*{name}* – {' · '.join(said)}"


_SPEEDS: Final = ("median", "p90")

# -- what left, what people did, what went wrong -----------------------------------------------------------------------


def _listed(title: str, parts: Sequence[tuple[str, int]], reader: Reader) -> Iterator[str]:
    """``Mails – sent: 120 · given up: 2``, without what there was none of."""
    speak = say(reader.locale)
    said = [speak(name) % {"count": _number(count, reader)} for name, count in parts if count]
    if said:
        yield f"*{speak(title)}* – {' · '.join(said)}"


def _mails(of: Figures, reader: Reader) -> Iterator[str]:
    mails = of.mails
    parts = [
        (_("sent: %(count)s"), mails.sent),
        (_("kept in shadow: %(count)s"), mails.shadow),
        (_("set aside in a pause: %(count)s"), mails.paused),
        (_("given up: %(count)s"), mails.dead),
        (_("news not told: %(count)s"), mails.untold),
    ]
    return _listed(_("Mails"), parts, reader)


def _shop(of: Figures, reader: Reader) -> Iterator[str]:
    parts = [
        (_("parcels written: %(count)s"), of.shop.written),
        (_("new differences: %(count)s"), of.shop.drifts),
        (_("settled: %(count)s"), of.shop.drifts_over),
        (_("still open: %(count)s"), of.shop.drifts_open),
    ]
    return _listed(_("Shop"), parts, reader)


def _corrections(of: Figures, reader: Reader) -> Iterator[str]:
    speak = say(reader.locale)
    said = [
        f"{states.status(Status(status), Kind.OUTBOUND, reader)}: {_number(count, reader)}"
        for status, count in of.corrections.items()
    ]
    if of.contradicted:
        count = _number(of.contradicted, reader)
        said.append(speak(_("contradicted by the carrier: %(count)s")) % {"count": count})
    if said:
        yield f"*{speak(_('Set by hand'))}* – {' · '.join(said)}"


def _caught(caught: Sequence[Caught], reader: Reader) -> str:
    speak = say(reader.locale)
    if not caught:
        return f"*{speak(_('Incidents'))}* – {speak(_('none'))}"
    more = len(caught) - KINDS
    rest = [f"+ {more}"] if more > 0 else []
    return "\n".join([f"*{speak(_('Incidents'))}*", *(_kind(one, reader) for one in caught[:KINDS]), *rest])


def _kind(one: Caught, reader: Reader) -> str:
    """The kind by its name, under which the documentation explains it."""
    speak = say(reader.locale)
    lasted = speak(_("open for %(lasts)s")) % {"lasts": moments.span(one.lasted, reader)}
    said = [f"`{one.kind}`: {_number(one.opened, reader)}", lasted]
    if one.open:
        said.append(speak(_("still open: %(count)s")) % {"count": _number(one.open, reader)})
    people = ", ".join(as_mrkdwn(outside.user(person)) for person in one.taken_by)
    said.append(speak(_("taken by %(who)s")) % {"who": people} if people else speak(_("taken by nobody")))
    return " · ".join(said)
