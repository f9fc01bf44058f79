"""A status that somebody wants to set, checked."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from relay.desk.parcels import PROOF_LENGTH, Parcel, Seen
from relay.desk.typed import checked_status, checked_text
from relay.errors import BadInput
from relay.intake.parcels import lookup_key
from relay.model import Override, Status, from_text
from relay.settings import Settings

SHORTEST_REASON, LONGEST_NAME = 10, 80
LONGEST_OVERRIDE = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class WantedOverride:
    status: str
    reason: str
    by: str
    until: str = "carrier"
    tell: bool = False
    write_shop: bool = False
    #: The end of the parcel's number, from whoever must show that this parcel is meant; None: it is not asked for.
    proof: str | None = None
    seen: Seen | None = None  #: what the parcel looked like; Changed is raised if it is otherwise
    key: str = ""  #: of the wish: what comes twice under one key is done once
    thread: str = ""  #: where whoever wants it is told if the carrier says otherwise
    by_name: str = ""  #: what ``by`` is called in Slack, where it is an id there


def checked_override(settings: Settings, wanted: WantedOverride, now: datetime) -> Override:
    check_reason(wanted)
    return override_of(settings, wanted, now)


def check_reason(wanted: WantedOverride) -> None:
    """Raises BadInput."""
    if len(wanted.reason.strip()) < SHORTEST_REASON:
        raise BadInput("reason", f"it has fewer than {SHORTEST_REASON} characters", "Say what you know and from whom")


def check_proof(parcel: Parcel, wanted: WantedOverride) -> None:
    """Raises BadInput if another parcel may be meant."""
    if wanted.proof is None or checked_status(wanted.status) is not Status.DELIVERED:
        return
    if lookup_key(wanted.proof)[-PROOF_LENGTH:] != parcel.proof:
        ends = "the number of this parcel ends otherwise"
        raise BadInput("proof", ends, f"Give the last {PROOF_LENGTH} characters of the number that you mean")


def override_of(settings: Settings, wanted: WantedOverride, now: datetime) -> Override:
    if wanted.write_shop and not settings.vtex_account:
        raise BadInput("write-shop", "no shop is configured", "Set WISMO_VTEX_ACCOUNT, or leave it out")
    if not wanted.by.strip():
        raise BadInput("by", "nobody is named", "Say who decides this")
    word, moment = _checked_until(settings, wanted.until, now)
    return Override(
        override_id=sha256(wanted.key.encode()).hexdigest()[:20] if wanted.key else secrets.token_hex(10),
        status=checked_status(wanted.status),
        reason=checked_text("reason", wanted.reason.strip()),
        by=wanted.by,
        by_name=" ".join(wanted.by_name.split())[:LONGEST_NAME],
        at=now,
        until_word=word,
        until=moment,
        tell=wanted.tell,
        write_shop=wanted.write_shop,
    )


def _checked_until(settings: Settings, until: str, now: datetime) -> tuple[str, datetime | None]:
    if until in {"carrier", "lifted"}:
        return until, None
    try:
        moment = from_text(until)
    except (ValueError, OverflowError):
        remedy = "Write 2026-12-24, 2026-12-24T18:00, carrier or lifted"
        raise BadInput("until", f"{until!r} is no moment", remedy) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(settings.timezone))
    if moment <= now:
        raise BadInput("until", f"{until} is past", "Give a moment in the future")
    if moment > now + LONGEST_OVERRIDE:
        raise BadInput("until", f"{until} is more than a year ahead", "Use lifted for one that stays")
    return "moment", moment.astimezone(UTC)
