"""What there is to send in these tests."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from relay.channels.email import Email
from relay.mail import RenderedMail
from relay.model import Kind, MailView, ParcelView, Status
from relay.settings import load_settings

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MESSAGE_ID = "0123456789abcdef0123456789abcdef"
CUSTOMER = "maria.silva@cliente.example"

PARCEL = ParcelView(
    status=Status.OUT_FOR_DELIVERY,
    carrier="acme",
    carrier_label="ACME",
    tracking_number="AC1",
    kind=Kind.OUTBOUND,
    page_url="https://track.shop.example/t/abc",
    changed_at=NOON,
)
VIEW = MailView(
    to=CUSTOMER,
    customer_name="Maria",
    locale="pt-BR",
    order_ids=("1001",),
    thread="default-1001",
    message_ids=(MESSAGE_ID,),
    parcels=(PARCEL,),
)


WORDS = RenderedMail("Seu pedido 1001 saiu para entrega", "Olá, Maria.\nChega hoje.", "<p>Olá, Maria.</p>")


@dataclass
class Clock:
    """Stands still until it is moved."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now


@contextmanager
def channel(
    mail_url: str,
    *,
    words: RenderedMail = WORDS,
    now: Callable[[], datetime] | None = None,
    timeout_s: float = 5,
    **given: str,
) -> Iterator[Email]:
    """An e-mail channel as the settings make it."""
    named = {f"WISMO_{name.upper()}": text for name, text in given.items()}
    environ = {"WISMO_MAIL_URL": mail_url, "WISMO_MAIL_FROM": "Loja São João <pedidos@loja.example>"} | named
    email = Email(load_settings(environ, env_file=None), lambda _: words, now or Clock(), timeout_s)
    try:
        yield email
    finally:
        email.close()


def to(address: str) -> MailView:
    return replace(VIEW, to=address)
