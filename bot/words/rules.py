"""Why a parcel shows what it shows: the rules of the desk in the reader's language."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from bot.values import Reader
from bot.words import _, moments, outside, say, states
from relay.desk.view import carrier_label
from relay.model import Kind, Status, optional_moment

#: What became of a fact, by the beginning of the rule that used it or set it aside.
RULES: Final[Mapping[str, str]] = {
    "decides": _("decides: nothing newer replaces it"),
    "history": _("history: something newer replaced it"),
    "held": _("held: it cannot be true"),
    "late": _("late: it does not take back what is final"),
    "recycled number": _("of an earlier parcel with this number"),
    "dated in the future": _("dated in the future"),
    "its moment cannot be read": _("its moment cannot be read: kept, changes nothing"),
    "the code": _("a code that is not known: kept, changes nothing"),
}


#: How the desk words what no fact decides, by its beginning.
_HELD, _UNTIL = "a delivery is held: ", "; until"
BECAUSE: Final[Mapping[str, str]] = {
    "the parcel has no tracking number": _("The parcel has no tracking number yet."),
    "no carrier has told anything": _("No carrier has told anything about this number yet."),
    "of what carriers told": _("Of what carriers told, nothing could be used."),
}


def because(text: str, reader: Reader) -> str:
    """Why a parcel shows what it shows where no fact decides it."""
    if text.startswith(_HELD):
        why = states.told(text.removeprefix(_HELD).partition(_UNTIL)[0], states.HELD, reader)
        held = say(reader.locale)(_("A delivery is held (%(why)s); until a second word the status stays."))
        return held % {"why": outside.mrkdwn(why)}
    found = next((words for beginning, words in BECAUSE.items() if text.startswith(beginning)), None)
    return say(reader.locale)(found) if found else outside.mrkdwn(states.capital(text), outside.LONG)


def rule(text: str, reader: Reader) -> str:
    """One that is not in the list is told as the desk words it."""
    found = next((words for beginning, words in RULES.items() if text.startswith(beginning)), None)
    return say(reader.locale)(found) if found else outside.mrkdwn(text)


def fact(told: Mapping[str, Any], kind: Kind, reader: Reader, now: datetime) -> str:
    """A fact in one line: when, who said it, what it is, and what became of it."""
    at = optional_moment(told["occurred_at"] or told["received_at"])
    return " – ".join(
        part
        for part in (
            moments.moment(at, now, reader) if at else "",
            outside.mrkdwn(f"{carrier_label(told['source'])} {told['code'] or ''}", outside.PLACE),
            states.status(Status(told["status"]), kind, reader),
            rule(told["rule"], reader),
        )
        if part
    )


def deciding(facts: list[Mapping[str, Any]], reader: Reader, now: datetime) -> Iterator[str]:
    """The fact that decides, in a sentence; nothing where none does."""
    for told in facts:
        if str(told["rule"]).startswith("decides"):
            at = optional_moment(told["occurred_at"] or told["received_at"])
            text = _("%(source)s said “%(code)s” on %(moment)s, and nothing newer replaces it.")
            yield say(reader.locale)(text) % {
                "source": outside.mrkdwn(carrier_label(told["source"]), outside.PLACE),
                "code": outside.mrkdwn(str(told["code"] or told["status"]), outside.PLACE),
                "moment": moments.moment(at, now, reader) if at else "",
            }
            return
