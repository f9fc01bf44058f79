"""Mail to real servers, willing and unwilling."""

import socket
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from urllib.parse import quote

import pytest

from relay.errors import SendFailed
from relay.model import MailView
from tests.channels.conftest import PASSWORD, USER, Post, scripted
from tests.channels.letters import CUSTOMER, NOON, VIEW, Clock, channel, to

LOGIN = f"{quote(USER, safe='')}:{quote(PASSWORD, safe='')}"


def url(post: Post, options: str = "") -> str:
    return f"smtp://127.0.0.1:{post.port}{options}"


def failure(mail_url: str, view: MailView = VIEW, timeout_s: float = 5) -> SendFailed:
    with channel(mail_url, timeout_s=timeout_s) as email, pytest.raises(SendFailed) as caught:
        email.send(view)
    return caught.value


def kind_of(failed: SendFailed) -> str:
    return "down" if failed.channel_down else "permanent" if failed.permanent else "later"


# -- what is taken -----------------------------------------------------------------------------------------------------


def test_the_receipt_is_the_servers_answer(post: Post) -> None:
    post.mailbox.answers["DATA"] = "250 2.0.0 Ok: queued as 4WkX"
    with channel(url(post)) as email:
        receipt = email.send(VIEW)
    assert receipt.text == "250 2.0.0 Ok: queued as 4WkX"
    assert receipt.drift is None


def test_the_envelope_holds_the_bare_addresses(post: Post) -> None:
    with channel(url(post)) as email:
        email.send(VIEW)
    [envelope] = post.mailbox.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == ("pedidos@loja.example", [CUSTOMER])


def test_what_arrives_is_what_was_written(post: Post) -> None:
    with channel(url(post)) as email:
        email.send(VIEW)
    [envelope] = post.mailbox.envelopes
    assert isinstance(envelope.content, bytes)
    message = message_from_bytes(envelope.content, policy=policy.default)
    body = message.get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines() == ["Olá, Maria.", "Chega hoje."]


def test_a_domain_outside_ascii_travels_in_ascii(ascii_post: Post) -> None:
    with channel(url(ascii_post)) as email:
        email.send(to("maria@exämple.com"))
    assert ascii_post.mailbox.envelopes[0].rcpt_tos == ["maria@xn--exmple-cua.com"]


def test_a_name_outside_ascii_is_sent_where_the_server_can(post: Post) -> None:
    with channel(url(post)) as email:
        email.send(to("joão@cliente.example"))
    [envelope] = post.mailbox.envelopes
    assert envelope.rcpt_tos == ["joão@cliente.example"]
    assert "SMTPUTF8" in envelope.mail_options
    assert isinstance(envelope.content, bytes)
    assert "To: joão@cliente.example\r\n" in envelope.content.decode()


# -- one connection ----------------------------------------------------------------------------------------------------


def test_a_burst_shares_one_connection(post: Post) -> None:
    with channel(url(post)) as email:
        for _ in range(5):
            email.send(VIEW)
    assert (len(post.mailbox.envelopes), len(post.mailbox.peers)) == (5, 1)


def test_a_refused_mail_does_not_cost_the_connection(post: Post) -> None:
    with channel(url(post)) as email:
        post.mailbox.answers["RCPT"] = "550 5.1.1 no such user"
        with pytest.raises(SendFailed):
            email.send(VIEW)
        post.mailbox.answers.clear()
        email.send(VIEW)
    [envelope] = post.mailbox.envelopes
    assert envelope.rcpt_tos == [CUSTOMER]
    assert len(post.mailbox.peers) == 1


def test_a_connection_that_the_server_dropped_is_opened_again(post: Post) -> None:
    with channel(url(post)) as email:
        email.send(VIEW)
        post.mailbox.answers["DATA"] = "DROP"
        with pytest.raises(SendFailed):
            email.send(VIEW)
        post.mailbox.answers.clear()
        email.send(VIEW)
    assert (len(post.mailbox.envelopes), len(post.mailbox.peers)) == (2, 2)


def test_a_connection_that_rested_is_not_trusted(post: Post) -> None:
    clock = Clock()
    with channel(url(post), now=clock) as email:
        email.send(VIEW)
        clock.now = NOON + timedelta(minutes=5)
        email.send(VIEW)
    assert len(post.mailbox.peers) == 2


