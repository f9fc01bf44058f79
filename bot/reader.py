"""Who asks: their language and their clock, as far as Slack says it within a moment."""

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.people import Person
from bot.rights import judge
from bot.values import Reader

if TYPE_CHECKING:
    from bot.app import Bot

#: By the language of a locale; what we do not speak is answered in English.
LOCALES = {"pt": "pt-BR", "es": "es", "en": "en"}


def reader_of(bot: "Bot", user_id: str, team_id: str) -> Reader:
    """A reader of whom Slack says nothing in time reads as the settings have it."""
    about = bot.people.about(bot.client, user_id, bot.settings.slack_override_group, bot.now())
    return Reader(
        user_id=user_id,
        team_id=team_id,
        locale=_locale(about.person, bot.settings.locale),
        zone=_zone(about.person, bot.settings.timezone),
        name=about.person.name if about.person else "",
        may_correct=judge(bot.settings, user_id, about).allowed,
    )


def _locale(person: Person | None, default: str) -> str:
    if person is None or not person.locale:
        return default
    return LOCALES.get(person.locale.replace("_", "-").partition("-")[0].lower(), "en")


def _zone(person: Person | None, default: str) -> str:
    try:
        return ZoneInfo(person.zone).key if person and person.zone else default
    except (LookupError, ValueError, OSError):  # no zone by this name, or no name at all
        return default
