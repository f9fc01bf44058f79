"""Every answer of VTEX is a value or a fault that says what to do; a bad far side holds up nobody."""

import gzip
import socket
import ssl
import threading
from pathlib import Path
from time import monotonic

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from relay.errors import ShopFault
from relay.sandbox.vtex import Invoice, PretendVtex, Route
from relay.settings import Settings
from relay.shops import Written
from relay.shops.vtex import Vtex, open_vtex
from relay.shops.vtex.answers import Reply, body_of, said
from relay.shops.vtex.calls import get_order, put_tracking
from relay.shops.vtex.client import LARGEST, base_url, open_client
from tests.conftest import NOON
from tests.shops.conftest import Opened, client_of, fault_of, says, settings_for, talking
from tests.shops.samples import ZONE

IN_TRANSIT = Written((), is_delivered=False, delivered_at=None)
OMS007 = b'{"error": {"code": "OMS007", "message": "Order Not Found", "exception": null}}'
INVALID = b'{"title": "One or more validation errors occurred.", "status": 400, "errors": {"Queue": ["required"]}}'


# -- what is asked -----------------------------------------------------------------------------------------------------


def test_both_keys_are_sent_and_the_answer_is_read(shop: Vtex, far: PretendVtex) -> None:
    assert shop.order(far.store.place()).customer_name == "Ana Souza"


def test_without_an_address_of_its_own_the_account_names_the_host() -> None:
    assert base_url(Settings(vtex_account="mystore")) == "https://mystore.vtexcommercestable.com.br"


@pytest.mark.parametrize(
    ("order_id", "path"),
    [
        ("SLR-1/2-01", "SLR-1%2F2-01"),
        ("a b", "a%20b"),
        ("100%25?x=1#y", "100%2525%3Fx%3D1%23y"),
        ("../../hook/config", "..%2F..%2Fhook%2Fconfig"),
        ("ação", "a%C3%A7%C3%A3o"),
        ("\ud800", "%3F"),
    ],
)
def test_an_order_id_is_one_part_of_the_path_whatever_it_is(
    shop: Vtex, far: PretendVtex, order_id: str, path: str
) -> None:
    with pytest.raises(ShopFault):
        shop.order(order_id)
    assert far.calls.made[-1].path == f"/api/oms/pvt/orders/{path}"


@pytest.mark.parametrize("order_id", ["", ".", ".."])
def test_what_would_lead_elsewhere_is_not_asked(shop: Vtex, far: PretendVtex, order_id: str) -> None:
    with pytest.raises(ShopFault) as caught:
        shop.order(order_id)
    assert caught.value.kind == "not_found"
    assert not far.calls.made


# -- what is answered --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (says("404 Not Found", OMS007), "not_found", "OMS007: Order Not Found"),
        (says("404 Not Found", b"<html>nothing</html>"), "not_found", "HTTP 404"),
        (says("400 Bad Request", INVALID), "refused", "Queue: required"),
        (says("409 Conflict", b'{"error": {"code": "OMS003", "message": "Wrong status"}}'), "refused", "OMS003"),
        (says("401 Unauthorized", b'"no"'), "unauthorized", "WISMO_VTEX_APP_TOKEN"),
        (says("403 Forbidden"), "forbidden", "View order"),
        (says("408 Request Timeout"), "server_error", "HTTP 408"),
        (says("500 Internal Server Error", b'{"message": "An error has occurred"}'), "server_error", "occurred"),
        (says("503 Service Unavailable", b"<h1>busy</h1>"), "unavailable", "HTTP 503"),
        (says("302 Found", b"", "Location: http://127.0.0.1:1/elsewhere"), "no_answer", "another address"),
        (says("200 OK", b"<!doctype html>"), "unreadable", "not JSON"),
        (says("200 OK", b'{"orderId": "v1-'), "unreadable", "not JSON"),
        (says("200 OK"), "unreadable", "not JSON"),
        (says("200 OK", b"null"), "unreadable", "expected object"),
        (says("200 OK", b'{"orderId": null}'), "unreadable", "orderId: missing"),
        (lambda connection: connection.shutdown(socket.SHUT_RDWR), "no_answer", "RemoteProtocolError"),
        (lambda connection: connection.sendall(b"SSH-2.0-x\r\n\r\n"), "no_answer", "RemoteProtocolError"),
    ],
)
def test_what_vtex_says_is_one_of_few_faults(answer: object, kind: str, words: str) -> None:
    with client_of(answer) as client, pytest.raises(ShopFault) as caught:  # type: ignore[arg-type]  # of a lambda
        Vtex(client, Settings(), ZONE).order("v1-01")
    assert caught.value.kind == kind
    assert words in str(caught.value)


