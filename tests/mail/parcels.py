"""What there is to tell in these tests."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from relay.mail import RenderedMail, render
from relay.model import Brand, EventView, Kind, MailView, ParcelView, Status
from tests.conftest import NOON

ZONE = "America/Sao_Paulo"
LOCALES = ["pt-BR", "es", "en"]
BRAND = Brand("Loja Azul", color="#1f5eff", support_email="ajuda@example.com")
PAGE = "https://shop.example/t/abc"


def parcel(status: Status = Status.IN_TRANSIT, **more: object) -> ParcelView:
    given: dict[str, object] = {
        "carrier": "ups",
        "carrier_label": "UPS",
        "tracking_number": "1Z9",
        "kind": Kind.OUTBOUND,
        "page_url": PAGE,
    }
    return ParcelView(status=status, **(given | more))  # type: ignore[arg-type]  # a dict of its own fields


def scan(
    status: Status, hours: float = 0, local_time: str | None = None, place: str = "Campinas", **more: object
) -> EventView:
    given: dict[str, object] = {"zone_assumed": False, "code": "X", "description": "", "source": "ups", "via": "push"}
    at = NOON + timedelta(hours=hours)
    return EventView(occurred_at=at, local_time=local_time, status=status, place=place, **(given | more))  # type: ignore[arg-type]  # a dict of its own fields


def mail(locale: str = "en", name: str = "Ana", *parcels: ParcelView, orders: Sequence[str] = ("1001",)) -> MailView:
    return MailView("ana@example.com", name, locale, tuple(orders), "default-1001", ("m1",), parcels or (parcel(),))


def rendered(view: MailView, brand: Brand = BRAND, now: datetime = NOON) -> RenderedMail:
    return render(view, brand, timezone=ZONE, now=now)
