"""What carriers, shops and people wrote, made fit for Slack: it never pings, links, formats, hides or turns the line.

A piece of outside text goes into a ``plain_text`` through :func:`plain` and into a ``mrkdwn`` through :func:`mrkdwn`.
What may act, such as a link of our own, is made by :func:`link` and :func:`user`, and told apart as :class:`Own`.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

PLACE, LINE, LONG = 60, 200, 600
#: Letters that draw nothing: Hangul fillers, the empty Braille cell.
_BLANK: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800")
#: So many marks may sit on one letter; the rest climbs over the lines above.
_MARKS: Final = 2
#: An angle bracket begins a mention or a link, at the beginning of a line a quotation; a solidus after a colon a link.
_ANGLES: Final = str.maketrans({"<": "\u2039", ">": "\u203a"})
#: Slack knows no escape for its marks of bold, italic, struck and code: they become signs that look like them.
_MARKUP: Final = str.maketrans({"*": "\u2217", "~": "\u223c", "`": "'"})
#: One inside a word is none, and stays: names of settings are copied.
_ITALIC: Final = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_EMOJI: Final = re.compile(r":(?=[\w+'-]+:)")
_LINK: Final = re.compile(r"(?<=\w):(?=//)|(?<=mailto):|(?<=tel):", re.IGNORECASE)
_EVERYBODY: Final = re.compile(r"@(?=here|channel|everyone)", re.IGNORECASE)
_USER: Final = re.compile(r"[UW][A-Z0-9]{2,20}")
_CHANNEL: Final = re.compile(r"[CG][A-Z0-9]{2,20}")
_URL: Final = re.compile(r"https?://[^\s<>|\"'`]+")
#: Keep a text that is written from the right from reordering what stands beside it.
_ISOLATE, _END_ISOLATE = "\u2068", "\u2069"


@dataclass(frozen=True, slots=True)
class Own:
    """Markup that we made, and that may act."""

    text: str


def plain(text: str, limit: int = LINE) -> str:
    """Outside text for a ``plain_text``, on one line, of at most ``limit`` characters."""
    return _isolated(_cut(list(_harmless(text)), limit))


def mrkdwn(text: str, limit: int = LINE) -> str:
    """Outside text for a ``mrkdwn`` or a message's ``text``; no entity is cut in two."""
    inert = _ITALIC.sub("\uff3f", _EMOJI.sub("\u2236", _harmless(text).translate(_MARKUP)))
    return _isolated(_cut(["&amp;" if character == "&" else character for character in inert], limit))


def user(user_id: str) -> Own:
    """A mention of somebody in Slack; who is not one of them is named as outside text."""
    return Own(f"<@{user_id}>") if _USER.fullmatch(user_id) else Own(mrkdwn(user_id, PLACE))


def channel(channel_id: str) -> Own | None:
    """A link to a channel of Slack's; None: it is no channel that has a name, or none of Slack's at all."""
    return Own(f"<#{channel_id}>") if _CHANNEL.fullmatch(channel_id) else None


def link(url: str, label: str) -> Own:
    """A link to an address of ours; the label may be anybody's."""
    shown = mrkdwn(label.replace("|", "/"), PLACE)
    return Own(f"<{url.replace('&', '&amp;')}|{shown}>") if _URL.fullmatch(url) else Own(shown)


def as_mrkdwn(value: object, limit: int = LINE) -> str:
    """A value for a sentence in ``mrkdwn``: our own markup as it is, everything else as outside text."""
    return value.text if isinstance(value, Own) else mrkdwn(str(value), limit)


def _harmless(text: str) -> str:
    composed = unicodedata.normalize("NFC", text[: LONG * 4])
    line = " ".join("".join(_visible(composed)).split()).translate(_ANGLES)
    return _EVERYBODY.sub("\uff20", _EMOJI.sub("\u2236", _LINK.sub("\u2236", line)))


def _visible(text: str) -> Iterator[str]:
    marks = 0
    for character in text:
        kind = unicodedata.category(character)
        marks = marks + 1 if kind in {"Mn", "Me"} else 0
        if kind in {"Cc", "Zl", "Zp"} or character in _BLANK:
            yield " "
        elif kind[0] != "C" and marks <= _MARKS:  # not what draws nothing, directs the line, or is no character
            yield character


def _cut(characters: list[str], limit: int) -> str:
    """The characters, of which some are entities, within the limit that Slack counts after escaping."""
    if sum(map(len, characters)) <= limit:
        return "".join(characters)
    kept, length = [], 0
    for character in characters:
        length += len(character)
        if length > limit - 1:
            break
        kept.append(character)
    return "".join(kept).rstrip(" _") + "…"


def _isolated(text: str) -> str:
    if any(unicodedata.bidirectional(character) in {"R", "AL"} for character in text):
        return f"{_ISOLATE}{text}{_END_ISOLATE}"
    return text
