"""What the app is to Slack: its command, its rights with a reason beside each, how it is reached."""

import ipaddress
from collections.abc import Sequence
from importlib.resources import files
from urllib.parse import urlsplit

from jinja2 import Environment, StrictUndefined

from relay.errors import BadInput
from relay.settings import Settings

#: Where Slack calls.
EVENTS = "/slack/events"
#: Slack previews links of no more domains.
MOST_DOMAINS = 5


def manifest(url: str = "", domains: Sequence[str] = ()) -> str:
    """As YAML; without ``url`` for Socket Mode. ``domains`` are those whose links get a preview."""
    text = files("bot").joinpath("manifest.yml.jinja").read_text(encoding="utf-8")
    # It is YAML and no page; what is put in is checked to be an address and nothing else.
    plain = Environment(trim_blocks=True, keep_trailing_newline=True, undefined=StrictUndefined)  # noqa: S701
    return plain.from_string(text).render(url=url, domains=list(domains)[:MOST_DOMAINS])


def events_url(given: str) -> str:
    """Where Slack calls, from our public address. Raises BadInput where Slack could not."""
    address = urlsplit(given.strip())
    if address.scheme != "https" or not address.hostname or not _is_plain(given):
        raise BadInput(
            "url", f"{given[:80]!r} is no https address", "Write for example --url https://track.shop.example"
        )
    base = f"https://{address.netloc}{address.path.rstrip('/')}"
    return base if base.endswith(EVENTS) else f"{base}{EVENTS}"


def _is_plain(text: str) -> bool:
    return text.isprintable() and not set(text) & set(" \"'<>{}\\#?")


def domains_of(settings: Settings) -> list[str]:
    """The customer's page and the shop: where somebody outside this machine may follow a link to."""
    hosts = [urlsplit(address).hostname for address in (settings.public_url, settings.shop_url)]
    return list(dict.fromkeys(host for host in hosts if host and _is_public(host)))


def _is_public(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "." in host
    return False
