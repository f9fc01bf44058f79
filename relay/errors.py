"""What can go wrong, and what may be done about it.

WismoError                what happened, in words for a person, and the remedy
├── BadSettings           the start stops; every fault is listed at once
├── BadInput              a person's or a script's input; names the field
│   └── Ambiguous         several parcels fit; lists them
├── NotFound              the thing asked for is not here
├── Changed               what somebody decided about is not as they saw it; says what changed
├── BadSignature          401; only a counter remains
├── BadPayload            authentic but unreadable: kept, replayable
├── Stale                 a row changed between its reading and its writing: the transaction runs again
├── Unavailable           the store cannot take this now; 503 with Retry-After
│   └── StorageFull       no space: an incident as soon as it can be written
├── ShopFault             a shop did not do what it was asked; names what it said, and whether trying again helps
└── SendFailed            a message did not leave; says whether and when to try again
"""

from collections.abc import Sequence


class WismoError(Exception):
    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.what}. {self.remedy}" if self.remedy else self.what


class BadSettings(WismoError):
    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("Wismo cannot start: wrong settings\n" + "\n".join(f"  - {fault}" for fault in faults))
        self.faults = tuple(faults)


class BadInput(WismoError):
    def __init__(self, field: str, fault: str, remedy: str = "") -> None:
        super().__init__(f"{field}: {fault}", remedy)
        self.field = field
        self.fault = fault


class Ambiguous(BadInput):
    def __init__(self, query: str, choices: Sequence[str]) -> None:
        super().__init__(
            "query", f"{query!r} fits several parcels", "Name the order, and of its parcels one by its number (--help)"
        )
        self.choices = tuple(choices)


class NotFound(WismoError):
    pass


class Changed(WismoError):
    def __init__(self, what: str, changes: Sequence[str]) -> None:
        super().__init__(f"{what}: {', '.join(changes)}", "Look at it again")
        self.changes = tuple(changes)


class BadSignature(WismoError):
    pass


class BadPayload(WismoError):
    pass


class Stale(WismoError):
    pass


class Unavailable(WismoError):
    def __init__(self, what: str, retry_after_s: int = 5) -> None:
        super().__init__(what, f"Nothing was kept; send it again in {retry_after_s} s")
        self.retry_after_s = retry_after_s


class StorageFull(Unavailable):
    pass


class ShopFault(WismoError):
    """``kind`` is one word of a closed list; ``retry_after_s`` is the shop's own wish."""

    #: ``unavailable``: a gateway says that nobody is behind it, whatever is asked.
    #: ``bad_invoice``: the shop cannot take this invoice's number, whatever is tried. ``refused``: another 4xx.
    KINDS = (
        "throttled",
        "unauthorized",
        "forbidden",
        "not_found",
        "no_invoice",
        "bad_invoice",
        "refused",
        "server_error",
        "unavailable",
        "no_answer",
        "unreadable",
    )

    def __init__(self, kind: str, what: str, *, retry_after_s: int | None = None, remedy: str = "") -> None:
        super().__init__(what, remedy)
        self.kind = kind
        self.retry_after_s = retry_after_s

    @property
    def is_passing(self) -> bool:
        """Whether the same call may succeed later without anybody's doing."""
        return self.kind in {"throttled", "server_error", "unavailable", "no_answer", "unreadable"}

    @property
    def is_of_account(self) -> bool:
        """Whether it is the whole account that is refused, and not this order."""
        return self.kind in {"throttled", "unauthorized", "forbidden", "unavailable", "no_answer"}


class SendFailed(WismoError):
    """``retry_after_s`` overrides the schedule; ``permanent`` gives up at once; ``channel_down`` pauses the channel.

    ``unreachable``: it said nothing at all, as where this machine's network is down.
    ``drift`` is why the far side shows something else until it works again, where that is for a person to settle.
    """

    def __init__(
        self,
        what: str,
        *,
        remedy: str = "",
        retry_after_s: int | None = None,
        permanent: bool = False,
        channel_down: bool = False,
        unreachable: bool = False,
        drift: str | None = None,
    ) -> None:
        super().__init__(what, remedy)
        self.retry_after_s = retry_after_s
        self.permanent = permanent
        self.channel_down = channel_down
        self.unreachable = unreachable
        self.drift = drift