@given(status=st.integers(300, 599), body=st.binary(max_size=80), wait=st.text(max_size=12))
def test_any_refusal_is_a_fault_of_the_closed_list_in_one_line(status: int, body: bytes, wait: str) -> None:
    with pytest.raises(ShopFault) as caught:
        body_of(put_tracking("v1-01", "12/3", {}), Reply(status, {"retry-after": wait}, body), NOON)
    assert caught.value.kind in ShopFault.KINDS
    assert caught.value.what.isprintable()


@pytest.mark.parametrize(
    "body",
    [
        b'{"error": {"code": "1", "message": "who is ana@example.com?"}}',
        b'{"message": "ana@example.com"}',
        b'{"errors": {"email": ["ana@example.com is taken"]}}',
        b'"ana@example.com"',
    ],
)
def test_addresses_in_an_error_are_not_repeated(body: bytes) -> None:
    assert "example.com" not in said(body).words
    assert "…" in said(body).words


def test_nobody_listening_is_no_answer_with_a_remedy() -> None:
    shop = open_vtex(settings_for("http://127.0.0.1:9"), lambda: NOON)
    with pytest.raises(ShopFault) as caught:
        shop.order("v1-01")
    assert caught.value.kind == "no_answer"
    assert "WISMO_VTEX_URL" in str(caught.value)


@pytest.mark.parametrize("token", ["a\nb", "segredo-é", "segredo-\u2019"])
def test_keys_that_no_header_can_carry_are_named_and_never_shown(token: str) -> None:
    with talking(says("200 OK", b'{"orderId": "v1-01"}')) as url, pytest.raises(ShopFault) as caught:
        open_client(settings_for(url, token=token), lambda: NOON).ask(get_order("v1-01"))
    assert caught.value.kind == "no_answer"
    assert "WISMO_VTEX_APP_TOKEN" in str(caught.value)
    assert token not in repr(caught.value) + str(caught.value)


# -- a bad far side ----------------------------------------------------------------------------------------------------


