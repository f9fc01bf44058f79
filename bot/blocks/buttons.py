"""The buttons of a card: only those that do something now. What they carry is what was seen, never a permission.

A button's value names the order, the parcel and its revision; an overflow's options are a word each, and the row that
it stands in bears the same names as its ``block_id``.
"""

from collections.abc import Iterator

from bot.blocks import shapes
from bot.blocks.shapes import Element
from bot.values import Block, Reader
from bot.words import _, say
from relay.desk.card import Card
from relay.desk.facets import Asked, ParcelCard
from relay.model import Kind, Status

ID_LIMIT = 255
#: Who cannot be asked about a parcel at all; the others may be asked again.
_NOT_ASKED = frozenset({Asked.NO_NUMBER, Asked.NOBODY})


def of_order(card: Card, reader: Reader) -> Iterator[Block]:
    """For an order of one parcel, all there is; of several, what is about all of them."""
    only = card.parcels[0] if len(card.parcels) == 1 else None
    shipment_id, revision = (only.shipment_id, only.revision) if only else (None, None)
    seen = shapes.seen(card.order_id, shipment_id, revision)
    elements = [shapes.button(say(reader.locale)(_("Reply text")), "card.reply", seen, "primary")]
    elements += _of_parcel(only, seen, reader) if only else []
    yield _row([*elements, *_more(card, only, seen, reader)], seen)


def of_parcel(card: Card, parcel: ParcelCard, reader: Reader) -> Iterator[Block]:
    """For one of several parcels, what is about it alone."""
    seen = shapes.seen(card.order_id, parcel.shipment_id, parcel.revision)
    options = list(_options_of_parcel(parcel, reader))
    more = [shapes.overflow(options, "card.more")] if options and len(seen) <= ID_LIMIT else []
    elements = [*_of_parcel(parcel, seen, reader), *more]
    if elements:
        yield _row(elements, seen)


def _row(elements: list[Element], seen: str) -> Block:
    row = shapes.actions(elements)
    return {**row, "block_id": seen} if len(seen) <= ID_LIMIT else row


def _of_parcel(parcel: ParcelCard, seen: str, reader: Reader) -> list[Element]:
    speak, found = say(reader.locale), []
    if parcel.held and reader.may_correct:
        found.append(shapes.button(speak(_("It arrived")), "held.arrived", seen))
        found.append(shapes.button(speak(_("It did not")), "held.not_arrived", seen))
    if parcel.asking.asked not in _NOT_ASKED and parcel.status is not Status.CANCELLED:
        found.append(shapes.button(speak(_("Check now")), "card.check", seen))
    if reader.may_correct:
        found.append(shapes.button(speak(_("Override")), "card.override", seen))
    if reader.may_correct and parcel.override:
        found.append(shapes.button(speak(_("Lift override")), "card.undo", seen))
    return found


def _more(card: Card, only: ParcelCard | None, seen: str, reader: Reader) -> list[Element]:
    """At most five, the more needed first; the customer's page also stands on the card as a link."""
    if len(seen) > ID_LIMIT:
        return []
    speak = say(reader.locale)
    options = [(speak(_("Why")), "why")] if card.parcels else []
    if not card.status.is_final:
        options.append((speak(_("Watch here")), "watch"))
    options += _options_of_parcel(only, reader) if only else []
    options += [(speak(_("Share")), "share"), (speak(_("Open page")), "page")]
    return [shapes.overflow(options, "card.more")]


def _options_of_parcel(parcel: ParcelCard, reader: Reader) -> Iterator[tuple[str, str]]:
    speak = say(reader.locale)
    if reader.may_correct:
        yield speak(_("Correct number or carrier")), "correct"
    if parcel.kind is Kind.OUTBOUND and Status.DELIVERED in {parcel.status, parcel.carrier_status}:
        yield speak(_("Customer did not receive it")), "missing"
