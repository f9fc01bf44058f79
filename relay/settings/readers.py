"""From a setting's text to its value.

A reader raises ValueError with words that complete the sentence "WISMO_X: 'text' …". The readers of what holds a
secret never repeat a part of the text.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from email_validator import EmailNotValidError, validate_email

from relay.settings.values import Mailbox, MailUrl

# -- plain -------------------------------------------------------------------------------------------------------------


def whole(lowest: int, highest: int, text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text) or not lowest <= int(text) <= highest:
        raise ValueError(f"is not a whole number from {lowest} to {highest}")
    return int(text)


def one_of(choices: Iterable[str], text: str) -> str:
    known = {_folded(choice): choice for choice in choices}
    if _folded(text) not in known:
        raise ValueError(f"is not one of: {', '.join(known.values())}")
    return known[_folded(text)]


def _folded(text: str) -> str:
    return text.lower().replace("_", "-")


def yes_or_no(text: str) -> bool:
    return one_of(("yes", "true", "on", "1", "no", "false", "off", "0"), text) in {"yes", "true", "on", "1"}


def brake(text: str) -> int | str:
    word = text.lower()
    if word in {"auto", "off"}:
        return word
    if not re.fullmatch(r"[1-9][0-9]{0,8}", text):
        raise ValueError("is neither auto nor off nor a number of mails an hour")
    return int(text)


def folder_or_off(text: str) -> Path | None:
    return None if text.lower() == "off" else Path(text)


def timezone(text: str) -> str:
    try:
        return ZoneInfo(text).key
    except (LookupError, ValueError, OSError):  # OSError: a folder of the zone database, such as "America"
        raise ValueError("is not a time zone of the IANA database") from None


def color(text: str) -> str:
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", text):
        raise ValueError("is not a colour of the form #rrggbb")
    return text.lower()


def listed(read: Callable[[str], object], text: str) -> tuple[object, ...]:
    items = tuple(dict.fromkeys(item.strip() for item in text.split(",") if item.strip()))
    if not items:
        raise ValueError("is an empty list")
    return tuple(_item(read, item) for item in items)


def _item(read: Callable[[str], object], item: str) -> object:
    try:
        return read(item)
    except ValueError as fault:
        raise ValueError(f"contains {item[:60]!r}, which {fault}") from None


# -- network -----------------------------------------------------------------------------------------------------------


def port(text: str) -> int:
    if text.startswith("tcp://"):
        raise ValueError("is what Kubernetes says about a service named wismo (set enableServiceLinks: false)")
    return whole(0, 65535, text)


def host(text: str) -> str:
    bare = text.removeprefix("[").removesuffix("]")
    if not re.fullmatch(r"[0-9A-Za-z_-]{1,63}(\.[0-9A-Za-z_-]{1,63})*\.?", bare) and not _is_ip(bare):
        raise ValueError("is neither an IP address nor the name of a host")
    return bare


def network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        raise ValueError("is not an IP address or a network") from None


def http_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        is_url = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_url = False
    if not is_url or re.search(r"\s", text):
        raise ValueError("is not an http:// or https:// address")
    return text


def base_url(text: str) -> str:
    """An address that others are appended to, without a slash at its end."""
    if re.search(r"[?#@]", http_url(text)):
        raise ValueError("has a user, a query or a fragment, and paths will be appended to it")
    return text.rstrip("/")


def database_url(text: str) -> str:
    scheme, _, rest = text.partition(":")
    if scheme in {"postgresql", "postgres"} and re.match(r"//.", rest):
        return text
    if scheme == "sqlite" and rest.startswith("//"):
        raise ValueError(
            "has slashes that make it a path from the root; write sqlite:wismo.db or sqlite:/data/wismo.db"
        )
    if scheme == "sqlite" and rest and not rest.startswith(":"):
        return text
    raise ValueError("is neither sqlite:PATH nor postgresql://USER:PASSWORD@HOST/NAME")


def _is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


# -- mail --------------------------------------------------------------------------------------------------------------


def email_address(text: str) -> str:
    """The address as it travels: its domain in ASCII, unless what stands before the @ is not.

    Syntax alone is judged. The library also judges by reach and refuses an intranet's ``.local`` and a trial's
    ``.test``; under a suffix it does not know them.
    """
    suffix = ".example"
    try:
        checked = validate_email(text + suffix, check_deliverability=False)
    except EmailNotValidError:
        raise ValueError("is not an e-mail address") from None
    return (checked.ascii_email or checked.normalized).removesuffix(suffix)


def own_address(text: str) -> str:
    """An address of the shop's own: any server must be able to take it."""
    address = email_address(text)
    if not address.isascii():
        raise ValueError("has letters outside ASCII before the @, and many mail servers refuse those")
    return address


