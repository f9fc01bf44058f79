"""One mail as bytes."""

import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address, HeaderRegistry, MessageIDHeader
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from hashlib import sha256

from relay.channels._words import one_line
from relay.mail import RenderedMail
from relay.model import MailView
from relay.settings import Mailbox


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What is the same on every mail of a shop."""

    sender: Mailbox
    reply_to: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    name: str  #: stable for a message id, fit for a file
    sender: str
    to: str  #: valid; outside ASCII only before the @
    subject: str
    written_at: datetime
    content: bytes

    @property
    def is_international(self) -> bool:
        return not self.to.isascii()


def _ids_stay_whole() -> HeaderRegistry:
    """The library knows the form of Message-ID only, and would encode a long id in References as if it were words."""
    registry = HeaderRegistry()
    for name in ("references", "in-reply-to"):
        registry.map_to_type(name, MessageIDHeader)  # type: ignore[arg-type]  # typeshed leaves out its base class
    return registry


#: 7bit: any server takes it, whatever extensions it has.
ASCII = EmailPolicy(linesep="\r\n", cte_type="7bit", header_factory=_ids_stay_whole())
UTF8 = ASCII.clone(utf8=True)


def letter(view: MailView, to: str, words: RenderedMail, head: Letterhead, now: datetime) -> Letter:
    subject = one_line(words.subject)
    message = EmailMessage(policy=ASCII if to.isascii() else UTF8)
    message["From"] = _address(head.sender.address, one_line(head.sender.name))
    message["To"] = _address(to)
    if head.reply_to:
        message["Reply-To"] = _address(head.reply_to)
    message["Subject"] = subject
    message["Date"] = format_datetime(now)
    _identify(message, view, head.sender.domain)
    # So that no out-of-office answers us (RFC 3834; the second is Exchange's).
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(_whole(words.text))
    message.add_alternative(_whole(words.html), subtype="html")
    return Letter(_name(view), head.sender.address, to, subject, now, message.as_bytes())


def _identify(message: EmailMessage, view: MailView, domain: str) -> None:
    """The id is the message's own, so that a repeat is known. All mails of a thread answer one that never was."""
    root = f"<thread.{_id(view.thread)}@{domain}>"
    message["Message-ID"] = f"<{_id(view.message_ids[0])}@{domain}>"
    message["In-Reply-To"] = root
    message["References"] = root


def _name(view: MailView) -> str:
    """Of the news' moment and not of the sending's: a repeat replaces its file."""
    lead = view.parcels[0] if view.parcels else None
    moment = f"{lead.changed_at:%Y%m%dT%H%M%SZ}" if lead and lead.changed_at else ""
    return "-".join(part for part in (moment, lead.status if lead else "", _id(view.message_ids[0])) if part)


def _id(text: str) -> str:
    """``text`` where it is fit for an id and a file's name, else its digest."""
    return (
        text if re.fullmatch(r"[A-Za-z0-9_-]{1,40}", text) else sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
    )


def _address(address: str, name: str = "") -> Address:
    local, _, domain = address.rpartition("@")
    return Address(name, local, domain)


def _whole(text: str) -> str:
    """Half a character, as broken JSON may bring it, cannot be written."""
    return text.encode("utf-8", "replace").decode()
