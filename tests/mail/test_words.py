"""Every word is there in every language, and nothing from outside gets out of its place."""

from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from relay.mail import readable_on, render, words
from relay.model import Brand, Kind, MailView, ParcelView, Status
from tests.conftest import NOON

LOCALES = ["pt-BR", "es", "en"]
BRAND = Brand("Loja Azul", color="#1f5eff", support_email="ajuda@example.com")
ROOT = Path(__file__).parents[2]


def parcel(status: Status = Status.IN_TRANSIT, **more: object) -> ParcelView:
    given_: dict[str, object] = {
        "carrier": "ups",
        "carrier_label": "UPS",
        "tracking_number": "1Z9",
        "kind": Kind.OUTBOUND,
    }
    return ParcelView(status=status, page_url="https://shop.example/t/abc", **(given_ | more))  # type: ignore[arg-type]  # a dict of its own fields


def mail(locale: str = "en", name: str = "Ana", *parcels: ParcelView, order: str = "1001") -> MailView:
    return MailView("ana@example.com", name, locale, (order,), "default-1001", ("m1",), parcels or (parcel(),))


def used_texts() -> set[str]:
    """Every text that code and templates mark for the catalogues."""
    found: set[str] = set()
    for folder, pattern, method in (("mail", "*.py", "python"), ("web", "*.py", "python")):
        for file in (ROOT / "relay" / folder).glob(pattern):
            with file.open("rb") as handle:
                found |= {str(message) for _, message, *_ in extract(method, handle, keywords={"_": None})}
    for template in [*(ROOT / "relay").glob("*/templates/*")]:
        with template.open("rb") as handle:
            found |= {
                str(message)
                for _, message, *_ in extract("jinja2.ext:babel_extract", handle, keywords={"_": None}, options={})
            }
    return found


@pytest.mark.parametrize("catalogue", ["pt_BR", "es"])
def test_every_text_is_translated(catalogue: str) -> None:
    with (files("relay.mail") / "locale" / catalogue / "LC_MESSAGES" / "wismo.po").open("rb") as handle:
        translated = {message.id for message in read_po(handle) if message.string and not message.fuzzy}
    missing = used_texts() - translated
    assert len(used_texts()) > 40
    assert not missing


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("status", list(Status))
def test_every_status_has_a_mail_in_every_language(status: Status, locale: str) -> None:
    made = render(mail(locale, "Ana", parcel(status)), BRAND, timezone="America/Sao_Paulo", now=NOON)
    sentence = words.sentence(parcel(status), locale)
    assert "1001" in made.subject
    assert sentence in made.text
    assert sentence.partition("'")[0] in made.html
    assert "https://shop.example/t/abc" in made.text
    assert len(made.html) < 60_000


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("pt-BR", "Previsão de entrega: até quinta-feira, 5 de março de 2026."),
        ("es", "Entrega prevista: hasta el jueves, 5 de marzo de 2026."),
        ("en", "Expected by Thursday, March 5, 2026."),
    ],
)
def test_a_date_reads_as_people_write_it(locale: str, text: str) -> None:
    assert words.expected(parcel(estimated_at="2026-03-05"), locale, date(2026, 3, 2)) == text


def test_what_is_late_is_called_late_and_what_is_delivered_is_not() -> None:
    late = words.expected(parcel(estimated_at="2026-03-01"), "en", date(2026, 3, 2))
    assert "late" in late
    assert words.expected(parcel(Status.DELIVERED, estimated_at="2026-03-01"), "en", date(2026, 3, 2)) == ""


@pytest.mark.parametrize(("asked", "served"), [("pt", "pt_BR"), ("pt-PT", "pt_BR"), ("es-AR", "es"), ("de", "en")])
def test_a_locale_falls_back_to_its_language(asked: str, served: str) -> None:
    assert words.catalogue_of(asked) == served


@given(st.text(max_size=80), st.text(max_size=80))
def test_hostile_text_stays_text(name: str, order: str) -> None:
    hostile = f"<script>{{{{7*7}}}}</mj-text>{name}"
    made = render(mail("en", hostile, order=f"1{order}\r\nBcc: x@example.com"), BRAND, timezone="UTC", now=NOON)
    assert "<script>" not in made.html
    assert "</mj-text>" not in made.html
    assert all(character.isprintable() for character in made.subject)


@pytest.mark.parametrize(("color", "text"), [("#000000", "#ffffff"), ("#ffffff", "#000000"), ("#ffe600", "#000000")])
def test_text_on_the_brands_colour_can_be_read(color: str, text: str) -> None:
    assert readable_on(color) == text
