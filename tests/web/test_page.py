"""A customer's link shows the truth of one order; every other link ends on words and on a way to ask."""

import re
from collections.abc import Sequence
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from relay.errors import Unavailable
from relay.mail import words
from relay.model import Brand, Kind, ParcelView, Status
from relay.web.page import LANGUAGES, PageView, page_blueprint
from tests.conftest import NOON
from tests.mail.parcels import BRAND, LOCALES, ZONE, parcel, scan
from tests.mail.test_catalogues import used_texts
from tests.web.conftest import OpenShop

TOKEN = "AAAAAAAAAAAAAAAAAAAAAA"
HOSTILE = '"><script>alert(1)</script>\u202eabc\x00'


def client_of(look_up: object, brand: Brand = BRAND) -> FlaskClient:
    app = Flask(__name__)
    app.register_blueprint(
        page_blueprint(look_up, brand, timezone=ZONE, now=lambda: NOON, default_locale="pt-BR")  # type: ignore[arg-type]  # a test's own
    )
    return app.test_client()


def page(locale: str, *parcels: ParcelView, brand: Brand = BRAND, order: str = "1001") -> str:
    return client_of(lambda _: PageView(order, parcels, locale), brand).get(f"/t/{TOKEN}").text


# -- on both engines ---------------------------------------------------------------------------------------------------


def test_a_customers_link_shows_the_order(open_shop: OpenShop) -> None:
    shown = open_shop().page()
    assert shown.status_code == 200
    assert "Pedido 1001" in shown.text
    assert "O pacote ainda não está com a transportadora." in shown.text
    assert "Previsão de entrega: até quinta-feira, 5 de março de 2026." in shown.text
    assert '<html lang="pt-BR">' in shown.text


@pytest.mark.parametrize(
    "token",
    [
        "%00",
        "AAAAAAAAAAAAAAAAAAAA%00",
        "AAAAAAAAAAAAAAAAAAAA%0A",
        "A" * 65,
        "A" * 5000,
        "short",
        "ação-ação-ação-ação",
        "%FF%FE%FF%FE%FF%FE%FF%FE%FF",
        "%ED%A0%80" * 6,
        "' OR 1=1; DROP TABLE orders --",
        "%25s%25(x)s:token::text",
        "a/b/c/d/e/f/g/h/i/j/k",
        "../../../../etc/passwd",
        "",
        "AAAAAAAAAAAAAAAAAAAAAA",
    ],
)
def test_nonsense_is_a_page_that_does_not_exist(open_shop: OpenShop, token: str) -> None:
    shop = open_shop()
    shown = shop.client.get(f"/t/{token}", headers={"Accept-Language": "es"}, follow_redirects=True)
    assert (shown.status_code, shown.mimetype) == (404, "text/html")
    assert "Esta página no existe." in shown.text
    assert shop.page().status_code == 200


def test_the_brands_own_words_and_address_are_used(open_shop: OpenShop) -> None:
    shop = open_shop(order_label="Compra nº", shop_url="https://loja.example/", shop_name="Loja Azul")
    shown = shop.page().text
    assert "<title>Compra nº 1001 · Loja Azul</title>" in shown
    assert '<a href="https://loja.example/">Loja Azul</a>' in shown
    assert "Pedido 1001" not in shown


# -- which tokens are looked up ----------------------------------------------------------------------------------------


def test_only_what_may_be_a_token_is_looked_up() -> None:
    asked: list[str] = []
    client = client_of(asked.append)
    for token in ("A" * 15, "A" * 65, "A" * 20 + "%0A", "A" * 20 + ".", "ª" * 20, "A" * 20 + "/"):
        client.get(f"/t/{token}")
    assert asked == []
    for token in ("A" * 16, "z_-9" * 16):
        client.get(f"/t/{token}")
    assert asked == ["A" * 16, "z_-9" * 16]


# -- what is shown -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("kind", list(Kind))
def test_every_status_has_a_page_in_one_language(status: Status, locale: str, kind: Kind) -> None:
    events = [scan(status, zone_assumed=True)]
    more = {"kind": kind, "events": events, "checked_at": NOON, "delivered_at": NOON, "promised_at": NOON.date()}
    shown = page(locale, parcel(status, **more), parcel(status))
    assert f'<html lang="{locale}">' in shown
    assert "%(" not in shown
    foreign = foreign_texts(locale)
    visible = [line.strip(" *·") for line in re.split(r"<[^>]*>|\n", shown)]
    assert [line for line in visible if line in foreign] == []


def foreign_texts(locale: str) -> set[str]:
    """English that must not be on a page in another language."""
    return set() if locale == "en" else {text for text in used_texts() if "%(" not in text}


def test_the_newest_scan_stands_first_with_place_time_and_the_carriers_words() -> None:
    older = scan(Status.IN_TRANSIT, place="Recife")
    newer = scan(Status.OUT_FOR_DELIVERY, 2, place="Olinda", description="Na rota")
    shown = page("pt-BR", parcel(Status.OUT_FOR_DELIVERY, events=[older, newer]))
    assert shown.index("Olinda") < shown.index("Recife")
    assert "2 de mar. de 2026, 11:00 · <bdi>Na rota</bdi>" in shown


