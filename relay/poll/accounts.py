"""What becomes of an account that may not be asked: it waits, it is tried again by itself, and the team is told."""

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from relay.database import Tx
from relay.desk.accounts import Asker, pause_name
from relay.intake import failures
from relay.intake.failures import Failure
from relay.model import Answer, Reading, optional_moment
from relay.store import incidents, ledger, outbox

#: Waits between tries of an account that was refused; the last one lasts.
REFUSED = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 15))
#: The pause of an account that was throttled without a word about how long, or that something else keeps from asking.
A_WHILE = timedelta(minutes=1)
#: Who asks for a longer pause is tried all the same.
LONGEST_WISH = timedelta(days=1)


def is_paused(tx: Tx, slug: str, now: datetime) -> bool:
    probe_at = optional_moment(outbox.channel(tx, pause_name(slug))["probe_at"])
    return probe_at is not None and now < probe_at


def is_down(tx: Tx, slug: str) -> bool:
    """Whether it waited, and has not been usable since."""
    return outbox.channel(tx, pause_name(slug))["down_since"] is not None


def refuse(tx: Tx, asker: Asker, reading: Reading, now: datetime) -> None:
    """Its key is refused: the account waits, not the parcel."""
    name = pause_name(asker.slug)
    down_since = optional_moment(outbox.channel(tx, name)["down_since"])
    passed = now - down_since if down_since else timedelta(0)
    outbox.mark_down(tx, name, reading.reason, now, now + refused_pause(passed))
    ledger.add_tallies(tx, {(f"{failures.TALLY}{Failure.AUTH_ERROR}", asker.slug): 1}, now)
    settings = ", ".join(asker.setting(name) for name in asker.key_names)
    incidents.open_incident(
        tx,
        kind="ask_refused",
        subject=asker.slug,
        title=f"{asker.carrier.label} refuses our key: nobody is asked about its parcels",
        remedy=f"Correct {settings}; it goes on by itself",
        figures={"carrier": asker.carrier.label, "settings": settings},
        now=now,
    )


def throttle(tx: Tx, asker: Asker, answer: Answer, now: datetime) -> None:
    wait(tx, asker, Failure.THROTTLED, now, _retry_after(answer.headers.get("retry-after", ""), now) or A_WHILE)


def wait(tx: Tx, asker: Asker, failure: Failure, now: datetime, pause: timedelta = A_WHILE) -> None:
    """Something keeps the account from asking at all: it is left alone for a while, and its parcels stay due."""
    outbox.mark_down(tx, pause_name(asker.slug), failures.IN_WORDS[failure], now, now + pause)
    failures.note(tx, asker.slug, [failure], now, is_usable=False)


def works_again(tx: Tx, slug: str, now: datetime) -> None:
    outbox.mark_up(tx, pause_name(slug))
    incidents.close_incident(tx, "ask_refused", slug, now)


def refused_pause(passed: timedelta) -> timedelta:
    """How long an account waits that has been refused for so long: 1, 2, 5, 10 and then every 15 minutes."""
    tried_at = timedelta(0)
    for pause in REFUSED:
        if passed <= tried_at:
            return pause
        tried_at += pause
    return REFUSED[-1]


def _retry_after(text: str, now: datetime) -> timedelta | None:
    """Seconds or an HTTP date (RFC 9110, 10.2.3); None: it says nothing."""
    if text.strip().isdigit():
        return min(timedelta(seconds=int(text[:9])), LONGEST_WISH)
    try:
        return min(max(parsedate_to_datetime(text) - now, timedelta(0)), LONGEST_WISH)
    except (ValueError, TypeError):
        return None
