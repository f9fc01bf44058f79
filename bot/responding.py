"""The address that comes with a command or a press, by which whoever asked is told something alone."""

from http import HTTPStatus
from http.client import HTTPException
from typing import Any

from slack_sdk.errors import SlackClientError
from slack_sdk.webhook import WebhookClient, WebhookResponse

from bot.acks import quiet_logger
from bot.actions.answers import UNDRAWN
from bot.blocks import shapes
from bot.values import Message
from relay.errors import SendFailed

TIMEOUT_S = 8
CHECK = "Nothing is lost: it goes on by itself; `wismo doctor` says what Slack answers"


def respond(response_url: str, message: Message) -> bool:
    """Whether Slack took it there; it does so for half an hour, five times. Raises SendFailed where it is down.

    Nothing is repeated by itself: what Slack took twice stands there twice.
    """
    client = WebhookClient(response_url, timeout=TIMEOUT_S, logger=quiet_logger(), retry_handlers=[])
    answer = _sent(client, message.text, message.drawn)
    if answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR and any(word in answer.body for word in UNDRAWN):
        answer = _sent(client, message.text, [{**shapes.section(message.text)}])
    if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS or answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise SendFailed(f"Slack answers {answer.status_code}", remedy=CHECK, channel_down=True)
    return answer.status_code == HTTPStatus.OK and '"ok":false' not in answer.body.replace(" ", "")


def _sent(client: WebhookClient, text: str, drawn: list[dict[str, Any]]) -> WebhookResponse:
    where = {"response_type": "ephemeral", "replace_original": False}
    try:
        return client.send_dict({**where, "text": text, "blocks": drawn})
    except (SlackClientError, HTTPException, OSError) as error:
        what = f"Slack cannot be reached ({type(error).__name__})"  # not the error: it may name it
        raise SendFailed(what, remedy=CHECK, channel_down=True, unreachable=True) from None
