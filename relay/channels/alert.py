"""The ``alert`` channel: incidents, by mail to those who look after Wismo. Nothing holds it back, nor is it a trial."""

from collections.abc import Callable
from datetime import datetime

from relay.channels._folder import FolderOut
from relay.channels._letter import Letter, letter
from relay.channels._smtp import TIMEOUT_S, SmtpOut
from relay.channels._words import masked_address
from relay.channels.email import Out, letterhead, recipient
from relay.mail.alerts import AlertView, render_alert
from relay.model import MailView, Receipt
from relay.settings import Settings


class AlertMail:
    name = "alert"

    def __init__(self, settings: Settings, now: Callable[[], datetime], timeout_s: float = TIMEOUT_S) -> None:
        url = settings.mail_url
        self._out: Out = FolderOut(url.folder) if url.scheme == "file" else SmtpOut(url, timeout_s)
        self._settings = settings
        self._now = now

    def send(self, view: AlertView) -> Receipt:
        return Receipt(self._out.take(self._written(view)))

    def preview(self, view: AlertView) -> str:
        written = self._written(view)
        return f"“{written.subject}” to {masked_address(written.to)}"

    def close(self) -> None:
        self._out.close()

    def _written(self, view: AlertView) -> Letter:
        settings = self._settings
        words = render_alert(view, settings.brand, timezone=settings.timezone)
        thread = f"incident-{view.lines[0].incident_id}"
        envelope = MailView(view.to, "", "en", (), thread, view.message_ids)
        return letter(envelope, recipient(view.to), words, letterhead(settings), self._now())
