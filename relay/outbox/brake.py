"""What a channel's messages pass before they are claimed, and where those that leave are counted."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from relay.database import Tx
from relay.desk import brake
from relay.outbox._route import Claimed, Mode
from relay.settings import Settings
from relay.store import brake as store


class Gate(Protocol):
    def admits(self, tx: Tx, mode: Mode, now: datetime, /) -> bool:
        """Whether something may be claimed now."""

    def leaves(self, tx: Tx, claimed: Claimed, /) -> None:
        """Count what was claimed, before it leaves: nobody may find room meanwhile that is taken."""

    def stayed(self, tx: Tx, claimed: Claimed, /) -> None:
        """Take that back: it did not leave, for now."""

    def kept(self, tx: Tx, claimed: Claimed, /) -> None:
        """The same of what will not leave at all, and would have."""


@dataclass(frozen=True, slots=True)
class OpenGate:
    """It lets everything through, and counts nothing."""

    def admits(self, _tx: Tx, _mode: Mode, _now: datetime) -> bool:
        return True

    def leaves(self, _tx: Tx, _claimed: Claimed) -> None: ...

    def stayed(self, _tx: Tx, _claimed: Claimed) -> None: ...

    def kept(self, _tx: Tx, _claimed: Claimed) -> None: ...


@dataclass(frozen=True, slots=True)
class MailBrake:
    """Mails, by the minute. Those that share a mail are one."""

    settings: Settings

    def admits(self, tx: Tx, mode: Mode, now: datetime) -> bool:
        return mode is not Mode.SEND or brake.admits(tx, self.settings, now)

    def leaves(self, tx: Tx, claimed: Claimed) -> None:
        if self._is_counted(claimed):
            store.count_gone(tx, claimed.at, 1)
        elif claimed.mode is Mode.SEND:
            store.count_kept(tx, claimed.at)

    def stayed(self, tx: Tx, claimed: Claimed) -> None:
        if self._is_counted(claimed):
            store.count_gone(tx, claimed.at, -1)

    def kept(self, tx: Tx, claimed: Claimed) -> None:
        self.stayed(tx, claimed)
        if claimed.mode is Mode.SHADOW or self._is_counted(claimed):
            store.count_kept(tx, claimed.at)

    def _is_counted(self, claimed: Claimed) -> bool:
        """Mail to a folder leaves nothing: it counts as what would have."""
        return claimed.mode is Mode.SEND and self.settings.mail_url.scheme != "file"
