"""What the app is to Slack: its command, its rights with a reason beside each, how it is reached."""

import ipaddress
import re
from collections.abc import Sequence
from importlib.resources import files
from urllib.parse import urlsplit

from jinja2 import Environment, StrictUndefined

from relay.errors import BadInput
from relay.settings import Settings

#: Where Slack calls.
EVENTS = "/slack/events"
#: Slack previews links of no more domains, and of hosts that are written like this.
MOST_DOMAINS = 5
_DOMAIN = re.compile(r"(?![.-])[-a-z0-9.]{2,254}[a-z0-9]")
#: Of an address that Slack calls.
LONGEST_URL = 3000


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
    url = base if base.endswith(EVENTS) else f"{base}{EVENTS}"
    if len(url) > LONGEST_URL:
        raise BadInput("url", f"this https address has {len(url)} characters", f"Slack takes {LONGEST_URL}")
    return url


def _is_plain(text: str) -> bool:
    return text.isprintable() and not set(text) & set(" \"'<>{}\\#?")


def domains_of(settings: Settings) -> list[str]:
    """The customer's page and the shop: where somebody outside this machine may follow a link to."""
    hosts = [_host(address) for address in (settings.public_url, settings.shop_url)]
    return list(dict.fromkeys(host for host in hosts if _DOMAIN.fullmatch(host) and _is_public(host)))


def _host(address: str) -> str:
    """As it is asked for in the net, in small ASCII letters; "" where it cannot be."""
    try:
        return (urlsplit(address).hostname or "").rstrip(".").encode("idna").decode()
    except ValueError:
        return ""


def _is_public(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "." in host
    return False
