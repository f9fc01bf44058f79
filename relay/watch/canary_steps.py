"""The steps of a canary: through the public address, into the database, and as far as a customer's mail.

What fails says which step it was, and why in words; nothing of it stays, and no mail leaves.
"""

import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from time import monotonic
from typing import Final

import httpx
import orjson

from relay.database import Database, Tx
from relay.desk import Desk
from relay.desk.view import mail_view
from relay.errors import WismoError
from relay.intake import parcels
from relay.intake.canary import PATH, Sent
from relay.model import CANARY, MailView, OutboxMessage, Status
from relay.store import facts, outbox
from relay.store.rehearsal import rehearse

TIMEOUT_S: Final = 10.0
#: Of an answer so much is read.
LARGEST: Final = 64 * 1024
#: Of what an answer says so much is told.
LONGEST_WHY: Final = 200
#: X509_V_ERR_CERT_HAS_EXPIRED, as ``ssl`` passes it on.
EXPIRED: Final = 10
SHOP: Final = "default"
#: Why one of ours does not know our signature.
ANOTHER: Final = "another installation answers at this address"
REFUSALS: Final = {
    "no secret is configured": ANOTHER,
    "no signature fits the message and the secret": ANOTHER,
    "webhook-timestamp is more than five minutes off": "the clock of who answers there is more than five minutes off",
}


class Step(StrEnum):
    """In their order."""

    DOOR = "door"
    STORE = "store"
    MAIL = "mail"


class Fallen(Exception):
    """A step that failed."""

    def __init__(self, step: Step, why: str) -> None:
        super().__init__(why)
        self.step = step
        self.why = why


def fly(desk: Desk, sent: Sent, preview: Callable[[MailView], str], now: datetime, timeout_s: float) -> None:
    """All steps. Raises Fallen."""
    call(desk.settings.public_url, sent, timeout_s)
    look_for(desk.database, sent)
    rehearse_mail(desk, sent, preview, now)


# -- the door ----------------------------------------------------------------------------------------------------------


def call(public_url: str, sent: Sent, timeout_s: float) -> None:
    """Raises Fallen unless the public address takes the push."""
    try:
        status, body = _post(public_url + PATH, sent, timeout_s)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, OSError) as error:
        raise Fallen(Step.DOOR, in_words(error, timeout_s)) from None
    if httpx.codes.is_success(status):
        return
    if httpx.codes.is_redirect(status):
        raise Fallen(Step.DOOR, f"it sends us to another address (HTTP {status})")
    said = _said(body)
    if status == httpx.codes.SERVICE_UNAVAILABLE and said.get("what") == "this cannot be kept now":
        raise Fallen(Step.STORE, f"the database takes nothing: {said.get('why', '')}"[:LONGEST_WHY])
    raise Fallen(Step.DOOR, REFUSALS.get(said.get("why", ""), f"it answers HTTP {status}{_because(said)}"))


def _post(url: str, sent: Sent, timeout_s: float) -> tuple[int, bytes]:
    over_at = monotonic() + timeout_s
    client = httpx.Client(timeout=timeout_s, follow_redirects=False, trust_env=False)
    headers = {"user-agent": "wismo", **sent.headers}
    with client, client.stream("POST", url, content=sent.body, headers=headers) as answer:
        body = b""
        for part in answer.iter_raw():
            body += part
            if len(body) > LARGEST or monotonic() > over_at:
                break
        return answer.status_code, body


def _said(body: bytes) -> Mapping[str, str]:
    """What one of ours answers when it refuses; of anybody else nothing."""
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    known = said if isinstance(said, dict) else {}
    return {name: text for name in ("what", "why", "remedy") if isinstance(text := known.get(name), str)}


def _because(said: Mapping[str, str]) -> str:
    return f": {said['what']}"[:LONGEST_WHY] if "what" in said else ""


def in_words(error: Exception, timeout_s: float) -> str:
    """Why nothing came back, as people say it."""
    said = (_cause_in_words(cause, timeout_s) for cause in _causes(error))
    return next(filter(None, said), f"the connection fails ({type(error).__name__})")


def _cause_in_words(cause: BaseException, timeout_s: float) -> str:
    match cause:
        case ssl.SSLError():
            return _tls_in_words(cause)
        case socket.gaierror():
            return "its name is not known (DNS)"
        case ConnectionRefusedError():
            return "nobody listens there"
        case httpx.TimeoutException():
            return f"no answer within {timeout_s:g} seconds"
        case _:
            return ""


def _tls_in_words(fault: ssl.SSLError) -> str:
    if not isinstance(fault, ssl.SSLCertVerificationError):
        return f"no TLS connection comes about: {fault.reason}"
    if fault.verify_code == EXPIRED:
        return "its TLS certificate has expired"
    return f"its TLS certificate is not trusted: {fault.verify_message}"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """From the outermost to what it came from."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


# -- the store ---------------------------------------------------------------------------------------------------------


def look_for(database: Database, sent: Sent) -> None:
    """Raises Fallen unless what was answered is kept, and was understood."""
    with database.read() as tx:
        kept = facts.push(tx, sent.push_id)
        said = facts.facts_of(tx, facts.track_key(CANARY, sent.number))
    if kept is None:
        raise Fallen(
            Step.STORE,
            f"it was answered as taken, but is not in our database: {ANOTHER}",
        )
    if not said:
        raise Fallen(Step.STORE, "it is kept, but what it says of the parcel is not")


# -- the mail ----------------------------------------------------------------------------------------------------------


def rehearse_mail(desk: Desk, sent: Sent, preview: Callable[[MailView], str], now: datetime) -> None:
    """Raises Fallen unless a customer whose parcel this were would get a mail. Nothing of it stays."""
    try:
        view = desk.database.write(lambda tx: rehearse(tx, lambda: _mail(tx, desk, sent, now)))
        if view is None:
            raise Fallen(Step.MAIL, "a parcel that begins to move makes no mail to its customer")
        preview(view)
    except WismoError as fault:
        raise Fallen(Step.MAIL, fault.what) from fault


def _mail(tx: Tx, desk: Desk, sent: Sent, now: datetime) -> MailView | None:
    """Of an order that has the parcel, whoever mails customers otherwise."""
    statuses = desk.policy.mail_statuses | {Status.IN_TRANSIT}
    policy = replace(desk.policy, mails_customers=True, mail_statuses=statuses, writes_shop=False)
    given = {"email": "canary@wismo.invalid", "customer_name": "Canary", "locale": desk.settings.locale}
    parcel = parcels.Parcel(carrier=CANARY, tracking_number=sent.number)
    _, shipment = parcels.record_order(tx, policy, sent.number, given, parcel, now, shop=SHOP)
    messages = outbox.messages_of(tx, shipment["shipment_id"]) if shipment else []
    mails = [
        OutboxMessage(
            message_id=row["message_id"],
            shop=row["shop"],
            shipment_id=row["shipment_id"],
            order_id=row["order_id"],
            channel=row["channel"],
            status=Status(row["status"]),
            round=row["rounds"],
            revision=row["revision"],
            attempts=row["attempts"],
        )
        for row in messages
        if row["channel"] == "email" and row["state"] == "due"
    ]
    return mail_view(tx, desk.settings, mails[:1]) if mails else None
