"""Where a customer's mail goes. VTEX gives an alias for the address, in one of three forms. Pure.

A mail to an alias reaches the customer and stands in the order's history; the address behind it is asked for only
where the setting says so.
"""

import re
from dataclasses import dataclass
from typing import Final

from relay.carriers._tree import Node
from relay.shops.vtex import _reading as reading

#: ``joe@mail.com-207700027841b.ct.vtex.com.br``; a store's own domain may stand in the place of VTEX's.
SOFT: Final = re.compile(r"(?P<address>[^@\s]+@[^@\s]+)-[0-9]+[a-z]?\.ct\.[a-z0-9.-]+", re.IGNORECASE)
#: ``ff2e6348a53a4d449af92be2a1011328@ct.vtex.com.br``
HARD: Final = re.compile(r"[^@\s]+@ct\.[a-z0-9.-]+", re.IGNORECASE)
ADDRESS: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a customer's mail goes, and why not to where the setting would have it."""

    email: str | None
    fault: str = ""  #: without an address in it


def plain(email: str) -> str | None:
    """The address that an alias shows; None for one that hides it."""
    soft = SOFT.fullmatch(email)
    shown = soft["address"] if soft else email
    return None if HARD.fullmatch(shown) or not ADDRESS.fullmatch(shown) else shown


def is_masked(email: str) -> bool:
    return bool(SOFT.fullmatch(email) or HARD.fullmatch(email))


def soft_unmasked(alias: str) -> Address:
    shown = plain(alias)
    return Address(shown) if shown else Address(alias, "the alias hides the address")


def from_conversation(alias: str, body: bytes) -> Address:
    """The customer to whom a message of this order went. Raises ShopFault."""
    messages = reading.root_list(body, "the order's messages")
    told = reading.each(messages, "list", lambda message: reading.each(message, "to", _customer))
    found = {email for message in told for email, known_as in message if known_as.lower() == alias.lower() and email}
    return _only(alias, found, "the order's messages name")


def from_profiles(alias: str, body: bytes) -> Address:
    """The customer's profile in Master Data. Raises ShopFault."""
    profiles = reading.root_list(body, "the customer's profile")
    found = set(filter(None, reading.each(profiles, "list", lambda profile: reading.text(profile, "email"))))
    return _only(alias, found, "the customer's profiles name")


def _customer(to: Node) -> tuple[str, str]:
    is_customer = (reading.text(to, "role") or "").lower() == "customer"
    return (reading.text(to, "email") or "" if is_customer else "", reading.text(to, "emailAlias") or "")


def _only(alias: str, found: set[str], where: str) -> Address:
    addresses = {plain(email) for email in found} - {None}
    if len(addresses) != 1:
        return Address(alias, f"{where} {'several addresses' if addresses else 'no address'}")
    return Address(addresses.pop())
