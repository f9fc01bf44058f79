"""The vocabulary: what a parcel, a fact and a message are. Pure values, no I/O."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple


class Status(StrEnum):
    """Where a parcel is. The order of the members is their rank: the later one wins a tie."""

    UNKNOWN = "unknown"
    PENDING = "pending"
    INFO_RECEIVED = "info_received"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    ATTEMPTED = "attempted"
    AVAILABLE_FOR_PICKUP = "available_for_pickup"
    EXCEPTION = "exception"
    EXPIRED = "expired"
    RETURNING = "returning"
    CANCELLED = "cancelled"
    RETURNED = "returned"
    DELIVERED = "delivered"

    is_final: bool
    #: Whether a later scan of this kind takes back a final status: carriers do take back a false "delivered".
    contradicts_final: bool
    rank: int


#: The reserved carrier of pushes of our own, which are about nobody's parcel.
CANARY = "wismo-canary"

#: Stands for the moment of receipt in a fact that is being read and not yet kept.
NOT_YET_RECEIVED = datetime.max.replace(tzinfo=UTC)

FINAL = ("delivered", "returned", "cancelled")
CONTRADICTS_FINAL = ("out_for_delivery", "attempted", "available_for_pickup", "exception", "returning")

# Attributes and not properties: the rules ask for them several times for every fact of every push.
for _rank, _status in enumerate(Status):
    _status.rank = _rank
    _status.is_final = _status.value in FINAL
    _status.contradicts_final = _status.value in CONTRADICTS_FINAL


class Via(StrEnum):
    """How a fact reached us."""

    PUSH = "push"
    POLL = "poll"
    SHOP = "shop"
    API = "api"
    AGENT = "agent"


class FactKind(StrEnum):
    SCAN = "scan"  # a TrackingEvent: something happened to the parcel somewhere
    SUMMARY = "summary"  # the adapter's own word for "now"


class Kind(StrEnum):
    """Which way a shipment travels."""

    OUTBOUND = "outbound"
    RETURN = "return"


class Action(StrEnum):
    """What is to be done with a push or an answer."""

    APPLY = "apply"
    IGNORE = "ignore"
    UNREADABLE = "unreadable"
    FETCH = "fetch"
    TRACKING_STOPPED = "tracking_stopped"


class Outcome(StrEnum):
    """What a carrier's answer amounts to, for the whole of it or for one parcel."""

    OK = "ok"
    NOT_FOUND = "not_found"
    INVALID_NUMBER = "invalid_number"
    AUTH_ERROR = "auth_error"
    THROTTLED = "throttled"
    BAD_REQUEST = "bad_request"
    SERVER_ERROR = "server_error"
    TOKEN = "token"  # noqa: S105 - the word of the contract for "this answer is a token", not a secret
    ALREADY_REGISTERED = "already_registered"


class Because(StrEnum):
    """Why a customer was not told of something."""

    LATE = "late"  # older than 48 hours when we learnt it
    PAUSE = "pause"  # set aside by a pause
    DROPPED = "dropped"  # held by the brake, and dropped by a person
    STALE = "stale"  # held by the brake for 48 hours


class MessageState(StrEnum):
    DUE = "due"
    SENT = "sent"
    SHADOW = "shadow"
    PAUSED = "paused"
    SUPERSEDED = "superseded"
    DRIFT = "drift"
    DEAD = "dead"


def to_text(moment: datetime) -> str:
    """UTC, fixed width, so that the order of texts is the order of moments: ``2026-03-02T12:00:00.000+00:00``."""
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return utc.isoformat(timespec="milliseconds")


def from_text(text: str) -> datetime:
    return datetime.fromisoformat(text)


def optional_moment(text: str | None) -> datetime | None:
    return from_text(text) if text else None


def optional_text(moment: datetime | None) -> str | None:
    return to_text(moment) if moment else None


_NOISE = re.compile(r"[\s\-\u2010-\u2015\u200b-\u200f\ufeff]+")