# -- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "answer", "expected"),
    [
        ("MAIL", "421 4.3.2 closing", "down"),
        ("MAIL", "451 4.3.0 try later", "later"),
        ("MAIL", "530 5.7.0 log in first", "down"),
        ("MAIL", "550 5.7.1 sender not allowed", "down"),
        ("RCPT", "421 4.7.0 too many connections", "down"),
        ("RCPT", "450 4.2.0 greylisted", "later"),
        ("RCPT", "452 4.2.2 mailbox full", "later"),
        ("RCPT", "535 5.7.8 log in again", "down"),
        ("RCPT", "550 5.1.1 no such user", "permanent"),
        ("RCPT", "553 5.1.3 bad address", "permanent"),
        ("DATA", "421 4.3.2 closing", "down"),
        ("DATA", "451 4.7.1 try later", "later"),
        ("DATA", "552 5.3.4 too big", "permanent"),
        ("DATA", "554 5.7.1 looks like spam", "permanent"),
        ("MAIL", "DROP", "down"),
        ("RCPT", "DROP", "down"),
        ("DATA", "DROP", "later"),
    ],
)
def test_what_a_refusal_means(post: Post, command: str, answer: str, expected: str) -> None:
    post.mailbox.answers[command] = answer
    failed = failure(url(post))
    assert kind_of(failed) == expected
    assert answer == "DROP" or answer in failed.what
    assert not post.mailbox.envelopes


@pytest.mark.parametrize(("command", "expected"), [("MAIL", "down"), ("DATA", "later")])
def test_a_server_that_hangs_is_left(post: Post, command: str, expected: str) -> None:
    """Over the mail itself it is one try of that mail: a mail that hangs every server must not stop the others."""
    post.mailbox.answers[command] = "HANG"
    assert kind_of(failure(url(post), timeout_s=0.1)) == expected


def test_no_failure_and_no_receipt_names_the_customer(post: Post) -> None:
    post.mailbox.answers["RCPT"] = f"550 5.1.1 <{CUSTOMER.upper()}>: maria.silva is unknown; ask postmaster@mx.example"
    failed = failure(url(post))
    assert "maria.silva" not in str(failed).lower()
    assert failed.what.endswith("550 5.1.1 <m…@cliente.example>: m… is unknown; ask p…@mx.example")
    post.mailbox.answers = {"DATA": f"250 2.0.0 queued for {CUSTOMER}"}
    with channel(url(post)) as email:
        assert email.send(VIEW).text == "250 2.0.0 queued for m…@cliente.example"


def test_a_server_without_smtputf8_gets_no_international_address(ascii_post: Post) -> None:
    failed = failure(url(ascii_post), to("joão@cliente.example"))
    assert kind_of(failed) == "permanent"
    assert "SMTPUTF8" in failed.what
    assert "joão" not in failed.what


@pytest.mark.parametrize(
    "address", ["", "maria", "maria@", "a@b@c.example", "maria@x.example\r\nBcc: all@x.example", "<a>@b.c"]
)
def test_an_address_that_is_none_fails_for_good_before_any_server_is_asked(address: str) -> None:
    failed = failure("smtp://127.0.0.1:1", to(address))
    assert kind_of(failed) == "permanent"
    assert failed.what == "the order's e-mail address is not valid"


# -- a channel that is down --------------------------------------------------------------------------------------------


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    failed = failure(f"smtp://127.0.0.1:{port}")
    assert kind_of(failed) == "down"
    assert failed.what == f"127.0.0.1:{port} Connection refused"


def test_a_server_that_does_not_greet() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        failed = failure(f"smtp://127.0.0.1:{silent.getsockname()[1]}", timeout_s=0.1)
    assert kind_of(failed) == "down"
    assert "timed out" in failed.what


def test_a_handshake_that_does_not_come() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        failed = failure(f"smtps://127.0.0.1:{silent.getsockname()[1]}", timeout_s=0.1)
    assert kind_of(failed) == "down"
    assert failed.what.endswith("did not answer in time")