def test_an_assumed_zone_is_marked_and_explained_once() -> None:
    assumed = scan(Status.IN_TRANSIT, local_time="2026-03-02T09:00:00", zone_assumed=True)
    shown = page("en", parcel(events=[assumed, assumed]))
    assert shown.count("AM*") == 2
    assert shown.count("the time zone is not known") == 1
    assert "time zone" not in page("en", parcel(events=[scan(Status.IN_TRANSIT)]))


def test_each_of_several_parcels_is_counted() -> None:
    shown = page("es", parcel(), parcel())
    assert "Paquete 1 de 2" in shown
    assert "Paquete 2 de 2" in shown
    assert "Paquete 1" not in page("es", parcel())


def test_an_order_without_a_parcel_has_a_page() -> None:
    assert "The parcel is not with the carrier yet." in page("en")


def test_outside_text_stays_text_on_one_line() -> None:
    events = [scan(Status.UNKNOWN, place=HOSTILE, description=HOSTILE)]
    hostile = parcel(carrier_label=HOSTILE, tracking_number=HOSTILE, events=events)
    shown = page("en", hostile, order=HOSTILE)
    assert "<script" not in shown
    assert "\u202e" not in shown
    assert "\x00" not in shown


# -- languages, ways on, and what goes wrong ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "order_locale", "served"),
    [("", "es", "es"), ("?lang=en", "es", "en"), ("?lang=xx", "es", "es"), ("", "de-AT", "en"), ("", "pt", "pt-BR")],
)
def test_the_language_is_the_one_asked_for_else_the_orders(query: str, order_locale: str, served: str) -> None:
    shown = client_of(lambda _: PageView("1", [parcel()], order_locale)).get(f"/t/{TOKEN}{query}").text
    assert f'<html lang="{served}">' in shown
    assert shown.count('aria-current="true"') == 1


@pytest.mark.parametrize(
    ("brand", "links"),
    [
        (Brand("L", support_email="a@b.example"), ["mailto:a@b.example"]),
        (
            Brand("L", support_email="a@b.example", support_url="https://h.example"),
            ["mailto:a@b.example", "https://h.example"],
        ),
        (Brand("L", shop_url="https://s.example"), ["https://s.example"]),
        (Brand("L", shop_url="javascript:alert(1)", support_url="data:x", logo_url="ftp://x"), []),
        (Brand("L"), []),
    ],
)
def test_whoever_has_a_question_finds_every_safe_way_to_ask(brand: Brand, links: Sequence[str]) -> None:
    for shown in (page("en", brand=brand), client_of(lambda _: None, brand).get("/t/x").text):
        footer = shown.partition("<footer>")[2].partition("<nav")[0]
        assert re.findall(r'href="([^"]*)"', footer) == links
        assert "javascript:" not in shown
        assert "<img" not in shown


def test_the_logo_has_the_shops_name_and_leads_to_the_shop() -> None:
    shown = page("en", brand=Brand("Loja Azul", shop_url="https://s.example/", logo_url="https://s.example/l.png"))
    assert '<a href="https://s.example/"><img src="https://s.example/l.png" alt="Loja Azul"' in shown


def test_a_page_that_cannot_be_read_now_says_so_in_the_readers_language() -> None:
    def busy(_token: str) -> None:
        raise Unavailable("the database is too busy", retry_after_s=7)

    shown = client_of(busy).get(f"/t/{TOKEN}", headers={"Accept-Language": "es-AR,es;q=0.8"})
    assert (shown.status_code, shown.mimetype, shown.headers["Retry-After"]) == (503, "text/html", "7")
    assert "Inténtalo de nuevo en unos minutos." in shown.text


def test_a_crash_shows_a_customer_no_machinery() -> None:
    def broken(_token: str) -> None:
        raise ZeroDivisionError

    shown = client_of(broken).get(f"/t/{TOKEN}")
    assert (shown.status_code, shown.mimetype) == (500, "text/html")
    assert "ZeroDivisionError" not in shown.text


@pytest.mark.parametrize("path", [f"/t/{TOKEN}", "/t/x", "/t/"])
def test_a_page_is_private_and_runs_nothing(path: str) -> None:
    shown = client_of(lambda _: PageView("1001", [parcel()], "en")).get(path)
    policy = shown.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'")
    assert "script" not in policy + shown.text
    assert shown.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert shown.headers["Referrer-Policy"] == "no-referrer"
    assert shown.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(("path", "style"), [("/t/x", "style.css"), ("/t/", "style.css"), ("/t/a/b", "../style.css")])
def test_every_page_finds_its_style(path: str, style: str) -> None:
    client = client_of(lambda _: None, Brand("L", color="#ffe600"))
    assert f'<link rel="stylesheet" href="{style}">' in client.get(path).text
    served = client.get("/t/style.css")
    assert served.mimetype == "text/css"
    assert "background: #ffe600; color: #000000" in served.text


def test_every_language_offered_is_one_that_we_speak() -> None:
    assert list(LANGUAGES) == LOCALES
    assert [words.language(code) for code in LANGUAGES] == LOCALES


def test_a_late_parcel_is_called_late_on_the_page() -> None:
    yesterday = (NOON - timedelta(days=1)).date().isoformat()
    assert "está atrasada" in page("pt-BR", parcel(estimated_at=yesterday))
