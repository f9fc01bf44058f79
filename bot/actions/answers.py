"""How a press is answered: privately where it was made, by the card drawn anew, or in a window."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import structlog
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse
from slack_sdk.webhook import WebhookClient, WebhookResponse

from bot.actions.press import Place, Press
from bot.blocks import shapes
from bot.people import said
from bot.values import Block, Message, Reader
from bot.words import _, say

if TYPE_CHECKING:
    from bot.app import Bot

log = structlog.get_logger()

TIMEOUT_S: Final = 5
#: What Slack says of blocks that it does not draw; the sentence goes out without them, and the log says so.
UNDRAWN: Final = ("invalid_blocks", "msg_blocks_too_long", "msg_too_long")
Call = dict[str, Any]


def privately(bot: "Bot", press: Press, message: Message) -> None:
    """To whoever pressed alone. Raises SlackApiError where Slack does not take it."""
    place = press.place
    if place.response_url:
        _through(place, message, replaces=False)
    elif place.view_id and press.trigger_id:
        show = bot.client.views_push if place.view_type == "modal" else bot.client.views_open
        show(trigger_id=press.trigger_id, view=window(message.blocks, press.reader))
    elif place.channel:
        _drawn(bot, "chat.postEphemeral", _in(place) | {"user": press.reader.user_id}, message)


def _in(place: Place) -> Call:
    return {"channel": place.channel} | ({"thread_ts": place.thread_ts} if place.thread_ts else {})


def redraw(bot: "Bot", place: Place, message: Message) -> bool:
    """Draw a card anew in its place; whether that was possible."""
    try:
        if place.response_url:
            _through(place, message, replaces=True)
            return True
        if place.ts and place.channel and not place.is_private:
            _drawn(bot, "chat.update", {"channel": place.channel, "ts": place.ts}, message)
            return True
    except (SlackClientError, OSError) as error:
        log.warning("slack did not draw a card anew", error=said(error))
    return False


def _drawn(bot: "Bot", method: str, where: Call, message: Message) -> SlackResponse:
    try:
        return bot.client.api_call(method, json={**where, "text": message.text, "blocks": [*message.blocks]})
    except SlackApiError as error:
        if said(error) not in UNDRAWN:
            raise
        log.warning("slack does not draw what we made", method=method, error=said(error))
        return bot.client.api_call(
            method, json={**where, "text": message.text, "blocks": [shapes.section(message.text)]}
        )


def _through(place: Place, message: Message, *, replaces: bool) -> None:
    where: Call = {"response_type": "ephemeral", "replace_original": replaces}
    if place.thread_ts:
        where |= {"thread_ts": place.thread_ts}
    client = WebhookClient(place.response_url, timeout=TIMEOUT_S)
    answer = client.send_dict({**where, "text": message.text, "blocks": [*message.blocks]})
    if _is_undrawn(answer):
        log.warning("slack does not draw what we made", method="response_url")
        answer = client.send_dict({**where, "text": message.text, "blocks": [shapes.section(message.text)]})
    if answer.status_code != HTTPStatus.OK:
        raise refused(answer)


def _is_undrawn(answer: WebhookResponse) -> bool:
    return answer.status_code != HTTPStatus.OK and any(word in (answer.body or "") for word in UNDRAWN)


def refused(answer: WebhookResponse) -> SlackApiError:
    is_too_often = answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
    word = "ratelimited" if is_too_often else (answer.body or "")[:40]
    return SlackApiError("a response URL was refused", {"error": word})  # type: ignore[no-untyped-call]  # the SDK's


# -- windows -----------------------------------------------------------------------------------------------------------


def window(blocks: Sequence[Block], reader: Reader) -> dict[str, Any]:
    """A window that says something, and asks nothing."""
    return {
        "type": "modal",
        "title": shapes.plain_text("Wismo", TITLE),
        "close": shapes.plain_text(say(reader.locale)(_("Close")), TITLE),
        "blocks": [*blocks],
    }


TITLE: Final = 24
