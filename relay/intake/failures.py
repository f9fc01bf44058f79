"""Asks that brought nothing usable: each has a name, is counted by carrier, and in a row they are an incident."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from relay.carriers import all_carriers
from relay.database import Row, Tx
from relay.model import Action, Answer, Outcome, Reading, from_text
from relay.store import accounts, incidents, ledger

#: Under this name and the failure's, what failed is counted; the label is the carrier.
TALLY = "ask_"
KIND = "ask_failing"
#: So many failures in a row over so long are an incident: a moment of a bad network is none.
FEW, LASTING = 3, timedelta(minutes=5)
#: Or nothing usable for so long, however seldom it is asked.
MUTE = timedelta(hours=1)


class Failure(StrEnum):
    """Why an ask brought nothing usable."""

    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    CUT_OFF = "cut_off"
    TOO_LARGE = "too_large"
    REDIRECT = "redirect"
    PAGE = "page"
    UNREADABLE = "unreadable"
    ANOTHER_PARCEL = "another_parcel"
    NOT_REGISTERED = "not_registered"
    SERVER_ERROR = "server_error"
    BAD_REQUEST = "bad_request"
    AUTH_ERROR = "auth_error"
    THROTTLED = "throttled"
    OUR_FAULT = "our_fault"


IN_WORDS = {
    Failure.TIMEOUT: "it does not answer in time",
    Failure.UNREACHABLE: "it cannot be reached",
    Failure.CUT_OFF: "its answer breaks off, or is no HTTP",
    Failure.TOO_LARGE: "its answer is far too large",
    Failure.REDIRECT: "it sends us to another address, where we do not go",
    Failure.PAGE: "it answers with a page or XML in the place of JSON",
    Failure.UNREADABLE: "its answer has another shape than documented",
    Failure.ANOTHER_PARCEL: "it speaks of other parcels than those asked about",
    Failure.NOT_REGISTERED: "it does not say that the parcel is registered",
    Failure.SERVER_ERROR: "it reports a failure of its own",
    Failure.BAD_REQUEST: "it does not take our request",
    Failure.AUTH_ERROR: "it refuses our key",
    Failure.THROTTLED: "it is asked too often",
    Failure.OUR_FAULT: "the ask fails on our own side",
}
_REMEDY = (
    "It is tried again by itself, and closes with the next usable answer. The log has each ask; see `wismo doctor`"
)
_REMEDIES = {
    Failure.REDIRECT: "Correct WISMO_<SLUG>_API_URL, or leave it out",
    Failure.PAGE: "It is tried again by itself; if it lasts, correct WISMO_<SLUG>_API_URL",
    Failure.UNREADABLE: "Answers are kept: upgrade Wismo, then `wismo replay --unread`",
    Failure.OUR_FAULT: "The log has the traceback; report it",
}
_OF_OUTCOME = {
    Outcome.SERVER_ERROR: Failure.SERVER_ERROR,
    Outcome.BAD_REQUEST: Failure.BAD_REQUEST,
    Outcome.AUTH_ERROR: Failure.AUTH_ERROR,
    Outcome.THROTTLED: Failure.THROTTLED,
    Outcome.TOKEN: Failure.UNREADABLE,
}


def in_words(name: str) -> str:
    """A stored failure in words, also one that another version wrote."""
    return IN_WORDS[Failure(name)] if name in set(Failure) else name


def failure_of(outcome: Outcome) -> Failure | None:
    """None: the carrier was asked, and spoke; that it found nothing or calls the number wrong is a word as well."""
    return _OF_OUTCOME.get(outcome)


def unreadable(reading: Reading, answer: Answer) -> Failure | None:
    if reading.action is not Action.UNREADABLE:
        return None
    return Failure.PAGE if is_page(answer.body) else Failure.UNREADABLE


def is_page(body: bytes) -> bool:
    return body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def is_failure(tally: Row) -> bool:
    """Whether a counter is one of these; the others are about what was turned away."""
    return str(tally["name"]).startswith(TALLY)


def failed_asks(tx: Tx, since: datetime) -> list[dict[str, object]]:
    """How often each carrier was asked in vain, and why."""
    return [
        {"carrier": row["label"], "failure": row["name"].removeprefix(TALLY), "times": row["times"]}
        for row in ledger.tallies(tx, since)
        if is_failure(row)
    ]


# -- what they are for an account --------------------------------------------------------------------------------------


def note(tx: Tx, slug: str, failures: Iterable[Failure], now: datetime, *, is_usable: bool) -> None:
    """Count what failed in one ask; whether any of it was usable decides if the account works or fails."""
    found = sorted(set(failures))
    if found:
        ledger.add_tallies(tx, {(f"{TALLY}{failure}", slug): 1 for failure in found}, now)
    if is_usable:
        if accounts.mark_working(tx, slug):
            incidents.close_incident(tx, KIND, slug, now)
    elif found:
        _judge(tx, accounts.mark_failing(tx, slug, found[0], now), now)


def _judge(tx: Tx, account: Row, now: datetime) -> None:
    if account["failures"] >= FEW and now - from_text(account["failing_since"]) >= LASTING:
        _open_incident(tx, account, now)


def newly_mute(tx: Tx, now: datetime) -> list[Row]:
    """Accounts of which nothing usable came for an hour, and no incident says so yet."""
    return [row for row in accounts.failing_since(tx, now - MUTE) if not incidents.is_open(tx, KIND, row["account"])]


def report_mute(tx: Tx, mute: Iterable[Row], now: datetime) -> None:
    for account in mute:
        _open_incident(tx, account, now)


def _open_incident(tx: Tx, account: Row, now: datetime) -> None:
    slug, failure = account["account"], Failure(account["failure"])
    carrier = all_carriers().get(slug)
    label, prefix = carrier.label if carrier else slug, f"WISMO_{slug.upper().replace('-', '_')}"
    incidents.open_incident(
        tx,
        kind=KIND,
        subject=slug,
        title=f"{label} gives no usable answer: {IN_WORDS[failure]}",
        remedy=_REMEDIES.get(failure, _REMEDY).replace("WISMO_<SLUG>", prefix),
        figures={"case": failure.value, "carrier": label, "failure": failure.value, "setting": f"{prefix}_API_URL"},
        now=now,
    )
