"""What the buttons of a card do: each reads the present, answers whoever pressed it alone, and says what it did."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from slack_bolt import Ack, BoltContext

from bot import blocks
from bot.actions import answers, cards
from bot.actions.press import About, Press, press_of
from bot.values import Message, Reader
from bot.words import _, moments, outside, say
from relay.desk import asking, correct
from relay.desk.facets import Asked, ParcelCard
from relay.desk.find import ById
from relay.desk.parcels import SHOP, check_known
from relay.desk.why import why_json
from relay.errors import NotFound

if TYPE_CHECKING:
    from bot.app import Bot

OLD: Final = _("This button is from another version of Wismo. Ask /track for the card of today.")
GONE: Final = _("This order is not known any more: it was erased, or called something else.")

#: So many parcels of an order are asked about by one press.
MOST: Final = 10

#: Given the press and what it is about: the private answer, before which nothing was asked of Slack.
Work = Callable[["Bot", Press, About], Message]
Listener = Callable[[Ack, Mapping[str, Any], BoltContext], None]


def answered(bot: "Bot", work: Work) -> Listener:
    """A listener: it reads, acknowledges, and then tells whoever pressed."""

    def listen(ack: Ack, body: Mapping[str, Any], context: BoltContext) -> None:
        press = press_of(bot, body, context)
        message = answer_of(bot, work, press)
        ack()
        for page in blocks.pages(message):
            answers.privately(bot, press, page)

    return listen


def answer_of(bot: "Bot", work: Work, press: Press) -> Message:
    if press.about is None:
        return blocks.note(OLD, press.reader)
    try:
        return work(bot, press, press.about)
    except NotFound:
        return blocks.note(GONE, press.reader)


# -- reading -----------------------------------------------------------------------------------------------------------


def reply(bot: "Bot", press: Press, about: About) -> Message:
    return blocks.reply(cards.main_parcel(cards.read(bot, about.order_id), about.shipment_id), press.reader)


def missing(bot: "Bot", press: Press, about: About) -> Message:
    """For a customer who did not get the parcel; that they said so stays with the order."""
    card = cards.main_parcel(cards.read(bot, about.order_id), about.shipment_id)
    if card.main_parcel:
        correct.note_missing(bot.desk, ById(card.main_parcel.shipment_id), press.reader.user_id, bot.now())
    return blocks.not_received(card, press.reader)


def why(bot: "Bot", press: Press, about: About) -> Message:
    with bot.desk.database.read() as tx:
        check_known(tx, about.order_id)
        found = why_json(tx, bot.settings, SHOP, about.order_id)
    return blocks.why(found, press.reader, bot.now())


def page(bot: "Bot", press: Press, about: About) -> Message:
    link = outside.link(cards.read(bot, about.order_id).page_url, say(press.reader.locale)(_("the customer's page")))
    text = _("What the customer of order %(order)s sees: %(page)s")
    return blocks.note(text, press.reader, order=about.order_id, page=link)


# -- asking ------------------------------------------------------------------------------------------------------------


def check(bot: "Bot", press: Press, about: About) -> Message:
    """Have each parcel that is meant asked about; when that was last done, or why nobody can be asked."""
    card = cards.read(bot, about.order_id)
    meant = [parcel for parcel in card.parcels if about.shipment_id in {None, parcel.shipment_id}]
    if not meant:
        return blocks.note(_("Order %(order)s has no parcel to ask about yet."), press.reader, order=card.order_id)
    return blocks.said("\n".join(_checked(bot, press.reader, parcel) for parcel in meant[:MOST]))


def _checked(bot: "Bot", reader: Reader, parcel: ParcelCard) -> str:
    speak, asked = say(reader.locale), parcel.asking
    shown = {
        "carrier": outside.mrkdwn(parcel.carrier_label or speak(_("the carrier")), outside.PLACE),
        "number": outside.mrkdwn(parcel.tracking_number or parcel.package, outside.PLACE),
        "remedy": outside.mrkdwn(asked.remedy, outside.LINE),
    }
    if asked.asked is Asked.NO_NUMBER:
        return speak(_("Package %(number)s has no tracking number yet, so there is nothing to ask about.")) % shown
    if asked.asked is Asked.NOBODY:
        return speak(_("Nobody can be asked about %(carrier)s. For whoever runs Wismo: %(remedy)s.")) % shown
    asking.check_now(bot.desk, ById(parcel.shipment_id), None, bot.now())
    shown["who"] = outside.mrkdwn(asked.label or parcel.carrier_label, outside.PLACE)
    text = speak(_("%(who)s is asked next about %(number)s.")) % shown
    return f"{text} {_last_asked(bot, reader, parcel)}"


def _last_asked(bot: "Bot", reader: Reader, parcel: ParcelCard) -> str:
    speak = say(reader.locale)
    if parcel.asked_at is None:
        return speak(_("There was no answer so far.")) if parcel.tried_at else speak(_("It was never asked before."))
    ago = moments.ago(parcel.asked_at, bot.now(), reader)
    return speak(_("The last answer came %(ago)s.")) % {"ago": ago}
