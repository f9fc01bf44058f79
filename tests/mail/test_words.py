"""What a customer reads of a parcel is true, dated as people write it, and in one language."""

from datetime import UTC, date, datetime

import pytest

from relay.mail import words
from relay.model import Kind, Status
from tests.conftest import NOON
from tests.mail.parcels import LOCALES, ZONE, parcel, scan


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("pt-BR", "Previsão de entrega: até quinta-feira, 5 de março de 2026."),
        ("es", "Entrega prevista: a más tardar el jueves, 5 de marzo de 2026."),
        ("en", "Expected by Thursday, March 5, 2026."),
    ],
)
def test_a_date_reads_as_people_write_it(locale: str, text: str) -> None:
    assert words.expected(parcel(estimated_at="2026-03-05"), locale, ZONE, NOON) == text


@pytest.mark.parametrize(
    ("locale", "text"),
    [("pt-BR", "2 de mar. de 2026, 09:00"), ("es", "2 mar 2026, 9:00"), ("en", "Mar 2, 2026, 9:00\u202fAM")],
)
def test_a_moment_is_on_the_shops_clock_and_without_seconds(locale: str, text: str) -> None:
    assert words.moment(NOON, locale, ZONE) == text


def test_what_is_late_is_called_late_and_what_is_delivered_is_not() -> None:
    assert "late" in words.expected(parcel(estimated_at="2026-03-01"), "en", ZONE, NOON)
    assert words.expected(parcel(Status.DELIVERED, estimated_at="2026-03-01"), "en", ZONE, NOON) == ""


def test_a_day_is_not_late_before_it_is_over_where_the_shop_is() -> None:
    still_the_second = datetime(2026, 3, 3, 2, tzinfo=UTC)
    assert "late" not in words.expected(parcel(estimated_at="2026-03-02"), "en", ZONE, still_the_second)


def test_a_parcel_at_the_pickup_point_is_not_called_late() -> None:
    waiting = parcel(Status.AVAILABLE_FOR_PICKUP, estimated_at="2026-03-01")
    assert words.expected(waiting, "en", ZONE, NOON) == ""


@pytest.mark.parametrize(
    ("estimated_at", "day"),
    [
        ("2026-03-06", "March 6"),
        ("2026-03-06T23:00:00-03:00", "March 6"),
        ("2026-03-06T23:00:00+00:00", "March 6"),
        ("2026-03-06T02:00:00Z", "March 5"),
        ("2026-03-06T00:00:00Z", "March 6"),
        ("soon", ""),
    ],
)
def test_an_estimate_is_the_day_at_the_door(estimated_at: str, day: str) -> None:
    text = words.expected(parcel(estimated_at=estimated_at), "en", ZONE, NOON)
    assert (day in text) if day else not text


def test_the_shops_promise_is_not_about_a_return() -> None:
    promised = date(2026, 2, 20)
    assert "late" in words.expected(parcel(promised_at=promised), "en", ZONE, NOON)
    assert words.expected(parcel(promised_at=promised, kind=Kind.RETURN), "en", ZONE, NOON) == ""


def test_a_scan_is_on_the_clock_of_its_place() -> None:
    assert words.event_moment(scan(Status.IN_TRANSIT, local_time="2026-03-02T07:30:00"), "pt-BR", ZONE).endswith(
        "07:30"
    )
    assert words.event_moment(scan(Status.IN_TRANSIT), "pt-BR", ZONE).endswith("09:00")


def test_a_scan_of_a_day_alone_has_no_hour() -> None:
    assert words.event_moment(scan(Status.IN_TRANSIT, local_time="2026-03-02"), "en", ZONE) == "Mar 2, 2026"


def test_the_delivery_has_the_same_clock_in_the_sentence_and_in_the_history() -> None:
    event = scan(Status.DELIVERED, local_time="2026-03-02", zone_assumed=True)
    arrived = parcel(Status.DELIVERED, delivered_at=event.occurred_at, events=[event])
    assert words.delivered(arrived, "en", ZONE) == "Delivered on Mar 2, 2026."
    told_by_a_summary = parcel(Status.DELIVERED, delivered_at=NOON)
    assert words.delivered(told_by_a_summary, "es", ZONE) == "Entregado el 2 mar 2026, 9:00."


def test_a_delivery_that_is_not_believed_yet_is_explained() -> None:
    events = [scan(Status.IN_TRANSIT), scan(Status.DELIVERED, 1)]
    assert "being checked" in words.doubt(parcel(events=events), "en")
    assert words.doubt(parcel(Status.DELIVERED, events=events), "en") == ""
    assert words.doubt(parcel(events=[*events, scan(Status.OUT_FOR_DELIVERY, 2)]), "en") == ""


@pytest.mark.parametrize("status", [status for status in Status if status in words.RETURN_SENTENCES])
def test_a_return_is_never_told_as_if_it_came_to_the_customer(status: Status) -> None:
    assert "return" in words.sentence(parcel(status, kind=Kind.RETURN), "en")
    assert words.headline(parcel(status, kind=Kind.RETURN), "pt-BR").endswith("(devolução)")


@pytest.mark.parametrize(
    ("orders", "label", "locale", "name"),
    [
        (["1001"], "", "en", "Order 1001"),
        (["1001", "1002"], "", "pt-BR", "Pedidos 1001 e 1002"),
        (["1", "2", "3"], "", "es", "Pedidos 1, 2 y 3"),
        (["1001"], "Pedido nº", "en", "Pedido nº 1001"),
        (["1001"], "Pedido #", "en", "Pedido #1001"),
        (["1001", "1002"], "Compra", "pt-BR", "Compra 1001 e Compra 1002"),
    ],
)
def test_an_order_is_called_what_the_shop_calls_it(orders: list[str], label: str, locale: str, name: str) -> None:
    assert words.order_name(orders, label, locale) == name


@pytest.mark.parametrize("locale", LOCALES)
def test_a_parcel_that_nobody_heard_of_says_so(locale: str) -> None:
    assert words.checked(parcel(), locale, ZONE)
    assert "2026" in words.checked(parcel(checked_at=NOON), locale, ZONE)


@pytest.mark.parametrize(("asked", "served"), [("pt", "pt-BR"), ("pt-PT", "pt-BR"), ("es-AR", "es"), ("de", "en")])
def test_a_locale_falls_back_to_its_language(asked: str, served: str) -> None:
    assert words.language(asked) == served
