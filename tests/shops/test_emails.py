"""Where a customer's mail goes: the alias always works, and the address behind it is a matter of the setting."""

import pytest
from structlog.testing import capture_logs

from relay.errors import ShopFault
from relay.sandbox.vtex import FOREVER, Fault, Mask, PretendVtex, Purchase, Route
from relay.shops import ShopOrder
from relay.shops.vtex import Vtex, emails
from tests.shops.conftest import Opened

CUSTOMER = "customer@example.com"
HARD = "ff2e6348a53a4d449af92be2a1011328@ct.vtex.com.br"


@pytest.mark.parametrize(
    ("email", "shown", "is_masked"),
    [
        (HARD, None, True),
        ("ff2e6348@ct.name.com.br", None, True),
        ("joe@mail.com-207700027841b.ct.vtex.com.br", "joe@mail.com", True),
        ("joe@mail.com-207700027841.ct.name.com.br", "joe@mail.com", True),
        ("joe@my-mail.com-2b.ct.vtex.com.br", "joe@my-mail.com", True),
        ("joe@mail.com", "joe@mail.com", False),
        ("joe@ct-mail.com", "joe@ct-mail.com", False),
        ("joe@direct.com", "joe@direct.com", False),
        ("no address", None, False),
    ],
)
def test_the_three_forms_are_told_apart(email: str, shown: str | None, is_masked: bool) -> None:
    assert (emails.plain(email), emails.is_masked(email)) == (shown, is_masked)


@pytest.mark.parametrize(
    ("source", "mask", "finds"),
    [
        ("alias", Mask.HARD, False),
        ("alias", Mask.SOFT, False),
        ("alias", Mask.NONE, True),
        ("soft_unmask", Mask.HARD, False),
        ("soft_unmask", Mask.SOFT, True),
        ("soft_unmask", Mask.NONE, True),
        ("conversation", Mask.HARD, True),
        ("conversation", Mask.SOFT, True),
        ("masterdata", Mask.HARD, True),
        ("masterdata", Mask.SOFT, True),
        ("masterdata", Mask.NONE, True),
    ],
)
def test_each_source_finds_what_it_can(far: PretendVtex, opened: Opened, source: str, mask: Mask, finds: bool) -> None:
    order, shop = placed(far, opened, source, mask)
    assert shop.email_of(order) == (CUSTOMER if finds else order.email)
    if mask is Mask.NONE:
        assert {call.route for call in far.calls.made} == {Route.ORDER}


def placed(far: PretendVtex, opened: Opened, source: str, mask: Mask = Mask.HARD) -> tuple[ShopOrder, Vtex]:
    shop = opened(vtex_email_source=source)
    return shop.order(far.store.place(Purchase(email=CUSTOMER, mask=mask))), shop


@pytest.mark.parametrize(("source", "route"), [("conversation", Route.CONVERSATION), ("masterdata", Route.MASTER_DATA)])
@pytest.mark.parametrize(
    "fault",
    [
        Fault(404),
        Fault(429),
        Fault(500),
        Fault(200, body="[]"),
        Fault(200, body="{}"),
        Fault(200, body=""),
        Fault(200, body="<html>"),
        Fault(200, body='[null, 7, {"to": [null, {"role": 7}], "email": 7}]'),
        Fault(200, body='[{"email": "a@example.com"}, {"email": "b@example.com"}]'),
        Fault(200, body=f'[{{"email": "{HARD}"}}]'),
    ],
)
def test_a_missing_answer_leaves_the_alias_and_says_why_without_an_address(
    far: PretendVtex, opened: Opened, source: str, route: Route, fault: Fault
) -> None:
    order, shop = placed(far, opened, source)
    far.faults.plan(fault, FOREVER, route)
    address = shop.address_of(order)
    assert (address.email, bool(address.fault)) == (order.email, True)
    assert "@" not in address.fault


def test_a_missing_role_is_logged_by_name(far: PretendVtex, opened: Opened) -> None:
    order, shop = placed(far, opened, "conversation")
    far.faults.missing_roles = {Route.CONVERSATION}
    with capture_logs() as lines:
        assert shop.email_of(order) == order.email
    assert "Orders Full Access" in lines[0]["reason"]
    assert "@" not in str(lines)


def test_a_conversation_with_somebody_else_is_not_the_customers() -> None:
    message = b'[{"to": [{"email": "staff@example.com", "emailAlias": "%s", "role": "Seller"}, %s]}]'
    other = b'{"email": "other@example.com", "emailAlias": "x@ct.vtex.com.br", "role": "Customer"}'
    assert emails.from_conversation(HARD, message % (HARD.encode(), other)).email == HARD


def test_an_order_without_profile_or_address_asks_nobody(far: PretendVtex, opened: Opened) -> None:
    shop = opened(vtex_email_source="masterdata")
    assert shop.address_of(ShopOrder("v1-01", email=HARD)).fault == "the order names no profile"
    assert shop.email_of(ShopOrder("v1-01")) is None
    assert not far.calls.made


def test_what_cannot_be_read_is_a_fault_of_the_reader_alone() -> None:
    with pytest.raises(ShopFault) as caught:
        emails.from_profiles(HARD, b'{"email": "a@example.com"}')
    assert caught.value.kind == "unreadable"
