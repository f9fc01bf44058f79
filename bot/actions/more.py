"""What stands behind the three dots of a card."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from slack_bolt import Ack, BoltContext

from bot import blocks, doing, standing
from bot.actions import answers, buttons, cards, override, track
from bot.actions.origins import Origins
from bot.actions.press import About, Press, press_of
from bot.asked import Asked, nothing
from bot.values import Message
from bot.words import _
from relay.desk import questions
from relay.desk.questions import Question, Way
from relay.desk.watching import Thread
from relay.errors import NotFound

if TYPE_CHECKING:
    from bot.app import Bot

#: Those that answer in words.
WORDS: Final[Mapping[str, buttons.Work]] = {
    "why": buttons.why,
    "page": buttons.page,
    "missing": buttons.missing,
}
NOWHERE: Final = _("There is no channel here to share it in. Ask /track in the channel, then share the card there.")


def chooses(bot: "Bot", kept: Origins) -> Callable[..., None]:
    """A listener for every entry; one of another version is answered as such."""

    def listen(ack: Ack, body: Mapping[str, Any], context: BoltContext) -> None:
        press = press_of(bot, body, context)
        then = _prepared(bot, kept, press)
        ack()
        then()

    return listen


def _prepared(bot: "Bot", kept: Origins, press: Press) -> Callable[[], None]:
    """What is asked of Slack after the acknowledgement; all that the database says is read before."""
    if press.about and press.word == "correct":
        opened = track.opening(bot, press)
        return lambda: override.show(bot, kept, press, opened)
    if press.about and press.word == "watch":
        return _watching(bot, press, press.about)
    if press.about and press.word == "share":
        return _sharing(bot, press, press.about)
    message = buttons.answer_of(bot, WORDS.get(press.word, _old), press)
    return lambda: _say(bot, press, message)


def _old(_bot: "Bot", press: Press, _about: About) -> Message:
    return blocks.note(buttons.OLD, press.reader)


def _say(bot: "Bot", press: Press, message: Message) -> None:
    for page in blocks.pages(message):
        answers.privately(bot, press, page)


def _sharing(bot: "Bot", press: Press, about: About) -> Callable[[], None]:
    """The card for everybody in the channel, or in the thread where it was asked for: the outbox posts it, once.

    Whoever presses twice, or beside somebody else, is told where it stands.
    """
    if not press.place.channel:
        message = blocks.note(NOWHERE, press.reader)
        return lambda: _say(bot, press, message)
    try:
        cards.read(bot, about.order_id)
    except NotFound:
        gone = blocks.note(buttons.GONE, press.reader)
        return lambda: _say(bot, press, gone)
    place = press.place
    kept = questions.ask_again(
        bot.desk, ("share", place.channel, place.ts, about.order_id), _share(press, about, bot.now())
    )
    return nothing if kept.is_new else lambda: _say(bot, press, standing.already(bot, kept, press.reader))


def _share(press: Press, about: About, now: datetime) -> Question:
    place, reader = press.place, press.reader
    to = Thread(place.channel, place.thread_ts)
    return Question(Way.SHARE, to, reader.user_id, reader.team_id, about.order_id, now, place.response_url)


def _watching(bot: "Bot", press: Press, about: About) -> Callable[[], None]:
    """As ``/track watch`` in the same place."""
    place = press.place
    asked = Asked(
        text=about.order_id,
        reader=press.reader,
        channel=place.channel,
        thread_ts=place.thread,
        trigger_id=press.trigger_id,
        response_url=place.response_url,
    )
    answer = doing.watch(bot, asked)

    def then() -> None:
        if answer.message:
            _say(bot, press, answer.message)
        answer.then()

    return then
