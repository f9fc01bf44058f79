"""``/track notice``: ``CARRIER TEXT until DATE``, ``region:NAME TEXT until DATE``, ``end ID``; alone, it lists them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from bot.blocks import answers, home
from bot.rights import may_correct
from bot.typed import plain
from bot.values import Message, Reader
from bot.words import _, moments, say
from relay.desk import noticing
from relay.desk.noticing import NewNotice, Notice
from relay.errors import BadInput

if TYPE_CHECKING:
    from bot.app import Bot

_UNTIL: Final = re.compile(r"\s(?:until|till|até|ate|hasta)\s+(\S+(?:\s+\d{1,2}:\d{2})?)\s*$", re.IGNORECASE)
_REGION: Final = re.compile(r"(?:region|região|regiao|región):(?:\"([^\"]+)\"|(\S+))\s", re.IGNORECASE)
_QUOTES: Final = str.maketrans("“”„«»", '"' * 5)
_DAY_MONTH: Final = re.compile(r"(\d{1,2})[/.](\d{1,2})(?:[/.](\d{4}))?")
DAYS: Final[Mapping[str, int]] = {
    name: day
    for day, names in enumerate(
        (
            ("monday", "mon", "segunda", "segunda-feira", "lunes"),
            ("tuesday", "tue", "terça", "terca", "terça-feira", "terca-feira", "martes"),
            ("wednesday", "wed", "quarta", "quarta-feira", "miércoles", "miercoles"),
            ("thursday", "thu", "quinta", "quinta-feira", "jueves"),
            ("friday", "fri", "sexta", "sexta-feira", "viernes"),
            ("saturday", "sat", "sábado", "sabado"),
            ("sunday", "sun", "domingo"),
        )
    )
    for name in names
}
NEAR: Final[Mapping[str, int]] = {
    **dict.fromkeys(("today", "hoje", "hoy"), 0),
    **dict.fromkeys(("tomorrow", "amanhã", "amanha", "mañana", "manana"), 1),
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What was typed."""

    about: str  #: a carrier; "" where a region is meant
    region: str
    text: str
    until: str


def notice(bot: "Bot", reader: Reader, text: str) -> Message:
    """Set a note, end one, or list them. Raises BadInput and NotFound, which say what to type."""
    typed = plain(text).translate(_QUOTES).strip()
    if not typed:
        return _listed(bot, reader)
    right = may_correct(bot, reader)
    if not right.allowed:
        return answers.refused(right, reader)
    first, _space, rest = typed.partition(" ")
    if first.lower() == "end":
        noticing.end_notice(bot.desk, rest.strip(" `"), reader.user_id, bot.now())
        return answers.note(_("The note is taken off every card."), reader)
    wish = _wish(typed)
    until = day_of(wish.until, bot.now(), bot.settings.timezone)
    given = NewNotice(wish.text, until, reader.user_id, wish.about, wish.region)
    return _set(noticing.set_notice(bot.desk, given, bot.now()), bot.now(), reader)


def _wish(typed: str) -> Wish:
    end = _UNTIL.search(typed)
    if end is None:
        raise BadInput("until", "no day is given", "Write: /track notice correios Strike until 2026-12-24")
    rest = typed[: end.start()] + " "
    region = _REGION.match(rest)
    if region:
        return Wish("", region[1] or region[2], rest[region.end() :].strip(), end[1])
    carrier, _space, text = rest.partition(" ")
    return Wish(carrier, "", text.strip(), end[1])


def day_of(text: str, now: datetime, zone: str) -> str:
    """What people call a day, as an ISO date; what is no such word stays as it is."""
    today, word = now.astimezone(ZoneInfo(zone)).date(), text.lower().rstrip(".,;")
    if word in NEAR:
        return (today + timedelta(days=NEAR[word])).isoformat()
    if word in DAYS:
        return (today + timedelta(days=(DAYS[word] - today.weekday()) % 7)).isoformat()
    written = _DAY_MONTH.fullmatch(word)
    return _day_month(written, today) if written else text.strip().replace(" ", "T")


def _day_month(written: re.Match[str], today: date) -> str:
    """The day before the month, as it is written here; without a year, the next one."""
    day, month, year = int(written[1]), int(written[2]), int(written[3] or today.year)
    try:
        found = date(year, month, day)
        return (found if written[3] or found >= today else date(year + 1, month, day)).isoformat()
    except ValueError:
        return written[0]


def _set(made: Notice, now: datetime, reader: Reader) -> Message:
    text = _("Until %(moment)s every card of %(about)s says: %(words)s. `/track notice end %(id)s` takes it off.")
    return answers.note(
        text,
        reader,
        moment=moments.moment(made.until, now, reader),
        about=made.carrier_label or made.region,
        words=made.text,
        id=made.notice_id,
    )


def _listed(bot: "Bot", reader: Reader) -> Message:
    now = bot.now()
    found = noticing.notices_in_force(bot.desk, now)
    how = say(reader.locale)(
        _("`/track notice correios Strike until friday`, `/track notice region:Cajamar Flood until 2026-12-24`")
    )
    if not found:
        return answers.said(say(reader.locale)(_("No note is in force. Set one: %(how)s")) % {"how": how})
    lines = [home.notice_line(one, reader, now) for one in found]
    return answers.said("\n".join([*lines, how]))