def test_a_server_that_greets_with_a_refusal() -> None:
    with scripted("554 5.7.1 your address is on a list") as port:
        failed = failure(f"smtp://127.0.0.1:{port}")
    assert kind_of(failed) == "down"
    assert failed.what == f"127.0.0.1:{port} says 554 5.7.1 your address is on a list"


@pytest.mark.parametrize(
    ("answer", "expected"), [("451 4.3.0 later", "later"), ("554 5.5.1 no", "permanent"), ("421 bye", "down")]
)
def test_a_server_that_refuses_before_it_has_seen_the_mail(answer: str, expected: str) -> None:
    with scripted("220 ready", DATA=answer) as port:
        failed = failure(f"smtp://127.0.0.1:{port}")
    assert kind_of(failed) == expected
    assert failed.what == f"the server refused the mail: {answer}"


def test_a_server_that_talks_nonsense_is_tried_again() -> None:
    with scripted("220 ready", MAIL="what?") as port:
        assert kind_of(failure(f"smtp://127.0.0.1:{port}")) == "later"


def test_a_host_that_is_unknown() -> None:
    assert kind_of(failure("smtp://mail.invalid")) == "down"


# -- encryption and login ----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("_trusted")
def test_starttls_and_a_login_with_difficult_characters(starttls_post: Post) -> None:
    with channel(f"smtp://{LOGIN}@127.0.0.1:{starttls_post.port}?starttls=required") as email:
        email.send(VIEW)
    assert len(starttls_post.mailbox.envelopes) == 1


@pytest.mark.usefixtures("_trusted")
def test_a_wrong_password_is_about_the_channel_and_is_not_repeated(starttls_post: Post) -> None:
    failed = failure(f"smtp://ana:wr0ng-pw@127.0.0.1:{starttls_post.port}?starttls=required")
    assert kind_of(failed) == "down"
    assert "535" in failed.what
    assert "wr0ng-pw" not in str(failed)


@pytest.mark.usefixtures("_trusted")
def test_a_login_that_is_missing_is_about_the_channel(starttls_post: Post) -> None:
    failed = failure(url(starttls_post, "?starttls=required"))
    assert kind_of(failed) == "down"
    assert "530" in failed.what


def test_a_server_without_logins_is_not_sent_a_password_in_vain(post: Post) -> None:
    failed = failure(f"smtp://ana:secret@127.0.0.1:{post.port}")
    assert kind_of(failed) == "down"
    assert "AUTH" in failed.what


def test_nothing_is_sent_in_the_clear_where_starttls_is_required(post: Post) -> None:
    failed = failure(url(post, "?starttls=required"))
    assert kind_of(failed) == "down"
    assert "?starttls=off" in failed.what
    assert not post.mailbox.envelopes


@pytest.mark.usefixtures("_trusted")
def test_smtps(smtps_post: Post) -> None:
    with channel(f"smtps://127.0.0.1:{smtps_post.port}") as email:
        email.send(VIEW)
    assert len(smtps_post.mailbox.envelopes) == 1


def test_a_certificate_of_an_unknown_authority_is_refused(smtps_post: Post, starttls_post: Post) -> None:
    for mail_url in (f"smtps://127.0.0.1:{smtps_post.port}", url(starttls_post, "?starttls=required")):
        failed = failure(mail_url)
        assert kind_of(failed) == "down"
        assert "certificate" in failed.what


@pytest.mark.usefixtures("_trusted")
def test_a_certificate_for_another_host_is_refused(smtps_post: Post) -> None:
    failed = failure(f"smtps://localhost:{smtps_post.port}")
    assert kind_of(failed) == "down"
    assert "certificate" in failed.what


# -- preview -----------------------------------------------------------------------------------------------------------


def test_a_preview_asks_no_server_and_masks_the_address() -> None:
    with channel("smtp://127.0.0.1:1") as email:
        assert email.preview(VIEW) == "“Seu pedido 1001 saiu para entrega” to m…@cliente.example"


def test_a_preview_finds_what_would_fail_on_our_side() -> None:
    with channel("smtp://127.0.0.1:1") as email, pytest.raises(SendFailed):
        email.preview(replace(VIEW, to="nobody"))
