"""VTEX: its HTTP, and its orders in our words.

client    HTTP: keys, limits of size and time      calls     what can be asked, as values
pace      how often                                answers   what an answer amounts to: a body or a fault
orders    an order                                 listing   orders by the time of their change
tracking  what a package is to show, and shows     emails    where a customer's mail goes
hooks     hook, feed and their notices             my_orders what the customer sees on VTEX's own page
who_mails whether customers are mailed once, twice or never
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from relay import clock
from relay.errors import ShopFault
from relay.model import from_text
from relay.settings import Settings
from relay.shops import Link, Notice, Page, ShopOrder, Written
from relay.shops.vtex import _reading as reading
from relay.shops.vtex import calls, emails, hooks, listing, orders, tracking
from relay.shops.vtex.client import Client, open_client
from relay.shops.vtex.pace import Pace

log = structlog.get_logger()

ONE_KEY: Final = "A key of VTEX has one hook and one feed: give Wismo a key of its own"


@dataclass(frozen=True, slots=True)
class Vtex:
    """A :class:`relay.shops.Shop`. Every call raises ShopFault."""

    client: Client
    settings: Settings
    zone: ZoneInfo

    # orders

    def order(self, order_id: str) -> ShopOrder:
        return orders.read_order(self.client.ask(calls.get_order(order_id)), self.zone)

    def changed(self, since: datetime, until: datetime, page: int) -> Page:
        """Where its ``total`` is more than :data:`listing.MOST`, the time is to be cut."""
        asked = [listing.query(moment, since, until, page) for moment in listing.MOMENTS]
        return listing.joined(listing.read_page(self.client.ask(calls.list_orders(query))) for query in asked)

    # the customer

    def email_of(self, order: ShopOrder) -> str | None:
        address = self.address_of(order)
        if address.fault:
            log.warning("alias kept", order_id=order.order_id, reason=address.fault)
        return address.email

    def address_of(self, order: ShopOrder) -> emails.Address:
        """The alias itself, and why, where the address cannot be had from where the setting says."""
        source = self.settings.vtex_email_source
        if order.email is None or source == "alias" or not emails.is_masked(order.email):
            return emails.Address(order.email)
        if source == "soft_unmask":
            return emails.soft_unmasked(order.email)
        try:
            return self._found_address(order, order.email)
        except ShopFault as fault:
            return emails.Address(order.email, str(fault))

    def _found_address(self, order: ShopOrder, alias: str) -> emails.Address:
        if self.settings.vtex_email_source == "conversation":
            return emails.from_conversation(alias, self.client.ask(calls.get_conversation(order.order_id)))
        if order.profile_id is None:
            return emails.Address(alias, "the order names no profile")
        return emails.from_profiles(alias, self.client.ask(calls.search_profile(order.profile_id)))

    # tracking

    def write_tracking(self, order_id: str, invoice: str, written: Written) -> str:
        return _receipt(self.client.ask(calls.put_tracking(order_id, invoice, tracking.body_of(written))))

    def write_link(self, order_id: str, invoice: str, link: Link) -> str:
        """VTEX wants all four."""
        sent_at = from_text(link.dispatched_at).isoformat(timespec="seconds") if link.dispatched_at else None
        body = {
            "trackingNumber": link.tracking_number,
            "trackingUrl": link.tracking_url,
            "courier": link.courier,
            "dispatchedDate": sent_at,
        }
        return _receipt(self.client.ask(calls.patch_invoice(order_id, invoice, body)))

    def add_note(self, order_id: str, text: str) -> None:
        self.client.ask(calls.post_note(order_id, text))

    # hook

    def hook(self) -> hooks.HookConfig | None:
        found = self._where_configured(calls.get_hook())
        return hooks.read_hook(found) if found else None

    def make_hook(self, url: str, secret: str) -> None:
        """Set or renew ours; VTEX tries the address at once."""
        self._check_hook(url)
        self.client.ask(calls.post_hook(hooks.hook_body(url, secret)))

    def drop_hook(self, url: str) -> None:
        if self._check_hook(url) == "ours":
            self.client.ask(calls.delete_hook())

    def _check_hook(self, url: str) -> hooks.Owner:
        config = self.hook()
        owner = hooks.whose(config, url)
        if config and owner == "foreign":
            raise ShopFault(
                "refused", f"the hook of this key calls {config.host}, and Wismo did not make it", remedy=ONE_KEY
            )
        return owner

    # feed

    def feed(self) -> hooks.FeedConfig | None:
        found = self._where_configured(calls.get_feed())
        return hooks.read_feed(found) if found else None

    def make_feed(self) -> None:
        self._check_feed()
        self.client.ask(calls.post_feed(hooks.feed_body()))

    def take_notices(self) -> Sequence[Notice]:
        """A fault ``not_found`` says that there is no feed."""
        notices, faults = hooks.read_notices(self.client.ask(calls.take_feed()))
        if faults:
            log.warning("notices unreadable", shop="vtex", faults=len(faults), first=faults[0])
        return notices

    def forget_notices(self, notices: Sequence[Notice]) -> None:
        handles = [notice.handle for notice in notices if notice.handle]
        for start in range(0, len(handles), calls.MOST_NOTICES):
            self.client.ask(calls.commit_feed(handles[start : start + calls.MOST_NOTICES]))

    def _check_feed(self) -> None:
        if hooks.whose_feed(self.feed()) == "foreign":
            raise ShopFault("refused", "this key has a feed that Wismo did not make", remedy=ONE_KEY)

    def _where_configured(self, call: calls.Call) -> bytes | None:
        try:
            return self.client.ask(call)
        except ShopFault as fault:
            if fault.kind == "not_found":
                return None
            raise

    def close(self) -> None:
        self.client.close()


def open_vtex(settings: Settings, now: Callable[[], datetime] = clock.now, pace: Pace | None = None) -> Vtex:
    """Raises ShopFault for keys that no header can carry."""
    return Vtex(open_client(settings, now, pace=pace), settings, ZoneInfo(settings.timezone))


def _receipt(body: bytes) -> str:
    """Nothing at all is an answer too: what was taken is seen when it is read back."""
    if not body.strip():
        return ""
    return reading.name(reading.root(body, "the receipt"), "receipt") or ""
