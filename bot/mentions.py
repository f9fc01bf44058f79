"""Where work happens: a mention in a thread, the shortcut on a message, the shortcut from anywhere.

What is answered in a thread is kept before it is acknowledged, and answered by the outbox: :mod:`bot.answering`.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import structlog
from slack_bolt import Ack, App, BoltContext, BoltResponse

from bot import blocks, lookup, standing, typed
from bot.actions import answers
from bot.actions.press import Place, Press
from bot.asked import Answer, Asked
from bot.blocks import shapes
from bot.reader import reader_of
from bot.rights import SILENT, STRANGER, is_ours
from bot.spoken import For, Spoken
from bot.values import Reader
from bot.words import _, say, sentences
from relay.desk import questions
from relay.desk.questions import Question, Way
from relay.desk.watching import Thread
from relay.errors import Unavailable, WismoError

if TYPE_CHECKING:
    from bot.app import Bot

Body = Mapping[str, Any]
AnswerOf = Callable[["Bot", Asked], Answer]
SEARCH: Final = "track.search"
log = structlog.get_logger()


def register(app: App, bot: "Bot", answer_of: AnswerOf, doing: Collection[str]) -> None:
    """``doing`` are the sub-words that do something."""

    def keep(body: dict[str, Any], context: BoltContext, next: Callable[[], None]) -> BoltResponse | None:  # noqa: A002 - Bolt finds its arguments by their names
        try:
            _keep_mention(bot, body, context.team_id or "", answer_of, doing)
        except Unavailable as fault:
            log.warning("mention not kept", error=type(fault).__name__)
            return BoltResponse(status=503)  # Slack tells it again
        next()
        return None

    @app.event("app_mention", middleware=[keep])
    def mentioned() -> None:
        """It was kept before it was acknowledged: Bolt acknowledges an event before its listener begins."""

    @app.message_shortcut("track.message")
    def pointed_at(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        reader = reader_of(bot, context.user_id or "", context.team_id or "")
        kept = _keep_message(bot, body, reader)
        ack()
        if not kept.is_new:
            place = Place(channel=str(body["channel"]["id"]), response_url=str(body.get("response_url") or ""))
            press = Press(reader, None, "", str(body.get("trigger_id") or ""), place)
            answers.privately(bot, press, standing.already(bot, kept, reader))

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


def _keep_mention(bot: "Bot", body: Body, team_id: str, answer_of: AnswerOf, doing: Collection[str]) -> None:
    """Answered in its thread. What does something is done now, once; what only reads is read when it is answered."""
    event, key = body["event"], ("event", str(body["event_id"]))
    user_id, channel = str(event.get("user") or ""), str(event["channel"])
    asked = Asked(
        text=str(event.get("text") or ""),
        reader=Reader(user_id, team_id),
        channel=channel,
        thread_ts=str(event.get("thread_ts") or event["ts"]),
    )
    question = asked.question(Way.MENTION, asked.text, bot.now())
    if typed.first_word(asked.text)[0] in doing:
        if questions.is_kept(bot.desk, key):
            return
        done = _done(bot, replace(asked, reader=reader_of(bot, user_id, team_id)), answer_of)
        question = replace(question, text="", words=done.as_words())
    questions.ask(bot.desk, key, question)


def _done(bot: "Bot", asked: Asked, answer_of: AnswerOf) -> Spoken:
    refusal = refusal_to(bot, asked.reader)
    if refusal:
        return refusal.spoken
    try:
        answer = answer_of(bot, replace(asked, reader=in_public(asked.reader)))
    except Unavailable:
        raise
    except WismoError as fault:
        return Spoken(blocks.said(sentences.refusal(fault, asked.reader)))
    return Spoken(answer.message or blocks.help(asked.reader))


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why somebody is not answered; ``is_for_now``: Slack does not say who it is."""

    spoken: Spoken
    is_for_now: bool


def refusal_to(bot: "Bot", reader: Reader) -> Refusal | None:
    about = bot.people.about(bot.client, reader.user_id, bot.settings.slack_override_group, bot.now())
    if is_ours(about):
        return None
    is_for_now = about.person is None or about.own_team is None
    return Refusal(Spoken(blocks.note(SILENT if is_for_now else STRANGER, reader), For.STRANGER), is_for_now)


def in_public(reader: Reader) -> Reader:
    """What only some may press is shown to all who read there, and checked when it is pressed."""
    return replace(reader, may_correct=True)


# -- a message ---------------------------------------------------------------------------------------------------------


def _keep_message(bot: "Bot", body: Body, reader: Reader) -> questions.Kept:
    """Of somebody's message only what may be the number of an order is kept."""
    message, channel = body["message"], str(body["channel"]["id"])
    question = Question(
        way=Way.MESSAGE,
        to=Thread(channel, str(message.get("thread_ts") or message["ts"])),
        by=reader.user_id,
        team=reader.team_id,
        text=" ".join(typed.in_message(str(message.get("text") or ""))),
        at=bot.now(),
        response_url=str(body.get("response_url") or ""),
    )
    return questions.ask_again(bot.desk, ("message", channel, str(message["ts"]), reader.user_id), question)


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
