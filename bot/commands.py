"""``/track`` and its sub-words: answered from local data in the acknowledgement itself, to one person alone."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from slack_bolt import Ack, App, Respond

from bot import blocks, doing, held, home, links, lookup, mentions, typed
from bot.actions import buttons, cards
from bot.actions.press import About, Press
from bot.asked import Answer, Asked
from bot.reader import reader_of
from bot.values import Message
from relay.desk.find import Hit
from relay.desk.health import health
from relay.desk.why import why_json

if TYPE_CHECKING:
    from bot.app import Bot

Command = Callable[["Bot", Asked], Answer]


def register(app: App, bot: "Bot") -> None:
    @app.command("/track")
    def track(ack: Ack, command: dict[str, Any], respond: Respond) -> None:
        answer = answer_of(bot, _asked(bot, command))
        pages = blocks.pages(answer.message) if answer.message else []
        if pages:
            ack(text=pages[0].text, blocks=pages[0].drawn, response_type="ephemeral")
        else:
            ack()
        for page in pages[1:]:
            respond(text=page.text, blocks=page.drawn, response_type="ephemeral", replace_original=False)
        answer.then()

    app.action("choose.order")(buttons.answered(bot, _chosen))
    mentions.register(app, bot, answer_of, DOING)
    links.register(app, bot)


def _chosen(bot: "Bot", press: Press, about: About) -> Message:
    return cards.drawn(bot, about.order_id, press.reader)


def _asked(bot: "Bot", command: Mapping[str, Any]) -> Asked:
    return Asked(
        text=str(command.get("text") or ""),
        reader=reader_of(bot, str(command.get("user_id") or ""), str(command.get("team_id") or "")),
        channel=str(command.get("channel_id") or ""),
        trigger_id=str(command.get("trigger_id") or ""),
        response_url=str(command.get("response_url") or ""),
    )


def answer_of(bot: "Bot", asked: Asked) -> Answer:
    word, rest = typed.first_word(asked.text)
    command = COMMANDS.get(word)
    if command is None:
        return Answer(lookup.answer(bot, asked.text, asked.reader, asked))
    return command(bot, replace(asked, text=rest))


def _help(_bot: "Bot", asked: Asked) -> Answer:
    return Answer(blocks.help(asked.reader))


def _health(bot: "Bot", asked: Asked) -> Answer:
    return Answer(blocks.health(health(bot.desk, bot.now()), asked.reader, bot.now()))


def _list(bot: "Bot", asked: Asked) -> Answer:
    return Answer(home.team_list(bot, asked.reader))


def _notice(bot: "Bot", asked: Asked) -> Answer:
    return Answer(home.notice(bot, asked.reader, asked.text))


def _why(bot: "Bot", asked: Asked) -> Answer:
    hit = lookup.one(bot, asked.text, asked.reader)
    if not isinstance(hit, Hit):
        return Answer(hit)
    with bot.desk.database.read() as tx:
        found = why_json(tx, bot.settings, hit.shop, hit.order_id)
    return Answer(blocks.why(found, asked.reader, bot.now()))


#: What is typed before a number; help also in the languages that we speak.
COMMANDS: Final[Mapping[str, Command]] = {
    "help": _help,
    "ajuda": _help,
    "ayuda": _help,
    "health": _health,
    "list": _list,
    "notice": _notice,
    "why": _why,
    "check": doing.check,
    "watch": doing.watch,
    "override": doing.override,
    "pause": doing.pause,
    "resume": doing.resume,
    "brake": held.brake,
    "untold": held.untold,
}
#: Those that do something: it is done when it is asked for, also while nothing can be answered.
DOING: Final = frozenset({"notice", "check", "watch", "override", "pause", "resume", "brake", "untold"})
