"""App Home: for one person, what is theirs, what the team should look at, and whether Wismo is well. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from bot.blocks import shapes, team
from bot.blocks.health import lines_of, verdict
from bot.blocks.parcel import until_in_words
from bot.values import Block, Reader
from bot.words import _, moments, outside, say, states
from bot.words.outside import as_mrkdwn
from relay.desk.health import Health
from relay.desk.noticing import Notice
from relay.desk.team import TeamList
from relay.desk.watching import Mine, MyOverride, Watch

#: So many of somebody's watches and corrections are shown; Home takes 100 blocks.
SHOWN = 10
SEARCH = "home.search"


@dataclass(frozen=True, slots=True)
class Home:
    """What one person's Home shows."""

    mine: Mine
    team: TeamList
    notices: Sequence[Notice]
    health: Health


def view(home: Home, reader: Reader, now: datetime) -> dict[str, Any]:
    """For ``views.publish``."""
    return {"type": "home", "blocks": list(_blocks(home, reader, now))}


def _blocks(home: Home, reader: Reader, now: datetime) -> Iterator[Block]:
    yield _search(reader)
    yield from _watches(home.mine, reader, now)
    yield from _overrides(home.mine, reader, now)
    yield shapes.divider()
    yield from team.blocks(home.team, reader, now)
    yield from _notices(home.notices, reader, now)
    yield shapes.divider()
    yield shapes.section("\n".join(_health(home.health, reader, now)))
    as_of = say(reader.locale)(_("As of %(moment)s; it is read anew each time you open it."))
    yield shapes.context(as_of % {"moment": moments.moment(now, now, reader)})


def _search(reader: Reader) -> Block:
    """It acts on Enter: Home has no button to submit."""
    speak = say(reader.locale)
    return {
        "type": "input",
        "block_id": SEARCH,
        "dispatch_action": True,
        "label": shapes.plain_text(speak(_("Find an order, then Enter")), shapes.BUTTON),
        "element": {
            "type": "plain_text_input",
            "action_id": SEARCH,
            "max_length": 200,
            "dispatch_action_config": {"trigger_actions_on": ["on_enter_pressed"]},
            "placeholder": shapes.plain_text(speak(_("Order, invoice, tracking or e-mail")), shapes.HEADER),
        },
    }


# -- what is theirs ----------------------------------------------------------------------------------------------------


def _watches(mine: Mine, reader: Reader, now: datetime) -> Iterator[Block]:
    speak = say(reader.locale)
    yield shapes.section(f"*{speak(_('My watches'))} ({len(mine.watches)})*")
    for watch in mine.watches[:SHOWN]:
        stop = shapes.button(speak(_("Stop")), "home.stop", orjson.dumps({"w": watch.watch_id}).decode())
        yield {**shapes.section(_watch(watch, reader, now)), "accessory": stop}
    if not mine.watches:
        yield shapes.context(speak(_("None. Choose *Watch here* on a card, and a thread is told each change.")))
    yield from _more(len(mine.watches), reader)


def _watch(watch: Watch, reader: Reader, now: datetime) -> str:
    order, since = outside.mrkdwn(watch.order_id, outside.PLACE), moments.ago(watch.since, now, reader)
    channel = outside.channel(watch.thread.channel)
    where = channel.text if channel else ""
    return " · ".join(part for part in (f"*{order}*", where, since) if part)


def _overrides(mine: Mine, reader: Reader, now: datetime) -> Iterator[Block]:
    speak = say(reader.locale)
    yield shapes.section(f"*{speak(_('My corrections'))} ({len(mine.overrides)})*")
    for override in mine.overrides[:SHOWN]:
        yield shapes.section(_override(override, reader, now))
    if not mine.overrides:
        yield shapes.context(speak(_("None stands.")))
    yield from _more(len(mine.overrides), reader)


def _override(override: MyOverride, reader: Reader, now: datetime) -> str:
    speak = say(reader.locale)
    text = speak(_("*%(order)s* is shown as %(status)s, %(until)s: %(reason)s"))
    shown = text % {
        "order": outside.mrkdwn(override.order_id, outside.PLACE),
        "status": states.status(override.status, override.kind, reader),
        "until": until_in_words(override.until, override.until_word, reader, now),
        "reason": outside.mrkdwn(override.reason),
    }
    return f"{shown}\n{speak(_('The carrier says otherwise.'))}" if override.contradicted_at else shown


def _more(count: int, reader: Reader) -> Iterator[Block]:
    if count > SHOWN:
        yield shapes.context(say(reader.locale)(_("And %(count)s more")) % {"count": count - SHOWN})


# -- notes and health --------------------------------------------------------------------------------------------------


def _notices(notices: Sequence[Notice], reader: Reader, now: datetime) -> Iterator[Block]:
    if notices:
        yield shapes.section("\n".join(notice_line(notice, reader, now) for notice in notices[:SHOWN]))


def notice_line(notice: Notice, reader: Reader, now: datetime) -> str:
    """With its id: the note is ended by that."""
    text = say(reader.locale)(_("*%(about)s*: %(text)s (until %(moment)s, by %(who)s) · `%(id)s`"))
    return text % {
        "about": outside.mrkdwn(notice.carrier_label or notice.region, outside.PLACE),
        "text": outside.mrkdwn(notice.text, outside.LONG),
        "moment": moments.moment(notice.until, now, reader),
        "who": as_mrkdwn(outside.user(notice.by)),
        "id": notice.notice_id,
    }


def _health(found: Health, reader: Reader, now: datetime) -> list[str]:
    """In three lines: the verdict, then what is wrong or else what is on its way and what leaves."""
    mark = ":large_green_circle:" if found.is_well else ":red_circle:"
    lines = list(lines_of(found, reader, now))
    return [f"{mark} *{verdict(found, reader)}*", *lines[:2]]
