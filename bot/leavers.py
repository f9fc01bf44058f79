"""Who left the workspace: what was theirs goes to WISMO_SLACK_OWNER, and the owner is told."""

from collections.abc import Callable
from datetime import timedelta

import structlog
from slack_sdk.errors import SlackApiError

from bot.app import Bot
from bot.blocks.answers import note
from bot.people import FAILURES, said
from bot.reader import reader_of
from bot.words import _
from bot.words.outside import user
from relay.desk import watching

#: People are looked up once in so long.
EVERY = timedelta(hours=20)
ROUND_S = 600.0
#: Nobody has this id any more.
UNKNOWN = "user_not_found"

log = structlog.get_logger()


def look_for_leavers(bot: Bot, alive: Callable[[], None] = lambda: None) -> float:
    """One process a day asks Slack about everybody to whom something belongs; the seconds until the next round.

    ``alive`` is called after each.
    """
    owner, now = bot.settings.slack_owner, bot.now()
    if owner and watching.first_in(bot.desk, "slack leavers", EVERY, now):
        for person in watching.people(bot.desk):
            if person != owner and has_left(bot, person):
                _hand_over(bot, person, owner)
            alive()
    return ROUND_S


def has_left(bot: Bot, person: str) -> bool:
    """What Slack does not say is no."""
    try:
        return bool(bot.client.users_info(user=person)["user"].get("deleted"))
    except SlackApiError as error:
        return said(error) == UNKNOWN
    except FAILURES as error:
        log.warning("slack did not say", of=person, error=said(error))
        return False


def _hand_over(bot: Bot, leaver: str, owner: str) -> None:
    watches, items = watching.hand_over(bot.desk, leaver, owner, bot.now())
    log.info("handed over", watches=watches, items=items)
    text = _("%(who)s left. %(watches)s watches and %(items)s items of the team's list are yours now.")
    told = note(text, reader_of(bot, owner, ""), who=user(leaver), watches=watches, items=items)
    try:
        bot.client.chat_postMessage(channel=owner, text=told.text, blocks=[dict(block) for block in told.blocks])
    except FAILURES as error:  # what was handed over stands on the owner's Home as well
        log.warning("slack did not take it", error=said(error))
