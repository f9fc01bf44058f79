"""The bytes of a mail, whatever the words in it."""

from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.channels._letter import Letterhead, letter
from relay.channels._words import masked_address, one_line, without_addresses
from relay.mail import RenderedMail
from relay.model import MailView
from relay.settings import Mailbox
from tests.channels.letters import CUSTOMER, MESSAGE_ID, NOON, VIEW, WORDS

HEAD = Letterhead(Mailbox("pedidos@loja.example", "Loja São João, Ltda."), reply_to="ajuda@loja.example")
HEADERS = [
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "MIME-Version",
    "Content-Type",
]


def raw(view: MailView = VIEW, words: RenderedMail = WORDS, head: Letterhead = HEAD, to: str = CUSTOMER) -> bytes:
    return letter(view, to, words, head, NOON).content


def read(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=policy.default)


def test_a_mail_has_these_headers_and_no_others() -> None:
    message = read(raw())
    assert message.keys() == HEADERS
    assert message["From"].addresses[0].display_name == "Loja São João, Ltda."
    assert message["Reply-To"] == "ajuda@loja.example"
    assert message["Date"].datetime == NOON
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"


def test_without_an_address_for_answers_there_is_no_reply_to() -> None:
    assert "Reply-To" not in read(raw(head=replace(HEAD, reply_to=""))).keys()  # noqa: SIM118 - a message is no dict


def test_text_and_html_say_it_in_either_form() -> None:
    message = read(raw())
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert [part.get_content_charset() for part in message.iter_parts()] == ["utf-8", "utf-8"]


def test_the_id_is_the_messages_own() -> None:
    assert read(raw())["Message-ID"] == f"<{MESSAGE_ID}@loja.example>"


def test_all_mails_of_a_thread_answer_the_same_root() -> None:
    first, second = read(raw()), read(raw(replace(VIEW, message_ids=("second",))))
    assert first["References"] == first["In-Reply-To"] == second["References"] == "<thread.default-1001@loja.example>"
    assert first["Message-ID"] != second["Message-ID"]


def test_threads_and_ids_of_any_text_stay_apart_and_valid() -> None:
    odd = [read(raw(replace(VIEW, thread=thread))) for thread in ("a b", "a\nb", "<a@b>", "é", "x" * 500)]
    assert len({message["References"] for message in odd}) == 5
    assert all(message["References"].isascii() and message["References"].count("@") == 1 for message in odd)


def test_a_long_domain_does_not_break_the_ids() -> None:
    domain = "uma-loja-com-um-nome-realmente-muito-comprido-e-mais-um-pouco.com.br"
    content = raw(head=Letterhead(Mailbox(f"pedidos@{domain}")))
    assert f"<{MESSAGE_ID}@{domain}>".encode() in content
    assert content.count(f"<thread.default-1001@{domain}>".encode()) == 2


def test_every_byte_is_ascii_in_lines_that_any_server_takes() -> None:
    content = raw(words=RenderedMail(subject="É " * 200, text="é" * 5000, html="<p>" + "ü" * 5000))
    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) <= 998
    assert b"\n" not in content.replace(b"\r\n", b"")


anything = st.text(alphabet=st.characters() | st.sampled_from("\r\n\t\0\x0b\x85\u2028 :,;<>@\"'=?é"))


@given(subject=anything, name=anything, thread=anything, message_id=anything, body=anything)
def test_no_words_add_a_header_or_move_an_address(
    subject: str, name: str, thread: str, message_id: str, body: str
) -> None:
    view = replace(VIEW, thread=thread, message_ids=(message_id,), customer_name=name, order_ids=(subject,))
    head = replace(HEAD, sender=Mailbox("pedidos@loja.example", name))
    message = read(raw(view, RenderedMail(subject, body, body), head))
    assert message.keys() == HEADERS
    assert [one.addr_spec for one in message["From"].addresses] == ["pedidos@loja.example"]
    assert [one.addr_spec for one in message["To"].addresses] == [CUSTOMER]
    assert len(list(message.iter_parts())) == 2


@given(anything)
def test_one_line_is_one_line_and_stays_as_it_is(text: str) -> None:
    line = one_line(text)
    assert len(line.splitlines()) <= 1
    assert one_line(line) == line


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("550 <maria.silva@cliente.example> unknown", "550 <m…@cliente.example> unknown"),
        ("550 user Maria.Silva is unknown", "550 user m… is unknown"),
        ("450 someone-else@other.example: greylisted", "450 s…@other.example: greylisted"),
        ("250 two\r\nlines", "250 two lines"),
        ("x" * 1000, "x" * 300),
    ],
)
def test_what_a_server_says_is_kept_without_addresses(said: str, kept: str) -> None:
    assert without_addresses(said, CUSTOMER) == kept


@given(st.from_regex(r"[a-z.'+-]{3,20}@[a-z]{1,9}\.example", fullmatch=True), anything)
def test_a_recipient_never_shows(address: str, around: str) -> None:
    shown = without_addresses(f"550 {around} <{address}> {around}", address)
    assert address not in shown
    assert f"<{address.rpartition('@')[0]}" not in shown
    assert masked_address(address)[1:] == f"…@{address.rpartition('@')[2]}"
