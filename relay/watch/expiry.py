"""What ends on a day that is known: our own certificate, and pushes that a carrier sends only so long.

The certificate is looked at by a real handshake, in a loop of its own; the check reads what that has found. Tokens are
not here: they are renewed by themselves, and a login that is refused is an incident of its own.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import structlog

from relay import clock
from relay.carriers import Carrier, all_carriers
from relay.channels.certificates import certificate_of
from relay.database import Row, Tx
from relay.desk import Desk
from relay.desk.accounts import askers_of, who_asks
from relay.model import from_text, to_text
from relay.silence.expiring import pushes_end, stage_of
from relay.store import ledger, pushed
from relay.watch.alarms import Alarm

KIND = "expiring"
#: Under this name the store remembers what was last seen.
CERTIFICATE = "certificate"
ROUND_S = 600.0
#: Between two looks; more often once it ends soon, so that a new one ends the incident.
LOOKED_EVERY, SOON_EVERY = timedelta(days=1), timedelta(hours=1)
SAID = {
    "soon": "The certificate of {host} ends on {day}",
    "urgent": "The certificate of {host} ends within a week, on {day}",
    "over": "The certificate of {host} ended on {day}: no browser and no carrier trusts it",
}
RENEW = "Renew it where it is kept, at the proxy as a rule. It is looked at every hour until then"

log = structlog.get_logger()


# -- looking -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Seen:
    host: str
    until: str | None  #: None: nobody showed one yet
    looked_at: str


@dataclass(frozen=True, slots=True)
class Expiry:
    """Belongs to any number of processes: to look twice does no harm."""

    desk: Desk
    now: Callable[[], datetime] = clock.now

    def round(self) -> float:
        """Look at the certificate of WISMO_PUBLIC_URL, if it has one and it is time; the seconds until the next."""
        host, port = _place(self.desk)
        if host:
            now = self.now()
            with self.desk.database.read() as tx:
                seen = _seen(tx, host)
            if _is_time(seen, now):
                looked = Seen(host, _until(host, port) or (seen.until if seen else None), to_text(now))
                kept = json.dumps(asdict(looked))
                self.desk.database.write(lambda tx: ledger.set_install(tx, CERTIFICATE, kept))
        return ROUND_S


def _is_time(seen: Seen | None, now: datetime) -> bool:
    if seen is None:
        return True
    every = SOON_EVERY if seen.until and stage_of(from_text(seen.until), now) else LOOKED_EVERY
    return not timedelta(0) <= now - from_text(seen.looked_at) < every


def _until(host: str, port: int) -> str | None:
    """None where nobody is reached from here; doctor says so, and those who come by it."""
    try:
        return to_text(certificate_of(host, port).until)
    except OSError as error:
        log.info("certificate not seen", host=host, reason=type(error).__name__)
        return None


def _place(desk: Desk) -> tuple[str, int]:
    """Where the certificate is shown; "" where there is none."""
    parts = urlsplit(desk.settings.public_url)
    return (parts.hostname or "", parts.port or 443) if parts.scheme == "https" else ("", 0)


def _seen(tx: Tx, host: str) -> Seen | None:
    """What was seen of a host last; None: nothing, or it was another host's."""
    kept = ledger.install(tx).get(CERTIFICATE)
    seen = Seen(**json.loads(kept)) if kept else None
    return seen if seen and seen.host == host else None


# -- saying ------------------------------------------------------------------------------------------------------------


def expiring(tx: Tx, desk: Desk, _found: Mapping[str, Row], now: datetime) -> Sequence[Alarm]:
    return [*_certificate(tx, desk, now), *_pushes(tx, desk, now)]


def _certificate(tx: Tx, desk: Desk, now: datetime) -> Iterator[Alarm]:
    host, _ = _place(desk)
    seen = _seen(tx, host) if host else None
    until = from_text(seen.until) if seen and seen.until else None
    stage = stage_of(until, now) if until else None
    if until and stage:
        figures = {"case": f"certificate_{stage}", "host": host, "until_at": to_text(until)}
        yield Alarm(CERTIFICATE, SAID[stage].format(host=host, day=f"{until:%Y-%m-%d}"), RENEW, figures)


def _pushes(tx: Tx, desk: Desk, now: datetime) -> Iterator[Alarm]:
    """Parcels that their carrier pushes no more, by its own rule. One that is asked about misses nothing."""
    askers = askers_of(desk.settings, all_carriers())
    for carrier in all_carriers().values():
        if carrier.pushes_last and desk.settings.push_secrets(carrier.slug) and not who_asks(askers, carrier.slug):
            yield from _of_carrier(tx, carrier, carrier.pushes_last, now)


def _of_carrier(tx: Tx, carrier: Carrier, lasts: timedelta, now: datetime) -> Iterator[Alarm]:
    begun = pushed.pushed_since(tx, carrier.slug, now - pushes_end(lasts))
    silent = [row for row in begun if from_text(row["heard_at"]) < from_text(row["first_at"]) + lasts]
    if not silent:
        return
    figures: dict[str, str | int | float] = {
        "case": "pushes",
        "carrier": carrier.label,
        "parcels": len(silent),
        "days": lasts.days,
    }
    yield Alarm(
        carrier.slug,
        f"{carrier.label} pushes a parcel for {lasts.days} days, and {len(silent)} that are open come to that",
        f"Register them again at {carrier.label}, or set the keys it is asked with: `wismo doctor` names them",
        figures,
    )
