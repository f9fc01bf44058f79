"""What people type and paste, as Slack hands it on: the things in it that may name an order."""

import html
import re
import unicodedata
from collections.abc import Iterator, Sequence
from urllib.parse import parse_qsl, unquote, urlsplit

#: As many are looked up at once.
MOST = 20
#: Of a message that somebody points at, so many pieces are tried.
MOST_IN_MESSAGE = 40
#: Longer than any address; and than any number in groups, as on a label.
LONGEST, LONGEST_NUMBER = 200, 40
#: ``<https://…|shown>``, ``<mailto:…|…>``, ``<@U…>``, ``<#C…|name>``, ``<!here>``: what Slack makes of text.
_MARKUP = re.compile(r"<([^<>|\n]*)(?:\|([^<>\n]*))?>")
_WRAPPING = "\"'`<>()[]{}.,;:!?“”‘’«»„*_~|\\ "
_BETWEEN = re.compile(r"[\s,;|]+")
_URL = re.compile(r"https?://", re.IGNORECASE)
#: Fewer digits than that are a count or a day, unless a hash sign stands before them.
_FEWEST_DIGITS = 3


def queries(text: str) -> list[str]:
    """Each thing that may name an order, in the order of the text.

    Words without a digit are no names where others have one: of "pedido 1001 da Ana" the number is meant.
    """
    pieces = list(dict.fromkeys(_pieces(text)))
    telling = [piece for piece in pieces if is_telling(piece)]
    return telling or pieces


def is_telling(piece: str) -> bool:
    return "@" in piece or any(character.isdigit() for character in piece)


def in_message(text: str) -> list[str]:
    """What in a message of anybody's may be the number of an order; more is tried than is meant."""
    found = [piece for piece in dict.fromkeys(_pieces(text)) if _may_be_number(piece)]
    return found[:MOST_IN_MESSAGE]


def _may_be_number(piece: str) -> bool:
    digits = sum(character.isdigit() for character in piece)
    return "@" in piece or digits >= _FEWEST_DIGITS or (piece.startswith("#") and digits > 0)


def candidates(query: str) -> list[str]:
    """Under which it may be known: a pasted address is itself one, and its parts are others, the last ones first."""
    if not _URL.match(query):
        return [query]
    return [query, *dict.fromkeys(reversed(list(_parts_of(query))))]


def _parts_of(url: str) -> Iterator[str]:
    try:
        address = urlsplit(url)
    except ValueError:
        return
    for part in (address.path, address.fragment):
        yield from (unquote(piece) for piece in re.split(r"[/?&=]", part) if is_telling(piece))
    yield from (value for _, value in parse_qsl(address.query) if is_telling(value))


def plain(text: str) -> str:
    """Text as it was typed: Slack's markup and entities undone, digits of any width, no signs that draw nothing."""
    typed = html.unescape(_MARKUP.sub(_meant, text))
    composed = unicodedata.normalize("NFKC", typed)
    return "".join(character for character in composed if unicodedata.category(character) != "Cf")


def _meant(markup: re.Match[str]) -> str:
    target, shown = markup[1], markup[2]
    if target.startswith(("@", "!")):
        return " "
    if target.startswith("#"):
        return f" {shown or ''} "
    scheme, _, rest = target.partition(":")
    if scheme in {"mailto", "tel"}:
        return f" {rest} "
    if shown and target.removeprefix("http://").rstrip("/") == shown.rstrip("/") and "/" not in shown:
        return f" {shown} "  # Slack takes words with a full stop for addresses
    return f" {target} "


def _pieces(text: str) -> Iterator[str]:
    for piece in _BETWEEN.split(plain(text)):
        bare = piece.strip(_WRAPPING)
        if bare and len(bare) <= LONGEST:
            yield bare


def first_word(text: str) -> tuple[str, str]:
    """In small letters, and what comes after it as it was typed: it may hold markup that is read later."""
    bare = re.sub(r"^\s*(?:<@[^>]*>\s*)+", "", text).strip()
    first, rest = [*bare.split(None, 1), "", ""][:2]
    return first.strip(_WRAPPING).casefold(), rest


def words(text: str) -> Sequence[str]:
    """The text in words as they stand, for what comes after a sub-word."""
    return plain(text).split()
