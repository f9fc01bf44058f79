"""Names for agents: statuses, and why something is held, failed or differs."""

import re
from collections.abc import Mapping
from typing import Final

from bot.values import Reader
from bot.words import _, outside, say
from relay.desk.facets import GivenUp
from relay.model import Kind, Status

STATUSES: Final[Mapping[Status, str]] = {
    Status.UNKNOWN: _("no news"),
    Status.PENDING: _("not with a carrier yet"),
    Status.INFO_RECEIVED: _("announced to the carrier"),
    Status.IN_TRANSIT: _("on its way"),
    Status.OUT_FOR_DELIVERY: _("out for delivery"),
    Status.ATTEMPTED: _("delivery attempted"),
    Status.AVAILABLE_FOR_PICKUP: _("waiting for pickup"),
    Status.EXCEPTION: _("problem"),
    Status.EXPIRED: _("given up by the carrier"),
    Status.RETURNING: _("going back to the shop"),
    Status.CANCELLED: _("cancelled"),
    Status.RETURNED: _("back at the shop"),
    Status.DELIVERED: _("delivered"),
}
#: A return travels to the shop: what is delivered is delivered there, what goes back goes to the customer.
RETURNS: Final[Mapping[Status, str]] = {
    Status.IN_TRANSIT: _("on its way to the shop"),
    Status.RETURNING: _("coming back to the customer"),
    Status.RETURNED: _("back with the customer"),
    Status.DELIVERED: _("arrived at the shop"),
}
_SETTING: Final = re.compile(r"WISMO_[A-Z0-9_]*[A-Z0-9]")
#: As the rules of a parcel word them.
HELD: Final[Mapping[str, str]] = {
    text: text
    for text in (
        _("delivered before it was dispatched"),
        _("delivered within 30 minutes after dispatch"),
        _("delivered as the very first scan"),
        _("delivered after it was returning, without saying at which door"),
    )
}
FAILURES: Final[Mapping[str, str]] = {
    "timeout": _("it does not answer in time"),
    "unreachable": _("it cannot be reached"),
    "cut_off": _("its answer breaks off"),
    "too_large": _("its answer is far too large"),
    "redirect": _("it sends us to another address"),
    "page": _("it answers with a page instead of data"),
    "unreadable": _("its answer cannot be read"),
    "another_parcel": _("it speaks of other parcels"),
    "not_registered": _("it did not register the parcel"),
    "server_error": _("it reports a failure of its own"),
    "bad_request": _("it does not take our request"),
    "auth_error": _("it refuses our key"),
    "throttled": _("it was asked too often"),
    "our_fault": _("the fault is on our side"),
}
DRIFTS: Final[Mapping[str, str]] = {
    "odd_invoice": _("it cannot take the number of this invoice"),
    "order_not_found": _("it does not know the order any more"),
    "invoice_not_found": _("its order has no such invoice"),
    "no_number": _("its invoice has no tracking number"),
    "no_rights": _("Wismo's key may not write there"),
    "refused": _("it refused what it was told"),
    "refused_date": _("it refused a date"),
    "read_back_differs": _("it took the writing and shows something else"),
    "missing_events": _("it shows fewer lines than it was told"),
    "doubled_events": _("it shows lines twice"),
    "finished_in_shop": _("it says delivered, and cannot take that back"),
    "not_finished": _("it took the delivery and does not show it"),
    "my_orders_differs": _("its customer page shows another step"),
    "not_written": _("it was not told while nothing might leave"),
    "off": _("writing to the shop is off"),
}
GIVEN_UP: Final[Mapping[GivenUp, str]] = {
    GivenUp.QUIET: _("nothing new for 12 days"),
    GivenUp.CARRIER: _("the carrier has no news of it any more"),
    GivenUp.PROMISE: _("long past its promised day"),
}


def status(of: Status, kind: Kind, reader: Reader) -> str:
    special = RETURNS.get(of) if kind is Kind.RETURN else None
    return say(reader.locale)(special or STATUSES[of])


def told(name: str, words: Mapping[str, str], reader: Reader) -> str:
    """What stands in ``words`` for a name; a name that an older or newer version gave is shown as it is."""
    return say(reader.locale)(words[name]) if name in words else outside.plain(name, outside.LINE)


def settings_to_make(remedy: str, reader: Reader) -> str:
    """What whoever runs Wismo sets so that somebody can be asked, for a ``mrkdwn``."""
    names = ", ".join(_SETTING.findall(remedy))
    if not names:
        return outside.mrkdwn(remedy)
    return say(reader.locale)(_("set %(names)s, or what an aggregator needs")) % {"names": names}


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]
