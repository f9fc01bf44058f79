"""What the buttons of an incident's message do. Anybody of the team takes it; who may correct may quiet it for all.

The message itself shows what came of it, so that nothing is said where it was done.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import orjson
from slack_bolt import Ack, App, BoltContext

from bot import blocks
from bot.actions import answers
from bot.actions.press import Press, press_of
from bot.rights import may_correct, why_no_colleague
from bot.values import Message
from bot.words import _, moments
from bot.words.outside import user
from relay.desk import care, incidents
from relay.desk.incidents import Hands, Until
from relay.errors import NotFound

if TYPE_CHECKING:
    from bot.app import Bot

Listener = Callable[[Ack, Mapping[str, Any], BoltContext], None]
#: Given the press and the incident, which is open: how it stands then, or why nothing was done.
Work = Callable[["Bot", Press, Hands], Hands | Message]

OVER: Final = _("This is over since %(moment)s: there is nothing left to do.")
UNKNOWN: Final = _("This incident is not known here.")
OLD: Final = _("This button is from another version of Wismo.")


def register(app: App, bot: "Bot") -> None:
    app.action("incident.take")(_listener(bot, _take))
    app.action("incident.give_back")(_listener(bot, _give_back))
    app.action("incident.snooze")(_listener(bot, _snooze))
    app.action("incident.known")(_listener(bot, _known))
    app.action("incident.wake")(_listener(bot, _wake))


def _listener(bot: "Bot", work: Work) -> Listener:
    def listen(ack: Ack, body: Mapping[str, Any], context: BoltContext) -> None:
        press = press_of(bot, body, context)
        said = _answer(bot, work, press, _about(body))
        ack()
        if said:
            answers.privately(bot, press, said)

    return listen


def _about(body: Mapping[str, Any]) -> str:
    """The incident that a button names in its value, and the menu in its row; "" where it names none."""
    action = body["actions"][0]
    try:
        return str(orjson.loads(action.get("value") or action["block_id"])["i"])
    except (orjson.JSONDecodeError, LookupError, TypeError):
        return ""


def _answer(bot: "Bot", work: Work, press: Press, incident_id: str) -> Message | None:
    """None: its message says the rest. What was shown once is read anew."""
    try:
        hands = incidents.look_up(bot.desk, incident_id)
        done = hands if hands.closed_at else work(bot, press, hands)
    except NotFound:
        return blocks.note(UNKNOWN if incident_id else OLD, press.reader)
    if not isinstance(done, Hands):
        return done
    if done.closed_at:
        return blocks.note(OVER, press.reader, moment=moments.moment(done.closed_at, bot.now(), press.reader))
    return None


# -- for everybody -----------------------------------------------------------------------------------------------------


def _take(bot: "Bot", press: Press, hands: Hands) -> Hands | Message:
    reader = press.reader
    if why := why_no_colleague(bot, reader):
        return blocks.note(why, reader)
    taken = incidents.take(bot.desk, hands.incident_id, reader.user_id, bot.now())
    if taken.owner and taken.owner != reader.user_id:
        return blocks.note(_("%(who)s is on it already."), reader, who=user(taken.owner))
    return taken


def _give_back(bot: "Bot", press: Press, hands: Hands) -> Hands | Message:
    """One's own, or anybody's by who may correct."""
    reader = press.reader
    if not hands.owner:
        return blocks.note(_("Nobody has taken it: there is nothing to give back."), reader)
    if hands.owner != reader.user_id and not may_correct(bot, reader).allowed:
        care.refuse(bot.desk, "give back", hands.incident_id, reader.user_id, bot.now())
        text = _("%(who)s has it: only they can give it back, or somebody who may correct.")
        return blocks.note(text, reader, who=user(hands.owner))
    return incidents.give_back(bot.desk, hands.incident_id, hands.owner, reader.user_id, bot.now())


# -- for who may correct -----------------------------------------------------------------------------------------------


def _snooze(bot: "Bot", press: Press, hands: Hands) -> Hands | Message:
    if press.word not in set(Until):
        return blocks.note(OLD, press.reader)
    until = incidents.until_of(Until(press.word), bot.now(), bot.settings.timezone)
    by, now = press.reader.user_id, bot.now()
    return _refused(bot, press, "snooze", hands) or incidents.snooze(bot.desk, hands.incident_id, until, by, now)


def _known(bot: "Bot", press: Press, hands: Hands) -> Hands | Message:
    by = press.reader.user_id
    return _refused(bot, press, "known", hands) or incidents.accept(bot.desk, hands.incident_id, by, bot.now())


def _wake(bot: "Bot", press: Press, hands: Hands) -> Hands | Message:
    by = press.reader.user_id
    return _refused(bot, press, "wake", hands) or incidents.wake(bot.desk, hands.incident_id, by, bot.now())


def _refused(bot: "Bot", press: Press, action: str, hands: Hands) -> Message | None:
    right = may_correct(bot, press.reader)
    if right.allowed:
        return None
    care.refuse(bot.desk, action, hands.incident_id, press.reader.user_id, bot.now())
    return blocks.refused(right, press.reader)
