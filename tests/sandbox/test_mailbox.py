"""The mailbox takes real mail over SMTP and shows all of it."""

import smtplib
from email.message import EmailMessage

from relay.sandbox.mailbox import open_mailbox
from tests.conftest import NOON


def test_it_keeps_a_mail_with_its_text_and_its_html() -> None:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "shop@shop.example", "josé@example.com", "Saiu para entrega"
    letter.set_content("Olá, José")
    letter.add_alternative("<p>Olá, José</p>", subtype="html")
    with open_mailbox(lambda: NOON) as mailbox:
        with smtplib.SMTP("127.0.0.1", mailbox.port, timeout=5) as server:
            server.send_message(letter)
        (mail,) = mailbox.mails
    assert (mail.number, mail.taken_at, mail.subject, mail.to) == (1, NOON, "Saiu para entrega", "josé@example.com")
    assert (mail.text.strip(), mail.html.strip()) == ("Olá, José", "<p>Olá, José</p>")


def test_it_closes_while_a_client_is_still_connected() -> None:
    with open_mailbox(lambda: NOON) as mailbox:
        client = smtplib.SMTP("127.0.0.1", mailbox.port, timeout=5)
        client.ehlo()
    client.close()
    assert mailbox.mails == []
