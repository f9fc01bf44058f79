"""Who may correct: named in the settings, of our own workspace, and no guest. In doubt nobody."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.people import About
from bot.values import Reader
from bot.words import _
from relay.settings import Settings

if TYPE_CHECKING:
    from bot.app import Bot


@dataclass(frozen=True, slots=True)
class Right:
    allowed: bool
    why: str = ""  #: for the catalogues; ``%(who)s`` are those who have the right
    users: tuple[str, ...] = ()
    group: str = ""


NOBODY = _("Nobody may correct yet. The administrator names who may, in WISMO_SLACK_OVERRIDE_USERS or _OVERRIDE_GROUP.")
NOT_NAMED = _("You may not correct. These may: %(who)s. The administrator adds others in WISMO_SLACK_OVERRIDE_USERS.")
GUEST = _("Guests may not correct. These may: %(who)s.")
FOREIGN = _("Only people of our own workspace may correct. These may: %(who)s.")
NO_COLLEAGUE = _("Only people of our own workspace may take it.")
STRANGER = _("Only people of our own workspace may ask here.")
SILENT = _("Slack does not say at the moment who you are, so nothing may be corrected. Try again in a minute.")


def may_correct(bot: "Bot", reader: Reader) -> Right:
    """Asked again at every step: what was shown once is no permission."""
    about = bot.people.about(bot.client, reader.user_id, bot.settings.slack_override_group, bot.now())
    return judge(bot.settings, reader.user_id, about)


def why_no_colleague(bot: "Bot", reader: Reader) -> str:
    """Why somebody may not put their name to the team's work, for the catalogues; "" where they may."""
    about = bot.people.about(bot.client, reader.user_id, bot.settings.slack_override_group, bot.now())
    if is_ours(about):
        return ""
    return SILENT if about.person is None or about.own_team is None else NO_COLLEAGUE


def is_ours(about: About) -> bool:
    """Whether somebody belongs to the workspace that the app is installed in; False where Slack does not say."""
    person = about.person
    if person is None or about.own_team is None or person.is_stranger or person.is_deleted:
        return False
    return about.own_team in person.teams


def judge(settings: Settings, user_id: str, about: About) -> Right:
    users, group = settings.slack_override_users, settings.slack_override_group
    if not users and not group:
        return Right(allowed=False, why=NOBODY)
    why = _why_never(about) or _why_not_named(user_id, about, users)
    return Right(not why, why, users, group)


def _why_never(about: About) -> str:
    if about.person is None or about.own_team is None:
        return SILENT
    if not is_ours(about):
        return FOREIGN
    return GUEST if about.person.is_guest else ""


def _why_not_named(user_id: str, about: About, users: Collection[str]) -> str:
    if user_id in users:
        return ""
    if about.members is None:
        return SILENT
    return "" if user_id in about.members else NOT_NAMED
