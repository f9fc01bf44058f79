"""Every setting. A field's name is its setting's name: ``port`` is ``WISMO_PORT``; its example is its remedy."""
# ruff: noqa: ARG003 - the signature of ``settings_customise_sources`` is the library's

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from relay.model import Brand, Status
from relay.settings import readers
from relay.settings.values import Mailbox, MailUrl

#: What a customer may be told. The other statuses are no news: ``pending`` is silence, ``expired`` the carrier's.
TELLABLE = (
    Status.INFO_RECEIVED,
    Status.IN_TRANSIT,
    Status.OUT_FOR_DELIVERY,
    Status.ATTEMPTED,
    Status.AVAILABLE_FOR_PICKUP,
    Status.DELIVERED,
    Status.EXCEPTION,
    Status.RETURNING,
    Status.RETURNED,
)
TOLD_BY_DEFAULT = (
    Status.IN_TRANSIT,
    Status.OUT_FOR_DELIVERY,
    Status.ATTEMPTED,
    Status.AVAILABLE_FOR_PICKUP,
    Status.DELIVERED,
)


@dataclass(frozen=True, slots=True)
class Example:
    """A text that would be right."""

    text: str


def reads(read: Callable[..., object], *limits: object) -> BeforeValidator:
    """``read(*limits, text)`` makes the value; what is no text is one already."""
    of_text = partial(read, *limits)
    return BeforeValidator(lambda given: of_text(given) if isinstance(given, str) else given)


def one_of(choices: object) -> BeforeValidator:
    return reads(readers.one_of, get_args(choices))


def _as_is(text: str) -> str:
    return text


