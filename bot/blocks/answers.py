"""What is answered where there is no card: a choice, a miss, help, a refusal, a note. Private, all of them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from bot.blocks import shapes
from bot.rights import Right
from bot.values import Block, Message, Reader
from bot.words import _, outside, say
from bot.words.outside import Own, as_mrkdwn
from relay.desk.find import Hit

#: So many hits are offered, so many near ones named.
CHOICES, NEAR = 20, 5
_GROUP: Final = re.compile(r"S[A-Z0-9]{2,20}")
#: By what an order was found.
KINDS: Final[Mapping[str, str]] = {
    "order": _("order id"),
    "short": _("short number"),
    "invoice": _("invoice"),
    "number": _("tracking number"),
    "page": _("page link"),
    "email": _("e-mail address"),
}


def said(text: str) -> Message:
    """Words of ours that are ready."""
    return Message(text, (shapes.section(text),))


def note(text: str, reader: Reader, **values: object) -> Message:
    """A marked text in the reader's language. Its values are outside text, unless they are :class:`Own`."""
    shown = {name: as_mrkdwn(value) for name, value in values.items()}
    return said(say(reader.locale)(text) % shown)


def choices(hits: Sequence[Hit], reader: Reader) -> Message:
    """Several orders fit: one button for each, and by what it was found."""
    speak = say(reader.locale)
    text = speak(_("%(count)s orders fit. Which one?")) % {"count": len(hits)}
    return Message(text, (shapes.section(text), *_choice_rows(hits, reader)))


def _choice_rows(hits: Sequence[Hit], reader: Reader) -> Iterator[Block]:
    speak = say(reader.locale)
    for hit in hits[:CHOICES]:
        yield _choice(hit, reader)
    if len(hits) > CHOICES:
        left = speak(_("Not shown: %(count)s. Write more of the number."))
        yield shapes.context(left % {"count": len(hits) - CHOICES})


def _choice(hit: Hit, reader: Reader) -> Block:
    speak = say(reader.locale)
    text = speak(_("Order %(order)s")) % {"order": outside.mrkdwn(hit.order_id, outside.PLACE)}
    kinds = ", ".join(speak(KINDS[kind]) for kind in dict.fromkeys(hit.kinds) if kind in KINDS)
    if kinds:
        text = speak(_("%(order)s, found by its %(kinds)s")) % {"order": text, "kinds": kinds}
    seen = shapes.seen(hit.order_id, None, None)
    return shapes.with_button(text, shapes.button(speak(_("Show")), "choose.order", seen))


def missed(query: str, looked_for: Sequence[str], nearest: Sequence[str], reader: Reader) -> Message:
    """Nothing was found: what was looked for, where, and what comes near. ``looked_for`` are kinds of keys."""
    speak = say(reader.locale)
    text = speak(_("Nothing is known under “%(query)s”.")) % {"query": outside.mrkdwn(query, outside.PLACE)}
    return Message(text, (shapes.section(text), *_where(looked_for or tuple(KINDS), nearest, reader)))


def _where(looked_for: Sequence[str], nearest: Sequence[str], reader: Reader) -> Iterator[Block]:
    speak = say(reader.locale)
    kinds = ", ".join(speak(KINDS[kind]) if kind in KINDS else outside.mrkdwn(kind) for kind in looked_for)
    yield shapes.context(speak(_("Looked for it as: %(kinds)s")) % {"kinds": kinds})
    if nearest:
        yield shapes.section(speak(_("Did you mean one of these?")))
        yield from (_choice(Hit("", order_id, ()), reader) for order_id in nearest[:NEAR])
    else:
        yield shapes.section(speak(_("Check the number, or try another one: the order, the invoice, the parcel.")))


def refused(right: Right, reader: Reader) -> Message:
    """Why somebody may not correct, and who may; for their eyes only, since it names people."""
    return note(right.why, reader, who=Own(", ".join(_holders(right)) or shapes.NOTHING))


def _holders(right: Right) -> Iterator[str]:
    for user in right.users[:CHOICES]:
        yield as_mrkdwn(outside.user(user))
    if _GROUP.fullmatch(right.group):
        yield f"<!subteam^{right.group}>"


HELP: Final = (
    ("/track 1001", _("the card of an order: by its id, short number, invoice, tracking number, e-mail or page link")),
    ("/track 1001 1002", _("up to 20 at once")),
    ("/track why 1001", _("which facts, by which rule")),
    ("/track check 1001", _("ask the carrier now")),
    ("/track watch 1001", _("tell this channel each change")),
    ("/track override 1001", _("set a status by hand, with a preview")),
    ("/track list", _("what a person should look at")),
    ("/track health", _("whether every promise is kept")),
    (_("/track notice CARRIER TEXT until DATE"), _("a note on every card of a carrier")),
    ("/track pause mail", _("hold back mail, shop or all; `/track resume mail` lets it go")),
    ("/track brake", _("mails that are held because too many would leave; send or drop them")),
    ("/track untold", _("whom we did not tell, and why")),
)


def help(reader: Reader) -> Message:  # noqa: A001 - what people type
    speak = say(reader.locale)
    text = speak(_("Ask /track where an order is. The answer is only for you, until you share it."))
    lines = "\n".join(f"`{speak(example)}` – {speak(what)}" for example, what in HELP)
    return Message(text, (shapes.section(text), shapes.section(lines)))
