"""Whom we did not tell, settled: by the button of an entry, or by ``/track untold done ORDER|all``."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import orjson
from slack_bolt import Ack, App, BoltContext

from bot.actions import answers
from bot.actions.press import press_of
from bot.blocks import untold as blocks
from bot.blocks.answers import note, refused
from bot.rights import may_correct, why_no_colleague
from bot.values import Message, Reader
from bot.words import _
from relay.desk import care
from relay.desk import untold as desk
from relay.errors import Ambiguous, NotFound

if TYPE_CHECKING:
    from bot.app import Bot

SETTLED: Final = _("Taken from the list: %(count)s.")
NOT_LISTED: Final = _("That is not on the list of whom we did not tell, or not any more.")


def register(app: App, bot: "Bot") -> None:
    @app.action(blocks.DONE)
    def done(ack: Ack, body: Mapping[str, Any], context: BoltContext) -> None:
        press = press_of(bot, body, context)
        parcel = _parcel(body)
        fault = _settled(bot, press.reader, parcel, lambda by: desk.tick_parcel(bot.desk, parcel, by, bot.now()))
        ack()
        if not isinstance(fault, int) or not answers.redraw(bot, press.place, listed(bot, press.reader)):
            said = note(SETTLED, press.reader, count=fault) if isinstance(fault, int) else fault
            answers.privately(bot, press, said)


def _parcel(body: Mapping[str, Any]) -> str:
    try:
        return str(orjson.loads(body["actions"][0]["value"])["s"])
    except (orjson.JSONDecodeError, LookupError, TypeError):
        return ""


def listed(bot: "Bot", reader: Reader) -> Message:
    return blocks.untold(desk.untold_list(bot.desk, blocks.SHOWN), reader, bot.now())


def settle(bot: "Bot", reader: Reader, what: str) -> Message:
    """One order is for anybody of the team; all of them at once for who may correct."""
    is_all = what.casefold() == desk.ALL
    right = may_correct(bot, reader)
    if is_all and not right.allowed:
        care.refuse(bot.desk, "untold done", what, reader.user_id, bot.now())
        return refused(right, reader)
    said = _settled(bot, reader, what, lambda by: desk.tick(bot.desk, what, by, bot.now()))
    return note(SETTLED, reader, count=said) if isinstance(said, int) else said


def _settled(bot: "Bot", reader: Reader, what: str, tick: Callable[[str], int]) -> int | Message:
    """How many entries went; or why none did."""
    if why := why_no_colleague(bot, reader):
        care.refuse(bot.desk, "untold done", what, reader.user_id, bot.now())
        return note(why, reader)
    try:
        return tick(reader.user_id)
    except (NotFound, Ambiguous):
        return note(NOT_LISTED, reader)
