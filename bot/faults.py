"""One answer to every error: polite, private, in the reader's language, with a code that the log knows."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog
from slack_bolt import BoltContext, BoltResponse
from slack_bolt.error import BoltUnhandledRequestError
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.webhook import WebhookClient

from bot.people import said
from bot.reader import reader_of
from bot.values import Reader
from bot.words import _, say, sentences
from relay.errors import Unavailable, WismoError

if TYPE_CHECKING:
    from bot.app import Bot

log = structlog.get_logger()

#: Slack's words for what a person can do something about.
REMEDIES = {
    "not_in_channel": _("The app is not in this channel. Invite it with /invite, then try again."),
    "channel_not_found": _("The app is not in this channel. Invite it with /invite, then try again."),
    "is_archived": _("This channel is archived. Use another."),
    "expired_trigger_id": _("This took longer than Slack waits. Try again."),
    "exchanged_trigger_id": _("This took longer than Slack waits. Try again."),
    "ratelimited": _("Slack asks to go slower. Try again in a minute."),
    "missing_scope": _("The app lacks a right in Slack. Its administrator runs wismo doctor."),
    "invalid_auth": _("Slack refuses the app. Its administrator runs wismo doctor."),
    "not_found": _("This window was closed meanwhile. Nothing was changed."),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where whoever asked can be told something."""

    user_id: str
    team_id: str
    channel_id: str
    response_url: str


def answer_error(
    bot: "Bot", error: Exception, body: Mapping[str, Any], context: BoltContext, response: BoltResponse | None
) -> BoltResponse | None:
    """What Slack is answered; None where it has its answer, and the person is told apart from that."""
    code = secrets.token_hex(3)
    _write_down(error, body, code)
    if "event" in body:  # nobody asked by it; what could not be heard is told again by Slack itself
        return BoltResponse(status=200) if isinstance(error, BoltUnhandledRequestError) else None
    place = place_of(body, context)
    text = _words_for(error, reader_of(bot, place.user_id, place.team_id), code)
    if response is None:  # acknowledged already
        tell(bot, place, text)
        return None
    return refuse(bot, body, place, text)


def _write_down(error: Exception, body: Mapping[str, Any], code: str) -> None:
    """What it was about, and never what was said."""
    actions = [action.get("action_id") for action in body.get("actions", ())]
    view = body.get("view") or {}
    event = body.get("event") or {}
    fields = {
        "code": code,
        "kind": body.get("type") or body.get("command"),
        "about": event.get("type") or body.get("callback_id") or view.get("callback_id") or actions or None,
    }
    if isinstance(error, BoltUnhandledRequestError):
        log.warning("slack request without an answer", **fields)
    elif isinstance(error, WismoError):
        log.info("slack request refused", **fields, error=type(error).__name__)
    elif isinstance(error, SlackClientError):
        log.warning("slack refused", **fields, error=said(error))
    else:
        log.error("slack request failed", **fields, exc_info=error)


def _words_for(error: Exception, reader: Reader, code: str) -> str:
    speak = say(reader.locale)
    if isinstance(error, BoltUnhandledRequestError):
        return speak(_("Nothing came of this: it took too long, or the button is from an older version. Try /track."))
    if isinstance(error, Unavailable):
        return speak(_("The database does not answer at the moment. Nothing was changed; try again in a minute."))
    if isinstance(error, WismoError):
        return sentences.refusal(error, reader)
    if isinstance(error, SlackApiError) and said(error) in REMEDIES:
        return speak(REMEDIES[said(error)])
    return speak(_("This failed, and should not have. Try again; the log knows it as %(code)s.")) % {"code": code}


def place_of(body: Mapping[str, Any], context: BoltContext) -> Place:
    return Place(
        user_id=context.user_id or "",
        team_id=context.team_id or "",
        channel_id=context.channel_id or "",
        response_url=str(body.get("response_url") or ""),
    )


def tell(bot: "Bot", place: Place, text: str) -> None:
    """Tell the person alone. Where Slack does not take that either, the log has it already."""
    try:
        if place.response_url:
            WebhookClient(place.response_url, timeout=5).send(text=text, response_type="ephemeral")
        elif place.channel_id:
            bot.client.chat_postEphemeral(channel=place.channel_id, user=place.user_id, text=text)
        elif place.user_id:  # pressed in a window or on Home, which belong to no channel
            bot.client.chat_postMessage(channel=place.user_id, text=text)
    except (SlackClientError, OSError) as error:
        log.warning("nobody could be told", error=said(error))


def refuse(bot: "Bot", body: Mapping[str, Any], place: Place, text: str) -> BoltResponse:
    """The answer to Slack that has the person read a sentence, in whatever way their request allows."""
    if "command" in body:
        return BoltResponse(status=200, body={"response_type": "ephemeral", "text": text})
    kind = body.get("type")
    if kind == "view_submission":
        return BoltResponse(status=200, body={"response_action": "update", "view": _notice(text)})
    if kind == "block_suggestion":
        return BoltResponse(status=200, body={"options": []})
    tell(bot, place, text)
    return BoltResponse(status=200)


def _notice(text: str) -> dict[str, object]:
    """A window that says one thing, and keeps nothing of the form that stood there."""
    section = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
    return {"type": "modal", "title": {"type": "plain_text", "text": "Wismo"}, "blocks": [section]}
