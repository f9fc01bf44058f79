"""The ``email`` channel: renders a mail when it is to leave, and hands it to a server or puts it into a folder.

_letter   one mail as bytes            _smtp     to a server
_words    texts of others, made fit    _folder   into a folder
"""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from relay.channels._folder import FolderOut
from relay.channels._letter import Letter, Letterhead, letter
from relay.channels._smtp import TIMEOUT_S, SmtpOut, connect
from relay.channels._words import masked_address
from relay.errors import SendFailed
from relay.mail import RenderedMail
from relay.model import MailView, Receipt
from relay.settings import Mailbox, Settings, email_address

__all__ = ["Email", "connect"]


class Out(Protocol):
    def take(self, letter: Letter) -> str:
        """The proof that the letter was taken. Raises SendFailed."""

    def close(self) -> None: ...


class Email:
    name = "email"

    def __init__(
        self,
        settings: Settings,
        render: Callable[[MailView], RenderedMail],
        now: Callable[[], datetime],
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        url = settings.mail_url
        self._out: Out = FolderOut(url.folder) if url.scheme == "file" else SmtpOut(url, timeout_s)
        self._head = letterhead(settings)
        self._render = render
        self._now = now

    def send(self, view: MailView) -> Receipt:
        """The receipt is the server's answer, or the file. Neither it nor a failure names the customer's address."""
        return Receipt(self._out.take(self._written(view)))

    def preview(self, view: MailView) -> str:
        written = self._written(view)
        return f"“{written.subject}” to {masked_address(written.to)}"

    def close(self) -> None:
        self._out.close()

    def _written(self, view: MailView) -> Letter:
        return letter(view, recipient(view.to), self._render(view), self._head, self._now())


def letterhead(settings: Settings) -> Letterhead:
    """Mails come from the name in ``WISMO_MAIL_FROM``, else from the shop; answers go where somebody reads them."""
    sender = settings.mail_from
    return Letterhead(
        Mailbox(sender.address, sender.name or settings.brand.shop_name),
        reply_to=settings.mail_reply_to or settings.support_email,
    )


def recipient(text: str) -> str:
    """An address that may be put on an envelope."""
    try:
        return email_address(text.strip())
    except ValueError:
        raise SendFailed("the order's e-mail address is not valid", permanent=True) from None
