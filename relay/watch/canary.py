"""The canary: each hour a push of our own goes the whole way that a carrier's goes, as far as the mail.

So a way in that is closed, though no carrier speaks at the time, is noticed: an address that leads elsewhere, a
certificate that ended, a database that takes nothing. One process at a time sends it, in a loop of its own: the network
holds up nothing else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

import structlog

from relay import clock
from relay.database import Tx
from relay.desk import Desk
from relay.errors import Unavailable
from relay.intake import canary
from relay.model import MailView, from_text, to_text
from relay.store import incidents, ledger
from relay.watch.canary_steps import TIMEOUT_S, Fallen, Step, fly

EVERY_S: Final = 10.0
EVERY: Final = timedelta(hours=1)
#: A process that begins may not listen yet.
FIRST: Final = timedelta(minutes=1)
#: A restart is no alarm: it is tried again so soon, and only then told.
AGAIN: Final = (timedelta(minutes=1), timedelta(minutes=5))
#: One sends; longer than all steps take.
LEASE: Final = timedelta(minutes=2)
KIND: Final = "canary"
#: Under this name the install remembers when the next is due, and how many have failed in a row.
DUE: Final = "canary_due"
REMEDIES: Final = {
    Step.DOOR: "Check WISMO_PUBLIC_URL, the proxy in front and its certificate: carriers cannot reach us either",
    Step.STORE: "Check where the address leads, and the database's disk; `wismo doctor` tries both",
    Step.MAIL: "The log has more; `wismo doctor` tries the settings. Pushes are kept, but customers hear nothing",
}

log = structlog.get_logger()


@dataclass(slots=True)
class Canary:
    """Belongs to one thread."""

    desk: Desk
    holder: str
    preview: Callable[[MailView], str]  #: of the mail channel: what would make a mail fail on our side fails here
    now: Callable[[], datetime] = clock.now
    timeout_s: float = TIMEOUT_S
    _not_before: datetime | None = None

    def round(self) -> float:
        """Send one if it is due; the seconds until the next look."""
        now = self.now()
        self._not_before = self._not_before or now + FIRST
        if not timedelta(0) <= self._not_before - now <= FIRST and self._is_due(now):
            self.send(now)
        return EVERY_S

    def _is_due(self, now: datetime) -> bool:
        """By what all processes share; a clock that was set back postpones nothing."""
        database = self.desk.database
        with database.read() as tx:
            due_at, _ = _plan(tx)
        if due_at is not None and timedelta(0) < due_at - now <= EVERY:
            return False
        return database.write(lambda tx: ledger.take_lease(tx, KIND, self.holder, now, LEASE))

    def send(self, now: datetime) -> None:
        """One canary, whatever is due; what came of it becomes an incident, or ends one."""
        fallen = self._fallen(now)
        self.desk.database.write(lambda tx: self._settle(tx, fallen, now))

    def _fallen(self, now: datetime) -> Fallen | None:
        database = self.desk.database
        sent = canary.make(canary.secret_of(database), now)
        try:
            fly(self.desk, sent, self.preview, now, self.timeout_s)
        except Fallen as fallen:
            log.warning("canary", outcome=fallen.step.value, reason=fallen.why)
            return fallen
        except Unavailable:
            raise
        except Exception as error:
            log.exception("canary", outcome=Step.MAIL.value)
            return Fallen(Step.MAIL, f"it fails with {type(error).__name__}")
        finally:
            canary.remove_all(database)
        log.info("canary", outcome="arrived")
        return None

    def _settle(self, tx: Tx, fallen: Fallen | None, now: datetime) -> None:
        _, failures = _plan(tx)
        failures = failures + 1 if fallen else 0
        again = AGAIN[min(failures, len(AGAIN)) - 1] if fallen else EVERY
        ledger.set_install(tx, DUE, f"{to_text(now + again)} {failures}")
        for step in Step:
            if fallen is not None and step is fallen.step:
                break  # of what comes later nothing is known
            incidents.close_incident(tx, KIND, step.value, now)
        if fallen is not None and failures > len(AGAIN) and not _is_told(tx, fallen):
            self._open(tx, fallen, now)

    def _open(self, tx: Tx, fallen: Fallen, now: datetime) -> None:
        address = urlsplit(self.desk.settings.public_url).netloc
        incidents.open_incident(
            tx,
            kind=KIND,
            subject=fallen.step.value,
            title=_title(fallen, address),
            remedy=REMEDIES[fallen.step],
            figures={"case": fallen.step.value, "address": address, "what": fallen.why},
            now=now,
        )


def _title(fallen: Fallen, address: str) -> str:
    match fallen.step:
        case Step.DOOR:
            said = f"A push of our own does not get in at {address}"
        case Step.STORE:
            said = f"A push of our own to {address} is not kept"
        case Step.MAIL:
            said = "A push of our own leads to no mail"
    return f"{said}: {fallen.why}"


def _plan(tx: Tx) -> tuple[datetime | None, int]:
    """When the next is due, and how many failed in a row."""
    due_at, _, failures = ledger.install(tx).get(DUE, "").partition(" ")
    return (from_text(due_at), int(failures)) if failures else (None, 0)


def _is_told(tx: Tx, fallen: Fallen) -> bool:
    """Whether the very same is open: it is not seen again each five minutes."""
    return any(
        row["subject"] == fallen.step and incidents.figures_of(row).get("what") == fallen.why
        for row in incidents.open_of(tx, KIND)
    )
