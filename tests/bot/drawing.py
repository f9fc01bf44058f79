"""Golden JSON drawn by the demo's Slack page: a page for each card, and a sheet of all of them in one language."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any, Final

import orjson
from flask import Flask, render_template_string
from markupsafe import Markup

from relay import sandbox
from relay.sandbox.slack import View
from relay.sandbox.slack.mrkdwn import Eyes, drawn_text, rich_text
from relay.sandbox.slack.workspace import BOT_USER, Person, Posted, Room, Said
from relay.sandbox.slack_looks import Line, Look
from relay.sandbox.slack_page import add_drawing
from tests.bot.looked_at import AGENT, GOLDEN
from tests.bot.told import NOW

Json = Mapping[str, Any]
#: Slack's column of messages on a desk, and a phone.
WIDTHS: Final = (600, 360)
#: How many columns of cards a sheet has; a card is drawn at both widths beside each other.
COLUMNS: Final = 5
NAMES: Final = {AGENT.user_id: "agent", "U0AGENT02": "lead", "C0SUPPORT1": "support", "C0123456789": "support"}
EMOJI: Final = re.compile(r'<span class="emoji.*?</span>')
HERE: Final = Path(__file__).parent
CARD: Final = """
{%- from "slack_blocks.html" import blocks, message, window with context -%}
{%- if look.modal %}{{ window(look.modal, "") }}
{%- elif look.home -%}
<section class="room"><form class="blocks">{{ blocks(look.home, look.home.blocks, look.eyes) }}</form></section>
{%- else %}<section class="room">{{ message(look.lines[0]) }}</section>{% endif -%}
"""
#: What stands around the cards in a frame, and the frames on a sheet.
AROUND_CSS: Final = """
body { background: #d5d8de; }
[data-name] { padding-bottom: 16px; }
[data-name] > .room, [data-name] > .modal { border-radius: 0; width: 100%; }
.name { margin: 0; padding: 4px 8px; background: #d5d8de; color: #1c1c1e; font: 13px/1.4 sans-serif; }
"""
SHEET_CSS: Final = """
body { display: flex; gap: 12px; margin: 12px; background: #d5d8de; }
iframe { border: 0; flex: none; }
"""


@dataclass(frozen=True, slots=True)
class Drawing:
    """One card in one language."""

    name: str
    html: str
    texts: Sequence[str]  #: that its reader must see
    menus: Sequence[Sequence[str]]  #: what each menu offers

    @property
    def digest(self) -> str:
        return sha256(self.html.encode()).hexdigest()[:16]


def drawings(locale: str) -> list[Drawing]:
    """Of all golden files, those of messages first."""
    folders = (GOLDEN, GOLDEN / "views", GOLDEN / "digest")
    files = [path for folder in folders for path in sorted(folder.glob("*.json"))]
    with _app().test_request_context():
        return [_drawing(path, orjson.loads(path.read_bytes())[locale], locale) for path in files]


def _drawing(path: Path, given: Json, locale: str) -> Drawing:
    eyes = Eyes(NOW, AGENT.zone, locale, NAMES)
    only_for = AGENT.user_id if path.parent == GOLDEN else ""  # a card answers a person; news are for all
    html = render_template_string(CARD, look=_look(given, eyes, only_for)).strip()
    ends = [given[end]["text"] for end in ("title", "close", "submit") if end in given]
    texts = [*ends, *(text for block in given["blocks"] for text in _texts(block, eyes))]
    name = str(path.relative_to(GOLDEN).with_suffix(""))
    return Drawing(name, html, texts, [*_menus(given["blocks"])])


def _look(given: Json, eyes: Eyes, only_for: str) -> Look:
    person, room = Person(AGENT.user_id, "agent", locale=eyes.locale), Room("C0SUPPORT1", "support")
    if "type" in given:
        view = View("V1", person.user_id, dict(given) | {"blocks": _with_ids(given["blocks"])}, "")
        home, modal = (view, None) if given["type"] == "home" else (None, view)
        return Look(person, (room,), room, (), home, modal, eyes)
    said = Said(given["text"], _with_ids(given["blocks"]))
    posted = Posted(room.channel_id, f"{NOW.timestamp():.6f}", said, BOT_USER, only_for=only_for)
    return Look(person, (room,), room, (Line(posted, "Wismo", posted.ts),), None, None, eyes)


def _with_ids(blocks: Sequence[Json]) -> list[dict[str, Any]]:
    """As Slack gives them to those that have none."""
    return [{"block_id": f"b{place}", **block} for place, block in enumerate(blocks)]


@cache
def around() -> str:
    """The looks of all cards."""
    static = Path(sandbox.__file__).parent / "static"
    return "".join((static / name).read_text() for name in ("panel.css", "slack.css")) + AROUND_CSS


@cache
def _app() -> Flask:
    """The demo's templates and what they call, without the demo."""
    app = Flask("relay.sandbox")
    add_drawing(app)
    for endpoint in ("act_in_slack", "submit", "write", "shortcut"):
        app.add_url_rule(f"/{endpoint}", endpoint)
    return app


# -- what must be seen -------------------------------------------------------------------------------------------------


def _texts(part: object, eyes: Eyes) -> Iterator[str]:
    """Every text of a block but what stands in menus, behind a choice, and under a pointer."""
    if isinstance(part, Mapping):
        match part.get("type"):
            case "plain_text" | "mrkdwn":
                yield _read(drawn_text(part, eyes))
            case "rich_text":
                yield _read(rich_text(part, eyes))
            case "static_select":
                chosen = part.get("initial_option") or {"text": part.get("placeholder", {"text": ""})}
                yield str(chosen["text"]["text"])
            case "plain_text_input":
                yield part.get("initial_value") or part.get("placeholder", {}).get("text", "")
            case "overflow":
                pass
            case _:
                for inner in part.values():
                    yield from _texts(inner, eyes)
    elif isinstance(part, list):
        for inner in part:
            yield from _texts(inner, eyes)


def _read(drawn: Markup) -> str:
    return Markup(EMOJI.sub("", drawn.replace("<br>", " "))).striptags()  # noqa: S704 - markup as before, without pictures


def _menus(part: object) -> Iterator[list[str]]:
    if isinstance(part, Mapping):
        if part.get("type") == "overflow":
            yield [option["text"]["text"] for option in part["options"]]
        for inner in part.values():
            yield from _menus(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _menus(inner)


# -- the sheet ---------------------------------------------------------------------------------------------------------


def sheet(drawn: Sequence[Drawing], locale: str) -> str:
    judge = (HERE / "judge.js").read_text()
    frames = "".join(_frame(column, locale, width) for column in _columns(drawn) for width in WIDTHS)
    return (
        f'<!doctype html><meta charset="utf-8"><style>{SHEET_CSS}</style>{frames}'
        f"<script>{judge}\naddEventListener('load', fit);</script>"
    )


def _columns(drawn: Sequence[Drawing]) -> Iterator[Sequence[Drawing]]:
    """About as high as each other: what takes more words takes more room."""
    past, each = 0, sum(len(one.html) for one in drawn) / COLUMNS + 1
    column: list[Drawing] = []
    for one in drawn:
        if past // each != (past + len(one.html)) // each and column:
            yield column
            column = []
        past += len(one.html)
        column.append(one)
    yield column


def _frame(column: Sequence[Drawing], locale: str, width: int) -> str:
    cards = "".join(f'<article data-name="{one.name}">{_name(one)}{one.html}</article>' for one in column)
    page = (
        f'<!doctype html><html lang="{locale}" class="js"><meta charset="utf-8">'
        f"<style>{around()}</style><body>{cards}</body></html>"
    )
    return f'<iframe width="{width}" srcdoc="{escape(page)}"></iframe>'


def _name(drawn: Drawing) -> str:
    """With what its menus offer, which are closed in the picture."""
    menus = "".join(f"<br>⋯ {escape(' | '.join(menu))}" for menu in drawn.menus)
    return f'<p class="name"><b>{drawn.name}</b>{menus}</p>'


def sheet_width() -> int:
    return COLUMNS * (sum(WIDTHS) + 24) + 12
