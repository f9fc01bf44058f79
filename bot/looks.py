"""Whether Slack still lets us tell anybody anything: asked before a message fails.

A token that was revoked, a channel that the app was removed from or that was archived: an incident of the desk's, which
goes out by the other way.
"""

from datetime import timedelta

import structlog
from slack_sdk.errors import SlackApiError

from bot.app import Bot
from bot.channel import DOWN
from bot.people import FAILURES, said
from relay.desk import telling
from relay.desk.telling import Lost

#: Asked so often while all is well, and so often while something is lost.
EVERY, AGAIN = timedelta(hours=1), timedelta(minutes=5)
ROUND_S = 60.0
#: It is about the token. What says that Slack itself is in trouble is not: that passes.
OF_TOKEN = DOWN - {"service_unavailable", "missing_scope", "no_permission"}
#: To look at a channel takes a right that the app can do without.
UNSEEN = frozenset({"missing_scope", "no_permission"})
GONE = "channel_not_found"

log = structlog.get_logger()


def look_at_slack(bot: Bot) -> float:
    """One process at a time asks; the seconds until the next round."""
    now = bot.now()
    is_lost = telling.is_anything_lost(bot.desk)
    if telling.may_look(bot.desk, AGAIN if is_lost else EVERY, now):
        try:
            telling.judge_slack(bot.desk, lost_of(bot), now)
        except FAILURES as error:  # unreachable: a message that waits says so
            log.warning("slack did not say", error=said(error))
    return ROUND_S


def lost_of(bot: Bot) -> list[Lost]:
    """All that is lost. Raises one of FAILURES where Slack does not say."""
    try:
        bot.client.auth_test()
    except SlackApiError as error:
        if said(error) in OF_TOKEN:
            return [Lost(telling.THE_APP, said(error))]
        raise
    settings = bot.settings
    channels = dict.fromkeys(one for one in (settings.slack_channel, settings.slack_ops_channel) if one)
    return [Lost(channel, word) for channel in channels if (word := _word_about(bot, channel))]


def _word_about(bot: Bot, channel: str) -> str:
    """Why nothing can be posted in a channel, in Slack's word; "" where it can, or where nobody may see."""
    try:
        found = bot.client.conversations_info(channel=channel)["channel"]
    except SlackApiError as error:
        if said(error) in UNSEEN:
            return ""
        if said(error) == GONE:  # also a private one that the app is no member of
            return GONE
        raise
    if found.get("is_archived"):
        return "is_archived"
    return "" if found.get("is_member", True) else "not_in_channel"
