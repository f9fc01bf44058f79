"""Slack's own marks as HTML: mrkdwn, rich text, dates in the reader's zone and language. Nothing of it is trusted."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from markupsafe import Markup, escape

Part = Mapping[str, Any]

#: What stands for a link or a mention while the marks around it are read.
FIRST_HOLE = 0xE000
ANGLED = re.compile(r"<([^<>\n]+)>")
BLOCK = re.compile(r"```(.+?)```", re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
MARKS = (("*", "strong"), ("_", "em"), ("~", "s"))
QUOTE = re.compile(r"^&gt; ?", re.MULTILINE)
EMOJI = re.compile(r":([a-z0-9_+-]+):")
TOKEN = re.compile(r"\{(\w+)\}")
PICTURES = {
    "white_check_mark": "✅",
    "heavy_check_mark": "✔️",
    "warning": "⚠️",
    "rotating_light": "🚨",
    "x": "❌",
    "package": "📦",
    "truck": "🚚",
    "eyes": "👀",
    "lock": "🔒",
    "hourglass": "⌛",
    "hourglass_flowing_sand": "⏳",
    "mag": "🔍",
    "bell": "🔔",
    "red_circle": "🔴",
    "large_green_circle": "🟢",
    "large_yellow_circle": "🟡",
    "large_blue_circle": "🔵",
    "white_circle": "⚪",
    "house": "🏠",
    "wave": "👋",
}
#: Of those, the ones that the page draws itself.
DRAWN = {"white_check_mark", "rotating_light", "red_circle", "large_green_circle"}
NEAR_DAYS = {
    "en": {-1: "Yesterday", 0: "Today", 1: "Tomorrow"},
    "pt": {-1: "Ontem", 0: "Hoje", 1: "Amanhã"},
    "es": {-1: "Ayer", 0: "Hoy", 1: "Mañana"},
}
DATE_STYLES = {
    "date_num": "yyyy-MM-dd",
    "date_slash": "short",
    "date_short": "medium",
    "date": "long",
    "date_long": "full",
    "date_long_full": "full",
}


@dataclass(frozen=True, slots=True)
class Eyes:
    """Whose: their clock, their language, and the names that they know."""

    now: datetime
    zone: str
    locale: str
    names: Mapping[str, str] = field(default_factory=dict)  #: of people and channels, by id


def drawn_text(text: Part, eyes: Eyes) -> Markup:
    """A text object of Block Kit."""
    return mrkdwn(text["text"], eyes) if text["type"] == "mrkdwn" else plain(text["text"])


def plain(text: str) -> Markup:
    return Markup(_pictures(str(escape(text))).replace("\n", "<br>"))  # noqa: S704 - escaped just before


def mrkdwn(text: str, eyes: Eyes) -> Markup:
    """Links and mentions stand in angle brackets; ``&``, ``<`` and ``>`` that are meant come as entities."""
    holes: list[Markup] = []

    def dig(piece: Markup) -> str:
        holes.append(piece)
        return chr(FIRST_HOLE + len(holes) - 1)

    bare = "".join(sign for sign in text if not FIRST_HOLE <= ord(sign) < FIRST_HOLE + 0x1000)
    bare = ANGLED.sub(lambda found: dig(_angled(found[1], eyes)), bare)
    safe = str(escape(_meant(bare)))
    safe = BLOCK.sub(lambda found: dig(Markup("<pre>{}</pre>").format(Markup(found[1].strip("\n")))), safe)  # noqa: S704 - escaped above
    safe = CODE.sub(lambda found: dig(Markup("<code>{}</code>").format(Markup(found[1]))), safe)  # noqa: S704 - escaped above
    for mark, tag in MARKS:
        safe = _marked(safe, mark, tag)
    safe = _quoted(_pictures(safe)).replace("\n", "<br>")
    for index in reversed(range(len(holes))):
        safe = safe.replace(chr(FIRST_HOLE + index), holes[index])
    return Markup(safe)  # noqa: S704 - made of what was escaped above


def _marked(safe: str, mark: str, tag: str) -> str:
    """Only where words begin and end, as Slack has it."""
    inner = re.escape(mark)
    pattern = rf"(?<![\w{inner}]){inner}(?!\s)([^\n]+?)(?<!\s){inner}(?![\w{inner}])"
    return re.sub(pattern, rf"<{tag}>\1</{tag}>", safe)


def _quoted(safe: str) -> str:
    lines: list[str] = []
    for line in safe.split("\n"):
        if not QUOTE.match(line):
            lines.append(line)
        elif lines and lines[-1].startswith("<blockquote>"):
            lines[-1] = lines[-1].removesuffix("</blockquote>") + f"<br>{QUOTE.sub('', line)}</blockquote>"
        else:
            lines.append(f"<blockquote>{QUOTE.sub('', line)}</blockquote>")
    return "\n".join(lines).replace("</blockquote>\n", "</blockquote>")


def _pictures(safe: str) -> str:
    return EMOJI.sub(lambda found: _picture(found[1]) or found[0], safe)


def _picture(name: str) -> str:
    sign = PICTURES.get(name, "")
    return f'<span class="emoji {name}" title="{name}">{sign}</span>' if name in DRAWN else sign


def _angled(inside: str, eyes: Eyes) -> Markup:
    target, _, label = inside.partition("|")
    match target[0]:
        case "@":
            return _mention("@", eyes.names.get(target[1:], label or target[1:]))
        case "#":
            return _mention("#", eyes.names.get(target[1:], label or target[1:]))
        case "!" if target.startswith("!date^"):
            return Markup(escape(_date(target.split("^"), label, eyes)))  # noqa: S704 - escaped here
        case "!":
            return _mention("@", target[1:].partition("^")[0])
        case _:
            return _link(target, label or target)


def _mention(sign: str, name: str) -> Markup:
    return Markup('<span class="mention">{}{}</span>').format(sign, name)


def _link(url: str, label: str) -> Markup:
    if not url.startswith(("https://", "http://", "mailto:")):
        return escape(_meant(label))
    return Markup('<a href="{}" target="_blank" rel="noopener">{}</a>').format(_meant(url), _meant(label))


def _meant(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _date(parts: list[str], fallback: str, eyes: Eyes) -> str:
    """Of ``!date``, the moment, and words with tokens in them."""
    if len(parts) < 3 or not parts[1].isdigit():  # noqa: PLR2004 - the mark, the moment, the words
        return fallback
    return TOKEN.sub(lambda found: _token(found[1], int(parts[1]), eyes) or found[0], parts[2])


def _token(name: str, moment: int, eyes: Eyes) -> str:
    at, language = datetime.fromtimestamp(moment, UTC).astimezone(ZoneInfo(eyes.zone)), eyes.locale.replace("-", "_")
    if name in {"time", "time_secs"}:
        return str(format_time(at, "short" if name == "time" else "medium", locale=language))
    if name == "ago":
        return _ago(eyes.now - at)
    style = name.removesuffix("_pretty")
    if style not in DATE_STYLES:
        return ""
    days = (at.date() - eyes.now.astimezone(at.tzinfo).date()).days
    near = NEAR_DAYS.get(eyes.locale[:2], NEAR_DAYS["en"])
    if name.endswith("_pretty") and days in near:
        return near[days]
    return str(format_date(at, DATE_STYLES[style], locale=language))


def _ago(past: timedelta) -> str:
    minutes = int(past.total_seconds() // 60)
    return f"{minutes // 60} hours ago" if minutes >= 60 else f"{minutes} minutes ago"  # noqa: PLR2004 - of an hour


def rich_text(block: Part, eyes: Eyes) -> Markup:
    return Markup("").join(_rich_part(part, eyes) for part in block["elements"])


def _rich_part(part: Part, eyes: Eyes) -> Markup:
    match part["type"]:
        case "rich_text_list":
            tag = "ol" if part.get("style") == "ordered" else "ul"
            items = Markup("").join(Markup("<li>{}</li>").format(_rich_line(item, eyes)) for item in part["elements"])
            return Markup("<{0}>{1}</{0}>").format(tag, items)
        case "rich_text_quote":
            return Markup("<blockquote>{}</blockquote>").format(_rich_line(part, eyes))
        case "rich_text_preformatted":
            return Markup("<pre>{}</pre>").format(_rich_line(part, eyes))
        case _:
            return Markup("<p>{}</p>").format(_rich_line(part, eyes))


def _rich_line(part: Part, eyes: Eyes) -> Markup:
    return Markup("").join(_rich_word(word, eyes) for word in part["elements"])


def _rich_word(word: Part, eyes: Eyes) -> Markup:
    match word["type"]:
        case "text":
            drawn = Markup(str(escape(word["text"])).replace("\n", "<br>"))  # noqa: S704 - escaped here
        case "link":
            drawn = _link(word["url"], word.get("text") or word["url"])
        case "emoji":
            drawn = escape(PICTURES.get(word["name"], f":{word['name']}:"))
        case "user":
            drawn = _mention("@", eyes.names.get(word["user_id"], word["user_id"]))
        case "channel":
            drawn = _mention("#", eyes.names.get(word["channel_id"], word["channel_id"]))
        case "date":
            parts = ["", str(word["timestamp"]), word["format"]]
            drawn = escape(_date(parts, word.get("fallback", ""), eyes))
        case kind:
            drawn = _mention("@", str(word.get("range", kind)))
    for style, tag in (("bold", "strong"), ("italic", "em"), ("strike", "s"), ("code", "code")):
        if word.get("style", {}).get(style):
            drawn = Markup("<{0}>{1}</{0}>").format(tag, drawn)
    return drawn
