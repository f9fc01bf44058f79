"""What the desk and the far sides say in English, told in the reader's language.

Refusals and faults are worded where they happen, for commands and logs. Those that people in Slack see by ordinary use
stand here once more; what stands here and is said nowhere fails a test. Everything else is told as it is.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from bot.values import Reader
from bot.words import _, outside, say
from relay.errors import BadInput, WismoError

SENTENCES: Final = (
    # -- Slack ---------------------------------------------------------------------------------------------------------
    _("Slack cannot be reached (%(why)s)"),
    _("Slack asks to wait %(seconds)s s"),
    _("Slack answers %(code)s"),
    _("Nothing is lost: it goes on by itself; `wismo doctor` says what Slack answers"),
    _("Install the app again with the scopes of `wismo slack manifest`"),
    _("Check WISMO_SLACK_BOT_TOKEN; `wismo doctor` says what Slack answers"),
    # -- VTEX ----------------------------------------------------------------------------------------------------------
    _("VTEX did not answer: %(why)s"),
    _("VTEX cannot be asked: %(why)s"),
    _("VTEX says that it was asked too often"),
    _("Nothing is asked for %(seconds)s s; then it goes on"),
    _("Check WISMO_VTEX_ACCOUNT and WISMO_VTEX_URL"),
    _("Check WISMO_VTEX_ACCOUNT and WISMO_VTEX_URL: it sends us to another address, where we do not go"),
    _("Check WISMO_VTEX_APP_KEY and WISMO_VTEX_APP_TOKEN: it may be revoked, or another account's"),
    _("Check WISMO_VTEX_APP_KEY and WISMO_VTEX_APP_TOKEN for characters that no header can carry"),
    _("In VTEX's Admin give the key's role the resource %(resource)s"),
    _("the hook of this key calls %(host)s, and Wismo did not make it"),
    _("this key has a feed that Wismo did not make"),
    _("A key of VTEX has one hook and one feed: give Wismo a key of its own"),
    # -- mail ----------------------------------------------------------------------------------------------------------
    _("%(folder)s cannot be written: %(why)s"),
    _("the server fell silent: %(why)s"),
    # -- a push of our own ---------------------------------------------------------------------------------------------
    _("nobody listens there"),
    _("its name is not known (DNS)"),
    _("no answer within %(seconds)s seconds"),
    _("its TLS certificate has expired"),
    _("its TLS certificate is not trusted: %(why)s"),
    _("it answers HTTP %(status)s"),
    _("it sends us to another address (HTTP %(status)s)"),
    _("another installation answers at this address"),
    _("it was answered as taken, but is not in our database: another installation answers at this address"),
    _("the clock of who answers there is more than five minutes off"),
    _("the database takes nothing: %(why)s"),
    _("a parcel that begins to move makes no mail to its customer"),
    # -- notes ---------------------------------------------------------------------------------------------------------
    _("it has %(count)s characters"),
    _("Write 1 to %(most)s"),
    _("it is no name of a place"),
    _("Write letters, at most %(most)s"),
    _("%(given)s is no carrier of ours"),
    _("Use one of: %(known)s; or region:NAME"),
    _("%(given)s is no date"),
    _("Write 2026-12-24 or 2026-12-24T18:00"),
    _("%(given)s is past"),
    _("Give a date in the future"),
    _("%(given)s is more than a year ahead"),
    _("Give a nearer date"),
    _("no day is given"),
    _("Write: /track notice correios Strike until 2026-12-24"),
    _("no note in force has the id %(given)s"),
    _("`/track notice` lists them"),
    # -- orders and parcels --------------------------------------------------------------------------------------------
    _("order %(order)s is not known any more"),
    _("this correction is not known any more"),
    _("Look at the order again"),
    _("nothing is known under %(given)s"),
    _("Looked among order ids, short numbers, invoices, tracking numbers, e-mail addresses and page links"),
    _("%(given)s is known, but has no parcel yet"),
    _("%(given)s is no carrier"),
    _("Write a short name such as ups or correios"),
)
#: What was refused, by the name under which the desk knows it.
FIELDS: Final[Mapping[str, str]] = {
    "text": _("text"),
    "region": _("region"),
    "carrier": _("carrier"),
    "until": _("until"),
    "number": _("number"),
    "reason": _("reason"),
    "query": _("query"),
}
_PLACE: Final = re.compile(r"%\\\((\w+)\\\)s")


def told(text: str, reader: Reader, limit: int = outside.LONG) -> str:
    """For a ``mrkdwn``; code stays code in a sentence of ours, and what it was filled with is outside text."""
    for sentence, pattern in _patterns().items():
        found = pattern.fullmatch(text)
        if found:
            values = {name: outside.mrkdwn(_bare(value), limit) for name, value in found.groupdict().items()}
            return say(reader.locale)(sentence) % values
    return outside.mrkdwn(text, limit)


def refusal(error: WismoError, reader: Reader) -> str:
    """What is wrong, with which input, and what to do instead."""
    what = told(error.what, reader)
    if isinstance(error, BadInput):
        field = say(reader.locale)(FIELDS[error.field]) if error.field in FIELDS else outside.mrkdwn(error.field)
        what = f"{field}: {told(error.fault, reader)}"
    return f"{what}. {told(error.remedy, reader)}" if error.remedy else what


@cache
def _patterns() -> Mapping[str, re.Pattern[str]]:
    """What is said always the same comes first: it may also look like a sentence with places."""
    by_places = sorted(SENTENCES, key=lambda sentence: sentence.count("%("))
    return {one: re.compile(_PLACE.sub(r"(?P<\1>.+)", re.escape(one)), re.DOTALL) for one in by_places}


def _bare(value: str) -> str:
    """Without the quotes around what somebody typed."""
    is_quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
    return value[1:-1] if is_quoted else value
