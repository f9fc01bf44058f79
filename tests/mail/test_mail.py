"""Every status has a mail in every language, and nothing from outside gets out of its place."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.mail import words
from relay.mail.outside import readable_on, safe_url
from relay.model import Kind, Status
from tests.mail.parcels import BRAND, LOCALES, PAGE, mail, parcel, rendered, scan

OTHER_PAGE = "https://shop.example/t/other"


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("kind", list(Kind))
def test_every_status_has_a_mail_in_every_language(status: Status, locale: str, kind: Kind) -> None:
    news = parcel(status, kind=kind)
    made = rendered(mail(locale, "Ana", news))
    sentence = words.sentence(news, locale)
    assert "1001" in made.subject
    assert sentence in made.text
    assert sentence.partition("'")[0] in made.html
    assert PAGE in made.text
    assert f'lang="{locale}"' in made.html
    assert len(made.html) < 60_000


def test_the_subject_does_not_call_all_delivered_where_one_parcel_is_not() -> None:
    view = mail("en", "Ana", parcel(), parcel(Status.DELIVERED), parcel(Status.DELIVERED))
    assert rendered(view).subject == "Delivered / On its way: Order 1001"


def test_orders_that_share_a_mail_have_each_a_link_to_their_page() -> None:
    view = mail("en", "Ana", parcel(), parcel(page_url=OTHER_PAGE), orders=("1001", "1002"))
    made = rendered(view)
    assert made.subject == "On its way: Orders 1001 and 1002"
    for page in (PAGE, OTHER_PAGE):
        assert made.text.count(page) == 1
        assert f'href="{page}"' in made.html


def test_parcels_of_one_page_share_a_button() -> None:
    made = rendered(mail("en", "Ana", parcel(), parcel(tracking_number="1Z8")))
    assert made.text.count(PAGE) == 1
    assert "Follow the parcels" in made.html
    assert "Follow the parcels" not in rendered(mail()).html


def test_the_shops_own_label_names_the_order_in_subject_text_and_html() -> None:
    made = rendered(mail("en"), replace(BRAND, order_label="Pedido nº"))
    assert made.subject == "On its way: Pedido nº 1001"
    assert "Pedido nº 1001" in made.text
    assert "Pedido nº 1001" in made.html
    assert "Order" not in made.text


def test_the_shops_name_or_logo_leads_to_the_shop() -> None:
    named = rendered(mail(), replace(BRAND, shop_url="https://loja.example/?a=1&b=2"))
    assert 'href="https://loja.example/?a=1&amp;b=2"' in named.html
    assert "https://loja.example/?a=1&b=2" in named.text
    logo = rendered(mail(), replace(BRAND, shop_url="https://loja.example/", logo_url="https://loja.example/l.png"))
    assert 'href="https://loja.example/"' in logo.html
    assert 'alt="Loja Azul"' in logo.html


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", 'https://x.example/"onload=', "//x", ""])
def test_an_address_that_is_not_safe_leads_nowhere(url: str) -> None:
    assert safe_url(url) == ""
    made = rendered(mail(), replace(BRAND, shop_url=url, logo_url=url, support_url=url))
    assert not url or url not in made.html + made.text


def test_a_customer_with_questions_finds_every_way_to_ask() -> None:
    made = rendered(mail(), replace(BRAND, support_url="https://loja.example/ajuda"))
    assert 'href="mailto:ajuda@example.com"' in made.html
    assert 'href="https://loja.example/ajuda"' in made.html
    assert "Questions? ajuda@example.com · https://loja.example/ajuda" in made.text


def test_a_mail_without_support_leads_to_the_shop() -> None:
    made = rendered(mail(), replace(BRAND, support_email="", shop_url="https://loja.example/"))
    assert "Visit the shop" in made.html


def test_the_newest_scan_is_told() -> None:
    view = mail("pt-BR", "Ana", parcel(events=[scan(Status.IN_TRANSIT, place="São Paulo"), scan(Status.IN_TRANSIT, 1)]))
    made = rendered(view)
    assert "Última movimentação: 2 de mar. de 2026, 10:00 · Campinas" in made.text
    assert "<bdi>Campinas</bdi>" in made.html


@given(st.text(max_size=80), st.text(max_size=80))
def test_hostile_text_stays_text(name: str, order: str) -> None:
    hostile = f"<script>{{{{7*7}}}}</mj-text>{name}"
    news = parcel(carrier_label=hostile, tracking_number=hostile, events=[scan(Status.IN_TRANSIT, place=hostile)])
    made = rendered(mail("en", hostile, news, orders=(f"1{order}\r\nBcc: x@example.com",)))
    assert "<script>" not in made.html
    assert "</mj-text>" not in made.html
    assert all(character.isprintable() for character in made.subject)


@pytest.mark.parametrize(("color", "text"), [("#000000", "#ffffff"), ("#ffffff", "#000000"), ("#ffe600", "#000000")])
def test_text_on_the_brands_colour_can_be_read(color: str, text: str) -> None:
    assert readable_on(color) == text
