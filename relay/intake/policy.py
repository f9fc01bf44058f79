"""The announcing side of the settings, as the one way in needs it."""

from dataclasses import dataclass
from datetime import timedelta, tzinfo

from relay.model import Status
from relay.shops import Dialect


@dataclass(frozen=True, slots=True)
class Policy:
    """What the settings decide about announcing."""

    mails_customers: bool
    mail_statuses: frozenset[Status]
    mail_gap: timedelta
    zone: tzinfo  #: the shop's, for the local day of an attempt
    dialect: Dialect | None = None  #: of the shop, where there is one
    locale: str = "pt-BR"  #: of lines that the shop shows where the carrier gave no words
    writes_shop: bool = False
    shop_adds: bool = False  #: it adds what it is told to what it shows, and does not replace that
    #: Origins and affiliates, in lower case, whose orders get mail from us although somebody else sold them.
    mail_origins: frozenset[str] = frozenset()