def drip_headers(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    drip_on(connection, b"X-A: b\r\n")


def drip_body(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    drip_on(connection, b" ")


def drip_on(connection: socket.socket, drop: bytes) -> None:
    for _ in range(200):
        connection.sendall(drop)
        threading.Event().wait(0.02)  # the far side's own slowness


@pytest.mark.parametrize("drip", [drip_headers, drip_body])
def test_a_far_side_that_drips_is_left_in_time(drip: object) -> None:
    started = monotonic()
    fault = fault_of(drip, whole_s=0.3)  # type: ignore[arg-type]  # of a parametrised function
    assert fault.kind == "no_answer"
    assert "no whole answer in time" in fault.what
    assert monotonic() - started < 3


def test_a_call_whose_time_is_over_is_not_begun() -> None:
    assert "no whole answer in time" in fault_of(says("200 OK", b"{}"), whole_s=0).what


def test_a_far_side_is_known_by_its_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority, stranger = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    answers = []
    for issuer in (authority, stranger):
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        issuer.issue_cert("127.0.0.1").configure_cert(tls)
        with talking(says("200 OK", b"{}"), tls) as url:
            client = open_client(settings_for(url), lambda: NOON)
            try:
                answers.append(client.ask(get_order("v1-01")))
            except ShopFault as fault:
                answers.append(fault.what.encode())
            client.close()
    assert answers[0] == b"{}"
    assert b"CERTIFICATE_VERIFY_FAILED" in answers[1]


def test_an_answer_that_is_too_large_is_not_read_to_its_end() -> None:
    bomb = gzip.compress(b" " * (LARGEST + 1))
    fault = fault_of(says("200 OK", bomb, "Content-Encoding: gzip"))
    assert (fault.kind, "larger than 5 MiB" in fault.what) == ("no_answer", True)


def test_a_connection_is_used_again_and_a_closed_one_is_replaced(far: PretendVtex, shop: Vtex) -> None:
    order_id = far.store.place()
    far.faults.cut_answers()
    with pytest.raises(ShopFault) as caught:
        shop.order(order_id)
    assert caught.value.kind == "unreadable"
    assert shop.order(order_id).order_id == order_id


def test_threads_share_one_client(far: PretendVtex, shop: Vtex) -> None:
    order_ids = [far.store.place() for _ in range(12)]
    read: list[str] = []
    threads = [threading.Thread(target=lambda one=one: read.append(shop.order(one).order_id)) for one in order_ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(read) == sorted(order_ids)


# -- invoices that VTEX cannot take ------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["24 382", "24/382", " 24382"])
def test_an_odd_invoice_is_tried_and_its_refusal_is_about_the_number(far: PretendVtex, shop: Vtex, number: str) -> None:
    order_id = far.store.place()
    far.store.invoice(order_id, Invoice(number, tracking_number="OM1BR"))
    with pytest.raises(ShopFault) as caught:
        shop.write_tracking(order_id, number, IN_TRANSIT)
    assert caught.value.kind == "bad_invoice"
    assert not caught.value.is_passing
    assert "Admin" in str(caught.value)
    assert len(far.calls.of(Route.TRACKING)) == 1


@pytest.mark.parametrize("number", ["24#382", "24 382", "24/382", " 24382 "])
def test_an_odd_invoice_that_this_account_takes_is_written_byte_for_byte(
    far: PretendVtex, shop: Vtex, number: str
) -> None:
    far.quirks.refused_signs = {}
    order_id = far.store.place()
    far.store.invoice(order_id, Invoice(number, tracking_number="OM1BR"))
    assert len(shop.write_tracking(order_id, number, IN_TRANSIT)) == 32


def test_an_invoice_that_is_not_there_is_told_from_an_order_that_is_not(far: PretendVtex, shop: Vtex) -> None:
    order_id = far.store.place()
    kinds = []
    for asked in (order_id, "v0-01"):
        with pytest.raises(ShopFault) as caught:
            shop.write_tracking(asked, "24382", IN_TRANSIT)
        kinds.append(caught.value.kind)
    assert kinds == ["no_invoice", "not_found"]


@pytest.mark.parametrize(("status", "kind"), [(500, "server_error"), (502, "unavailable"), (503, "unavailable")])
def test_an_outage_says_nothing_of_a_plain_invoice(far: PretendVtex, shop: Vtex, status: int, kind: str) -> None:
    far.faults.fail(status=status)
    with pytest.raises(ShopFault) as caught:
        shop.write_tracking("v1-01", "24382", IN_TRANSIT)
    assert caught.value.kind == kind


@pytest.mark.parametrize("number", ["24/382", "24 382"])
def test_a_gateway_that_fails_says_nothing_of_an_odd_invoice_either(far: PretendVtex, shop: Vtex, number: str) -> None:
    far.faults.fail(status=503)
    with pytest.raises(ShopFault) as caught:
        shop.write_tracking("v1-01", number, IN_TRANSIT)
    assert caught.value.kind == "unavailable"


# -- keys and roles ----------------------------------------------------------------------------------------------------


def test_a_revoked_key_is_told_from_a_missing_role_which_is_named(far: PretendVtex, opened: Opened) -> None:
    order_id = far.store.place()
    far.faults.missing_roles = {Route.TRACKING}
    with pytest.raises(ShopFault) as forbidden:
        opened().write_tracking(order_id, "1", IN_TRANSIT)
    assert (forbidden.value.kind, "Notify invoice" in str(forbidden.value)) == ("forbidden", True)
    with pytest.raises(ShopFault) as wrong:
        opened(token="another").order(order_id)
    assert wrong.value.kind == "unauthorized"


def test_a_missing_role_for_the_hook_is_not_taken_for_no_hook(far: PretendVtex, shop: Vtex) -> None:
    far.faults.missing_roles = {Route.HOOK, Route.FEED_CONFIG}
    for asked in (shop.hook, shop.feed):
        with pytest.raises(ShopFault) as caught:
            asked()
        assert (caught.value.kind, "Feed v3 and Hook Admin" in str(caught.value)) == ("forbidden", True)
