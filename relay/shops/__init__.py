"""One file or folder per shop platform: its HTTP, and its orders in our words.

What is here is what every platform's orders are turned into, and what one is told of a parcel.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from relay.model import EventView, Kind, Status

# -- what a shop tells -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ShopEvent:
    """A line of a parcel's history as a shop shows it."""

    date: str  #: the shop's wall clock as it writes it: ``2026-02-14``, with a time where there is one
    description: str
    city: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a shop shows of a package's way."""

    events: tuple[ShopEvent, ...] = ()
    is_finished: bool = False
    delivered_at: str | None = None  #: as the shop writes it


@dataclass(frozen=True, slots=True)
class Package:
    """A package of an order: one invoice, and perhaps who moves it."""

    invoice: str  #: byte for byte
    kind: Kind
    courier: str | None = None  #: free text of whoever invoiced
    tracking_number: str | None = None
    tracking_url: str | None = None
    issued_at: str | None = None  #: UTC, as :func:`relay.model.to_text` writes it
    dispatched_at: str | None = None  #: the same
    promised_at: str | None = None  #: the latest of its items', an ISO date
    courier_ids: tuple[str, ...] = ()  #: by which the shop's logistics know the carrier
    courier_names: tuple[str, ...] = ()
    is_pickup: bool = False
    is_labelled: bool = False  #: number and address are those of a marketplace's label; its invoice has neither
    shown: Shown = field(default_factory=Shown)


@dataclass(frozen=True, slots=True)
class ShopOrder:
    """An order as its shop tells it. Moments are UTC as :func:`relay.model.to_text` writes them."""

    order_id: str
    group_id: str | None = None  #: one purchase that was split over sellers
    short_number: str | None = None
    status: str | None = None  #: the shop's own word
    origin: str | None = None  #: ``Marketplace``, ``Fulfillment`` or ``Chain``
    affiliate: str | None = None  #: the external marketplace it came from
    copy_of: str | None = None  #: the order id of which this one may be a seller's copy
    customer_name: str | None = None
    email: str | None = None  #: as the shop gives it; perhaps an alias
    profile_id: str | None = None  #: under which the shop knows the customer
    locale: str | None = None
    ordered_at: str | None = None
    promised_at: str | None = None
    changed_at: str | None = None
    is_whole: bool = False  #: whether every item is in a package
    packages: tuple[Package, ...] = ()
    faults: tuple[str, ...] = ()  #: what of it could not be read: the field and why

    @property
    def is_of_marketplace(self) -> bool:
        """Whether somebody else sold it: the customer, and what may be told, are theirs."""
        return bool(self.affiliate) or self.origin == "Fulfillment"


@dataclass(frozen=True, slots=True)
class Listed:
    """An order in a shop's list: enough to know whether it is to be read."""

    order_id: str
    status: str | None
    changed_at: str | None


@dataclass(frozen=True, slots=True)
class Page:
    orders: tuple[Listed, ...]
    total: int  #: of the whole query; more than its pages can hold is a time to be cut in two
    pages: int  #: that can be asked for
    faults: tuple[str, ...] = ()  #: rows that could not be read


@dataclass(frozen=True, slots=True)
class Notice:
    """A shop's word that an order changed."""

    order_id: str
    state: str | None
    changed_at: str | None
    handle: str | None = None  #: by which a feed is told that it was taken


# -- what a shop is told -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true of a package, and to be shown by its shop."""

    status: Status  #: the carrier's word, or a person's who chose that the shop is told
    events: tuple[EventView, ...]  #: oldest first; at least one, once the parcel has moved
    delivered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """Where a package's customer can follow it, all as it is to be."""

    tracking_number: str | None
    tracking_url: str
    courier: str | None
    dispatched_at: str | None = None


@dataclass(frozen=True, slots=True)
class ShopView:
    """The present truth about one package, with what is needed to bring it to its shop."""

    order_id: str
    invoice: str
    truth: Truth
    number: str | None
    page_url: str
    is_delta: bool  #: this shop adds what it is told to what it shows: only what is missing may be sent
    note: str = ""  #: for the shop's own people; "" where there is nothing to say
    tries: int = 1  #: how often this was tried, this time included


@dataclass(frozen=True, slots=True)
class Written:
    """What a shop is to show of a package."""

    events: tuple[ShopEvent, ...]
    is_delivered: bool
    delivered_at: str | None  #: the shop's wall clock, ``2026-02-14 16:15``


class Dialect(Protocol):
    """How a platform writes what is true, and compares it with what it shows. Pure."""

    def written(self, truth: Truth) -> Written: ...

    def missing(self, written: Written, shown: Shown) -> Written:
        """What of it the shop does not show yet."""

    def differences(self, written: Written, shown: Shown) -> Sequence[str]:
        """Reasons of :mod:`relay.shops.drift`, the weightiest first."""

    def date_fault(self, truth: Truth, order: ShopOrder, package: Package, now: datetime) -> str | None:
        """Why the shop, or a marketplace behind it, would refuse the moment of the delivery."""

    def page_words(self, order: ShopOrder, now: datetime) -> str | None:
        """What the shop's own page calls the order's present step; None where it shows none."""

    def page_fault(self, order: ShopOrder, now: datetime) -> str | None:
        """Why the customer does not see a delivery there although every package says so."""


# -- what can be asked of one ------------------------------------------------------------------------------------------


class Shop(Protocol):
    """A shop's HTTP. Every call raises :class:`relay.errors.ShopFault`."""

    def order(self, order_id: str) -> ShopOrder: ...

    def email_of(self, order: ShopOrder) -> str | None:
        """The address to which the customer's mail goes, as the setting says where it comes from."""

    def changed(self, since: datetime, until: datetime, page: int) -> Page:
        """Orders invoiced or made in this time, oldest first."""

    def write_tracking(self, order_id: str, invoice: str, written: Written) -> str:
        """The shop's receipt."""

    def write_link(self, order_id: str, invoice: str, link: Link) -> str:
        """The shop's receipt."""

    def add_note(self, order_id: str, text: str) -> None:
        """A line in the order's history, for the shop's own people."""

    def take_notices(self) -> Sequence[Notice]:
        """What waits in the shop's feed; it comes again unless :meth:`forget_notices` is told."""

    def forget_notices(self, notices: Sequence[Notice]) -> None: ...
