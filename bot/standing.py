"""What is asked for again within minutes stands there already: whoever asked is told so, and led there."""

from typing import TYPE_CHECKING, Final

import structlog

from bot import blocks
from bot.people import FAILURES, said
from bot.values import Message, Reader
from bot.words import _, outside, say
from relay.desk.questions import Kept
from relay.desk.watching import Thread

if TYPE_CHECKING:
    from bot.app import Bot

THERE: Final = _("It stands there already: %(link)s.")
ON_ITS_WAY: Final = _("It was asked for already, and comes in a moment.")
log = structlog.get_logger()


def already(bot: "Bot", kept: Kept, reader: Reader) -> Message:
    """Asks Slack for the link, so after the acknowledgement."""
    if kept.answer is None:
        return blocks.note(ON_ITS_WAY, reader)
    label = say(reader.locale)(_("the message"))
    url = _link_to(bot, kept.answer)
    return blocks.note(THERE, reader, link=outside.link(url, label) if url else label)


def _link_to(bot: "Bot", stands: Thread) -> str:
    """Where Slack does not say, ""."""
    try:
        return str(bot.client.chat_getPermalink(channel=stands.channel, message_ts=stands.ts)["permalink"])
    except FAILURES as error:
        log.warning("no link to a message", error=said(error))
        return ""
