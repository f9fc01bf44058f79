"""What an override will do before it is done, what it did after, and what its end took back."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from bot.blocks import shapes
from bot.blocks.parcel import until_in_words
from bot.values import Block, Message, Reader
from bot.words import _, moments, outside, say, states
from bot.words.outside import as_mrkdwn
from relay.desk.correct import Preview
from relay.desk.effects import Effect, Leaves
from relay.desk.undo import Outcome, Undone
from relay.model import Kind, Status, from_text

NO_MAIL: Final[Mapping[Leaves, str]] = {
    Leaves.NOT_ASKED: _("The customer is not told."),
    Leaves.NO_ADDRESS: _("The customer is not told: the order has no e-mail address."),
    Leaves.NOT_OURS: _("The customer is not told: Wismo does not mail this customer."),
    Leaves.IS_RETURN: _("The customer is not told: it is a return."),
    Leaves.TOLD_ALREADY: _("The customer is not told: this was told already."),
}
NO_WRITING: Final[Mapping[Leaves, str]] = {
    Leaves.NOT_ASKED: _("The shop is not told."),
    Leaves.NOT_KNOWN_THERE: _("The shop is not told: it does not know this parcel."),
    Leaves.SWITCHED_OFF: _("The shop is not told: writing to it is off (WISMO_VTEX_WRITE)."),
    Leaves.IS_RETURN: _("The shop is not told: it is a return."),
    Leaves.REFUSED_THERE: _("The shop is not told: it cannot take the number of this invoice."),
    Leaves.TOLD_ALREADY: _("The shop is not told: it was told already."),
}
HELD_BACK: Final[Mapping[str, str]] = {
    "shadow": _("(held back: Wismo is not live)"),
    "paused": _("(held back: it is paused)"),
}


def preview(seen: Preview, reader: Reader, now: datetime) -> list[Block]:
    """For a modal: what will change, who is told, what cannot be taken back."""
    return [
        shapes.section("\n".join(f"• {line}" for line in consequences(seen, reader, now))),
        *([shapes.section(f"*{warning}*")] if (warning := irrevocable(seen, reader)) else []),
    ]


def confirmation(done: Preview, reader: Reader, now: datetime) -> Message:
    """What was set, and a button to take it back."""
    speak = say(reader.locale)
    text = speak(_("Order %(order)s is now shown as “%(status)s”.")) % {
        "order": outside.mrkdwn(done.order_id, outside.PLACE),
        "status": states.status(done.after, done.kind, reader),
    }
    value = shapes.undo(done.order_id, done.shipment_id, done.override_id)
    undo = shapes.button(speak(_("Undo")), "card.undo", value)
    lines = "\n".join(f"• {line}" for line in consequences(done, reader, now))
    blocks: list[Block] = [shapes.section(text), shapes.section(lines), shapes.actions([undo])]
    if leaves := _leaves_at(done, reader, now):
        blocks.append(shapes.context(leaves))
    return Message(text, tuple(blocks))


def undone(came: Undone, reader: Reader, now: datetime) -> Message:
    """What came of the wish to take an override back, and what it withdrew."""
    if came.outcome is Outcome.LEFT:
        return _left(came, reader)
    speak = say(reader.locale)
    first, *rest = _ended(came, reader) if came.outcome is Outcome.ENDED else _lifted(came, reader, now)
    shows = speak(_("Order %(order)s shows “%(status)s”.")) % {
        "order": outside.mrkdwn(came.order_id, outside.PLACE),
        "status": states.status(came.shown, came.kind, reader),
    }
    return Message(f"{first} {shows}", (shapes.section("\n".join([f"{first} {shows}", *rest])),))


_LIFTED_BY: Final = "lifted by "


def _ended(came: Undone, reader: Reader) -> Iterator[str]:
    speak, why = say(reader.locale), came.ended_because
    if why.startswith(_LIFTED_BY):
        who = as_mrkdwn(outside.user(why.removeprefix(_LIFTED_BY)))
        yield speak(_("There is nothing to undo: %(who)s took it back before.")) % {"who": who}
    elif why == "replaced by a newer override":
        yield speak(_("There is nothing to undo: a newer override took its place."))
    elif why == "its time was over":
        yield speak(_("There is nothing to undo: its time was over."))
    else:
        yield speak(_("There is nothing to undo: the carrier said otherwise, which ended it."))


def _lifted(came: Undone, reader: Reader, now: datetime) -> Iterator[str]:
    speak = say(reader.locale)
    yield speak(_("The override was taken back."))
    if came.mails_withdrawn:
        yield speak(_("• The mail to the customer was withdrawn before it left."))
    if came.writing_withdrawn:
        yield speak(_("• The shop was not told, and is not."))
    if came.mail_left:
        yield speak(_("• The mail that left cannot be called back."))
    if came.shop_left:
        yield speak(_("• The shop was told; it is told the present state now."))
    if came.shop_left and came.override.status is Status.DELIVERED:
        yield speak(_("• The shop cannot take back “delivered”."))
    if came.follows and came.follows.mail.leaves is Leaves.YES:
        yield f"• {_mail(came.follows.mail, came.kind, reader, now)}"


def _left(came: Undone, reader: Reader) -> Message:
    """Something is out of the house: what, and a button to end the override all the same."""
    speak = say(reader.locale)
    text = speak(_("It is too late to undo this for nothing: the customer was told."))
    if came.mail_left and came.shop_left:
        text = speak(_("It is too late to undo this for nothing: the customer and the shop were told."))
    elif came.shop_left:
        text = speak(_("It is too late to undo this for nothing: the shop was told."))
    hint = speak(_("Ending it shows the carrier's word again; nobody is told automatically that it was wrong."))
    value = shapes.undo(came.order_id, came.shipment_id, came.override.override_id)
    end = shapes.button(speak(_("End it all the same")), "undo.anyway", value)
    return Message(text, (shapes.section(f"{text}\n{hint}"), shapes.actions([end])))


def consequences(seen: Preview, reader: Reader, now: datetime) -> Iterator[str]:
    speak = say(reader.locale)
    yield speak(_("Shown: %(before)s → %(after)s (the carrier says: %(carrier)s)")) % {
        "before": states.status(seen.before, seen.kind, reader),
        "after": states.status(seen.after, seen.kind, reader),
        "carrier": states.status(seen.carrier_status, seen.kind, reader),
    }
    yield speak(_("Stands %(until)s.")) % {"until": _until(seen.until, reader, now)}
    if seen.replaces:
        earlier = states.status(seen.replaces.status, seen.kind, reader)
        yield speak(_("It ends an earlier override: “%(status)s”.")) % {"status": earlier}
    yield _mail(seen.effects.mail, seen.kind, reader, now)
    yield _shop(seen.effects.shop, seen.kind, reader, now)
    if seen.effects.withdraws:
        yield speak(_("Mails that wait and do not leave: %(count)s.")) % {"count": seen.effects.withdraws}


def irrevocable(seen: Preview, reader: Reader) -> str:
    """What no undoing takes back once it has left; "" where there is nothing."""
    speak = say(reader.locale)
    if seen.effects.shop.leaves is Leaves.YES and seen.effects.shop.status is Status.DELIVERED:
        return speak(_("Once the shop says “delivered”, it cannot take that back."))
    if seen.effects.mail.leaves is Leaves.YES:
        return speak(_("A mail that has left cannot be taken back."))
    return ""


def _until(until: str, reader: Reader, now: datetime) -> str:
    is_word = until in {"carrier", "lifted"}
    return until_in_words(None if is_word else from_text(until), until, reader, now)


def _mail(effect: Effect, kind: Kind, reader: Reader, now: datetime) -> str:
    speak = say(reader.locale)
    if effect.leaves is not Leaves.YES:
        return speak(NO_MAIL.get(effect.leaves, NO_MAIL[Leaves.NOT_ASKED]))
    text = _("The customer gets a mail %(when)s: “%(status)s”.")
    if not effect.is_asked:
        text = _("The customer gets a mail %(when)s, which waited behind an earlier override: “%(status)s”.")
    return _leaving(text, effect, kind, reader, now)


def _shop(effect: Effect, kind: Kind, reader: Reader, now: datetime) -> str:
    speak = say(reader.locale)
    if effect.leaves is not Leaves.YES:
        return speak(NO_WRITING.get(effect.leaves, NO_WRITING[Leaves.NOT_ASKED]))
    text = _("The shop is told %(when)s: “%(status)s”.")
    if not effect.is_asked:
        text = _("The shop is told %(when)s, as an earlier override ends: “%(status)s”.")
    return _leaving(text, effect, kind, reader, now)


def _leaving(text: str, effect: Effect, kind: Kind, reader: Reader, now: datetime) -> str:
    speak = say(reader.locale)
    said = speak(text) % {
        "when": moments.ahead(effect.at, now, reader) if effect.at else speak(_("now")),
        "status": states.status(effect.status, kind, reader) if effect.status else shapes.NOTHING,
    }
    held = HELD_BACK.get(effect.mode)
    return f"{said} {speak(held)}" if held else said


def _leaves_at(done: Preview, reader: Reader, now: datetime) -> str:
    leaves = {done.effects.mail.leaves, done.effects.shop.leaves}
    if Leaves.YES not in leaves or done.effects_at <= now:
        return ""
    text = say(reader.locale)(_("Nothing leaves before %(moment)s; until then undoing it costs nothing."))
    return text % {"moment": moments.moment(done.effects_at, now, reader)}