def _own_url(settings: dict[str, Any]) -> str:
    """Where a browser on this machine finds us: at one address, also where we listen on all of them."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings["host"], settings["host"])  # noqa: S104 - never bound
    return f"http://{f'[{host}]' if ':' in host else host}:{settings['port']}"


Text = Annotated[str, Example("My Shop")]
Account = Annotated[str, Example("myshop")]
SlackId = Annotated[str, Example("C0123456789")]
Names = Annotated[tuple[str, ...], reads(readers.listed, _as_is), Example("first,second")]
Secret = Annotated[SecretStr, Example("the-secret-as-given-to-you")]
Port = Annotated[int, reads(readers.port), Example("8080")]
Host = Annotated[str, reads(readers.host), Example("127.0.0.1")]
Networks = Annotated[
    tuple[IPv4Network | IPv6Network, ...], reads(readers.listed, readers.network), Example("10.0.0.0/8")
]
HttpUrl = Annotated[str, reads(readers.http_url), Example("https://www.shop.example/page")]
BaseUrl = Annotated[str, reads(readers.base_url), Example("https://track.shop.example")]
#: Whoever knows a heartbeat's address can silence the alarm it feeds.
SecretUrl = Annotated[str, reads(readers.http_url), Field(repr=False), Example("https://monitor.example/ping/id")]
DatabaseUrl = Annotated[str, reads(readers.database_url), Field(repr=False), Example("sqlite:wismo.db")]
MailWay = Annotated[MailUrl, reads(readers.mail_url), Example("smtp://user:password@mail.shop.example:587")]
Sender = Annotated[Mailbox, reads(readers.mailbox), Example("My Shop <orders@shop.example>")]
Email = Annotated[str, reads(readers.own_address), Example("help@shop.example")]
Emails = Annotated[tuple[str, ...], reads(readers.listed, readers.own_address), Example("ops@shop.example")]
Recipients = Annotated[frozenset[str], reads(readers.listed, readers.mail_target), Example("me@gmail.com,shop.example")]
Zone = Annotated[str, reads(readers.timezone), Example("America/Sao_Paulo")]
Color = Annotated[str, reads(readers.color), Example("#1f5eff")]
YesNo = Annotated[bool | None, reads(readers.yes_or_no), Example("yes")]
Days = Annotated[int, reads(readers.whole, 1, 3650), Example("90")]
Count = Annotated[int, reads(readers.whole, 1, 1000), Example("7")]
Minutes = Annotated[int, reads(readers.whole, 0, 1440), Example("10")]
Folder = Annotated[Path | None, reads(readers.folder_or_off), Example("backups")]
Brake = Annotated[int | Literal["auto", "off"], reads(readers.brake), Example("auto")]
Statuses = Annotated[
    tuple[Status, ...],
    reads(readers.listed, partial(readers.one_of, TELLABLE)),
    Example("in_transit,delivered"),
]
Locale = Literal["pt-BR", "es", "en"]
CustomerMail = Literal["wismo", "shop", "none"]
VtexWrite = Literal["off", "status", "if-empty", "always"]
EventsMode = Literal["full", "delta"]
EmailSource = Literal["alias", "soft_unmask", "conversation", "masterdata"]


class Settings(BaseSettings):
    """Made by :func:`relay.settings.load_settings`; in a test, ``Settings(port=0)`` reads nothing from outside."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, validate_default=False)

    # core
    database_url: DatabaseUrl = "sqlite:wismo.db"
    host: Host = "127.0.0.1"
    port: Port = 8080
    public_url: BaseUrl = Field(default_factory=_own_url)  #: where customers reach us; no slash at its end
    trusted_proxies: Networks = ()
    timezone: Zone = "America/Sao_Paulo"
    locale: Annotated[Locale, one_of(Locale), Example("pt-BR")] = "pt-BR"
    live: YesNo = None  #: None: as ``wismo go-live`` decided
    heartbeat_url: SecretUrl = ""
    retention_days: Days = 90
    raw_days: Days = 30
    backup_dir: Folder = Path("backups")  #: None: no backups
    backup_keep: Count = 7

    # brand
    shop_name: Text = ""
    shop_url: HttpUrl = ""
    logo_url: HttpUrl = ""
    color: Color = "#1f5eff"
    support_email: Email = ""
    support_url: HttpUrl = ""
    order_label: Text = ""

    # mail
    mail_url: MailWay = MailUrl("file", folder=Path("mail"))
    mail_from: Sender = Mailbox("wismo@localhost")
    mail_reply_to: Email = ""
    mail_only_to: Recipients = frozenset()  #: lower case; empty: everybody
    mail_statuses: Statuses = TOLD_BY_DEFAULT
    mail_gap_minutes: Minutes = 10
    mail_brake: Brake = "auto"
    customer_mail: Annotated[CustomerMail, one_of(CustomerMail), Example("wismo")] = "wismo"
    alert_mail_to: Emails = ()

    # VTEX
    vtex_account: Account = ""
    vtex_app_key: Secret = SecretStr("")
    vtex_app_token: Secret = SecretStr("")
    vtex_url: BaseUrl = ""
    vtex_hook_secret: Secret = SecretStr("")
    vtex_write: Annotated[VtexWrite, one_of(VtexWrite), Example("status")] = "status"
    vtex_events_mode: Annotated[EventsMode, one_of(EventsMode), Example("full")] = "full"
    vtex_email_source: Annotated[EmailSource, one_of(EmailSource), Example("alias")] = "alias"
    vtex_origins: Names = ()

    # Slack
    slack_bot_token: Secret = SecretStr("")
    slack_signing_secret: Secret = SecretStr("")
    slack_app_token: Secret = SecretStr("")
    slack_api_url: HttpUrl = ""
    slack_channel: SlackId = ""
    slack_ops_channel: SlackId = ""
    slack_owner: SlackId = ""
    slack_override_users: Names = ()
    slack_override_group: SlackId = ""

    # not settings by themselves
    adapters: Mapping[str, Mapping[str, str]] = Field(default={}, repr=False)  #: slug -> name -> text
    sources: Mapping[str, str] = Field(default={}, repr=False)  #: setting's full name -> where it was given

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What ``given`` read, and nothing else.

        The library's own sources say neither which names are unknown, nor which lines are broken, nor what came whence.
        """
        return (init_settings,)

    @model_validator(mode="before")
    @classmethod
    def _follow(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Who mails where a shop is configured must be said; and a shop that mails is given the link to our page."""
        mails = given.get("customer_mail") or ("none" if given.get("vtex_account") else "wismo")
        return {"customer_mail": mails, "vtex_write": "if-empty" if mails == "shop" else "status", **given}

    @property
    def brand(self) -> Brand:
        return Brand(
            shop_name=self.shop_name or self.mail_from.name or "Wismo",
            shop_url=self.shop_url,
            logo_url=self.logo_url,
            color=self.color,
            support_email=self.support_email,
            support_url=self.support_url,
            order_label=self.order_label,
        )

    def adapter(self, slug: str) -> Mapping[str, str]:
        """What was set for an adapter, by the name after its slug: ``{"API_KEY": "…"}``."""
        return MappingProxyType(dict(self.adapters.get(slug, {})))

    def push_secrets(self, slug: str) -> tuple[str, ...]:
        """All that are valid now, so that keys rotate; none: the adapter takes no pushes."""
        return secrets_in(self.adapter(slug).get("PUSH_SECRETS", ""))


def secrets_in(text: str) -> tuple[str, ...]:
    return tuple(secret.strip() for secret in text.split(",") if secret.strip())


#: Every setting's field, by the setting's full name.
FIELDS: Mapping[str, str] = {
    f"WISMO_{name.upper()}": name for name in Settings.model_fields if name not in {"adapters", "sources"}
}


def is_secret(field: str) -> bool:
    return Settings.model_fields[field].annotation is SecretStr


def example_of(field: str) -> str:
    return next(mark.text for mark in Settings.model_fields[field].metadata if isinstance(mark, Example))
