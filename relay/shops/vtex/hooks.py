"""VTEX's word that an order changed: its hook, which calls us, and its feed, which we call. Pure.

A key owns one hook and one feed. What Wismo did not make is never changed: see :func:`whose`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import urlsplit

from relay.carriers._tree import Node, read_object
from relay.shops import Notice
from relay.shops.vtex import _reading as reading

#: Where VTEX calls us, after our public address, and the header that tells that it is VTEX.
PATH: Final = "/shop/vtex/hook"
SECRET_HEADER: Final = "X-Wismo-Hook-Secret"  # noqa: S105 - a name, not a secret
#: ``invoice`` and ``handling`` because a part of an order may be invoiced long before the whole is.
STATUSES: Final = ("invoiced", "invoice", "handling", "replaced", "cancel", "canceled")
#: Fired by a change of status alone: the other kind, ``FromOrders``, is known to skip events.
FILTER: Final = {"type": "FromWorkflow", "status": list(STATUSES)}
#: Two weeks, the longest there is. The time after which an untaken notice comes again is odd on purpose: a feed has no
#: address by which it could be told whose it is.
QUEUE: Final = {"visibilityTimeoutInSeconds": 251, "MessageRetentionPeriodInSeconds": 1_209_600}

Owner = Literal["ours", "none", "foreign"]


@dataclass(frozen=True, slots=True)
class HookConfig:
    url: str
    statuses: tuple[str, ...]

    @property
    def is_current(self) -> bool:
        """Whether it tells of everything that we want to hear of."""
        return set(STATUSES) <= set(self.statuses)

    @property
    def host(self) -> str:
        """Of its address, which may hold a secret in what follows."""
        return _parts(self.url)[1] or "an address that cannot be read"


@dataclass(frozen=True, slots=True)
class FeedConfig:
    statuses: tuple[str, ...]
    visibility_s: int | None
    waiting: int | None  #: notices that nobody took


# -- hook --------------------------------------------------------------------------------------------------------------


def read_hook(body: bytes) -> HookConfig | None:
    """None where the answer names no hook. Raises ShopFault."""
    config = reading.root(body, "the hook")
    if not config.has("hook"):
        return None
    hook = reading.child(config, "hook")
    return HookConfig(reading.text(hook, "url") or "", _statuses(config))


def hook_body(url: str, secret: str) -> dict[str, object]:
    return {"filter": FILTER, "hook": {"url": url, "headers": {SECRET_HEADER: secret}}}


def whose(config: HookConfig | None, our_url: str) -> Owner:
    """Only the one that calls our own address is ours; what it calls in all other cases is somebody's."""
    if config is None:
        return "none"
    return "ours" if _parts(config.url) == _parts(our_url) else "foreign"


def _parts(url: str) -> tuple[str, str, str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", "", url, ""
    return parts.scheme.lower(), parts.netloc.lower(), parts.path.rstrip("/"), parts.query


# -- feed --------------------------------------------------------------------------------------------------------------


def read_feed(body: bytes) -> FeedConfig | None:
    """None where the answer names no feed. Raises ShopFault."""
    config = reading.root(body, "the feed")
    if not config.has("queue") and not config.has("filter"):
        return None
    queue = reading.child(config, "queue")
    seconds = reading.kept(queue, lambda: queue.integer("visibilityTimeoutInSeconds"), None)
    waiting = reading.kept(config, lambda: config.integer("quantity"), None)
    return FeedConfig(_statuses(config), seconds, waiting)


def feed_body() -> dict[str, object]:
    return {"filter": FILTER, "queue": QUEUE}


def whose_feed(config: FeedConfig | None) -> Owner:
    """Ours is told by what only ours has."""
    if config is None:
        return "none"
    is_ours = config.visibility_s == QUEUE["visibilityTimeoutInSeconds"] and set(config.statuses) == set(STATUSES)
    return "ours" if is_ours else "foreign"


def _statuses(config: Node) -> tuple[str, ...]:
    wanted = reading.child(config, "filter")
    return tuple(reading.kept(wanted, lambda: wanted.texts("status"), []))


# -- notices -----------------------------------------------------------------------------------------------------------


def read_notice(body: bytes) -> Notice | None:
    """What the hook was called with; None for the ping by which VTEX tries an address. Raises BadPayload."""
    message = read_object(body)
    if is_ping(message):
        return None
    return _notice(message, "OrderId", "State", ("CurrentChange", "LastChange"))


def is_ping(message: Node) -> bool:
    return message.knows("hookConfig") and not message.knows("OrderId")


def read_notices(body: bytes) -> tuple[Sequence[Notice], Sequence[str]]:
    """What the feed gave, and what of it could not be read. Raises ShopFault."""
    lot = reading.root_list(body, "the feed")
    notices = reading.each(lot, "list", lambda one: _notice(one, "orderId", "state", ("currentChange", "lastChange")))
    return notices, lot.faults


def _notice(message: Node, order_id: str, state: str, changes: Sequence[str]) -> Notice:
    named = message.code(order_id)
    if not named:
        raise message.fault(order_id, "missing")
    changed_at = next(filter(None, (reading.utc(message, change) for change in changes)), None)
    return Notice(named, reading.name(message, state), changed_at, reading.text(message, "handle"))
