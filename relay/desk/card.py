"""An order as an agent needs it while the customer waits: all of it from local data, read in one snapshot."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from relay.carriers import all_carriers
from relay.database import Row, Tx
from relay.desk import Desk
from relay.desk.accounts import askers_of, who_asks
from relay.desk.care import mail_mode
from relay.desk.facets import IncidentView, ParcelCard
from relay.desk.headline import Headline, Matter, headline_of, weightiest
from relay.desk.noticing import Notice, notices_for
from relay.desk.parcel_card import OF_ASKING, Around, parcel_card
from relay.desk.shop import page_words
from relay.desk.view import order_status, page_url, promised_day, trouble_of
from relay.desk.watching import watchers_of
from relay.intake.cancelled import CALLED_OFF
from relay.model import Status, from_text
from relay.settings import Settings
from relay.store import incidents, orders

#: Incidents about the shop as a whole.
_OF_SHOP = frozenset({"shop_refused", "shop_down", "shop_job"})
#: The outbox's channels that an agent should know to be down.
_CHANNELS = ("email", "shop")


@dataclass(frozen=True, slots=True)
class Card:
    """One order at one moment. Nothing in it names the customer."""

    shop: str
    order_id: str
    short_number: str | None
    status: Status  #: of the order: where its slowest parcel is
    headline: Headline
    parcels: tuple[ParcelCard, ...]
    headlines: tuple[Headline, ...]  #: of the parcels, in the same order
    promised: date | None
    page_url: str  #: the customer's page
    customer_locale: str
    zone: str  #: the shop's, on which promised days are counted
    at: datetime  #: when all this was read
    shop_shows: str | None = None  #: what the shop's own page calls the present step
    incidents: tuple[IncidentView, ...] = ()
    notices: tuple[Notice, ...] = ()
    watchers: tuple[str, ...] = ()  #: ids of people in Slack
    mail_mode: str = "send"  #: send, shadow or paused
    is_mailed: bool = True  #: whether the customer gets mail from us at all
    is_erased: bool = False  #: the customer was erased

    def parcel(self, shipment_id: str | None) -> ParcelCard | None:
        return next((parcel for parcel in self.parcels if parcel.shipment_id == shipment_id), None)

    @property
    def main_parcel(self) -> ParcelCard | None:
        """The one that the headline is about."""
        return self.parcel(self.headline.shipment_id)


def card_of(tx: Tx, desk: Desk, shop: str, order_id: str, now: datetime) -> Card:
    order = orders.order(tx, shop, order_id)
    around = Around(tx, desk, order, incidents.incidents(tx, only_open=True), now)
    rows = orders.shipments_of(tx, shop, order_id)
    parcels = tuple(parcel_card(around, row) for row in rows)
    promised, settings = promised_day(order["promised_at"]), desk.settings
    headlines = tuple(headline_of(parcel, promised, settings.timezone, now) for parcel in parcels)
    headline = weightiest(headlines) or _headline_without_parcel(order, promised, around)
    return Card(
        shop=shop,
        order_id=order_id,
        short_number=order["short_number"],
        status=order_status([parcel.status for parcel in parcels]) if parcels else headline.status,
        headline=headline,
        parcels=parcels,
        headlines=headlines,
        promised=promised,
        page_url=page_url(settings, order),
        customer_locale=order["locale"] or settings.locale,
        zone=settings.timezone,
        at=now,
        shop_shows=page_words(tx, desk, shop, order_id, now),
        incidents=_incidents(around, parcels),
        notices=_notices(around, parcels),
        watchers=tuple(dict.fromkeys(watch.by for watch in watchers_of(tx, shop, order_id))),
        mail_mode=mail_mode(tx, settings),
        is_mailed=bool(desk.policy.mails_customers and order["is_mailed"] and order["email"]),
        is_erased=bool(order["erased_at"]),
    )


def _headline_without_parcel(order: Row, promised: date | None, around: Around) -> Headline:
    if order["shop_status"] in CALLED_OFF:
        return Headline(Matter.CANCELLED, Status.CANCELLED)
    is_late = promised is not None and promised < around.now.astimezone(around.zone).date()
    matter = Matter.LATE if is_late else Matter.NOT_SHIPPED
    return Headline(matter, promised=promised, since=from_text(order["created_at"]))


# -- what is open ------------------------------------------------------------------------------------------------------


def _incidents(around: Around, parcels: Sequence[ParcelCard]) -> tuple[IncidentView, ...]:
    """Open incidents that list the order, or that are about whoever its parcels and its customer depend on."""
    own = {
        row["incident_id"]
        for row in incidents.incidents_of_order(around.tx, around.order["shop"], around.order["order_id"])
    }
    subjects = _subjects(around.desk.settings, parcels)
    is_of_shop = any(parcel.shop for parcel in parcels)
    touching = [
        row
        for row in around.incidents
        if row["incident_id"] in own
        or (row["kind"], row["subject"]) in subjects
        or (is_of_shop and row["kind"] in _OF_SHOP)
    ]
    return tuple(_incident_view(row) for row in touching)


def _notices(around: Around, parcels: Sequence[ParcelCard]) -> tuple[Notice, ...]:
    """What people left for every card of a carrier, or of a place where the parcel was seen last."""
    found = [notice for parcel in parcels for notice in _notices_of(around, parcel)]
    return tuple({notice.notice_id: notice for notice in found}.values())


def _notices_of(around: Around, parcel: ParcelCard) -> Sequence[Notice]:
    places = [parcel.last_scan.place] if parcel.last_scan else []
    return [] if parcel.status.is_final else notices_for(around.tx, parcel.carrier, around.now, places=places)


def _subjects(settings: Settings, parcels: Sequence[ParcelCard]) -> frozenset[tuple[str, str]]:
    askers = askers_of(settings, all_carriers())
    slugs = {asker.slug for parcel in parcels if (asker := who_asks(askers, parcel.carrier))}
    of_asking = {(kind, slug) for kind in OF_ASKING for slug in slugs}
    of_rule = {("held_rule", parcel.carrier) for parcel in parcels if parcel.carrier and parcel.held}
    return frozenset(of_asking | of_rule | {("channel_down", name) for name in _CHANNELS})


def _incident_view(row: Row) -> IncidentView:
    return IncidentView(
        incident_id=row["incident_id"],
        trouble=trouble_of(row),
        opened_at=from_text(row["opened_at"]),
        owner=row["owner"],
    )
