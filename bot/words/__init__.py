"""What the bot says, in the reader's language. English is the source; the catalogues are compiled in memory.

outside    the texts of others, made fit for Slack      moments    times on the reader's clock, as people say them
states     names of statuses, faults, reasons           headlines  a card's first sentence
replies    what a customer may be told                  steps      what to do next
incidents  the words of every kind of incident           troubles   what is wrong, told by them
sentences  refusals and faults of the desk               rules      why a fact counts
locale/    the catalogues

A text is marked with ``_`` where it stands and said with ``say(locale)``: ``say(reader.locale)(_("Nothing to do."))``.
"""

from collections.abc import Callable
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

#: What the catalogues are called, by the language of a locale.
CATALOGUES: Final = {"pt": "pt_BR", "es": "es", "en": "en"}


def _(text: str) -> str:
    """Mark a text for the catalogues."""
    return text


def catalogue_of(locale: str) -> str:
    """``pt-PT`` is served in Brazilian Portuguese, ``es-MX`` in Spanish; what is unknown, in English."""
    return CATALOGUES.get(locale.replace("-", "_").lower().partition("_")[0], "en")


def say(locale: str) -> Callable[[str], str]:
    words = _words_in(catalogue_of(locale))
    return lambda text: str(words.ugettext(text))


@cache
def _words_in(catalogue: str) -> NullTranslations:
    if catalogue == "en":
        return NullTranslations()
    source = files("bot.words") / "locale" / catalogue / "LC_MESSAGES" / "bot.po"
    compiled = BytesIO()
    with source.open("rb") as handle:
        write_mo(compiled, read_po(handle, locale=catalogue))
    compiled.seek(0)
    return Translations(compiled, domain="bot")
