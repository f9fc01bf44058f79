"""App Home, the team's list, and what their buttons do."""

from typing import TYPE_CHECKING, Any

import orjson
from slack_bolt import Ack, App, BoltContext

from bot import lookup, noting
from bot.actions import answers
from bot.actions.press import Press, press_of
from bot.blocks import home as blocks
from bot.blocks import team
from bot.blocks.answers import note
from bot.reader import reader_of
from bot.rights import may_correct, why_no_colleague
from bot.values import Message, Reader
from bot.words import _
from bot.words.outside import user
from relay.desk import care, noticing, watching
from relay.desk import team as desk
from relay.desk.health import health
from relay.errors import NotFound

if TYPE_CHECKING:
    from bot.app import Bot

Body = dict[str, Any]


def register(app: App, bot: "Bot") -> None:
    @app.event("app_home_opened")
    def opened(event: Body, context: BoltContext) -> None:
        if event.get("tab") == "home":
            publish(bot, reader_of(bot, str(event["user"]), context.team_id or ""))

    @app.action(blocks.SEARCH)
    def search(ack: Ack, body: Body, context: BoltContext) -> None:
        reader = reader_of(bot, context.user_id or "", context.team_id or "")
        found = lookup.answer(bot, str(body["actions"][0].get("value") or ""), reader)
        ack()
        bot.client.views_open(trigger_id=body["trigger_id"], view=answers.window(found.blocks, reader))

    @app.action("home.stop")
    def stop(ack: Ack, body: Body, context: BoltContext) -> None:
        press = press_of(bot, body, context)
        watching.stop(bot.desk, _named(body, "w"), press.reader.user_id, bot.now())
        ack()
        publish(bot, press.reader)

    @app.action("list.take")
    def take(ack: Ack, body: Body, context: BoltContext) -> None:
        press = press_of(bot, body, context)
        refusal = taken(bot, press.reader, _named(body, "i"))
        ack()
        _show_again(bot, press)
        if refusal:
            answers.privately(bot, press, refusal)

    @app.action("list.give_back")
    def give_back(ack: Ack, body: Body, context: BoltContext) -> None:
        press = press_of(bot, body, context)
        refusal = given_back(bot, press.reader, _named(body, "i"))
        ack()
        _show_again(bot, press)
        if refusal:
            answers.privately(bot, press, refusal)


def _named(body: Body, name: str) -> str:
    """What a button says it is about; it is looked up before anything is done with it."""
    try:
        return str(orjson.loads(body["actions"][0]["value"])[name])
    except (orjson.JSONDecodeError, LookupError, TypeError):
        return ""


# -- the team's list ---------------------------------------------------------------------------------------------------


def team_list(bot: "Bot", reader: Reader) -> Message:
    """What a person should look at, as it stands now."""
    return team.team(desk.team_list(bot.desk, bot.now()), reader, bot.now())


def taken(bot: "Bot", reader: Reader, key: str) -> Message | None:
    """Put somebody's name to an item; None: it is theirs."""
    if why := why_no_colleague(bot, reader):
        return note(why, reader)
    try:
        owner = desk.take(bot.desk, key, reader.user_id, bot.now())
    except NotFound:
        return note(_("This was done meanwhile: there is nothing left to take."), reader)
    return None if owner == reader.user_id else note(_("%(who)s is on it already."), reader, who=user(owner))


def given_back(bot: "Bot", reader: Reader, key: str) -> Message | None:
    """Take a name off an item: one's own, or anybody's by who may correct; None: it is off."""
    try:
        person = desk.holder(bot.desk, key, bot.now())
        if person and person != reader.user_id and not may_correct(bot, reader).allowed:
            care.refuse(bot.desk, "give back", key, reader.user_id, bot.now())
            text = _("%(who)s has it: only they can give it back, or somebody who may correct.")
            return note(text, reader, who=user(person))
        if person and desk.give_back(bot.desk, key, person, reader.user_id, bot.now()):
            return None
    except NotFound:
        return note(_("This was done meanwhile: there is nothing left to give back."), reader)
    return note(_("Nobody has taken it: there is nothing to give back."), reader)


def _show_again(bot: "Bot", press: Press) -> None:
    """The list where it was pressed; the morning list is edited by the outbox, which knows what was on it first."""
    if press.place.view_type == "home":
        publish(bot, press.reader)
    elif press.place.is_private:
        answers.redraw(bot, press.place, team_list(bot, press.reader))


# -- Home --------------------------------------------------------------------------------------------------------------


def publish(bot: "Bot", reader: Reader) -> None:
    """Draw somebody's Home anew."""
    now = bot.now()
    shown = blocks.Home(
        mine=watching.mine(bot.desk, reader.user_id),
        team=desk.team_list(bot.desk, now),
        notices=noticing.notices_in_force(bot.desk, now),
        health=health(bot.desk, now),
    )
    bot.client.views_publish(user_id=reader.user_id, view=blocks.view(shown, reader, now))


def notice(bot: "Bot", reader: Reader, text: str) -> Message:
    """``/track notice …``. Raises BadInput and NotFound."""
    return noting.notice(bot, reader, text)