def normalise_number(number: str) -> str:
    """The form under which a tracking number is compared: no spaces or dashes, full-width digits folded, upper case."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", number)).upper()


def carrier_slug(name: str) -> str:
    """A carrier's name as others write it, as a slug: ``"FedEx Ground®"`` is ``"fedex-ground"``."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


class Fact(NamedTuple):
    """One thing that a source said about one parcel: a scan or a summary.

    A tuple and not a dataclass: a push makes dozens of them, at a tenth of the cost.
    """

    source: str  #: the adapter that told us
    is_own: bool  #: the carrier's own word, not an aggregator's
    kind: FactKind
    status: Status  #: our reading of ``code``
    code: str  #: the sender's own code, as written
    moment_text: str  #: the moment exactly as the sender wrote it; "" where it gave none
    #: UTC; None where the sender gave no readable moment
    occurred_at: datetime | None
    local_time: str | None = None  #: the carrier's wall clock, ISO without offset
    zone_assumed: bool = False  #: neither the text nor the carrier's documentation gave a zone
    description: str = ""
    place: str = ""
    to_recipient: bool = False  #: a "delivered" that says it was at the recipient's door
    estimated_at: str | None = None  #: the sender's estimate, an ISO date or an ISO moment with offset
    told_at: datetime | None = None  #: when the sender last updated what it says; orders estimates of one moment
    parcel_id: str | None = None  #: the carrier's unique id of the parcel, where numbers are recycled
    via: Via = Via.PUSH
    answered: bool = False  #: an answer to our question contained it as well
    received_at: datetime | None = None  #: our clock, first receipt
    fact_id: str = ""  #: by :func:`fact_id`, when it is kept

    @property
    def is_summary(self) -> bool:
        return self.kind is FactKind.SUMMARY

    @property
    def at(self) -> datetime:
        """When it happened, by the best knowledge there is: a word without a moment is about the moment of receipt."""
        return self.occurred_at or self.received_at or NOT_YET_RECEIVED


def fact_id(source: str, parcel: str, fact: Fact) -> str:
    """The identity of a fact: what the sender said, never our reading of it.

    ``parcel`` is the normalised number, or the sender's reference where it gave no number or knows parcels by that
    alone. A summary is told apart from the scan it repeats, and one that moves only the estimate is news.
    """
    parts = (
        source,
        parcel,
        fact.kind,
        fact.moment_text,
        fact.code,
        fact.place,
        "" if fact.code else fact.description,
        (fact.estimated_at or "") if fact.is_summary else "",
    )
    return sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Report:
    """What one push or answer says about one parcel."""

    carrier: str | None  #: slug of who moves the parcel; None where the message does not tell
    tracking_number: str | None  #: as written
    facts: tuple[Fact, ...] = ()
    reference: str | None = None  #: the sender's own id for the parcel, under which we registered it
    outcome: Outcome = Outcome.OK
    package: tuple[str, str] | None = None  #: order id and invoice, where the sender names the parcel by these


@dataclass(frozen=True, slots=True)
class Reading:
    """What an adapter makes of one push or answer."""

    action: Action
    reports: tuple[Report, ...] = ()
    outcome: Outcome = Outcome.OK
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Push:
    """One HTTP request from a carrier, as received. Header names are lower case."""

    slug: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime
    token: str = ""  #: the last part of ``/push/<slug>/<token>``, for senders that cannot sign


@dataclass(frozen=True, slots=True)
class Wanted:
    """A parcel that somebody is to be asked about."""

    carrier: str
    number: str  #: as it is written on the parcel, normalised
    reference: str | None = None  #: what the one who is asked knows it by, where we registered it


@dataclass(frozen=True, slots=True)
class Account:
    """What an adapter was given to ask with."""

    values: Mapping[str, str]  #: by the setting's name after the slug: ``API_KEY``
    token: str = field(default="", repr=False)  #: of :attr:`relay.carriers.Asks.login`, where there is one
    refresh: str = field(default="", repr=False)  #: what the last login gave to make the next one with


