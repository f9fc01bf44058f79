"""What a customer bought and how it is invoiced, before VTEX makes JSON of it. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256


class Mask(StrEnum):
    """What VTEX's conversation tracker makes of the customer's address."""

    HARD = "hard"
    SOFT = "soft"
    NONE = "none"


class Origin(StrEnum):
    MARKETPLACE = "Marketplace"
    FULFILLMENT = "Fulfillment"
    CHAIN = "Chain"


class Channel(StrEnum):
    DELIVERY = "delivery"
    PICKUP = "pickup-in-point"


@dataclass(frozen=True, slots=True)
class Line:
    sku: str = "2000001"
    quantity: int = 1
    price: int = 10150  #: of one, in cents
    promised_at: datetime | None = None  #: none: four days after the order


@dataclass(frozen=True, slots=True)
class Purchase:
    email: str = "customer@example.com"
    first_name: str = "Ana"
    last_name: str = "Souza"
    locale: str | None = "pt-BR"
    mask: Mask = Mask.HARD
    lines: tuple[Line, ...] = (Line(),)
    origin: Origin = Origin.MARKETPLACE
    affiliate: str = ""  #: of an external marketplace, such as ``MGZ``
    has_copy: bool = False  #: the same purchase exists a second time, as the seller's ``00-…``
    group: str | None = None  #: of an order that was placed before: one purchase, split over sellers
    channel: Channel = Channel.DELIVERY
    courier_id: str = "67"  #: as the shop's logistics know the carrier
    courier_name: str = "Transportadora"


#: A purchase of which nothing is special.
PLAIN = Purchase()


@dataclass(frozen=True, slots=True)
class Invoice:
    """What an ERP tells of one package. Nothing but a number: all that is left, or all for a return."""

    number: str
    items: tuple[tuple[str, int], ...] | None = None  #: SKU and quantity; VTEX infers which line is meant
    value: int | None = None  #: in cents; none: what its items cost
    courier: str | None = None
    tracking_number: str | None = None
    tracking_url: str | None = None


@dataclass(frozen=True, slots=True)
class Names:
    """Under which an order is known."""

    order_id: str
    group: str
    sequence: str


def alias_of(purchase: Purchase, names: Names) -> str:
    """The address that the order shows, of which only the soft one betrays the customer's own."""
    digest = sha256(f"{names.group}/{purchase.email}".encode()).hexdigest()
    match purchase.mask:
        case Mask.HARD:
            return f"{digest[:32]}@ct.vtex.com.br"
        case Mask.SOFT:
            return f"{purchase.email}-{int(digest[:10], 16):012}b.ct.vtex.com.br"
        case _:
            return purchase.email


def profile_of(email: str) -> str:
    """The customer's id in Master Data: the same for all orders of one address."""
    digest = sha256(email.lower().encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}"
