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
from bot.rights import SILENT, is_ours
from bot.values import Message, Reader
from bot.words import _
from bot.words.outside import user
from relay.desk import noticing, watching
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
    about = bot.people.about(bot.client, reader.user_id, bot.settings.slack_override_group, bot.now())
    if not is_ours(about):
        silent = about.person is None or about.own_team is None
        return note(SILENT if silent else _("Only people of our own workspace may take it."), reader)
    try:
        owner = desk.take(bot.desk, key, reader.user_id, bot.now())
    except NotFound:
        return note(_("This was done meanwhile: there is nothing left to take."), reader)
    return None if owner == reader.user_id else note(_("%(who)s is on it already."), reader, who=user(owner))


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
