"""Whether customers of a shop on VTEX are mailed once, twice or never: by us, and by VTEX's own templates. Pure.

VTEX mails of a package that has both a tracking number and a tracking address, when it is told of it. Whether its
templates are on can be read nowhere, so what is said of them is what the last packages allow.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from relay.model import Kind
from relay.settings import CustomerMail, VtexWrite
from relay.shops import ShopOrder

#: Modes in which we fill in what VTEX's own mails need.
FILLS: Final = frozenset({"if-empty", "always"})
SWITCH_OFF: Final = "Switch VTEX's shipping templates off in its Message Center; no API tells whether they are"
FILL_IN: Final = "Set WISMO_VTEX_WRITE=if-empty: VTEX mails of packages that have a tracking address"


@dataclass(frozen=True, slots=True)
class Verdict:
    times: str  #: ``once``, ``twice`` or ``never``
    why: str
    remedy: str = ""  #: "" where all is well


def who_mails(mails: CustomerMail, writes: VtexWrite, latest: Sequence[ShopOrder]) -> Verdict:
    """``latest`` are some orders as they were read; none is no evidence."""
    if mails == "none":
        return Verdict("never", "WISMO_CUSTOMER_MAIL=none: Wismo does not mail, whatever VTEX does")
    packages = [package for order in latest for package in order.packages if package.kind is Kind.OUTBOUND]
    with_address = sum(bool(package.tracking_url) for package in packages)
    seen = f"{with_address} of the last {len(packages)} packages have one" if packages else "none was seen yet"
    by_us = _by_us if mails == "wismo" else _by_shop
    return by_us(writes, with_address, len(packages), seen)


def _by_us(writes: VtexWrite, with_address: int, _packages: int, seen: str) -> Verdict:
    if writes == "off":
        return Verdict("once", "by Wismo; VTEX is told of no movement")
    if writes in FILLS:
        return Verdict("twice", f"by Wismo, and by VTEX: WISMO_VTEX_WRITE={writes} fills in what it needs", SWITCH_OFF)
    if with_address:
        return Verdict("twice", f"by Wismo, and by VTEX of packages with a tracking address: {seen}", SWITCH_OFF)
    return Verdict("once", f"by Wismo; by VTEX as well of a package with a tracking address, and {seen}")


def _by_shop(writes: VtexWrite, with_address: int, packages: int, seen: str) -> Verdict:
    if writes == "off":
        return Verdict("never", "Wismo does not mail, and VTEX is told of no movement", FILL_IN)
    if writes in FILLS or (packages and with_address == packages):
        return Verdict("once", "by VTEX, as far as its templates are on; it leaves out the first news")
    return Verdict("never", f"for VTEX mails of packages with a tracking address alone, and {seen}", FILL_IN)
