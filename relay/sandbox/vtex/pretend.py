"""A VTEX account to look into and to switch: its orders, its notices, its faults, and what it was asked."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from relay.sandbox.serving import LOOPBACK
from relay.sandbox.vtex.calls import Calls
from relay.sandbox.vtex.faults import Faults, Quirks
from relay.sandbox.vtex.feed import Feed
from relay.sandbox.vtex.hook import Hook
from relay.sandbox.vtex.shapes import Json
from relay.sandbox.vtex.store import Store

ACCOUNT = "mystore"


@dataclass(frozen=True, slots=True)
class Key:
    """Of an application; both parts travel in headers."""

    app_key: str = f"vtexappkey-{ACCOUNT}-ABCDEF"
    app_token: str = "a-token-of-a-pretend-world"  # noqa: S105 - opens nothing but this

    @property
    def headers(self) -> dict[str, str]:
        return {"X-VTEX-API-AppKey": self.app_key, "X-VTEX-API-AppToken": self.app_token}


@dataclass(slots=True)
class PretendVtex:
    now: Callable[[], datetime]
    key: Key = field(default_factory=Key)
    port: int = 0
    faults: Faults = field(default_factory=Faults)
    quirks: Quirks = field(default_factory=Quirks)
    calls: Calls = field(default_factory=Calls)
    notes: list[tuple[str, Json]] = field(default_factory=list)  #: order and what was written into its history
    closing: threading.Event = field(default_factory=threading.Event)
    hook: Hook = field(init=False)
    feed: Feed = field(init=False)
    store: Store = field(init=False)

    def __post_init__(self) -> None:
        self.hook = Hook(self.now, self.quirks, {"Account": ACCOUNT, "Key": self.key.app_key})
        self.feed = Feed(self.now, self.quirks)
        self.store = Store(ACCOUNT, self.now, self.quirks, (self.hook, self.feed))

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def close(self) -> None:
        self.closing.set()
        self.hook.close()