@dataclass(frozen=True, slots=True)
class Ask:
    """One HTTP request to a carrier, to be made as it stands. ``path`` follows the address of its API."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    params: Mapping[str, str] = field(default_factory=dict)
    json: object = None
    form: Mapping[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Header names are lower case."""

    status: int
    body: bytes
    received_at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)
    asked: Sequence[Wanted] = ()


@dataclass(frozen=True, slots=True)
class Token:
    """What a login brought."""

    text: str = field(repr=False)
    lasts: timedelta
    refresh: str = field(default="", repr=False)  #: what the next login is made with, where each gives a new one


@dataclass(frozen=True, slots=True)
class Held:
    """A "delivered" that cannot be true, and why."""

    status: Status
    reason: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Override:
    """A status set by an agent. ``until`` is a moment, or None with ``until_word`` ``carrier`` or ``lifted``."""

    override_id: str
    status: Status
    reason: str
    by: str
    at: datetime
    until_word: str
    until: datetime | None = None
    tell: bool = False
    write_shop: bool = False
    by_name: str = ""  #: what ``by`` was called in Slack then, where ``by`` is an id there

    @property
    def author(self) -> str:
        """For people outside Slack, to whom an id says nothing."""
        return in_slack(self.by, self.by_name)


def in_slack(person: str, name: str) -> str:
    """Somebody for those who read it outside Slack; whose name is not known is told by their id."""
    return f"{name} (Slack)" if name else person


@dataclass(frozen=True, slots=True)
class ParcelState:
    """What a parcel's facts amount to. A pure function of the facts, whatever their order of arrival."""

    status: Status = Status.PENDING
    decisive: Fact | None = None
    round: int = 0  #: how often a final status was taken back
    held: Held | None = None
    delivered_at: datetime | None = None
    estimated_at: str | None = None


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """That something must be told to a channel about a subject; not the words."""

    message_id: str
    shop: str
    shipment_id: str
    order_id: str
    channel: str
    status: Status
    round: str
    revision: int
    attempts: int
    subject: str = ""  #: what it is about where that is no parcel: ``watch/<id>``


@dataclass(frozen=True, slots=True)
class EventView:
    """One line of a parcel's timeline."""

    occurred_at: datetime
    local_time: str | None
    zone_assumed: bool
    status: Status
    code: str
    description: str
    place: str
    source: str
    via: str


@dataclass(frozen=True, slots=True)
class ParcelView:
    """What a customer may know of one parcel; the page and the mails are made of it."""

    status: Status
    carrier: str | None
    carrier_label: str
    tracking_number: str | None
    kind: Kind
    page_url: str
    changed_at: datetime | None = None
    checked_at: datetime | None = None  #: when the carrier was last heard or asked
    delivered_at: datetime | None = None
    estimated_at: str | None = None
    promised_at: date | None = None
    events: Sequence[EventView] = ()


@dataclass(frozen=True, slots=True)
class MailView:
    """The present truth that one mail tells: one recipient, one thread, one or more parcels."""

    to: str
    customer_name: str
    locale: str
    order_ids: tuple[str, ...]
    thread: str  #: a stable id of the order (or the group), for References
    message_ids: tuple[str, ...]  #: the first is the mail's own id
    parcels: tuple[ParcelView, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Receipt:
    """The far side's proof that a message was taken: an SMTP answer, a file's name, what was read back."""

    text: str
    drift: str | None = None  #: the far side took it but shows something else: why
    shown: str | None = None  #: what it shows now, as JSON, where that was read back
    note: str = ""  #: what was left there for its people


@dataclass(frozen=True, slots=True)
class Brand:
    """How the shop presents itself to its customers."""

    shop_name: str
    shop_url: str = ""
    logo_url: str = ""
    color: str = "#1f5eff"
    support_email: str = ""
    support_url: str = ""
    order_label: str = ""
