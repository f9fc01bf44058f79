"""What an agent may do next: one sentence for every kind of headline."""

from collections.abc import Mapping
from typing import Final

from bot.values import Reader
from bot.words import _, outside, say, states
from relay.desk.card import Card
from relay.desk.facets import ParcelCard
from relay.desk.headline import Matter
from relay.model import Kind, Status

STEPS: Final[dict[Matter, str]] = {
    Matter.HELD: _("Ask the customer whether it arrived, then settle it with “It arrived” or “It did not”."),
    Matter.CONTRADICTED: _("See “Why”; then lift the override, or leave it if the carrier is wrong."),
    Matter.OVERRIDDEN: _("Nothing, unless the customer says otherwise."),
    Matter.RETURNED: _("Agree with the customer: send it again, or refund."),
    Matter.RETURNING: _("Find out why from the carrier; agree with the customer: send it again, or refund."),
    Matter.EXCEPTION: _("Call the carrier: it says what it needs, such as an address or a document."),
    Matter.ATTEMPTED: _("Check the address with the customer, and ask the carrier for the next attempt."),
    Matter.GIVEN_UP: _("Open a claim with the carrier, and agree with the customer: send it again, or refund."),
    Matter.STUCK: _("Ask the carrier to look for it; tell the customer what you know with “Reply text”."),
    Matter.LATE: _("Tell the customer honestly with “Reply text”; “Check now” asks the carrier once more."),
    Matter.PICKUP: _("Remind the customer: what is not picked up goes back."),
    Matter.UNREACHABLE: _("Tell the customer the last known state; the incident below says who looks after it."),
    Matter.NOBODY: _("Look at the carrier's own page. For whoever runs Wismo: %(remedy)s."),
    Matter.NOT_SHIPPED: _("Ask the warehouse if it should have left by now."),
    Matter.OUT_FOR_DELIVERY: _("Nothing: it should arrive today."),
    Matter.ON_ITS_WAY: _("Nothing: it moves as it should."),
    Matter.CANCELLED: _("Nothing will be delivered. If the customer waits for it, look at the order in the shop."),
    Matter.DELIVERED: _("Nothing. If the customer did not get it: ⋯, “Customer did not receive it”."),
}
#: A return comes to the shop: the customer waits for the refund, and not for the parcel.
RETURN_STEPS: Final[dict[Matter, str]] = {
    Matter.DELIVERED: _("The return is at the shop: see whether the refund is made."),
    Matter.RETURNING: _("It did not get to the shop: agree with the customer how to send it again."),
    Matter.RETURNED: _("It did not get to the shop: agree with the customer how to send it again."),
    Matter.OUT_FOR_DELIVERY: _("Nothing: it should be at the shop today."),
    Matter.PICKUP: _("Have somebody of the shop pick it up."),
    Matter.NOT_SHIPPED: _("Ask whether the customer has handed it in."),
}
WITHOUT_RIGHT: Final = _("Ask the customer whether it arrived; somebody with the right to correct settles it.")
#: Of a parcel that nobody can be asked about yet, and of one that is only announced.
NOT_LEFT: Final = _("Ask the warehouse when it leaves, and tell the customer honestly with “Reply text”.")
HANDED_OVER: Final = _("Ask the warehouse whether it was handed over.")
ANNOUNCED: Final = _("Nothing yet: the carrier should scan it soon.")
NAMELESS: Final = _("Find out who moves it; “Correct number or carrier” in ⋯ tells Wismo.")
#: Where nothing is to be done for the customer, so that what the shop shows otherwise comes first.
CALM: Final = frozenset({Matter.OVERRIDDEN, Matter.OUT_FOR_DELIVERY, Matter.ON_ITS_WAY, Matter.DELIVERED})
#: What to do where the shop shows something else, by the reason.
OF_DRIFT: Final[Mapping[str, str]] = {
    "odd_invoice": _("Enter the tracking by hand, in the shop"),
    "order_not_found": _("See in the shop whether the order is over two years old, or of another account"),
    "invoice_not_found": _("See in the shop whether the invoice was replaced"),
    "no_number": _("Enter the number in the invoice, in the shop"),
    "no_rights": _("Give Wismo's key the right that `wismo doctor` names"),
    "refused": _("Read the shop's answer in `wismo drift`"),
    "refused_date": _("Correct the date that contradicts the others: of invoice, dispatch or delivery"),
    "read_back_differs": _("The next news mends it, or `wismo outbox retry`"),
    "missing_events": _("The next news mends it, or `wismo outbox retry`"),
    "doubled_events": _("From now on it is told only what is new"),
    "finished_in_shop": _("Settle it with the customer, and in the shop"),
    "not_finished": _("`wismo outbox retry` tells it again; if that does not help, look in the shop"),
    "my_orders_differs": _("That page follows another package of the order"),
    "not_written": _("The next news brings it, or `wismo outbox retry`"),
    "off": _("WISMO_VTEX_WRITE turns it on"),
}


def next_step(card: Card, reader: Reader) -> str:
    """What an agent may do about it now, for a ``mrkdwn``."""
    parcel = card.main_parcel
    if drift := _drift(card, parcel):
        return _settled(drift, reader)
    remedy = states.settings_to_make(parcel.asking.remedy, reader) if parcel else ""
    text = say(reader.locale)(_step(card, parcel, reader))
    return text % {"remedy": remedy} if "%(" in text else text


def _drift(card: Card, parcel: ParcelCard | None) -> str:
    """Why the shop shows something else, where that is all there is to do; "" elsewhere."""
    if card.headline.matter not in CALM or parcel is None or parcel.kind is Kind.RETURN:
        return ""
    return next((one.shop.drift for one in (parcel, *card.parcels) if one.shop and one.shop.drift), "")


def _settled(drift: str, reader: Reader) -> str:
    speak = say(reader.locale)
    why = outside.mrkdwn(states.told(drift, states.DRIFTS, reader))
    said = speak(_("Nothing for the customer; but the shop differs: %(why)s.")) % {"why": why}
    return f"{said} {speak(OF_DRIFT[drift])}." if drift in OF_DRIFT else said


def _step(card: Card, parcel: ParcelCard | None, reader: Reader) -> str:
    matter = card.headline.matter
    if parcel and parcel.kind is Kind.RETURN:
        return RETURN_STEPS.get(matter, STEPS[matter])
    if matter is Matter.HELD and not reader.may_correct:
        return WITHOUT_RIGHT
    if matter is Matter.LATE and (parcel is None or parcel.status is Status.PENDING):
        return NOT_LEFT
    if parcel and parcel.tracking_number:
        return _of_numbered(matter, parcel)
    return STEPS[matter]


def _of_numbered(matter: Matter, parcel: ParcelCard) -> str:
    if matter is Matter.NOT_SHIPPED:
        return HANDED_OVER
    if matter is Matter.NOBODY and parcel.carrier is None:
        return NAMELESS
    if matter is Matter.ON_ITS_WAY and parcel.status is Status.INFO_RECEIVED:
        return ANNOUNCED
    return STEPS[matter]
