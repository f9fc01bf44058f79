"""What the outbox needs to know of a channel beside how something leaves by it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeVar

from relay.database import Tx
from relay.errors import SendFailed
from relay.model import OutboxMessage, Receipt

View = TypeVar("View")


class Mode(StrEnum):
    """What becomes of a message that is due."""

    SEND = "send"
    SHADOW = "shadow"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Claimed:
    """Messages that leave together, leased, and what is to become of them."""

    messages: tuple[OutboxMessage, ...]
    mode: Mode
    at: datetime


@dataclass(frozen=True, slots=True)
class Done:
    """What became of them."""

    state: str
    receipt: Receipt
    sent_at: datetime | None = None


class Route(Protocol[View]):
    @property
    def would(self) -> str:
        """How the line begins that says what was kept in shadow: ``would have mailed:``."""

    def mode(self, tx: Tx) -> Mode: ...

    def together(self, tx: Tx, lead: OutboxMessage, now: datetime, lease_until: datetime, /) -> Sequence[OutboxMessage]:
        """What leaves with ``lead``, claimed as well and all of it still true; empty: nothing of it is."""

    def is_overtaken(self, tx: Tx, messages: Sequence[OutboxMessage], now: datetime, /) -> bool:
        """Whether one of them is not true any more."""

    def view(self, tx: Tx, messages: Sequence[OutboxMessage], now: datetime, /) -> View:
        """The present truth that they tell."""

    def may_reach(self, view: View, /) -> bool:
        """Whether nothing, such as a trial, keeps it from its reader."""

    def after(self, tx: Tx, messages: Sequence[OutboxMessage], receipt: Receipt, now: datetime, /) -> None:
        """Remember what the far side answered, beside the receipt."""

    def failed(self, tx: Tx, messages: Sequence[OutboxMessage], error: SendFailed, now: datetime, /) -> None:
        """Remember why they did not leave, where somebody else than the outbox wants to know.

        One that it settles by itself is not given up.
        """
