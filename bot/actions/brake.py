"""What becomes of mails that are held: sent or dropped, by a button or by ``/track brake send|drop``."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import orjson
from slack_bolt import Ack, App, BoltContext

from bot.actions import answers
from bot.actions.press import press_of
from bot.blocks import brake as blocks
from bot.blocks.answers import note, refused
from bot.rights import may_correct
from bot.values import Message, Reader
from bot.words import _
from relay.desk import brake as desk
from relay.desk import care
from relay.errors import Changed, NotFound

if TYPE_CHECKING:
    from bot.app import Bot

#: What is decided, and how that is said.
DECISIONS: Final[Mapping[str, tuple[Callable[..., int], str]]] = {
    "send": (desk.send, _("%(count)s mails leave now.")),
    "drop": (desk.drop, _("%(count)s mails will not leave; /track untold lists whom they were for.")),
}
NOTHING: Final = _("No mail is held any more: somebody decided, or newer news took their place.")


def register(app: App, bot: "Bot") -> None:
    for action, word in ((blocks.SEND, "send"), (blocks.DROP, "drop")):
        app.action(action)(_listener(bot, word))


def _listener(bot: "Bot", word: str) -> Callable[[Ack, Mapping[str, Any], BoltContext], None]:
    def listen(ack: Ack, body: Mapping[str, Any], context: BoltContext) -> None:
        press = press_of(bot, body, context)
        said = _pressed(bot, word, body["actions"][0].get("value"), press.reader)
        ack()
        answers.privately(bot, press, said)

    return listen


def _pressed(bot: "Bot", word: str, value: object, reader: Reader) -> Message:
    """A button of another wave, or of none, decides nothing of this one."""
    try:
        seen = orjson.loads(str(value))
        incident_id, count = str(seen["i"]), int(seen["n"])
    except (orjson.JSONDecodeError, LookupError, TypeError, ValueError):
        incident_id, count = "", 0
    found = desk.look(bot.desk, bot.now())
    if found.held and found.incident_id != incident_id and may_correct(bot, reader).allowed:
        return blocks.brake(found, reader, bot.now())
    return decide(bot, word, reader, count)


def decide(bot: "Bot", word: str, reader: Reader, seen: int | None = None) -> Message:
    """Who may correct may decide; every attempt is audited, refused ones too. More than were ``seen``: it asks anew."""
    right = may_correct(bot, reader)
    if not right.allowed:
        care.refuse(bot.desk, f"brake {word}", "", reader.user_id, bot.now())
        return refused(right, reader)
    work, text = DECISIONS[word]
    try:
        return note(text, reader, count=work(bot.desk, reader.user_id, bot.now(), seen=seen))
    except NotFound:
        return note(NOTHING, reader)
    except Changed:
        return blocks.brake(desk.look(bot.desk, bot.now()), reader, bot.now())
