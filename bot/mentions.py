"""Where work happens: a mention in a thread, the shortcut on a message, the shortcut from anywhere."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from slack_bolt import Ack, App, BoltContext
from slack_sdk.errors import SlackApiError

from bot import blocks, lookup, typed
from bot.actions import answers
from bot.actions.press import Place, Press
from bot.asked import Answer, Asked
from bot.blocks import shapes
from bot.people import said
from bot.reader import reader_of
from bot.rights import SILENT, STRANGER, is_ours
from bot.values import Message, Reader
from bot.words import _, say

if TYPE_CHECKING:
    from bot.app import Bot

Body = Mapping[str, Any]
AnswerOf = Callable[["Bot", Asked], Answer]

#: Slack's words for a channel that the app may not write into.
NOT_THERE: Final = frozenset({"not_in_channel", "channel_not_found", "is_archived", "restricted_action"})
NOTHING: Final = _("I find no order in this message: no number in it is known.")
ALONE: Final = _(
    "The app is not in this channel, so only you see this. Invite it with /invite to answer in the thread."
)
SEARCH: Final = "track.search"


def register(app: App, bot: "Bot", answer_of: AnswerOf) -> None:
    @app.event("app_mention")
    def mentioned(event: dict[str, Any], context: BoltContext) -> None:
        _answer_mention(bot, event, context.team_id or "", answer_of)

    @app.message_shortcut("track.message")
    def pointed_at(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        reader = reader_of(bot, context.user_id or "", context.team_id or "")
        found = _in_message(bot, body["message"], reader)
        ack()
        _show_in_thread(bot, body, reader, found)

    @app.global_shortcut("track.global")
    def open_search(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        ack()  # before Slack is asked who it is: a trigger lasts three seconds
        reader = reader_of(bot, context.user_id or "", context.team_id or "")
        bot.client.views_open(trigger_id=body["trigger_id"], view={**search_window(reader)})

    @app.view(SEARCH)
    def search(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        reader = reader_of(bot, context.user_id or "", context.team_id or "")
        query = body["view"]["state"]["values"]["query"]["query"].get("value") or ""
        found = lookup.answer(bot, query, reader)
        ack(response_action="update", view={**answers.window(found.blocks, reader)})


# -- a mention ---------------------------------------------------------------------------------------------------------


def _answer_mention(bot: "Bot", event: Body, team_id: str, answer_of: AnswerOf) -> None:
    """In its thread, for all who read there; what is wrong is told to whoever asked alone."""
    user_id, channel = str(event.get("user") or ""), str(event["channel"])
    thread_ts = str(event.get("thread_ts") or event["ts"])
    reader = reader_of(bot, user_id, team_id)
    about = bot.people.about(bot.client, user_id, bot.settings.slack_override_group, bot.now())
    asked = Asked(str(event.get("text") or ""), reader, channel, thread_ts)
    if not is_ours(about):
        refusal = SILENT if about.person is None or about.own_team is None else STRANGER
        answers.privately(bot, asked.press(), blocks.note(refusal, reader))
        return
    answer = answer_of(bot, replace(asked, reader=_in_public(reader)))
    for page in blocks.pages(answer.message) if answer.message else ():
        answers.post(bot, Place(channel=channel, thread_ts=thread_ts), page)
    answer.then()


def _in_public(reader: Reader) -> Reader:
    """What only some may press is shown to all who read there, and checked when it is pressed."""
    return replace(reader, may_correct=True)


# -- a message ---------------------------------------------------------------------------------------------------------


def _in_message(bot: "Bot", message: Body, reader: Reader) -> Message | None:
    """The card of the order that a message names, or a line for each; None where it names none."""
    looked = [one for one in lookup.look(bot, typed.in_message(str(message.get("text") or ""))) if one.hits]
    orders = {(hit.shop, hit.order_id): hit for one in looked for hit in one.hits}
    if not orders:
        return None
    if len(orders) == 1:
        return lookup.show(bot, next(iter(orders.values())), _in_public(reader))
    return lookup.several(bot, looked, reader)


def _show_in_thread(bot: "Bot", body: Body, reader: Reader, found: Message | None) -> None:
    message, channel = body["message"], str(body["channel"]["id"])
    place = Place(channel=channel, response_url=str(body.get("response_url") or ""))
    press = Press(reader, None, "", str(body.get("trigger_id") or ""), place)
    if found is None:
        answers.privately(bot, press, blocks.note(NOTHING, reader))
        return
    try:
        thread_ts = str(message.get("thread_ts") or message["ts"])
        answers.post(bot, Place(channel=channel, thread_ts=thread_ts), found)
    except SlackApiError as error:
        if said(error) not in NOT_THERE:
            raise
        alone = shapes.context(say(reader.locale)(ALONE))
        answers.privately(bot, press, Message(found.text, (*found.blocks, alone)))


# -- from anywhere -----------------------------------------------------------------------------------------------------


def search_window(reader: Reader) -> Mapping[str, Any]:
    speak = say(reader.locale)
    field = {
        "type": "input",
        "block_id": "query",
        "label": shapes.plain_text(speak(_("Order, invoice, tracking number, e-mail or link")), 2000),
        "element": {"type": "plain_text_input", "action_id": "query", "max_length": 300, "focus_on_load": True},
    }
    submit = shapes.plain_text(speak(_("Track")), answers.TITLE)
    return {**answers.window([field], reader), "callback_id": SEARCH, "submit": submit}