def mailbox(text: str) -> Mailbox:
    """``a@b`` or ``Name <a@b>``; the name needs no quotes."""
    named = re.fullmatch(r"([^<>]*)<([^<>]*)>", text)
    name, address = named.groups() if named else ("", text)
    return Mailbox(own_address(address), name.strip('" '))


def mail_target(text: str) -> str:
    """An address, or the domain of many, in lower case."""
    local, _, domain = text.rpartition("@")
    try:
        address = email_address(f"{local or 'any'}@{domain}").lower()
    except ValueError:
        raise ValueError("is neither an e-mail address nor a domain") from None
    return address if local else address.rpartition("@")[2]


def mail_url(text: str) -> MailUrl:
    """Where mail leaves. Port: 465 with ``smtps``; with ``smtp`` 25 on loopback, 587 elsewhere."""
    scheme, _, rest = text.partition(":")
    if scheme == "file":
        return MailUrl("file", folder=_folder(rest))
    if scheme == "smtp":
        return _smtp_url(text)
    if scheme == "smtps":
        return _smtps_url(text)
    raise ValueError("is none of file:FOLDER, smtp://USER:PASSWORD@HOST:PORT and smtps://USER:PASSWORD@HOST:PORT")


def _folder(rest: str) -> Path:
    path = rest.removeprefix("//") if rest.startswith("///") else rest
    if not path or path.startswith("//") or "?" in path:
        raise ValueError("names no folder: write file:./mail or file:/var/mail, without options")
    return Path(path)


def _smtp_url(text: str) -> MailUrl:
    """STARTTLS is required unless the URL says ``off``; on loopback, where nobody listens in, it is off by default."""
    server, query = _server("smtp", text)
    is_loopback = server.host == "localhost" or (_is_ip(server.host) and ip_address(server.host).is_loopback)
    answers = {"": not is_loopback, "starttls=required": True, "starttls=off": False}
    if query not in answers:
        raise ValueError("has an option other than starttls=required and starttls=off")
    usual_port = 25 if is_loopback else 587
    return replace(server, port=server.port or usual_port, starttls=answers[query])


def _smtps_url(text: str) -> MailUrl:
    server, query = _server("smtps", text)
    if query:
        raise ValueError("has an option, and smtps knows none: it is encrypted from the first byte")
    return replace(server, port=server.port or 465)


def _server(scheme: Literal["smtp", "smtps"], text: str) -> tuple[MailUrl, str]:
    """What the URL says so far, and its query. A fault repeats no part of it: "/" in a password splits it."""
    try:
        parts = urlsplit(text)
        user, password = (unquote(part or "", errors="strict") for part in (parts.username, parts.password))
        server = MailUrl(scheme, host=host(parts.hostname or ""), port=parts.port or 0, user=user, password=password)
        is_readable = parts.path in {"", "/"} and not parts.fragment
    except ValueError:
        is_readable = False
    if not is_readable:
        raise ValueError("cannot be read; in user and password write / @ : # ? % as %2F %40 %3A %23 %3F %25")
    if bool(user) != bool(password):
        raise ValueError("has a user without a password, or a password without a user")
    if not (user + password).isascii():
        raise ValueError("has letters outside ASCII in user or password, and SMTP cannot carry them")
    return server, parts.query
